// A statement that cannot be kept in step is refused when it is planned, with its clause and what to write instead.

import { beforeAll, describe, expect, it } from 'vitest'
import { readProductProject } from '@tulle/dbt'
import { renderDiagnostic } from '@tulle/kernel'
import { loadMesh } from '@tulle/model'
import type { DuckdbParser } from '@tulle/sql/testing'
import { duckdbParser } from '@tulle/sql/testing'
import { meshFiles } from '../testing/mesh-words.ts'
import type { DataSetWords } from '../testing/mesh-words.ts'
import { checkContinuous } from './check-continuous.ts'

let parser: DuckdbParser
beforeAll(async () => {
  parser = await duckdbParser()
})

async function said(model: string, words: Partial<DataSetWords> = {}): Promise<readonly string[]> {
  const files = meshFiles({
    orders: { files: { file: 'data/orders.csv' }, dataSets: { orders: { from: 'file', columns: { id: 'long*', shop: 'long!', amount: 'long!' } } } },
    stats: { files: { plain: 'data/plain.csv' }, dataSets: { by_shop: { columns: { shop: 'long*', orders: 'long!' }, model, refresh: 'continuous', ...words } } },
  })
  const mesh = loadMesh(new Map([...files, ['data/orders.csv', ''], ['data/plain.csv', '']]), { modelReads: readProductProject })
  const found = mesh.ok ? await checkContinuous(mesh.value, (sql) => parser.parse(sql)) : mesh.diagnostics.filter(({ severity }) => severity === 'error')
  return found.map((one) => renderDiagnostic(one).replaceAll(/\s+/gu, ' '))
}

describe('a data set that is to be kept in step', () => {
  it('is planned where its statement can be', async () => {
    expect(await said("select shop, count(*) as orders from {{ ref('orders', 'orders') }} group by shop")).toEqual([])
  })

  it.each([
    ["select shop, count(*) as orders from {{ ref('orders', 'orders') }} where shop in (select max(shop) from {{ ref('orders', 'orders') }}) group by shop", 'because of a query within an expression (IN, EXISTS or a single value).', 'Join it: SEMI JOIN for IN and EXISTS'],
    ["select shop, count(*) as orders from {{ ref('orders', 'orders') }} where id > extract(epoch from now()) group by shop", 'because of now.', 'Compare with a column instead of the clock'],
    ["select shop, 1 as orders from {{ source('plain') }}", "because of source('plain'), which keeps no earlier versions.", 'Make it a data set with "from: plain", and read that.'],
    ["{{ config(materialized='incremental') }} select shop, count(*) as orders from {{ ref('orders', 'orders') }} group by shop", 'because of materialized: incremental.', 'Leave it out'],
  ])('is refused with the clause and the remedy: %s', async (model, clause, remedy) => {
    const [first = '', ...more] = await said(model)
    expect(more).toEqual([])
    expect(first).toContain('continuous-refused: stats.by_shop cannot be kept in step by what changes of its inputs,')
    expect(first).toContain(clause)
    expect(first).toContain(remedy)
  })

  it('is not refused for a column that its input does not have: whoever changes the input is told of it', async () => {
    expect(await said("select shop, count(gone) as orders from {{ ref('orders', 'orders') }} group by shop")).toEqual([])
  })

  it('needs a primary key, by which its rows are found again', async () => {
    expect(await said("select shop, count(*) as orders from {{ ref('orders', 'orders') }} group by shop", { columns: { shop: 'long!', orders: 'long!' } })).toEqual([expect.stringContaining('continuous-without-key')])
  })
})

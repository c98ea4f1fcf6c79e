// What is wrong with the SQL of a model is told when it is planned, at its line, in the words that its run would have.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readProductProject } from '@tulle/dbt'
import type { EngineProcess } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig } from '@tulle/engine/testing'
import { renderDiagnostic } from '@tulle/kernel'
import { loadMesh } from '@tulle/model'
import { meshFiles } from './testing/mesh-words.ts'
import type { DataSetWords } from './testing/mesh-words.ts'
import { checkModels } from './check-models.ts'

let rig: EngineRig
let process: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  process = await rig.process()
})
afterAll(() => rig.close())

const RIGHT = "select shop, sum(amount) as total, count(*) as orders\nfrom {{ source('orders') }}\ngroup by shop"
const COLUMNS = { shop: 'string*', total: 'double', orders: 'long!' }

async function said(model: string, words: Partial<DataSetWords> = {}): Promise<readonly string[]> {
  const files = meshFiles({
    orders: { files: { file: 'data/orders.csv' }, dataSets: { orders: { from: 'file', columns: { id: 'long*', shop: 'string!', amount: 'double!', ordered: 'timestamp' } } } },
    spend: { inputs: { orders: 'orders' }, files: { plain: 'data/plain.csv' }, dataSets: { spend: { columns: COLUMNS, model, ...words }, top: { columns: { shop: 'string*' }, model: "select max(shop) as shop from {{ ref('spend') }}" } } },
  })
  const mesh = loadMesh(new Map([...files, ['data/orders.csv', ''], ['data/plain.csv', '']]), { modelReads: readProductProject })
  if (!mesh.ok) throw new Error(mesh.diagnostics.map(renderDiagnostic).join('\n'))
  return (await checkModels(mesh.value, ['orders', 'spend'], process)).map((one) => renderDiagnostic(one).split('\n')[0] ?? '')
}

const FILE = 'domains/shop/spend/models/spend.sql'

describe('a model, before it is applied,', () => {
  it.each([
    ['as it should be', RIGHT],
    ['that reads the files of a port, whose columns nobody has seen', "select shop, whatever as total, 1 as orders from {{ source('plain') }}"],
    ['with a type that only widens', "select shop, sum(amount) as total, 1::int as orders from {{ source('orders') }} group by shop"],
    ['that a run would not end either', "select shop, 1.0 as total, (select count(*) from range(100000000000)) as orders from {{ source('orders') }}"],
  ])('is accused of nothing: one %s', async (_, model) => {
    expect(await said(model)).toEqual([])
  }, 20_000)

  it.each([
    ['a column that is not there', RIGHT.replace('sum(amount)', 'sum(amuont)'), [`❌ ${FILE}:1:18 engine-undefined-column: The model of spend.spend cannot run: There is no column "amuont" here.`]],
    ['a word that is no SQL', RIGHT.replace('from', 'form'), [`❌ ${FILE}:2:1 sql-syntax: The model of spend.spend cannot run: Syntax error at or near "form".`]],
    ['something else than a query', 'drop table orders.orders', [expect.stringContaining(`${FILE}:1:1 sql-`)]],
    ['a table that is no input', 'select shop, 1.0 as total, 1 as orders from other.shops', [expect.stringContaining(`${FILE}:1:45 sql-unknown-table: The model of spend.spend cannot run:`)]],
    ['a column that its contract does not know', RIGHT.replace('as total', 'as totla'), [
      `❌ ${FILE}:1:1 model-column-missing: spend.spend promises the column "total", which its model does not give. Did you mean "totla"?`,
      `❌ ${FILE}:1:1 model-column-extra: The model of spend.spend gives the column "totla", which its contract does not know. Did you mean "total"?`,
    ]],
    ['a type that would be bent', RIGHT.replace('count(*)', 'avg(amount)'), [expect.stringContaining('model-column-type: The model of spend.spend gives "orders" as DOUBLE, and its contract says BIGINT.')]],
    ['a type that cannot be what is promised', RIGHT.replace('sum(amount)', 'min(ordered)'), [expect.stringContaining('model-column-type: The model of spend.spend gives "total" as TIMESTAMP, and its contract says DOUBLE.')]],
    ['a column that is neither grouped nor aggregated', RIGHT.replace('group by shop', ''), [expect.stringContaining(`${FILE}:1:8 engine-type: The model of spend.spend cannot run: Column "shop" must appear in GROUP BY`)]],
  ])('is told of %s', async (_, model, wanted) => {
    expect(await said(model)).toEqual(wanted)
  })

  it('is told what its own input lost: another model of the product', async () => {
    const found = await said(RIGHT.replace('select shop', 'select shop as store'), { columns: { store: 'string*', total: 'double', orders: 'long!' } })
    expect(found).toEqual([expect.stringContaining('models/top.sql:1:12 engine-undefined-column: The model of spend.top cannot run: There is no column "shop" here.')])
  })
})

// The files of docs/first-product.md are a product that can be planned, and the mistake that the page shows is told in its words.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readProductProject } from '@tulle/dbt'
import type { EngineProcess } from '@tulle/engine'
import type { EngineRig } from '@tulle/engine/testing'
import { engineRig } from '@tulle/engine/testing'
import { renderDiagnostic } from '@tulle/kernel'
import { loadMesh } from '@tulle/model'
import { meshFiles } from './testing/mesh-words.ts'
import { checkModels } from './check-models.ts'

let rig: EngineRig
let process: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  process = await rig.process()
})
afterAll(() => rig.close())

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/first-product.md'), 'utf8')
/** A block is a file where its first line is a comment with its path. */
const FILES = new Map([...PAGE.matchAll(/^```(?:yaml|sql)\n(?:#|--) (domains\/\S+)\n([^]*?)^```/gmu)].map(([, path = '', text = '']) => [path, text]))
const MODEL = 'domains/sales/spend/models/spend.sql'

async function found(files: ReadonlyMap<string, string>): Promise<readonly string[]> {
  const orders = meshFiles({ orders: { files: { file: 'data/orders.csv' }, dataSets: { orders: { from: 'file', columns: { order_id: 'long*', customer: 'string!', amount: 'double!', ordered_at: 'timestamptz!', country: 'string!' } } } } })
  const all = new Map([...orders, ['data/orders.csv', ''] as const, ...files].map(([path, text]) => [path.replace('domains/shop/', 'domains/sales/'), path.endsWith('domain.yaml') ? text.replace('"name": "shop"', '"name": "sales"') : text] as const))
  const mesh = loadMesh(all, { modelReads: readProductProject })
  return (mesh.ok ? [...mesh.diagnostics, ...await checkModels(mesh.value, ['spend'], process)] : mesh.diagnostics).map(renderDiagnostic)
}

it('the first product of the documentation can be planned as it is written', async () => {
  expect([...FILES.keys()]).toEqual(['domains/sales/spend/product.yaml', MODEL, 'domains/sales/spend/contracts/spend.odcs.yaml'])
  expect(await found(FILES)).toEqual([])
})

it('the mistake that it shows is told in these words', async () => {
  const shown = /^```\n(❌[^]*?)^```/mu.exec(PAGE)?.[1]?.trimEnd()
  expect(await found(new Map([...FILES, [MODEL, FILES.get(MODEL)?.replace('sum(amount)', 'sum(amuont)') ?? '']]))).toEqual([shown])
})

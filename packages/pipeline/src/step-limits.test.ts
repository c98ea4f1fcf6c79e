// Time and memory of steps, as product and document say.

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'

// Runs beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

const hungry = { files: { drop: 'data/a.csv' }, dataSets: {
  raw: { from: 'drop', columns: { id: 'long!' } },
  // A list is one value, which goes to no disk.
  big: { columns: { n: 'long!' }, model: "select cast(len(list(i + id)) as bigint) as n from {{ ref('raw') }}, range(12000000) as r(i)" },
} }
const OWN = `
document: {dsl: '1.0.3', namespace: shop, name: small, version: '0.1.0'}
do:
  - ingest: {call: ingest}
  - build: {call: sql, with: {memory: 48MB}}
  - write: {call: write}
  - check: {call: check}
  - publish: {call: publish}
`

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id\n1\n', 'domains/shop/own/workflow.yaml': OWN })
  await rig.apply({ hungry, own: hungry, free: hungry, late: hungry })
}, 180_000)
afterAll(() => rig[Symbol.asyncDispose]())

const say = (product: string, runs: object): Promise<unknown> =>
  sql`update resource set spec = spec || jsonb_build_object('runs', ${JSON.stringify(runs)}::jsonb) where kind = 'data-product' and product = ${product}`.execute(rig.store.db)
const found = async (product: string) => {
  const run = await rig.run(product)
  return [run.status, ...run.diagnostics.map((one) => `${one.code}: ${one.message}`)]
}

describe('a step', () => {
  it('without a limit of its own has what the server gives', async () => {
    expect(await found('free')).toEqual(['succeeded'])
  })

  it('that needs more memory than its product says fails, and names the limit', async () => {
    await say('hungry', { limits: { sql: { megabytes: 48 } } })
    expect(await found('hungry')).toEqual(['failed', expect.stringMatching(/^step-memory: .*more memory than it may use: 48 MB, the limit limits\.sql\.memory of its runs\.$/u)])
    expect((await rig.table('hungry.big')).currentSnapshot).toBeUndefined()
  })

  it('that needs more than the call in its document says fails, and names that', async () => {
    expect((await found('own'))[1]).toMatch(/^step-memory: .* 48 MB, the limit memory of the call of sql\.$/u)
  })

  it('that takes longer than its product says is stopped once, and names the limit', async () => {
    await say('late', { limits: { sql: { milliseconds: 1 } } })
    expect(await found('late')).toEqual(['failed', 'step-timeout: Step "transform" was stopped after 1 ms, its limit (limits.sql.time of its runs).'])
  })
})

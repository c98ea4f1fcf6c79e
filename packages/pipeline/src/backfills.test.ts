// One run of a product for each part of a range: what each is given, what becomes of those that fail, and going on.

import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { valueOf } from '@tulle/store/testing'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'
import type { Backfill, Pipeline } from './types.ts'

vi.setConfig({ testTimeout: 180_000 })

const DAILY = `
document: {dsl: '1.0.3', namespace: shop, name: daily, version: '1.0.0'}
input:
  schema:
    document:
      type: object
      properties:
        day: {type: string, format: date, default: '2026-01-01'}
        until: {type: string, default: '2027-01-01'}
do:
  - ingest: {call: ingest}
  - build: {call: sql}
  - write: {call: write}
  - check: {call: check}
  - publish: {call: publish}
`
const DATA = 'id,day\n1,2026-01-01\n2,2026-01-02\n2,2026-01-02\n3,2026-01-03\n'

let rig: PipelineRig
let pipeline: Pipeline
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/days.csv': DATA, 'domains/shop/daily/workflow.yaml': DAILY })
  const files = { drop: { path: 'data/days.csv', columns: { id: 'long', day: 'string' } } }
  await rig.apply({
    daily: { files, dataSets: { rows: { columns: { id: 'long!*' }, model: "select cast(id as bigint) as id from {{ source('drop') }} where day >= '{{ var('day', '2026-01-01') }}' and day < '{{ var('until', '2027-01-01') }}'" } } },
    plain: { files: { drop: 'data/days.csv' }, dataSets: { plain: { from: 'drop', columns: { id: 'long', day: 'string' } } } },
  })
  pipeline = await rig.open()
}, 180_000)
afterAll(() => rig[Symbol.asyncDispose]())

const asked = { from: '2026-01-01', to: '2026-01-03', by: 'day' as const, requestedBy: 'ana' }
const ended = async (id: string): Promise<Backfill> => {
  await expect.poll(async () => valueOf(await pipeline.backfills.find(id)).parts.filter(({ status }) => status === 'queued' || status === 'running'), { timeout: 120_000 }).toEqual([])
  return valueOf(await pipeline.backfills.find(id))
}
const statuses = ({ parts }: Backfill): readonly string[] => parts.map(({ name, status }) => `${name} ${status}`)
const runsOf = () => rig.store.db.selectFrom('run').select(['id', 'trigger', 'parameters', 'priority']).where('product', '=', 'daily').orderBy('requested_at').execute()

it('has a run for each part, oldest first; one that fails stops no other, and alone is run again', async () => {
  const { id } = valueOf(await pipeline.backfills.start('daily', { ...asked, parameters: ['day', 'until'] }))
  const first = await ended(id)
  expect(statuses(first)).toEqual(['2026-01-01 succeeded', '2026-01-02 failed', '2026-01-03 succeeded'])
  expect(first.parts[1]?.why).toContain('id')
  expect((await runsOf()).map(({ parameters }) => (parameters as { with?: unknown }).with)).toEqual([{ day: '2026-01-01', until: '2026-01-02' }, { day: '2026-01-02', until: '2026-01-03' }, { day: '2026-01-03', until: '2026-01-04' }])
  expect(new Set((await runsOf()).map(({ priority }) => priority))).toEqual(new Set([300]))
  expect(await rig.rows('daily.rows')).toEqual([{ id: 3 }])
  await rig.write({ 'data/days.csv': DATA.replace('2,2026-01-02\n', '') })
  valueOf(await pipeline.backfills.resume(id, 'olga'))
  expect(statuses(await ended(id))).toEqual(['2026-01-01 succeeded', '2026-01-02 succeeded', '2026-01-03 succeeded'])
  expect(await runsOf()).toHaveLength(4)
  expect(await rig.rows('daily.rows')).toEqual([{ id: 2 }])
  valueOf(await pipeline.backfills.resume(id, 'olga'))
  expect(await runsOf()).toHaveLength(4)
})

it('goes on with parts that a crash left without a run, by the parameter that takes a date', async () => {
  const before = (await runsOf()).length
  const { id, parts } = valueOf(await pipeline.backfills.start('daily', asked))
  await ended(id)
  // As if the server had died before it was queued.
  await rig.store.db.deleteFrom('run').where('id', '=', parts[2]?.runId ?? '').execute()
  expect(statuses(valueOf(await pipeline.backfills.find(id)))).toEqual(['2026-01-01 succeeded', '2026-01-02 succeeded', '2026-01-03 missing'])
  valueOf(await pipeline.backfills.resume(id, 'ana'))
  expect(statuses(await ended(id))).toEqual(['2026-01-01 succeeded', '2026-01-02 succeeded', '2026-01-03 succeeded'])
  expect((await runsOf()).slice(before).map(({ parameters }) => (parameters as { with?: unknown }).with)).toEqual([{ day: '2026-01-01' }, { day: '2026-01-02' }, { day: '2026-01-03' }])
  expect((await pipeline.backfills.list('daily')).map((one) => one.id)[0]).toBe(id)
})

it('ends when it is cancelled, and what was published stays', async () => {
  const { id } = valueOf(await pipeline.backfills.start('daily', { ...asked, from: '2026-01-01', to: '2026-03-31', by: 'month', parameters: ['day', 'until'], force: true }))
  const cancelled = valueOf(await pipeline.backfills.cancel(id))
  expect(cancelled.parts.map(({ name }) => name)).toEqual(['2026-01', '2026-02', '2026-03'])
  expect(cancelled.parts.slice(1).map(({ status }) => status)).toEqual(['cancelled', 'cancelled'])
  await ended(id)
  expect((await rig.table('daily.rows')).currentSnapshot).toBeDefined()
})

it.each<[string, string, Parameters<Pipeline['backfills']['start']>[1], string]>([
  ['of a product without a parameter or a cursor', 'plain', asked, 'backfill-no-parameter'],
  ['by a parameter that the workflow does not take', 'daily', { ...asked, parameters: ['dya'] }, 'backfill-parameter'],
  ['that runs backwards', 'daily', { ...asked, to: '2025-01-01' }, 'backfill-range'],
])('one %s is refused, and nothing is queued', async (_, product, request, code) => {
  const before = await rig.store.db.selectFrom('run').select('id').execute()
  expect((await pipeline.backfills.start(product, request)).diagnostics.map((one) => one.code)).toEqual([code])
  expect(await rig.store.db.selectFrom('run').select('id').execute()).toEqual(before)
})

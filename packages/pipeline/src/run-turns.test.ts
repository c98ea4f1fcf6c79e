import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { appendEvent } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'
import type { Pipeline } from './types.ts'

// Runs beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

let rig: PipelineRig
let pipeline: Pipeline
const dataSet = (name: string) => ({ files: { drop: 'data/a.csv' }, dataSets: { [name]: { from: 'drop', columns: { id: 'long!' } } } })
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id\n1\n2\n' })
  await rig.apply({ a: dataSet('a'), b: dataSet('b'), c: { dataSets: { c: { columns: { id: 'long!' }, model: "select id from {{ ref('a', 'a') }}" } } } })
  pipeline = await rig.open()
}, 180_000)
afterAll(() => rig[Symbol.asyncDispose]())

const say = (kind: string, runs: object, product?: string): Promise<unknown> =>
  sql`update resource set spec = spec || jsonb_build_object('runs', ${JSON.stringify(runs)}::jsonb) where kind = ${kind} and (${product ?? null}::text is null or product = ${product ?? null})`.execute(rig.store.db)
const rowOf = (id: string) => rig.store.db.selectFrom('run').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
const ended = async (id: string) => valueOf(await pipeline.wait(id, { signal: AbortSignal.timeout(120_000) })).status

describe('a run', () => {
  it('stops before its next step while it is paused, frees its place for others, and goes on when it is resumed', async () => {
    await say('mesh', { atOnce: 1 })
    const { runId } = valueOf(await pipeline.run('a', { requestedBy: 'ana', force: true }))
    valueOf(await pipeline.pauseRun(runId, 'olga'))
    expect(await rowOf(runId)).toMatchObject({ paused_by: 'olga' })
    const other = valueOf(await pipeline.run('b', { requestedBy: 'ana', force: true }))
    expect(await ended(other.runId)).toBe('succeeded')
    expect((await rowOf(runId)).finished_at).toBeNull()
    await expect.poll(() => rig.store.db.selectFrom('run_log').select('message').where('run_id', '=', runId).where('message', 'like', 'Paused before %').execute(), { timeout: 60_000 }).toHaveLength(1)
    valueOf(await pipeline.resumeRun(runId))
    expect(await ended(runId)).toBe('succeeded')
    expect((await pipeline.pauseRun(runId, 'olga')).diagnostics[0]?.code).toBe('run-ended')
  })

  it('waits for its turn and says for what, the one of higher priority going first', async () => {
    await say('mesh', { atOnce: 1 })
    const hold = valueOf(await pipeline.run('a', { requestedBy: 'ana', force: true }))
    const late = valueOf(await pipeline.run('b', { requestedBy: 'ana', force: true, priority: 10 }))
    expect(await rowOf(late.runId)).toMatchObject({ status: 'queued', waits: 'the mesh runs 1 of 1', priority: 10 })
    // By hand goes before.
    expect(await ended(hold.runId)).toBe('succeeded')
    expect(await ended(late.runId)).toBe('succeeded')
    expect((await rowOf(late.runId)).waits).toBeNull()
  })

  it('waits where triggers started too many of its product within the hour, until somebody runs it by hand', async () => {
    await say('mesh', { atOnce: 4 })
    await say('data-product', { triggersPerHour: 1, priority: 800 }, 'b')
    const trigger = { kind: 'event', type: 'test', subject: 'x' }
    const first = valueOf(await pipeline.run('b', { requestedBy: 'event', trigger, force: true }))
    expect(await ended(first.runId)).toBe('succeeded')
    const storm = valueOf(await pipeline.run('b', { requestedBy: 'event', trigger, force: true }))
    const same = valueOf(await pipeline.run('b', { requestedBy: 'event', trigger, force: true }))
    expect(same).toEqual({ runId: storm.runId, shared: true })
    expect(await rowOf(storm.runId)).toMatchObject({ status: 'queued', priority: 800, waits: 'triggers-per-hour: triggers started 1 of 1 runs of b within the hour' })
    valueOf(await pipeline.cancel(storm.runId))
    const byHand = valueOf(await pipeline.run('b', { requestedBy: 'ana', force: true }))
    expect(await ended(byHand.runId)).toBe('succeeded')
  })
})

describe('a product whose triggers are paused', () => {
  it('runs by hand alone, and once for all that came meanwhile when it is resumed', async () => {
    await pipeline.registerTriggers()
    await pipeline.settled(AbortSignal.timeout(120_000))
    const runs = () => rig.store.db.selectFrom('run').select('trigger').where('product', '=', 'c').orderBy('requested_at').execute()
    await pipeline.pauseTriggers('c', 'olga')
    await pipeline.pauseTriggers('c', 'nobody')
    const before = (await runs()).length
    for (let i = 0; i < 3; i += 1) await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.product.published', source: '/test', subject: 'a', data: {} }))
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect(await pipeline.triggerPause('c')).toMatchObject({ by: 'olga', missed: 3 })
    expect((await pipeline.run('c', { requestedBy: 'hook x', trigger: { kind: 'webhook', hook: 'x', id: '1' } })).diagnostics[0]?.code).toBe('triggers-paused')
    expect(await runs()).toHaveLength(before)
    const resumed = valueOf(await pipeline.resumeTriggers('c', 'olga'))
    expect(await ended(resumed?.runId ?? '')).toBe('succeeded')
    expect((await runs()).at(-1)?.trigger).toEqual({ kind: 'resume', missed: 4 })
    expect(await pipeline.triggerPause('c')).toBeUndefined()
    expect(valueOf(await pipeline.resumeTriggers('c', 'olga'))).toBeUndefined()
  })
})

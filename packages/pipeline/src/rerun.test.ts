// A run that failed or ended, run again from one of its steps.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { RunRecord } from '@tulle/workflow'
import { memoryRuntime, storeRecorder } from '@tulle/workflow'
import { withBetween } from './testing/between-steps.ts'
import type { ProductWords } from './testing/mesh-words.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import type { Pipeline } from './types.ts'

// Runs beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

const orders = (quality: Readonly<Record<string, unknown>>, model = "select id from {{ ref('raw') }} where id > 0"): ProductWords => ({
  files: { drop: 'data/a.csv' },
  dataSets: { raw: { from: 'drop', columns: { id: 'long!' } }, good: { columns: { id: 'long!' }, model, quality: [quality] } },
})
const STRICT = { metric: 'rowCount', mustBeGreaterThan: 100 }
const FITTING = { metric: 'rowCount', mustBeGreaterThan: 0 }

let rig: PipelineRig
let pipeline: Pipeline
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id\n1\n2\n3\n' })
}, 180_000)
afterAll(() => rig[Symbol.asyncDispose]())

const rerun = async (of: RunRecord, from?: string): Promise<RunRecord> => {
  pipeline = await rig.open()
  const { runId } = valueOf(await pipeline.rerun(of.runId, { requestedBy: 'olga', from }))
  return valueOf(await pipeline.wait(runId, { signal: AbortSignal.timeout(60_000) }))
}
const refusal = async (of: RunRecord, from?: string): Promise<string | undefined> => {
  pipeline = await rig.open()
  const refused = await pipeline.rerun(of.runId, { requestedBy: 'olga', from })
  return refused.ok ? undefined : refused.diagnostics.map((one) => one.message.replaceAll(/[0-9a-f-]{36}/gu, '…')).join()
}
const stepsOf = async (run: RunRecord): Promise<readonly string[]> => (await rig.steps(run.runId)).map(({ name, status }) => `${name} ${status}`)
const ids = (): Promise<readonly unknown[]> => rig.rows('orders.good', 'SELECT id FROM orders.good ORDER BY id')
const failed = async (): Promise<RunRecord> => {
  await rig.apply({ orders: orders(STRICT) })
  await rig.open()
  const run = await rig.run('orders', { force: true })
  expect(run.status).toBe('failed')
  return run
}

describe('a run that is run again from the step that failed', () => {
  it('takes over the rows that were written, checks them by the contract of today and publishes them as its own', async () => {
    const first = await failed()
    // What it read is another file by now: the rows must be those of the first run.
    await rig.write({ 'data/a.csv': 'id\n9\n' })
    await rig.apply({ orders: orders(FITTING) })
    const again = await rerun(first)
    expect(again).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await stepsOf(again)).toEqual(['ingest skipped', 'transform skipped', 'write skipped', 'check succeeded', 'publish succeeded', 'notify succeeded', 'profile succeeded'])
    expect((await rig.steps(again.runId))[0]?.reason).toBe(`Taken over from run ${first.runId}.`)
    expect(await ids()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    const { summary } = (await rig.table('orders.good')).currentSnapshot ?? { summary: {} as Record<string, string> }
    expect([summary['tulle.run-id'], summary['tulle.rows-of-run']]).toEqual([again.runId, first.runId])
    // By the recipe that it names it is built again.
    const snapshot = (await rig.table('orders.good')).currentSnapshot?.id ?? ''
    const { runId } = valueOf(await pipeline.reproduce('orders', { snapshot, requestedBy: 'test' }))
    expect(valueOf(await pipeline.wait(runId, { signal: AbortSignal.timeout(60_000) }))).toMatchObject({ status: 'succeeded', diagnostics: [] })
  })

  it('is refused once another run has published, and anew it reads what is there', async () => {
    const first = await failed()
    await rig.apply({ orders: orders(FITTING) })
    await rig.open()
    const between = await rig.run('orders', { force: true })
    expect(between.status).toBe('succeeded')
    expect(await refusal(first)).toBe('Run … cannot be run again from "check": run … has published orders.raw since, and older rows would take the place of its.')
    const whole = await rerun(first, 'ingest')
    expect(await stepsOf(whole)).not.toContain('ingest skipped')
    expect(await ids()).toEqual([{ id: 9 }])
  })
})

describe('rows that were kept in step, with files of deleted rows among theirs', () => {
  const kept = (quality: Readonly<Record<string, unknown>>): ProductWords => ({
    files: { drop: 'data/c.csv' },
    dataSets: {
      sales: { from: 'drop', columns: { id: 'long*', shop: 'long!' } },
      by_shop: { columns: { shop: 'long*', n: 'long!' }, model: "select shop, count(*) as n from {{ ref('sales') }} group by shop", refresh: 'continuous', quality: [quality] },
    },
  })
  const write = (...shops: readonly number[]): Promise<void> => rig.write({ 'data/c.csv': `id,shop\n${shops.map((shop, id) => `${id},${shop}\n`).join('')}` })
  const run = async (status: string): Promise<RunRecord> => {
    await rig.open()
    const one = await rig.run('kept', { force: true })
    expect(one.status).toBe(status)
    return one
  }
  const state = async (): Promise<readonly unknown[]> => [(await rig.table('kept.by_shop')).currentSnapshot?.summary['tulle.refresh'], await rig.rows('kept.by_shop', 'SELECT shop, n FROM kept.by_shop ORDER BY shop')]

  it('are taken over with those files, and followed by changes again', async () => {
    // Other promises are other code, by which the whole is built; so the promise is one that the rows break.
    await rig.apply({ kept: kept({ metric: 'rowCount', mustBeLessThan: 4 }) })
    await write(1, 1, 2, 3)
    await run('succeeded')
    await write(1, 1, 2, 2, 4, 5)
    const first = await run('failed')
    await rig.apply({ kept: kept(FITTING) })
    const again = await rerun(first)
    expect(again).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await stepsOf(again)).toContain('write skipped')
    expect(await state()).toEqual(['changes', [{ shop: 1, n: 2 }, { shop: 2, n: 2 }, { shop: 4, n: 1 }, { shop: 5, n: 1 }]])
    expect((await rig.table('kept.by_shop')).currentSnapshot?.summary['tulle.rows-of-run']).toBe(first.runId)
    await write(1, 2, 2, 2, 4)
    await run('succeeded')
    expect(await state()).toEqual(['changes', [{ shop: 1, n: 1 }, { shop: 2, n: 3 }, { shop: 4, n: 1 }]])
  })

  it('are served as they are where their run published them and is begun again from its checks', async () => {
    await rig.apply({ kept: kept({ metric: 'rowCount', mustBeLessThan: 4 }) })
    await write(1, 1, 2)
    await run('succeeded')
    await write(1, 3)
    const published = await run('succeeded')
    const rows = ['changes', [{ shop: 1, n: 1 }, { shop: 3, n: 1 }]]
    expect(await state()).toEqual(rows)
    const again = await rerun(published, 'check')
    expect([again.status, again.diagnostics, await state()]).toEqual(['succeeded', [], rows])
    await write(1, 3, 3)
    await run('succeeded')
    expect(await state()).toEqual(['changes', [{ shop: 1, n: 1 }, { shop: 3, n: 2 }]])
  })
})

describe('from the step that builds', () => {
  it('reads the files and snapshots of the first run and builds by the models of today', async () => {
    const first = await failed()
    await rig.write({ 'data/a.csv': 'id\n4\n5\n' })
    await rig.apply({ orders: orders(FITTING, "select id * 10 as id from {{ ref('raw') }}") })
    const again = await rerun(first, 'transform')
    expect(await stepsOf(again)).toEqual(['ingest skipped', 'transform succeeded', 'write succeeded', 'check succeeded', 'publish succeeded', 'notify succeeded', 'profile succeeded'])
    expect(await ids()).toEqual([{ id: 90 }])
  })
})

describe('from the step that writes', () => {
  it('builds again what went with the folder of the first run, from what that one read', async () => {
    await rig.write({ 'data/a.csv': 'id\n7\n8\n' })
    const first = await failed()
    await rig.write({ 'data/a.csv': 'id\n9\n' })
    await rig.apply({ orders: orders(FITTING) })
    const again = await rerun(first, 'write')
    expect(again).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect((await stepsOf(again)).slice(0, 4)).toEqual(['ingest skipped', 'transform succeeded', 'write succeeded', 'check succeeded'])
    expect(await ids()).toEqual([{ id: 7 }, { id: 8 }])
    expect((await rig.store.db.selectFrom('run').select('trigger').where('id', '=', again.runId).executeTakeFirstOrThrow()).trigger).toMatchObject({ kind: 'rerun', from: 'transform', wanted: 'write' })
  })
})

describe('a rerun is refused with its reason', () => {
  let one: RunRecord
  beforeAll(async () => {
    one = await failed()
  })
  it.each([
    ['a step that is none', 'chekc', 'it has no such step. Did you mean "check"?'],
    ['a step that it never came to', 'notify', 'that run never came to this step, or it is too long ago.'],
  ])('%s', async (_, from, why) => {
    expect((await refusal(one, from))?.split('": ')[1] ?? '').toBe(why)
  })

  it('code before that step that changed, and input ports that did', async () => {
    const first = await failed()
    await rig.apply({ orders: orders(FITTING, "select id + 1 as id from {{ ref('raw') }}") })
    expect(await refusal(first)).toContain('the models, columns or input ports of the product are others since')
    expect(await refusal(first, 'transform')).toBeUndefined()
    const second = await failed()
    await rig.apply({ orders: { ...orders(FITTING), files: { drop: 'data/b.csv' } } })
    expect(await refusal(second, 'transform')).toContain('the input ports, or the columns that come from them, of the product are others since')
  })

  it('what it read, when it is gone', async () => {
    const first = await failed()
    await rig.apply({ orders: orders(FITTING) })
    await rig.store.db.deleteFrom('run_output').where('run_id', '=', first.runId).where('step', '=', 'write').execute()
    expect(await refusal(first)).toContain('what its steps handed on is gone')
  })

  it('a run that goes', async () => {
    await rig.apply({ orders: orders(FITTING) })
    let seen: string | undefined
    pipeline = await rig.open({ openRuntime: (workflows) => memoryRuntime({
      workflows: withBetween(workflows, { before: { publish: async () => {
        const { id } = await rig.store.db.selectFrom('run').select('id').where('status', '=', 'running').executeTakeFirstOrThrow()
        const refused = await pipeline.rerun(id, { requestedBy: 'olga' })
        seen = refused.diagnostics[0]?.message
      } } }), recorder: storeRecorder(rig.store, systemClock), clock: systemClock, newRunId: randomUUID,
    }) })
    await rig.run('orders', { force: true })
    expect(seen).toMatch(/it is running\.$/u)
  })
})

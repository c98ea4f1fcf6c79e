import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import { commit, filesAt, newDataPath, stageAppend } from '@tulle/lake'
import type { DataFile, Table } from '@tulle/lake'
import { memoryRuntime, storeRecorder } from '@tulle/workflow'
import type { Between } from './testing/between-steps.ts'
import { withBetween } from './testing/between-steps.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await write(10)
  await apply()
})
afterAll(() => rig[Symbol.asyncDispose]())

const write = (rows: number): Promise<void> => rig.write({ 'data/a.csv': `id\n${Array.from({ length: rows }, (_, i) => i + 1).join('\n')}\n` })
const columns = { id: 'long!*' }
const apply = (version = '1.0.0', most = 1_000): Promise<void> => rig.apply({
  sales: {
    files: { drop: 'data/a.csv' },
    dataSets: {
      raw: { from: 'drop', columns, version },
      even: { columns, version, model: "select id from {{ ref('raw') }} where id % 2 = 0", quality: [{ metric: 'rowCount', mustBeLessThan: most }] },
    },
  },
})
const run = (force = true) => rig.run('sales', { force })

/** Runs with something done between two steps. */
async function runWith(between: Between) {
  const clock = systemClock
  await rig.open({ openRuntime: (workflows) => memoryRuntime({ workflows: withBetween(workflows, between), recorder: storeRecorder(rig.store, clock), clock, newRunId: randomUUID }) })
  const ended = await run()
  await rig.open()
  return ended
}

const refsOf = async (address: string): Promise<Record<string, string>> => {
  const { metadata } = await rig.table(address)
  return Object.fromEntries(Object.entries(metadata.refs).map(([name, ref]) => [name, ref.snapshotId]))
}
const current = async (address: string): Promise<string> => (await rig.table(address)).currentSnapshot?.id ?? ''
const count = async (address: string): Promise<unknown> => (await rig.rows(address, `SELECT count(*) AS n FROM ${address}`))[0]
const publishedEvents = async (): Promise<number> => (await rig.store.db.selectFrom('outbox').select('id').where('type', '=', 'tulle.product.published').execute()).length

/** Another writer's snapshot: the newest file of the table once more. */
async function appendAsSomebodyElse(table: Table): Promise<string> {
  const [file] = valueOf(await filesAt(rig.lake, table))
  const path = newDataPath(rig.lake, table)
  const copy = valueOf(await rig.lake.objects.adopt(path, valueOf(await rig.lake.objects.localFile((file as DataFile).path))))
  const staged = valueOf(await stageAppend(rig.lake, table, { files: [{ ...(file as DataFile), path: copy }] }))
  valueOf(await commit(rig.lake, [staged]))
  return staged.snapshot?.id ?? ''
}

describe('a run', () => {
  it('keeps its rows on a branch of its own until they are checked, and publishes all data sets at once', async () => {
    await run()
    const before = { raw: await current('sales.raw'), even: await current('sales.even') }
    const events = await publishedEvents()
    const waiting: Record<string, string>[] = []
    const ended = await runWith({ before: { check: async () => void waiting.push(await refsOf('sales.raw'), await refsOf('sales.even')), publish: async ({ runId }) => {
      expect(await current('sales.raw')).toBe(before.raw)
      expect((await refsOf('sales.even'))[`run-${runId}`]).toBeDefined()
    } } })
    expect(ended.status).toBe('succeeded')
    const branch = `run-${ended.runId}`
    expect(waiting.map((refs) => refs['main'])).toEqual([before.raw, before.even])
    // What was checked is what is published: the very snapshots.
    expect(await current('sales.raw')).toBe(waiting[0]?.[branch])
    expect(await current('sales.even')).toBe(waiting[1]?.[branch])
    expect(Object.keys(await refsOf('sales.raw'))).toEqual(['main', 'contract-1.0.0'])
    expect(await publishedEvents()).toBe(events + 1)
  })

  it('that fails its checks moves no main, and leaves its branch to whoever looks for why', async () => {
    await apply('1.0.0', 3)
    const before = { raw: await refsOf('sales.raw'), even: await refsOf('sales.even') }
    const failed = await run()
    expect(failed).toMatchObject({ status: 'failed', diagnostics: [{ code: 'check-failed' }] })
    const branch = `run-${failed.runId}`
    for (const [dataSet, refs] of Object.entries(before)) {
      const { [branch]: waiting, ...others } = await refsOf(`sales.${dataSet}`)
      expect(others).toEqual(refs)
      expect((await rig.table(`sales.${dataSet}`)).snapshots.find((one) => one.id === waiting)?.summary).toMatchObject({ 'tulle.run-id': failed.runId })
    }
    await apply()
  })

  it('names the newest snapshot of each version of the contract', async () => {
    await run()
    const first = await current('sales.even')
    await apply('1.1.0')
    await run()
    const second = await current('sales.even')
    expect(await refsOf('sales.even')).toMatchObject({ main: second, 'contract-1.0.0': first, 'contract-1.1.0': second })
    await run()
    expect(await refsOf('sales.even')).toMatchObject({ 'contract-1.0.0': first, 'contract-1.1.0': await current('sales.even') })
  })

  it('follows what another writer committed meanwhile, and says which snapshots it replaced', async () => {
    let theirs = ''
    const ended = await runWith({ before: { publish: async () => void (theirs = await appendAsSomebodyElse(await rig.table('sales.even'))) } })
    expect(ended.status).toBe('succeeded')
    const { currentSnapshot, snapshots } = await rig.table('sales.even')
    expect(currentSnapshot).toMatchObject({ parentId: theirs, summary: { 'tulle.run-id': ended.runId, 'tulle.replaced': theirs, 'total-records': '5' } })
    expect(snapshots.map((one) => one.id)).toContain(theirs)
    expect(Object.keys(await refsOf('sales.even')).filter((name) => name.startsWith(`run-${ended.runId}`))).toEqual([])
    expect((await rig.table('sales.raw')).currentSnapshot?.summary).not.toHaveProperty('tulle.replaced')
    expect(await rig.log(ended.runId)).toContain(`Somebody else wrote snapshot ${theirs} to sales.even meanwhile; the run's rows replace it.`)
    expect(await count('sales.even')).toEqual({ n: 5 })
  })

  it('that is cancelled after it wrote publishes nothing', async () => {
    const before = await current('sales.raw')
    const ended = await runWith({ before: { publish: async ({ runId }) => void (await rig.store.db.updateTable('run').set({ status: 'cancelled' }).where('id', '=', runId).execute()) } })
    expect(ended.status).toBe('cancelled')
    expect(await current('sales.raw')).toBe(before)
  })
})

describe('a rollback', () => {
  const rollBack = async (options: { snapshot?: string; run?: string } = {}) => (await rig.open()).rollBack('sales', { requestedBy: 'ana', ...options })
  const both = async () => ({ raw: await current('sales.raw'), even: await current('sales.even') })

  it('serves what was published before, in all data sets together, and says so in the journal', async () => {
    await write(10)
    await run()
    const good = await both()
    await write(20)
    const { runId } = await run()
    const bad = await both()
    const events = await publishedEvents()
    expect(valueOf(await rollBack())).toEqual([
      { dataSet: 'sales.raw', from: bad.raw, to: good.raw },
      { dataSet: 'sales.even', from: bad.even, to: good.even },
    ])
    expect(await both()).toEqual(good)
    expect(await count('sales.even')).toEqual({ n: 5 })
    expect(await publishedEvents()).toBe(events + 1)
    const told = await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.product.rolled-back').executeTakeFirstOrThrow()
    expect(told.data).toMatchObject({ product: 'sales', by: 'ana', dataSets: [{ dataSet: 'sales.raw', to: good.raw }, { dataSet: 'sales.even', to: good.even }] })
    // What was undone is no version to go to any more.
    const again = await rollBack({ run: runId })
    expect(again.diagnostics[0]).toMatchObject({ code: 'rollback-target-unknown', message: expect.stringContaining(good.raw) as string })
  })

  it('takes the tag of a contract back with it', async () => {
    await apply('2.0.0')
    await run()
    expect(await refsOf('sales.even')).toHaveProperty(['contract-2.0.0'])
    valueOf(await rollBack())
    const refs = await refsOf('sales.even')
    expect(refs).not.toHaveProperty(['contract-2.0.0'])
    expect(refs['contract-1.1.0']).toBe(await current('sales.even'))
  })

  it('goes by any snapshot of any data set, and by a run', async () => {
    const first = await run()
    const wanted = await both()
    await run()
    await run()
    valueOf(await rollBack({ snapshot: wanted.even }))
    expect(await both()).toEqual(wanted)
    await run()
    valueOf(await rollBack({ run: first.runId }))
    expect(await both()).toEqual(wanted)
    expect(valueOf(await rollBack({ run: first.runId }))).toEqual([])
  })

  it('to nothing that was published is refused with what was, and nothing moves', async () => {
    const before = await both()
    expect((await rollBack({ snapshot: '1' })).diagnostics[0]?.code).toBe('rollback-target-unknown')
    await apply('2.0.0', 3)
    const failed = await run()
    const waiting = (await refsOf('sales.even'))[`run-${failed.runId}`]
    expect((await rollBack({ snapshot: waiting ?? '' })).diagnostics[0]?.code).toBe('rollback-target-unknown')
    await rig.apply({ fresh: { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns } } } })
    expect((await (await rig.open()).rollBack('fresh', { requestedBy: 'ana' })).diagnostics[0]?.code).toBe('nothing-before')
    expect(await both()).toEqual(before)
  })
})

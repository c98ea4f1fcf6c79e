import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import { bundledProgram } from '@tulle/kernel/testing'
import { dbosRuntime, storeRecorder } from '@tulle/workflow'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

const CHILD = await bundledProgram('packages/pipeline/src/testing/kill-child.ts')
const KILLS = Number(process.env['TULLE_KILLS'] ?? 2)

const document = (name: string, tasks: string): string => `document: {dsl: '1.0.3', namespace: shop, name: ${name}, version: '1.0.0'}\ndo:\n${tasks}`
const WAYS = document('ways', `  - ways: {fork: {branches: [{left: {set: {way: left}}}, {right: {call: wait-for-product, with: {product: sales}}}]}}
  - read: {try: [{once: {call: ingest}}], catch: {retry: {delay: {milliseconds: 1}, limit: {attempt: {count: 2}}}}}
  - build: {call: sql}
  - rest: {run: {workflow: {namespace: shop, name: rest, version: '1', input: {}}}}
`)
const REST = document('rest', '  - write: {call: write}\n  - check: {call: check}\n  - publish: {call: publish}\n')
const WAITS = document('waits', '  - late: {call: wait-for-product, with: {product: late, atMost: PT5M}}\n  - ingest: {call: ingest}\n  - write: {call: write}\n  - check: {call: check}\n  - publish: {call: publish}\n')

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': `id\n${Array.from({ length: 2_000 }, (_, i) => i).join('\n')}\n` })
  const columns = { id: 'long!*' }
  const product = { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns }, even: { columns, model: "select id from {{ ref('raw') }} where id % 2 = 0" } } }
  const plain = { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns } } }
  await rig.write({ 'workflows/rest.yaml': REST, 'domains/shop/ways/workflow.yaml': WAYS, 'domains/shop/waits/workflow.yaml': WAITS })
  await rig.apply({ sales: product, ways: product, late: plain, waits: plain })
})
afterAll(() => rig[Symbol.asyncDispose]())

interface Life { readonly accepted: readonly string[]; readonly published: readonly string[] }

/** A process from its start to its SIGKILL, and what it acknowledged meanwhile. */
interface LifeOptions {
  readonly product?: string
  readonly early?: boolean
  readonly dies?: { readonly when: 'before' | 'after'; readonly step: string }
  readonly after?: number
  readonly until?: () => Promise<boolean>
}
async function life(options: LifeOptions): Promise<Life> {
  const { product, early, dies } = options
  const plan = { address: rig.providers.testStore.connectionString, warehouse: rig.providers.warehouse, meshFolder: rig.meshFolder, folder: rig.folder, product, early, dies }
  const child = spawn(process.execPath, ['--no-warnings', CHILD, JSON.stringify(plan)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const said: string[] = []
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    said.push(line)
  })
  await Promise.race([ready.promise, ended])
  if (options.after !== undefined) await new Promise((resolve) => setTimeout(resolve, options.after))
  if (options.until !== undefined) await expect.poll(options.until, { timeout: 60_000, interval: 100 }).toBe(true)
  if (dies === undefined) child.kill('SIGKILL')
  await ended
  const of = (word: string): readonly string[] => said.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1))
  return { accepted: of('accepted'), published: of('published') }
}

/** Run ids of the snapshots of a data set, oldest first. */
const snapshotsOf = async (address: string): Promise<readonly string[]> =>
  (await rig.table(address)).snapshots.map((snapshot) => snapshot.summary['tulle.run-id'] ?? '?')
const allEnded = async (): Promise<boolean> => (await rig.store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).executeTakeFirst()) === undefined

describe('a product whose process is killed again and again', () => {
  it('loses nothing that was acknowledged, ends every run, and publishes each exactly once', async () => {
    const accepted: string[] = []
    for (let i = 0; i < KILLS; i += 1) {
      const one = await life({ product: 'sales', after: Math.random() * 1_500 })
      accepted.push(...one.accepted)
      const there = new Set(await snapshotsOf('sales.even'))
      expect(one.published.filter((runId) => !there.has(runId))).toEqual([])
    }
    await life({ until: allEnded })

    const runs = await rig.store.db.selectFrom('run').select(['id', 'status']).where('product', '=', 'sales').execute()
    const ids = runs.map((run) => run.id).toSorted()
    expect(accepted.filter((runId) => !ids.includes(runId))).toEqual([])
    expect(runs.filter((run) => run.status !== 'succeeded')).toEqual([])
    const events = await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.product.published').execute()
    expect(events.map((event) => (event.data as { runId: string }).runId).toSorted()).toEqual(ids)
    for (const address of ['sales.raw', 'sales.even']) expect((await snapshotsOf(address)).toSorted()).toEqual(ids)
    expect(await rig.rows('sales.even', 'SELECT count(*) AS n FROM sales.even')).toEqual([{ n: 1_000 }])
  }, 120_000 + KILLS * 5_000)

  it.each([
    ['when its snapshots are on the branch and nobody knows', 'sales', { when: 'after', step: 'write' }],
    ['when they were checked, before they are published', 'sales', { when: 'before', step: 'publish' }],
    ['when they are published and nobody knows', 'sales', { when: 'after', step: 'publish' }],
    ['in what it tries again, behind a fork', 'ways', { when: 'after', step: 'ingest' }],
    ['in a workflow that its own runs', 'ways', { when: 'after', step: 'publish' }],
  ] as const)('that dies %s publishes the run once, and leaves no branch', async (_name, product, dies) => {
    const { accepted: [runId = ''] } = await life({ product, dies })
    const unfinished = await rig.store.db.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()
    expect(unfinished.status).toBe('running')
    await life({ until: allEnded })
    const ended = await rig.store.db.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirstOrThrow()
    expect(ended.status).toBe('succeeded')
    for (const address of [`${product}.raw`, `${product}.even`]) {
      const { metadata, currentSnapshot } = await rig.table(address)
      expect((await snapshotsOf(address)).filter((id) => id === runId)).toHaveLength(1)
      expect(currentSnapshot?.summary['tulle.run-id']).toBe(runId)
      expect(Object.keys(metadata.refs)).toEqual(['main', 'contract-1.0.0'])
    }
    const events = await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.product.published').execute()
    expect(events.filter((event) => (event.data as { runId: string }).runId === runId)).toHaveLength(1)
  }, 60_000)

  it('that dies while it waits without a place goes on when what it waits for is there', async () => {
    const standing = () => rig.store.db.selectFrom('run').select(['id', 'status', 'aside']).where('product', '=', 'waits').executeTakeFirst()
    await life({ product: 'waits', until: async () => (await standing())?.aside === 'late: it was never published' })
    const { id = '', status } = (await standing()) ?? {}
    expect(status).toBe('running')
    await life({ product: 'late', until: async () => (await standing())?.status === 'succeeded' })
    expect((await standing())?.aside).toBeNull()
    expect((await snapshotsOf('waits.raw')).filter((one) => one === id)).toHaveLength(1)
  }, 120_000)

  it('control: saying "published" before it is true is seen by this test', async () => {
    // Whether a kill falls between the word and the deed is chance, so it is tried until it does.
    const lost: string[] = []
    for (let attempt = 0; attempt < 10 && lost.length === 0; attempt += 1) {
      const one = await life({ product: 'sales', early: true, after: 200 + attempt * 100 })
      const there = new Set(await snapshotsOf('sales.even'))
      lost.push(...one.published.filter((runId) => !there.has(runId)))
    }
    expect(lost).not.toEqual([])
  }, 120_000)
})

describe('a product whose database is killed', () => {
  it('goes on when the server is back, and publishes exactly once', async () => {
    const clock = systemClock
    const live = await rig.open({ openRuntime: (workflows) => dbosRuntime({ workflows, recorder: storeRecorder(rig.store, clock), store: rig.store, executorId: 'killed', clock, newRunId: randomUUID }) })
    const { rows } = await sql<{ data_directory: string }>`show data_directory`.execute(rig.store.db)
    const postmaster = join(rows[0]?.data_directory ?? '', 'postmaster.pid')
    for (const after of [300]) {
      const { runId } = valueOf(await live.run('sales', { requestedBy: 'test', force: true }))
      await clock.sleep(after)
      process.kill(Number((await readFile(postmaster, 'utf8')).split('\n', 1)[0]), 'SIGKILL')
      const ended = async (): Promise<string | undefined> => (await live.wait(runId).then(valueOf).catch(() => undefined))?.status
      await expect.poll(ended, { timeout: 40_000, interval: 500 }).toBe('succeeded')
      expect((await snapshotsOf('sales.even')).filter((id) => id === runId)).toHaveLength(1)
    }
  }, 120_000)
})

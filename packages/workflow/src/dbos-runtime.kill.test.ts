import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'

const CHILD = await bundledProgram('packages/workflow/src/testing/kill-child.ts')
const KILLS = Number(process.env['TULLE_KILLS'] ?? 3)

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
  await sql`create table step_call (run_id text, step text, pid int)`.execute(rig.store.db)
  await sql`create table step_effect (key text primary key)`.execute(rig.store.db)
})
afterAll(() => rig.close())
beforeEach(async () => {
  await sql`truncate step_call, step_effect, run cascade`.execute(rig.store.db)
})

/** Runs a child until it says `until`, or for a random while; then kills it. Answers what it acknowledged. */
async function killedChild(runs: number, options: { early?: boolean; after?: number; until?: () => Promise<boolean> } = {}): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, rig.connectionString, String(runs), ...(options.early === true ? ['early'] : [])], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const acknowledged: string[] = []
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'ready') ready.resolve()
    if (line.startsWith('ack ')) acknowledged.push(line.slice(4))
  })
  await Promise.race([ready.promise, ended])
  if (options.after !== undefined) await new Promise((resolve) => setTimeout(resolve, options.after))
  if (options.until !== undefined) await expect.poll(options.until, { timeout: 30_000, interval: 100 }).toBe(true)
  child.kill('SIGKILL')
  await ended
  return acknowledged
}

const known = async (): Promise<ReadonlySet<string>> => {
  const rows = await rig.store.db.selectFrom('run').select('parameters').execute()
  return new Set(rows.map((row) => (row.parameters as { nonce: string }).nonce))
}
const allEnded = async (): Promise<boolean> => (await rig.store.db.selectFrom('run').select('id').where('status', 'in', ['queued', 'running']).executeTakeFirst()) === undefined

describe('a runtime killed again and again', () => {
  it('loses no acknowledged run, ends every run, and has each effect once', async () => {
    const acknowledged: string[] = []
    for (let i = 0; i < KILLS; i += 1) acknowledged.push(...await killedChild(8, { after: Math.random() * 500 }))
    await killedChild(0, { until: allEnded })

    const written = await known()
    expect(acknowledged.length).toBeGreaterThan(0)
    expect(acknowledged.filter((nonce) => !written.has(nonce))).toEqual([])
    const statuses = await rig.store.db.selectFrom('run').select('status').distinct().execute()
    expect(statuses).toEqual([{ status: 'succeeded' }])
    const { rows: effects } = await sql<{ count: string }>`select count(*) from step_effect`.execute(rig.store.db)
    expect(Number(effects[0]?.count)).toBe(written.size * 3)
    // Only steps in flight are called twice, and at most two runs are in flight at a kill.
    const { rows: again } = await sql<{ again: string }>`select coalesce(sum(calls - 1), 0) as again from (select count(*) as calls from step_call group by run_id, step)`.execute(rig.store.db)
    expect(Number(again[0]?.again)).toBeLessThanOrEqual(KILLS * 2)
  }, 60_000 + KILLS * 5_000)

  it('control: acknowledging before anything is durable loses runs, and this test sees it', async () => {
    const acknowledged: string[] = []
    let lost: readonly string[] = []
    // A slow machine may have written them all in time.
    for (let i = 0; i < 12 && lost.length === 0; i += 1) {
      acknowledged.push(...await killedChild(500, { early: true, after: 40 + Math.random() * 100 }))
      const written = await known()
      lost = acknowledged.filter((nonce) => !written.has(nonce))
    }
    expect(lost.length).toBeGreaterThan(0)
  }, 60_000)
})

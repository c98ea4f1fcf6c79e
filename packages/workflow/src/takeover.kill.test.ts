// Two processes over one database: what one leaves when it dies, the other takes over, once.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'

// Runs beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

const CHILD = await bundledProgram('packages/workflow/src/testing/kill-child.ts')
const RUNS = 12

let rig: TestStore
const children: ChildProcess[] = []
beforeAll(async () => {
  rig = await testStore()
  await sql`create table step_call (run_id text, step text, pid int)`.execute(rig.store.db)
  await sql`create table step_effect (key text primary key)`.execute(rig.store.db)
})
afterAll(() => rig.close())
beforeEach(async () => {
  await sql`truncate step_call, step_effect, run, run_worker cascade`.execute(rig.store.db)
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
})

/** A worker that lives until it is killed; `alone` looks for no dead ones. */
async function worker(runs: number, ...more: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--no-warnings', CHILD, rig.connectionString, String(runs), ...more], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.push(child)
  const ready = Promise.withResolvers<void>()
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    if (line === 'done') ready.resolve()
  })
  await Promise.race([ready.promise, once(child, 'exit')])
  return child
}
const callsOf = async (pid: number | undefined): Promise<number> => Number((await sql<{ n: string }>`select count(*) as n from step_call where pid = ${pid}`.execute(rig.store.db)).rows[0]?.n)
const open = async (): Promise<number> => Number((await sql<{ n: string }>`select count(*) as n from run where status in ('queued', 'running')`.execute(rig.store.db)).rows[0]?.n)
const outcome = async (): Promise<unknown> => {
  const { rows: statuses } = await sql`select status, count(*)::int as runs from run group by status`.execute(rig.store.db)
  const { rows: effects } = await sql`select count(*)::int as effects from step_effect`.execute(rig.store.db)
  return [statuses, effects]
}
const ALL_ONCE = [[{ status: 'succeeded', runs: RUNS }], [{ effects: RUNS * 3 }]]

describe('two processes that begin at once', () => {
  it('over a database that is new both launch, and carry what is asked of them', async () => {
    // A statement that waits for another process would hold up the indexes that the first one builds.
    await sql`drop schema if exists dbos cascade`.execute(rig.store.db)
    await Promise.all([worker(RUNS / 2), worker(RUNS / 2)])
    await expect.poll(open, { timeout: 120_000 }).toBe(0)
    expect(await outcome()).toEqual(ALL_ONCE)
  })
})

describe('a process that dies beside another one', () => {
  it('by kill -9: the other goes on with its runs, at the step in flight, each effect once', async () => {
    const first = await worker(RUNS, 'slow')
    const second = await worker(0)
    await expect.poll(() => callsOf(first.pid), { timeout: 60_000 }).toBeGreaterThan(0)
    const { rows: before } = await sql<{ id: string }>`select id from run_worker`.execute(rig.store.db)
    expect(before).toHaveLength(2)
    first.kill('SIGKILL')
    await expect.poll(open, { timeout: 120_000 }).toBe(0)
    expect(await outcome()).toEqual(ALL_ONCE)
    expect(await callsOf(second.pid)).toBeGreaterThan(0)
    // Steps that were done are not done again: two runs were in flight at most.
    const { rows: [again] } = await sql<{ again: string }>`select coalesce(sum(calls - 1), 0) as again from (select count(*) as calls from step_call group by run_id, step)`.execute(rig.store.db)
    expect(Number(again?.again)).toBeLessThanOrEqual(2)
    expect((await sql`select id from run_worker`.execute(rig.store.db)).rows).toHaveLength(1)
  })

  it('by hanging: what it still does when it wakes up changes nothing', async () => {
    const first = await worker(RUNS, 'slow')
    await worker(0)
    await expect.poll(() => callsOf(first.pid), { timeout: 60_000 }).toBeGreaterThan(0)
    first.kill('SIGSTOP')
    await expect.poll(open, { timeout: 120_000 }).toBe(0)
    expect(await outcome()).toEqual(ALL_ONCE)
    first.kill('SIGCONT')
    // It is back among the living, and has seen that its runs are others'.
    await expect.poll(async () => (await sql`select id from run_worker`.execute(rig.store.db)).rows.length, { timeout: 60_000 }).toBe(2)
    expect(await outcome()).toEqual(ALL_ONCE)
  })

  it('control: where nobody looks for the dead, their runs stay where they are', async () => {
    const first = await worker(RUNS, 'slow')
    const second = await worker(0, 'alone')
    await expect.poll(() => callsOf(first.pid), { timeout: 60_000 }).toBeGreaterThan(0)
    first.kill('SIGKILL')
    const { rows: [dead] } = await sql<{ at: Date }>`select clock_timestamp() as at`.execute(rig.store.db)
    // The second one lives for twice as long as it takes to be taken for dead.
    const beats = async (): Promise<boolean> => (await sql`select id from run_worker where pid = ${second.pid} and seen_at > ${dead?.at}::timestamptz + interval '4 seconds'`.execute(rig.store.db)).rows.length === 1
    await expect.poll(beats, { timeout: 60_000 }).toBe(true)
    expect(await open()).toBeGreaterThan(0)
    expect(await callsOf(second.pid)).toBe(0)
    second.kill('SIGKILL')
    await worker(0)
    await expect.poll(open, { timeout: 120_000 }).toBe(0)
  })
})

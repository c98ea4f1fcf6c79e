// A run that asks or tells something at the moment at which its connection to the database goes.

import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { storeRecorder } from './store-recorder.ts'

let rig: TestStore
let other: Store
beforeAll(async () => {
  rig = await testStore()
  other = await rig.another()
})
afterAll(() => rig.close())

/** What comes of work whose connection is ended while it waits for a table. */
async function cutOff<T>(table: 'run' | 'run_output', work: () => Promise<T>): Promise<T> {
  let going: Promise<T> | undefined
  await other.db.transaction().execute(async (tx) => {
    await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(tx)
    going = work()
    going.catch(() => undefined)
    const ended = async () => (await sql<{ ended: boolean }>`select pg_terminate_backend(pid) as ended from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(other.db)).rows.length
    await expect.poll(ended, { timeout: 20_000 }).toBe(1)
  })
  return going as Promise<T>
}

describe('what a run at work asks of the database', () => {
  const recorder = () => storeRecorder(rig.store, systemClock)
  it.each<[string, 'run' | 'run_output', () => Promise<unknown>, unknown]>([
    ['whether it may go on', 'run', () => recorder().mayGoOn('r1'), 'yes'],
    ['what its steps handed on', 'run_output', () => recorder().outputs('r1'), {}],
  ])('is asked again on another connection: %s', async (_what, table, ask, answer) => {
    expect(await cutOff(table, ask)).toEqual(answer)
  })

  it('control: asked once it is an error, which would end the run', async () => {
    await expect(cutOff('run', () => rig.store.db.selectFrom('run').select('id').execute())).rejects.toThrow()
  })
})

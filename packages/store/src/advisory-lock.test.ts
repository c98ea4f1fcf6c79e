import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tryAdvisoryLock, withAdvisoryLock } from './advisory-lock.ts'
import type { Store } from './open-store.ts'
import type { TestStore } from './testing.ts'
import { testStore } from './testing.ts'

let rig: TestStore
let other: Store
beforeAll(async () => {
  rig = await testStore()
  other = await rig.another()
})
afterAll(() => rig.close())

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

describe('a lock', () => {
  it('lets one work at a time, in this process and others', async () => {
    let inside = 0
    let most = 0
    const work = async (): Promise<void> => {
      most = Math.max(most, inside += 1)
      await pause(10)
      inside -= 1
    }
    await Promise.all([rig.store, other, rig.store, other].map((store) => withAdvisoryLock(store, 'one', work)))
    expect(most).toBe(1)
  })

  it('does not hold up another name', async () => {
    expect(await withAdvisoryLock(rig.store, 'one', () => withAdvisoryLock(other, 'two', async () => 'both'))).toBe('both')
  })

  it('that is taken is refused at once to those who only try', async () => {
    const tried = await withAdvisoryLock(rig.store, 'one', () => Promise.all([tryAdvisoryLock(other, 'one', async () => 1), tryAdvisoryLock(rig.store, 'one', async () => 1)]))
    expect(tried).toEqual([{ got: false }, { got: false }])
    expect(await tryAdvisoryLock(other, 'one', async () => 1)).toEqual({ got: true, value: 1 })
  })

  it('is free again after its work failed', async () => {
    await expect(withAdvisoryLock(rig.store, 'one', async () => { throw new Error('no') })).rejects.toThrow('no')
    expect(await tryAdvisoryLock(rig.store, 'one', async () => 1)).toEqual({ got: true, value: 1 })
  })

  it('leaves the pool to the work, however many wait', async () => {
    const done = await Promise.all(Array.from({ length: 12 }, () => withAdvisoryLock(rig.store, 'one', () => rig.store.db.selectFrom('mesh_state').select('one').execute())))
    expect(done).toHaveLength(12)
  })

  it('that is lost with its session tells the work', async () => {
    const lost = await withAdvisoryLock(rig.store, 'one', async (signal) => {
      await rig.store.pool.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tulle lock'`)
      await expect.poll(() => signal.aborted).toBe(true)
      return (signal.reason as Error).message
    })
    expect(lost).toBe('the database session that held the lock was lost')
  })
})

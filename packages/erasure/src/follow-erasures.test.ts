// What other processes of a mesh do when somebody is erased.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import { appendEvent } from '@tulle/store'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { FORGOTTEN_WITHIN, followErasures } from './follow-erasures.ts'

const PATIENT = { timeout: 20_000 }

let rig: TestStore
let clock: FakeClock
let forgotten: number
let following: ReturnType<typeof followErasures>

beforeEach(async () => {
  rig = await testStore()
  clock = fakeClock()
  forgotten = 0
  following = followErasures(await rig.another(), { clock, forget: async () => void (forgotten += 1) })
  await following.caughtUp()
})
afterEach(async () => {
  await following.stop()
  await rig.close()
})

const say = (source: string): Promise<unknown> => rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.history.rewritten', source, subject: 'p', data: { product: 'p' } }))

describe('a process that reads nothing', () => {
  it('gives up what it has read when another has erased somebody, and not when rows went for another reason', async () => {
    await say('/tulle/maintenance')
    await following.caughtUp()
    expect(forgotten).toBe(0)
    await say('/tulle/erasures')
    await expect.poll(() => forgotten, PATIENT).toBe(1)
  })

  it('gives it up within the time that an erasure waits where it hears nothing of the journal any more, once', async () => {
    await clock.advance(5_000)
    expect(forgotten).toBe(0)
    await rig.close()
    for (let at = 0; at < FORGOTTEN_WITHIN + 5_000; at += 500) {
      await clock.advance(500)
      await new Promise((wake) => setImmediate(wake))
    }
    await expect.poll(() => forgotten, PATIENT).toBe(1)
  })
})

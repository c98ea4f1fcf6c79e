// Files that come start a run, once for each set of them.

import { afterEach, describe, expect, it } from 'vitest'
import { fail, ok } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import type { Triggers } from '@tulle/workflow'
import { fileTriggers } from './file-triggers.ts'

let watching: Triggers | undefined
afterEach(async () => {
  await watching?.close()
  watching = undefined
})

interface Rig { there: string | undefined; fault: string | undefined; refuses: boolean; looks: number; readonly started: string[]; readonly warnings: string[]; readonly kept: Map<string, string> }

async function watch(clock: FakeClock, kept = new Map<string, string>()): Promise<Rig> {
  const rig: Rig = { there: undefined, fault: undefined, refuses: false, looks: 0, started: [], warnings: [], kept }
  await watching?.close()
  watching = await fileTriggers({
    clock,
    triggers: async () => [{ port: 'drop', everySeconds: 60, request: { workflow: 'run', subject: 'orders', input: {}, requestedBy: 'files' } }],
    look: async () => {
      rig.looks += 1
      return rig.fault === undefined ? ok(rig.there) : fail({ code: 'x', severity: 'error', message: rig.fault })
    },
    seen: async (product, port) => rig.kept.get(`${product}.${port}`),
    remember: async (product, port, seen) => void rig.kept.set(`${product}.${port}`, seen),
    start: async ({ subject, trigger }) => {
      if (rig.refuses) throw new Error('the database is away')
      rig.started.push(`${subject} ${trigger.kind} ${String(trigger['port'])} ${rig.there}`)
      return ok({ runId: 'r', shared: false })
    },
    warn: (message) => rig.warnings.push(message),
  })
  await clock.advance(0)
  return rig
}

describe('new files', () => {
  it('start one run for each set of them, and none while nothing is there', async () => {
    const clock = fakeClock(0)
    const rig = await watch(clock)
    await clock.advance(120_000)
    expect(rig.started).toEqual([])
    rig.there = 'a'
    await clock.advance(600_000)
    expect(rig.started).toEqual(['orders files drop a'])
    rig.there = 'a b'
    await clock.advance(600_000)
    expect(rig.started).toEqual(['orders files drop a', 'orders files drop a b'])
  })

  it('start nothing while they are still being written', async () => {
    const clock = fakeClock(0)
    const rig = await watch(clock)
    for (let n = 0; n < 300; n += 1) {
      rig.there = `growing ${n}`
      await clock.advance(1_000)
    }
    expect(rig.started).toEqual([])
    await clock.advance(120_000)
    expect(rig.started).toEqual(['orders files drop growing 299'])
  })

  it('that started a run start none after a restart', async () => {
    const clock = fakeClock(0)
    const rig = await watch(clock)
    rig.there = 'a'
    await clock.advance(120_000)
    const again = await watch(clock, rig.kept)
    again.there = 'a'
    await clock.advance(600_000)
    expect([rig.started.length, again.started.length, again.looks > 5]).toEqual([1, 0, true])
    // Control: without what was kept, they do.
    const forgetful = await watch(clock)
    forgetful.there = 'a'
    await clock.advance(600_000)
    expect(forgetful.started.length).toBe(1)
  })

  it('whose run could not be started are tried again, and a source that is away is told once', async () => {
    const clock = fakeClock(0)
    const rig = await watch(clock)
    rig.there = 'a'
    rig.refuses = true
    await clock.advance(180_000)
    expect(rig.started).toEqual([])
    rig.refuses = false
    await clock.advance(180_000)
    expect(rig.started).toEqual(['orders files drop a'])
    rig.warnings.length = 0
    rig.fault = 'orders.drop cannot read the bucket.'
    await clock.advance(600_000)
    expect(rig.warnings).toEqual(['orders: orders.drop cannot read the bucket.'])
  })
})

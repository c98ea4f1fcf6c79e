// The contract: an engine that works for long gives way with all its threads, and is as before when it has answered.

import { readdirSync } from 'node:fs'
import { getPriority } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { looseWorker } from '../testing.ts'
import type { LooseWorker } from '../testing.ts'
import { HEAVY_NICE, NICE, yielding } from './give-way.ts'

let worker: LooseWorker
beforeAll(async () => {
  worker = await looseWorker()
})
afterAll(() => worker?.close())

const niceness = (): readonly number[] => {
  const seen = new Set<number>()
  for (const thread of readdirSync(`/proc/${worker.pid}/task`)) {
    try {
      seen.add(getPriority(Number(thread)))
    } catch {
      // It has ended meanwhile.
    }
  }
  return [...seen]
}
const HEAVY = 'select sum(hash(x)) from range(2000000) t(x)'

// Only the superuser may take its niceness back.
describe.skipIf(process.getuid?.() !== 0)('a process that is asked', () => {
  it('for much gives way while it works, and not longer', async () => {
    const way = yielding(worker.pid)
    expect(niceness()).toEqual([NICE])
    const ended = way.begin()
    const seen = new Set<string>()
    // As much as it takes until somebody looked.
    for (let rounds = 0; rounds < 200 && !seen.has(String(HEAVY_NICE)); rounds += 1) {
      await worker.answer(HEAVY)
      seen.add(niceness().join())
    }
    ended()
    expect([...seen]).toContain(String(HEAVY_NICE))
    expect(niceness()).toEqual([NICE])
  })

  it('for little stays as it is', async () => {
    const way = yielding(worker.pid)
    for (let i = 0; i < 30; i += 1) {
      const ended = way.begin()
      await worker.answer('select 1')
      expect(niceness()).toEqual([NICE])
      ended()
    }
  })
})

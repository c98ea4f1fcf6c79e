import { expect, it } from 'vitest'
import { loadHostilely } from './hostile-load.ts'

// What they cost beside each other depends on the machine; that they end, with the right code, does not.
it('statements that would take the machine are killed in time, and their neighbours and their own session live', async () => {
  const { violations, statements } = await loadHostilely({ only: 8, grace: 10_000 })
  expect(violations).toEqual([])
  expect(statements).toBe(8)
}, 240_000)

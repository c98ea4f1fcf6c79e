// A slice of the campaign of spoilt frames, its control, and a crowd that says nothing.

import { describe, expect, it } from 'vitest'
import { idleSockets, spoiltFrames } from './frames.ts'

describe('spoilt frames', () => {
  it('break nothing, hang nothing, and keep nobody else from an answer', async () => {
    const outcome = await spoiltFrames({ count: 20_000, seed: 7, control: false })
    expect(outcome.violations).toEqual([])
    expect(outcome.bySocket).toBe(40)
  }, 120_000)

  it('find a reader that trusts a length (the control)', async () => {
    const { violations } = await spoiltFrames({ count: 20_000, seed: 7, control: true })
    expect(violations.join('\n')).toContain('RangeError')
  }, 120_000)
})

describe('a crowd that connects and says nothing', () => {
  it('does not keep out those who sign in', async () => {
    expect((await idleSockets(1500)).violations).toEqual([])
  }, 60_000)
})

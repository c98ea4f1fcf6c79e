import { describe, expect, it } from 'vitest'
import { replayHistories } from './workflow-histories.ts'

describe('recorded histories of workflows', () => {
  it('are replayed without divergence, also after a compatible change, and are refused after another', async () => {
    expect(await replayHistories({ count: 60, seed: 1, control: false })).toEqual({ violations: [] })
  }, 120_000)

  it('are caught diverging where an incompatible change is not refused (the control)', async () => {
    expect((await replayHistories({ count: 30, seed: 1, control: true })).violations.join('\n')).toContain('diverged')
  }, 120_000)
})

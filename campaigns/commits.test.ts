// A slice of the campaign of concurrent commits, and the control that shows its checks can see.

import { describe, expect, it } from 'vitest'
import { commitAtOnce } from './commits.ts'

describe('processes that commit to one table at once, with replies cut', () => {
  it('lose no commit and make none twice', async () => {
    const outcome = await commitAtOnce({ count: 240, seed: 5, control: false, processes: 4 })
    expect(outcome.violations).toEqual([])
    expect(outcome.acknowledged).toBe(240)
    expect(outcome.cut).toBeGreaterThan(0)
  }, 120_000)

  it('are caught losing commits where the catalogue looks first and renames then (the control)', async () => {
    const { violations } = await commitAtOnce({ count: 120, seed: 5, control: true, processes: 4 })
    expect(violations.join('\n')).toContain('was acknowledged and is lost')
  }, 120_000)
})

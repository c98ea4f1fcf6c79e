// A slice of the kill campaign, and the control that shows its checks can see.

import { describe, expect, it } from 'vitest'
import { killAtRandom } from './kills.ts'

describe('a Tulle that is killed at random moments', () => {
  it('loses nothing acknowledged, and its next apply converges', async () => {
    expect(await killAtRandom({ cycles: 4, seed: 3, control: false })).toMatchObject({ cycles: 4, violations: [] })
  }, 240_000)

  it('is caught losing things where they count as acknowledged before they are', async () => {
    const { violations } = await killAtRandom({ cycles: 5, seed: 6, control: true })
    expect(violations.length).toBeGreaterThan(0)
    expect(violations[0]).toContain('acknowledged, but')
  }, 240_000)
})

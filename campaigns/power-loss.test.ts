// A slice of the power-loss campaign, and the controls that show its checks can see.

import { describe, expect, it } from 'vitest'
import { losePowerAtRandom } from './power-loss.ts'

describe('a lake whose power is taken at any moment', () => {
  it('has all that was acknowledged, whole', async () => {
    expect(await losePowerAtRandom({ states: 400, seed: 7 })).toEqual({ states: 400, violations: [] })
  })

  it.each([
    ['folders', 'folder syncs', 'was acknowledged and is object-missing'],
    ['files', 'file syncs', 'is there, but not whole'],
  ] as const)('is caught losing things where the syncs of %s do nothing (the control)', async (_, ignores, what) => {
    const { violations } = await losePowerAtRandom({ states: 100, seed: 7, ignores })
    expect(violations.length).toBeGreaterThan(10)
    expect(violations.join('\n')).toContain(what)
    expect(violations.join('\n')).toContain('cannot be read')
  })
})

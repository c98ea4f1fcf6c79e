// A slice of the campaign that kills at every boundary, and the control that shows its checks can see.

import { describe, expect, it } from 'vitest'
import { killLake } from './lake-kills.ts'

describe('a lake whose process is killed at the boundaries of a job', () => {
  it('can be read, has lost nothing acknowledged, and has done each job whole or not at all', async () => {
    expect(await killLake({ count: 10, seed: 2, control: false })).toEqual({ violations: [] })
  }, 120_000)

  it('is caught losing what it acknowledged before it was done (the control)', async () => {
    const { violations } = await killLake({ count: 4, seed: 2, control: true })
    expect(violations.join('\n')).toContain('it was acknowledged, but is not there')
  }, 120_000)
})

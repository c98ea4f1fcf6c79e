// A slice of the campaign that kills at every boundary of workflows, and the control that shows its checks can see.

import { describe, expect, it } from 'vitest'
import { killWorkflows } from './workflow-kills.ts'

describe('workflows whose process is killed at the boundaries of their steps', () => {
  it('come to the same result, with each effect once', async () => {
    expect(await killWorkflows({ count: 6, seed: 3, control: false })).toEqual({ violations: [] })
  }, 180_000)

  it('are caught doing effects twice where effects have no keys (the control)', async () => {
    const { violations } = await killWorkflows({ count: 2, seed: 3, control: true })
    expect(violations.join('\n')).toMatch(/did (?:9|\d\d+) effects/u)
  }, 180_000)
})

// A slice of the campaign that alters an audit, and the controls that show its looking can miss.

import { describe, expect, it } from 'vitest'
import { tamper } from './audit-tamper.ts'

describe('an audit that was altered in any way', { timeout: 120_000 }, () => {
  it('is found out', async () => {
    expect(await tamper({ count: 240, seed: 7 })).toEqual({ violations: [] })
  })

  it.each([
    ['no anchors', 'an entry altered, and all behind it written anew'],
    ['no links', 'two lines swapped'],
  ] as const)('is not, where it is looked at with %s (the control)', async (blind, what) => {
    const { violations } = await tamper({ count: 240, seed: 7, blind })
    expect(violations.join('\n')).toContain(what)
  })
})

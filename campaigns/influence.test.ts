// A slice of the thousand models the other way, and the control: rows chosen by conditions on the table alone are too many.

import { describe, expect, it } from 'vitest'
import { influenceOfModels } from './influence.ts'

describe('rows that are named as those that a row had a part in', () => {
  it('are those whose provenance it is among, in models that nobody wrote', async () => {
    const { violations, asked, some, refused } = await influenceOfModels({ count: 20, seed: 3, control: false })
    expect(violations).toEqual([])
    expect(refused).toEqual({})
    expect(some / asked).toBeGreaterThan(0.15)
  }, 120_000)

  it('would be found too many by conditions on the table alone', async () => {
    expect((await influenceOfModels({ count: 20, seed: 3, control: true })).violations.length).toBeGreaterThan(1)
  }, 120_000)
})

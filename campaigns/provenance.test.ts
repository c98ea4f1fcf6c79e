// A slice of the thousand models, and the control: of a join, the partner is left out.

import { describe, expect, it } from 'vitest'
import { provenanceOfModels } from './provenance.ts'

describe('rows that are named as those that made a row', () => {
  it('make it again, alone, in models that nobody wrote', async () => {
    const { violations, asked, narrowed, refused } = await provenanceOfModels({ count: 40, seed: 7, control: false })
    expect(violations).toEqual([])
    expect(refused).toEqual({})
    expect(asked).toBeGreaterThan(60)
    expect(narrowed / asked).toBeGreaterThan(0.4)
  }, 120_000)

  it('would be found wanting without the partner of a join', async () => {
    expect((await provenanceOfModels({ count: 25, seed: 7, control: true })).violations.length).toBeGreaterThan(5)
  }, 120_000)
})

// A slice of the campaign, and the controls that show it can see: plain views, functions that show statistics, a filter by a join.

import { describe, expect, it } from 'vitest'
import { interfere } from './non-interference.ts'
import { PROFILES } from './non-interference/profiles.ts'

describe('two worlds that differ in what nobody may see', () => {
  it('answer every statement alike, whatever the grants and policies of the subject', async () => {
    const { violations, pairs, errors, undecided } = await interfere({ count: 600, seed: 1, control: false })
    expect(violations).toEqual([])
    expect(pairs).toBe(600)
    // Statements that fail everywhere would show nothing.
    expect(errors).toBeLessThan(pairs * 0.6)
    expect(undecided).toBeLessThan(10)
  }, 400_000)

  it('are told apart where plain views govern, by statistics, by errors below a join, and by the table of consents itself', async () => {
    const profiles = PROFILES.filter(({ name }) => name === 'constant' || name === 'consent')
    const { violations } = await interfere({ count: 250, seed: 1, control: true, profiles })
    for (const leak of ['as constant: SELECT stats(n)', 'as constant: SELECT length(bitstring_agg(n))', 'as consent: SELECT count(*) FROM m.people WHERE left(name, CASE WHEN k > 100', 'as consent: SELECT count(*) FROM m.people WHERE chr(k)', 'SELECT * FROM consent_house_consent']) {
      expect([leak, violations.some((violation) => violation.includes(leak))]).toEqual([leak, true])
    }
  }, 200_000)
})

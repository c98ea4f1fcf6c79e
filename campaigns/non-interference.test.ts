// A slice of the campaign, and the controls that show it can see: plain views, functions that show statistics, a filter by a join.

import { describe, expect, it } from 'vitest'
import { interfere, PAIRS_OF_A_STATEMENT } from './non-interference.ts'
import { CROWD_BY_MASK, PROFILES, ROWS_BY_MASK } from './non-interference/profiles.ts'

const ASKED = new Set(['columns', 'masks', 'throwing', 'deletes', 'constant', 'consent', 'cells_mask'])

describe('worlds that differ in what nobody may see', () => {
  it('answer every statement alike, whatever the grants and policies of the subject', async () => {
    const profiles = [...PROFILES, ...ROWS_BY_MASK].filter(({ name }) => ASKED.has(name))
    const { violations, statements, made, errors, undecided, unrepeated } = await interfere({ count: profiles.length * 12 * PAIRS_OF_A_STATEMENT, seed: 1, control: false, profiles })
    expect(violations).toEqual([])
    expect(statements).toBe(profiles.length * 12)
    // Statements that fail everywhere would show nothing.
    expect(errors).toBeLessThan(made * 0.3)
    expect(undecided).toBeLessThan(5)
    expect(unrepeated.length).toBeLessThan(2)
  }, 400_000)

  it('are told apart by statements over many rows where a mask alone hides the others', async () => {
    const { violations } = await interfere({ count: 60 * PAIRS_OF_A_STATEMENT, seed: 1, control: false, profiles: CROWD_BY_MASK })
    expect(violations.length).toBeGreaterThan(1)
    expect(violations.filter((violation) => !violation.includes('m.crowd'))).toEqual([])
  }, 200_000)

  it('are told apart where plain views govern, by statistics, by errors below a join, and by the table of consents itself', async () => {
    const profiles = ROWS_BY_MASK.filter(({ name }) => name !== 'cells_mask')
    const { violations } = await interfere({ count: profiles.length * 130 * PAIRS_OF_A_STATEMENT, seed: 1, control: true, profiles })
    for (const leak of ['as constant_mask: SELECT stats(n)', 'as constant_mask: SELECT length(bitstring_agg(n))', 'as consent_mask: SELECT count(*) FROM m.people WHERE left(name, CASE WHEN k > 100', 'as consent_mask: SELECT count(*) FROM m.people WHERE chr(k)', 'SELECT * FROM consent_house_consent']) {
      expect([leak, violations.some((violation) => violation.includes(leak))]).toEqual([leak, true])
    }
  }, 200_000)
})

import { describe, expect, it } from 'vitest'
import { GRANT_CHANGES, grantAfter, grantStateOf, REQUEST_CHANGES, requestAfter } from './request-states.ts'
import type { GrantState, RequestState } from './types.ts'

const REQUEST_STATES: readonly RequestState[] = ['submitted', 'approved', 'narrowed', 'declined', 'withdrawn', 'expired']
const GRANT_STATES: readonly GrantState[] = ['active', 'frozen', 'expired', 'revoked']

/** Every cell that leads somewhere; whatever is not here is refused. */
const REQUESTS = ['submitted agree submitted', 'submitted approve approved', 'submitted narrow narrowed', 'submitted decline declined', 'submitted withdraw withdrawn', 'submitted lapse expired']
const GRANTS = [
  'active renew active', 'active revoke revoked', 'active give-back revoked', 'active freeze frozen', 'active expire expired',
  'frozen revoke revoked', 'frozen give-back revoked', 'frozen thaw active', 'frozen expire expired',
  'expired revoke revoked',
]

describe('a request', () => {
  it('leaves the state submitted once, for one of five others, and never comes back', () => {
    const cells = REQUEST_STATES.flatMap((state) => REQUEST_CHANGES.flatMap((change) => (requestAfter(state, change) === undefined ? [] : [`${state} ${change} ${requestAfter(state, change)}`])))
    expect(cells).toEqual(REQUESTS)
  })
})

describe('a grant', () => {
  it('that was revoked stays so, and a frozen one is thawed before it is renewed', () => {
    const cells = GRANT_STATES.flatMap((state) => GRANT_CHANGES.flatMap((change) => (grantAfter(state, change) === undefined ? [] : [`${state} ${change} ${grantAfter(state, change)}`])))
    expect(cells.toSorted()).toEqual(GRANTS.toSorted())
  })

  const at = (ms: number): Date => new Date(ms)
  const TIMES: readonly [what: string, times: Parameters<typeof grantStateOf>[0], state: GrantState][] = [
    ['with no end', { revokedAt: null, frozenAt: null, expiresAt: null }, 'active'],
    ['a millisecond before its end', { revokedAt: null, frozenAt: null, expiresAt: at(1001) }, 'active'],
    ['at its end', { revokedAt: null, frozenAt: null, expiresAt: at(1000) }, 'expired'],
    ['frozen, after its end', { revokedAt: null, frozenAt: at(1), expiresAt: at(1000) }, 'expired'],
    ['frozen, before its end', { revokedAt: null, frozenAt: at(1), expiresAt: at(1001) }, 'frozen'],
    ['revoked, whatever else', { revokedAt: at(1), frozenAt: at(1), expiresAt: at(1) }, 'revoked'],
  ]
  it.each(TIMES)('%s is in the state that its times say', (_what, times, state) => {
    expect(grantStateOf(times, 1000)).toBe(state)
  })
})

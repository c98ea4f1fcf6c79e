// What may happen to a request and to a grant in each state, and where it leads. The tables are complete: what is not
// possible says so.

import type { GrantState, RequestState } from './types.ts'

/** `agree` is the word of one person where two are needed. */
export const REQUEST_CHANGES = ['agree', 'approve', 'narrow', 'decline', 'withdraw', 'lapse'] as const
export type RequestChange = (typeof REQUEST_CHANGES)[number]

export const GRANT_CHANGES = ['renew', 'revoke', 'give-back', 'freeze', 'thaw', 'expire'] as const
export type GrantChange = (typeof GRANT_CHANGES)[number]

type RequestTable = Readonly<Record<RequestState, Readonly<Record<RequestChange, RequestState | 'refused'>>>>
type GrantTable = Readonly<Record<GrantState, Readonly<Record<GrantChange, GrantState | 'refused'>>>>

const CLOSED = { agree: 'refused', approve: 'refused', narrow: 'refused', decline: 'refused', withdraw: 'refused', lapse: 'refused' } as const

const REQUESTS: RequestTable = {
  submitted: { agree: 'submitted', approve: 'approved', narrow: 'narrowed', decline: 'declined', withdraw: 'withdrawn', lapse: 'expired' },
  approved: CLOSED,
  narrowed: CLOSED,
  declined: CLOSED,
  withdrawn: CLOSED,
  expired: CLOSED,
}

const GRANTS: GrantTable = {
  active: { renew: 'active', revoke: 'revoked', 'give-back': 'revoked', freeze: 'frozen', thaw: 'refused', expire: 'expired' },
  frozen: { renew: 'refused', revoke: 'revoked', 'give-back': 'revoked', freeze: 'refused', thaw: 'active', expire: 'expired' },
  // What has ended is asked for anew, so that somebody looks at it anew.
  expired: { renew: 'refused', revoke: 'revoked', 'give-back': 'refused', freeze: 'refused', thaw: 'refused', expire: 'refused' },
  revoked: { renew: 'refused', revoke: 'refused', 'give-back': 'refused', freeze: 'refused', thaw: 'refused', expire: 'refused' },
}

/** The state after the change; undefined where it cannot happen. */
export function requestAfter(state: RequestState, change: RequestChange): RequestState | undefined {
  const next = REQUESTS[state][change]
  return next === 'refused' ? undefined : next
}

export function grantAfter(state: GrantState, change: GrantChange): GrantState | undefined {
  const next = GRANTS[state][change]
  return next === 'refused' ? undefined : next
}

interface GrantTimes { readonly revokedAt: Date | null; readonly frozenAt: Date | null; readonly expiresAt: Date | null }

/** INVARIANT: a grant is over at the very instant of its expiry, whether or not somebody has written so. */
export function grantStateOf({ revokedAt, frozenAt, expiresAt }: GrantTimes, now: number): GrantState {
  if (revokedAt !== null) return 'revoked'
  if (expiresAt !== null && expiresAt.getTime() <= now) return 'expired'
  return frozenAt === null ? 'active' : 'frozen'
}

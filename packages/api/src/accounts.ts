// Single accounts: what is known of them, and the changes that an administrator makes.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { account } from './grants.ts'
import { instant, json, named, nothing } from './nouns.ts'
import { role } from './session.ts'

/** Its length is judged by what keeps it, in words of its own. */
const secret = z.string().max(10_000)

const elevation = z.object({ id: z.string(), account: z.string(), justification: z.string(), startedAt: instant, endsAt: instant }).meta({ id: 'Elevation' })
export type Elevation = z.infer<typeof elevation>

export const accountEndpoints = {
  elevate: {
    method: 'POST', path: '/elevations', tag: 'accounts', auth: 'signed-in', status: 201,
    summary: 'Makes the caller an administrator for ten minutes; stewards and owners, with a password or by the issuer.',
    body: z.object({ justification: z.string().min(1).max(500) }),
    response: elevation,
    errors: ['already-elevated', 'elevation-unjustified', 'token-makes-no-token', 'not-allowed'],
  },
  endElevation: {
    method: 'DELETE', path: '/elevations', tag: 'accounts', auth: 'signed-in', status: 204,
    summary: 'Ends it before its time.',
    response: nothing,
    errors: ['not-elevated'],
  },
  listElevations: {
    method: 'GET', path: '/elevations', tag: 'accounts', auth: 'signed-in',
    summary: 'Lists who was an administrator for a while, and why: administrators and stewards see all, others the own ones.',
    response: z.object({ elevations: z.array(elevation) }),
  },
  getAccount: {
    method: 'GET', path: '/accounts/:account', tag: 'accounts', auth: 'signed-in',
    summary: 'Shows an account; administrators see all, everybody the own one.',
    params: z.object({ account: named }),
    response: account,
    errors: ['unknown-subject', 'not-allowed'],
  },
  createAccount: {
    method: 'POST', path: '/accounts', tag: 'accounts', auth: 'signed-in', status: 201,
    summary: 'Makes an account with a password of its own; administrators only, and by no token.',
    body: z.object({
      name: named,
      password: secret,
      role,
      title: z.string().min(1).max(200).optional(),
      teams: z.array(named).max(100).optional(),
      purposes: z.array(named).max(100).optional(),
      attributes: z.record(z.string().min(1).max(63), json).optional(),
    }),
    response: account,
    errors: ['account-exists', 'bad-account-name', 'bad-password', 'unknown-subject', 'unknown-purpose', 'bad-attribute', 'token-sets-no-password', 'not-allowed'],
  },
  setPassword: {
    method: 'PUT', path: '/accounts/:account/password', tag: 'accounts', auth: 'signed-in', status: 204,
    summary: 'Sets another password and ends the sessions of the account: everybody the own one, with the present one; administrators anybody\'s.',
    params: z.object({ account: named }),
    body: z.object({ password: secret, present: secret.optional() }),
    response: nothing,
    errors: ['bad-password', 'present-password-wrong', 'unknown-subject', 'service-has-no-password', 'token-sets-no-password', 'not-allowed'],
  },
  changeAccount: {
    method: 'PUT', path: '/accounts/:account', tag: 'accounts', auth: 'signed-in',
    summary: 'Changes the role, teams, purposes or attributes of an account, in open sessions too; administrators only.',
    params: z.object({ account: named }),
    body: z.object({
      role: role.optional(),
      title: z.string().min(1).max(200).optional(),
      teams: z.array(named).max(100).optional(),
      purposes: z.array(named).max(100).optional(),
      /** By name; null takes one away, and those that are not named stay. */
      attributes: z.record(z.string().min(1).max(63), json).optional(),
    }),
    response: account,
    errors: ['unknown-subject', 'unknown-purpose', 'bad-attribute', 'not-allowed'],
  },
  disableAccount: {
    method: 'DELETE', path: '/accounts/:account', tag: 'accounts', auth: 'signed-in', status: 204,
    summary: 'Shuts an account out of every port, in open sessions too; its name stays taken. Administrators only.',
    params: z.object({ account: named }),
    response: nothing,
    errors: ['unknown-subject', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

// Single accounts: what is known of them, and the changes that an administrator makes.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { account } from './grants.ts'
import { json, named } from './nouns.ts'
import { role } from './session.ts'

export const accountEndpoints = {
  getAccount: {
    method: 'GET', path: '/accounts/:account', tag: 'accounts', auth: 'signed-in',
    summary: 'Shows an account; administrators see all, everybody the own one.',
    params: z.object({ account: named }),
    response: account,
    errors: ['unknown-subject', 'not-allowed'],
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
} as const satisfies Record<string, Endpoint>

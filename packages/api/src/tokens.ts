// API tokens: secrets that programs hold, at every port.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, named, nothing } from './nouns.ts'

const scope = z.enum(['read', 'full', 'decide', 'lineage'])

export const apiToken = z.object({
  id: z.string(),
  account: z.string(),
  label: z.string(),
  /** `read` opens data and the catalogue, `full` whatever the account may do; `decide` opens nothing but questions of other engines, `lineage` nothing but telling events of OpenLineage. */
  scope,
  /** Left out: all that are open to the account. */
  purposes: z.array(z.string()).optional(),
  createdBy: z.string(),
  createdAt: instant,
  expiresAt: instant,
  lastUsedAt: instant.optional(),
  revokedAt: instant.optional(),
  revokedBy: z.string().optional(),
  /** The token in whose place this one came. */
  rotatedFrom: z.string().optional(),
}).meta({ id: 'ApiToken' })
export type ApiToken = z.infer<typeof apiToken>

const made = z.object({ secret: z.string(), token: apiToken }).meta({ id: 'MadeToken' })
export type MadeToken = z.infer<typeof made>

export const tokenEndpoints = {
  listTokens: {
    method: 'GET', path: '/tokens', tag: 'accounts', auth: 'signed-in',
    summary: 'Lists API tokens, those that ended too: the own ones, or those of a service identity that the caller keeps.',
    query: z.object({ account: named.optional() }),
    response: z.object({ tokens: z.array(apiToken) }),
    errors: ['unknown-subject', 'not-allowed'],
  },
  createToken: {
    method: 'POST', path: '/tokens', tag: 'accounts', auth: 'signed-in', status: 201,
    summary: 'Makes a token. Its secret is in this answer and nowhere else.',
    body: z.object({
      /** A service identity that the caller keeps; left out: the caller. */
      account: named.optional(),
      label: z.string().min(1).max(100),
      scope: scope.optional(),
      purposes: z.array(named).min(1).max(100).optional(),
      expiresAt: instant.optional(),
    }),
    response: made,
    errors: ['unknown-subject', 'unknown-purpose', 'bad-label', 'bad-token-life', 'too-many-tokens', 'token-makes-no-token', 'not-allowed'],
  },
  rotateToken: {
    method: 'POST', path: '/tokens/:token/rotate', tag: 'accounts', auth: 'signed-in', status: 201,
    summary: 'Makes a new secret in the place of a token, which still works for the overlap. A token may rotate itself.',
    params: z.object({ token: named }),
    body: z.object({ overlapSeconds: z.number().int().min(0).max(2_592_000).default(86_400) }),
    response: made,
    errors: ['unknown-token', 'too-many-tokens', 'token-makes-no-token', 'not-allowed'],
  },
  revokeToken: {
    method: 'DELETE', path: '/tokens/:token', tag: 'accounts', auth: 'signed-in', status: 204,
    summary: 'Ends a token at once, and every session that came by it.',
    params: z.object({ token: named }),
    response: nothing,
    errors: ['unknown-token', 'token-makes-no-token', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

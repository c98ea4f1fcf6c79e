// Who may read what, for which purpose; and the people there are.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, named, nothing } from './nouns.ts'
import { user } from './session.ts'

export const subjectKind = z.enum(['user', 'team', 'domain', 'product', 'application'])

export const grant = z.object({
  id: z.string(),
  /** A frozen grant gives nothing until it is thawed. */
  state: z.enum(['active', 'frozen', 'expired', 'revoked']),
  subjectKind,
  subject: z.string(),
  product: z.string(),
  /** Left out: every data set of the product. */
  dataSet: z.string().optional(),
  /** Left out: every column. */
  columns: z.array(z.string()).optional(),
  /** SQL over the row: no other row is given. */
  rowCondition: z.string().optional(),
  /** Columns that masks do not hide. */
  unmasked: z.array(z.string()).optional(),
  purposes: z.array(z.string()),
  /** The request whose outcome it is. */
  request: z.string().optional(),
  /** What declares it in the mesh folder; it goes with that file. */
  declaredBy: z.string().optional(),
  grantedBy: z.string(),
  grantedAt: instant,
  expiresAt: instant.optional(),
  revokedAt: instant.optional(),
  revokedBy: z.string().optional(),
  frozenAt: instant.optional(),
  frozenBy: z.string().optional(),
}).meta({ id: 'Grant' })
export type Grant = z.infer<typeof grant>

const purpose = z.object({ name: z.string(), title: z.string(), description: z.string().optional() }).meta({ id: 'Purpose' })
export type Purpose = z.infer<typeof purpose>

export const account = user.extend({ disabledAt: instant.optional() }).meta({ id: 'Account' })
export type Account = z.infer<typeof account>

export const grantEndpoints = {
  listGrants: {
    method: 'GET', path: '/grants', tag: 'grants', auth: 'signed-in',
    summary: 'Lists grants that the caller may see: the own ones, and those of products of the own teams.',
    query: z.object({ product: z.string().optional() }),
    response: z.object({ grants: z.array(grant) }),
    errors: ['unknown-product'],
  },
  createGrant: {
    method: 'POST', path: '/grants', tag: 'grants', auth: 'signed-in', status: 201,
    summary: 'Lets a user, team, domain, product or application process domain read a product, a data set of it or some columns. It takes effect at once.',
    body: z.object({
      subjectKind,
      subject: named,
      product: named,
      dataSet: named.optional(),
      columns: z.array(z.string()).min(1).optional(),
      purposes: z.array(z.string()).min(1),
      expiresAt: instant.optional(),
    }),
    response: grant,
    errors: ['unknown-product', 'unknown-data-set', 'unknown-column', 'unknown-subject', 'unknown-purpose', 'columns-need-data-set', 'expiry-passed', 'two-persons-needed', 'not-allowed'],
  },
  revokeGrant: {
    method: 'DELETE', path: '/grants/:grant', tag: 'grants', auth: 'signed-in', status: 204,
    summary: 'Ends a grant at once, in open sessions too.',
    params: z.object({ grant: named }),
    response: nothing,
    errors: ['unknown-grant', 'not-allowed'],
  },
  listPurposes: {
    method: 'GET', path: '/purposes', tag: 'grants', auth: 'signed-in',
    summary: 'Lists the purposes that the mesh knows.',
    response: z.object({ purposes: z.array(purpose) }),
  },
  listAccounts: {
    method: 'GET', path: '/accounts', tag: 'grants', auth: 'signed-in',
    summary: 'Lists the accounts; administrators only.',
    response: z.object({ accounts: z.array(account) }),
    errors: ['not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

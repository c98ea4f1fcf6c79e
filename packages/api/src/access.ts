// Asking for access and deciding about it: requests, what they would show, and what becomes of their grants.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { grant, subjectKind } from './grants.ts'
import { instant, json, limit, named, permission } from './nouns.ts'

/** What is asked for, or given. What is left out means all: data sets, columns, rows, time. */
const terms = z.object({
  dataSet: z.string().optional(),
  columns: z.array(z.string()).optional(),
  /** SQL over the row. */
  rowCondition: z.string().optional(),
  unmasked: z.array(z.string()).optional(),
  seconds: z.number().optional(),
}).meta({ id: 'AccessTerms' })
export type AccessTerms = z.infer<typeof terms>

const verdict = z.object({ verdict: z.enum(['approve', 'narrow', 'decline']), by: z.string(), at: instant, terms: terms.optional(), note: z.string().optional() })

const request = z.object({
  id: z.string(),
  kind: z.enum(['access', 'unmask', 'renew']),
  state: z.enum(['submitted', 'approved', 'narrowed', 'declined', 'withdrawn', 'expired']),
  subjectKind,
  subject: z.string(),
  product: z.string(),
  purpose: z.string(),
  terms,
  justification: z.string(),
  /** Accepted data sharing agreements, as `name@version`. */
  agreements: z.array(z.string()),
  /** How many persons have to approve; 0 where it was approved by rule. */
  persons: z.number(),
  requestedBy: z.string(),
  requestedAt: instant,
  lapsesAt: instant,
  decidedAt: instant.optional(),
  /** The grant that is to get more time. */
  renews: z.string().optional(),
  /** The grant that it made, or renewed. */
  grant: z.string().optional(),
  verdicts: z.array(verdict),
  can: z.object({ decide: permission, withdraw: permission }),
}).meta({ id: 'AccessRequest' })
export type AccessRequest = z.infer<typeof request>

const historyEntry = z.object({ change: z.string(), by: z.string(), at: instant, note: z.string().optional(), request: z.string().optional(), grant: z.string().optional() }).meta({ id: 'AccessHistoryEntry' })
export type AccessHistoryEntry = z.infer<typeof historyEntry>

const freeze = z.object({
  /** Opens it again. */
  id: z.string(),
  /** `export`: the subject's way to the product, closed by the watch; `grant`: one grant, stopped by somebody. */
  kind: z.enum(['export', 'grant']),
  grant: z.string().optional(),
  subjectKind,
  subject: z.string(),
  product: z.string(),
  at: instant,
  by: z.string(),
  why: z.string(),
  thawedAt: instant.optional(),
  thawedBy: z.string().optional(),
  can: z.object({ thaw: permission }),
}).meta({ id: 'Freeze' })
export type Freeze = z.infer<typeof freeze>

/** What a data set would show: its columns and which of them are masked. A column that is not visible is one that policies hide. */
const shown = z.object({
  dataSet: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), classification: z.string().optional(), visible: z.boolean(), masked: z.boolean() })),
  /** Some rows are not shown: by the condition, or by policies. */
  filtered: z.boolean(),
  reasons: z.array(z.string()),
}).meta({ id: 'ShownDataSet' })
export type ShownDataSet = z.infer<typeof shown>

const agreement = z.object({ id: z.string(), title: z.string(), description: z.string().optional(), termsUrl: z.string().optional() }).meta({ id: 'Agreement' })
export type Agreement = z.infer<typeof agreement>

const draft = z.object({
  subjectKind: subjectKind.default('user'),
  /** Who it is for; the caller where it is left out. */
  subject: named.optional(),
  product: named,
  outputPort: named.optional(),
  dataSet: named.optional(),
  columns: z.array(z.string()).optional(),
  rowCondition: z.string().max(10_000).optional(),
  /** Columns to see as they are, where a mask hides them: a masking exception. */
  unmask: z.array(z.string()).optional(),
  seconds: z.number().optional(),
  purpose: named,
})

const narrowing = { dataSet: named.optional(), columns: z.array(z.string()).optional(), rowCondition: z.string().max(10_000).optional(), seconds: z.number().optional() }

const CHECKS = [
  'unknown-product', 'unknown-data-set', 'unknown-column', 'unknown-subject', 'unknown-purpose', 'unknown-output-port', 'not-at-port', 'which-data-set', 'columns-need-data-set', 'unmask-not-asked', 'nothing-left',
  'bad-duration', 'sql-syntax', 'sql-function-not-allowed', 'condition-reads-table', 'condition-not-allowed', 'condition-unknown-column', 'condition-not-true-or-false', 'request-forbidden', 'not-allowed',
] as const
const DECIDES = ['unknown-request', 'not-allowed', 'own-request', 'request-decided', 'already-agreed', 'request-forbidden', 'grant-ended', 'subject-gone'] as const
const byId = z.object({ request: named })

export const accessEndpoints = {
  checkAccessRequest: {
    method: 'POST', path: '/access/check', tag: 'access', auth: 'signed-in',
    summary: 'Checks a request without making it, and says what it would show and how many persons would have to approve.',
    body: draft,
    response: z.object({ shows: z.array(shown), persons: z.number(), agreements: z.array(agreement) }),
    errors: CHECKS,
  },
  requestAccess: {
    method: 'POST', path: '/access/requests', tag: 'access', auth: 'signed-in', status: 201,
    summary: 'Asks for access. Where a rule approves it, the grant is in force when this answers.',
    body: draft.extend({ justification: z.string(), agreements: z.array(z.string()).default([]) }),
    response: request,
    errors: [...CHECKS, 'justification-needed', 'agreement-needed', 'unknown-agreement', 'request-exists', 'too-many-open'],
  },
  listAccessRequests: {
    method: 'GET', path: '/access/requests', tag: 'access', auth: 'signed-in',
    summary: 'Lists the requests that the caller made or may decide, newest first.',
    query: z.object({
      product: z.string().optional(),
      state: request.shape.state.optional(),
      /** `mine`: those that the caller made; `inbox`: those that wait for the caller's word. */
      view: z.enum(['mine', 'inbox', 'all']).default('all'),
      limit: limit(100, 500),
    }),
    response: z.object({ requests: z.array(request) }),
    errors: ['unknown-product'],
  },
  getAccessRequest: {
    method: 'GET', path: '/access/requests/:request', tag: 'access', auth: 'signed-in',
    summary: 'Shows a request and what happened to it.',
    params: byId,
    response: request.extend({ history: z.array(historyEntry) }),
    errors: ['unknown-request'],
  },
  exposeAccessRequest: {
    method: 'POST', path: '/access/requests/:request/exposure', tag: 'access', auth: 'signed-in',
    summary: 'Shows whoever may decide a request what it would expose, narrowed or in full: columns, masks, how many rows, and some of them as the subject would see them.',
    params: byId,
    body: z.object({ ...narrowing, limit: z.number().int().min(0).max(100).default(10) }),
    response: z.object({
      terms,
      shows: z.array(shown.extend({
        rows: z.number().optional(),
        /** Columns that the condition reads. */
        conditionReads: z.array(z.string()),
        preview: z.object({ columns: z.array(z.string()), rows: z.array(z.array(json)) }).optional(),
        /** Why there is no preview, or no number of rows. */
        withheld: z.string().optional(),
      })),
    }),
    errors: [...DECIDES, 'not-narrower', 'nothing-left'],
  },
  approveAccess: {
    method: 'POST', path: '/access/requests/:request/approve', tag: 'access', auth: 'signed-in',
    summary: 'Approves a request in full, or on narrower terms. The grant is in force when this answers, unless a second person has to agree.',
    params: byId,
    body: z.object({ ...narrowing, note: z.string().max(4_000).optional() }),
    response: request,
    errors: [...DECIDES, 'not-narrower', 'nothing-left', 'renewal-only-time'],
  },
  declineAccess: {
    method: 'POST', path: '/access/requests/:request/decline', tag: 'access', auth: 'signed-in',
    summary: 'Declines a request, with the reason.',
    params: byId,
    body: z.object({ note: z.string().max(4_000) }),
    response: request,
    errors: ['unknown-request', 'not-allowed', 'own-request', 'request-decided', 'note-needed'],
  },
  withdrawAccess: {
    method: 'POST', path: '/access/requests/:request/withdraw', tag: 'access', auth: 'signed-in',
    summary: 'Takes the caller\'s own request back.',
    params: byId,
    response: request,
    errors: ['unknown-request', 'request-decided'],
  },
  getGrant: {
    method: 'GET', path: '/access/grants/:grant', tag: 'access', auth: 'signed-in',
    summary: 'Shows a grant and what happened to it.',
    params: z.object({ grant: named }),
    response: grant.extend({ history: z.array(historyEntry) }),
    errors: ['unknown-grant'],
  },
  renewGrant: {
    method: 'POST', path: '/access/grants/:grant/renew', tag: 'access', auth: 'signed-in', status: 201,
    summary: 'Asks for more time of a grant. Approved, it keeps its id and its terms.',
    params: z.object({ grant: named }),
    body: z.object({ seconds: z.number().optional(), justification: z.string() }),
    response: request,
    errors: ['unknown-grant', 'grant-ended', 'bad-duration', 'justification-needed', 'request-exists'],
  },
  giveGrantBack: {
    method: 'POST', path: '/access/grants/:grant/give-back', tag: 'access', auth: 'signed-in',
    summary: 'Ends a grant of the caller\'s own.',
    params: z.object({ grant: named }),
    response: grant,
    errors: ['unknown-grant', 'grant-ended'],
  },
  freezeGrant: {
    method: 'POST', path: '/access/grants/:grant/freeze', tag: 'access', auth: 'signed-in',
    summary: 'Stops a grant at once until it is thawed.',
    params: z.object({ grant: named }),
    body: z.object({ note: z.string().min(1).max(4_000) }),
    response: grant,
    errors: ['unknown-grant', 'grant-ended', 'not-allowed'],
  },
  listFreezes: {
    method: 'GET', path: '/access/freezes', tag: 'access', auth: 'signed-in',
    summary: 'Lists what is frozen, newest first: ways that the export watch closed, and grants that somebody stopped; with `state=all` also what was opened again.',
    query: z.object({ product: z.string().max(200).optional(), state: z.enum(['frozen', 'all']).default('frozen') }),
    response: z.object({ freezes: z.array(freeze) }),
  },
  thawFreeze: {
    method: 'POST', path: '/access/freezes/:freeze/thaw', tag: 'access', auth: 'signed-in',
    summary: 'Opens what is frozen, by the id that the list gives, or by that of a grant; never a way that was closed to oneself.',
    params: z.object({ freeze: named }),
    /** Why it is opened: stands in the history of the grants that give again. */
    body: z.object({ note: z.string().max(3_900).optional() }),
    response: freeze,
    errors: ['unknown-freeze', 'unknown-grant', 'grant-ended', 'own-export', 'not-allowed'],
  },
  thawGrant: {
    method: 'POST', path: '/access/grants/:grant/thaw', tag: 'access', auth: 'signed-in',
    summary: 'Lets a frozen grant give again what it gave.',
    params: z.object({ grant: named }),
    response: grant,
    errors: ['unknown-grant', 'grant-ended', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

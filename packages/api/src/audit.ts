// What was decided and done, whether it stands as it was written, and the exports that were stopped.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant, json, limit, named } from './nouns.ts'

const seq = z.coerce.number<number>().int().min(1)

const entry = z.object({
  seq: z.number(),
  chain: z.string(),
  time: z.string(),
  kind: z.enum(['open', 'line', 'anchor', 'forget', 'cut', 'close']),
  body: json,
  /** Values of the statement, enciphered; only administrators and stewards get them. */
  sealed: z.string().optional(),
  prev: z.string(),
  hash: z.string(),
}).meta({ id: 'AuditEntry' })
export type AuditEntry = z.infer<typeof entry>

const anchor = z.object({ chain: z.string(), number: z.number(), seq: z.number(), hash: z.string(), at: z.string(), prev: z.string(), digest: z.string() }).meta({ id: 'AuditAnchor' })
export type AuditAnchor = z.infer<typeof anchor>

const verification = z.object({
  whole: z.boolean(),
  entries: z.number(),
  segments: z.number(),
  chains: z.number(),
  /** How many anchors agree. */
  anchors: z.number(),
  anchoredUpTo: z.number().optional(),
  /** How many entries were removed because they were old enough, as the chain itself says. */
  removed: z.number().optional(),
  diagnostics: z.array(diagnostic),
}).meta({ id: 'AuditVerification' })
export type AuditVerification = z.infer<typeof verification>

const stopped = z.object({
  id: z.string(),
  subject: z.string(),
  product: z.string(),
  at: instant,
  /** What was too much: rows, bytes or statements within an hour. */
  what: z.enum(['rows', 'bytes', 'statements']),
  amount: z.number(),
  allowed: z.number(),
  /** By the budget of everybody, or by the subject's own past. */
  rule: z.enum(['budget', 'baseline']),
  thawedAt: instant.optional(),
  thawedBy: z.string().optional(),
}).meta({ id: 'StoppedExport' })
export type StoppedExport = z.infer<typeof stopped>

export const auditEndpoints = {
  listAudit: {
    method: 'GET', path: '/audit', tag: 'audit', auth: 'signed-in',
    summary: 'Lists entries of the audit, newest first: all of them for administrators and stewards, for owners the lines on their products.',
    query: z.object({
      kind: z.enum(['open', 'line', 'anchor', 'forget', 'cut', 'close']).optional(),
      subject: z.string().max(200).optional(),
      product: z.string().max(200).optional(),
      port: z.string().max(50).optional(),
      purpose: z.string().max(200).optional(),
      decision: z.enum(['allow', 'deny']).optional(),
      outcome: z.string().max(100).optional(),
      /** The API token that it came by, by its id. */
      token: z.string().max(100).optional(),
      from: instant.optional(),
      to: instant.optional(),
      /** Only entries with a smaller number. */
      before: seq.optional(),
      /** Only entries with a larger number, oldest first. */
      after: z.coerce.number<number>().int().min(0).optional(),
      limit: limit(100, 1000),
    }),
    response: z.object({
      entries: z.array(entry),
      /** Where the next page goes on: `before` it, or `after` it. A page may be short although there are more. */
      next: z.number().optional(),
    }),
    errors: ['not-allowed'],
  },
  verifyAudit: {
    method: 'GET', path: '/audit/verification', tag: 'audit', auth: 'signed-in',
    summary: 'Reads the whole audit and compares it with its anchors; administrators and stewards only.',
    response: verification,
    errors: ['not-allowed'],
  },
  listAuditAnchors: {
    method: 'GET', path: '/audit/anchors', tag: 'audit', auth: 'signed-in',
    summary: 'Lists the heads of the audit that were kept outside of it; administrators and stewards only.',
    response: z.object({ anchors: z.array(anchor) }),
    errors: ['not-allowed'],
  },
  revealAudit: {
    method: 'GET', path: '/audit/:seq/values', tag: 'audit', auth: 'signed-in',
    summary: 'Shows the values of one entry\'s statement, which is an entry itself; administrators only.',
    params: z.object({ seq }),
    response: z.object({ values: z.array(json) }),
    errors: ['unknown-entry', 'nothing-sealed', 'not-allowed'],
  },
  forgetAudit: {
    method: 'POST', path: '/audit/forgotten', tag: 'audit', auth: 'signed-in',
    summary: 'Destroys the keys of the values of one entry, or of all entries of a subject. The chain stands; the values are gone; administrators only.',
    body: z.object({
      /** The number of an entry. */
      seq: z.number().int().min(1).optional(),
      /** The name of an account, or its id. */
      subject: named.optional(),
    }),
    response: z.object({ destroyed: z.number() }),
    errors: ['bad-input', 'unknown-entry', 'nothing-sealed', 'not-allowed'],
  },
  listStoppedExports: {
    method: 'GET', path: '/exports', tag: 'audit', auth: 'signed-in',
    summary: 'Lists the suspicious exports that were stopped, newest first: of the own products, and all of them for administrators and stewards.',
    response: z.object({ exports: z.array(stopped) }),
  },
  thawExport: {
    method: 'POST', path: '/exports/:export/thaw', tag: 'audit', auth: 'signed-in',
    summary: 'Opens the way that was closed when an export was stopped; for owners of the product, stewards and administrators, never for oneself.',
    params: z.object({ export: named }),
    response: stopped,
    errors: ['unknown-export', 'own-export', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

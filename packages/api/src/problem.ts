// An error as it travels over HTTP: RFC 9457 with the diagnostics it stands for, and the one table code → status.

import { z } from 'zod'
import type { Diagnostic } from '@tulle/kernel'
import { diagnostic } from './nouns.ts'

export const PROBLEM_TYPE = 'application/problem+json'

export const problem = z.object({
  /** `urn:tulle:problem:<code>` of the first error. */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  diagnostics: z.array(diagnostic),
}).meta({ id: 'Problem' })
export type Problem = z.infer<typeof problem>

// Left out means 400: the caller's input stands in the way. The codes are those of all rooms, because this is their
// one way to a status.
const CODES_BY_STATUS: Readonly<Record<number, readonly string[]>> = {
  401: ['hook-not-signed', 'not-signed-in', 'wrong-password', 'sign-in-lost'],
  403: [
    'not-allowed', 'erasure-own-request', 'erasure-not-concerned', 'cross-site', 'read-denied', 'column-denied',
    'rights-changed', 'version-not-visible', 'row-key-hidden', 'link-not-signed', 'link-over', 'part-decided-anew', 'own-request',
    'two-persons-needed', 'request-forbidden', 'token-reads-only', 'token-makes-no-token', 'export-cut',
    'export-frozen', 'own-export', 'token-never-elevates', 'token-sets-no-password', 'present-password-wrong',
    'own-role-while-elevated', 'account-shut',
  ],
  404: [
    'stream-unknown', 'position-not-saved', 'unknown-webhook', 'not-found', 'erasure-unknown', 'unknown-product',
    'unknown-data-set', 'lineage-unknown-column', 'unknown-user', 'unknown-capability', 'unknown-apply', 'unknown-run',
    'backfill-unknown', 'run-unknown', 'unknown-incident', 'unknown-grant', 'unknown-request', 'unknown-table',
    'unknown-file', 'unknown-row', 'no-row-key', 'unknown-version', 'unknown-major', 'table-missing',
    'snapshot-missing', 'ref-missing', 'rollback-target-unknown', 'product-snapshot-unknown', 'recipe-lost',
    'input-lost', 'unknown-entry', 'nothing-sealed', 'unknown-token', 'unknown-export', 'unknown-service',
    'run-without-models', 'quarantine-data-set', 'run-rows-gone', 'check-without-rows', 'profile-missing', 'no-issuer',
    'device-not-offered', 'unknown-freeze', 'unknown-policy', 'unknown-mesh-file', 'unknown-work', 'unknown-thread',
    'unknown-entry-said', 'part-file-missing', 'archive-empty',
  ],
  406: ['not-acceptable'],
  409: [
    'rehearsal-same', 'row-not-alone', 'position-backward', 'plan-stale', 'erasure-not-requested',
    'erasure-not-done', 'work-full', 'work-changed', 'work-exists', 'incident-over', 'lineage-told-by-another',
    'webhook-state', 'webhook-too-many', 'plan-not-applyable', 'apply-in-progress', 'apply-overtaken', 'run-ended',
    'rerun-refused', 'triggers-paused', 'nothing-published', 'nothing-before', 'quarantine-nothing',
    'input-unpublished', 'publish-conflict', 'commit-conflict', 'branches-diverged', 'cleaning-forbidden',
    'folder-shared', 'table-busy', 'account-exists', 'result-changed', 'product-changed', 'change-conflict',
    'request-exists', 'request-decided', 'already-agreed', 'grant-ended', 'subject-gone', 'too-many-tokens',
    'service-has-no-password', 'service-has-no-role', 'already-elevated', 'not-elevated', 'issuer-says-so',
    'restore-busy', 'rows-unfit', 'cold-store-unnamed',
  ],
  410: ['link-expired', 'position-too-old', 'product-archived', 'erased'],
  413: ['openlineage-too-large', 'file-too-large', 'body-too-large'],
  416: ['range-outside'],
  422: [
    'condition-unread', 'condition-empty', 'condition-too-long', 'condition-sign', 'condition-not-one-expression',
    'condition-reads-table', 'condition-not-allowed', 'condition-unknown-column', 'condition-not-true-or-false',
    'not-narrower', 'nothing-left', 'renewal-only-time', 'agreement-needed', 'unknown-agreement',
    'justification-needed', 'bad-duration', 'note-needed', 'unmask-not-asked', 'not-at-port', 'which-data-set',
    'quarantine-column', 'quarantine-rows',
  ],
  429: [
    'said-much', 'too-many-streams', 'too-many-positions', 'hook-storm', 'webhook-tests', 'too-many-requests',
    'too-many-open', 'too-many-sign-ins', 'limit-reached', 'lineage-full',
  ],
  500: ['internal-error', 'engine-internal', 'shredding-altered', 'shredding-key-missing', 'shredding-secret-lost'],
  503: [
    'not-ready', 'part-moved', 'hook-full', 'audit-unavailable', 'server-stopping', 'engines-busy', 'slice-too-large', 'slice-failed',
    'engine-died', 'engine-start-failed', 'catalogue-unavailable', 'database-busy', 'database-unreachable', 'disk-full',
    'archive-damaged', 'cold-store-foreign', 'cold-store-held', 'cold-store-moved', 'cold-store-lost', 'cold-store-taken',
  ],
  504: ['engine-timeout', 'statement-timeout'],
}

const STATUS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_STATUS).flatMap(([status, codes]) => codes.map((code) => [code, Number(status)] as const)),
)

/** The HTTP status of a diagnostic's code; 400 for errors that the table does not name. */
export const statusOf = (code: string): number => STATUS.get(code) ?? 400

/** Wraps diagnostics for the wire; the first error gives type, title and status. */
export function toProblem(diagnostics: readonly Diagnostic[]): Problem {
  const first = diagnostics.find((d) => d.severity === 'error') ?? diagnostics[0]
  const code = first?.code ?? 'internal-error'
  return {
    type: `urn:tulle:problem:${code}`,
    title: first?.message ?? 'Something went wrong.',
    status: statusOf(code),
    ...(first?.help !== undefined && { detail: first.help }),
    diagnostics: [...diagnostics],
  }
}

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

// Left out means 400: the caller's input stands in the way.
const STATUS: Readonly<Record<string, number>> = {
  'not-signed-in': 401,
  'wrong-password': 401,
  'not-allowed': 403,
  'cross-site': 403,
  'query-denied': 403,
  'not-found': 404,
  'unknown-product': 404,
  'unknown-data-set': 404,
  'unknown-capability': 404,
  'unknown-apply': 404,
  'unknown-run': 404,
  'unknown-grant': 404,
  'plan-stale': 409,
  'apply-in-progress': 409,
  'run-finished': 409,
  'not-published': 409,
  'body-too-large': 413,
  'too-many-requests': 429,
  'internal-error': 500,
  'not-ready': 503,
}

/** The HTTP status of a diagnostic's code; 400 for errors that the table does not name. */
export const statusOf = (code: string): number => STATUS[code] ?? 400

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

// Tells an error of Tulle's from any other answer, by hand: clients in browsers go without the schema's library.

import type { Diagnostic } from '@tulle/kernel'
import type { Problem } from './problem.ts'

const SEVERITIES: ReadonlySet<unknown> = new Set(['error', 'warning', 'info'])

type Members = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value)
const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string'
const isPlace = (value: unknown): boolean => isObject(value) && typeof value['file'] === 'string' && typeof value['line'] === 'number' && typeof value['column'] === 'number'
const isRelated = (value: unknown): boolean => isObject(value) && isPlace(value['place']) && typeof value['message'] === 'string'

const isDiagnostic = (value: unknown): value is Diagnostic =>
  isObject(value) && typeof value['code'] === 'string' && typeof value['message'] === 'string' && SEVERITIES.has(value['severity']) && isTextOrNone(value['help']) &&
  (value['place'] === undefined || isPlace(value['place'])) && (value['related'] === undefined || (Array.isArray(value['related']) && value['related'].every(isRelated)))

/** The problem that an answer is; undefined: it is none, so it came from another program. */
export function readProblem(value: unknown): Pick<Problem, 'status' | 'diagnostics'> | undefined {
  if (!isObject(value) || typeof value['type'] !== 'string' || typeof value['title'] !== 'string' || typeof value['status'] !== 'number' || !isTextOrNone(value['detail'])) return undefined
  const { status, diagnostics } = value
  return Array.isArray(diagnostics) && diagnostics.every(isDiagnostic) ? { status, diagnostics } : undefined
}

// A value or the diagnostics that stand in its way. Throwing is for our own bugs only.

import type { Diagnostic } from './diagnostic.ts'

/** Either a value, perhaps with warnings, or at least one error. */
export type Result<T> = Success<T> | Failure

export interface Success<T> {
  readonly ok: true
  readonly value: T
  readonly diagnostics: readonly Diagnostic[]
}

export interface Failure {
  readonly ok: false
  readonly diagnostics: readonly Diagnostic[]
}

export const ok = <T>(value: T, diagnostics: readonly Diagnostic[] = []): Success<T> => ({ ok: true, value, diagnostics })

export const fail = (...diagnostics: readonly Diagnostic[]): Failure => ({ ok: false, diagnostics })

/** The failure where any diagnostic is an error, else the value with its warnings. */
export function resultOf<T>(value: T, diagnostics: readonly Diagnostic[]): Result<T> {
  return diagnostics.some((d) => d.severity === 'error') ? fail(...diagnostics) : ok(value, diagnostics)
}

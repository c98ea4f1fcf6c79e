// Findings as a person reads them, one line each, for tests that state them whole.

import type { Diagnostic } from '@tulle/kernel'
import { renderPlace } from '@tulle/kernel'

/** `file:line:column severity code: message`, in the order of the findings. */
export const findingsOf = (result: { readonly diagnostics: readonly Diagnostic[] }): readonly string[] =>
  result.diagnostics.map((d) => `${d.place === undefined ? '-' : renderPlace(d.place)} ${d.severity} ${d.code}: ${d.message}`)

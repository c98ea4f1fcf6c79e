// For tests, where a failure is the end.

import type { Result } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'

/** The value, or an error with the diagnostics as a person reads them. */
export function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map(renderDiagnostic).join('\n'))
}

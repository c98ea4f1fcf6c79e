// What a run says of each node.

import type { Diagnostic } from '@tulle/kernel'

export type Status = 'success' | 'error' | 'skipped' | 'pass' | 'fail' | 'warn' | 'no-op'

export interface NodeResult {
  readonly id: string
  readonly status: Status
  readonly message: string
  /** Rows that failed a test. */
  readonly failures: number | undefined
  readonly rows: number | undefined
  readonly compiled: string | undefined
  readonly relation: string | undefined
  readonly startedAt: Date
  readonly seconds: number
  readonly diagnostics: readonly Diagnostic[]
}

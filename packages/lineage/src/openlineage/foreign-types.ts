// The nouns of what others tell: jobs that are not Tulle's, and the data sets between them, as OpenLineage names them.

import type { Directness, Influence } from '../types.ts'

/** As OpenLineage names it: `postgres://db:5432` and `shop.public.orders`, `s3://bucket` and `path`. */
export interface ForeignName { readonly namespace: string; readonly name: string }

/** A column elsewhere, and how it comes over; the column is left out where only the data set is known. */
export interface ForeignSource extends ForeignName { readonly column: string; readonly how?: Directness; readonly by: readonly Influence[] }

export interface ForeignOutput extends ForeignName {
  readonly columns: readonly string[]
  /** By column. */
  readonly fields: Readonly<Record<string, readonly ForeignSource[]>>
  /** What decides about its rows. */
  readonly rows: readonly ForeignSource[]
}

export interface ForeignInput extends ForeignName { readonly columns: readonly string[] }

/** What a job reads and writes. */
export interface ForeignFlow { readonly inputs: readonly ForeignInput[]; readonly outputs: readonly ForeignOutput[] }

/** One event, as far as it is kept. */
export interface ForeignEvent extends ForeignFlow {
  readonly kind: 'run' | 'job' | 'dataset'
  readonly job: ForeignName
  readonly runId?: string
  readonly state?: 'START' | 'RUNNING' | 'COMPLETE' | 'ABORT' | 'FAIL' | 'OTHER'
  readonly time: string
  readonly producer: string
}

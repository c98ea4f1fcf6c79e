import type { RowKey } from './row-key.ts'

/** A row of a data set, at a version or as it is published. */
export interface RowAt extends RowKey {
  readonly product: string
  readonly dataSet: string
  readonly snapshot?: string | undefined
}

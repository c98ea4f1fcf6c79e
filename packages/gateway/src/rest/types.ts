// The nouns of the REST data port. No HTTP: a server maps them to its routes.

import type { ResultColumn } from '@tulle/engine'
import type { Who } from '../types.ts'

export const FORMATS = ['json', 'ndjson', 'csv', 'arrow', 'parquet'] as const
export type DataFormat = (typeof FORMATS)[number]

/** What is asked for: a data set, and the query as it stands in a URL, in order, `?` and `&` taken away. */
export interface DataRequest {
  readonly who: Who
  /** `flights`, or `flights@2`. */
  readonly product: string
  readonly dataSet: string
  readonly query: readonly (readonly [name: string, value: string])[]
  /** What the Accept header prefers, where the query names no format. */
  readonly accepts?: DataFormat
  /** What the reader says of the copy that it has. */
  readonly held?: Held
  /** Aborted when the reader is gone. */
  readonly signal: AbortSignal
}

/** What a client says of the copy that it holds, as the headers have it. */
export interface Held { readonly etags?: string; readonly since?: string }

export interface DataAnswer {
  readonly format: DataFormat
  readonly contentType: string
  readonly columns: readonly ResultColumn[]
  /** Whose rows they are. */
  readonly snapshot: string
  /** The cursor of the page after this one; absent where everything was asked for. */
  readonly next?: string
  /** What the answer stands on, as RFC 9110 writes it; absent where it may be another one at any time. */
  readonly etag?: string
  /** Since when it is so, in milliseconds of whole seconds; it may be the next one. */
  readonly changedAt?: number
  /** The reader's copy is still good, and the body is empty. */
  readonly isUnchanged?: true
  /** Pulled by its reader; what it throws is a `DataStopped`, after which the answer is not whole. A piece is good until the one after the next is asked for. */
  readonly body: AsyncIterable<Uint8Array>
}

/** One condition of a URL. */
export interface Filter { readonly column: string; readonly operator: FilterOperator; readonly values: readonly string[] }
export const OPERATORS = ['eq', 'neq', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'like', 'ilike', 'is'] as const
export type FilterOperator = (typeof OPERATORS)[number]

export interface Order { readonly column: string; readonly descending: boolean }

/** A query after reading: names are checked, values are still text. */
export interface ReadQuery {
  readonly select: readonly string[]
  readonly filters: readonly Filter[]
  readonly order: readonly Order[]
  readonly limit: number | undefined
  readonly cursor: string | undefined
  readonly format: DataFormat
}

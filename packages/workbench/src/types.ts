// What lies beside a product for everybody who may see it.

import type { Json } from '@tulle/kernel'

export type WorkKind = 'query' | 'dashboard'

/** One thing that somebody said; without a text it was withdrawn. */
export interface Entry {
  readonly id: string
  readonly productId: string
  /** The id of the first one. */
  readonly thread: string
  readonly text?: string
  readonly by: { readonly id: string; readonly name: string }
  readonly at: Date
}

/** One piece of shared work. It is named within its product, and holds what people wrote, never rows. */
export interface Work {
  readonly kind: WorkKind
  /** Ids, which stay where names move. */
  readonly productId: string
  readonly name: string
  readonly title: string
  readonly description?: string
  /** Its kind's own shape; the API says which. */
  readonly body: Json
  /** Counts its changes from 1. */
  readonly version: number
  readonly createdBy: { readonly id: string; readonly name: string }
  readonly createdAt: Date
  readonly changedBy: string
  readonly changedAt: Date
}

// The event that something else is published than before: what starts readers, and what ports and catalogues listen for.

import type { Json } from '@tulle/kernel'
import type { NewEvent } from '@tulle/store'
import type { Snapshots } from './types.ts'

export interface Published {
  readonly product: string
  readonly productId: string
  /** What is published now. */
  readonly snapshots: Snapshots
  /** Absent where no run published it: an older version is served again. */
  readonly runId?: string
}

export const publishedEvent = ({ product, productId, snapshots, runId }: Published): NewEvent => ({
  type: 'tulle.product.published',
  source: '/tulle/pipeline',
  subject: product,
  data: { product, productId, ...(runId !== undefined && { runId }), snapshots: snapshots as Json },
})

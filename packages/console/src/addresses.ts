// What the addresses of pages may say beside their path.

import type { RunStatus } from '@tulle/api'

export interface CatalogueSearch {
  readonly q?: string
  readonly domain?: string
  /** Only what the viewer may read. */
  readonly readable?: boolean
}

export const PRODUCT_TABS = ['overview', 'ports', 'schema', 'sample', 'runs', 'versions', 'access'] as const
export type ProductTab = (typeof PRODUCT_TABS)[number]

export const RUN_STATUSES: readonly RunStatus[] = ['running', 'queued', 'succeeded', 'failed', 'cancelled']

export interface RunSearch {
  readonly product?: string
  readonly status?: RunStatus
}

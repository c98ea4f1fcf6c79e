// Every version of a data set, with what it was made from.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, limit, named } from './nouns.ts'

const snapshot = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  publishedAt: instant,
  /** The one that ports serve. */
  current: z.boolean(),
  operation: z.string().optional(),
  rows: z.number().optional(),
  rowsAdded: z.number().optional(),
  runId: z.string().optional(),
  contractVersion: z.string().optional(),
  codeFingerprint: z.string().optional(),
  /** Data set that was read → the snapshot of it. */
  inputs: z.record(z.string(), z.string()),
}).meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof snapshot>

export const historyEndpoints = {
  listSnapshots: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/snapshots', tag: 'history', auth: 'signed-in',
    summary: 'Lists the published versions of a data set, newest first.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({ limit: limit(100, 1000) }),
    response: z.object({ snapshots: z.array(snapshot) }),
    errors: ['unknown-product', 'unknown-data-set'],
  },
} as const satisfies Record<string, Endpoint>

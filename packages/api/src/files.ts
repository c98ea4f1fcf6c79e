// Links to files of data sets.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, named } from './nouns.ts'

const link = z.object({
  /** The whole address; whoever has it has the file, as long as whoever it was made for may. */
  url: z.string(),
  product: z.string(),
  dataSet: z.string(),
  format: z.enum(['parquet', 'csv', 'arrow']),
  snapshot: z.string(),
  purpose: z.string().optional(),
  columns: z.array(z.string()).optional(),
  expiresAt: instant,
}).meta({ id: 'FileLink' })
export type FileLinkAnswer = z.infer<typeof link>

export const fileEndpoints = {
  linkFile: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/link', tag: 'catalogue', auth: 'signed-in',
    summary: 'Signs a link to a snapshot of a data set as a file, for the caller: masked and filtered as they see it, good until it expires or their rights end.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      format: z.enum(['parquet', 'csv', 'arrow']).default('parquet'),
      /** Absent: the one that is published now. */
      snapshot: z.string().max(200).optional(),
      /** Of several major versions. */
      major: z.coerce.number().int().min(1).max(999_999).optional(),
      /** Separated by commas; all that the caller may see where absent. */
      columns: z.string().max(5000).optional(),
      /** An hour where absent, 7 days at most. */
      seconds: z.coerce.number().int().min(1).max(604_800).default(3600),
      purpose: z.string().max(200).optional(),
    }),
    response: link,
    errors: ['unknown-product', 'unknown-table', 'read-denied', 'unknown-column', 'unknown-version', 'unknown-purpose', 'nothing-published'],
  },
} as const satisfies Record<string, Endpoint>

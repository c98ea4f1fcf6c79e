// Rehearsals: what a folder would change of a product, built beside production.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { named } from './nouns.ts'

/** What the step "compare" of a rehearsal hands on. */
export const rehearsal = z.object({
  dataSets: z.array(z.object({
    dataSet: z.string(),
    /** Production's; absent where it has none. */
    snapshot: z.string().optional(),
    rows: z.object({ production: z.number().optional(), rehearsed: z.number() }),
    /** Rows that the other side lacks, by the columns that both have. */
    onlyInProduction: z.number().optional(),
    onlyInRehearsed: z.number().optional(),
    /** Columns whose values, taken alone, differ. */
    columns: z.array(z.string()),
    added: z.array(z.string()),
    removed: z.array(z.string()),
    retyped: z.array(z.string()),
    /** Checks that do not pass. */
    failing: z.array(z.string()),
    /** Why no check ran. */
    unchecked: z.string().optional(),
  })),
})
export type RehearsedDataSet = z.infer<typeof rehearsal>['dataSets'][number]

export const rehearsalEndpoints = {
  rehearseProduct: {
    method: 'POST', path: '/products/:product/rehearsals', tag: 'runs', auth: 'signed-in', status: 202,
    summary: 'Starts to build what a folder would change of a product, from production\'s snapshots and beside them; the run\'s step "compare" says how it differs. Nothing of it is kept.',
    params: z.object({ product: named }),
    body: z.object({
      /** Path below the mesh folder, `/`-separated → text. */
      files: z.record(z.string(), z.string()),
    }),
    response: z.object({ runId: z.string() }),
    errors: ['unknown-product', 'not-allowed', 'rehearsal-same', 'rehearsal-source', 'rehearsal-call', 'rehearsal-undeclared'],
  },
} as const satisfies Record<string, Endpoint>

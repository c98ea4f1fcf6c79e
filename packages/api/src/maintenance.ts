// Versions that have had their time, files that nothing leads to, old runs: what goes, and why.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic } from './nouns.ts'

const removal = z.object({
  /** What finds it: `rows`, `compact`, `manifests`, `branches`, `expire`, `orphans`, `kept`, `dropped`, `journal`, `audit`. */
  job: z.string(),
  what: z.enum(['snapshot', 'branch', 'tag', 'file', 'unfinished', 'manifest', 'data', 'run', 'event', 'output', 'alert', 'verdict', 'segment', 'rows']),
  /** A snapshot's id, a ref's name, a file's name or address; of rows of journals, how many. */
  name: z.string(),
  bytes: z.number().optional(),
  rule: z.string(),
  /** The rule as a person reads it. */
  reason: z.string(),
}).meta({ id: 'Removal' })
export type Removal = z.infer<typeof removal>

const maintenance = z.object({
  /** Nothing was changed: this is what would go. */
  dryRun: z.boolean(),
  tables: z.array(z.object({
    product: z.string(),
    dataSet: z.string(),
    removals: z.array(removal),
    /** Why something was left as it is. */
    diagnostics: z.array(diagnostic),
  })),
  /** Runs, events, alerts, old entries of the audit and files of tables that are gone; empty where one product is looked after. */
  journal: z.array(removal),
  /** Why something of those was left as it is. */
  diagnostics: z.array(diagnostic),
}).meta({ id: 'Maintenance' })
export type Maintenance = z.infer<typeof maintenance>

export const maintenanceEndpoints = {
  maintain: {
    method: 'POST', path: '/maintenance', tag: 'maintenance', auth: 'signed-in',
    summary: 'Looks after the tables of a product, or of the mesh: removes versions and files by the rules in force, or says what would go.',
    body: z.object({
      /** Only its tables. */
      product: z.string().optional(),
      /** Say what would go, and change nothing. */
      dryRun: z.boolean().default(false),
    }),
    response: maintenance,
    errors: ['unknown-product', 'not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

// Versions that have had their time, files that nothing leads to, old runs: what goes, and why.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { diagnostic, instant, named, permission } from './nouns.ts'

const removal = z.object({
  /** What finds it: `rows`, `stream`, `compact`, `manifests`, `branches`, `expire`, `orphans`, `kept`, `dropped`, `journal`, `audit`. */
  job: z.string(),
  what: z.enum(['snapshot', 'branch', 'tag', 'file', 'unfinished', 'manifest', 'data', 'run', 'event', 'output', 'alert', 'verdict', 'segment', 'rows', 'archived rows', 'changes', 'archive']),
  /** A snapshot's id, a ref's name, a file's name or address; of rows of journals, how many. */
  name: z.string(),
  bytes: z.number().optional(),
  /** Of rows and changes: how many, and between which values of the column that they go by, or which times. Bytes of rows are their share of the files' bytes. */
  rows: z.number().optional(),
  oldest: z.string().optional(),
  newest: z.string().optional(),
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
  /** Runs, events, alerts, old entries of the audit and files of tables that are gone; of one product, its runs, events and verdicts. */
  journal: z.array(removal),
  /** Why something of those was left as it is. */
  diagnostics: z.array(diagnostic),
}).meta({ id: 'Maintenance' })
export type Maintenance = z.infer<typeof maintenance>

const retention = z.object({
  dataSets: z.array(z.object({
    dataSet: z.string(),
    /** What the contract says of rows, with the rule as a person reads it; absent where it keeps them all. */
    rows: z.object({ action: z.enum(['delete', 'archive']), reason: z.string() }).optional(),
    /** Why all rows stay all the same. */
    legalHold: z.string().optional(),
    kept: z.array(z.object({
      /** `runs` with their logs, events and verdicts of checks. */
      what: z.enum(['versions', 'tags', 'changes', 'runs']),
      rule: z.string(),
      value: z.string(),
      /** Who says so; `default` where nobody does. */
      by: z.enum(['data set', 'product', 'mesh', 'default']),
    })),
  })),
  can: z.object({ maintain: permission }),
}).meta({ id: 'Retention' })
export type Retention = z.infer<typeof retention>

const archives = z.object({
  /** Whether a place is named that rows may go to. */
  isNamed: z.boolean(),
  archives: z.array(z.object({
    product: z.string(),
    dataSet: z.string(),
    rows: z.number(),
    bytes: z.number(),
    files: z.number(),
    /** False where it could not be read: then rows, bytes and files are 0. */
    isRead: z.boolean(),
    /** Its data set was destroyed then, and it goes from the cold store as soon as that can be reached. */
    endedAt: instant.optional(),
    /** The column that rows go by, and the range of its values, as far as files say. */
    column: z.string().optional(),
    oldest: z.string().optional(),
    newest: z.string().optional(),
    /** Ranges of rows that came back, which the contract does not take again before `until`. */
    exempt: z.array(z.object({ rows: z.number(), by: z.string(), from: z.string().optional(), to: z.string().optional(), until: instant })),
    /** The newest 50. */
    moves: z.array(z.object({
      id: z.string(),
      action: z.enum(['archived', 'restored']),
      rows: z.number(),
      bytes: z.number(),
      at: instant,
      by: z.string(),
      contractVersion: z.string().optional(),
      /** Of the table that they left, and of the one that they came into. */
      fromSnapshot: z.string().optional(),
      toSnapshot: z.string().optional(),
      /** Restored rows stay until then, whatever the contract says. */
      keptUntil: instant.optional(),
      from: z.string().optional(),
      to: z.string().optional(),
    })),
    can: z.object({ restore: permission }),
  })),
  /** Why something of it cannot be read. */
  diagnostics: z.array(diagnostic),
}).meta({ id: 'Archives' })
export type Archives = z.infer<typeof archives>

const restored = z.object({
  /** Nothing was changed: this is what would come. */
  dryRun: z.boolean(),
  /** What leaves the archive. */
  rows: z.number(),
  /** What comes into the data set: not rows that it has, nor of people who were erased. */
  added: z.number(),
  snapshotId: z.string().optional(),
  /** Of rows for reading alone: the name of the version, as in `for version as of 'archived-1a2b3c4d'`. */
  version: z.string().optional(),
  keptUntil: instant,
}).meta({ id: 'RestoredRows' })
export type RestoredRows = z.infer<typeof restored>

export const maintenanceEndpoints = {
  getRetention: {
    method: 'GET', path: '/products/:product/retention', tag: 'maintenance', auth: 'signed-in',
    summary: 'How long rows, versions, changes and runs of each data set of a product are kept, and who says so.',
    params: z.object({ product: named }),
    response: retention,
    errors: ['unknown-product', 'not-allowed'],
  },
  listArchives: {
    method: 'GET', path: '/archives', tag: 'maintenance', auth: 'signed-in',
    summary: 'Rows that were archived by their contracts, of the data sets that the caller sees: how many, from when, and what was moved.',
    query: z.object({ product: named.optional() }),
    response: archives,
    errors: [],
  },
  takeOverArchive: {
    method: 'POST', path: '/archives/take-over', tag: 'maintenance', auth: 'signed-in',
    summary: 'Takes the cold store over from another home of this mesh, which is gone: from now on this one writes there, and no other.',
    body: z.object({}),
    response: z.object({ place: z.string() }),
    errors: ['not-allowed', 'cold-store-unnamed', 'cold-store-held'],
  },
  restoreRows: {
    method: 'POST', path: '/archives/:product/:dataSet/restore', tag: 'maintenance', auth: 'signed-in',
    summary: 'Brings archived rows back into their data set as a new snapshot, and keeps them there for a while.',
    params: z.object({ product: named, dataSet: named }),
    body: z.object({
      /** A day or a time of the column that rows go by: from this one on. */
      from: z.string().max(40).optional(),
      /** Before this one. */
      to: z.string().max(40).optional(),
      /** Days for which the contract does not take them again. */
      keepForDays: z.int().min(1).max(3650).default(30),
      dryRun: z.boolean().default(false),
      /** For reading alone: they stay in the archive, and are a version of the data set beside the others for so many days. */
      readOnly: z.boolean().default(false),
    }),
    response: restored,
    errors: ['unknown-product', 'not-allowed', 'archive-empty', 'bad-restore-range', 'restore-busy', 'cold-store-unnamed', 'archive-damaged', 'rows-unfit'],
  },
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

// Every version of a data set, with what it was made from; and back to an older one.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, limit, named } from './nouns.ts'

/** A snapshot id is a 63-bit integer, so it travels as decimal text. */
const snapshotId = z.string().regex(/^[0-9]{1,19}$/)

const snapshot = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  /** When it was written. */
  time: instant,
  /** When ports began to serve it, the last time; left out while it waits to be published. */
  publishedAt: instant.optional(),
  /** The one that ports serve. */
  current: z.boolean(),
  /** `past` was served before, `undone` was rolled back, `unpublished` waits on the branch of its run or failed its checks. */
  state: z.enum(['current', 'past', 'undone', 'unpublished']),
  operation: z.string().optional(),
  /** In all. */
  rows: z.number().optional(),
  rowsAdded: z.number().optional(),
  rowsRemoved: z.number().optional(),
  /** Branches and tags that name it. */
  refs: z.array(z.object({ name: z.string(), type: z.enum(['branch', 'tag']) })),
  runId: z.string().optional(),
  requestedBy: z.string().optional(),
  contractVersion: z.string().optional(),
  codeFingerprint: z.string().optional(),
  /** What was read → its version: a snapshot of a data set, or the SHA-256 of a file. */
  inputs: z.record(z.string(), z.string()),
}).meta({ id: 'Snapshot' })
export type Snapshot = z.infer<typeof snapshot>

const rollback = z.object({
  product: z.string(),
  /** What ports serve from now on, by data set. */
  dataSets: z.array(z.object({ dataSet: z.string(), from: z.string(), to: z.string() })),
}).meta({ id: 'Rollback' })
export type Rollback = z.infer<typeof rollback>

const files = z.object({ files: z.number(), bytes: z.number() })

const difference = z.object({
  /** Snapshot ids. */
  from: z.string(),
  to: z.string(),
  columns: z.array(z.string()),
  /** By which a row is the same row; empty: a changed row is one removed and one added. */
  key: z.array(z.string()),
  added: z.number(),
  removed: z.number(),
  changed: z.number(),
  /** The first of them, as the caller may see them. */
  rows: z.array(z.object({ change: z.enum(['added', 'removed', 'changed']), before: json.optional(), after: json.optional() })),
  /** What was opened, and what both versions have alike and was not. */
  read: files,
  skipped: files,
}).meta({ id: 'Difference' })
export type Difference = z.infer<typeof difference>

/** What the step "compare" of a reproduction hands on. */
export const reproduction = z.object({
  identical: z.boolean(),
  dataSets: z.array(z.object({
    dataSet: z.string(),
    snapshot: z.string(),
    identical: z.boolean(),
    rows: z.object({ snapshot: z.number(), rebuilt: z.number() }),
    onlyInSnapshot: z.number(),
    onlyInRebuilt: z.number(),
    /** Columns whose values, taken alone, differ. */
    columns: z.array(z.string()),
  })),
})
export type Reproduction = z.infer<typeof reproduction>

export const historyEndpoints = {
  listSnapshots: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/snapshots', tag: 'history', auth: 'signed-in',
    summary: 'Lists the versions of a data set, newest first; unpublished ones only to those who may run the product.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({ limit: limit(100, 1000) }),
    response: z.object({ snapshots: z.array(snapshot) }),
    errors: ['unknown-product', 'unknown-data-set'],
  },
  diffSnapshots: {
    method: 'GET', path: '/products/:product/datasets/:dataSet/diff', tag: 'history', auth: 'signed-in',
    summary: 'Compares two versions of a data set under the caller\'s own rights: rows added, removed and changed.',
    params: z.object({ product: named, dataSet: named }),
    query: z.object({
      /** A snapshot id or a tag; without it, the version before `to`. */
      from: named.optional(),
      /** A snapshot id or a tag; without it, the current version. */
      to: named.optional(),
      limit: limit(100, 1000),
    }),
    response: difference,
    errors: ['unknown-product', 'unknown-data-set', 'unknown-version', 'nothing-before', 'nothing-published', 'read-denied'],
  },
  reproduceSnapshot: {
    method: 'POST', path: '/products/:product/reproductions', tag: 'history', auth: 'signed-in', status: 202,
    summary: 'Starts to build a snapshot again from what it was made from; the run\'s step "compare" says whether the result is the same.',
    params: z.object({ product: named }),
    body: z.object({ snapshotId }),
    response: z.object({ runId: z.string() }),
    errors: ['unknown-product', 'not-allowed', 'product-snapshot-unknown', 'not-reproducible'],
  },
  rollBack: {
    method: 'POST', path: '/products/:product/rollback', tag: 'history', auth: 'signed-in',
    summary: 'Serves an older version again: all data sets that were published together go back together.',
    params: z.object({ product: named }),
    body: z.object({
      /** Of any data set of the product. Without it and without `runId`: what was published before the current version. */
      snapshotId: snapshotId.optional(),
      /** What this run published. */
      runId: z.string().max(200).optional(),
    }),
    response: rollback,
    errors: ['unknown-product', 'not-allowed', 'rollback-target-unknown', 'nothing-before', 'publish-conflict'],
  },
} as const satisfies Record<string, Endpoint>

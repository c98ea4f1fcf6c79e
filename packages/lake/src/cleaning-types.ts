// The nouns of cleaning up: what a table leads to, what has had its time, and what nothing leads to.

import type { Unfinished } from '@tulle/objects'
import type { Snapshot, SnapshotRef, Table } from './types.ts'

export interface ReachableFile {
  readonly address: string
  readonly kind: 'metadata' | 'statistics' | 'manifest-list' | 'manifest' | 'data' | 'deletes'
  /** As the file that leads to it says; unknown for metadata files and manifest lists. */
  readonly bytes?: number
}

/** By path of objects, because writers spell one address in several ways. */
export type ReachableFiles = ReadonlyMap<string, ReachableFile>

/**
 * How long history is kept. A table's own properties (`history.expire.…`) come before it, and what a branch or tag says of
 * itself before both. Times are milliseconds.
 */
export interface ExpiryPolicy {
  /** Snapshots no older than this are kept. */
  readonly maxAge: number
  /** The newest of each branch are kept, however old. */
  readonly minToKeep: number
  /** No more of each branch are kept, however young. */
  readonly maxToKeep?: number
  /** A tag goes when its snapshot is older. Without it tags stay. */
  readonly maxTagAge?: number
  /** A snapshot that was the newest of a branch so long ago may still be read, and is kept whatever else holds. */
  readonly grace: number
}

/** Why something goes. */
export type ExpiryRule = 'max-age' | 'max-count' | 'unreferenced' | 'max-ref-age'

export interface ExpiryPlan {
  /** Oldest first. */
  readonly snapshots: readonly { readonly snapshot: Snapshot; readonly rule: ExpiryRule }[]
  readonly refs: readonly { readonly name: string; readonly ref: SnapshotRef; readonly rule: ExpiryRule }[]
}

export interface Expired {
  readonly plan: ExpiryPlan
  readonly removed: readonly ReachableFile[]
  /** Could not be removed, or the signal came first. They are orphans now. */
  readonly left: readonly ReachableFile[]
}

export interface Orphan {
  readonly address: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly since: number
}

export interface Orphans {
  readonly table: Table
  readonly files: readonly Orphan[]
  /** Writes that were never finished. */
  readonly unfinished: readonly Unfinished[]
}

export interface OrphansRemoved { readonly removed: readonly (Orphan | Unfinished)[]; readonly left: readonly (Orphan | Unfinished)[] }

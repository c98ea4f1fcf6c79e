// The nouns of the lake. It knows tables, files and snapshots, and no word of the mesh.

import type { Result } from '@tulle/kernel'

/** A field of an Iceberg schema; `id` is what survives renames. */
export interface Field {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: FieldType
  readonly doc?: string
}

/** Iceberg v2 primitive names as the specification prints them (`decimal(9, 2)`, `fixed[16]`, `timestamptz`), or a nested type. */
export type FieldType = string | StructType | ListType | MapType

export interface StructType { readonly type: 'struct'; readonly fields: readonly Field[] }
export interface ListType { readonly type: 'list'; readonly elementId: number; readonly element: FieldType; readonly elementRequired: boolean }
export interface MapType { readonly type: 'map'; readonly keyId: number; readonly key: FieldType; readonly valueId: number; readonly value: FieldType; readonly valueRequired: boolean }

export interface Schema {
  readonly schemaId: number
  readonly fields: readonly Field[]
  readonly identifierFieldIds?: readonly number[]
}

/** A column as its owner declares it, before it has a field id. */
export interface Column {
  readonly name: string
  readonly type: FieldType
  readonly required?: boolean
  readonly doc?: string
}

/** What a writer knows of a Parquet file that it has written and synced. Maps are by field id; bounds are Iceberg's single-value bytes. */
export interface DataFile {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly columnSizes?: ReadonlyMap<number, number>
  readonly valueCounts?: ReadonlyMap<number, number>
  readonly nullCounts?: ReadonlyMap<number, number>
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>
}

export interface TableName { readonly namespace: string; readonly name: string }

/** A snapshot id is a 63-bit integer, so it travels as decimal text. */
export type SnapshotId = string

export interface Snapshot {
  readonly id: SnapshotId
  readonly parentId?: SnapshotId
  readonly sequenceNumber: number
  readonly timestamp: number
  readonly summary: Readonly<Record<string, string>>
  readonly schemaId: number
}

/** A table as its current metadata file describes it. */
export interface Table {
  readonly uuid: string
  readonly name: TableName
  readonly location: string
  readonly metadataLocation: string
  readonly schema: Schema
  readonly schemas: readonly Schema[]
  readonly currentSnapshot?: Snapshot
  readonly snapshots: readonly Snapshot[]
  readonly properties: Readonly<Record<string, string>>
}

/** Where a table's current metadata is: one row, compared and swapped. */
export interface Pointer { readonly uuid: string; readonly metadataLocation: string }

export interface PointerSwap {
  readonly name: TableName
  /** Undefined: the table must not exist yet. */
  readonly expected: Pointer | undefined
  readonly next: Pointer
}

/**
 * The port through which the lake finds and moves pointers. `swap` moves all or none and answers `conflict` where any
 * expectation fails. INVARIANT: an unknown outcome (a lost reply) is re-read by the caller, never cleaned up.
 */
export interface Catalog {
  list(namespace?: string): Promise<readonly TableName[]>
  find(name: TableName): Promise<Pointer | undefined>
  swap(swaps: readonly PointerSwap[]): Promise<'swapped' | 'conflict'>
}

/** Immutable objects under a root. Paths are relative, `/`-separated, and never leave the root. */
export interface Objects {
  /** Absolute address of a path, as written into metadata files (`file:///…`). */
  address(path: string): string
  read(address: string): Promise<Result<Uint8Array>>
  /** Writes and syncs file and folder; refuses to replace (`object-exists`). */
  create(path: string, bytes: Uint8Array): Promise<Result<string>>
  list(prefix: string): AsyncIterable<string>
  remove(address: string): Promise<void>
}

/** A change prepared on disk but visible to nobody until its pointer is swapped. */
export interface StagedCommit {
  readonly swap: PointerSwap
  readonly table: Table
  readonly snapshot?: Snapshot
}

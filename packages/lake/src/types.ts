// The nouns of the lake. It knows tables, files and snapshots, and no word of the mesh.

import type { Clock, Result } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'

/** A field of an Iceberg schema; `id` is what survives renames. */
export interface Field {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: FieldType
  readonly doc?: string
  /** Of a declared type only, as in a `Column`: the name of the nested field that this one was before. */
  readonly renamedFrom?: string
  /** Members that a newer format wrote (`initial-default`, …), kept for the next writer. */
  readonly carried?: JsonObject
}

/**
 * Iceberg v2 primitive names as the specification prints them (`decimal(9, 2)`, `fixed[16]`, `timestamptz`), or a nested
 * type. In a type that was parsed from text every id is 0: `assignFieldIds` gives the real ones.
 */
export type FieldType = string | StructType | ListType | MapType

export interface StructType { readonly type: 'struct'; readonly fields: readonly Field[] }
export interface ListType { readonly type: 'list'; readonly elementId: number; readonly element: FieldType; readonly elementRequired: boolean }
export interface MapType { readonly type: 'map'; readonly keyId: number; readonly key: FieldType; readonly valueId: number; readonly value: FieldType; readonly valueRequired: boolean }

export interface Schema {
  readonly schemaId: number
  readonly fields: readonly Field[]
  readonly identifierFieldIds?: readonly number[]
}

/** A column as its owner declares it, before it has a field id. `renamedFrom` keeps the id of the column so named before. */
export interface Column {
  readonly name: string
  readonly type: FieldType
  readonly required?: boolean
  readonly doc?: string
  readonly renamedFrom?: string
}

/**
 * A value of a primitive type: int and date (days) as number; long, time, timestamp and timestamptz (microseconds) and
 * decimal (unscaled) as bigint; float and double as number; uuid, fixed and binary as bytes.
 */
export type Value = boolean | number | bigint | string | Uint8Array

/** What a writer knows of a Parquet file that it has written and synced. Maps are by field id; bounds are Iceberg's single-value bytes. */
export interface DataFile {
  /** Absolute address, inside the table's location. */
  readonly path: string
  readonly rows: number
  readonly bytes: number
  /** Absent: rows of the table. */
  readonly content?: FileContent
  /** The partition spec by which `partition` is to be read. Absent in a new file: the table's default spec. */
  readonly specId?: number
  /** One value for each field of the spec, in its order. Absent: the spec has no fields. */
  readonly partition?: Partition
  readonly columnSizes?: ReadonlyMap<number, number>
  readonly valueCounts?: ReadonlyMap<number, number>
  readonly nullCounts?: ReadonlyMap<number, number>
  readonly nanCounts?: ReadonlyMap<number, number>
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>
  readonly sortOrderId?: number
  readonly splitOffsets?: readonly number[]
  /** Of equality deletes: the columns whose values a deleted row shares with a row of the file. */
  readonly equalityIds?: readonly number[]
  /** Of position deletes: the only data file that they name. */
  readonly referencedDataFile?: string
  /** Of position deletes kept as a deletion vector of format v3: where in the file it lies. */
  readonly vector?: { readonly offset: number; readonly bytes: number }
}

export type Partition = readonly (Value | null)[]

/** A data file with the deletes that hold for it, by the sequence numbers of the specification's scan planning. */
export interface ScanFile {
  readonly file: DataFile
  readonly sequenceNumber: number
  readonly deletes: readonly DataFile[]
}

/** What a snapshot's rows are read from. */
export interface Scan {
  readonly snapshot: Snapshot | undefined
  readonly schema: Schema
  readonly files: readonly ScanFile[]
  /** What the filter left out without a look inside. The bytes of files whose whole manifest was left out are not known. */
  readonly skipped: { readonly files: number; readonly bytes: number }
}

/** A condition on the rows of one table, by which files that hold no such row are left out. Rows are still to be filtered. */
export type Predicate =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly kind: 'compare'; readonly fieldId: number; readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>='; readonly value: Value }
  | { readonly kind: 'in'; readonly fieldId: number; readonly values: readonly Value[] }
  | { readonly kind: 'is-null' | 'is-not-null'; readonly fieldId: number }
  | { readonly kind: 'starts-with'; readonly fieldId: number; readonly prefix: string }

/** A Parquet file as the engine that wrote it describes it: minima and maxima are printed text, by field id. */
export interface FileFacts {
  readonly path: string
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly { readonly fieldId: number; readonly bytes?: number; readonly nulls?: number; readonly min?: string; readonly max?: string }[]
}

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes'

/** One line of a manifest. Sequence numbers are already inherited where the file leaves them out. */
export interface ManifestEntry {
  readonly status: 'existing' | 'added' | 'deleted'
  readonly snapshotId: SnapshotId
  readonly sequenceNumber: number
  readonly fileSequenceNumber: number
  readonly content: FileContent
  readonly format: string
  readonly file: DataFile
}

/** A manifest as a manifest list names it. */
export interface ManifestFile {
  readonly path: string
  readonly bytes: number
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: number
  readonly minSequenceNumber: number
  readonly addedSnapshotId: SnapshotId
  readonly addedFiles?: number
  readonly existingFiles?: number
  readonly deletedFiles?: number
  readonly addedRows?: number
  readonly existingRows?: number
  readonly deletedRows?: number
  readonly partitions?: readonly PartitionSummary[]
  readonly keyMetadata?: Uint8Array
}
export interface PartitionSummary { readonly containsNull: boolean; readonly containsNan?: boolean; readonly lowerBound?: Uint8Array; readonly upperBound?: Uint8Array }

export interface TableName { readonly namespace: string; readonly name: string }

/** A snapshot id is a 63-bit integer, so it travels as decimal text. */
export type SnapshotId = string

export interface Snapshot {
  readonly id: SnapshotId
  readonly parentId?: SnapshotId
  readonly sequenceNumber: number
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timestamp: number
  readonly summary: Readonly<Record<string, string>>
  /** Absent where an old writer did not say; readers then use the table's current schema. */
  readonly schemaId?: number
  readonly manifestList?: string
  /** Format v1 may name its manifests here in place of a list. */
  readonly manifests?: readonly string[]
  readonly carried?: JsonObject
}

export interface PartitionField { readonly name: string; readonly transform: string; readonly sourceIds: readonly number[]; readonly fieldId: number }
export interface PartitionSpec { readonly specId: number; readonly fields: readonly PartitionField[] }
export interface SortField { readonly transform: string; readonly sourceIds: readonly number[]; readonly direction: 'asc' | 'desc'; readonly nullOrder: 'nulls-first' | 'nulls-last' }
export interface SortOrder { readonly orderId: number; readonly fields: readonly SortField[] }

/** A branch or a tag. */
export interface SnapshotRef {
  readonly snapshotId: SnapshotId
  readonly type: 'branch' | 'tag'
  readonly minSnapshotsToKeep?: number
  readonly maxSnapshotAgeMs?: number
  readonly maxRefAgeMs?: number
}

/** A metadata file, value by value. What it holds that we have no word for is in `carried` and is written back. */
export interface TableMetadata {
  readonly formatVersion: 1 | 2 | 3
  readonly uuid: string
  readonly location: string
  readonly lastSequenceNumber: number
  readonly lastUpdated: number
  readonly lastColumnId: number
  readonly currentSchemaId: number
  readonly schemas: readonly Schema[]
  readonly defaultSpecId: number
  readonly partitionSpecs: readonly PartitionSpec[]
  readonly lastPartitionId: number
  readonly defaultSortOrderId: number
  readonly sortOrders: readonly SortOrder[]
  readonly properties: Readonly<Record<string, string>>
  readonly currentSnapshotId?: SnapshotId
  readonly snapshots: readonly Snapshot[]
  readonly snapshotLog: readonly { readonly snapshotId: SnapshotId; readonly timestamp: number }[]
  readonly metadataLog: readonly { readonly metadataFile: string; readonly timestamp: number }[]
  readonly refs: Readonly<Record<string, SnapshotRef>>
  readonly carried: JsonObject
}

/** The metadata file of a view (view specification, version 1). What it holds that we have no word for is in `carried`. */
export interface ViewMetadata {
  readonly uuid: string
  readonly location: string
  readonly currentVersionId: number
  readonly versions: readonly ViewVersion[]
  readonly versionLog: readonly { readonly versionId: number; readonly timestamp: number }[]
  readonly schemas: readonly Schema[]
  readonly properties: Readonly<Record<string, string>>
  readonly carried: JsonObject
}
export interface ViewVersion {
  readonly versionId: number
  readonly timestamp: number
  readonly schemaId: number
  readonly summary: Readonly<Record<string, string>>
  /** One statement in several dialects. */
  readonly representations: readonly { readonly sql: string; readonly dialect: string }[]
  readonly defaultCatalog?: string
  readonly defaultNamespace: readonly string[]
}

/** JSON whose integers beyond 2^53 are bigint, so that nothing is lost between reading and writing. */
export type ExactJson = null | boolean | number | bigint | string | readonly ExactJson[] | JsonObject
export interface JsonObject { readonly [key: string]: ExactJson }

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
  readonly metadata: TableMetadata
  /** What the catalogue held when the table was loaded: the expectation of any commit staged on it. Undefined: not there yet. */
  readonly base: Pointer | undefined
}

/** Where a table's current metadata is: one row, compared and swapped. */
export interface Pointer { readonly uuid: string; readonly metadataLocation: string }

export interface PointerSwap {
  readonly name: TableName
  /** Undefined: the table must not exist yet. */
  readonly expected: Pointer | undefined
  /** Undefined: the name is given up; the table's files stay. */
  readonly next: Pointer | undefined
}

/**
 * The port through which the lake finds and moves pointers. `swap` moves all or none and answers `conflict` where any
 * expectation fails; a name may occur once. It throws where the outcome is unknown (a lost reply). INVARIANT: an unknown
 * outcome is re-read by the caller, never cleaned up.
 */
export interface Catalog {
  list(namespace?: string): Promise<readonly TableName[]>
  find(name: TableName): Promise<Pointer | undefined>
  swap(swaps: readonly PointerSwap[]): Promise<'swapped' | 'conflict'>
}

/** Where new identities come from. */
export interface Ids {
  uuid(): string
  /** A random positive 63-bit integer in decimal. */
  snapshotId(): SnapshotId
}

/** Remembers what objects hold, by their address. */
export interface Memory<T> {
  get(address: string): T | undefined
  put(address: string, value: T): void
}

/**
 * Stands between the files of tables and whoever writes or reads their rows, where columns lie enciphered in them. Whoever reads
 * objects without it, as foreign engines do, sees only what is in the files.
 */
export interface FileCipher {
  /** A written local file as the table keeps it, for an object of that name; undefined where it stays as it is. `fieldIds`: the columns that it has. */
  seal(table: Table, file: { readonly path: string; readonly rows: number; readonly fieldIds: readonly number[] }, name: string): Promise<Result<SealedFile | undefined>>
  /** A local copy of a file as whoever may read all of it reads it: the same rows in the same order, in plain. The same path where nothing of it is sealed. */
  open(table: Table, file: DataFile, localFile: string): Promise<Result<string>>
}

/** `path` is a local file, the caller's to remove. Of the fields in `hides` a manifest says no more than their size. */
export interface SealedFile { readonly path: string; readonly bytes: number; readonly hides: ReadonlySet<number> }

/** A catalogue, the objects that its tables are made of, and what makes commits differ: time and identity. */
export interface Lake {
  readonly catalog: Catalog
  readonly objects: Objects
  readonly clock: Clock
  readonly ids: Ids
  readonly memory: Memory<TableMetadata>
  readonly lists: Memory<readonly ManifestFile[]>
  /** By what a manifest is read as, which its list and its table's schemas have a part in. */
  readonly manifests: Memory<readonly ManifestEntry[]>
  readonly cipher?: FileCipher
  /** Where several changes are staged to be written together: metadata files by path, of which only the last is written. */
  readonly postponed?: Map<string, TableMetadata>
}

/** A change prepared on disk but visible to nobody until its pointer is swapped. */
export interface StagedCommit {
  readonly swap: PointerSwap & { readonly next: Pointer }
  /** The table as it will be: a further change may be staged on it, and one swap then carries both. */
  readonly table: Table
  readonly snapshot?: Snapshot
}

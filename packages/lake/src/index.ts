// Tables of immutable files in the Apache Iceberg format, every version of them.

// A lake is a catalogue of pointers and the objects that they lead to.
export { openLake, type LakeOptions } from './open-lake.ts'
export { memoryCatalog } from './memory-catalog.ts'
// Tables come, are read, and go.
export { createTable } from './create-table.ts'
export { stageCreate, type NewTable } from './stage-create.ts'
export { loadTable, readMetadataFile } from './load-table.ts'
export { filesAt } from './files-at.ts'
export { planScan, type ScanOptions } from './scan.ts'
export { readDeletionVector } from './read-deletion-vector.ts'
export { checkInside, printTableName, schemaAt, snapshotAt, snapshotOf, tableOf } from './table.ts'
export { dropTable } from './drop-table.ts'
// A change is staged where nobody sees it, then committed, alone or with others.
export { stageAppend, stageOverwrite, type NewData } from './stage-snapshot.ts'
export { stageOverwritePartitions } from './stage-overwrite-partitions.ts'
export { stageReplace, stageRowDelta, type Replacement, type RowDelta } from './stage-row-delta.ts'
export { stageSchema } from './stage-schema.ts'
export { ancestorsOf, snapshotOfRef, withRef } from './refs.ts'
export { stageFastForward, stageRef, stageRollback } from './stage-ref.ts'
export { checkWritable, nextTime, writeMetadata, type MetadataChange } from './write-metadata.ts'
export { commit, commitWithRetry, type RetryOptions } from './commit.ts'
export { commitQueue, type Committed, type CommitQueue, type Stage } from './commit-queue.ts'
export { checkSnapshot } from './check-snapshot.ts'
export { oneFileSnapshot, type OneFileSnapshot } from './one-file-snapshot.ts'
// Files that an engine wrote, described as the format wants it.
export { newDataPath } from './new-data-path.ts'
export { toDataFile } from './to-data-file.ts'
export { fieldIdsOf, type FieldIds } from './field-ids-of.ts'
export { relocateFile, rootSpellings, type Relocation } from './relocate-file.ts'
// What is kept as long as a table leads to it, and what is cleaned up.
export { filesReachable } from './reachable-files.ts'
export { expireSnapshots, foreseeExpiry } from './expire-snapshots.ts'
export { findOrphans, removeOrphans } from './find-orphans.ts'
export { filesOfHistory, rewriteHistory, type HistoricFile, type RewriteOptions } from './rewrite-history.ts'
export { rewriteManifests, smallManifests } from './rewrite-manifests.ts'
export type { Expired, ExpiryPlan, ExpiryPolicy, ExpiryRule, Orphan, Orphans, OrphansRemoved, ReachableFile, ReachableFiles } from './cleaning-types.ts'
// How tables are partitioned, and the single values that files are filed and bounded by.
export { mayTransform, parseTransform, printTransform, transformedType, transformValue, type Transform } from './transform.ts'
export { stagePartitioning, stageSortOrder } from './stage-partitioning.ts'
export type { PartitionBy, SortBy } from './partitioning.ts'
export { partitionColumns, type PartitionColumn } from './partition-columns.ts'
export { bytesOfValue, compareValues, isOfType, valueOfBytes } from './value-bytes.ts'
// Columns and their types.
export { parseType, PRIMITIVE_TYPES, printType } from './type-text.ts'
export { walkFields } from './walk-fields.ts'
export { assignFieldIds, mayBecome } from './assign-field-ids.ts'
// The format itself.
export { parseMetadata, readPartitionField, readSnapshot, readSnapshotRef, readSortOrder } from './parse-metadata.ts'
export { printMetadata } from './print-metadata.ts'
export { readSchema } from './schema-json.ts'
export { parseViewMetadata, printViewMetadata, readViewVersion } from './parse-view-metadata.ts'
export { JsonReader } from './json-reader.ts'
export { parseExactJson, printExactJson } from './exact-json.ts'
// The nouns of all this.
export type { Catalog, FileCipher, Ids, Lake, Pointer, PointerSwap, StagedCommit, Table, TableMetadata, TableName } from './types.ts'
export type { DataFile, FileFacts, SealedFile, ManifestFile, Partition, PartitionField, PartitionSpec, Predicate, Scan, ScanFile, Snapshot, SnapshotId, SnapshotRef, SortOrder, Value } from './types.ts'
export type { Column, ExactJson, Field, FieldType, JsonObject, ListType, MapType, Schema, StructType, ViewMetadata, ViewVersion } from './types.ts'

// Reads and changes the rows of tables by an engine.

// What a snapshot is read from, as an engine reads it.
export { filesOfScan, tableRelation } from './relation.ts'
export type { RelationOptions } from './relation.ts'

// Rows of a query, as files of a table.
export { dataFileOf, writeRows } from './write-rows.ts'
export type { RowsToWrite, WrittenRows } from './write-rows.ts'

// What two snapshots differ in.
export { CHANGES, differenceSql, differingFiles } from './diff.ts'
export type { DifferingFiles, RowsToCompare } from './diff.ts'

// Rows that change: deleted, replaced by key, brought together.
export { deleteWhere } from './delete-where.ts'
export { upsert, type RowsToUpsert } from './upsert.ts'
export { compact, foreseeCompaction, type CompactionOptions } from './compact.ts'
export type { RowsChanged, RowWork } from './row-work.ts'

// Rows that leave every version.
export { eraseRows, foreseeErasure, valuesOfSubject, type ErasedRows, type ForeseenRows, type RowsOfSubject } from './erase-rows.ts'

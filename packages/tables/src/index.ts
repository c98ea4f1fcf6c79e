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

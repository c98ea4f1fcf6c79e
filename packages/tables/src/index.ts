// Reads and changes the rows of tables by an engine.

// Values as text.
export { printValue } from './print-value.ts'

// What a snapshot is read from, as an engine reads it.
export { filesOfScan, tableRelation } from './relation.ts'
export type { RelationOptions } from './relation.ts'

// Rows of a query, as files of a table.
export { dataFileOf, freeNames, writeRows } from './write-rows.ts'
export type { RowsToWrite, WrittenRows } from './write-rows.ts'

// What two snapshots differ in.
export { CHANGES, differenceSql, differingFiles } from './diff.ts'
export type { DifferingFiles, RowsToCompare } from './diff.ts'

// Rows that change: deleted, replaced by key, brought together.
export { deleteWhere } from './delete-where.ts'
export { copyWhere, type RowsCopied, type RowsToCopy } from './copy-where.ts'
export { moveWhere, type RowsMoved, type RowsToMove } from './move-where.ts'
export { upsert, type RowsToUpsert } from './upsert.ts'
export { compact, foreseeCompaction, type CompactionOptions } from './compact.ts'
export type { RowsChanged, RowWork } from './row-work.ts'

// Where rows are that are to go, for whoever commits them together with others.
export { markRows, placesIn, positionDeletesOf, type MarkedFile, type RowsToMark } from './write-positions.ts'

// Rows that leave every version.
export { eraseRows, foreseeErasure, isOneOf, keysOfSubject, valuesOfSubject, type ErasedRows, type Folded, type ForeseenRows, type RowsOfSubject } from './erase-rows.ts'

// Files whose columns lie enciphered in them.
export { fieldsIn, isSealed, localRows, takeIn, type TakenIn } from './sealed-files.ts'
export { renamedMembers } from './renamed-members.ts'

// Spellings of one key.
export { fold, foldSql } from './fold.ts'

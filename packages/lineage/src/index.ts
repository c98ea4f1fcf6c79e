// Says which columns flow into which, and which rows made a row.

// The nouns.
export type { DirectSource, Directness, IndirectSource, Influence, KnownColumn, MacroBody, OutputLineage, SourceColumn, StatementLineage, TableName } from './types.ts'

// A statement to its columns' sources.
export { lineageOf } from './statement/read-statement.ts'
export type { StatementOptions } from './statement/read-statement.ts'
export { lineageOfProgram } from './statement/program-lineage.ts'

// The statements of products to the graph of a mesh.
export type { ColumnAt, Edge, Made, Place, ProductLineage } from './graph/types.ts'
export { composeProduct } from './graph/compose.ts'
export type { Composition } from './graph/compose.ts'
export { LineageGraph } from './graph/walk.ts'
export type { Direction, Walked, WalkOptions } from './graph/walk.ts'
export type { Reached } from './graph/reach.ts'

// A row to the rows that made it, and to those that it had a part in.
export { narrow } from './provenance/narrow.ts'
export type { Narrowed, NarrowedRead } from './provenance/narrow.ts'
export { influence } from './provenance/influence.ts'
export type { Influencing } from './provenance/types.ts'
export type { NarrowOptions, RefusalCode } from './provenance/types.ts'

// What changed of the tables that a statement reads to the rows of its result that this touches.
export { changedRows } from './changes/changed-rows.ts'
export type { ChangedRows, ChangeOptions, Narrowing, Version } from './changes/types.ts'

// The same statement for Flink, over topics.
export { flinkJobs } from './flink/flink-jobs.ts'
export type { FlinkJob } from './flink/flink-jobs.ts'
export { printTable } from './flink/flink-statements.ts'
export { filledTable, namesIn } from './flink/fill-names.ts'

// Runs as others draw them, and what statements of others touch.
export { runEvents } from './openlineage/run-events.ts'
export type { EventOptions, OutputFacts, RunFacts } from './openlineage/run-events.ts'
export { readEvent } from './openlineage/read-event.ts'
export { joinForeign } from './openlineage/join-foreign.ts'
export type { ForeignEvent, ForeignFlow, ForeignName } from './openlineage/foreign-types.ts'
export { tablesOfText } from './text/tables-of-text.ts'
export type { TextTables } from './text/tables-of-text.ts'

// Runs SQL in locked, killable processes and streams the rows out.

// The port.
export type {
  Batch, BatchMemory, CopyForm, Cursor, Engine, EngineLimits, EngineProcess, EqualityDelete, FieldIds, HiddenRead, IcebergType, Ingested, IngestedColumn, Ingestion, IngestionApart, IngestionOptions, MemberType, OpenOptions, Parameter, Prepared,
  ColumnBounds, Relation, RelationColumn, RelationFile, RelationFilter, ResultColumn, RowEncoding, SealingKey, SourceColumn, WorkLimits, WriteOptions, WritePartitionedOptions, WrittenColumn,
  WrittenFile, WrittenPart,
} from './types.ts'

// DuckDB, the engine that is built in.
export { duckdbEngine } from './duckdb/engine.ts'
export type { DuckdbEngineOptions } from './duckdb/engine.ts'

// Rows of raw files that do not fit their contract.
export { fitOfText } from './duckdb/ingest-apart.ts'
export { UNFIT } from './unfit.ts'

// As whom a process runs that is not to be trusted.
export { isolationFor } from './duckdb/isolation.ts'
export type { Isolation } from './duckdb/isolation.ts'

// A process for one piece of work, in a folder of its own.
export { linkOrCopy, withRoom } from './own-room.ts'
export type { EngineRoom, RoomOptions } from './own-room.ts'

// The files behind a relation, at the places where a process may read them.
export { pathsOf, placeRelation } from './place-files.ts'

// What Tulle itself asks.
export { printStatement, readRows } from './read-rows.ts'

// Types between Iceberg, DuckDB and PostgreSQL.
export { duckdbTypeOf } from './iceberg-type.ts'
export { pgTypeOf } from './pg-type.ts'
export type { PgType } from './pg-type.ts'

// What ends an Arrow stream.
export { END_OF_STREAM as ARROW_END } from './encode/arrow/arrow-message.ts'

// A row for COPY whose values did not come from an engine.
export { copyRow } from './encode/copy.ts'

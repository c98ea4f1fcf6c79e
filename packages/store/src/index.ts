// Keeps state in PostgreSQL: starts it, migrates it, and journals what happened.

// A PostgreSQL of our own, for as long as this process lives.
export { isDiskFull } from './postgres/ensure-cluster.ts'
export { startPostgres } from './postgres/start-postgres.ts'
export { removePostgres } from './postgres/remove-postgres.ts'
export type { Connection, PostgresOptions, RunningPostgres } from './types.ts'

// The control database, typed and migrated.
export { openStore } from './open-store.ts'
export type { Store, StoreOptions } from './open-store.ts'
export type {
  AccessGrantTable, AccessHistoryTable, AccessRequestTable, AccessVerdictTable, AccountTable, AccountTeamTable, ApiTokenTable, ApplyStageTable, ApplyTable,
  CatalogNamespaceTable, Database, ElevationTable, ExportFreezeTable, MeshStateTable, OutboxCursorTable, OutboxTable,
  ResourceTable, RunLogTable, RunStepTable, RunTable, SessionTokenTable, StreamPositionTable, StreamSegmentTable, StreamTable, TablePointerTable,
} from './schema.ts'
export type { ErasureTable } from './schema-erasure.ts'
export { explainDatabaseError, isTransient } from './database-error.ts'

// What happened, in the order in which it became true.
export { appendEvent, lastEventPlace, readEvents } from './outbox.ts'
export type { ReadEventsOptions } from './outbox.ts'
export { followOutbox, watchOutbox } from './follow-outbox.ts'
export type { FollowOptions, WatchOptions } from './follow-outbox.ts'
export type { Following, NewEvent, OutboxEvent } from './types.ts'

// One at a time, across processes.
export { outwaitAdvisoryLock, tryAdvisoryLock, withAdvisoryLock } from './advisory-lock.ts'
export { OBJECT_REMOVAL } from './lock-number.ts'
export type { Lease } from './watch.ts'
export type { LockedWork } from './advisory-lock.ts'

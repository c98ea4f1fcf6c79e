// Answers consumers: takes a statement, asks the policy, runs what is allowed, encodes the rows.

// What the server wires.
export type {
  Account, Accounts, Asker, DataSource, Rights, ServedColumn, ServedDataSet, ServedProduct, ServedSnapshot, TableVersion, VisibleColumn, VisibleTable, Who,
} from './types.ts'

// From a text to rows, for those who may.
export { createAuthorizer } from './authorize.ts'
export type { Authorizer, AuthorizerOptions } from './authorize.ts'
export { createGovernor } from './execute.ts'
export type { GovernorLimits, GovernorOptions } from './execute.ts'
export type { ChangesRead, ComparedRows, Comparison, GovernedRows, GovernedStatement, Governor, ServedDifference, WrittenResult } from './types.ts'
export { USUAL_BUDGET, watchExports } from './watch/watch-exports.ts'
export type { RunningExportWatch } from './watch/watch-exports.ts'
export { postgresLedger } from './watch/postgres-ledger.ts'
export type { ExportBudget, Freeze } from './watch/types.ts'
export { removeStaleFolders } from './private-folder.ts'

// What data is read for.
export { choosePurpose, onePurpose, openPurposes } from './purpose.ts'

// The SQL port.
export { openSqlPort } from './pg-wire/sql-port.ts'
export type { SqlPort, SqlPortLimits, SqlPortOptions } from './pg-wire/sql-port.ts'
export type { Introspection } from './pg-wire/types.ts'
export { readOrMakeTls } from './tls.ts'
export type { TlsFiles, TlsOptions } from './tls.ts'
export { SERVER_VERSION } from './settings.ts'
export { createIntrospection } from './shadow/introspection.ts'
export type { IntrospectionOptions, RunningIntrospection } from './shadow/introspection.ts'

// Change streams: what answers for the rights of their readers.
export { governedChanges } from './governed-changes.ts'
export type { GovernedChangesOptions } from './governed-changes.ts'

// The REST data port, without HTTP.
export { CONTENT_TYPES, dataQuery } from './rest/data-query.ts'
export { bodyOf, DataStopped } from './rest/bodies.ts'
export { pour } from './rest/pour.ts'
export type { RowFormat } from './rest/bodies.ts'
export { rowQuery } from './rest/row-query.ts'
export { acceptedFormat } from './rest/accepts.ts'
export { rememberSightings } from './rest/validators.ts'
export type { Sightings } from './rest/validators.ts'
export { findFile } from './rest/find-file.ts'
export type { FoundFile } from './rest/find-file.ts'
export type { DataQueryOptions } from './rest/data-query.ts'
export { movingPortsAsyncApi } from './rest/async-api.ts'
export type { TopicChannel } from './rest/topic-channels.ts'
export { dataPortOpenApi } from './rest/open-api.ts'
export type { DataPortDescription } from './rest/open-api.ts'
export type { DataAnswer, DataFormat, DataRequest } from './rest/types.ts'

// The files port, without HTTP.
export { filesPort } from './files/files-port.ts'
export type { FilesPort, FilesPortOptions } from './files/files-port.ts'
export { keepFiles } from './files/kept-files.ts'
export { FILE_FORMATS } from './files/types.ts'
export type { FileFormat, FileLink, LinkStanding, OpenFile } from './files/types.ts'

// Keeps tables and journals small: compacts, expires, removes what nothing leads to, by rules and on a clock.

export { openMaintenance } from './maintenance.ts'
export type { DataSetRetention, KeptFor, Maintenance, MaintenanceOptions, MaintainOptions, Removal, Report, TableReport } from './types.ts'

// Rows that were archived, and the place where they lie.
export { openColdStore } from './cold/cold-store.ts'
export type { ColdStoreOptions } from './cold/cold-store.ts'
export type { Archive, ColdLake, ColdStore, Restored, RestoreRequest, WarmTable } from './cold/types.ts'
export { coldTables } from './cold/list-archives.ts'

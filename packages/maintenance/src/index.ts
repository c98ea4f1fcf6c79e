// Keeps tables and journals small: compacts, expires, removes what nothing leads to, by rules and on a clock.

export { openMaintenance } from './maintenance.ts'
export type { Maintenance, MaintenanceOptions, MaintainOptions, Removal, Report, TableReport } from './types.ts'

// Counts who uses what by the audit, and says what it is worth: consumers, reuse, cost, and rights that nobody uses.

export { countAudit, readUsage, WHOLE } from './count-audit.ts'
export { reckon } from './reckon.ts'
export type { KnownGrant, KnownProduct, Usage } from './types.ts'

// Keeps what was decided and done, in a chain that shows every alteration.

// What is written down.
export type { Audit, AuditLine, AuditRead } from './types.ts'

// The chain, as one process writes it.
export { holdingEntries } from './holding-entries.ts'
export { openAudit } from './open-audit.ts'
export type { AuditLimits, AuditOptions, OpenAudit } from './open-audit.ts'
export type { RetiredSegment, RetireOptions } from './retire-segments.ts'
export { postgresAnchors, postgresKeys } from './postgres-keeping.ts'
export type { Anchor, Anchors, ChainPlace, Entry, Forgotten, Keys } from './types.ts'

// The chain, as anybody reads it.
export { openValues, placeOf } from './seal-values.ts'
export { listEntries } from './list-entries.ts'
export type { EntryPage, EntryQuery } from './list-entries.ts'
export { lastUses } from './last-uses.ts'
export { recordedStatements } from './recorded-statements.ts'
export type { RecordedStatement } from './recorded-statements.ts'
export { readAnchorFile, verifyExport } from './verify-export.ts'
export { verifyChain } from './verify-chain.ts'
export type { AnchorSet, Verification } from './verify-chain.ts'

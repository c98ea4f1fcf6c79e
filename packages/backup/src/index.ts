// Copies everything that is acknowledged, and brings it back.

// Where backups lie.
export { openPlace } from './open-place.ts'
export type { Place } from './types.ts'

// Made, listed, checked, and put back.
export { backUp, summaryOf } from './back-up.ts'
export type { BackupOptions } from './back-up.ts'
export { listBackups, readBackup } from './manifests.ts'
export { verifyBackups } from './verify.ts'
export type { Verified, VerifyOptions } from './verify.ts'
export { retireBackups } from './retire.ts'
export type { Retired } from './retire.ts'
export { restore } from './restore.ts'
export type { Restored, RestoreOptions } from './restore.ts'
export type { Backup, BackupSummary, Manifest, Progress } from './types.ts'

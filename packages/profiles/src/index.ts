// Says what the columns of a snapshot hold, and how that changes.

// Reading rows.
export { finishProfile } from './finish-profile.ts'
export { profileRelation } from './profile-relation.ts'
export type { Profiled, Profiling } from './profile-relation.ts'
export { MOST_COLUMNS } from './read-part.ts'

// Profiles of snapshots, kept.
export { findProfile, keepProfile, keptPart, listProfiles } from './keep-profiles.ts'
export type { KeptProfile } from './keep-profiles.ts'

// What they say.
export { driftOf } from './drift.ts'
export { suggestChecks } from './suggest-checks.ts'
export type { Suggestion } from './suggest-checks.ts'
export type { ColumnDrift, ColumnKind, ColumnProfile, Drift, Profile } from './types.ts'

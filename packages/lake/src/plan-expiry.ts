// Which snapshots, branches and tags of a table have had their time. Pure: what a dry run shows is what is carried out.
// Snapshots that nothing else says a word about stay.

import type { ExpiryPlan, ExpiryPolicy, ExpiryRule } from './cleaning-types.ts'
import type { Snapshot, SnapshotId, SnapshotRef, TableMetadata } from './types.ts'

/** INVARIANT: the current snapshot, and the snapshot of every branch and tag that stays, is kept. */
export function planExpiry(metadata: TableMetadata, policy: ExpiryPolicy, now: number): ExpiryPlan {
  const snapshots = new Map(metadata.snapshots.map((s) => [s.id, s]))
  const lives = livesOf(metadata, policy)
  const refs = Object.entries(metadata.refs).map(([name, ref]) => ({ name, ref }))
  const isOver = ({ name, ref }: (typeof refs)[number]): boolean => name !== 'main' && now - (snapshots.get(ref.snapshotId)?.timestamp ?? now) > lives.ofRef(ref)
  const kept = new Set<SnapshotId>(metadata.currentSnapshotId === undefined ? [] : [metadata.currentSnapshotId])
  const rules = new Map<SnapshotId, ExpiryRule>()
  for (const { ref } of refs.filter((one) => !isOver(one))) {
    if (ref.type === 'tag') kept.add(ref.snapshotId)
    else walk(snapshots, ref, { lives: lives.ofBranch(ref), now, kept, rules })
  }
  const youngest = now - Math.max(lives.maxAge, policy.grace)
  const going = metadata.snapshots.filter((s) => !kept.has(s.id) && (rules.has(s.id) || s.timestamp < youngest))
  return {
    snapshots: going.map((snapshot) => ({ snapshot, rule: rules.get(snapshot.id) ?? 'unreferenced' })),
    refs: refs.filter(isOver).map((one) => ({ ...one, rule: 'max-ref-age' })),
  }
}

/** What is left of the metadata: the expired is gone from it, and the log begins after the last gap. */
export function withoutExpired(metadata: TableMetadata, plan: ExpiryPlan): Pick<TableMetadata, 'snapshots' | 'snapshotLog' | 'refs' | 'carried'> {
  const gone = new Set(plan.snapshots.map(({ snapshot }) => snapshot.id))
  const goneRefs = new Set(plan.refs.map(({ name }) => name))
  return {
    snapshots: metadata.snapshots.filter((s) => !gone.has(s.id)),
    // Time travel reads the log: before a gap it would find the wrong snapshot.
    snapshotLog: metadata.snapshotLog.slice(metadata.snapshotLog.findLastIndex((entry) => gone.has(entry.snapshotId)) + 1),
    refs: Object.fromEntries(Object.entries(metadata.refs).filter(([name]) => !goneRefs.has(name))),
    carried: Object.fromEntries(Object.entries(metadata.carried).map(([key, value]) => [key, STATISTICS.has(key) && Array.isArray(value) ? value.filter((item) => !gone.has(snapshotIdOf(item))) : value])),
  }
}

const STATISTICS: ReadonlySet<string> = new Set(['statistics', 'partition-statistics'])
const snapshotIdOf = (item: unknown): string => String((item as { readonly 'snapshot-id'?: unknown } | null)?.['snapshot-id'])

interface BranchLives { readonly maxAge: number; readonly minToKeep: number; readonly maxToKeep: number; readonly grace: number }
interface Lives { readonly maxAge: number; ofRef(ref: SnapshotRef): number; ofBranch(ref: SnapshotRef): BranchLives }

function livesOf({ properties }: TableMetadata, policy: ExpiryPolicy): Lives {
  const own = (key: string): number | undefined => {
    const value = properties[`history.expire.${key}`]
    return value !== undefined && /^\d{1,16}$/u.test(value) ? Number(value) : undefined
  }
  const maxAge = own('max-snapshot-age-ms') ?? policy.maxAge
  return {
    maxAge,
    ofRef: (ref) => ref.maxRefAgeMs ?? own('max-ref-age-ms') ?? (ref.type === 'tag' ? policy.maxTagAge : undefined) ?? Number.POSITIVE_INFINITY,
    ofBranch: (ref) => {
      const minToKeep = Math.max(1, ref.minSnapshotsToKeep ?? own('min-snapshots-to-keep') ?? policy.minToKeep)
      return { maxAge: ref.maxSnapshotAgeMs ?? maxAge, minToKeep, maxToKeep: Math.max(minToKeep, policy.maxToKeep ?? Number.POSITIVE_INFINITY), grace: policy.grace }
    },
  }
}

interface Walk { readonly lives: BranchLives; readonly now: number; readonly kept: Set<SnapshotId>; readonly rules: Map<SnapshotId, ExpiryRule> }

/** From a branch's newest snapshot back to the first one that goes: with it goes all that is older. */
function walk(snapshots: ReadonlyMap<SnapshotId, Snapshot>, head: SnapshotRef, { lives, now, kept, rules }: Walk): void {
  let rule: ExpiryRule | undefined
  let replacedAt = Number.POSITIVE_INFINITY
  const seen = new Set<SnapshotId>()
  for (let at = snapshots.get(head.snapshotId); at !== undefined && !seen.has(at.id); at = at.parentId === undefined ? undefined : snapshots.get(at.parentId)) {
    const isRead = now - replacedAt < lives.grace
    const isOld = now - at.timestamp > lives.maxAge
    if (seen.size >= lives.minToKeep && !isRead && (isOld || seen.size >= lives.maxToKeep)) rule ??= isOld ? 'max-age' : 'max-count'
    if (rule === undefined) kept.add(at.id)
    else rules.set(at.id, rule)
    seen.add(at.id)
    replacedAt = at.timestamp
  }
}

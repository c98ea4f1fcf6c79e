// Snapshots that have had their time leave the table; then the files that only they led to are removed.
//
// Order: the metadata without them is committed and acknowledged · the table is loaded again · what it reaches now is
// taken from what the expired reached · the rest is removed. INVARIANT: nothing is removed before the commit is
// acknowledged, nor after one whose outcome is unknown. A crash in between leaves orphans, which are found later.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Expired, ExpiryPlan, ExpiryPolicy, ReachableFile } from './cleaning-types.ts'
import type { Lake, StagedCommit, Table, TableName } from './types.ts'
import { checkAlone } from './check-alone.ts'
import { checkWritable, nextTime, writeMetadata } from './write-metadata.ts'
import { commitWithRetry } from './commit.ts'
import { filesReachable } from './reachable-files.ts'
import { loadTable } from './load-table.ts'
import { planExpiry, withoutExpired } from './plan-expiry.ts'
import { removeObjects } from './remove-objects.ts'
import { tableOf } from './table.ts'

export interface ExpiryOptions {
  /** How long whoever began to read a snapshot before it expired has to open its files. None unless told. */
  readonly pauseMilliseconds?: number
  readonly signal?: AbortSignal
}

const NOTHING: Expired = { plan: { snapshots: [], refs: [] }, removed: [], left: [] }

/** Expires by the policy as of the lake's clock. A table that another commit changes meanwhile is planned anew. */
export async function expireSnapshots(lake: Lake, name: TableName, policy: ExpiryPolicy, { pauseMilliseconds = 0, signal }: ExpiryOptions = {}): Promise<Result<Expired>> {
  /** By the metadata file that was staged on it. */
  const begun = new Map<string, { readonly before: Table; readonly plan: ExpiryPlan }>()
  const committed = await commitWithRetry(lake, async () => {
    const before = await loadTable(lake, name)
    if (!before.ok) return before
    const staged = await stageExpiry(lake, before.value, policy)
    if (!staged.ok || staged.value === undefined) return staged.ok ? ok([]) : staged
    begun.set(staged.value.commit.swap.next.metadataLocation, { before: before.value, plan: staged.value.plan })
    return ok([staged.value.commit])
  })
  if (!committed.ok) return committed
  const done = begun.get(committed.value[0]?.metadataLocation ?? '')
  if (done === undefined) return ok(NOTHING)
  if (pauseMilliseconds > 0) await lake.clock.sleep(pauseMilliseconds, signal).catch(() => undefined)
  const now = await loadTable(lake, name)
  if (!now.ok) return now
  const freed = await freedFiles(lake, done, now.value)
  if (!freed.ok) return freed
  const removal = await removeObjects(lake, freed.value, (file) => file.address, signal)
  return ok({ plan: done.plan, ...removal })
}

/** What `expireSnapshots` would do now, and the files that would go. Changes nothing. */
export async function foreseeExpiry(lake: Lake, table: Table, policy: ExpiryPolicy): Promise<Result<{ readonly plan: ExpiryPlan; readonly files: readonly ReachableFile[] }>> {
  const plan = planExpiry(table.metadata, policy, lake.clock.now())
  const after = tableOf(table.name, table.metadataLocation, { ...table.metadata, ...withoutExpired(table.metadata, plan) }, table.base)
  const files = await freedFiles(lake, { before: table, plan }, after)
  return files.ok ? ok({ plan, files: files.value }) : files
}

async function stageExpiry(lake: Lake, table: Table, policy: ExpiryPolicy): Promise<Result<{ readonly commit: StagedCommit; readonly plan: ExpiryPlan } | undefined>> {
  const plan = planExpiry(table.metadata, policy, lake.clock.now())
  if (plan.snapshots.length + plan.refs.length === 0) return ok(undefined)
  const allowed = await checkAlone(lake, table)
  if (!allowed.ok) return allowed
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const commit = await writeMetadata(lake, table, { lastUpdated: nextTime(lake, table), ...withoutExpired(table.metadata, plan) })
  return commit.ok ? ok({ commit: commit.value, plan }) : commit
}

/** Data before what leads to it, so that whatever a crash leaves can still be read by whoever finds it. */
async function freedFiles(lake: Lake, { before, plan }: { readonly before: Table; readonly plan: ExpiryPlan }, now: Table): Promise<Result<readonly ReachableFile[]>> {
  if (plan.snapshots.length === 0) return ok([])
  const led = await filesReachable(lake, before, plan.snapshots.map(({ snapshot }) => snapshot))
  if (!led.ok) return led
  const kept = await filesReachable(lake, now)
  if (!kept.ok) return kept
  // Metadata files leave when the log forgets them, not with a snapshot.
  const freed = [...led.value].filter(([path, { kind }]) => !kept.value.has(path) && kind !== 'metadata').map(([, file]) => file)
  return ok(freed.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)))
}

const ORDER: readonly ReachableFile['kind'][] = ['data', 'deletes', 'statistics', 'manifest', 'manifest-list', 'metadata']

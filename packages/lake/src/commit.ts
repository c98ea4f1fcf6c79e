// Staged changes to what everybody sees: one swap of all their pointers, or none.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, StagedCommit, Table } from './types.ts'
import { loadTable } from './load-table.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'

/**
 * Commits changes, of several tables together, and answers the tables as they are now. A lost race is `commit-conflict`;
 * where the catalogue did not answer it may be `commit-unknown`.
 */
export async function commit(lake: Lake, staged: readonly StagedCommit[]): Promise<Result<readonly Table[]>> {
  if (staged.length === 0) return ok([])
  const tables = namesOf(staged)
  try {
    const outcome = await lake.catalog.swap(staged.map((s) => s.swap))
    return outcome === 'swapped' ? ok(staged.map(committed)) : fail(messages['commit-conflict']({ tables }))
  } catch (error) {
    // The reply was lost, not necessarily the swap. INVARIANT: only reading may follow; its files stay in either case.
    const happened = await hasHappened(lake, staged).catch(() => false)
    if (happened) return ok(staged.map(committed))
    return fail(messages['commit-unknown']({ tables, reason: error instanceof Error ? error.message.slice(0, 200) : 'the catalogue did not answer' }))
  }
}

export interface RetryOptions {
  /** Attempts before giving up. */
  readonly attempts?: number
}

/**
 * Stages and commits until it succeeds: `restage` loads its tables anew each time, and checks anew what its change depends
 * on. A change whose outcome was unknown is looked for before it is repeated, so nothing is committed twice.
 */
export async function commitWithRetry(
  lake: Lake, restage: () => Promise<Result<readonly StagedCommit[]>>, { attempts = 50 }: RetryOptions = {},
): Promise<Result<readonly Table[]>> {
  const unknown: (readonly StagedCommit[])[] = []
  let tables = ''
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await lake.clock.sleep(backoff(lake, attempt))
    const staged = await restage()
    if (!staged.ok || staged.value.length === 0) return settled(lake, unknown, staged)
    // Looked for in the tables that were just loaded: if an earlier swap lands after that, this one will conflict.
    const earlier = unknown.find((before) => before.every((s) => staged.value.some((now) => isIn(s, now.table))))
    if (earlier !== undefined) return ok(earlier.map(committed))
    tables = namesOf(staged.value)
    const done = await commit(lake, staged.value)
    if (done.ok) return done
    const code = done.diagnostics[0]?.code
    if (code !== 'commit-conflict' && code !== 'commit-unknown') return done
    if (code === 'commit-unknown') unknown.push(staged.value)
  }
  const last = unknown.at(-1)
  if (last !== undefined) return fail(messages['commit-unknown']({ tables: namesOf(last), reason: `the catalogue did not answer in ${attempts} attempts` }))
  return fail(messages['commit-gave-up']({ tables, attempts }))
}

/**
 * A change that cannot be staged any more, or has nothing left to do, may be one that an earlier attempt has made: its own
 * effect then stands in its way. Where that attempt may still land, nobody knows the outcome.
 */
async function settled(lake: Lake, unknown: readonly (readonly StagedCommit[])[], staged: Result<readonly StagedCommit[]>): Promise<Result<readonly Table[]>> {
  for (const before of unknown) {
    // Read before it is looked for: where a pointer had moved on and the change is not found, it can no longer happen.
    const moved = await hasMoved(lake, before)
    if (await hasHappened(lake, before)) return ok(before.map(committed))
    if (!moved) return fail(messages['commit-unknown']({ tables: namesOf(before), reason: 'the catalogue did not answer, and the change cannot be made again' }))
  }
  return staged.ok ? commit(lake, staged.value) : staged
}

/** True where a swap can no longer be made, because a pointer is not where it expects it. */
async function hasMoved(lake: Lake, staged: readonly StagedCommit[]): Promise<boolean> {
  for (const { swap } of staged) {
    const now = await lake.catalog.find(swap.name)
    if (now?.metadataLocation !== swap.expected?.metadataLocation || now?.uuid !== swap.expected?.uuid) return true
  }
  return false
}

/** The table as loaded again would be: its pointer is now the base of the next change. */
const committed = (staged: StagedCommit): Table => ({ ...staged.table, base: staged.swap.next })

const namesOf = (staged: readonly StagedCommit[]): string => staged.map((s) => printTableName(s.swap.name)).join(', ')

async function hasHappened(lake: Lake, staged: readonly StagedCommit[]): Promise<boolean> {
  for (const change of staged) {
    const now = await loadTable(lake, change.swap.name)
    if (!now.ok || !isIn(change, now.value)) return false
  }
  return true
}

/**
 * True where a staged change is part of a table: its file is, or was, the current one, or its snapshot is there. A table that
 * is written to often forgets its older files while somebody waits, and its snapshots much later.
 */
const isIn = ({ swap, snapshot }: StagedCommit, table: Table): boolean => {
  const file = swap.next.metadataLocation
  return table.metadataLocation === file || table.metadata.metadataLog.some((entry) => entry.metadataFile === file) || table.snapshots.some((s) => s.id === snapshot?.id)
}

/** Doubles from 5 ms to about a second, with a random share so that losers do not meet again. */
function backoff(lake: Lake, attempt: number): number {
  const ceiling = Math.min(1000, 5 * 2 ** Math.min(attempt, 8))
  return Math.floor(ceiling / 2 + (Number(BigInt(lake.ids.snapshotId()) % 1000n) / 1000) * (ceiling / 2))
}

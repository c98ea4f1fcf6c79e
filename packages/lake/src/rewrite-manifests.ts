// Many small manifests to few, sorted by partition, so that a filter opens few of them. Files and rows stay as they are.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, ManifestEntry, ManifestFile, StagedCommit, Table, TableName } from './types.ts'
import { commitWithRetry } from './commit.ts'
import { entriesOfAll, manifestsOf } from './live-entries.ts'
import { loadTable } from './load-table.ts'
import { partitionKey } from './partition-key.ts'
import { writeSnapshot } from './write-snapshot.ts'

export interface RewriteOptions {
  /** Manifests are brought together to about so many bytes. */
  readonly targetBytes?: number
  /** Fewer small manifests than this are left alone. */
  readonly minCount?: number
}

const TARGET_BYTES = 8 * 1024 * 1024
const MIN_COUNT = 10

/** The small manifests of a table's current snapshot, if they are worth it: those of one spec, and of rows or of deletes, together. */
export async function smallManifests(lake: Lake, table: Table, { targetBytes = TARGET_BYTES, minCount = MIN_COUNT }: RewriteOptions = {}): Promise<Result<readonly (readonly ManifestFile[])[]>> {
  if (table.currentSnapshot === undefined) return ok([])
  const manifests = await manifestsOf(lake, table, table.currentSnapshot)
  if (!manifests.ok) return manifests
  // One that only tells what went is left out of the next snapshot anyway.
  const small = manifests.value.filter(({ bytes, addedFiles = 1, existingFiles = 1 }) => bytes < targetBytes / 2 && addedFiles + existingFiles > 0)
  return ok([...Map.groupBy(small, (m) => `${m.specId} ${m.content}`).values()].filter((alike) => alike.length >= Math.max(2, minCount)))
}

/** Commits a snapshot of the same files in fewer manifests, and answers those that were replaced. */
export async function rewriteManifests(lake: Lake, name: TableName, options: RewriteOptions = {}): Promise<Result<readonly ManifestFile[]>> {
  /** By the metadata file that was staged. */
  const replaced = new Map<string, readonly ManifestFile[]>()
  const committed = await commitWithRetry(lake, async () => {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const small = await smallManifests(lake, table.value, options)
    if (!small.ok) return small
    if (small.value.length === 0) return ok([])
    const staged = await stageRewrite(lake, table.value, small.value, options.targetBytes ?? TARGET_BYTES)
    if (!staged.ok) return staged
    replaced.set(staged.value.swap.next.metadataLocation, small.value.flat())
    return ok([staged.value])
  })
  return committed.ok ? ok(replaced.get(committed.value[0]?.metadataLocation ?? '') ?? []) : committed
}

async function stageRewrite(lake: Lake, table: Table, groups: readonly (readonly ManifestFile[])[], targetBytes: number): Promise<Result<StagedCommit>> {
  const parent = table.currentSnapshot
  const all = parent === undefined ? ok([]) : await manifestsOf(lake, table, parent)
  if (!all.ok) return all
  const gone = new Set(groups.flat().map(({ path }) => path))
  const rewritten: { readonly existing: readonly ManifestEntry[]; readonly removed: readonly ManifestEntry[] }[] = []
  for (const manifests of groups) {
    const entries = await entriesOfAll(lake, table, manifests)
    if (!entries.ok) return entries
    const live = entries.value.filter((entry) => entry.status !== 'deleted')
    const bytesOfEach = manifests.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, live.length)
    const size = Math.max(1, Math.floor(targetBytes / bytesOfEach))
    const sorted = live.map((entry) => ({ entry, key: partitionKey(entry.file, table.metadata.defaultSpecId) })).toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    for (let start = 0; start < sorted.length; start += size) rewritten.push({ existing: sorted.slice(start, start + size).map(({ entry }) => entry), removed: [] })
  }
  const kept = all.value.filter(({ path }) => !gone.has(path))
  return writeSnapshot(lake, table, {
    parent, operation: 'replace', added: [], kept, rewritten,
    summary: { 'manifests-created': String(rewritten.length), 'manifests-replaced': String(gone.size), 'manifests-kept': String(kept.length) },
  })
}

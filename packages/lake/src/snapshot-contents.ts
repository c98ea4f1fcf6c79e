// The files of a snapshot by the manifests that name them, for changes that take some of them out.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, ManifestEntry, ManifestFile, Snapshot, Table } from './types.ts'
import type { Rewritten } from './write-snapshot.ts'
import { entriesOfAll, manifestsOf } from './live-entries.ts'

const READ_AT_ONCE = 8

/** A manifest with those of its files that are there. */
export interface Contents { readonly manifest: ManifestFile; readonly entries: readonly ManifestEntry[] }

/** Everything that a snapshot is made of; without a snapshot, nothing. */
export async function contentsOf(lake: Lake, table: Table, snapshot: Snapshot | undefined): Promise<Result<readonly Contents[]>> {
  const manifests = snapshot === undefined ? ok([]) : await manifestsOf(lake, table, snapshot)
  if (!manifests.ok) return manifests
  const contents: Contents[] = []
  for (let start = 0; start < manifests.value.length; start += READ_AT_ONCE) {
    const batch = manifests.value.slice(start, start + READ_AT_ONCE)
    for (const [i, entries] of (await Promise.all(batch.map((manifest) => entriesOfAll(lake, table, [manifest])))).entries()) {
      if (!entries.ok) return entries
      contents.push({ manifest: batch[i] as ManifestFile, entries: entries.value.filter((entry) => entry.status !== 'deleted') })
    }
  }
  return ok(contents)
}

/** Manifests without some files stay as they are, the others are to be written anew. */
export function withoutEntries(contents: readonly Contents[], gone: ReadonlySet<ManifestEntry>): { readonly kept: readonly ManifestFile[]; readonly rewritten: readonly Rewritten[] } {
  const [touched, untouched] = [contents.filter((c) => c.entries.some((e) => gone.has(e))), contents.filter((c) => !c.entries.some((e) => gone.has(e)))]
  return {
    kept: untouched.map((c) => c.manifest),
    rewritten: touched.map(({ entries }) => ({ existing: entries.filter((e) => !gone.has(e)), removed: entries.filter((e) => gone.has(e)) })),
  }
}

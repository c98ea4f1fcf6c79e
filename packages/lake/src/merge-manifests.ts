// Many small manifests to few large ones, so that a table that is appended to often is still planned by few reads.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, ManifestEntry, ManifestFile, Table } from './types.ts'
import { entriesOfAll } from './live-entries.ts'

const MIN_COUNT = 100
const TARGET_BYTES = 8 * 1024 * 1024

export interface Merged {
  readonly kept: readonly ManifestFile[]
  /** The files of each manifest that is to be written in place of those that are not kept. */
  readonly merged: readonly (readonly ManifestEntry[])[]
}

/**
 * Chooses and reads what is merged, by the table's properties `commit.manifest-merge.enabled`, `commit.manifest.min-count-to-merge`
 * and `commit.manifest.target-size-bytes`. Only manifests of about the same number of files are merged, so a file is rewritten
 * about once for each doubling of the table. Manifests of different specs, or of rows and deletes, stay apart.
 */
export async function mergeManifests(lake: Lake, table: Table, manifests: readonly ManifestFile[]): Promise<Result<Merged>> {
  const { properties } = table
  const minCount = wholeNumber(properties['commit.manifest.min-count-to-merge'], MIN_COUNT)
  const targetBytes = wholeNumber(properties['commit.manifest.target-size-bytes'], TARGET_BYTES)
  if (properties['commit.manifest-merge.enabled'] === 'false' || manifests.length < minCount) return ok({ kept: manifests, merged: [] })
  const gone = new Set<ManifestFile>()
  const merged: (readonly ManifestEntry[])[] = []
  for (const alike of Map.groupBy(manifests, (m) => `${m.specId} ${m.content}`).values()) {
    const run = alike.length < minCount ? [] : smallest(alike, targetBytes)
    if (run.length < 2) continue
    const entries = await entriesOfAll(lake, table, run)
    if (!entries.ok) return entries
    merged.push(entries.value.filter((entry) => entry.status !== 'deleted'))
    for (const manifest of run) gone.add(manifest)
  }
  return ok({ kept: manifests.filter((m) => !gone.has(m)), merged })
}

/** The manifests with the fewest files, up to the first that has more than twice as many as all before it. */
function smallest(manifests: readonly ManifestFile[], targetBytes: number): readonly ManifestFile[] {
  const run: ManifestFile[] = []
  let [files, bytes] = [0, 0]
  for (const manifest of manifests.toSorted((a, b) => filesOf(a) - filesOf(b))) {
    if (run.length > 0 && (filesOf(manifest) > 2 * files || bytes + manifest.bytes > targetBytes)) break
    run.push(manifest)
    files += filesOf(manifest)
    bytes += manifest.bytes
  }
  return run
}

const filesOf = (manifest: ManifestFile): number => (manifest.addedFiles ?? 0) + (manifest.existingFiles ?? 0)

function wholeNumber(text: string | undefined, otherwise: number): number {
  const value = Number(text)
  return text !== undefined && Number.isSafeInteger(value) && value > 1 ? value : otherwise
}

// The versions of a product that were published, as far as they are kept, and what each changed. Read from what the snapshots say
// themselves, and from the recipes that they name; nothing else has to be kept for it.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Snapshot, SnapshotId } from '@tulle/lake'
import { ancestorsOf, loadTable } from '@tulle/lake'
import { readProductDefinition } from '@tulle/providers'
import type { ProductDefinition } from '@tulle/providers'
import { compareDefinitions } from './compare-definitions.ts'
import { findOrigin } from './find-origin.ts'
import { readRecipe } from './recipe.ts'
import { RUN_SUMMARY } from './run-summary.ts'
import type { ProductVersion, Workshop } from './types.ts'

interface Publication { readonly runId: string; readonly at: number; readonly code: string | undefined; readonly recipe: string | undefined; readonly snapshots: Record<string, SnapshotId> }

/** Newest first; at most so many. */
export async function productVersions(workshop: Pick<Workshop, 'store' | 'lake' | 'objects'>, product: string, limit: number): Promise<Result<readonly ProductVersion[]>> {
  const applied = await readProductDefinition(workshop.store.db, product)
  if (!applied.ok) return applied
  const published = await publicationsOf(workshop, applied.value)
  const versions: ProductVersion[] = []
  for (const [i, { runId, at, code, recipe, snapshots }] of published.entries()) {
    if (versions.length >= limit) break
    const before = published[i + 1]
    // Equal code is an equal definition of all that makes rows and promises them.
    if (before !== undefined && before.code === code) continue
    const [is, was] = [await definitionOf(workshop, applied.value.id, recipe), await definitionOf(workshop, applied.value.id, before?.recipe)]
    versions.push({ runId, publishedAt: new Date(at), snapshots, ...(is !== undefined && was !== undefined && { changes: compareDefinitions(was.product, is.product) }) })
  }
  return ok(versions)
}

/** The definition by which a snapshot was made. */
export async function definitionAt(workshop: Pick<Workshop, 'store' | 'lake' | 'objects'>, product: string, snapshot: SnapshotId): Promise<Result<ProductDefinition>> {
  const origin = await findOrigin(workshop, product, snapshot)
  if (!origin.ok) return origin
  const recipe = await readRecipe(workshop.objects, origin.value.productId, origin.value.recipe)
  return recipe.ok ? ok(recipe.value.definition) : recipe
}

async function definitionOf({ objects }: Pick<Workshop, 'objects'>, productId: string, recipe: string | undefined): Promise<ProductDefinition | undefined> {
  if (recipe === undefined) return undefined
  const read = await readRecipe(objects, productId, recipe)
  return read.ok ? read.value.definition : undefined
}

/** What each run published of the line that is served now, newest first. What was rolled back is none of it. */
async function publicationsOf({ lake }: Pick<Workshop, 'lake'>, { tables }: ProductDefinition): Promise<readonly Publication[]> {
  const byRun = new Map<string, Publication>()
  for (const [dataSet, { name }] of Object.entries(tables)) {
    const table = await loadTable(lake, name)
    if (!table.ok || table.value.currentSnapshot === undefined) continue
    const times = new Map(table.value.metadata.snapshotLog.map((entry) => [entry.snapshotId, entry.timestamp]))
    for (const { id, summary, timestamp } of ancestorsOf(table.value, table.value.currentSnapshot.id)) {
      const runId = runOf(summary)
      if (runId === undefined) continue
      const known = byRun.get(runId) ?? { runId, at: times.get(id) ?? timestamp, code: summary[RUN_SUMMARY.code], recipe: summary[RUN_SUMMARY.recipe], snapshots: {} }
      known.snapshots[dataSet] ??= id
      byRun.set(runId, known)
    }
  }
  return [...byRun.values()].toSorted((a, b) => b.at - a.at)
}

const runOf = (summary: Snapshot['summary']): string | undefined => summary[RUN_SUMMARY.run]

// Objects beside a product's tables that their snapshots lead to: recipes by which they can be built again, and the files
// that those name. A backup copies them, and nothing removes them, as long as a snapshot leads there.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Table } from '@tulle/lake'
import type { Objects } from '@tulle/objects'

/** In a snapshot's summary: the SHA-256 of its recipe. */
export const RECIPE_KEY = 'tulle.recipe'

/** Where a recipe lies, and a file that recipes name by its SHA-256; as paths of objects. */
export const keptRecipe = (productId: string, fingerprint: string): string => `${productId}/recipes/${fingerprint}.json`
export const keptFile = (productId: string, hash: string): string => `${productId}/inputs/${hash}`

const HASH = /^[0-9a-f]{64}$/u

/** The paths that a table's snapshots lead to. What cannot be read any more leads nowhere. */
export async function keptObjects(objects: Objects, { properties, snapshots }: Pick<Table, 'properties' | 'snapshots'>): Promise<ReadonlySet<string>> {
  const productId = properties['tulle.product-id'] ?? ''
  const recipes = new Set(snapshots.map(({ summary }) => summary[RECIPE_KEY] ?? '').filter((name) => HASH.test(name)))
  const paths = new Set<string>()
  for (const recipe of recipes) {
    const bytes = await objects.read(objects.address(keptRecipe(productId, recipe)))
    if (!bytes.ok) continue
    paths.add(keptRecipe(productId, recipe))
    for (const hash of hashesIn(bytes.value)) paths.add(keptFile(productId, hash))
  }
  return paths
}

function hashesIn(bytes: Uint8Array): readonly string[] {
  try {
    const { ports } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { ports?: readonly { files?: readonly { sha256?: unknown }[] }[] }
    return (ports ?? []).flatMap(({ files }) => (files ?? []).map(({ sha256 }) => String(sha256))).filter((hash) => HASH.test(hash))
  } catch {
    return []
  }
}

/**
 * Objects beside the tables of a product that none of them leads to, and that are older than any run. `tables` are all
 * that the product has, archived ones too. Listed before the tables are asked, so what a run keeps meanwhile is not among them.
 */
export async function findUnusedKept(objects: Objects, productId: string, { loadTables, before }: { readonly loadTables: () => Promise<Result<readonly Table[]>>; readonly before: number }): Promise<Result<readonly string[]>> {
  const old: string[] = []
  for (const folder of ['recipes', 'inputs']) {
    for await (const address of objects.list(`${productId}/${folder}`)) {
      const facts = await objects.facts(address)
      if (facts.ok && facts.value.since < before) old.push(address)
    }
  }
  if (old.length === 0) return ok([])
  const tables = await loadTables()
  if (!tables.ok) return tables
  const used = new Set<string>()
  for (const table of tables.value) for (const path of await keptObjects(objects, table)) used.add(path)
  return ok(old.filter((address) => {
    const path = objects.pathOf(address)
    return path.ok && !used.has(path.value)
  }))
}

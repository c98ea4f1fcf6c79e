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

type Versions = Pick<Table, 'properties' | 'schemas' | 'snapshots'>

/** The paths that a table's snapshots lead to. A recipe that is gone leads nowhere; one that cannot be read is an error. */
export async function keptObjects(objects: Objects, table: Versions): Promise<Result<ReadonlySet<string>>> {
  const kept = await follow(objects, table)
  return kept.ok ? ok(kept.value.paths) : kept
}

/** `all` says that no snapshot may need a file which is not among the paths. */
async function follow(objects: Objects, table: Versions): Promise<Result<{ readonly paths: ReadonlySet<string>; readonly all: boolean }>> {
  const productId = table.properties['tulle.product-id'] ?? ''
  const paths = new Set<string>()
  let all = !hasUntoldFiles(table)
  for (const recipe of new Set(table.snapshots.flatMap(({ summary }) => summary[RECIPE_KEY] ?? []))) {
    const hashes = HASH.test(recipe) ? await filesOf(objects, keptRecipe(productId, recipe)) : ok(undefined)
    if (!hashes.ok) return hashes
    if (hashes.value === undefined) {
      all = false
      continue
    }
    paths.add(keptRecipe(productId, recipe))
    for (const hash of hashes.value) paths.add(keptFile(productId, hash))
  }
  return ok({ paths, all })
}

/** True where rows that may list files were written by somebody who left no recipe: any file may be among them. */
const hasUntoldFiles = ({ schemas, snapshots }: Versions): boolean =>
  schemas.some(({ fields }) => fields.some(({ name, type }) => name === 'sha256' && type === 'string')) && snapshots.some(({ summary }) => summary[RECIPE_KEY] === undefined && summary['total-records'] !== '0')

/** The hashes that a recipe names; undefined where it is gone or no recipe. */
async function filesOf(objects: Objects, path: string): Promise<Result<readonly string[] | undefined>> {
  const bytes = await objects.read(objects.address(path))
  if (!bytes.ok) return bytes.diagnostics.some(({ code }) => code === 'object-missing') ? ok(undefined) : bytes
  try {
    const { ports } = JSON.parse(Buffer.from(bytes.value).toString('utf8')) as { ports?: readonly { files?: readonly { sha256?: unknown }[] }[] }
    return ok((ports ?? []).flatMap(({ files }) => (files ?? []).map(({ sha256 }) => String(sha256))).filter((hash) => HASH.test(hash)))
  } catch {
    return ok(undefined)
  }
}

/**
 * Objects beside the tables of a product that none of them leads to, and that are older than any run. `tables` are all
 * that the product has, archived ones too. Listed before the tables are asked, so what a run keeps meanwhile is not among them.
 * While a snapshot does not tell which files it needs, none is unused.
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
  for (const table of tables.value) {
    const kept = await follow(objects, table)
    if (!kept.ok) return kept
    if (!kept.value.all) return ok([])
    for (const path of kept.value.paths) used.add(path)
  }
  return ok(old.filter((address) => {
    const path = objects.pathOf(address)
    return path.ok && !used.has(path.value)
  }))
}

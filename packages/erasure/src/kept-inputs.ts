// Copies of what runs read lie beside a product's tables, so that a version can be built again. Those of a product that the
// person was in go: nobody could take one row out of files of any format and still call them what was read.

import type { Result } from '@tulle/kernel'
import { canonicalJson, ok, sha256 } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import { keptRecipe } from '@tulle/providers'

interface RecipeText { readonly ports?: readonly { readonly files?: readonly unknown[] }[]; readonly withheld?: true }

export interface WithheldInputs {
  /** A recipe's name to that of the one without files. */
  readonly renamed: ReadonlyMap<string, string>
  readonly old: readonly string[]
}

/** Writes each recipe of a product anew, without the files that it names. Nothing is removed yet. */
export async function withholdInputs(objects: Objects, productId: string): Promise<Result<WithheldInputs>> {
  const renamed = new Map<string, string>()
  const old: string[] = []
  for await (const address of objects.list(`${productId}/recipes`)) {
    const name = /\/([0-9a-f]{64})\.json$/u.exec(address)?.[1]
    const bytes = name === undefined ? undefined : await objects.read(address)
    if (name === undefined || bytes === undefined) continue
    if (!bytes.ok) return bytes
    const recipe = JSON.parse(Buffer.from(bytes.value).toString('utf8')) as RecipeText
    if (recipe.withheld === true || (recipe.ports ?? []).every(({ files = [] }) => files.length === 0)) continue
    const text = canonicalJson({ ...recipe, withheld: true, ports: (recipe.ports ?? []).map((port) => ({ ...port, files: [] })) } as unknown as Json)
    const kept = await objects.create(keptRecipe(productId, sha256(text)), Buffer.from(text, 'utf8'))
    if (!kept.ok && !kept.diagnostics.some(({ code }) => code === 'object-exists')) return kept
    renamed.set(name, sha256(text))
    old.push(address)
  }
  return ok({ renamed, old })
}

/** Removes the copies, and then the recipes that named them. */
export async function removeInputs(objects: Objects, productId: string, { old }: WithheldInputs): Promise<Result<{ readonly removed: number; readonly recipes: number }>> {
  let removed = 0
  const addresses: string[] = []
  for await (const address of objects.list(`${productId}/inputs`)) addresses.push(address)
  for (const address of addresses) {
    const gone = await objects.remove(address)
    if (!gone.ok) return gone
    removed += 1
  }
  for (const address of old) {
    const gone = await objects.remove(address)
    if (!gone.ok) return gone
  }
  return ok({ removed, recipes: old.length })
}

// All that a run read besides tables, kept where its snapshots are: the definition of its product as applied then, the files
// of its input ports, the snapshots that it pinned. The mesh folder moves on; a recipe never changes, and is named by its hash.

import type { Json, Result } from '@tulle/kernel'
import { canonicalJson, fail, ok, sha256 } from '@tulle/kernel'
import type { Objects } from '@tulle/objects'
import type { ProductDefinition } from '@tulle/providers'
import { keptFile, keptRecipe } from '@tulle/providers'
import type { DbtRun, DrawnInput, ForeignInput, PinnedInput } from './types.ts'
import type { Decisions } from './quarantine/types.ts'
import type { OtherProducts } from './read-plan.ts'
import { hasCode } from './fail-step.ts'
import { messages } from './messages.ts'

/** A file as an input port held it; its bytes lie under `keptFile`. */
export interface KeptFile { readonly sha256: string; readonly bytes: number; readonly shown: string }

export interface Recipe {
  readonly format: 1
  readonly definition: ProductDefinition
  readonly others: OtherProducts
  readonly pinned: readonly PinnedInput[]
  /** Absent where nothing was read from other platforms. Their tables are theirs to keep. */
  readonly foreign?: readonly ForeignInput[]
  /** Absent where the product had no models. */
  readonly dbt?: DbtRun
  /** Absent where no row was ever set aside. */
  readonly decisions?: Decisions
  /** Copies of what the ports brought are not kept, or were removed: somebody was in them who was erased. */
  readonly withheld?: true
  readonly ports: readonly { readonly port: string; readonly files: readonly KeptFile[]; readonly drawn?: DrawnInput }[]
}

/** Keeps a recipe; the value is its name. Equal recipes are one. */
export async function keepRecipe(objects: Objects, recipe: Recipe): Promise<Result<string>> {
  const text = canonicalJson(recipe as unknown as Json)
  const fingerprint = sha256(text)
  const kept = await objects.create(keptRecipe(recipe.definition.id, fingerprint), Buffer.from(text, 'utf8'))
  return kept.ok || hasCode(kept.diagnostics, 'object-exists') ? ok(fingerprint) : kept
}

/** Keeps a file as it was read. Equal files are one. */
export async function keepFile(objects: Objects, productId: string, file: { readonly path: string; readonly sha256: string }): Promise<Result<void>> {
  const kept = await objects.adopt(keptFile(productId, file.sha256), file.path)
  return kept.ok || hasCode(kept.diagnostics, 'object-exists') ? ok(undefined) : kept
}

/** Reads a recipe. One that was lost or changed by hand is refused: it could not build what it once built. */
export async function readRecipe(objects: Objects, productId: string, fingerprint: string): Promise<Result<Recipe>> {
  if (!/^[0-9a-f]{64}$/u.test(fingerprint)) return fail(messages['recipe-lost']({ recipe: fingerprint.slice(0, 64), why: 'it is no SHA-256' }))
  const bytes = await objects.read(objects.address(keptRecipe(productId, fingerprint)))
  if (!bytes.ok) return hasCode(bytes.diagnostics, 'object-missing') ? fail(messages['recipe-lost']({ recipe: fingerprint, why: 'it is gone' })) : bytes
  if (sha256(bytes.value) !== fingerprint) return fail(messages['recipe-lost']({ recipe: fingerprint, why: 'it was changed' }))
  return ok(JSON.parse(Buffer.from(bytes.value).toString('utf8')) as Recipe)
}

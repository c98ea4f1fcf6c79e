// Turns the folder of one product into its draft and its data sets. It looks at nothing beyond the folder and the
// capabilities, so what it made of equal texts before is what it would make again.

import type { Diagnostic } from '@tulle/kernel'
import type { CapabilityCatalogue } from '../capabilities/registry.ts'
import type { ProductFiles, TextFile } from '../file-roles.ts'
import { checkKind } from '../kinds/check-kind.ts'
import { dataProductDocument } from '../kinds/data-product.ts'
import { messages } from '../messages.ts'
import type { ParseCache } from '../parse-cache.ts'
import { namesOfRefused, readUnremembered } from '../read-document.ts'
import type { FindModelReads } from '../types.ts'
import { startOf } from '../yaml/locate.ts'
import type { ReadWorkflow } from '../workflows/read-workflows.ts'
import { readWorkflow } from '../workflows/read-workflows.ts'
import type { BuiltDataSets } from './build-data-sets.ts'
import { buildDataSets } from './build-data-sets.ts'
import type { ProductDraft } from './draft-product.ts'
import { draftProduct } from './draft-product.ts'

export interface DraftedProduct {
  readonly draft: ProductDraft
  readonly built: BuiltDataSets
  readonly files: ProductFiles
  readonly workflow?: ReadWorkflow
  /** What the document says, and which capabilities it was held to. */
  readonly fingerprints: readonly string[]
}

export interface DraftedFolder {
  readonly product?: DraftedProduct
  /** Names of a product that is refused, wholly or in part: the one that it gives itself, and its folder's. */
  readonly refused: readonly string[]
  readonly diagnostics: readonly Diagnostic[]
}

interface Context { readonly cache: ParseCache; readonly modelReads?: FindModelReads }

interface KeptFolder { readonly files: ProductFiles; readonly catalogue: string; readonly modelReads: FindModelReads | undefined; readonly drafted: DraftedFolder }

export function draftFolder(files: ProductFiles, catalogue: CapabilityCatalogue, context: Context): DraftedFolder {
  const { cache, modelReads } = context
  const kept = cache.folders?.get(files.folder) as KeptFolder | undefined
  if (kept !== undefined && kept.catalogue === catalogue.fingerprint && kept.modelReads === modelReads && isSameFolder(kept.files, files)) return kept.drafted
  const drafted = draft(files, catalogue, context)
  cache.folders?.set(files.folder, { files, catalogue: catalogue.fingerprint, modelReads, drafted } satisfies KeptFolder)
  return drafted
}

/** Lets go of folders that a mesh has no more, once they are many. */
export function forgetFolders(cache: ParseCache, current: ReadonlyMap<string, unknown>): void {
  const { folders } = cache
  if (folders === undefined || folders.size < 2 * current.size + 100) return
  for (const folder of folders.keys()) if (!current.has(folder)) folders.delete(folder)
}

function draft(files: ProductFiles, catalogue: CapabilityCatalogue, { cache, modelReads }: Context): DraftedFolder {
  if (files.product === undefined) {
    return { refused: [], diagnostics: [...files.contracts.values(), ...files.models.values(), ...files.checks.values()].map((file) => messages['stray-file']({ file: file.path }, { place: startOf(file.path) })) }
  }
  const read = readUnremembered(files.product, `DataProduct ${catalogue.fingerprint}`, cache, (document) => checkKind(document, dataProductDocument))
  if (read.checked === undefined) return { refused: [...namesOfRefused(files.product, read.refused), files.folder.slice(files.folder.lastIndexOf('/') + 1)], diagnostics: read.diagnostics }
  const { draft, diagnostics } = draftProduct(read.checked.document, catalogue, read.isKnownGood)
  if (diagnostics.length === 0) read.remember?.()
  const built = buildDataSets(draft, files, { cache, modelReads })
  const own = files.workflow === undefined ? undefined : readWorkflow(files.workflow, 'product')
  const fingerprints = [read.checked.fingerprint, ...(draft.usesOwnCapability ? [catalogue.fingerprint] : [])]
  return {
    product: { draft, built, files, fingerprints, ...(own?.workflow !== undefined && { workflow: own.workflow }) },
    refused: diagnostics.some((d) => d.severity === 'error') ? [draft.name] : [],
    diagnostics: [...read.diagnostics, ...diagnostics, ...built.diagnostics, ...(own?.diagnostics ?? [])],
  }
}

const isSameFolder = (a: ProductFiles, b: ProductFiles): boolean => isSameFile(a.product, b.product) && isSameFile(a.workflow, b.workflow) && areSameFiles(a.contracts, b.contracts) && areSameFiles(a.models, b.models) && areSameFiles(a.macros, b.macros) && areSameFiles(a.checks, b.checks) && areSameProjects(a.projects, b.projects)

function areSameProjects(a: ProductFiles['projects'], b: ProductFiles['projects']): boolean {
  if (a.size !== b.size) return false
  for (const [folder, files] of a) {
    const others = b.get(folder)
    if (others?.size !== files.size) return false
    for (const [path, text] of files) if (others.get(path) !== text) return false
  }
  return true
}

const isSameFile = (a: TextFile | undefined, b: TextFile | undefined): boolean => a?.path === b?.path && a?.text === b?.text

function areSameFiles(a: ReadonlyMap<string, TextFile>, b: ReadonlyMap<string, TextFile>): boolean {
  if (a.size !== b.size) return false
  for (const [path, file] of a) if (!isSameFile(file, b.get(path))) return false
  return true
}

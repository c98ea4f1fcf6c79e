// Turns the files of a mesh folder into the mesh that they declare, or into everything that is wrong with them. Pure: it
// reads no disk, no clock, no network, and no text can make it throw.

import type { Diagnostic, Json } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { buildCatalogue } from './capabilities/registry.ts'
import type { CapabilityCatalogue, DefinedCapability } from './capabilities/registry.ts'
import { checkBusinessKeys } from './checks/business-keys.ts'
import { checkCircles } from './checks/circles.ts'
import { checkClassifications } from './checks/classifications.ts'
import { checkDemoUsers } from './checks/demo-users.ts'
import { resolveModelReads } from './checks/model-reads.ts'
import type { ProductFiles, SortedFiles } from './file-roles.ts'
import { sortFiles } from './file-roles.ts'
import type { ComponentDefinitionDocument } from './kinds/component-definition.ts'
import { componentDefinitionDocument } from './kinds/component-definition.ts'
import { dataProductDocument } from './kinds/data-product.ts'
import { readDomains, readMeshFacts, readTeams } from './read-organisation.ts'
import type { Organisation } from './read-organisation.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import { memoryParseCache } from './parse-cache.ts'
import { buildDataSets } from './product/build-data-sets.ts'
import type { BuiltDataSets } from './product/build-data-sets.ts'
import type { MeshNames } from './product/build-ports.ts'
import { buildProduct } from './product/build-product.ts'
import { draftProduct } from './product/draft-product.ts'
import type { ProductDraft } from './product/draft-product.ts'
import { readDocument } from './read-document.ts'
import { checkKind } from './kinds/check-kind.ts'
import type { DataProduct, FindModelReads, MeshFiles, MeshModel } from './types.ts'

export interface LoadOptions {
  /** Finds what models read. Without it, refs and sources of models are neither known nor checked. */
  readonly modelReads?: FindModelReads
  /** Makes a second load cost what changed; see `memoryParseCache` and `fileParseCache`. */
  readonly cache?: ParseCache
}

/** Loads a mesh. The model exists only where there is no error; its warnings are in its diagnostics as well. */
export function loadMesh(files: MeshFiles, options: LoadOptions = {}): Result<MeshModel> {
  const cache = options.cache ?? memoryParseCache()
  const sorted = sortFiles(files)
  const diagnostics: Diagnostic[] = [...sorted.diagnostics]
  const keep = <T extends { diagnostics: readonly Diagnostic[] }>(step: T): T => {
    for (const diagnostic of step.diagnostics) diagnostics.push(diagnostic)
    return step
  }
  const facts = keep(readMeshFacts(sorted.mesh, cache))
  const { teams } = keep(readTeams(sorted.teams, cache))
  const { domains } = keep(readDomains(sorted, teams, cache))
  const { catalogue } = keep(readCatalogue(sorted, cache))
  const drafted = keep(draftProducts(sorted, catalogue, { ...options, cache }))
  const { products: unresolved } = keep(buildProducts(drafted, { teams, domains }))
  const { products } = keep(resolveModelReads(unresolved, drafted.refused))
  for (const found of [
    checkCircles(products),
    checkBusinessKeys(products.values(), facts.businessKeys),
    checkClassifications(products.values(), facts.classifications),
    facts.document === undefined ? [] : checkDemoUsers({ users: facts.demoUsers, document: facts.document, teams, purposes: facts.purposes, products, refused: drafted.refused }),
  ]) for (const diagnostic of found) diagnostics.push(diagnostic)
  const { document: _, diagnostics: __, ...mesh } = facts
  return resultOf({ ...mesh, teams, domains, products, capabilities: catalogue.registry, demoUsers: facts.demoUsers, diagnostics }, diagnostics)
}

function readCatalogue(sorted: SortedFiles, cache: ParseCache): { catalogue: CapabilityCatalogue; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const defined: DefinedCapability[] = []
  for (const file of sorted.capabilities) {
    const read = readDocument(file, 'ComponentDefinition', cache, (document) => checkKind(document, componentDefinitionDocument))
    diagnostics.push(...read.diagnostics)
    if (read.checked !== undefined) defined.push({ document: read.checked.document, definition: read.checked.document.value as unknown as ComponentDefinitionDocument })
  }
  const built = buildCatalogue(defined)
  return { catalogue: built.catalogue, diagnostics: [...diagnostics, ...built.diagnostics] }
}

interface Drafted { readonly draft: ProductDraft; readonly built: BuiltDataSets; readonly files: ProductFiles; readonly fingerprints: readonly string[] }

interface DraftedProducts {
  readonly drafts: ReadonlyMap<string, Drafted>
  /** Names of products whose document is refused: who refers to them makes no second mistake. */
  readonly refused: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

function draftProducts(sorted: SortedFiles, catalogue: CapabilityCatalogue, options: LoadOptions & { cache: ParseCache }): DraftedProducts {
  const drafts = new Map<string, Drafted>()
  const refused = new Set<string>()
  const diagnostics: Diagnostic[] = []
  const { cache } = options
  for (const files of sorted.products.values()) {
    if (files.product === undefined) {
      for (const stray of [...files.contracts.values(), ...files.models.values()]) diagnostics.push(messages['stray-file']({ file: stray.path }))
      continue
    }
    const read = readDocument(files.product, 'DataProduct', cache, (document) => checkKind(document, dataProductDocument))
    diagnostics.push(...read.diagnostics)
    if (read.checked === undefined) {
      refused.add(nameIn(read.refused) ?? files.folder.slice(files.folder.lastIndexOf('/') + 1))
      continue
    }
    const { draft, diagnostics: found } = draftProduct(read.checked.document, catalogue)
    diagnostics.push(...found)
    const first = drafts.get(draft.name)
    if (first !== undefined) {
      const related = [{ place: first.draft.document.place(['metadata', 'name']), message: 'The other one is here.' }]
      diagnostics.push(messages['duplicate-name']({ name: draft.name, what: 'products' }, { place: draft.document.place(['metadata', 'name']), related }))
      continue
    }
    const built = buildDataSets(draft, files, { cache, modelReads: options.modelReads })
    diagnostics.push(...built.diagnostics)
    drafts.set(draft.name, { draft, built, files, fingerprints: [read.checked.fingerprint, ...(draft.usesOwnCapability ? [catalogue.fingerprint] : [])] })
    if (found.some((d) => d.severity === 'error')) refused.add(draft.name)
  }
  return { drafts, refused, diagnostics }
}

function nameIn(value: Json | undefined): string | undefined {
  const name = (value as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name
  return typeof name === 'string' ? name : undefined
}

function buildProducts({ drafts, refused }: DraftedProducts, organisation: Pick<Organisation, 'teams' | 'domains'>): { products: ReadonlyMap<string, DataProduct>; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const names = namesOf(drafts, refused)
  const products = new Map<string, DataProduct>()
  for (const { draft, built, files, fingerprints } of drafts.values()) {
    const made = buildProduct({ draft, built, domain: files.domain, folder: files.folder, fingerprints, ...organisation, names })
    diagnostics.push(...made.diagnostics)
    products.set(draft.name, made.product)
  }
  return { products, diagnostics }
}

function namesOf(drafts: ReadonlyMap<string, Drafted>, refused: ReadonlySet<string>): MeshNames {
  const outputPorts = new Map<string, string[]>()
  for (const { draft } of drafts.values()) {
    for (const { title } of draft.outputPorts.values()) outputPorts.set(title, [...(outputPorts.get(title) ?? []), draft.name])
  }
  const dataSets = new Map<string, readonly string[] | undefined>([...drafts].map(([name, { draft }]) => [name, [...draft.dataSets.keys()]]))
  for (const name of refused) dataSets.set(name, undefined)
  return { dataSets, outputPorts }
}

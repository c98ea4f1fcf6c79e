// Turns the files of a mesh folder into the mesh that they declare, or into everything that is wrong with them. Pure: it
// reads no disk, no clock, no network, and no text can make it throw.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import { buildCatalogue } from './capabilities/registry.ts'
import type { CapabilityCatalogue, DefinedCapability } from './capabilities/registry.ts'
import { checkBusinessKeys } from './checks/business-keys.ts'
import { checkCircles } from './checks/circles.ts'
import { checkClassifications } from './checks/classifications.ts'
import { checkDemoUsers } from './checks/demo-users.ts'
import { checkModelReads } from './checks/model-reads.ts'
import type { SortedFiles } from './file-roles.ts'
import { sortFiles } from './file-roles.ts'
import type { ComponentDefinitionDocument } from './kinds/component-definition.ts'
import { componentDefinitionDocument } from './kinds/component-definition.ts'
import type { Organisation } from './read-organisation.ts'
import { readDomains, readMeshFacts, readTeams } from './read-organisation.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import type { MeshNames } from './product/build-ports.ts'
import { buildProduct } from './product/build-product.ts'
import type { DraftedProduct } from './product/draft-folder.ts'
import { draftFolder, forgetFolders } from './product/draft-folder.ts'
import { namesOfRefused, readDocument } from './read-document.ts'
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
  const cache = options.cache ?? {}
  const sorted = sortFiles(files)
  const diagnostics: Diagnostic[] = [...sorted.diagnostics]
  const keep = <T extends { diagnostics: readonly Diagnostic[] }>(step: T): T => {
    for (const diagnostic of step.diagnostics) diagnostics.push(diagnostic)
    return step
  }
  const facts = keep(readMeshFacts(sorted.mesh, cache))
  const { teams, refused: refusedTeams } = keep(readTeams(sorted.teams, cache))
  const { domains } = keep(readDomains(sorted, { teams, refusedTeams }, cache))
  const { catalogue } = keep(readCatalogue(sorted, cache))
  const drafted = keep(draftProducts(sorted, catalogue, { ...options, cache }))
  const { products } = keep(buildProducts(drafted, { teams, refusedTeams, domains }))
  for (const found of [
    checkModelReads(products, drafted.refused),
    checkCircles(products),
    // Without a readable mesh.yaml every word of it would be reported as unknown.
    ...(facts.document === undefined ? [] : [
      checkBusinessKeys(products.values(), facts.businessKeys),
      checkClassifications(products.values(), facts.classifications),
      checkDemoUsers({ users: facts.demoUsers, document: facts.document, teams, purposes: facts.purposes, products, refused: drafted.refused, refusedTeams }),
    ]),
  ]) for (const diagnostic of found) diagnostics.push(diagnostic)
  const { document: _, diagnostics: __, ...mesh } = facts
  return resultOf({ ...mesh, teams, domains, products, capabilities: catalogue.registry, demoUsers: facts.demoUsers, diagnostics }, diagnostics)
}

function readCatalogue(sorted: SortedFiles, cache: ParseCache): { catalogue: CapabilityCatalogue; diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = []
  const defined: DefinedCapability[] = []
  const refused: string[] = []
  for (const file of sorted.capabilities) {
    const read = readDocument(file, 'ComponentDefinition', cache, (document) => checkKind(document, componentDefinitionDocument))
    diagnostics.push(...read.diagnostics)
    if (read.checked === undefined) refused.push(...namesOfRefused(file, read.refused))
    else defined.push({ document: read.checked.document, definition: read.checked.document.value as unknown as ComponentDefinitionDocument })
  }
  const built = buildCatalogue(defined, refused, cache.schemas)
  return { catalogue: built.catalogue, diagnostics: [...diagnostics, ...built.diagnostics] }
}

interface DraftedProducts {
  readonly drafts: ReadonlyMap<string, DraftedProduct>
  /** Names of products whose document is refused: who refers to them makes no second mistake. */
  readonly refused: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

function draftProducts(sorted: SortedFiles, catalogue: CapabilityCatalogue, options: LoadOptions & { cache: ParseCache }): DraftedProducts {
  const drafts = new Map<string, DraftedProduct>()
  const refused = new Set<string>()
  const diagnostics: Diagnostic[] = []
  for (const files of sorted.products.values()) {
    const drafted = draftFolder(files, catalogue, options)
    for (const diagnostic of drafted.diagnostics) diagnostics.push(diagnostic)
    for (const name of drafted.refused) refused.add(name)
    if (drafted.product === undefined) continue
    const { draft } = drafted.product
    const first = drafts.get(draft.name)
    if (first === undefined) drafts.set(draft.name, drafted.product)
    else {
      const related = [{ place: first.draft.document.place(['metadata', 'name']), message: 'The other one is here.' }]
      diagnostics.push(messages['duplicate-name']({ name: draft.name, what: 'products' }, { place: draft.document.place(['metadata', 'name']), related }))
    }
  }
  forgetFolders(options.cache, sorted.products)
  return { drafts, refused, diagnostics }
}

function buildProducts({ drafts, refused }: DraftedProducts, organisation: Organisation): { products: ReadonlyMap<string, DataProduct>; diagnostics: readonly Diagnostic[] } {
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

function namesOf(drafts: ReadonlyMap<string, DraftedProduct>, refused: ReadonlySet<string>): MeshNames {
  const outputPorts = new Map<string, string[]>()
  for (const { draft } of drafts.values()) {
    for (const { title } of draft.outputPorts.values()) {
      const owners = outputPorts.get(title)
      if (owners === undefined) outputPorts.set(title, [draft.name])
      else owners.push(draft.name)
    }
  }
  const dataSets = new Map<string, readonly string[] | undefined>([...drafts].map(([name, { draft }]) => [name, [...draft.dataSets.keys()]]))
  for (const name of refused) dataSets.set(name, undefined)
  return { dataSets, outputPorts }
}

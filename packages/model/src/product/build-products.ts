// Turns the product folders of a mesh into its products: first each by itself, then with the names of all at hand.

import type { Diagnostic } from '@tulle/kernel'
import { addAll } from '../add-all.ts'
import type { CapabilityCatalogue } from '../capabilities/registry.ts'
import type { ProductFiles } from '../file-roles.ts'
import { messages } from '../messages.ts'
import type { ParseCache } from '../parse-cache.ts'
import type { Organisation } from '../read-organisation.ts'
import { suggestions } from '../suggestions.ts'
import type { DataProduct, FindModelReads, WorkflowTemplate } from '../types.ts'
import type { ReadWorkflow } from '../workflows/read-workflows.ts'
import { resolveWorkflow } from '../workflows/resolve-workflow.ts'
import type { MeshNames } from './build-ports.ts'
import { buildProduct } from './build-product.ts'
import type { MadeProduct } from './build-product.ts'
import type { DraftedProduct } from './draft-folder.ts'
import { draftFolder, forgetFolders } from './draft-folder.ts'

export interface BuiltProducts {
  readonly products: ReadonlyMap<string, DataProduct>
  /** Of single products. */
  readonly workflows: readonly WorkflowTemplate[]
  /** Names of products that are refused for mistakes of their own: who refers to them makes no second mistake. */
  readonly refused: ReadonlySet<string>
  readonly diagnostics: readonly Diagnostic[]
}

interface Context {
  readonly catalogue: CapabilityCatalogue
  readonly organisation: Organisation
  readonly templates: readonly ReadWorkflow[]
  readonly cache: ParseCache
  readonly modelReads?: FindModelReads
}

export function buildProducts(folders: ReadonlyMap<string, ProductFiles>, context: Context): BuiltProducts {
  const diagnostics: Diagnostic[] = []
  const { drafts, refused } = draftAll(folders, context, diagnostics)
  const { names, made } = surroundingsOf(drafts, refused, context)
  const likeTeam = suggestions(() => context.organisation.teams.keys())
  const products = new Map<string, DataProduct>()
  for (const drafted of drafts.values()) {
    const { draft, built, files, fingerprints, workflow: own } = drafted
    const known = made.get(drafted)
    const flow = () => resolveWorkflow(draft, { ...(own !== undefined && { own }), templates: context.templates, schemas: context.cache.schemas })
    const product = known ?? buildProduct({ flow: flow(), draft, built, domain: files.domain, folder: files.folder, fingerprints, ...context.organisation, names, likeTeam })
    if (known === undefined) made.set(drafted, product)
    addAll(diagnostics, product.diagnostics)
    products.set(draft.name, product.product)
  }
  return { products, workflows: [...drafts.values()].flatMap(({ workflow }) => (workflow === undefined ? [] : [workflow])), refused, diagnostics }
}

/** All that a product sees beyond its folder, and the products that were made with it in sight. */
interface Surroundings {
  readonly organisation: string
  readonly drafts: ReadonlyMap<string, DraftedProduct>
  readonly refused: ReadonlySet<string>
  readonly names: MeshNames
  readonly made: WeakMap<DraftedProduct, MadeProduct>
}

/** Those of the last load where nothing that products see of each other changed: then unchanged drafts are unchanged products. */
function surroundingsOf(drafts: ReadonlyMap<string, DraftedProduct>, refused: ReadonlySet<string>, { organisation: { teams, refusedTeams, domains }, templates, cache }: Context): Surroundings {
  const organisation = JSON.stringify([[...teams.keys()], [...refusedTeams], [...domains.values()].map(({ name, title, owner }) => [name, title, owner]), templates.map(({ text }) => text)])
  const last = cache.products?.last as Surroundings | undefined
  const isSame = last?.organisation === organisation && areSameNames(last, { drafts, refused })
  const { dataSets, versions, outputPorts } = isSame ? last.names : namesOf(drafts, refused)
  const names: MeshNames = { dataSets, versions, outputPorts, likeProduct: suggestions(() => dataSets.keys()), likeOutputPort: suggestions(() => outputPorts.keys()) }
  const surroundings: Surroundings = { organisation, drafts, refused, names, made: isSame ? last.made : new WeakMap() }
  if (cache.products !== undefined) cache.products.last = surroundings
  return surroundings
}

type Named = Pick<Surroundings, 'drafts' | 'refused'>

function areSameNames(a: Named, b: Named): boolean {
  if (a.drafts.size !== b.drafts.size || a.refused.size !== b.refused.size || [...a.refused].some((name) => !b.refused.has(name))) return false
  const others = b.drafts.values()
  for (const one of a.drafts.values()) {
    const other = others.next().value
    if (other !== one && (other === undefined || namesIn(one) !== namesIn(other))) return false
  }
  return true
}

const namesIn = ({ draft }: DraftedProduct): string =>
  JSON.stringify([draft.name, [...draft.dataSets.values()].map(({ name, draft: { versionOf } }) => [name, versionOf]), [...draft.outputPorts.values()].map((port) => port.title)])

function draftAll(folders: ReadonlyMap<string, ProductFiles>, context: Context, diagnostics: Diagnostic[]): { drafts: ReadonlyMap<string, DraftedProduct>; refused: ReadonlySet<string> } {
  const drafts = new Map<string, DraftedProduct>()
  const refused = new Set<string>()
  for (const files of folders.values()) {
    const drafted = draftFolder(files, context.catalogue, context)
    addAll(diagnostics, drafted.diagnostics)
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
  forgetFolders(context.cache, folders)
  return { drafts, refused }
}

function namesOf(drafts: ReadonlyMap<string, DraftedProduct>, refused: ReadonlySet<string>): Pick<MeshNames, 'dataSets' | 'versions' | 'outputPorts'> {
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
  // A version of what is no longer there stands for it.
  const versions = new Map([...drafts].flatMap(([name, { draft }]) => {
    const beside = [...draft.dataSets.values()].filter((part) => part.draft.versionOf !== undefined && draft.dataSets.has(part.draft.versionOf)).map((part) => part.name)
    return beside.length === 0 ? [] : [[name, new Set(beside)] as const]
  }))
  return { dataSets, versions, outputPorts }
}

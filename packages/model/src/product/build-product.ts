// Brings the parts of a product together: who owns it, what it stores, reads and offers.

import type { Diagnostic } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Suggest } from '../suggestions.ts'
import type { DataDomain, DataProduct, DataSet, ModelReads, TechnicalTeam } from '../types.ts'
import type { BuiltDataSets } from './build-data-sets.ts'
import type { MeshNames } from './build-ports.ts'
import { narrowestExport } from '../kinds/export-rules.ts'
import { buildInputPorts, buildOutputPorts } from './build-ports.ts'
import type { ResolvedWorkflow } from '../workflows/resolve-workflow.ts'
import type { ProductDraft } from './draft-product.ts'

export interface ProductContext {
  readonly draft: ProductDraft
  readonly built: BuiltDataSets
  readonly domain: string
  readonly folder: string
  /** What the product's own document says, and the capabilities that it uses. */
  readonly fingerprints: readonly string[]
  readonly domains: ReadonlyMap<string, DataDomain>
  readonly teams: ReadonlyMap<string, TechnicalTeam>
  readonly refusedTeams: ReadonlySet<string>
  readonly names: MeshNames
  readonly likeTeam: Suggest
  readonly flow: ResolvedWorkflow
}

export interface MadeProduct { readonly product: DataProduct; readonly diagnostics: readonly Diagnostic[] }

export function buildProduct(context: ProductContext): MadeProduct {
  const { draft, built, domain, folder } = context
  const inputs = buildInputPorts(draft, context.names)
  const outputs = buildOutputPorts(draft, built.dataSets)
  const owner = teamOf(context)
  const { facts } = draft
  const exports = narrowestExport([facts.exports, ...[...draft.outputPorts.values()].map((part) => part.draft.exports)])
  const product: DataProduct = {
    name: draft.name,
    title: draft.title,
    ...(draft.description !== undefined && { description: draft.description }),
    domain,
    team: owner.team,
    ...(facts.owner !== undefined && { owner: facts.owner }),
    ...(facts.type !== undefined && { type: facts.type }),
    certified: facts.certified ?? false,
    tags: facts.tags ?? [],
    components: draft.components,
    dataSets: built.dataSets.map((dataSet) => withResolvedRefs(dataSet, context)),
    inputPorts: inputs.ports,
    outputPorts: outputs.ports,
    workflow: context.flow.workflow,
    ...(built.dbt !== undefined && { dbt: withResolved(built.dbt, draft) }),
    ...(built.macros !== undefined && { macros: built.macros }),
    ...(facts.maintenance !== undefined && { maintenance: facts.maintenance }),
    ...(facts.runs !== undefined && { runs: facts.runs }),
    ...(exports !== undefined && { exports }),
    ...(facts.alerts !== undefined && { alerts: facts.alerts }),
    folder,
    fingerprint: sha256([...context.fingerprints, ...built.fingerprints, ...(context.flow.fingerprint === undefined ? [] : [context.flow.fingerprint])].join('\n')),
    place: draft.document.laterPlace(['metadata', 'name']),
  }
  return { product, diagnostics: [...owner.diagnostics, ...domainsSaid(context), ...inputs.diagnostics, ...outputs.diagnostics, ...unfilled(product.dataSets, product, draft), ...context.flow.diagnostics] }
}

/** Gives each ref of a model the product that it means: the product's own data set first, else the product of that name. */
function withResolvedRefs(dataSet: DataSet, { draft }: ProductContext): DataSet {
  const { model } = dataSet
  if (model === undefined || model.refs.length === 0) return dataSet
  return { ...dataSet, model: withResolved(model, draft) }
}

const withResolved = <R extends ModelReads>(reads: R, draft: ProductDraft): R =>
  ({ ...reads, refs: reads.refs.map((ref) => ({ ...ref, product: ref.product ?? (draft.dataSets.has(ref.name) ? draft.name : ref.name) })) })

function teamOf({ draft, domain, domains, teams, refusedTeams, likeTeam }: ProductContext): { team: string; diagnostics: readonly Diagnostic[] } {
  const { team } = draft.facts
  if (team !== undefined) {
    if (teams.has(team) || refusedTeams.has(team)) return { team, diagnostics: [] }
    return { team, diagnostics: [messages['unknown-team']({ name: team, known: likeTeam(team) }, { place: draft.document.place([...draft.factsAt, 'properties', 'team']) })] }
  }
  const owner = domains.get(domain)?.owner
  // A domain that is missing or refused is a finding already.
  if (owner !== undefined || !domains.has(domain)) return { team: owner ?? '', diagnostics: [] }
  return { team: '', diagnostics: [messages['no-team']({ product: draft.name, domain }, { place: draft.document.place(['metadata', 'name']) })] }
}

function domainsSaid({ draft, domain, domains }: ProductContext): readonly Diagnostic[] {
  const title = domains.get(domain)?.title ?? domain
  return draft.saidDomains
    .filter(({ written }) => ![domain, title].some((name) => name.toLowerCase() === written.toLowerCase()))
    .map(({ written, at }) => messages['domain-differs']({ written, folder: domain }, { place: draft.document.place([...at, 'name']) }))
}

/** An associated output port that nobody offers leaves its data set without rows. */
function unfilled(dataSets: readonly DataSet[], product: DataProduct, draft: ProductDraft): readonly Diagnostic[] {
  return dataSets.flatMap((dataSet) => {
    const port = product.inputPorts.find((p) => p.name === dataSet.from)
    const at = draft.dataSets.get(dataSet.name)?.at
    if (port?.kind !== 'external' || at === undefined) return []
    return [messages['external-source']({ name: dataSet.name, port: port.title }, { place: draft.document.place([...at, 'properties', 'from']) })]
  })
}

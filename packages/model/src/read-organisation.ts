// Reads who and what for: the mesh's own agreements, the technical teams, the data domains.

import type { Diagnostic } from '@tulle/kernel'
import { addAll } from './add-all.ts'
import { physicalTypeOf } from './contract/column-type.ts'
import type { SortedFiles, TextFile } from './file-roles.ts'
import { checkKind } from './kinds/check-kind.ts'
import type { DataDomainDocument } from './kinds/data-domain.ts'
import { dataDomainDocument } from './kinds/data-domain.ts'
import type { MeshDocument } from './kinds/mesh.ts'
import { alertsOf } from './kinds/alerts.ts'
import { exportRulesOf } from './kinds/export-rules.ts'
import { certificationOf } from './kinds/certification.ts'
import { maintenanceOf } from './kinds/maintenance.ts'
import { meshDocument } from './kinds/mesh.ts'
import { runRulesOf } from './kinds/run-rules.ts'
import type { ProcessDomainDocument } from './kinds/process-domain.ts'
import { processDomainDocument } from './kinds/process-domain.ts'
import type { TechnicalTeamDocument } from './kinds/technical-team.ts'
import { technicalTeamDocument } from './kinds/technical-team.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import { namesOfRefused, readDocument } from './read-document.ts'
import { suggestions } from './suggestions.ts'
import type { BusinessKey, DataDomain, DemoUser, MeshModel, ProcessDomain, Purpose, TechnicalTeam } from './types.ts'
import type { Path } from './yaml/locate.ts'
import { startOf } from './yaml/locate.ts'
import type { YamlDocument } from './yaml/parse-yaml.ts'

/** Who there is. `refusedTeams` are declared, but wrongly: who names them makes no second mistake. */
export interface Organisation extends Pick<MeshModel, 'teams' | 'domains'> { readonly refusedTeams: ReadonlySet<string> }

/** What mesh.yaml says. Without a readable one: nothing, so that the rest is still checked. */
export interface MeshFacts extends Pick<MeshModel, 'name' | 'title' | 'purposes' | 'classifications' | 'businessKeys' | 'environments' | 'usage' | 'maintenance' | 'erasure' | 'runs' | 'exports' | 'alerts' | 'certification' | 'demoUsers'> {
  readonly document?: YamlDocument
  readonly diagnostics: readonly Diagnostic[]
}

export function readMeshFacts(file: TextFile | undefined, cache: ParseCache): MeshFacts {
  const nothing = { name: '', title: '', purposes: [], classifications: [], businessKeys: new Map<string, BusinessKey>(), environments: [], demoUsers: [] }
  if (file === undefined) return { ...nothing, diagnostics: [] }
  const read = readDocument(file, 'Mesh', cache, (document) => checkKind(document, meshDocument))
  if (read.checked === undefined) return { ...nothing, diagnostics: read.diagnostics }
  const { document } = read.checked
  const { metadata, spec } = document.value as unknown as MeshDocument
  const purposes = (spec.purposes ?? []).map((p): Purpose => ({ name: p.name, title: p.title ?? p.name, ...(p.description !== undefined && { description: p.description }) }))
  const keys = (spec.businessKeys ?? []).map((k): BusinessKey => ({ name: k.name, type: physicalTypeOf(k.type) ?? '', ...(k.description !== undefined && { description: k.description }), ...(k.identifies !== undefined && { identifies: k.identifies }), ...(k.compare !== undefined && { compare: k.compare }) }))
  const users = (spec.demo?.users ?? []).map((u): DemoUser => ({ name: u.name, title: u.title ?? u.name, role: u.role, teams: u.teams ?? [], purposes: u.purposes ?? [], ...(u.attributes !== undefined && { attributes: u.attributes }), grants: u.grants ?? [] }))
  const maintenance = maintenanceOf(spec.maintenance)
  const exports = exportRulesOf(spec.exports)
  const certification = certificationOf(spec.certification)
  return {
    name: metadata.name,
    title: metadata.title ?? metadata.name,
    purposes,
    classifications: spec.classifications ?? [],
    businessKeys: new Map(keys.map((key) => [key.name, key])),
    environments: spec.environments ?? [],
    ...(spec.usage !== undefined && { usage: spec.usage }),
    ...(maintenance !== undefined && { maintenance }),
    ...(spec.erasure !== undefined && { erasure: spec.erasure.approval === undefined ? {} : { approval: spec.erasure.approval } }),
    ...(exports !== undefined && { exports }),
    ...rulesOf(spec),
    ...(certification !== undefined && { certification }),
    demoUsers: users,
    document,
    diagnostics: [
      ...read.diagnostics,
      ...twice(purposes, ['spec', 'purposes'], 'purposes', document),
      ...twice(keys, ['spec', 'businessKeys'], 'business keys', document),
      ...twice(users, ['spec', 'demo', 'users'], 'demo users', document),
      ...(spec.businessKeys ?? []).flatMap((key, i) => (physicalTypeOf(key.type) === undefined ? [messages['bad-column-type']({ type: key.type }, { place: document.place(['spec', 'businessKeys', i, 'type']) })] : [])),
    ],
  }
}

export function readTeams(files: readonly TextFile[], cache: ParseCache): { teams: ReadonlyMap<string, TechnicalTeam>; refused: ReadonlySet<string>; diagnostics: readonly Diagnostic[] } {
  const teams = new Map<string, TechnicalTeam>()
  const refused = new Set<string>()
  const diagnostics: Diagnostic[] = []
  for (const file of files) {
    const read = readDocument(file, 'TechnicalTeam', cache, (document) => checkKind(document, technicalTeamDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) {
      for (const name of namesOfRefused(file, read.refused)) refused.add(name)
      continue
    }
    const { document } = read.checked
    const { metadata, spec } = document.value as unknown as TechnicalTeamDocument
    const email = spec?.email
    const team: TechnicalTeam = {
      name: metadata.name,
      title: metadata.title ?? metadata.name,
      ...(metadata.description !== undefined && { description: metadata.description }),
      ...(email !== undefined && { email }),
      ...rulesOf(spec),
      place: document.laterPlace(['metadata', 'name']),
    }
    const first = teams.get(team.name)
    if (first === undefined) teams.set(team.name, team)
    else diagnostics.push(messages['duplicate-name']({ name: team.name, what: 'technical teams' }, { place: team.place, related: [{ place: first.place, message: 'The other one is here.' }] }))
  }
  return { teams, refused, diagnostics }
}

export function readProcessDomains(files: readonly TextFile[], { teams, refusedTeams }: Pick<Organisation, 'teams' | 'refusedTeams'>, cache: ParseCache): { processDomains: ReadonlyMap<string, ProcessDomain>; diagnostics: readonly Diagnostic[] } {
  const processDomains = new Map<string, ProcessDomain>()
  const likeTeam = suggestions(() => teams.keys())
  const diagnostics: Diagnostic[] = []
  for (const file of files) {
    const read = readDocument(file, 'ProcessDomain', cache, (document) => checkKind(document, processDomainDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) continue
    const { document } = read.checked
    const { metadata, spec } = document.value as unknown as ProcessDomainDocument
    if (!teams.has(spec.team) && !refusedTeams.has(spec.team)) diagnostics.push(messages['unknown-team']({ name: spec.team, known: likeTeam(spec.team) }, { place: document.place(['spec', 'team']) }))
    const found: ProcessDomain = {
      name: metadata.name,
      title: metadata.title ?? metadata.name,
      ...(metadata.description !== undefined && { description: metadata.description }),
      ...(spec.application !== undefined && { application: spec.application }),
      team: spec.team,
      systems: spec.systems ?? [],
      place: document.laterPlace(['metadata', 'name']),
    }
    const first = processDomains.get(found.name)
    if (first === undefined) processDomains.set(found.name, found)
    else diagnostics.push(messages['duplicate-name']({ name: found.name, what: 'process domains' }, { place: found.place, related: [{ place: first.place, message: 'The other one is here.' }] }))
  }
  return { processDomains, diagnostics }
}

export function readDomains(sorted: SortedFiles, { teams, refusedTeams }: Omit<Organisation, 'domains'>, cache: ParseCache): { domains: ReadonlyMap<string, DataDomain>; diagnostics: readonly Diagnostic[] } {
  const domains = new Map<string, DataDomain>()
  const likeTeam = suggestions(() => teams.keys())
  const diagnostics: Diagnostic[] = []
  for (const [folder, file] of sorted.domains) {
    const read = readDocument(file, 'DataDomain', cache, (document) => checkKind(document, dataDomainDocument))
    addAll(diagnostics, read.diagnostics)
    if (read.checked === undefined) continue
    const { document } = read.checked
    const { metadata, spec } = document.value as unknown as DataDomainDocument
    const owner = spec?.owner
    if (metadata.name !== folder) diagnostics.push(messages['name-differs-from-folder']({ name: metadata.name, folder }, { place: document.place(['metadata', 'name']) }))
    if (owner !== undefined && !teams.has(owner) && !refusedTeams.has(owner)) diagnostics.push(messages['unknown-team']({ name: owner, known: likeTeam(owner) }, { place: document.place(['spec', 'owner']) }))
    domains.set(folder, {
      name: folder,
      title: metadata.title ?? metadata.name,
      ...(metadata.description !== undefined && { description: metadata.description }),
      ...(owner !== undefined && { owner }),
      quotas: spec?.quotas ?? {},
      place: document.laterPlace(['metadata', 'name']),
    })
  }
  const missing = new Set<string>()
  for (const { domain, product } of sorted.products.values()) {
    if (sorted.domains.has(domain) || missing.has(domain)) continue
    missing.add(domain)
    diagnostics.push(messages['no-domain-file']({ domain }, { place: product === undefined ? undefined : startOf(product.path) }))
  }
  return { domains, diagnostics }
}

/** What mesh or team says of runs and of whom to tell. */
function rulesOf(spec: Pick<MeshDocument['spec'], 'runs' | 'alerts'> | TechnicalTeamDocument['spec']): Pick<MeshModel, 'runs' | 'alerts'> {
  const [runs, alerts] = [runRulesOf(spec?.runs), alertsOf(spec?.alerts)]
  return { ...(runs !== undefined && { runs }), ...(alerts !== undefined && { alerts }) }
}

function twice(named: readonly { readonly name: string }[], at: Path, what: string, document: YamlDocument): readonly Diagnostic[] {
  return named.flatMap(({ name }, i) => {
    const first = named.findIndex((other) => other.name === name)
    if (first === i) return []
    return [messages['duplicate-name']({ name, what }, { place: document.place([...at, i, 'name']), related: [{ place: document.place([...at, first, 'name']), message: 'The other one is here.' }] })]
  })
}

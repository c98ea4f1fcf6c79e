// Turns the files of a mesh folder into the mesh that they declare, or into everything that is wrong with them. Pure: it
// reads no disk, no clock, no network, and no text can make it throw.

import type { Diagnostic, Result } from '@tulle/kernel'
import { resultOf } from '@tulle/kernel'
import { readCatalogue } from './capabilities/read-catalogue.ts'
import { checkMesh } from './checks/check-mesh.ts'
import { sortFiles } from './file-roles.ts'
import { messages } from './messages.ts'
import type { ParseCache } from './parse-cache.ts'
import { buildProducts } from './product/build-products.ts'
import { readDomains, readMeshFacts, readProcessDomains, readTeams } from './read-organisation.ts'
import { readGrants } from './read-grants.ts'
import { readTemplates } from './workflows/read-templates.ts'
import { readPolicies } from './read-policies.ts'
import type { FindModelReads, MeshFiles, MeshModel } from './types.ts'
import { LaterPlace } from './yaml/later-place.ts'

export interface LoadOptions {
  /** Finds what models read. Without it, refs and sources of models are neither known nor checked. */
  readonly modelReads?: FindModelReads
  /** Makes a second load cost what changed; see `memoryParseCache` and `fileParseCache`. */
  readonly cache?: ParseCache
  /** Which of the mesh's environments it is loaded for; where the mesh lists some, it must be among them. */
  readonly environment?: string
}

/** Loads a mesh. The model exists only where there is no error; its warnings are in its diagnostics as well. */
export function loadMesh(files: MeshFiles, options: LoadOptions = {}): Result<MeshModel> {
  const cache = options.cache ?? {}
  const sorted = sortFiles(files)
  const mesh = readMeshFacts(sorted.mesh, cache)
  const teams = readTeams(sorted.teams, cache)
  const domains = readDomains(sorted, { teams: teams.teams, refusedTeams: teams.refused }, cache)
  const applications = readProcessDomains(sorted.applications, { teams: teams.teams, refusedTeams: teams.refused }, cache)
  const catalogue = readCatalogue(sorted.capabilities, cache)
  const organisation = { teams: teams.teams, refusedTeams: teams.refused, domains: domains.domains }
  const { templates, ...read } = readTemplates(sorted.workflows)
  const { products, workflows, refused, ...built } = buildProducts(sorted.products, { ...options, cache, organisation, templates, catalogue: catalogue.catalogue })
  const { policies, policyCases, ...governed } = readPolicies(sorted, cache)
  // Without a readable mesh.yaml, every purpose would be reported as unknown.
  const given = mesh.document === undefined ? { grants: new Map(), diagnostics: [] } : readGrants(sorted.grants, { ...organisation, products, refused, purposes: mesh.purposes }, cache)
  const findings = [sorted, mesh, teams, domains, applications, catalogue, read, built, governed, given].flatMap((step) => step.diagnostics)
  const diagnostics = presentable([...findings, ...checkMesh({ facts: mesh, organisation, products, policies, refused, cache, environment: options.environment })])
  return resultOf({
    name: mesh.name,
    title: mesh.title,
    purposes: mesh.purposes,
    classifications: mesh.classifications,
    businessKeys: mesh.businessKeys,
    environments: mesh.environments,
    ...(mesh.usage !== undefined && { usage: mesh.usage }),
    ...(mesh.maintenance !== undefined && { maintenance: mesh.maintenance }),
    ...(mesh.erasure !== undefined && { erasure: mesh.erasure }),
    ...(mesh.runs !== undefined && { runs: mesh.runs }),
    ...(mesh.exports !== undefined && { exports: mesh.exports }),
    ...(mesh.alerts !== undefined && { alerts: mesh.alerts }),
    ...(mesh.certification !== undefined && { certification: mesh.certification }),
    demoUsers: mesh.demoUsers,
    teams: organisation.teams,
    domains: organisation.domains,
    processDomains: applications.processDomains,
    products,
    grants: given.grants,
    capabilities: catalogue.catalogue.registry,
    policies,
    policyCases,
    workflows: [...templates, ...workflows].map(({ name, version, from, file, text, definition }) => ({ name, version, from, file, text, definition })),
    diagnostics,
  }, diagnostics)
}

const MOST_FINDINGS = 1_000

/** Findings as they are printed and sent: places looked up, and no more of them than a person or a socket can take. */
function presentable(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  if (findings.length <= MOST_FINDINGS) return findings.map(withPlainPlace)
  const errorsFirst = [...findings.filter((d) => d.severity === 'error'), ...findings.filter((d) => d.severity !== 'error')]
  return [...errorsFirst.slice(0, MOST_FINDINGS).map(withPlainPlace), messages['more-findings']({ more: findings.length - MOST_FINDINGS })]
}

const withPlainPlace = (diagnostic: Diagnostic): Diagnostic => ({
  ...diagnostic,
  ...(diagnostic.place instanceof LaterPlace && { place: diagnostic.place.toJSON() }),
  ...(diagnostic.related !== undefined && { related: diagnostic.related.map(({ place, message }) => ({ place: place instanceof LaterPlace ? place.toJSON() : place, message })) }),
})

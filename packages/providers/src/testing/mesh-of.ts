// A mesh model from a few words, so that a test says only what it is about. The nouns are the model's own.

import { fingerprintOf } from '@tulle/kernel'
import type { Json, Place } from '@tulle/kernel'
import type {
  Capability, Component, ContractColumn, DataDomain, DataLayout, DataProduct, DataSet, DeclaredGrant, InputPort, MeshModel, MeshPolicy, Model, OutputPort, ProcessDomain, RowRetention, TechnicalTeam,
} from '@tulle/model'

export interface MeshWords {
  readonly name?: string
  readonly title?: string
  readonly purposes?: readonly string[]
  readonly teams?: readonly string[]
  readonly capabilities?: Readonly<Record<string, string>>
  /** By name: the team that keeps it. */
  readonly processDomains?: Readonly<Record<string, string>>
  readonly domains?: Readonly<Record<string, DomainWords>>
  readonly products?: Readonly<Record<string, ProductWords>>
  /** By name: the spec. */
  readonly policies?: Readonly<Record<string, Json>>
  /** By name; for the team ops on flights, unless it says otherwise. */
  readonly grants?: Readonly<Record<string, Partial<DeclaredGrant>>>
}

interface DomainWords {
  readonly title?: string
  readonly owner?: string
  readonly quotas?: Readonly<Record<string, number>>
}

export interface ProductWords {
  readonly title?: string
  readonly description?: string
  readonly domain?: string
  readonly team?: string
  readonly tags?: readonly string[]
  /** By name of the data set; columns as `type`, with `!` where required. No columns: no contract. */
  readonly dataSets?: Readonly<Record<string, DataSetWords>>
  /** By name of the port: a path, or `product:flights.flights`. */
  readonly inputs?: Readonly<Record<string, string>>
  /** By name of the port: the data sets that it serves. */
  readonly outputs?: Readonly<Record<string, readonly string[]>>
  readonly promises?: Readonly<Record<string, { readonly [property: string]: Json }>>
  readonly schedule?: string
}

interface DataSetWords {
  readonly columns?: Readonly<Record<string, string | (Partial<ContractColumn> & { readonly type: string })>>
  readonly version?: string
  readonly from?: string
  readonly model?: string
  /** `airports.airports`: what the model refers to. */
  readonly reads?: readonly string[]
  readonly layout?: DataLayout
  readonly retention?: RowRetention
  readonly legalHold?: string
  readonly document?: Json
}

const at = (file: string): Place => ({ file, line: 1, column: 1 })

/** The mesh of these words. */
export function meshOf(words: MeshWords = {}): MeshModel {
  const { name = 'test', title = 'Test mesh', purposes = ['testing'], teams = ['ops'], capabilities = {}, processDomains = {}, domains = { operations: {} }, products = {}, grants = {}, policies = {} } = words
  return {
    name,
    title,
    purposes: purposes.map((purpose) => ({ name: purpose, title: purpose })),
    classifications: ['public', 'internal'],
    workflows: [],
    businessKeys: new Map(),
    environments: ['dev', 'prod'],
    teams: new Map(teams.map((team): [string, TechnicalTeam] => [team, { name: team, title: team, place: at(`teams/${team}.yaml`) }])),
    domains: new Map(Object.entries(domains).map(([domain, said]) => [domain, domainOf(domain, said)])),
    grants: new Map(Object.entries(grants).map(([grant, said]) => [grant, { name: grant, subjectKind: 'team', subject: 'ops', product: 'flights', purposes: ['testing'], ...said, place: at(`grants/${grant}.yaml`) }])),
    products: new Map(Object.entries(products).map(([product, said]) => [product, productOf(product, said)])),
    capabilities: registryOf(Object.entries(capabilities).map(([type, presets]) => capabilityOf(type, presets))),
    policies: new Map(Object.entries(policies).map(([policy, document]) => [policy, policyOf(policy, document)])),
    policyCases: [],
    demoUsers: [],
    processDomains: new Map(Object.entries(processDomains).map(([name, team]): [string, ProcessDomain] => [name, { name, title: name, team, systems: [], place: at(`applications/${name}.yaml`) }])),
    diagnostics: [],
  }
}

const policyOf = (name: string, document: Json): MeshPolicy => ({
  name, title: name, status: 'enforced', rules: [], standards: [], document, place: at(`policies/${name}.yaml`), placeOf: () => at(`policies/${name}.yaml`),
})

const registryOf = (capabilities: readonly Capability[]): MeshModel['capabilities'] => ({
  list: () => capabilities,
  find: (type) => capabilities.find((capability) => capability.type === type),
})

const capabilityOf = (type: string, presets: string): Capability => ({
  type, title: type, description: `A ${presets} of our own`, presets, baseType: presets, schema: { type: 'object' },
  targets: ['embedded'], place: at(`capabilities/${type}.yaml`),
})

const domainOf = (name: string, { title = name, owner, quotas = {} }: DomainWords): DataDomain => ({
  name, title, ...(owner !== undefined && { owner }), quotas, place: at(`domains/${name}/domain.yaml`),
})

function productOf(name: string, words: ProductWords): DataProduct {
  const { title = name, description, domain = 'operations', team = 'ops', tags = [], dataSets = {}, inputs = {}, promises = {}, schedule } = words
  const outputs = words.outputs ?? { sql: Object.keys(dataSets) }
  const folder = `domains/${domain}/${name}`
  const place = at(`${folder}/product.yaml`)
  return {
    name, title, ...(description !== undefined && { description }), domain, team, certified: false, tags, folder, place,
    components: Object.entries(promises).map(([promise, properties]) => promiseOf(promise, properties, place)),
    dataSets: Object.entries(dataSets).map(([dataSet, said]) => dataSetOf(folder, dataSet, said)),
    inputPorts: Object.entries(inputs).map(([port, source]) => inputPortOf(port, source, place)),
    outputPorts: Object.entries(outputs).map(([port, served]) => outputPortOf(port, served, place)),
    workflow: { ...(schedule !== undefined && { schedule }), onInputPublished: true },
    fingerprint: fingerprintOf(words as unknown as Json),
  }
}

const promiseOf = (name: string, properties: Component['properties'], place: Place): Component =>
  ({ name, title: name, type: 'service-level-asset', baseType: 'service-level-asset', properties, place })

const outputPortOf = (name: string, dataSets: readonly string[], place: Place): OutputPort =>
  ({ name, title: name, kind: name === 'rest' ? 'rest' : 'sql', dataSets, place })

function dataSetOf(folder: string, name: string, { columns, version = '1.0.0', from, model, reads = [], layout, retention, legalHold, document }: DataSetWords): DataSet {
  const place = at(`${folder}/contracts/${name}.odcs.yaml`)
  const filled = model === undefined && reads.length === 0
    ? { ...(from !== undefined && { from }) }
    : { model: modelOf(`${folder}/models/${name}.sql`, model ?? `select * from ${reads.join(', ')}`, reads) }
  if (columns === undefined) return { name, title: name, ...filled, place }
  return {
    name, title: name, ...filled, place,
    contract: {
      id: name, version, major: Number(version.split('.')[0]), quality: [], place,
      columns: Object.entries(columns).map(([column, said]) => columnOf(column, said, place)),
      ...(layout !== undefined && { layout }),
      ...(retention !== undefined && { retention }),
      ...(legalHold !== undefined && { legalHold }),
      document: document ?? { kind: 'DataContract', id: name, version },
    },
  }
}

function columnOf(name: string, said: string | (Partial<ContractColumn> & { readonly type: string }), place: Place): ContractColumn {
  const base = { name, required: false, unique: false, quality: [], place }
  return typeof said === 'string' ? { ...base, type: said.replace(/!$/u, ''), required: said.endsWith('!') } : { ...base, ...said }
}

function modelOf(file: string, text: string, reads: readonly string[]): Model {
  const refs = reads.map((read) => ({ product: read.split('.')[0] ?? '', name: read.split('.')[1] ?? '', place: at(file) }))
  return { file, text, refs, sources: [], fingerprint: fingerprintOf([text, ...reads]), place: at(file) }
}

function inputPortOf(name: string, source: string, place: Place): InputPort {
  const base = { name, title: name, place }
  if (!source.startsWith('product:')) return { ...base, kind: 'file', path: source, format: 'csv', options: {} }
  const [product = '', dataSet] = source.slice('product:'.length).split('.')
  return { ...base, kind: 'product', product, ...(dataSet !== undefined && { dataSet }) }
}

// The catalogue as the caller may know it: everybody signed in sees what there is; rows only by decision.

import type { Access, Column, DataSet, Domain, Handlers, InputPort, OutputPort, Product, ProductSummary, Team } from '@tulle/api'
import { settingsOf } from '@tulle/kafka'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import { sharedName } from '@tulle/model'
import type { DataProduct, DataSet as DeclaredDataSet, InputPort as DeclaredInputPort, OutputPort as DeclaredOutputPort } from '@tulle/model'
import type { Resource, Subject } from '@tulle/policy'
import { listProducts, readersOf, readProductDefinition } from '@tulle/providers'
import type { AppliedTable, ProductSummary as AppliedSummary } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import { decideRead } from '../house.ts'
import type { House } from '../house.ts'
import { topicsAt } from '../topics-at.ts'
import type { TopicAt } from '../topics-at.ts'
import { grantsOn } from './grant-views.ts'
import { inStepOf } from './in-step.ts'
import { addressesOf } from './port-addresses.ts'
import { pickNumbers } from './summary-facts.ts'
import { permission } from './permissions.ts'
import { findProduct, governed } from './products.ts'
import { readRuns } from './run-views.ts'

type CatalogueHandlers = Pick<Handlers<Caller>, 'listProducts' | 'getProduct' | 'listDomains' | 'listTeams'>

export function catalogueHandlers(house: House): CatalogueHandlers {
  return {
    listProducts: async ({ q, domain, team, limit, offset }, caller) => {
      const words = (q ?? '').toLowerCase().split(/\s+/u).filter((word) => word !== '')
      const columns = words.length === 0 ? new Map<string, string>() : await columnWords(house)
      const found = (await listProducts(house.db)).filter((product) =>
        (domain === undefined || product.domain === domain) && (team === undefined || product.team === team) &&
        words.every((word) => wordsOf(product, columns.get(product.name)).includes(word)))
      const published = await lastPublished(house)
      const products = found.slice(offset, offset + limit).map((product) => toSummary(house, caller.subject, product, published.get(product.name)))
      return ok({ products, total: found.length })
    },
    getProduct: ({ product }, { subject }) => describeProduct(house, product, subject),
    listDomains: async () => ok({ domains: await readGroups(house, 'data-domain', (product) => product.domain) }),
    listTeams: async () => ok({ teams: await readGroups(house, 'technical-team', (product) => product.team) }),
  }
}

async function describeProduct(house: House, name: string, subject: Subject): Promise<Result<Product>> {
  const found = await findProduct(house, name)
  if (!found.ok) return found
  const summary = found.value
  const definition = await readProductDefinition(house.db, name)
  if (!definition.ok) return definition
  const { product, tables } = definition.value
  const [readers, everybody, published, grants, runs, topics] = await Promise.all([
    readersOf(house.db, name), listProducts(house.db), lastPublished(house), grantsOn(house, summary.id, subject), readRuns(house.db, { product: name, limit: 10 }), topicsAt(house, summary.id),
  ])
  const run = permission(house, subject, 'run', governed(summary))
  const dataSets = await Promise.all(product.dataSets.map((dataSet) => describeDataSet(house, summary, subject, dataSet, tables[dataSet.name])))
  const { dataSets: _count, ...rest } = toSummary(house, subject, summary, published.get(name))
  return ok({
    ...rest,
    ...(product.type !== undefined && { type: product.type }),
    dataSets,
    inputPorts: product.inputPorts.map(toInputPort),
    outputPorts: product.outputPorts.map((port) => toOutputPort(house, product, port, { topics, mayRun: run.allowed })),
    ...(product.workflow.schedule !== undefined && { schedule: product.workflow.schedule }),
    downstream: everybody.filter((other) => readers.includes(other.name)).map((other) => ({ name: other.name, title: other.title, domain: other.domain })),
    grants: [...grants],
    runs: [...runs],
    can: { run, grant: permission(house, subject, 'grant', governed(summary)) },
  })
}

async function describeDataSet(house: House, product: AppliedSummary, subject: Subject, dataSet: DeclaredDataSet, applied: AppliedTable | undefined): Promise<DataSet> {
  const table = applied === undefined ? undefined : await loadTable(house.lake, applied.name)
  const snapshot = table?.ok === true ? table.value.currentSnapshot : undefined
  const columns = dataSet.contract?.columns ?? []
  return {
    name: dataSet.name,
    title: dataSet.title,
    ...(dataSet.description !== undefined && { description: dataSet.description }),
    ...(dataSet.contract !== undefined && { contract: { id: dataSet.contract.id, version: dataSet.contract.version } }),
    columns: columns.map((column): Column => ({
      name: column.name, type: column.type, required: column.required, unique: column.unique,
      ...(column.primaryKey !== undefined && { primaryKey: column.primaryKey }),
      ...(column.classification !== undefined && { classification: column.classification }),
      ...(column.businessKey !== undefined && { businessKey: column.businessKey }),
      ...(column.description !== undefined && { description: column.description }),
    })),
    ...(snapshot !== undefined && {
      ...pickNumbers(snapshot.summary, { rows: 'total-records' }),
      snapshotId: snapshot.id,
      publishedAt: new Date(snapshot.timestamp).toISOString(),
    }),
    ...(dataSet.refresh === 'continuous' && { inStep: await inStepOf(house, table?.ok === true ? table.value : undefined) }),
    access: await accessTo(house, subject, { product: governed(product), dataSet: { name: sharedName(dataSet), columns } }),
  }
}

/** The decision for the purpose that would open the most: the catalogue says what is possible, ports ask for the purpose. */
async function accessTo(house: House, subject: Subject, resource: Required<Resource>): Promise<Access> {
  const policy = house.access.policy()
  const context = { now: house.clock.now(), environment: house.access.environment }
  const purposes = policy.openPurposes(subject, resource.product.id, context)
  const decisions = await Promise.all([undefined, ...purposes].map((purpose) => decideRead(house, subject, resource, purpose)))
  const allowed = decisions.filter((decision) => decision.effect === 'allow').toSorted((a, b) => b.columns.length - a.columns.length)[0]
  const decision = allowed ?? decisions[0]
  return { effect: allowed === undefined ? 'deny' : 'allow', columns: [...(allowed?.columns ?? [])], reasons: [...(decision?.reasons ?? [])] }
}

export function toSummary(house: House, subject: Subject, product: AppliedSummary, published: string | undefined): ProductSummary {
  const { id, name, title, description, domain, team, owner, certified, tags, dataSets } = product
  const context = { now: house.clock.now(), environment: house.access.environment }
  const policy = house.access.policy()
  const granted = policy.openPurposes(subject, id, context).length > 0 || policy.decide(subject, 'read', { product: governed(product) }, undefined, context).effect === 'allow'
  return {
    id, name, title, domain, team, certified, tags: [...tags],
    ...(description !== undefined && { description }),
    ...(owner !== undefined && { owner }),
    dataSets: dataSets.length,
    access: granted ? 'granted' : 'none',
    ...(published !== undefined && { lastPublished: published }),
  }
}

const wordsOf = (product: AppliedSummary, columns = ''): string =>
  [product.name, product.title, product.description, product.domain, product.team, product.owner, product.type, ...product.tags, ...product.dataSets, columns].join(' ').toLowerCase()

async function columnWords(house: House): Promise<ReadonlyMap<string, string>> {
  const rows = await house.db.selectFrom('resource').select(['product', 'spec']).where('kind', '=', 'data-set').where('archived_at', 'is', null).execute()
  const words = new Map<string, string>()
  for (const { product, spec } of rows) {
    const columns = (spec as { contract?: { columns?: readonly { name: string; description?: string }[] } }).contract?.columns ?? []
    words.set(product ?? '', `${words.get(product ?? '') ?? ''} ${columns.map((column) => `${column.name} ${column.description ?? ''}`).join(' ')}`)
  }
  return words
}

export async function lastPublished(house: House): Promise<ReadonlyMap<string, string>> {
  const rows = await house.db.selectFrom('outbox').select((e) => ['subject', e.fn.max('time').as('time')]).where('type', '=', 'tulle.product.published').groupBy('subject').execute()
  return new Map(rows.map(({ subject, time }) => [(subject ?? '').replace(/^data-product:/u, ''), time.toISOString()]))
}

async function readGroups(house: House, kind: 'data-domain' | 'technical-team', groupOf: (product: AppliedSummary) => string): Promise<(Domain & Team)[]> {
  const rows = await house.db.selectFrom('resource').select('spec').where('kind', '=', kind).where('archived_at', 'is', null).orderBy('ref').execute()
  const counts = Map.groupBy(await listProducts(house.db), groupOf)
  return rows.map(({ spec }) => {
    const group = spec as { readonly name: string; readonly title: string; readonly description?: string; readonly owner?: string; readonly email?: string }
    return {
      name: group.name,
      title: group.title,
      ...(group.description !== undefined && { description: group.description }),
      ...(group.owner !== undefined && { owner: group.owner }),
      ...(group.email !== undefined && { email: group.email }),
      products: counts.get(group.name)?.length ?? 0,
    }
  })
}

function toInputPort(port: DeclaredInputPort): InputPort {
  const base = { name: port.name, title: port.title, kind: port.kind }
  switch (port.kind) {
    case 'file': return { ...base, path: port.path, format: port.format }
    case 'product': return { ...base, product: port.product, ...(port.dataSet !== undefined && { dataSet: port.dataSet }) }
    case 'iceberg': return { ...base, uri: port.uri, table: `${port.namespace}.${port.table}` }
    case 'connected': return { ...base, system: port.system }
    case 'external': return { ...base, ...(port.description !== undefined && { description: port.description }) }
  }
}

interface Writing { readonly topics: readonly TopicAt[]; readonly mayRun: boolean }

function toOutputPort(house: House, product: Pick<DataProduct, 'name' | 'dataSets'>, port: DeclaredOutputPort, { topics, mayRun }: Writing): OutputPort {
  const kafka = port.kind === 'kafka' ? settingsOf(port) : undefined
  return {
    name: port.name,
    title: port.title,
    kind: port.kind,
    ...(port.description !== undefined && { description: port.description }),
    addresses: addressesOf(house, product, port),
    ...(kafka !== undefined && {
      kafka: {
        brokers: [...kafka.brokers], format: kafka.format, application: kafka.application,
        topics: topics.filter(({ port: name }) => name === port.name).map(({ dataSet, topic, status, written, changedAt, lag, trouble }) => ({
          dataSet, topic, status, written, changedAt: changedAt.toISOString(),
          ...(lag !== undefined && { lag }),
          ...(trouble !== undefined && { trouble: { code: trouble.code, ...(mayRun && { message: trouble.message }) } }),
        })),
      },
    }),
  }
}

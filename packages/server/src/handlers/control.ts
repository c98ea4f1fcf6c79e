// What the control ports of a product answer, under the caller's rights: whoever may know of the product may ask them.

import type { ControlMetadata, ControlMetrics, ControlPolicies, Handlers } from '@tulle/api'
import { API_ROOT } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import { isOfColumns, parsePolicySpec, selectsColumn, selectsDataSet, selectsProduct } from '@tulle/model'
import type { DataProduct, PolicyRule } from '@tulle/model'
import { governedDataSet } from '@tulle/policy'
import type { Subject } from '@tulle/policy'
import { readersOf, readProductDefinition } from '@tulle/providers'
import type { ProductDefinition, ProductSummary } from '@tulle/providers'
import { listIncidents, metricsOf, readCheckScores, readLevels } from '@tulle/service-levels'
import type { MetricFamily } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import { decideRead } from '../house.ts'
import type { House } from '../house.ts'
import { addressesOf } from './port-addresses.ts'
import { findProductFor, governed } from './products.ts'
import { latencyOf, readPublications } from './service-levels.ts'

type ControlHandlers = Pick<Handlers<Caller>, 'getControlMetadata' | 'getControlMetrics' | 'getControlPolicies'>

export const controlHandlers = (house: House): ControlHandlers => ({
  getControlMetadata: ({ product }, { subject }) => metadata(house, subject, product),
  getControlMetrics: async ({ product }, { subject }): Promise<Result<ControlMetrics>> => {
    const families = await readMetrics(house, subject, product)
    if (!families.ok) return families
    return ok({ product, at: new Date(house.clock.now()).toISOString(), families: families.value.map((family) => ({ ...family, samples: family.samples.map(({ labels, value }) => ({ labels: { ...labels }, value })) })) })
  },
  getControlPolicies: ({ product }, { subject }) => policies(house, subject, product),
})

interface Known { readonly summary: ProductSummary; readonly definition: ProductDefinition }

async function known(house: House, subject: Subject, name: string): Promise<Result<Known>> {
  const summary = await findProductFor(house, subject, 'describe', name)
  if (!summary.ok) return summary
  const definition = await readProductDefinition(house.db, name)
  return definition.ok ? ok({ summary: summary.value, definition: definition.value }) : definition
}

async function metadata(house: House, subject: Subject, name: string): Promise<Result<ControlMetadata>> {
  const found = await known(house, subject, name)
  if (!found.ok) return found
  const { summary, definition: { product, fingerprint } } = found.value
  const [served, readers, [published]] = await Promise.all([servedOf(house, found.value.definition), readersOf(house.db, name), readPublications(house, name)])
  const control = `${house.url}/products/${name}/control`
  const link = (other: string) => ({ product: other, href: `${house.url}/products/${other}/control/metadata` })
  return ok({
    product: name, id: summary.id, title: summary.title, domain: summary.domain, team: summary.team, certified: summary.certified, tags: [...summary.tags],
    ...(summary.description !== undefined && { description: summary.description }),
    ...(summary.owner !== undefined && { owner: summary.owner }),
    ...(summary.type !== undefined && { type: summary.type }),
    version: fingerprint,
    ...(published !== undefined && { publishedAt: published.at }),
    dataSets: product.dataSets.map(({ name: dataSet, title, description, contract }) => ({
      name: dataSet, title,
      ...(description !== undefined && { description }),
      ...(contract !== undefined && { contract: { id: contract.id, version: contract.version, document: contract.document } }),
      ...served.get(dataSet),
    })),
    inputPorts: product.inputPorts.map((port) => ({ name: port.name, kind: port.kind, ...(port.kind === 'product' && { product: port.product }) })),
    outputPorts: product.outputPorts.map((port) => ({ name: port.name, kind: port.kind, dataSets: [...port.dataSets], addresses: addressesOf(house, product, port).map(({ address }) => address) })),
    lineage: { upstream: [...new Set(summary.reads.map((read) => read.product))].filter((one) => one !== name).toSorted().map(link), downstream: readers.map(link) },
    links: { status: `${house.url}${API_ROOT}/products/${name}/status`, metrics: `${control}/metrics`, policies: `${control}/policies` },
  })
}

async function servedOf(house: House, { tables }: ProductDefinition): Promise<ReadonlyMap<string, { readonly snapshotId: string; readonly rows?: number }>> {
  const found = await Promise.all(Object.entries(tables).map(async ([dataSet, { name }]) => {
    const table = await loadTable(house.lake, name)
    const snapshot = table.ok ? table.value.currentSnapshot : undefined
    const rows = Number(snapshot?.summary['total-records'])
    return snapshot === undefined ? [] : [[dataSet, { snapshotId: snapshot.id, ...(Number.isFinite(rows) && { rows }) }] as const]
  }))
  return new Map(found.flat())
}

export async function readMetrics(house: House, subject: Subject, name: string): Promise<Result<readonly MetricFamily[]>> {
  const found = await known(house, subject, name)
  if (!found.ok) return found
  const { summary, definition } = found.value
  const now = house.clock.now()
  const [levels, served, [published], latency, checks, incidents] = await Promise.all([
    readLevels(house.store, definition, now), servedOf(house, definition), readPublications(house, name), latencyOf(house, summary.id), readCheckScores(house.db, name, new Date(now)),
    listIncidents(house.store, { product: name, state: 'unresolved', limit: 1000 }),
  ])
  const last = checks.at(-1)
  return ok(metricsOf({
    product: name, levels, certified: summary.certified, openIncidents: incidents.length,
    dataSets: definition.product.dataSets.map((one) => ({ name: one.name, ...(served.get(one.name)?.rows !== undefined && { rows: served.get(one.name)?.rows as number }) })),
    ...(published !== undefined && { publishedAt: Date.parse(published.at) }),
    ...(latency !== undefined && { latency }),
    ...(last !== undefined && { checks: last }),
  }))
}

async function policies(house: House, subject: Subject, name: string): Promise<Result<ControlPolicies>> {
  const found = await known(house, subject, name)
  if (!found.ok) return found
  const { summary, definition: { product } } = found.value
  const rows = await house.db.selectFrom('resource').select(['ref', 'spec']).where('kind', '=', 'policy').where('archived_at', 'is', null).orderBy('ref').execute()
  const open = house.access.policy().openPurposes(subject, summary.id, { now: house.clock.now(), environment: house.access.environment })
  const own = await Promise.all(product.dataSets.map(async (dataSet) => {
    const decision = await decideRead(house, subject, { product: governed(summary), dataSet: governedDataSet(dataSet) }, open.length === 1 ? open[0] : undefined)
    const allowed = decision.effect === 'allow' ? decision : undefined
    return {
      dataSet: dataSet.name, effect: decision.effect, columns: [...(allowed?.columns ?? [])], masked: (allowed?.columns ?? []).filter((column) => allowed?.masks[column] !== undefined),
      filtered: allowed?.rowFilter !== undefined, reasons: decision.reasons.map(({ text }) => text),
    }
  }))
  return ok({ product: name, policies: rows.flatMap(({ ref, spec }) => concerning(ref.slice('policy:'.length), spec as Json, product)), own })
}

/** The rules of a policy that select something of the product; none where it is not in force, or another domain's. */
function concerning(name: string, row: Json, product: DataProduct): ControlPolicies['policies'] {
  const { title = name, domain, spec = null } = row !== null && typeof row === 'object' && !Array.isArray(row) ? (row as Readonly<Record<string, Json>>) : {}
  if (typeof domain === 'string' && domain !== product.domain) return []
  const common = { name, title: String(title), ...(typeof domain === 'string' && { domain }) }
  const parsed = parsePolicySpec(spec)
  // It denies whatever it may concern.
  if (!parsed.ok) return [{ ...common, status: 'unreadable', rules: [] }]
  const { status, rules } = parsed.value
  const selected = rules.flatMap((rule) => selectedBy(rule, product))
  return (status === 'grace' || status === 'enforced') && selected.length > 0 ? [{ ...common, status, rules: selected }] : []
}

function selectedBy({ name, because, on, effect }: PolicyRule, product: DataProduct): ControlPolicies['policies'][number]['rules'] {
  if (!selectsProduct(on, product)) return []
  const dataSets = product.dataSets.filter((dataSet) => selectsDataSet(on, dataSet.name) && (!isOfColumns(on) || (dataSet.contract?.columns ?? []).some((column) => selectsColumn(on, column))))
  if (dataSets.length === 0) return []
  const columns = isOfColumns(on) ? [...new Set(dataSets.flatMap(({ contract }) => (contract?.columns ?? []).filter((column) => selectsColumn(on, column)).map((column) => column.name)))] : undefined
  return [{ name, effect: effect.kind === 'mask' ? `mask (${effect.mask.kind})` : effect.kind, ...(because !== undefined && { because }), dataSets: dataSets.map((one) => one.name), ...(columns !== undefined && { columns }) }]
}

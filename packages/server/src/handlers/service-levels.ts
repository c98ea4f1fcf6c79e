// Service levels, the status page and the badge of a product: whoever may know of the product sees them.

import type { Certification, Handlers, ProductStatus } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readProductDefinition } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { listIncidents, percentileOf, readCertification, readCheckScores, readLatency, readLevels, readRules, subscriptionsOf, totalOf } from '@tulle/service-levels'
import type { Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { toIncident } from './incidents.ts'
import { findProductFor } from './products.ts'
import { readRuns } from './run-views.ts'
import { toLevel } from './service-level-views.ts'

type ServiceLevelHandlers = Pick<Handlers<Caller>, 'listServiceLevels' | 'getProductStatus' | 'getCertification'>

const DAY = 24 * 3_600_000
const PUBLICATIONS = 20

export function serviceLevelHandlers(house: House): ServiceLevelHandlers {
  return {
    listServiceLevels: async ({ product }, { subject }) => {
      const known = await findProductFor(house, subject, 'describe', product)
      if (!known.ok) return known
      const definition = await readProductDefinition(house.db, product)
      return definition.ok ? ok({ product, levels: (await readLevels(house.store, definition.value, house.clock.now())).map(toLevel) }) : definition
    },
    getProductStatus: ({ product }, { subject }) => readStatus(house, subject, product),
    getCertification: async ({ product, limit }, { subject }) => {
      const known = await findProductFor(house, subject, 'describe', product)
      return known.ok ? ok(await certificationOf(house, known.value, limit)) : known
    },
  }
}

async function readStatus(house: House, subject: Subject, name: string): Promise<Result<ProductStatus>> {
  const known = await findProductFor(house, subject, 'describe', name)
  if (!known.ok) return known
  const definition = await readProductDefinition(house.db, name)
  if (!definition.ok) return definition
  const now = house.clock.now()
  const { id, title } = known.value
  const [levels, certification, publications, runs, checks, latency, incidents, subscriptions] = await Promise.all([
    readLevels(house.store, definition.value, now),
    certificationOf(house, known.value, 20),
    readPublications(house, name),
    readRuns(house.db, { product: name, limit: 1 }),
    readCheckScores(house.db, name, new Date(now)),
    latencyOf(house, id),
    listIncidents(house.store, { product: name, state: 'unresolved', limit: 100 }),
    subscriptionsOf(house.store, subject.id),
  ])
  const last = checks.at(-1)
  const [lastRun] = runs
  return ok({
    product: name, title, certification,
    state: stateOf(levels.map(({ state }) => state), incidents.length),
    levels: levels.map(toLevel),
    publications: [...publications],
    ...(lastRun !== undefined && { lastRun }),
    ...(last !== undefined && { checks: { at: new Date(last.at).toISOString(), runId: last.runId, passed: last.passed, total: last.total } }),
    ...(latency !== undefined && { latency }),
    incidents: incidents.map(toIncident),
    subscribed: subscriptions.includes(id),
  })
}

function stateOf(levels: readonly string[], incidents: number): ProductStatus['state'] {
  if (incidents > 0 || levels.includes('missed')) return 'broken'
  if (levels.includes('burning')) return 'burning'
  if (levels.includes('kept')) return 'well'
  return levels.includes('waiting') ? 'waiting' : 'unmeasured'
}

async function certificationOf(house: House, { id, certified }: ProductSummary, limit: number): Promise<Certification> {
  const rules = await readRules(house.db)
  const history = rules === undefined ? [] : await readCertification(house.db, id, limit)
  return {
    certified,
    by: rules === undefined ? 'declared' : 'rules',
    rules: (rules ?? []).map(({ name, require: what, because }) => ({ name, require: what, ...(because !== undefined && { because }) })),
    history: history.map(({ certified: was, at, failing }) => ({ certified: was, at: at.toISOString(), failing: failing.map((one) => ({ ...one })) })),
  }
}

export async function readPublications(house: House, product: string): Promise<ProductStatus['publications']> {
  const rows = await house.db.selectFrom('outbox').select(['time', 'data']).where('type', '=', 'tulle.product.published').where('subject', '=', product).orderBy('seq', 'desc').limit(PUBLICATIONS).execute()
  return rows.map(({ time, data }) => {
    const { runId, snapshots = {} } = data as { readonly runId?: string; readonly snapshots?: Record<string, string> }
    return { at: time.toISOString(), ...(runId !== undefined && { runId }), snapshots }
  })
}

/** Of the last day, in milliseconds. */
export async function latencyOf(house: House, productId: string): Promise<ProductStatus['latency']> {
  const now = house.clock.now()
  const buckets = await readLatency(house.db, productId, now - DAY, now)
  const at = (percent: number): number => Math.round((percentileOf(buckets, percent) ?? 0) * 10) / 10
  return buckets.size === 0 ? undefined : { statements: totalOf(buckets), p50: at(50), p95: at(95), p99: at(99) }
}

// Saved queries and dashboards of them, beside the product that they belong to: seen by whoever may know of it, changed by their author and by those who keep it.
// They are texts; whoever runs one asks under their own rights.

import type { Dashboard, Handlers, Panel, Permission, SavedQuery } from '@tulle/api'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { watchOutbox } from '@tulle/store'
import { dropWork, findWork, keepWork, listWork } from '@tulle/workbench'
import type { Work, WorkKind } from '@tulle/workbench'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

type WorkbenchHandlers = Pick<Handlers<Caller>, 'listSavedQueries' | 'getSavedQuery' | 'saveQuery' | 'deleteSavedQuery' | 'listDashboards' | 'getDashboard' | 'saveDashboard' | 'deleteDashboard' | 'watchPublications'>

export function workbenchHandlers(house: House): WorkbenchHandlers {
  return {
    listSavedQueries: async ({ product }, { subject }) => {
      const works = await listVisible(house, subject, 'query', product)
      return works.ok ? ok({ queries: works.value.map(([of, work]) => toSavedQuery(house, subject, of, work)) }) : works
    },
    getSavedQuery: async (place, { subject }) => {
      const found = await findVisible(house, subject, 'query', place)
      return found.ok ? ok(toSavedQuery(house, subject, found.value.product, found.value.work)) : found
    },
    saveQuery: async ({ product, name, title, description, version, sql, purpose, chart }, { subject }) => {
      const kept = await keep(house, subject, 'query', { product, name, title, description, version, body: { sql, ...(purpose !== undefined && { purpose }), ...(chart !== undefined && { chart: { ...chart } as Json }) } })
      return kept.ok ? ok(toSavedQuery(house, subject, kept.value.product, kept.value.work)) : kept
    },
    deleteSavedQuery: (place, { subject }) => drop(house, subject, 'query', place),
    listDashboards: async ({ product }, { subject }) => {
      const works = await listVisible(house, subject, 'dashboard', product)
      return works.ok ? ok({ dashboards: works.value.map(([of, work]) => ({ ...toKept(house, subject, of, work), panels: panelsOf(work).length })) }) : works
    },
    getDashboard: async (place, { subject }) => {
      const found = await findVisible(house, subject, 'dashboard', place)
      return found.ok ? ok(await toDashboard(house, subject, found.value)) : found
    },
    saveDashboard: async ({ panels, ...wish }, { subject }) => {
      const kept = await keep(house, subject, 'dashboard', { ...wish, body: { panels } })
      return kept.ok ? ok(await toDashboard(house, subject, kept.value)) : kept
    },
    deleteDashboard: (place, { subject }) => drop(house, subject, 'dashboard', place),
    watchPublications: async (_nothing, caller, signal) => ok(publications(house, caller, signal)),
  }
}

interface Place { readonly product: string; readonly name: string }
interface Found { readonly product: ProductSummary; readonly work: Work }

/** What of a kind lies beside the products that somebody may know of, or beside one of them. */
export async function listVisible(house: House, subject: Subject, kind: WorkKind, product: string | undefined): Promise<Result<readonly (readonly [ProductSummary, Work])[]>> {
  const one = product === undefined ? undefined : await findProductFor(house, subject, 'describe', product)
  if (one !== undefined && !one.ok) return one
  const known = one !== undefined ? [one.value] : (await listProducts(house.db)).filter((each) => permission(house, subject, 'describe', governed(each)).allowed)
  const byId = new Map(known.map((each) => [each.id, each]))
  const works = await listWork(house.store, kind, [...byId.keys()])
  return ok(works.flatMap((work) => {
    const of = byId.get(work.productId)
    return of === undefined ? [] : [[of, work] as const]
  }))
}

export async function findVisible(house: House, subject: Subject, kind: WorkKind, { product, name }: Place): Promise<Result<Found>> {
  const of = await findProductFor(house, subject, 'describe', product)
  if (!of.ok) return of
  const work = await findWork(house.store, { kind, productId: of.value.id, name })
  return work.ok ? ok({ product: of.value, work: work.value }) : work
}

interface Wish extends Place { readonly title: string; readonly description?: string | undefined; readonly version?: number | undefined; readonly body: Json }

/** Whoever may know of a product may keep something beside it; only author and keepers change what is there. */
export async function keep(house: House, subject: Subject, kind: WorkKind, { product, name, version, ...said }: Wish): Promise<Result<Found>> {
  const of = await findProductFor(house, subject, 'describe', product)
  if (!of.ok) return of
  if (version !== undefined) {
    const before = await mayChange(house, subject, kind, { product, name })
    if (!before.ok) return before
  }
  const kept = await keepWork(house.store, house.clock, { kind, productId: of.value.id, product, name, version, ...said, by: { id: subject.id, name: subject.name } })
  return kept.ok ? ok({ product: of.value, work: kept.value }) : kept
}

export async function drop(house: House, subject: Subject, kind: WorkKind, place: Place): Promise<Result<null>> {
  const found = await mayChange(house, subject, kind, place)
  if (!found.ok) return found
  await dropWork(house.store, { kind, productId: found.value.product.id, product: place.product, name: place.name, by: subject.name })
  return ok(null)
}

async function mayChange(house: House, subject: Subject, kind: WorkKind, place: Place): Promise<Result<Found>> {
  const found = await findVisible(house, subject, kind, place)
  if (!found.ok) return found
  const { allowed, reason } = changeBy(house, subject, found.value.product, found.value.work)
  return allowed ? found : fail(messages['not-allowed']({ who: subject.name, what: `change the ${kind} "${place.name}"`, rule: (reason ?? '').replace(/\.$/u, '') }))
}

function changeBy(house: House, subject: Subject, product: ProductSummary, { createdBy }: Work): Permission {
  const keeps = createdBy.id === subject.id || permission(house, subject, 'grant', governed(product)).allowed
  return keeps ? { allowed: true } : { allowed: false, reason: `Only ${createdBy.name}, who made it, and those who keep ${product.name} may change it.` }
}

/** What every kind of work says of itself. */
export const toKept = (house: House, subject: Subject, product: ProductSummary, work: Work) => ({
  product: product.name, name: work.name, title: work.title, ...(work.description !== undefined && { description: work.description }), version: work.version,
  createdBy: work.createdBy.name, createdAt: work.createdAt.toISOString(), changedBy: work.changedBy, changedAt: work.changedAt.toISOString(),
  can: { change: changeBy(house, subject, product, work) },
})

export const toSavedQuery = (house: House, subject: Subject, product: ProductSummary, work: Work): SavedQuery =>
  ({ ...toKept(house, subject, product, work), ...(work.body as unknown as Pick<SavedQuery, 'sql' | 'purpose' | 'chart'>) })

type KeptPanel = Omit<Panel, 'saved'>

const panelsOf = ({ body }: Work): readonly KeptPanel[] => (body as unknown as { readonly panels: readonly KeptPanel[] }).panels

/** Its panels with their queries, as far as the viewer may know of the products that these lie beside. */
async function toDashboard(house: House, subject: Subject, { product, work }: Found): Promise<Dashboard> {
  const visible = await listVisible(house, subject, 'query', undefined)
  const saved = new Map(visible.ok ? visible.value.map(([of, query]) => [`${of.name}.${query.name}`, toSavedQuery(house, subject, of, query)]) : [])
  const panels = panelsOf(work).map((panel) => {
    const query = saved.get(`${panel.product}.${panel.query}`)
    return { ...panel, ...(query !== undefined && { saved: query }) }
  })
  return { ...toKept(house, subject, product, work), panels }
}

/** Each publication from now on, to whoever may know of the product at that moment; it ends with the rights to sign in. */
async function* publications(house: House, caller: Caller, signal: AbortSignal): AsyncGenerator<{ product: string; at: string }> {
  const news: { product: string; at: string }[] = []
  let wake: () => void = () => undefined
  const following = watchOutbox(house.store, {
    types: ['tulle.product.published'], clock: house.clock,
    handle: async ({ subject: about, time }) => {
      news.push({ product: (about ?? '').replace(/^data-product:/u, ''), at: time })
      wake()
    },
  })
  const end = (): void => wake()
  signal.addEventListener('abort', end, { once: true })
  try {
    while (!signal.aborted) {
      for (const one of news.splice(0)) {
        const account = await caller.again()
        if (account === undefined) return
        if ((await findProductFor(house, account.subject, 'describe', one.product)).ok) yield one
      }
      if (news.length === 0 && !signal.aborted) await new Promise<void>((done) => { wake = done })
    }
  } finally {
    signal.removeEventListener('abort', end)
    await following.stop()
  }
}

// The index of what there is, kept as the mesh is: built when somebody first asks, again when an apply changed words. How products
// stand (published, certified, used, checked) follows without building.

import { sql } from 'kysely'
import type { DataProduct } from '@tulle/model'
import { listProducts, readProductDefinitions } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import type { Subject } from '@tulle/policy'
import { buildIndex } from '@tulle/search'
import type { SearchDocument, SearchIndex, Standing } from '@tulle/search'
import { lastEventPlace, readEvents } from '@tulle/store'
import type { House } from './house.ts'
import { rememberViewers } from './remember-viewers.ts'

export interface SearchRoom {
  /** The index as of now, and the products behind its places. */
  current(): Promise<Shelf>
  /** What was decided for this viewer of the products of the index, remembered until rights change: 0 not asked yet. */
  memoryOf(subject: Subject, shelf: Shelf): { readonly known: Uint8Array; readonly readable: Uint8Array }
}

export interface Shelf { readonly index: SearchIndex; readonly products: readonly ProductSummary[]; readonly published: ReadonlyMap<string, string> }

type Facts = Pick<House, 'db' | 'clock' | 'access'>

/** Applies and what changes resources by itself. */
const WORDS_CHANGED = ['tulle.apply.finished', 'tulle.resource.changed']
const STANDING_MILLISECONDS = 5_000
/** So many are built while somebody waits; of more, the index as it was answers meanwhile. */
const AT_ONCE = 5_000
const USED_DAYS = 30

export function openSearchRoom(house: Facts, publishedOf: () => Promise<ReadonlyMap<string, string>>): SearchRoom {
  let shelf: Shelf | undefined
  let [place, stoodAt] = ['', 0]
  let building: Promise<Shelf> | undefined
  const memoryOf = rememberViewers(house, (index: SearchIndex) => ({ known: new Uint8Array(index.documents.length), readable: new Uint8Array(index.documents.length) }))

  const build = async (upTo: string): Promise<Shelf> => {
    const [definitions, summaries] = await Promise.all([readProductDefinitions(house.db), listProducts(house.db)])
    const byId = new Map(definitions.map((definition) => [definition.id, definition.product]))
    const products = summaries.filter(({ id }) => byId.has(id))
    const published = await publishedOf()
    const index = await buildIndex(
      products.flatMap(({ id }) => { const product = byId.get(id); return product === undefined ? [] : [toDocument(id, product)] }),
      await standingOf(house, products, published),
      () => new Promise((wake) => setImmediate(wake)),
    )
    shelf = { index, products, published }
    ;[place, stoodAt] = [upTo, house.clock.now()]
    return shelf
  }
  return {
    current: async () => {
      const now = await lastEventPlace(house.db)
      if (shelf !== undefined && now === place && house.clock.now() - stoodAt < STANDING_MILLISECONDS) return shelf
      const isChanged = shelf === undefined || (now !== place && (await readEvents(house.db, { after: place, limit: 1, types: WORDS_CHANGED })).length > 0)
      if (isChanged) {
        building ??= build(now).finally(() => { building = undefined })
        // Nobody may hear of it here: the next who asks tries again.
        building.catch(() => undefined)
        return shelf === undefined || shelf.products.length <= AT_ONCE ? building : shelf
      }
      const [standing, published] = [shelf as Shelf, await publishedOf()]
      const listed = new Map((await listProducts(house.db)).map((product) => [product.id, product]))
      const products = standing.products.map((product) => listed.get(product.id) ?? product)
      standing.index.standing = await standingOf(house, products, published)
      if (shelf === standing) {
        shelf = { index: standing.index, products, published }
        ;[place, stoodAt] = [now, house.clock.now()]
      }
      return shelf as Shelf
    },
    memoryOf: (subject, { index }) => memoryOf(subject, index),
  }
}

function toDocument(id: string, product: DataProduct): SearchDocument {
  const columns = product.dataSets.flatMap(({ name, contract }) => (contract?.columns ?? []).map((column) => ({ ...column, name: `${name}.${column.name}` })))
  return {
    id, name: product.name, title: product.title, domain: product.domain, tags: product.tags,
    ...(product.description !== undefined && { description: product.description }),
    ...(product.type !== undefined && { type: product.type }),
    people: [product.team, ...(product.owner === undefined ? [] : [product.owner])],
    terms: [...new Set(columns.flatMap(({ businessKey }) => businessKey ?? []))],
    columns: [
      ...product.dataSets.map(({ name, title, description }) => ({ name: name === title ? name : `${name} ${title}`, ...(description !== undefined && { description }) })),
      ...columns.map(({ name, description }) => ({ name, ...(description !== undefined && { description }) })),
    ],
    classifications: [...new Set(columns.flatMap(({ classification }) => classification ?? []))],
    ports: [...new Set(product.outputPorts.map(({ kind }) => kind))],
  }
}

async function standingOf({ db, clock }: Facts, products: readonly ProductSummary[], published: ReadonlyMap<string, string>): Promise<readonly Standing[]> {
  const since = new Date(clock.now() - USED_DAYS * 86_400_000).toISOString().slice(0, 10)
  const [uses, checks] = await Promise.all([
    db.selectFrom('usage_day').select((e) => ['product_id', e.fn.sum<string>('statements').as('uses')]).where('day', '>=', since).groupBy('product_id').execute(),
    sql<{ product: string; passed: string; total: string }>`
      select v.product, count(*) filter (where v.status = 'pass') as passed, count(*) as total
      from check_verdict v join (select distinct on (product) product, run_id from check_verdict order by product, at desc) last on last.product = v.product and last.run_id = v.run_id
      group by v.product`.execute(db),
  ])
  const usesOf = new Map(uses.map((row) => [row.product_id, Number(row.uses)]))
  const qualityOf = new Map(checks.rows.map((row) => [row.product, Number(row.passed) / Math.max(1, Number(row.total))]))
  return products.map(({ id, name, certified }): Standing => {
    const [quality, at] = [qualityOf.get(name), published.get(name)]
    return { certified, uses: usesOf.get(id) ?? 0, ...(quality !== undefined && { quality }), ...(at !== undefined && { publishedAt: Date.parse(at) }) }
  })
}

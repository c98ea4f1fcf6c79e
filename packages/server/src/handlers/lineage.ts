// Where columns come from and whom their change hits, among products that the caller may know of: others are left out as if they
// were not there. Versions that were never published are for those who may run the product, grants only numbers.

import type { Handlers, Lineage, LineageColumn } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { ColumnAt, Edge, LineageGraph, Place, Walked } from '@tulle/lineage'
import { readProductDefinition } from '@tulle/providers'
import type { ProductDefinition, ProductSummary } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { openLineageRoom } from '../lineage-room.ts'
import type { LineageShelf } from '../lineage-room.ts'
import { messages } from '../messages.ts'
import { publishedVersion } from '../published-version.ts'
import { countGrantsHit } from './grants-hit.ts'
import { permission, require } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

/** Columns in one answer of lineage; columns that an impact is followed through. */
const MOST = 5_000
const MOST_REACHED = 500_000

export function lineageHandlers(house: House): Pick<Handlers<Caller>, 'getLineage' | 'getImpact'> {
  const room = openLineageRoom(house)
  /** The product that is asked about, for whoever may know of it, and the columns of it that are. */
  const begin = async (subject: Caller['subject'], asked: Asked): Promise<Result<Begun>> => {
    const shelf = await room.current()
    const listed = shelf.products.get(asked.product)
    const found = listed === undefined ? await findProductFor(house, subject, 'describe', asked.product) : ok(listed)
    if (!found.ok) return found
    const may = require(house, subject, 'describe', governed(found.value))
    if (!may.ok) return may
    const definition = await room.definitionOf(shelf, asked.product)
    const starts = definition.ok ? startsOf(definition.value, asked) : definition
    return starts.ok ? ok({ shelf, product: found.value, starts: starts.value, knows: room.knownTo(subject, shelf) }) : starts
  }
  return {
    getLineage: async ({ product, dataSet, column, direction, depth, snapshot }, { subject }) => {
      const begun = await begin(subject, { product, dataSet, column })
      if (!begun.ok) return begun
      const { starts, knows } = begun.value
      if (snapshot === undefined) {
        const graph = await house.lineage.graph()
        return ok(answer(graph, starts, { direction, depth }, { guesses: await house.lineage.guesses(product), snapshots: {}, knows }))
      }
      const inside = permission(house, subject, 'run', governed(begun.value.product)).allowed
      const served = inside ? ok(undefined) : await checkPublished(house, product, snapshot)
      if (!served.ok) return served
      const past = await house.lineage.graphAt(product, snapshot)
      return past.ok ? ok(answer(past.value.graph, starts, { direction: 'upstream', depth }, { guesses: [], snapshots: past.value.snapshots, knows })) : past
    },
    getImpact: async ({ product, dataSet, column, limit, offset }, { subject }) => {
      const [begun, graph] = await Promise.all([begin(subject, { product, dataSet, column }), house.lineage.graph()])
      if (!begun.ok) return begun
      const { shelf, starts, knows } = begun.value
      const reached = graph.reach(starts, { most: MOST_REACHED, keeps: (place) => place.kind !== 'port' && isKnown(place, knows) })
      const hit = [...reached.places.map((number) => graph.placeAt(number)).filter(({ kind }) => kind === 'data-set'), ...starts]
      const dataSetsOf = Map.groupBy(hit, (one) => one.product)
      const aims = room.aims(shelf, graph)
      const now = house.clock.now()
      const products = [...shelf.products.values()].flatMap(({ name, team }) => {
        const at = dataSetsOf.get(name)
        if (at === undefined) return []
        const dataSets = [...new Set(at.map((one) => one.name))].toSorted()
        return [{ product: name, team, dataSets, grants: countGrantsHit(aims.get(name) ?? [], { reached, dataSets, changed: name === product ? starts : [], now }) }]
      })
      return ok({ columns: [...reached.page(offset, limit)], total: reached.total, products, cut: reached.isCut })
    },
  }
}

const keyOf = ({ product, kind, name, column }: ColumnAt): string => JSON.stringify([product, kind, name, column])

interface Asked { readonly product: string; readonly dataSet: string | undefined; readonly column: string | undefined }

interface Begun { readonly shelf: LineageShelf; readonly product: ProductSummary; readonly starts: readonly ColumnAt[]; readonly knows: (product: string) => boolean }

/** The columns that are asked about; a name that is none says which there are. */
function startsOf(definition: ProductDefinition, { product, dataSet, column }: Asked): Result<readonly ColumnAt[]> {
  const { dataSets } = definition.product
  const asked = dataSets.filter((one) => dataSet === undefined || one.name === dataSet)
  if (asked.length === 0 && dataSet !== undefined) return fail(messages['unknown-data-set']({ product, dataSet, hint: didYouMean(dataSet, dataSets.map((one) => one.name)) }))
  const all = asked.flatMap(({ name, contract }) => (contract?.columns ?? []).map((one): ColumnAt => ({ product, kind: 'data-set', name, column: one.name })))
  const starts = column === undefined ? all : all.filter((one) => one.column.toLowerCase() === column.toLowerCase())
  if (starts.length === 0 && column !== undefined) return fail(messages['lineage-unknown-column']({ dataSet: dataSet === undefined ? product : `${product}.${dataSet}`, column, hint: didYouMean(column, all.map((one) => one.column)) }))
  return ok(starts)
}

/** Whoever only consumes never meets what was not published. */
async function checkPublished(house: House, product: string, snapshot: string): Promise<Result<void>> {
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  for (const { name } of Object.values(definition.value.tables)) {
    const table = await loadTable(house.lake, name)
    if (!table.ok) return table
    if (publishedVersion(table.value, { kind: 'snapshot', id: snapshot }) !== undefined) return ok(undefined)
  }
  return fail(messages['unknown-version']({ table: product, version: snapshot, hint: '', known: [] }))
}

/** What lies elsewhere is shown to whoever may know of what it is made of. */
const isKnown = ({ kind, product }: Place, knows: (product: string) => boolean): boolean => kind === 'foreign' || knows(product)

interface Walk { readonly direction: 'upstream' | 'downstream' | 'both'; readonly depth: number }

function answer(graph: LineageGraph, starts: readonly ColumnAt[], { direction, depth }: Walk, { guesses, snapshots, knows }: { readonly guesses: readonly string[]; readonly snapshots: Readonly<Record<string, string>>; readonly knows: (product: string) => boolean }): Lineage {
  const ways = direction === 'both' ? (['upstream', 'downstream'] as const) : [direction]
  const walked: readonly Walked[] = ways.map((way) => graph.walk(starts, { direction: way, depth, most: MOST }))
  const at = (one: ColumnAt): LineageColumn => {
    const snapshot = one.kind === 'data-set' ? snapshots[`${one.product}.${one.name}`] : undefined
    return { product: one.product, kind: one.kind, name: one.name, column: one.column, ...(snapshot !== undefined && { snapshot }) }
  }
  const columns = new Map(walked.flatMap((one) => one.columns).filter((one) => isKnown(one, knows)).map((one) => [keyOf(one), one]))
  const edges = new Map<string, Edge>(walked.flatMap((one) => one.edges).filter(({ from, to }) => isKnown(from, knows) && isKnown(to, knows)).map((edge) => [`${keyOf(edge.from)}${keyOf(edge.to)}`, edge]))
  return {
    columns: [...columns.values()].map(at),
    edges: [...edges.values()].map(({ from, to, how, by }) => ({ from: at(from), to: at(to), ...(how !== undefined && { how }), by: [...by] })),
    cut: walked.some(({ isCut }) => isCut),
    guesses: [...guesses],
  }
}

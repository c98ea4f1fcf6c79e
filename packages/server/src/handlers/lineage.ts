// Where columns come from and whom their change hits, among products that the caller may know of: others are left out as if they
// were not there. Versions that were never published are for those who may run the product, grants only numbers.

import { listGrants } from '@tulle/access'
import type { Handlers, Lineage, LineageColumn } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { ColumnAt, Edge, LineageGraph, Walked } from '@tulle/lineage'
import { sharedName } from '@tulle/model'
import { listProducts, readProductDefinition, readProductDefinitions } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { decide } from '../house.ts'
import { messages } from '../messages.ts'
import { publishedVersion } from '../published-version.ts'
import { countGrantsHit } from './grants-hit.ts'
import { permission } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

/** Columns in one answer. */
const MOST = 5_000

export function lineageHandlers(house: House): Pick<Handlers<Caller>, 'getLineage' | 'getImpact'> {
  return {
    getLineage: async ({ product, dataSet, column, direction, depth, snapshot }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const known = await knownTo(house, subject)
      const starts = await startsOf(house, { product, dataSet, column })
      if (!starts.ok) return starts
      if (snapshot === undefined) {
        const graph = await house.lineage.graph()
        return ok(answer(graph, starts.value, { direction, depth }, { guesses: await house.lineage.guesses(product), snapshots: {}, known }))
      }
      const inside = permission(house, subject, 'run', governed(found.value)).allowed
      const served = inside ? ok(undefined) : await checkPublished(house, product, snapshot)
      if (!served.ok) return served
      const past = await house.lineage.graphAt(product, snapshot)
      return past.ok ? ok(answer(past.value.graph, starts.value, { direction: 'upstream', depth }, { guesses: [], snapshots: past.value.snapshots, known })) : past
    },
    getImpact: async ({ product, dataSet, column }, { subject }) => {
      const found = await findProductFor(house, subject, 'describe', product)
      if (!found.ok) return found
      const known = await knownTo(house, subject)
      const starts = await startsOf(house, { product, dataSet, column })
      if (!starts.ok) return starts
      const { columns, isCut } = (await house.lineage.graph()).reach(starts.value, MOST * 10)
      const hit = columns.filter((one) => one.kind !== 'port' && isKnown(one, known))
      const places = Map.groupBy([...starts.value, ...hit], (one) => one.product)
      const grants = (await listGrants(house.store)).filter(({ state }) => state === 'active').map(({ grant }) => grant)
      // Only grants ask for names that versions share, so only products with one are read.
      const granted = new Set(grants.map(({ productId }) => productId))
      const listed = await listProducts(house.db)
      const shared = new Map((await readProductDefinitions(house.db, listed.filter(({ id, name }) => granted.has(id) && places.has(name)).map(({ name }) => name))).flatMap(({ product: one }) => one.dataSets.map((set) => [`${one.name}.${set.name}`, sharedName(set)] as const)))
      const products = listed.flatMap(({ id, name, team }) => {
        const at = places.get(name)
        if (at === undefined) return []
        const dataSets = [...new Set(at.map((one) => one.name))].toSorted()
        return [{ product: name, team, dataSets, grants: countGrantsHit(grants, id, at.map((one) => ({ dataSet: shared.get(`${name}.${one.name}`) ?? one.name, column: one.column }))) }]
      })
      return ok({ columns: hit.slice(0, MOST), products, cut: isCut || hit.length > MOST })
    },
  }
}

const keyOf = ({ product, kind, name, column }: ColumnAt): string => JSON.stringify([product, kind, name, column])

interface Asked { readonly product: string; readonly dataSet: string | undefined; readonly column: string | undefined }

/** Products that somebody may know of, by name. */
async function knownTo(house: House, subject: Caller['subject']): Promise<ReadonlySet<string>> {
  return new Set((await listProducts(house.db)).filter((one) => decide(house, subject, 'describe', governed(one)).effect === 'allow').map(({ name }) => name))
}

/** The columns that are asked about; a name that is none says which there are. */
async function startsOf(house: House, { product, dataSet, column }: Asked): Promise<Result<readonly ColumnAt[]>> {
  const definition = await readProductDefinition(house.db, product)
  if (!definition.ok) return definition
  const { dataSets } = definition.value.product
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
const isKnown = ({ kind, product }: ColumnAt, known: ReadonlySet<string>): boolean => kind === 'foreign' || known.has(product)

interface Walk { readonly direction: 'upstream' | 'downstream' | 'both'; readonly depth: number }

function answer(graph: LineageGraph, starts: readonly ColumnAt[], { direction, depth }: Walk, { guesses, snapshots, known }: { readonly guesses: readonly string[]; readonly snapshots: Readonly<Record<string, string>>; readonly known: ReadonlySet<string> }): Lineage {
  const ways = direction === 'both' ? (['upstream', 'downstream'] as const) : [direction]
  const walked: readonly Walked[] = ways.map((way) => graph.walk(starts, { direction: way, depth, most: MOST }))
  const at = (one: ColumnAt): LineageColumn => {
    const snapshot = one.kind === 'data-set' ? snapshots[`${one.product}.${one.name}`] : undefined
    return { product: one.product, kind: one.kind, name: one.name, column: one.column, ...(snapshot !== undefined && { snapshot }) }
  }
  const columns = new Map(walked.flatMap((one) => one.columns).filter((one) => isKnown(one, known)).map((one) => [keyOf(one), one]))
  const edges = new Map<string, Edge>(walked.flatMap((one) => one.edges).filter(({ from, to }) => isKnown(from, known) && isKnown(to, known)).map((edge) => [`${keyOf(edge.from)}${keyOf(edge.to)}`, edge]))
  return {
    columns: [...columns.values()].map(at),
    edges: [...edges.values()].map(({ from, to, how, by }) => ({ from: at(from), to: at(to), ...(how !== undefined && { how }), by: [...by] })),
    cut: walked.some(({ isCut }) => isCut),
    guesses: [...guesses],
  }
}

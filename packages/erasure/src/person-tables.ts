// The tables whose rows say whose they are: by the business keys that contracts declare, and by columns that such a key flowed
// into unchanged.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Table, TableName } from '@tulle/lake'
import { loadTable } from '@tulle/lake'
import type { ColumnAt, LineageGraph } from '@tulle/lineage'
import { readProductDefinitions } from '@tulle/providers'
import type { Database } from '@tulle/store'
import { archivedTables, lakeWith, RAW, SIDE } from './archived-tables.ts'
import type { ColdRows, ErasureOptions, PersonTable } from './types.ts'

/** Names of the keys that identify persons. */
export const personKeys = async ({ store }: Pick<ErasureOptions, 'store'>): Promise<readonly string[]> => (await businessKeys(store.db)).filter(({ identifies }) => identifies === 'person').map(({ name }) => name)
/** Names of the keys whose values have several spellings. */
export const foldedKeys = async (db: Kysely<Database>): Promise<ReadonlySet<string>> => new Set((await businessKeys(db)).filter(({ compare }) => compare === 'folded').map(({ name }) => name))

async function businessKeys(db: Kysely<Database>): Promise<readonly { readonly name: string; readonly identifies?: string; readonly compare?: string }[]> {
  const state = await db.selectFrom('mesh_state').select('mesh').executeTakeFirst()
  return ((state?.mesh ?? {}) as { readonly businessKeys?: readonly { readonly name: string; readonly identifies?: string; readonly compare?: string }[] }).businessKeys ?? []
}

const MOST = 100_000
const STEPS = 100

const keyOf = ({ product, kind, name, column }: ColumnAt): string => `${product}\0${kind}\0${name}\0${column.toLowerCase()}`

/** Every column that holds such a key: `product.dataSet`, lower-case column → key. */
function keyColumns(graph: LineageGraph, declared: ReadonlyMap<string, { readonly at: ColumnAt; readonly key: string }>): ReadonlyMap<string, { readonly at: ColumnAt; readonly key: string }> {
  const found = new Map(declared)
  const { edges } = graph.walk([...declared.values()].map(({ at }) => at), { direction: 'downstream', depth: STEPS, most: MOST })
  const same = edges.filter(({ how }) => how === 'identity')
  for (let grew = true; grew;) {
    grew = false
    for (const { from, to } of same) {
      const source = found.get(keyOf(from))
      if (source === undefined || found.has(keyOf(to))) continue
      found.set(keyOf(to), { at: to, key: source.key })
      grew = true
    }
  }
  return found
}

/** All of them, side tables and archived ones too. */
export async function personTables({ store, lake, graph, coldRows }: Pick<ErasureOptions, 'store' | 'lake' | 'graph' | 'coldRows'>): Promise<Result<readonly PersonTable[]>> {
  const keys = new Set(await personKeys({ store }))
  const folded = await foldedKeys(store.db)
  const definitions = await readProductDefinitions(store.db)
  const declared = new Map<string, { readonly at: ColumnAt; readonly key: string }>()
  for (const { product } of definitions) {
    for (const { name, contract } of product.dataSets) {
      for (const { name: column, businessKey } of contract?.columns ?? []) {
        const at: ColumnAt = { product: product.name, kind: 'data-set', name, column }
        if (businessKey !== undefined && keys.has(businessKey)) declared.set(keyOf(at), { at, key: businessKey })
      }
    }
  }
  const columns = keyColumns(await graph(), declared)
  const tables: PersonTable[] = []
  for (const { id, product, tables: made } of definitions) {
    for (const { name: dataSet, contract } of product.dataSets) {
      const own = new Map([...columns.values()].flatMap(({ at, key }) => (at.kind === 'data-set' && at.product === product.name && at.name === dataSet ? [[at.column.toLowerCase(), key] as const] : [])))
      const table = made[dataSet]?.name
      if (table === undefined) continue
      for (const [name, isAside] of [[table, false], [{ ...table, name: `${table.name}${SIDE}` }, true]] as const) {
        if (own.size === 0 && !isAside) continue
        const found = await fieldsOf(lake, name, own)
        // A row that could not be read may name persons in a data set that has none.
        const text = isAside ? await fieldsOf(lake, name, new Map([[RAW, RAW]])) : ok(new Map<number, string>())
        if (!found.ok || !text.ok) return found.ok ? (text as Result<never>) : found
        const [raw] = text.value.keys()
        if (found.value.size > 0 || raw !== undefined) tables.push({ name, product: product.name, productId: id, dataSet, isAside, folded, keys: found.value, ...(raw !== undefined && { text: raw }), ...(contract?.legalHold !== undefined && { hold: contract.legalHold }) })
      }
    }
  }
  const archived = await archivedPersonTables({ store, lake }, { keys, folded }, [...columns.values()])
  if (!archived.ok) return archived
  const cold = await coldPersonTables(definitions, await coldRows?.(), calledColumns(keys, [...columns.values()]), folded)
  return cold.ok ? ok([...tables, ...archived.value, ...cold.value]) : cold
}

type Called = (of: TableName) => Map<string, string>

/** Lower-case column → key: as some product declares it, or as it holds one in the data set of that name. */
const calledColumns = (keys: ReadonlySet<string>, columns: readonly { readonly at: ColumnAt; readonly key: string }[]): Called => ({ namespace, name }) => new Map([
  ...[...keys].map((key) => [key.toLowerCase(), key] as const), ...columns.map(({ at, key }) => [at.column.toLowerCase(), key] as const),
  ...columns.flatMap(({ at, key }) => (at.kind === 'data-set' && at.product === namespace && at.name === name ? [[at.column.toLowerCase(), key] as const] : [])),
])

/** Rows in the cold store. They may be older than every column that the data set has now, so columns are known by what they are called, too. */
async function coldPersonTables(definitions: Awaited<ReturnType<typeof readProductDefinitions>>, cold: Result<readonly ColdRows[]> | undefined, called: Called, folded: ReadonlySet<string>): Promise<Result<readonly PersonTable[]>> {
  if (cold?.ok === false) return cold
  const tables: PersonTable[] = []
  for (const { of, name, lake } of cold?.value ?? []) {
    const found = await fieldsOf(lake, name, called(of))
    if (!found.ok) return found
    const definition = definitions.find(({ product }) => product.name === of.namespace)
    const hold = definition?.product.dataSets.find((one) => one.name === of.name)?.contract?.legalHold
    if (found.value.size > 0) tables.push({ name, product: of.namespace, productId: definition?.id ?? '', dataSet: of.name, isAside: false, folded, cold: lake, keys: found.value, ...(hold !== undefined && { hold }) })
  }
  return ok(tables)
}

/** The ids of the columns, under whatever name they were in some version. */
async function fieldsOf(lake: ErasureOptions['lake'], name: TableName, columns: ReadonlyMap<string, string>): Promise<Result<ReadonlyMap<number, string>>> {
  if ((await lake.catalog.find(name)) === undefined) return ok(new Map())
  const table: Result<Table> = await loadTable(lake, name)
  if (!table.ok) return table
  return ok(new Map(table.value.schemas.flatMap(({ fields }) => fields).flatMap(({ id, name: column }) => {
    const key = columns.get(column.toLowerCase())
    return key === undefined ? [] : [[id, key] as const]
  })))
}

/**
 * Archived ones. Their lineage is not recorded any more: besides what their contract said, a column is taken for a key that is called
 * as some product declares that key, or that holds it where a newer data set has its name.
 */
async function archivedPersonTables({ store, lake }: Pick<ErasureOptions, 'store' | 'lake'>, { keys, folded }: { readonly keys: ReadonlySet<string>; readonly folded: ReadonlySet<string> }, columns: readonly { readonly at: ColumnAt; readonly key: string }[]): Promise<Result<readonly PersonTable[]>> {
  const called = calledColumns(keys, columns)
  const tables: PersonTable[] = []
  for (const { uuid, namespace, name, metadataLocation, contract } of await archivedTables(store.db)) {
    const isAside = name.endsWith(SIDE)
    const dataSet = isAside ? name.slice(0, -SIDE.length) : name
    const own = called({ namespace, name: dataSet })
    for (const column of contract?.columns ?? []) if (column.businessKey !== undefined && keys.has(column.businessKey)) own.set(column.name.toLowerCase(), column.businessKey)
    const at = { name: { namespace, name }, archived: uuid }
    const itsLake = lakeWith(lake, store.db, at)
    const found = await fieldsOf(itsLake, at.name, own)
    const text = isAside ? await fieldsOf(itsLake, at.name, new Map([[RAW, RAW]])) : ok(new Map<number, string>())
    if (!found.ok || !text.ok) return found.ok ? (text as Result<never>) : found
    const [raw] = text.value.keys()
    const path = lake.objects.pathOf(metadataLocation)
    if (!path.ok) return path
    const productId = path.value.split('/')[0] ?? ''
    if (found.value.size > 0 || raw !== undefined) tables.push({ ...at, product: namespace, productId, dataSet, isAside, folded, keys: found.value, ...(raw !== undefined && { text: raw }), ...(contract?.legalHold !== undefined && { hold: contract.legalHold }) })
  }
  return ok(tables)
}

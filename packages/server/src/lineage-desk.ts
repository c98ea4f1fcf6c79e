// The lineage of the mesh: derived from the recorded code of what is published, kept in memory by the name of that code, and
// joined into one graph, which is another one when something else is published or applied.

import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { ok, orderByDependencies } from '@tulle/kernel'
import type { Lake } from '@tulle/lake'
import { loadTable, schemaAt } from '@tulle/lake'
import { composeProduct, joinForeign, lineageOf, LineageGraph, lineageOfProgram } from '@tulle/lineage'
import type { ColumnAt, Made, Place, ProductLineage, TableName } from '@tulle/lineage'
import type { Pipeline, ProductCode } from '@tulle/pipeline'
import { listProducts, readProductDefinition, readProductDefinitions } from '@tulle/providers'
import type { Tree, TreeNode } from '@tulle/sql'
import type { Database } from '@tulle/store'
import type { ForeignLineage } from './foreign-lineage.ts'
import { foreignNames } from './foreign-names.ts'
import { rememberUnchanged } from './remember-unchanged.ts'

export interface LineageDesk {
  /** Of all products as they are published. */
  graph(): Promise<LineageGraph>
  /** Of a version and of the versions that it was made from, as far back as they are kept. */
  graphAt(product: string, snapshot: string): Promise<Result<{ readonly graph: LineageGraph; readonly snapshots: Readonly<Record<string, string>> }>>
  /** Of one version alone, with the versions that it read. */
  version(product: string, snapshot: string): Promise<Result<{ readonly lineage: ProductLineage; readonly reads: Readonly<Record<string, string>> }>>
  /** The engine's own tree of a statement, and a statement from such a tree. */
  parse(statement: string): Promise<Result<Tree>>
  print(statement: TreeNode): Promise<Result<string>>
  tablesOf(tree: Tree): readonly TableName[]
  /** What could only be guessed of a product as it is published. */
  guesses(product: string): Promise<readonly string[]>
}

export interface LineageDeskOptions {
  /** What others tell. */
  readonly foreign: Pick<ForeignLineage, 'place' | 'flows'>
  readonly settings: Parameters<typeof foreignNames>[1]
  readonly db: Kysely<Database>
  readonly lake: Lake
  readonly pipeline: Pick<Pipeline, 'code'>
  readonly parse: (statement: string) => Promise<Result<Tree>>
  readonly print: (statement: TreeNode) => Promise<Result<string>>
}

/** Products of which lineage is remembered. */
const REMEMBERED = 20_000
/** A version's past is followed through so many products. */
const MOST_VERSIONS = 500
const MOST_FOREIGN_EDGES = 200_000

export function lineageDesk({ db, lake, pipeline, parse, print, foreign, settings }: LineageDeskOptions): LineageDesk {
  const known = new Map<string, Promise<ProductLineage>>()
  let current: { readonly at: string; readonly graph: Promise<LineageGraph> } | undefined
  const of = (code: ProductCode): Promise<ProductLineage> => {
    const key = `${code.product}\u0000${code.name}`
    const found = known.get(key)
    if (found !== undefined) return found
    const [oldest] = known.keys()
    if (known.size >= REMEMBERED && oldest !== undefined) known.delete(oldest)
    const read = lineageOfCode({ lake, parse }, code)
    known.set(key, read)
    // What failed is tried again.
    read.catch(() => known.delete(key))
    return read
  }
  // To know a product's code is to render it, so only what was published or applied since is asked for.
  const readAll = rememberUnchanged<ProductLineage>(async (name) => {
    const code = await pipeline.code(name)
    // A product of others has no code here; its columns are known all the same.
    return code.ok ? of(code.value) : { edges: [], columns: await promisedBy(db, name), guesses: [] }
  }, isDeepStrictEqual)
  let drawn: { readonly products: readonly ProductLineage[]; readonly foreign: Pick<ProductLineage, 'edges' | 'columns'>; readonly graph: LineageGraph } | undefined
  const everything = async (): Promise<LineageGraph> => {
    const versions = await versionsOf(db)
    const all = await readAll(new Map((await listProducts(db)).map(({ name }) => [name, versions(name)])))
    const foreignLineage = await told(all)
    // Most of what is published is made by the code that made it before: then the graph is the same, too.
    if (drawn === undefined || !isSameList(drawn.products, all) || !isDeepStrictEqual(drawn.foreign, foreignLineage)) {
      drawn = { products: all, foreign: foreignLineage, graph: await LineageGraph.drawn([...all, foreignLineage], () => new Promise((wake) => setImmediate(wake))) }
    }
    return drawn.graph
  }
  // What others tell, joined to columns that are known.
  const told = async (all: readonly ProductLineage[]): Promise<Pick<ProductLineage, 'edges' | 'columns'>> => {
    const flows = await foreign.flows()
    if (flows.length === 0) return { edges: [], columns: [] }
    const columns = Map.groupBy(all.flatMap((one) => one.columns), ({ product, name }) => `${product}.${name}`)
    const placeOf = foreignNames((await readProductDefinitions(db)).map(({ product }) => product), settings)
    return joinForeign(flows, { placeOf, columnsOf: ({ product, kind, name }) => [...new Set((columns.get(`${product}.${name}`) ?? []).filter((one) => one.kind === kind).map(({ column }) => column))], most: MOST_FOREIGN_EDGES }).lineage
  }
  return {
    async graph() {
      const [{ rows: [row] }, place] = await Promise.all([
        sql<{ at: string }>`select coalesce(max(seq), 0)::text as at from outbox where type in ('tulle.product.published', 'tulle.apply.finished')`.execute(db),
        foreign.place(),
      ])
      const at = `${row?.at ?? '0'} ${place}`
      if (current?.at !== at) {
        const graph = everything()
        current = { at, graph }
        graph.catch(() => {
          current = undefined
        })
      }
      return current.graph
    },
    async graphAt(product, snapshot) {
      const all: ProductLineage[] = []
      const snapshots: Record<string, string> = {}
      const seen = new Set<string>()
      const waiting: (readonly [string, string])[] = [[product, snapshot]]
      for (let next = waiting.shift(); next !== undefined && all.length < MOST_VERSIONS; next = waiting.shift()) {
        const code = await pipeline.code(...next)
        if (!code.ok && all.length === 0) return code
        if (!code.ok || seen.has(`${code.value.product}\u0000${code.value.name}`)) continue
        seen.add(`${code.value.product}\u0000${code.value.name}`)
        all.push(await of(code.value))
        for (const [dataSet, id] of Object.entries(code.value.snapshots)) snapshots[`${code.value.product}.${dataSet}`] ??= id
        for (const [input, id] of Object.entries(code.value.reads)) {
          snapshots[input] ??= id
          waiting.push([input.slice(0, input.indexOf('.')), id])
        }
      }
      return ok({ graph: new LineageGraph(all), snapshots })
    },
    parse,
    print,
    tablesOf,
    async version(product, snapshot) {
      const code = await pipeline.code(product, snapshot)
      return code.ok ? ok({ lineage: await of(code.value), reads: code.value.reads }) : code
    },
    async guesses(product) {
      const code = await pipeline.code(product)
      return code.ok ? [...code.value.unread, ...(await of(code.value)).guesses] : []
    },
  }
}

/** Of each product: another one whenever it was published, or something was applied. */
async function versionsOf(db: Kysely<Database>): Promise<(product: string) => string> {
  const { rows } = await sql<{ subject: string | null; at: string }>`
    select case when type = 'tulle.apply.finished' then null else subject end as subject, max(seq)::text as at from outbox where type in ('tulle.product.published', 'tulle.apply.finished') group by 1`.execute(db)
  const at = new Map(rows.map((row) => [row.subject, row.at]))
  return (product) => `${at.get(null) ?? ''} ${at.get(product) ?? ''}`
}

const isSameList = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((one, at) => one === b[at])

/** The tables that a statement reads, whatever their columns are. */
const tablesOf = (tree: Tree): readonly TableName[] => lineageOf(tree, { columnsOf: () => undefined }).tables

async function promisedBy(db: Kysely<Database>, product: string): Promise<readonly ColumnAt[]> {
  const definition = await readProductDefinition(db, product)
  return !definition.ok ? [] : definition.value.product.dataSets.flatMap(({ name, contract }) => (contract?.columns ?? []).map((column) => ({ product, kind: 'data-set' as const, name, column: column.name })))
}

async function lineageOfCode({ lake, parse }: Pick<LineageDeskOptions, 'lake' | 'parse'>, code: ProductCode): Promise<ProductLineage> {
  const trees = new Map<string, { readonly schema: string; readonly name: string; readonly tree: Tree; readonly tables: readonly TableName[] }>()
  const unread: string[] = []
  for (const { schema, name, sql: text } of code.statements) {
    const tree = await parse(text)
    if (tree.ok) trees.set(keyOf({ schema, name }), { schema, name, tree: tree.value, tables: tablesOf(tree.value) })
    else unread.push(`The statement of "${name}" is not read: ${tree.diagnostics[0]?.message ?? ''}`)
  }
  const columns = new Map<string, readonly { readonly name: string }[] | undefined>()
  for (const { name, columns: own } of code.dataSets) columns.set(keyOf({ schema: code.product, name }), own.map((column) => ({ name: column })))
  for (const { tables } of [...trees.values(), ...code.programs.map(({ reads }) => ({ tables: reads }))]) {
    for (const table of tables) if (!columns.has(keyOf(table)) && !trees.has(keyOf(table)) && table.schema !== code.portSchema) columns.set(keyOf(table), await columnsAt(lake, table, code.reads))
  }
  const { order } = orderByDependencies(new Map([...trees].map(([key, { tables }]) => [key, tables.map(keyOf).filter((one) => trees.has(one) && one !== key)])))
  const made: Made[] = code.programs.map((one) => ({ schema: one.schema, name: one.name, lineage: lineageOfProgram(one, (table) => columns.get(keyOf(table))) }))
  for (const key of order) {
    const one = trees.get(key)
    if (one === undefined) continue
    const lineage = lineageOf(one.tree, { columnsOf: (table) => columns.get(keyOf(table)) })
    // What gives columns that nobody knows is itself known by no columns.
    if (!columns.has(key)) columns.set(key, lineage.columns.some(({ name }) => name === '*') ? undefined : lineage.columns.map(({ name }) => ({ name })))
    made.push({ schema: one.schema, name: one.name, lineage })
  }
  const own = new Map(code.dataSets.map(({ name, from }) => [keyOf(from), name]))
  const placeOf = (table: { readonly schema: string; readonly name: string }): Place | undefined => {
    const dataSet = table.schema.toLowerCase() === code.product.toLowerCase() || trees.has(keyOf(table)) ? own.get(keyOf(table)) ?? code.dataSets.find(({ name }) => name.toLowerCase() === table.name.toLowerCase() && !trees.has(keyOf(table)))?.name : undefined
    if (dataSet !== undefined) return { product: code.product, kind: 'data-set', name: dataSet }
    if (table.schema === code.portSchema) return { product: code.product, kind: 'port', name: code.ports.find((port) => port.toLowerCase() === table.name.toLowerCase()) ?? table.name }
    return trees.has(keyOf(table)) ? undefined : { product: table.schema, kind: 'data-set', name: table.name }
  }
  const composed = composeProduct({ made, placeOf, dataSets: code.dataSets.map(({ name, columns: promised, from }) => ({ place: { product: code.product, kind: 'data-set', name }, from, columns: promised })) })
  return { ...composed, guesses: [...composed.guesses, ...unread] }
}

const keyOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string => `${schema}.${name}`.toLowerCase()

/** As it was when it was read. */
async function columnsAt(lake: Lake, { schema, name }: { readonly schema: string; readonly name: string }, reads: ProductCode['reads']): Promise<readonly { readonly name: string }[] | undefined> {
  const table = await loadTable(lake, { namespace: schema, name })
  if (!table.ok) return undefined
  const at = schemaAt(table.value, reads[`${schema}.${name}`])
  return at.ok ? at.value.fields.map((field) => ({ name: field.name })) : undefined
}

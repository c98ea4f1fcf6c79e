// The statements of a product to the edges between data sets and ports. What lives only within a run (models of a project that
// are no data set) is seen through: a column leads to where its values come from in the end. Pure.

import type { DirectSource, Directness, IndirectSource, Influence, OutputLineage, SourceColumn, StatementLineage, TableName } from '../types.ts'
import type { ColumnAt, Edge, Made, Place, ProductLineage } from './types.ts'

export interface Composition {
  /** Needed ones first. */
  readonly made: readonly Made[]
  /** Which of them, and which of what they read, is a place of the mesh. */
  readonly placeOf: (table: TableName) => Place | undefined
  /** The data sets that are wanted, with the columns that they promise, in order. */
  readonly dataSets: readonly { readonly place: Place; readonly from: TableName; readonly columns: readonly string[] }[]
}

/** Ranks of a flow: through two steps it is what the stronger of them made of it. */
const RANKS: readonly Directness[] = ['identity', 'transformation', 'aggregation']
const stronger = (a: Directness, b: Directness): Directness => (RANKS.indexOf(a) >= RANKS.indexOf(b) ? a : b)

const keyOf = ({ schema, name }: TableName): string => `${schema}\u0000${name}`.toLowerCase()

export function composeProduct({ made, placeOf, dataSets }: Composition): ProductLineage {
  const hidden = new Map<string, StatementLineage>()
  const through = (lineage: StatementLineage): StatementLineage => seeThrough(lineage, hidden)
  const seen = new Map<string, StatementLineage>()
  for (const one of made) {
    const lineage = through(one.lineage)
    seen.set(keyOf(one), lineage)
    if (placeOf(one) === undefined) hidden.set(keyOf(one), lineage)
  }
  const edges: Edge[] = []
  for (const { place, from, columns } of dataSets) {
    const lineage = seen.get(keyOf(from)) ?? copyOf(from, columns)
    const at = (column: string): ColumnAt => ({ ...place, column })
    const toEdges = (to: ColumnAt, direct: readonly DirectSource[], indirect: readonly IndirectSource[]): void => {
      const found = new Map<string, Edge>()
      const add = (source: SourceColumn, more: { readonly how?: Directness; readonly by: readonly Influence[] }): void => {
        const origin = placeOf(source)
        if (origin === undefined) return
        const key = `${origin.product}\u0000${origin.kind}\u0000${origin.name}\u0000${source.column}`
        const before = found.get(key)
        const how = before?.how ?? more.how
        found.set(key, { from: { ...origin, column: source.column }, to, ...(how !== undefined && { how }), by: [...new Set([...before?.by ?? [], ...more.by])] })
      }
      for (const { how, ...source } of direct) add(source, { how, by: [] })
      for (const { by, ...source } of indirect) add(source, { by })
      edges.push(...found.values())
    }
    for (const column of columns) {
      const output = outputOf(lineage, column)
      if (output !== undefined) toEdges(at(column), output.direct, output.indirect)
    }
    toEdges(at('*'), [], lineage.rows)
  }
  const columns = dataSets.flatMap(({ place, columns: own }) => own.map((column) => ({ ...place, column })))
  return { edges, columns, guesses: [...new Set(made.flatMap(({ lineage }) => lineage.guesses))] }
}

/** A data set that is its port: each column as it is there. */
const copyOf = (from: TableName, columns: readonly string[]): StatementLineage =>
  ({ columns: columns.map((name) => ({ name, direct: [{ ...from, column: name, how: 'identity' }], indirect: [] })), rows: [], tables: [from], guesses: [] })

/** A column by its name; of what gives all of a table, the one of that name there. */
function outputOf({ columns }: StatementLineage, name: string): OutputLineage | undefined {
  const found = columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  const open = columns.filter((column) => column.name === '*')
  if (open.length === 0) return undefined
  return { name, direct: open.flatMap(({ direct }) => direct.map((source) => (source.column === '*' ? { ...source, column: name } : source))), indirect: open.flatMap(({ indirect }) => indirect) }
}

function seeThrough(lineage: StatementLineage, hidden: ReadonlyMap<string, StatementLineage>): StatementLineage {
  if (!lineage.tables.some((table) => hidden.has(keyOf(table)))) return lineage
  const spread = (direct: readonly DirectSource[], indirect: readonly IndirectSource[]): Pick<OutputLineage, 'direct' | 'indirect'> => {
    const flows = new Map<string, DirectSource>()
    const decides = new Map<string, IndirectSource>()
    const flow = (source: DirectSource): void => {
      const key = `${keyOf(source)}\u0000${source.column}`
      const before = flows.get(key)
      flows.set(key, before === undefined ? source : { ...source, how: stronger(source.how, before.how) })
    }
    const decide = (source: SourceColumn, by: readonly Influence[]): void => {
      const { schema, name, column } = source
      const key = `${keyOf(source)}\u0000${column}`
      decides.set(key, { schema, name, column, by: [...new Set([...decides.get(key)?.by ?? [], ...by])] })
    }
    for (const { how, ...source } of direct) {
      const inner = hidden.get(keyOf(source))
      if (inner === undefined) {
        flow({ ...source, how })
        continue
      }
      for (const output of columnsOf(inner, source.column)) {
        for (const one of output.direct) flow({ ...one, how: stronger(one.how, how) })
        for (const { by, ...one } of output.indirect) decide(one, by)
      }
    }
    for (const { by, ...source } of indirect) {
      const inner = hidden.get(keyOf(source))
      if (inner === undefined) {
        decide(source, by)
        continue
      }
      for (const output of columnsOf(inner, source.column)) {
        for (const one of output.direct) decide(one, by)
        for (const { by: before, ...one } of output.indirect) decide(one, before)
      }
    }
    return { direct: [...flows.values()], indirect: [...decides.values()] }
  }
  // Which rows a hidden relation has decides about the rows of whatever reads it.
  const inherited = lineage.tables.flatMap((table) => hidden.get(keyOf(table))?.rows ?? [])
  return {
    columns: lineage.columns.map(({ name, direct, indirect }) => ({ name, ...spread(direct, indirect) })),
    rows: spread([], [...lineage.rows, ...inherited]).indirect,
    tables: lineage.tables.flatMap((table) => hidden.get(keyOf(table))?.tables ?? [table]),
    guesses: lineage.guesses,
  }
}

const columnsOf = (lineage: StatementLineage, column: string): readonly OutputLineage[] => {
  if (column === '*') return lineage.columns
  const found = outputOf(lineage, column)
  return found === undefined ? [] : [found]
}

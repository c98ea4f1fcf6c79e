// What names mean where they stand: relations of a FROM, names of WITH queries, parameters of lambdas, aliases of a SELECT.

import type { Flow, Columns } from './flow.ts'
import type { KnownColumn, MacroBody, TableName } from '../types.ts'
import type { TreeNode } from '@tulle/sql'
import { flowOf, join, NOTHING } from './flow.ts'

export interface Column {
  readonly name: string
  readonly flow: Flow
  /** The engine's spelling, where it is known. */
  readonly type?: string
  /** The table whose unknown columns this one stands for. */
  readonly open?: TableName
}

export interface Relation {
  /** In lower case. */
  readonly alias: string
  readonly schema: string
  readonly columns: readonly Column[]
}

/** What a query gives: its columns, and what decides which rows there are. */
export interface Rows { readonly columns: readonly Column[]; readonly rows: Flow }

/** What a FROM gives. `merged` are the columns of USING, each standing for those of both sides. */
export interface From {
  readonly relations: readonly Relation[]
  readonly merged: ReadonlyMap<string, Flow>
  readonly rows: Flow
}

export const NO_FROM: From = { relations: [], merged: new Map(), rows: NOTHING }

export interface Scope {
  readonly from: From
  readonly outer?: Scope
  readonly ctes: ReadonlyMap<string, Rows>
  /** Aliases of the SELECT list so far. */
  readonly aliases?: ReadonlyMap<string, Flow>
  /** In ORDER BY an alias goes before a column. */
  readonly aliasesFirst?: boolean
  readonly lambdas?: ReadonlyMap<string, Flow>
}

/** What reading one statement shares. `query`, `expression` and `table` read the parts that stand in each other. */
export interface Reading {
  readonly columns: Columns
  readonly columnsOf: (table: TableName) => readonly KnownColumn[] | undefined
  readonly macros: ReadonlyMap<string, MacroBody & { readonly tree: TreeNode }>
  readonly tables: Map<string, TableName>
  readonly guesses: Set<string>
  /** What each COLUMNS of an expression stands for at the moment. */
  readonly stars: Map<TreeNode, Flow>
  query(node: TreeNode, scope: Scope): Rows
  expression(node: TreeNode, scope: Scope): Flow
  table(node: TreeNode, scope: Scope): From
}

/** The columns of a relation of that name; what an open one might have, it has. */
export function columnOf(reading: Reading, relation: Relation, name: string): Column | undefined {
  const lower = name.toLowerCase()
  const found = relation.columns.find((column) => column.open === undefined && column.name.toLowerCase() === lower)
  if (found !== undefined) return found
  const open = relation.columns.filter((column) => column.open !== undefined)
  return open.length === 0 ? undefined : { name, flow: join(open.map((column) => through(reading, column, name))) }
}

/** An open column narrowed to one name of its table; what decides about it stays. */
function through({ columns }: Reading, { flow, open }: Column, name: string): Flow {
  return { direct: flowOf(columns.idOf({ ...open as TableName, column: name })).direct, indirect: flow.indirect }
}

/** Finds what a name of one or more parts means, from the innermost scope outwards. */
export function resolve(reading: Reading, scope: Scope, names: readonly string[]): Flow | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = resolveHere(reading, at, names)
    if (found !== undefined) return found
  }
  return undefined
}

function resolveHere(reading: Reading, scope: Scope, names: readonly string[]): Flow | undefined {
  const [first = '', second = '', third = '', fourth = ''] = names.map((name) => name.toLowerCase())
  const lambda = scope.lambdas?.get(first)
  if (lambda !== undefined) return inside(lambda, names.slice(1))
  const alias = scope.aliases?.get(first)
  if (alias !== undefined && scope.aliasesFirst === true && names.length === 1) return alias
  const { relations, merged } = scope.from
  if (names.length > 1) {
    const named = relations.find((relation) => relation.alias === first && columnOf(reading, relation, second) !== undefined)
    const column = named && columnOf(reading, named, second)
    if (column !== undefined) return inside(column.flow, names.slice(2))
    const qualified = relations.find((relation) => relation.alias === second && (relation.schema === first || relation.schema.endsWith(`.${first}`)))
    const inTable = qualified && columnOf(reading, qualified, third)
    if (names.length > 2 && inTable !== undefined) return inside(inTable.flow, names.slice(3))
    const catalogued = names.length > 3 ? relations.find((relation) => relation.alias === third && relation.schema === `${first}.${second}`) : undefined
    const inCatalogue = catalogued && columnOf(reading, catalogued, fourth)
    if (inCatalogue !== undefined) return inside(inCatalogue.flow, names.slice(4))
  }
  const used = merged.get(first)
  if (used !== undefined) return inside(used, names.slice(1))
  const known = relations.flatMap((relation) => relation.columns.filter((column) => column.open === undefined && column.name.toLowerCase() === first))
  if (known.length > 0) return inside(join(known.map(({ flow }) => flow)), names.slice(1))
  const whole = relations.find((relation) => relation.alias === first)
  if (whole !== undefined && (names.length === 1 || whole.columns.every((column) => column.open === undefined))) return names.length === 1 ? rowOf(whole) : undefined
  const open = relations.flatMap((relation) => relation.columns.filter((column) => column.open !== undefined))
  // An alias is surer than a column that nobody knows of.
  if (alias !== undefined) return inside(alias, names.slice(1))
  if (open.length === 0) return undefined
  if (open.length > 1) reading.guesses.add(`"${names.join('.')}" may be of several tables.`)
  return inside(join(open.map((column) => through(reading, column, names[0] ?? ''))), names.slice(1))
}

/** A whole row as a struct. */
const rowOf = ({ columns }: Relation): Flow => ({ ...join(columns.map(({ flow }) => flow), 1), members: new Map(columns.map((column) => [column.name.toLowerCase(), column.flow])) })

/** A member of a struct: only what flows into it, where that is known. */
export function inside(flow: Flow, path: readonly string[]): Flow {
  const [first, ...rest] = path
  if (first === undefined) return flow
  const member = flow.members?.get(first.toLowerCase())
  return member === undefined ? join([flow], 1) : inside(member, rest)
}

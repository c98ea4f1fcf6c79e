// A statement in normal form: every relation has a name of its own, every column says whose it is, stars are written out. Trees
// stay the engine's own, so that each part can be printed as it is.

import type { TreeNode } from '@tulle/sql'
import type { KnownColumn, TableName } from '../types.ts'

export interface NarrowOptions {
  readonly columnsOf: (table: TableName) => readonly KnownColumn[] | undefined
  /** The version at which a table was read. */
  readonly versionOf: (table: TableName) => string | undefined
}

/** Why no rows can be named. Codes are never renamed. */
export type RefusalCode =
  | 'not-one-statement'
  /** Chance decides: a sample, a random value, a LIMIT without an order. */
  | 'by-chance'
  /** Of a relation or a name, what it stands for is not known. */
  | 'unknown-columns'
  | 'unknown-column'
  /** The form of a query or of a choice of columns is not read. */
  | 'unread-form'
  | 'condition-asks-a-query'
  | 'too-large'

/** What a row of the result is called that stands around the whole query; no relation of a statement has this name. */
export const OUTER = 'influenced'

export class Refused extends Error {
  readonly code: RefusalCode
  constructor(code: RefusalCode, why: string) {
    super(why)
    this.code = code
  }
}

/** The table that `condition` is about, and the data set whose rows are wanted. */
export interface Influencing {
  readonly table: TableName
  readonly condition: TreeNode
  readonly output: TableName
  readonly version?: string
  /** Columns of the result by which its rows are told apart; all of them unless told. With fewer there may be more rows. */
  readonly by?: readonly string[]
}

export interface Output { readonly name: string; readonly value: TreeNode }

/** A relation of a FROM. `names` are those by which its columns are printed. */
export interface Item {
  readonly alias: string
  readonly names: readonly string[]
  readonly node: TreeNode
  readonly table?: TableName
  /** Of a query, a WITH query, or what a PIVOT turns. */
  readonly query?: Query
  /** Of a PIVOT or UNPIVOT: columns that come through as they are. */
  readonly passed?: readonly string[]
  /** Of an UNPIVOT: each row comes of one. */
  readonly isByRow?: boolean
}

export type JoinKind = 'INNER' | 'LEFT' | 'RIGHT' | 'FULL' | 'SEMI' | 'ANTI' | 'ASOF' | 'POSITIONAL'

export type FromTree =
  | { readonly kind: 'item'; readonly item: Item; readonly node: TreeNode }
  | { readonly kind: 'join'; readonly join: JoinKind; readonly left: FromTree; readonly right: FromTree; readonly on: readonly TreeNode[]; readonly node: TreeNode }

export interface Select {
  readonly kind: 'select'
  readonly node: TreeNode
  readonly names: readonly string[]
  readonly outputs: readonly Output[]
  readonly from: FromTree | undefined
  readonly where: readonly TreeNode[]
  readonly isAggregated: boolean
  /** What it groups by in each of its grouping sets. */
  readonly keys: readonly TreeNode[]
  readonly distinctOn: readonly TreeNode[]
  /** What is computed of rows that are there: outputs, HAVING, QUALIFY, ORDER BY. */
  readonly computed: readonly TreeNode[]
  readonly limit?: Limit
}

export interface SetOperation {
  readonly kind: 'set'
  readonly node: TreeNode
  readonly names: readonly string[]
  readonly isUnion: boolean
  readonly left: Query
  readonly right: Query
  /** For each column of the result the name of the left side's and the right side's. */
  readonly sides: readonly (readonly [string | undefined, string | undefined])[]
  readonly limit?: Limit
}

/** A recursive WITH query: where it begins, and how it goes on. */
export interface Recursion { readonly kind: 'recursion'; readonly node: TreeNode; readonly names: readonly string[]; readonly left: Query; readonly right: Query }

/** A recursive WITH query, read within itself. */
export interface Self { readonly kind: 'self'; readonly node: TreeNode; readonly names: readonly string[] }

export type Query = Select | SetOperation | Recursion | Self

export interface Limit { readonly hasOffset: boolean; readonly isOrdered: boolean; /** The query without it. */ readonly before: TreeNode; /** The query from its first row on, to where it ends; absent where that is not a number of rows. */ readonly list?: TreeNode }

// The nouns of a statement's tree. Node names and members are DuckDB's own; numbers keep their digits.

import type { LosslessNumber } from 'lossless-json'

export type TreeValue = null | boolean | string | LosslessNumber | readonly TreeValue[] | TreeNode

export interface TreeNode { readonly [member: string]: TreeValue | undefined }

/** A statement's text together with DuckDB's own tree of it. */
export interface Tree {
  readonly text: string
  readonly statements: readonly TreeNode[]
}

/** A table as a statement names it, in lower case because SQL compares names so. */
export interface TableRead { readonly schema: string; readonly name: string }

/** Where a statement reads a table. Names of WITH queries are none. */
export interface TableReference extends TableRead {
  /** The name as it is spelt, and the alias, or an empty text. */
  readonly spelled: string
  readonly alias: string
  /** Bytes of UTF-8 into the text, where the name begins. */
  readonly offset: number
  /** The version that it asks for by AT. */
  readonly at?: VersionLiteral
}

/** A version as it is written out: a number, or a text between quotes. */
export interface VersionLiteral { readonly unit: 'version' | 'time'; readonly kind: 'number' | 'text'; readonly text: string }

/** A condition on the rows of one table. Columns are in lower case, as the statement names them. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Condition[] }
  /** With `day` it is the column's date that is compared. */
  | { readonly kind: 'compare'; readonly column: string; readonly operator: Comparison; readonly literal: Literal; readonly day?: true }
  | { readonly kind: 'in'; readonly column: string; readonly literals: readonly Literal[] }
  | { readonly kind: 'is-null' | 'is-not-null'; readonly column: string }
  | { readonly kind: 'starts-with'; readonly column: string; readonly prefix: string }

export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** A number is `digits` with the last `scale` of them behind the point. */
export type Literal =
  | { readonly kind: 'number'; readonly digits: string; readonly scale: number }
  | { readonly kind: 'text' | 'date' | 'timestamp'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }

/** What the gate has found out about a statement that it lets pass. */
export interface CheckedStatement {
  /** Each table once, in order of appearance. */
  readonly tables: readonly TableRead[]
  /** Each place where one of them is read. */
  readonly references: readonly TableReference[]
}

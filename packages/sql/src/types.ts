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

/** What the gate has found out about a statement that it lets pass. */
export interface CheckedStatement {
  /** Each table once, in order of appearance. */
  readonly tables: readonly TableRead[]
}

// The nouns of a statement whose result is kept in step with what it reads.

import type { TreeNode } from '@tulle/sql'
import type { KnownColumn, TableName } from '../types.ts'

/** A table before a change and after it, and the rows that only one of both has, counted: `gone` of `was`, `come` of `is`. */
export type Version = 'was' | 'is' | 'gone' | 'come'

export interface ChangeOptions {
  readonly columnsOf: (table: TableName) => readonly KnownColumn[] | undefined
  /** Columns by which rows of a table are told apart, where it has such; fewer columns to compare, and no promise that they do. */
  readonly keyOf?: (table: TableName) => readonly string[] | undefined
  /** True where it is known that no row of a table is gone or has come: it needs no looking for. */
  readonly isUnchanged?: (table: TableName) => boolean
  /** What the engine calls a version of a table. */
  readonly addressOf: (table: TableName, version: Version, narrowed?: number) => TableName
}

/**
 * A table, at `was` and `is`, of which one part of the statement asks only for rows whose columns lie within ranges that the rows that
 * changed give. What the engine finds under its number may lack any other row.
 */
export interface Narrowing {
  readonly table: TableName
  readonly number: number
  /** `like` is the column that the ranges are values of, where it is one of another table: they say nothing where its type is another one. */
  readonly columns: readonly { readonly name: string; readonly like?: { readonly table: TableName; readonly name: string } }[]
  /**
   * A query of two columns for each of `columns`, in their order: the least and the greatest value that is asked for, both NULL where
   * NULL is. It reads what is narrowed under a lower number, and of other tables what changed alone where nothing joins it.
   */
  readonly ranges: TreeNode
}

/** What of the statement stands in the way, and what its author can do. `isUnknown`: a name in it is of nothing that is there, so it cannot run at all. */
export interface Obstacle { readonly clause: string; readonly remedy: string; readonly isUnknown?: true }

export interface ChangedRows {
  readonly kind: 'by-changes'
  readonly reads: readonly TableName[]
  /**
   * Two statements' trees, for the engine to print: rows of the result before and after. All rows that changed are among them, and
   * whatever else is, is in both as often: the old result without the ones, with the others, is the new result.
   */
  readonly was: TreeNode
  readonly is: TreeNode
  /** Numbered from 0. */
  readonly narrowings: readonly Narrowing[]
}

export class Obstructed extends Error {
  readonly obstacle: Obstacle
  constructor(clause: string, remedy: string) {
    super(clause)
    this.obstacle = { clause, remedy }
  }
}

// The port to whatever holds relations: it answers queries and replaces relations by the rows of queries, nothing else.

import type { Result } from '@tulle/kernel'
import type { ColumnFacts, Oracle } from '../context/answers.ts'

export interface Address { readonly schema: string; readonly name: string }

export interface Written { readonly rows: number }

export interface Warehouse extends Oracle {
  /** The columns of a query, without running it. */
  columnsOf(sql: string): Promise<Result<readonly ColumnFacts[]>>
  /** The rows of the query become the relation, whatever it was before. All or nothing. */
  replace(address: Address, kind: 'table' | 'view', sql: string): Promise<Result<Written>>
  /** The rows of the query are added; they have the relation's columns in its order. */
  append(address: Address, sql: string): Promise<Result<Written>>
  /** Rows of texts become a table of its own, whatever their number; a text that is undefined is a null. */
  keepTexts(address: Address, columns: readonly string[], rows: readonly (readonly (string | undefined)[])[]): Promise<Result<Written>>
  drop(address: Address): Promise<void>
}

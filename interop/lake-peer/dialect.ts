// What differs from peer to peer: how it finds a table, how it prints values, and what it can write.

import type { Table } from '@tulle/lake'
import type { Peer } from './peer-process.ts'
import type { ServedLake } from './serve-lake.ts'

export interface Dialect {
  /** The ways by which it reads our tables; it writes by the first. */
  readonly ways: readonly [string, ...string[]]
  prepare(meeting: { readonly peer: Peer; readonly served: ServedLake; readonly table: Table }): Promise<void>
  /** What it says of position deletes in a table whose partitioning has changed, where it does not read them. */
  readonly refusesRepartitioned?: RegExp
  /** The FROM clause for a snapshot. */
  source(way: string, snapshot: string): string
  /** SQL that prints a column of an Iceberg type as text. */
  text(column: string, type: string): string
  /** What it does in a turn, and the same for the model. */
  turn(turn: number): readonly { readonly what: string; readonly peerSql: string; readonly modelSql: string }[]
}

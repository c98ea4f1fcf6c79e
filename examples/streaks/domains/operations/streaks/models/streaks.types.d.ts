// Written by "tulle types" from the contracts. Nothing of it is there when the model runs.

import type { RecordBatch, Table } from 'apache-arrow'

/** Rows as batches of Arrow, as plain values, or all at once. */
interface Input<R> extends Iterable<RecordBatch> {
  rows(): Iterable<R>
  table(): Table
}

export interface Inputs {
  readonly flights: Input<{
    readonly departure: string
    readonly origin: string
    readonly delay: number
  }>
}

/** What the contract promises. */
export interface Row {
  readonly origin: string
  readonly began: string | Date
  readonly flights: number
  /** Minutes */
  readonly worst: number
}

export interface Run {
  /** ISO 8601, UTC. */
  readonly now: string
  readonly parameters: Readonly<Record<string, unknown>>
}

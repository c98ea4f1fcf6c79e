// How the rows of a chunk are written: all at once, or one after the other.

import type { Sink } from './sink.ts'
import type { OpenVector } from './vector.ts'

/** Writes a row of the chunk that it was made for. */
export type PutRow = (sink: Sink, row: number) => void

/** Writes rows from `from` on, before `to` and until the sink has `limit` bytes; answers how many. */
export type PutRows = (sink: Sink, from: number, to: number, limit: number) => number

/** A form of rows: what stands before and after those of a batch, and how the rows of a chunk are written. */
export interface RowForm {
  readonly open: string
  readonly close: string
  /** A batch begins. */
  begin?(): void
  readonly rows: (vectors: readonly OpenVector[], size: number) => PutRows
}

/** A form whose rows are written singly. */
export function rowByRow({ open = '', between = '', close = '', rows }: { readonly open?: string; readonly between?: string; readonly close?: string; readonly rows: (vectors: readonly OpenVector[], size: number) => PutRow }): RowForm {
  let first = true
  return {
    open,
    close,
    begin: () => { first = true },
    rows: (vectors, size) => {
      const put = rows(vectors, size)
      return (sink, from, to, limit) => {
        for (let row = from; row < to; row += 1) {
          if (sink.at >= limit) return row - from
          if (!first && between !== '') sink.ascii(between)
          first = false
          put(sink, row)
        }
        return to - from
      }
    },
  }
}

// The rows of an answer as bytes of its format, pulled by its reader a batch at a time. INVARIANT: what ends a format (a
// bracket, the end of an Arrow stream) stands only where every row was sent, so that no cut answer looks whole.

import { createReadStream } from 'node:fs'
import { ARROW_END } from '@tulle/engine'
import type { BatchMemory } from '@tulle/engine'
import type { Diagnostic, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { GovernedRows, GovernedStatement } from '../types.ts'

/** What a stream ends with that had begun when it failed, so that the server cuts the connection instead of ending it well. */
export class DataStopped extends Error {
  readonly diagnostics: readonly Diagnostic[]
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((d) => d.message).join(' '))
    this.name = 'DataStopped'
    this.diagnostics = diagnostics
  }
}

/** Rows that are fetched at once; a batch is also bounded by its bytes. */
const BATCH = 5000
const ARROW_BATCH = 200_000

/**
 * Two rooms in turns: one is filled while the other leaves. New memory for each batch would have to be collected, which costs
 * several times what it costs to move the bytes.
 */
function inTurns(): BatchMemory {
  const rooms = [new Uint8Array(), new Uint8Array()]
  let turn = 0
  return {
    room(bytes) {
      turn = 1 - turn
      let room = rooms[turn] as Uint8Array
      // Batches of a result are about alike, and the next one shall fit too.
      if (room.length < bytes) room = rooms[turn] = Buffer.allocUnsafeSlow(Math.ceil(bytes * 1.25))
      return room.subarray(0, bytes)
    },
  }
}

async function* batchesOf(rows: GovernedRows, signal: AbortSignal, size: number): AsyncGenerator<{ readonly bytes: Uint8Array; readonly rows: number }> {
  const memory = inTurns()
  try {
    for (let done = false; !done; ) {
      const batch = await rows.fetch(size, signal, memory)
      if (!batch.ok) throw new DataStopped(batch.diagnostics)
      yield batch.value
      ;({ done } = batch.value)
    }
  } finally {
    await rows.close()
  }
}

async function* linesOf(rows: GovernedRows, signal: AbortSignal, header?: string): AsyncGenerator<Uint8Array> {
  let isFirst = true
  for await (const { bytes } of batchesOf(rows, signal, BATCH)) {
    if (isFirst && header !== undefined) yield Buffer.from(header)
    isFirst = false
    if (bytes.length > 0) yield bytes
  }
}

/** The header of a CSV file. */
export const csvHeader = (names: readonly string[]): string => `${names.map(csvName).join(',')}\n`
const csvName = (name: string): string => (/[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name)

async function* arrowOf(rows: GovernedRows, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of batchesOf(rows, signal, ARROW_BATCH)) if (bytes.length > 0) yield bytes
  yield ARROW_END
}

/** `{"rows":[…],"next":"…"}`: a page that is not full is the last one. */
export async function* jsonOf(rows: GovernedRows, signal: AbortSignal, limit: number, next: string | undefined): AsyncGenerator<Uint8Array> {
  let count = 0
  let isFirst = true
  for await (const batch of batchesOf(rows, signal, BATCH)) {
    if (isFirst) yield Buffer.from('{"rows":[')
    isFirst = false
    if (batch.rows > 0) {
      if (count > 0) yield Buffer.from(',')
      yield commasForLines(batch.bytes)
    }
    count += batch.rows
  }
  yield Buffer.from(`],"next":${next !== undefined && count >= limit ? JSON.stringify(next) : 'null'}}`)
}

// JSON writes a line break inside a text as \n, so every real one ends a row.
function commasForLines(lines: Uint8Array): Uint8Array {
  const bytes = Buffer.from(lines.subarray(0, lines.at(-1) === 0x0a ? -1 : undefined))
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) bytes[at] = 0x2c
  return bytes
}

/** Formats of answers that are rows alone, in their own words. */
export type RowFormat = 'ndjson' | 'csv' | 'arrow' | 'parquet'
export interface BodyOptions { readonly format: RowFormat; readonly parameters: readonly (string | number | boolean)[]; readonly signal: AbortSignal }

/**
 * All rows of a statement, decided when it is opened and again with each batch. A piece is good until the one after the next
 * is asked for: its memory is used again then.
 */
export async function bodyOf(statement: GovernedStatement, { format, parameters, signal }: BodyOptions): Promise<Result<AsyncIterable<Uint8Array>>> {
  if (format === 'parquet') return parquetOf(statement, parameters, signal)
  const opened = await statement.open({ parameters, encoding: { kind: format }, signal })
  if (!opened.ok) return opened
  const rows = opened.value
  return ok(format === 'arrow' ? arrowOf(rows, signal) : linesOf(rows, signal, format === 'csv' ? csvHeader(rows.columns.map(({ name }) => name)) : undefined))
}

/** A Parquet file leaves whole or not at all, since it was counted before. */
async function parquetOf(statement: GovernedStatement, parameters: readonly (string | number | boolean)[], signal: AbortSignal): Promise<Result<AsyncIterable<Uint8Array>>> {
  const written = await statement.write({ parameters, signal })
  if (!written.ok) return written
  return ok((async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* createReadStream(written.value.file.path) as AsyncIterable<Uint8Array>
    } finally {
      await written.value.remove()
    }
  })())
}

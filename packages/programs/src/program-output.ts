// What a program gives, as one Arrow stream in a file: batches of Arrow as they are, or rows.

import { closeSync, openSync, writeSync } from 'node:fs'
import { AsyncByteQueue, RecordBatch, RecordBatchStreamWriter, Table } from 'apache-arrow'
import type { Job } from './job.ts'
import { Refused } from './refused.ts'
import { batchOfRows } from './rows-to-arrow.ts'

const ROWS_AT_ONCE = 8_192

/** Writes as it goes, so that nothing waits in memory. */
class FileSink extends AsyncByteQueue {
  readonly #file: number

  constructor(file: number) {
    super()
    this.#file = file
  }

  override write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at)
  }
}

export class ProgramOutput {
  readonly #columns: Job['columns']
  readonly #file: number
  readonly #writer = new RecordBatchStreamWriter()
  #pending: Record<string, unknown>[] = []
  #schema: string | undefined
  form: 'arrow' | 'rows' | undefined
  rows = 0

  constructor(path: string, columns: Job['columns']) {
    this.#columns = columns
    this.#file = openSync(path, 'w', 0o644)
    this.#writer.reset(new FileSink(this.#file))
  }

  add(given: unknown): void {
    if (given instanceof Table) for (const batch of given.batches) this.#batch(batch as RecordBatch, 'arrow')
    else if (given instanceof RecordBatch) this.#batch(given, 'arrow')
    else if (Array.isArray(given)) for (const row of given) this.#row(row)
    else this.#row(given)
  }

  end(): void {
    this.#flush()
    if (this.form === undefined) this.#batch(batchOfRows([], this.#columns, 0), 'rows')
    this.#writer.finish()
    closeSync(this.#file)
  }

  #row(row: unknown): void {
    if (row === null || typeof row !== 'object') throw new Refused(`It gives ${row === null ? 'null' : `a ${typeof row}`}, which is neither a batch of Arrow nor a row.`)
    this.#pending.push(row as Record<string, unknown>)
    if (this.#pending.length >= ROWS_AT_ONCE) this.#flush()
  }

  #flush(): void {
    if (this.#pending.length === 0) return
    const rows = this.#pending
    this.#pending = []
    this.#batch(batchOfRows(rows, this.#columns, this.rows), 'rows')
  }

  #batch(batch: RecordBatch, form: 'arrow' | 'rows'): void {
    if (this.form !== undefined && this.form !== form) throw new Refused('It gives batches of Arrow and rows, and may give one of them.')
    const schema = String(batch.schema)
    if (this.#schema !== undefined && this.#schema !== schema) throw new Refused('Its batches have different columns.')
    this.#schema = schema
    this.form = form
    this.rows += batch.numRows
    this.#writer.write(batch)
  }
}

// COPY … TO STDOUT of a statement's rows: what stands before and after them, and each row as the format wants it.

import type { CopyForm } from '@tulle/engine'
import { copyRow } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { CopyOptions } from '../command.ts'
import { foreignDiagnostic } from '../sqlstate.ts'
import type { Answer, Format, RowBatch, Rows, Statement, WireField } from './types.ts'
import { dataRowValues } from './data-rows.ts'
import { formatsFor } from './types.ts'

export async function copyOut(statement: Statement, options: CopyOptions, signal: AbortSignal): Promise<Result<Answer>> {
  const fields = statement.fields ?? []
  const form = formOf(options, fields)
  if (!form.ok) return form
  const format: Format = options.format === 'binary' ? 1 : 0
  const rows = await openRows(statement, form.value, format, signal)
  if (!rows.ok) return rows
  const framed = options.format === 'binary' ? betweenSignatures(rows.value) : options.header ? behindHeader(rows.value, headerOf(fields, form.value)) : rows.value
  return ok({ kind: 'copy', formats: formatsFor([format], fields.length), rows: framed })
}

function formOf(options: CopyOptions, fields: readonly WireField[]): Result<CopyForm> {
  if (options.format !== 'csv' || options.forceQuote === 'all') return ok(options as CopyForm)
  const columns = options.forceQuote.map((name) => ({ name, at: fields.findIndex((field) => field.name === name) }))
  const unknown = columns.find(({ at }) => at < 0)
  if (unknown !== undefined) return fail(foreignDiagnostic('42703', `column "${unknown.name.slice(0, 60)}" does not exist`))
  return ok({ ...options, forceQuote: columns.map(({ at }) => at) })
}

async function openRows(statement: Statement, form: CopyForm, format: Format, signal: AbortSignal): Promise<Result<Rows>> {
  if (statement.copy !== undefined) return statement.copy(form, signal)
  const answer = await statement.run({ values: [], formats: [], resultFormats: [format] }, signal)
  if (!answer.ok) return answer
  if (answer.value.kind !== 'rows') return fail(foreignDiagnostic('0A000', 'COPY query must have a RETURNING clause'))
  return ok(ofDataRows(answer.value.rows, form))
}

/** Rows that came as DataRow messages, which are few. */
const ofDataRows = (rows: Rows, form: CopyForm): Rows => through(rows, (batch) => ({ ...batch, bytes: Buffer.concat(dataRowValues(batch.bytes).map((values) => copyRow(values, form))) }))

const headerOf = (fields: readonly WireField[], form: CopyForm): Uint8Array =>
  copyRow(fields.map(({ name }) => Buffer.from(name)), form.format === 'csv' ? { ...form, forceQuote: [] } : form)

function behindHeader(rows: Rows, header: Uint8Array): Rows {
  let first = true
  return through(rows, (batch) => {
    const bytes = first ? Buffer.concat([header, batch.bytes]) : batch.bytes
    first = false
    return { ...batch, bytes }
  })
}

/** `PGCOPY`, no flags, no extension. */
const SIGNATURE = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex')
const NO_MORE = Buffer.from([0xff, 0xff])

// The signature stands in one message with the first row, as PostgreSQL sends it and as its clients expect it.
function betweenSignatures(rows: Rows): Rows {
  let first = true
  return through(rows, (batch) => {
    const { bytes, done } = batch
    const signature = first && (bytes.length > 0 || done)
    first = first && !signature
    if (!signature) return done ? { ...batch, bytes: Buffer.concat([bytes, copyData(NO_MORE)]) } : batch
    if (bytes.length === 0) return { ...batch, bytes: copyData(SIGNATURE, NO_MORE) }
    const length = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readInt32BE(1)
    const row = bytes.subarray(5, 1 + length)
    return { ...batch, bytes: Buffer.concat([copyData(SIGNATURE, row), bytes.subarray(1 + length), ...(done ? [copyData(NO_MORE)] : [])]) }
  })
}

function copyData(...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(5, 'd')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

const through = (rows: Rows, change: (batch: RowBatch) => RowBatch): Rows => ({
  async fetch(maxRows, signal, memory) {
    const batch = await rows.fetch(maxRows, signal, memory)
    return batch.ok ? ok(change(batch.value)) : batch
  },
  close: () => rows.close(),
})

// A look into a CSV file: its delimiter, its columns, and the type that each one's values allow. It drafts, it does not
// judge: the rows are judged when they are ingested, under the contract that came of the draft.

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { CsvColumn, CsvDraft, CsvType } from './types.ts'

/** How many rows decide; beyond them a file's surprises are for its first run to find. */
const ROWS = 100_000
const COLUMNS = 2000

/** Reads the head of a CSV file in UTF-8 whose first row names the columns. */
export async function inspectCsv(file: string): Promise<Result<CsvDraft>> {
  const broken = (what: string, remedy: string): Result<CsvDraft> => fail(messages['csv-broken']({ file, what, remedy }))
  try {
    const delimiter = sniffDelimiter(await readHead(file))
    const source = Readable.from(decoded(file))
    const parser = source.pipe(parse({ delimiter, bom: true, skip_empty_lines: true, max_record_size: 16 * 1024 * 1024 }))
    source.once('error', (cause) => parser.destroy(cause))
    let columns: Evidence[] | undefined
    let rows = 0
    for await (const record of parser as AsyncIterable<string[]>) {
      if (columns === undefined) {
        const wrong = wrongHeader(record)
        if (wrong !== undefined) return broken(wrong, 'Give every column a name of its own in the first row.')
        columns = record.map((header) => new Evidence(header.trim()))
        continue
      }
      for (const [i, column] of columns.entries()) column.add(record[i] ?? '')
      rows += 1
      if (rows === ROWS) break
    }
    if (columns === undefined) return broken('the file is empty.', 'It needs a first row with the names of its columns.')
    return ok({ delimiter, columns: columns.map((column) => column.draft(rows)), rows, whole: rows < ROWS })
  } catch (cause) {
    if (cause instanceof CsvError) return broken(`${csvMistake(cause)}.`, 'Every row must have as many values as the first; a value that holds the delimiter, a quote or a line break stands in double quotes.')
    if (cause instanceof TypeError) return broken('it is not text in UTF-8.', 'Convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 old.csv > new.csv')
    return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
  }
}

/** The file as text; bytes that are no UTF-8, and NUL, are a TypeError. */
async function* decoded(file: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const bytes of createReadStream(file) as AsyncIterable<Buffer>) {
    const text = decoder.decode(bytes, { stream: true })
    if (text.includes('\0')) throw new TypeError('NUL')
    yield text
  }
  yield decoder.decode()
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

/** The candidate that the first lines agree on most; a comma where none does. */
function sniffDelimiter(head: string): string {
  const lines = head.replaceAll(/"(?:[^"]|"")*"/g, '').split(/\r\n|\n|\r/).slice(0, 20).filter((line) => line !== '')
  const counts = [',', ';', '\t', '|'].map((delimiter) => ({ delimiter, counts: lines.map((line) => line.split(delimiter).length - 1) }))
  const agreeing = counts.filter(({ counts: [first = 0, ...others] }) => first > 0 && others.filter((n) => n === first).length >= others.length * 0.6)
  return agreeing.toSorted((a, b) => (b.counts[0] ?? 0) - (a.counts[0] ?? 0))[0]?.delimiter ?? ','
}

function wrongHeader(record: readonly string[]): string | undefined {
  const names = record.map((name) => name.trim())
  const empty = names.indexOf('')
  if (empty >= 0) return `column ${empty + 1} has no name.`
  if (names.length > COLUMNS) return `it has ${names.length} columns; ${COLUMNS} is the most.`
  const lower = names.map((name) => name.toLowerCase())
  const twice = names.find((_, i) => lower.indexOf(lower[i] ?? '') !== i)
  if (twice !== undefined) return `two columns are called "${twice}".`
  const hostile = names.find((name) => /[\u0000-\u001f\u007f.]|\{[{%#]/.test(name) || name.length > 255)
  return hostile === undefined ? undefined : `the column name ${JSON.stringify(hostile.slice(0, 60))} has a dot, a control character or a template mark in it, or is too long.`
}

// The library's own messages repeat the row, which may hold what nobody should see in a terminal's history.
function csvMistake(error: CsvError): string {
  const { lines } = error as CsvError & { readonly lines?: number }
  const where = lines === undefined ? '' : ` on line ${lines}`
  if (error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') return `the row${where} has more or fewer values than the first`
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a double quote is never closed'
  if (error.code === 'CSV_INVALID_CLOSING_QUOTE' || error.code === 'INVALID_OPENING_QUOTE') return `a double quote stands in the middle of a value${where}`
  return `it is no CSV${where} (${error.code})`
}

const TYPES: readonly (readonly [CsvType, (value: string) => boolean])[] = [
  ['boolean', (value) => /^(true|false)$/i.test(value)],
  // A leading zero or plus marks a code or a telephone, not a quantity.
  ['integer', (value) => /^-?(0|[1-9]\d{0,17})$/.test(value)],
  ['number', (value) => /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?$/.test(value) && value.length <= 24],
  ['date', (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && isDay(value)],
  ['timestamp', (value) => /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?$/.test(value) && isDay(value)],
  ['timestamptz', (value) => /^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}(:?\d{2})?)$/.test(value) && isDay(value)],
]

function isDay(value: string): boolean {
  const date = new Date(`${value.slice(0, 10)}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value.slice(0, 10)
}

/** What the values of one column have allowed so far. */
class Evidence {
  readonly #header: string
  #possible = TYPES
  #filled = 0
  #unique: Set<string> | undefined = new Set()

  constructor(header: string) {
    this.#header = header
  }

  add(value: string): void {
    if (value === '') return
    this.#filled += 1
    this.#possible = this.#possible.filter(([, allows]) => allows(value))
    if (this.#unique?.has(value) === true) this.#unique = undefined
    else this.#unique?.add(value)
  }

  draft(rows: number): CsvColumn {
    const filled = rows > 0 && this.#filled === rows
    return { header: this.#header, type: (this.#filled === 0 ? undefined : this.#possible[0]?.[0]) ?? 'string', filled, unique: filled && this.#unique !== undefined }
  }
}

// A CSV file of the run's folder as lines of JSON beside it: an object for each record, as text by column, and a text for what is
// no record. So the engine reads what could not be read as a row like any other.

import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import { createGunzip } from 'node:zlib'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { IngestionOptions } from '@tulle/engine'
import { messages } from '../messages.ts'
import { cellsOf, csvRecords, NoRecordEnd } from './csv-records.ts'

const BUFFER_CHARACTERS = 1024 * 1024
const GZIP = Buffer.from([0x1f, 0x8b])
/** Of the text of what is no record. */
const SHOWN = 65_536

export interface CsvFile {
  readonly path: string
  /** For people. */
  readonly shown: string
  readonly options: IngestionOptions
  /** Where there is no header. */
  readonly columns: readonly string[]
}

/** Answers where the lines are. */
export async function csvLines({ path, shown, options, columns }: CsvFile): Promise<Result<string>> {
  const to = `${path}.lines.ndjson`
  const refuse = (what: string, line?: number): Result<never> => fail(messages['drift-file']({ file: shown, what: line === undefined ? what : `line ${line}: ${what}` }))
  // The engine's process may be another user's.
  const handle = await open(to, 'w', 0o644)
  try {
    let names = options.header === false ? columns : undefined
    let waiting: string[] = []
    let held = 0
    const flush = async (): Promise<void> => {
      if (waiting.length > 0) await handle.write(`${waiting.join('\n')}\n`)
      waiting = []
      held = 0
    }
    for await (const record of csvRecords(textOf(path, options.encoding), options)) {
      if (names === undefined) {
        const header = headerOf(record)
        if (typeof header === 'string') return refuse(header, 1)
        names = header
        continue
      }
      const cells = cellsOf(record, names.length)
      const line = cells === undefined ? JSON.stringify(('unreadable' in record ? record.unreadable : record.cells.map((cell) => cell ?? '').join(options.delimiter ?? ',')).slice(0, SHOWN)) : JSON.stringify(Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null])))
      waiting.push(line)
      held += line.length
      if (held >= BUFFER_CHARACTERS) await flush()
    }
    await flush()
    return names === undefined ? refuse('the file is empty; a header line is expected.') : ok(to)
  } catch (error) {
    return toDiagnostic(error, refuse)
  } finally {
    await handle.close()
  }
}

function headerOf(record: Parameters<typeof cellsOf>[0]): readonly string[] | string {
  if (!('cells' in record)) return 'the header cannot be read.'
  const names = record.cells.map((cell) => cell ?? '')
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  return twice === undefined ? names : `the header names the column "${twice}" twice.`
}

function toDiagnostic(error: unknown, refuse: (what: string, line?: number) => Result<never>): Result<never> {
  if (error instanceof NoRecordEnd) return refuse(error.why, error.line)
  const { code } = error as { readonly code?: string }
  if (code === 'Z_BUF_ERROR') return refuse('the gzip file was cut short.')
  if (code?.startsWith('Z_') === true) return refuse('the gzip file is damaged.')
  throw error
}

async function* textOf(path: string, encoding: IngestionOptions['encoding'] = 'utf-8'): AsyncGenerator<string> {
  const decoder = new StringDecoder(encoding === 'latin-1' ? 'latin1' : encoding === 'utf-16' ? 'utf16le' : 'utf8')
  const head = await open(path, 'r').then(async (file) => file.read(Buffer.alloc(2), 0, 2, 0).finally(() => file.close()))
  const file = createReadStream(path, { highWaterMark: BUFFER_CHARACTERS })
  const stream = head.buffer.equals(GZIP) ? file.pipe(createGunzip()) : file
  // `pipe` does not hand errors on.
  if (stream !== file) file.once('error', (error) => stream.destroy(error))
  for await (const piece of stream as AsyncIterable<Buffer>) yield decoder.write(piece)
  yield decoder.end()
}


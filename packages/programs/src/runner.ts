// The process of a program. It reads its job, takes away what a program has no business with, runs the program's function over
// its inputs and writes one Arrow stream. What it could reach beyond its folder is closed from outside as well.

import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { argv, exit } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { RecordBatchReader, Table } from 'apache-arrow'
import type { RecordBatch } from 'apache-arrow'
import { rowsOf } from './arrow-to-rows.ts'
import type { Job, JobResult } from './job.ts'
import { JOB_FILE, RESULT_FILE, ROWS_FILE } from './job.ts'
import { ProgramOutput } from './program-output.ts'
import { Refused } from './refused.ts'

const folder = argv[2] ?? ''
const job = JSON.parse(readFileSync(join(folder, JOB_FILE), 'utf8')) as Job
const model = pathToFileURL(join(folder, job.model)).href
const PIECE = 1_048_576

function* piecesOf(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const piece = new Uint8Array(PIECE)
      const read = readSync(file, piece)
      if (read === 0) return
      yield piece.subarray(0, read)
    }
  } finally {
    closeSync(file)
  }
}

/** What a program sees of an input; it may go through it more than once. */
class Input {
  readonly #path: string

  constructor(path: string) {
    this.#path = path
  }

  * [Symbol.iterator](): Generator<RecordBatch> {
    yield* RecordBatchReader.from(piecesOf(this.#path))
  }

  * rows(): Generator<Record<string, unknown>> {
    for (const batch of this) yield* rowsOf(batch)
  }

  table(): Table {
    const reader = RecordBatchReader.from(piecesOf(this.#path)).open()
    return new Table(reader.schema, [...reader])
  }
}

/** Names of the global scope that reach out of the process, or into what it is made of. */
const TAKEN = ['process', 'fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'navigator', 'Worker', 'BroadcastChannel', 'MessageChannel', 'Request', 'Response', 'Headers', 'FormData', 'WebAssembly', 'localStorage', 'sessionStorage', 'require', 'module', 'global', 'console']
const arrow = import.meta.resolve('apache-arrow')

/** The program finds Arrow and nothing else; Arrow finds what it is made of. */
function closeDoors(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier === model) return next(specifier, context)
      if (context.parentURL === model && specifier === 'apache-arrow') return { url: arrow, format: 'module', shortCircuit: true }
      throw new Refused(`It imports "${specifier.slice(0, 100)}", which is not there.`)
    },
  })
  for (const name of TAKEN) Reflect.deleteProperty(globalThis, name)
  const silent = (): void => undefined
  Object.defineProperty(globalThis, 'console', { value: Object.freeze({ log: silent, info: silent, warn: silent, error: silent, debug: silent }) })
}

async function run(): Promise<JobResult> {
  const output = new ProgramOutput(join(job.out, ROWS_FILE), job.columns)
  const { default: give } = (await import(model)) as { readonly default?: unknown }
  if (typeof give !== 'function') throw new Refused('What it exports by default is no function.')
  const inputs = Object.freeze(Object.fromEntries(job.inputs.map(({ name, file }) => [name, new Input(join(folder, file))])))
  const given: unknown = await give(inputs, Object.freeze({ now: job.now, parameters: job.parameters }))
  if (given === null || given === undefined) throw new Refused('Its function gives nothing.')
  if (given instanceof Table || typeof given !== 'object') output.add(given)
  else if (Symbol.asyncIterator in given) for await (const one of given as AsyncIterable<unknown>) output.add(one)
  else if (Symbol.iterator in given) for (const one of given as Iterable<unknown>) output.add(one)
  else output.add(given)
  output.end()
  return { ok: true, rows: output.rows, form: output.form ?? 'rows' }
}

/** The nearest line of the program itself. */
function placeIn(stack: string): { readonly line?: number; readonly column?: number } {
  const path = fileURLToPath(model)
  for (const line of stack.split('\n').slice(0, 200)) {
    const [, row, column] = /:(\d+):(\d+)\)?$/u.exec(line.trim()) ?? []
    if (row !== undefined && (line.includes(model) || line.includes(path))) return { line: Number(row), column: Number(column) }
  }
  return {}
}

function faultOf(error: unknown): JobResult {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : ''
  const what = error instanceof Refused ? error.message : error instanceof Error ? `${error.name}: ${error.message}` : 'It throws what is no error.'
  return { ok: false, what: what.slice(0, 1_000), ...placeIn(stack) }
}

/** Kept from before the doors were closed. */
const say = (result: JobResult): void => writeFileSync(join(job.out, RESULT_FILE), JSON.stringify(result))

Error.stackTraceLimit = 50
closeDoors()
try {
  say(await run())
} catch (error) {
  say(faultOf(error))
}
exit(0)

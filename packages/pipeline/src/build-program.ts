// A data set whose model is a program: its inputs leave the run's engine as Arrow, what the program gives comes back into it as a
// relation, and from there on it is written, checked and published as every model is.

import { rm } from 'node:fs/promises'
import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { EngineProcess, RowEncoding } from '@tulle/engine'
import { ARROW_END } from '@tulle/engine'
import type { Program } from '@tulle/model'
import type { Programs } from '@tulle/programs'
import { callProgram } from '@tulle/programs'
import type { SourceRoom } from '@tulle/sources'
import type { DbtRun, Session, Target } from './types.ts'
import { copyInto } from './sessions.ts'
import { selectColumns } from './read-port.ts'

export interface RelationName { readonly schema: string; readonly name: string }

export interface ProgramRoom {
  readonly programs: Programs
  /** What calls of programs elsewhere are made with. */
  readonly sources: SourceRoom
  readonly session: Session
  readonly run: DbtRun
  readonly runId: string
  readonly memoryMegabytes: number
  readonly milliseconds: number
  readonly signal: AbortSignal
  /** What a program's inputs are called in the engine. */
  readonly relationOf: (read: Program['reads'][number]) => RelationName | undefined
  /** Makes a query ready to be run, or says why it may not be. */
  readonly ready: (sql: string) => Promise<Result<string>>
}

const ROWS_AT_ONCE = 65_536

/** The port as which the engine knows what a program gave. No port of a product has such a name. */
export const portOfProgram = (dataSet: string): string => `program ${dataSet}`

/** Runs the program and reads what it gives as the relation `portOfProgram`. */
export async function buildProgram(room: ProgramRoom, target: Target): Promise<Result<void>> {
  const { programs, session, run, memoryMegabytes, milliseconds, signal } = room
  const { dataSet, contract, address } = target
  const { model } = dataSet
  if (model?.program === undefined) throw new Bug(`${address} is made by no program.`)
  if (model.program.call !== undefined) return buildCalled(room, target, model.program)
  const port = portOfProgram(dataSet.name)
  const copy = `program.${dataSet.name}.arrow`
  const columns = contract.columns.map(({ name, type }) => ({ name, type }))
  let typed = false as boolean
  const ran = await programs.run({
    dataSet: address, file: model.file, text: model.text, columns, now: run.now, parameters: run.variables ?? {}, memoryMegabytes, milliseconds, signal,
    inputs: model.program.reads.map((read) => ({ name: read.name, write: (path) => writeRows(room, read, path, { kind: 'arrow' }) })),
    take: async (rows) => {
      ;({ typed } = rows)
      // A try before this one may have left its own.
      await rm(`${session.inFolder}/${copy}`, { force: true })
      await copyInto(session.inFolder, copy, rows.path)
    },
  })
  if (!ran.ok) return ran
  const path = `${session.inFolder}/${copy}`
  const read = await session.process.ingest({ port, format: 'arrow', paths: [path], labels: { [path]: model.file }, ...(typed && { columns }) })
  return read.ok ? ok(undefined) : fail(...read.diagnostics.map((one) => ({ ...one, message: `What the program of ${address} gives cannot be read: ${one.message}`, place: model.place })))
}

/** The same by a request to what runs elsewhere. Lines of JSON have the contract's types, Arrow has its own. */
async function buildCalled(room: ProgramRoom, { dataSet, contract, address }: Target, { call, reads: [read] }: Program): Promise<Result<void>> {
  const { sources, session, runId, signal } = room
  const place = dataSet.model?.place
  if (call === undefined || read === undefined || place === undefined) throw new Bug(`${address} is made by no call.`)
  const { format } = call
  const copy = `program.${dataSet.name}.${format}`
  const called = await callProgram(sources, {
    dataSet: address, place, call, signal, folder: session.factsFolder, key: `${runId}/${dataSet.name}`,
    input: { name: read.name, write: (path) => writeRows(room, read, path, { kind: format }) },
    take: async ({ path }) => {
      await rm(`${session.inFolder}/${copy}`, { force: true })
      await copyInto(session.inFolder, copy, path)
    },
  })
  if (!called.ok) return called
  const path = `${session.inFolder}/${copy}`
  const answer = await session.process.ingest({ port: portOfProgram(dataSet.name), format, paths: [path], labels: { [path]: `the answer for ${address}` }, ...(format === 'ndjson' && { columns: contract.columns.map(({ name, type }) => ({ name, type })) }) })
  return answer.ok ? ok(undefined) : fail(...answer.diagnostics.map((one) => ({ ...one, message: `What is answered for ${address} cannot be read: ${one.message}`, place })))
}

/** All rows of what a program reads, as they are at this moment of the run. */
async function writeRows({ ready, relationOf, session, signal }: ProgramRoom, read: Program['reads'][number], path: string, encoding: RowEncoding): Promise<Result<void>> {
  const relation = relationOf(read)
  if (relation === undefined) throw new Bug(`"${read.name}" was there when the program was planned.`)
  const sql = await ready(selectColumns(relation.schema, relation.name, undefined))
  return sql.ok ? writeQuery(session.process, sql.value, { path, encoding, signal }) : sql
}

async function writeQuery(process: EngineProcess, sql: string, { path, encoding, signal }: { readonly path: string; readonly encoding: RowEncoding; readonly signal: AbortSignal }): Promise<Result<void>> {
  const cursor = await process.open(sql, { encoding, signal })
  if (!cursor.ok) return cursor
  const file = createWriteStream(path, { mode: 0o600 })
  try {
    for (;;) {
      const batch = await cursor.value.fetch(ROWS_AT_ONCE, { signal })
      if (!batch.ok) return batch
      // The engine's memory is its own again with the next batch.
      if (batch.value.bytes.length > 0 && !file.write(Buffer.from(batch.value.bytes))) await new Promise<void>((resolve) => void file.once('drain', () => resolve()))
      if (batch.value.done) break
    }
    if (encoding.kind === 'arrow') file.write(ARROW_END)
    return ok(undefined)
  } finally {
    await cursor.value.close()
    file.end()
    await finished(file)
  }
}

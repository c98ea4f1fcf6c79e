// A session at the SQL port: statements in, rows out as they come, over TLS verified by the mesh's own certificate.

import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import pg from 'pg'
import type { FieldDef, QueryResult } from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import type { Terminal } from '../types.ts'
import type { RowPrinter } from './print-rows.ts'

export interface SqlAddress {
  readonly host: string
  readonly port: number
  readonly database: string
  /** PEM file that the port's certificate is verified by. */
  readonly caFile: string
}

export interface SqlSession {
  /** Runs one statement and gives its rows to the printer, no faster than they go out. Its error is a diagnostic. */
  run(statement: string, printer: RowPrinter, drained: Terminal['drained']): Promise<Result<void>>
  /** Asks the server to stop the statement under way. */
  cancel(): void
  close(): Promise<void>
}

/** Signs in. A refused password and an unknown certificate are diagnostics too. */
export async function openSqlSession(address: SqlAddress, user: string, password: string): Promise<Result<SqlSession>> {
  let ca: string
  try {
    ca = readFileSync(address.caFile, 'utf8')
  } catch (cause) {
    return fail(messages['file-unreadable']({ file: address.caFile, reason: reasonOf(cause) }))
  }
  const { host, port, database } = address
  const client = new pg.Client({
    host, port, database, user, password, ssl: { ca }, application_name: 'tulle sql', connectionTimeoutMillis: 15_000,
    // Values stay PostgreSQL's own text: this client shows them, it does not compute with them.
    types: { getTypeParser: () => (text: string) => text },
  })
  // A connection lost between two statements is told by the next one.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (cause) {
    return fail(isDatabaseError(cause) ? toDiagnostic(cause, '') : messages['sql-unreachable']({ address: `${host}:${port}`, reason: reasonOf(cause) }))
  }
  let running = false
  return ok({
    run: async (statement, printer, drained) => {
      try {
        const asked: pg.QueryArrayConfig = { text: statement, rowMode: 'array' }
        const query = new pg.Query(asked)
        running = true
        await streamed(client, query, printer, drained)
        return ok(undefined)
      } catch (cause) {
        return fail(isDatabaseError(cause) ? toDiagnostic(cause, statement) : messages['sql-unreachable']({ address: `${host}:${port}`, reason: reasonOf(cause) }))
      } finally {
        running = false
      }
    },
    cancel: () => {
      if (running) sendCancel(address, client)
    },
    close: async () => client.end().catch(() => undefined),
  })
}

/** Gives rows on as they arrive; `pg` keeps none where somebody listens. */
function streamed(client: pg.Client, query: pg.Query, printer: RowPrinter, drained: Terminal['drained']): Promise<void> {
  // The types of `pg` leave the connection out.
  const { stream } = (client as pg.Client & { readonly connection: pg.Connection }).connection
  return new Promise((resolve, reject) => {
    let described = false
    const describe = (fields: readonly FieldDef[]): void => {
      if (!described && fields.length > 0) printer.columns(fields.map((field) => ({ name: field.name, typeOid: field.dataTypeID })))
      described = true
    }
    query.on('row', (row: unknown, result?: { fields: readonly FieldDef[] }) => {
      describe(result?.fields ?? [])
      printer.row(row as readonly (string | null)[])
      const wait = stream.isPaused() ? undefined : drained()
      if (wait === undefined) return
      stream.pause()
      void wait.then(() => stream.resume())
    })
    query.on('end', (result: QueryResult) => {
      describe(result.fields ?? [])
      printer.end([result.command, result.rowCount ?? undefined].filter((part) => part !== undefined && part !== null && part !== '').join(' '))
      resolve()
    })
    query.on('error', reject)
    client.query(query)
  })
}

/** PostgreSQL cancels over a second connection, which carries the key of the first and nothing else. */
function sendCancel({ host, port }: SqlAddress, client: pg.Client): void {
  // The types of `pg` leave the key out.
  const { processID, secretKey } = client as pg.Client & { readonly processID: number; readonly secretKey: number }
  const request = Buffer.alloc(16)
  for (const [i, word] of [16, CANCEL_REQUEST, processID, secretKey].entries()) request.writeInt32BE(word, i * 4)
  const socket = connect(port, host, () => socket.end(request))
  socket.on('error', () => undefined)
}

const CANCEL_REQUEST = 80_877_102

const isDatabaseError = (cause: unknown): cause is pg.DatabaseError => cause instanceof pg.DatabaseError

/** The server's error with SQLSTATE, detail, hint, and a caret under the place in the statement. */
function toDiagnostic(error: pg.DatabaseError, statement: string) {
  const position = Number(error.position)
  const before = Number.isInteger(position) && position >= 1 ? [...statement].slice(0, position - 1).join('') : undefined
  const detail = error.detail === undefined || error.detail === '' ? '' : ` ${error.detail}`
  const line = before === undefined ? 0 : before.split('\n').length
  const diagnostic = messages['sql-failed'](
    { sqlState: error.code ?? 'XX000', message: error.message, detail },
    before === undefined || statement === '' ? {} : { place: { file: 'statement', line, column: before.length - before.lastIndexOf('\n'), source: statement.split('\n')[line - 1] ?? '' } },
  )
  return error.hint === undefined || error.hint === '' ? diagnostic : { ...diagnostic, help: error.hint }
}

// The control database as it was at one moment, to files: each table's rows by COPY, in one snapshot that no other
// transaction disturbs and that disturbs none.

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Pointer, TableName } from '@tulle/lake'
import type { Store } from '@tulle/store'
import { DBOS_SCHEMA } from '@tulle/workflow'
import { messages } from './messages.ts'
import { quoted, STATE_SCHEMAS, stateTables, strangeRelations } from './state-tables.ts'
import type { StateTable } from './state-tables.ts'
import type { SavedSequence, SavedTable } from './types.ts'

export interface DumpedTable extends Omit<SavedTable, 'sha256' | 'bytes'> { readonly file: string }

/** What the database said, all at the same moment. */
export interface Dump {
  readonly takenAt: string
  readonly migration: number
  readonly runtime: number
  readonly tables: readonly DumpedTable[]
  readonly sequences: readonly SavedSequence[]
  /** Where every table's metadata was, archived tables included. */
  readonly pointers: readonly { readonly kind: 'table' | 'view'; readonly name: TableName; readonly pointer: Pointer }[]
}

/** Writes a file per table into `folder`. Errors of the database are thrown. */
export async function dumpState({ target }: Pick<Store, 'target'>, folder: string, told: (done: number, total: number) => void): Promise<Result<Dump>> {
  const client = new pg.Client({ ...target.config, application_name: 'tulle backup', keepAlive: true })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const strange = await strangeRelations(client)
    if (strange.length > 0) return fail(messages['backup-state-unknown']({ relations: strange }))
    const { rows: [moment] } = await client.query<{ at: Date; migration: number; runtime: boolean }>(
      `select now() as at, (select max(number) from migration) as migration, to_regclass($1) is not null as runtime`, [`${DBOS_SCHEMA}.dbos_migrations`])
    const { rows: [version] } = moment?.runtime === true ? await client.query<{ version: string }>(`select max(version) as version from ${DBOS_SCHEMA}.dbos_migrations`) : { rows: [] }
    const found = await stateTables(client)
    const tables: DumpedTable[] = []
    for (const [i, table] of found.entries()) {
      told(i, found.length)
      tables.push(await dumpTable(client, table, join(folder, `${i}.rows`)))
    }
    return ok({
      takenAt: (moment?.at ?? new Date(0)).toISOString(),
      migration: moment?.migration ?? 0,
      runtime: Number(version?.version ?? 0),
      tables,
      sequences: await readSequences(client),
      pointers: await readPointers(client),
    })
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function dumpTable(client: pg.Client, { schema, name, columns, key }: StateTable, file: string): Promise<DumpedTable> {
  const names = columns.map((column) => quoted(column)).join(', ')
  const order = key.length === 0 ? 'ctid' : key.map((column) => quoted(column)).join(', ')
  const stream = client.query(copyTo(`copy (select ${names} from ${quoted(schema, name)} order by ${order}) to stdout`))
  await pipeline(stream, createWriteStream(file, { mode: 0o600 }))
  return { schema, name, columns, rows: stream.rowCount, file }
}

async function readSequences(client: pg.Client): Promise<readonly SavedSequence[]> {
  const { rows } = await client.query<{ schema: string; name: string }>('select schemaname as schema, sequencename as name from pg_sequences where schemaname = any($1) order by 1, 2', [STATE_SCHEMAS])
  const sequences: SavedSequence[] = []
  for (const { schema, name } of rows) {
    const { rows: [row] } = await client.query<{ value: string; called: boolean }>(`select last_value::text as value, is_called as called from ${quoted(schema, name)}`)
    if (row !== undefined) sequences.push({ schema, name, ...row })
  }
  return sequences
}

async function readPointers(client: pg.Client): Promise<Dump['pointers']> {
  const { rows } = await client.query<{ uuid: string; kind: 'table' | 'view'; namespace: string; name: string; metadata_location: string }>('select uuid, kind, namespace, name, metadata_location from table_pointer order by namespace, name, uuid')
  return rows.map(({ uuid, kind, namespace, name, metadata_location: metadataLocation }) => ({ kind, name: { namespace, name }, pointer: { uuid, metadataLocation } }))
}

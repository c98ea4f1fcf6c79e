// The rows of a backup into an empty database: its tables are made as the backup's own versions had them, filled in one
// transaction, and then brought up to date. Nothing of a manifest is ever run: it names tables that migrations have made.

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Connection, Store } from '@tulle/store'
import { openStore } from '@tulle/store'
import { prepareDbos } from '@tulle/workflow'
import { messages } from './messages.ts'
import { inReferenceOrder, quoted, STATE_SCHEMAS, stateTables } from './state-tables.ts'
import type { SavedState, SavedTable } from './types.ts'

export interface LoadOptions {
  readonly connection: Connection | string
  readonly state: SavedState
  /** The verified rows of a table, as a local file. */
  readonly fileOf: (table: SavedTable) => Promise<Result<string>>
  /** Where the warehouse was, and where it is: what addresses begin with. */
  readonly moved?: { readonly from: string; readonly to: string }
}

/** Errors of the database are thrown; nothing is committed then. */
export async function loadState({ connection, state, fileOf, moved }: LoadOptions): Promise<Result<void>> {
  const found = await countTables(connection)
  if (found > 0) return fail(messages['restore-database-not-empty']({ tables: found }))
  const old = await openStore({ connection, migration: state.migration })
  if (!old.ok) return old
  try {
    const prepared = state.runtime === 0 ? ok(undefined) : await prepareDbos(old.value, state.runtime)
    if (!prepared.ok) return prepared
    const filled = await fill(old.value, { state, fileOf, ...(moved !== undefined && { moved }) })
    if (!filled.ok) return filled
  } finally {
    await old.value.close()
  }
  const current = await openStore({ connection })
  if (current.ok) await current.value.close()
  return current.ok ? ok(undefined) : current
}

async function countTables(connection: Connection | string): Promise<number> {
  const client = new pg.Client(typeof connection === 'string' ? { connectionString: connection } : { ...connection })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ tables: number }>('select count(*)::int as tables from pg_tables where schemaname = any($1)', [STATE_SCHEMAS])
    return rows[0]?.tables ?? 0
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function fill({ target }: Store, { state, fileOf, moved }: Omit<LoadOptions, 'connection'>): Promise<Result<void>> {
  const client = new pg.Client({ ...target.config, application_name: 'tulle restore' })
  client.on('error', () => undefined)
  await client.connect()
  try {
    const tables = await inReferenceOrder(client, await stateTables(client))
    const saved = new Map(state.tables.map((table) => [`${table.schema}.${table.name}`, table]))
    const known = new Map(tables.map((table) => [`${table.schema}.${table.name}`, table]))
    const unknown = state.tables.find((table) => table.columns.some((column) => known.get(`${table.schema}.${table.name}`)?.columns.includes(column) !== true))
    if (unknown !== undefined) return fail(messages['restore-unknown-table']({ table: `${unknown.schema}.${unknown.name}` }))
    await client.query('begin')
    // Migrations write rows too, and triggers would number and announce what was numbered and announced long ago.
    await client.query(`truncate ${tables.map((table) => quoted(table.schema, table.name)).join(', ')}`)
    for (const { schema, name } of tables) await client.query(`alter table ${quoted(schema, name)} disable trigger user`)
    for (const table of tables) {
      const rows = saved.get(`${table.schema}.${table.name}`)
      const loaded = rows === undefined ? ok(undefined) : await loadTable(client, rows, fileOf)
      if (!loaded.ok) return loaded
    }
    const { rows: sequences } = await client.query<{ name: string }>(`select schemaname || '.' || sequencename as name from pg_sequences where schemaname = any($1)`, [STATE_SCHEMAS])
    for (const { schema, name, value, called } of state.sequences) {
      if (sequences.some((sequence) => sequence.name === `${schema}.${name}`)) await client.query('select setval($1::regclass, $2::bigint, $3::boolean)', [quoted(schema, name), value, called])
    }
    if (moved !== undefined) await moveAddresses(client, moved)
    for (const { schema, name } of tables) await client.query(`alter table ${quoted(schema, name)} enable trigger user`)
    await client.query('commit')
    return ok(undefined)
  } finally {
    // Ends the transaction that a failure leaves open, and with it everything that it did.
    await client.end().catch(() => undefined)
  }
}

async function loadTable(client: pg.Client, table: SavedTable, fileOf: LoadOptions['fileOf']): Promise<Result<void>> {
  const name = `${table.schema}.${table.name}`
  const file = await fileOf(table)
  if (!file.ok) return file
  const stream = client.query(copyFrom(`copy ${quoted(table.schema, table.name)} (${table.columns.map((column) => quoted(column)).join(', ')}) from stdin`))
  await pipeline(createReadStream(file.value), stream)
  const { rows } = await client.query<{ found: string }>(`select count(*) as found from ${quoted(table.schema, table.name)}`)
  const found = Number(rows[0]?.found)
  return found === table.rows ? ok(undefined) : fail(messages['restore-rows-differ']({ table: name, expected: table.rows, found }))
}

/** Tables are found by their pointers; resources remember where their table is. */
async function moveAddresses(client: pg.Client, { from, to }: { readonly from: string; readonly to: string }): Promise<void> {
  await client.query('update table_pointer set metadata_location = $2 || substr(metadata_location, length($1) + 1) where starts_with(metadata_location, $1)', [from, to])
  for (const path of ['{made,location}', '{made,asOf,metadata}']) {
    await client.query(`update resource set spec = jsonb_set(spec, $3::text[], to_jsonb($2 || substr(spec #>> $3::text[], length($1) + 1)))
      where kind = 'data-set' and starts_with(spec #>> $3::text[], $1)`, [from, to, path])
  }
}

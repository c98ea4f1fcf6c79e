// Brings a database to the newest migration, one transaction each, one process at a time. Never goes backwards.

import type { Client } from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Where } from './database-error.ts'
import { messages } from './messages.ts'
import type { Migration } from './migrations/migrations.ts'

const LOCK = '7310861500'
const OLDEST_SERVER = 140_000

/** Migrates over an open client of its own. Resolves with the numbers that were applied. */
export async function migrate(client: Client, options: { target: Where; migrations: readonly Migration[]; upTo?: number }): Promise<Result<readonly number[]>> {
  const { target, upTo = Infinity } = options
  const server = await client.query<{ number: number; text: string }>(`select current_setting('server_version_num')::int as number, current_setting('server_version') as text`)
  const version = server.rows[0]
  if (version !== undefined && version.number < OLDEST_SERVER) return fail(messages['database-too-old']({ where: target.where, version: version.text }))
  await client.query('select pg_advisory_lock($1)', [LOCK])
  try {
    const { rows: [table] } = await client.query<{ found: boolean }>(`select to_regclass('migration') is not null as found`)
    if (table?.found !== true) await client.query('create table migration (number integer primary key, name text not null, applied_at timestamptz not null default now())')
    const { rows } = await client.query<{ number: number }>('select number from migration')
    const applied = new Set(rows.map((row) => row.number))
    const known = options.migrations.at(-1)?.number ?? 0
    const newest = Math.max(upTo === Infinity ? 0 : upTo, ...applied)
    if (newest > known) return fail(messages['database-newer']({ found: newest, known }))
    const missing = options.migrations.filter(({ number }) => number <= upTo && !applied.has(number))
    for (const migration of missing) await applyOne(client, migration)
    return ok(missing.map((migration) => migration.number))
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

async function applyOne(client: Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(migration.statements)
    await client.query('insert into migration (number, name) values ($1, $2)', [migration.number, migration.name])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw error
  }
}

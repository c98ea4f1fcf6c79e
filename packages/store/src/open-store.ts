// The open door to the control database: a typed pool, one listening session, locks. Everything else in this room goes through it.

import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Target } from './address.ts'
import { targetOf } from './address.ts'
import { explainDatabaseError } from './database-error.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/migrations.ts'
import type { Database } from './schema.ts'
import type { Connection } from './types.ts'
import type { Watch } from './watch.ts'
import { watchDatabase } from './watch.ts'

/** The control database, migrated. Queries after a server's death fail once and then reconnect by themselves. */
export interface Store {
  readonly db: Kysely<Database>
  readonly pool: pg.Pool
  readonly target: Target
  /** The session that hears notices and holds leases. */
  readonly watch: Watch
  /** Calls back for each notice on the channel, and after each reconnection, since notices may have been missed. */
  listen(channel: string, hear: () => void): Promise<() => void>
  /** Aborted when `close` is called: what goes on by itself ends then. */
  readonly closed: AbortSignal
  close(): Promise<void>
}

export interface StoreOptions {
  /** What `startPostgres` returned, or an address such as DATABASE_URL. */
  readonly connection: Connection | string
  /** Most connections at a time; 10 unless told. */
  readonly poolSize?: number
  /** Stops at this migration, for rows that were kept by it; the newest unless told. */
  readonly migration?: number
}

/** Connects, migrates and opens. Every way in which that fails is a diagnostic. */
export async function openStore({ connection, poolSize = 10, migration }: StoreOptions): Promise<Result<Store>> {
  const target = targetOf(connection)
  if (!target.ok) return target
  const config: pg.PoolConfig = { ...target.value.config, application_name: 'tulle', keepAlive: true, connectionTimeoutMillis: 10_000 }
  const client = new pg.Client(config)
  client.on('error', () => undefined)
  try {
    await client.connect()
    const migrated = await migrate(client, { target: target.value, migrations: MIGRATIONS, ...(migration !== undefined && { upTo: migration }) })
    if (!migrated.ok) return migrated
  } catch (error) {
    return fail(explainDatabaseError(error, target.value))
  } finally {
    await client.end().catch(() => undefined)
  }
  const pool = new pg.Pool({ ...config, max: poolSize, idleTimeoutMillis: 30_000 })
  // An idle client whose server died is dropped by the pool; the next query opens another.
  pool.on('error', () => undefined)
  // One that is in use between two queries would otherwise throw out of its socket, and end the process.
  pool.on('connect', (connected) => connected.on('error', () => undefined))
  const watch = watchDatabase(config)
  const closed = new AbortController()
  let closing: Promise<void> | undefined
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  return ok({
    db,
    pool,
    target: target.value,
    watch,
    listen: (channel, hear) => watch.listen(channel, hear),
    closed: closed.signal,
    close: () => {
      closed.abort(new Error('the store is closed'))
      closing ??= Promise.all([db.destroy(), watch.close()]).then(() => undefined)
      return closing
    },
  })
}

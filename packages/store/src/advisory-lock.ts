// One at a time across processes. Each lock has a connection of its own, never one of the pool's: waiters would starve the very work they wait for.

import type { Clock } from '@tulle/kernel'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { lockNumber } from './lock-number.ts'
import type { Store } from './open-store.ts'
import type { Database } from './schema.ts'

/** What `work` gets: aborted when the database session, and with it the lock, was lost. */
export type LockedWork<T> = (lost: AbortSignal) => Promise<T>

/** Waits for the lock, works, releases. The lock ends with this process, however it ends. */
export async function withAdvisoryLock<T>(store: Store, name: string, work: LockedWork<T>): Promise<T> {
  const client = await connect(store)
  try {
    await client.query('select pg_advisory_lock($1)', [lockNumber(name)])
    return await work(lossOf(client))
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Works if the lock is free now; otherwise says so at once. */
export async function tryAdvisoryLock<T>(store: Store, name: string, work: LockedWork<T>): Promise<{ readonly got: true; readonly value: T } | { readonly got: false }> {
  const client = await connect(store)
  try {
    const { rows } = await client.query<{ got: boolean }>('select pg_try_advisory_lock($1) as got', [lockNumber(name)])
    if (rows[0]?.got !== true) return { got: false }
    return { got: true, value: await work(lossOf(client)) }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Waits until nobody has the lock, and takes it no longer than it takes to see that; false where somebody has it all the
 * while. Enough for who has first made sure that nobody who takes it later can mind.
 */
export async function outwaitAdvisoryLock(db: Kysely<Database>, name: string, { clock, milliseconds }: { readonly clock: Clock; readonly milliseconds: number }): Promise<boolean> {
  for (let left = milliseconds; ; left -= LOOK_MILLISECONDS) {
    // Outside of a transaction it ends with its own statement.
    const { rows } = await sql<{ free: boolean }>`select pg_try_advisory_xact_lock(${lockNumber(name)}) as free`.execute(db)
    if (rows[0]?.free === true) return true
    if (left <= 0) return false
    await clock.sleep(Math.min(left, LOOK_MILLISECONDS))
  }
}

const LOOK_MILLISECONDS = 250

async function connect(store: Store): Promise<pg.Client> {
  const client = new pg.Client({ ...store.target.config, application_name: 'tulle lock', keepAlive: true })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function lossOf(client: pg.Client): AbortSignal {
  const loss = new AbortController()
  client.once('end', () => loss.abort(new Error('the database session that held the lock was lost')))
  return loss.signal
}

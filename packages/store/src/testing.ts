// The rig for rooms that need the control database: a real PostgreSQL, one per test process, a database of its own per store.

import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { addressOf } from './address.ts'
import { startPostgres } from './postgres/start-postgres.ts'
import type { Store } from './open-store.ts'
import { openStore } from './open-store.ts'
import { prepareHome, temporaryFolder, TEST_SETTINGS } from './testing/prepared-home.ts'
import { valueOf } from './testing/value-of.ts'
import type { Connection, RunningPostgres } from './types.ts'

export { prepareHome } from './testing/prepared-home.ts'
export { valueOf } from './testing/value-of.ts'
export { killCycles } from './testing/kill-cycles.ts'
export type { KillCyclesOptions, KillReport } from './testing/kill-cycles.ts'

export interface TestStore extends AsyncDisposable {
  readonly store: Store
  readonly connection: Connection
  readonly connectionString: string
  /** Another door to the same database, as another replica has it. Closed with the rig. */
  another(): Promise<Store>
  close(): Promise<void>
}

export interface TestPostgres extends AsyncDisposable {
  readonly postgres: RunningPostgres
  readonly folder: string
  close(): Promise<void>
}

let shared: Promise<TestPostgres> | undefined
let users = 0

/**
 * A store on a fresh, migrated database. The first call in a process starts a server (half a second); it stops with
 * the last rig that is closed, or with the process. Use it in `beforeAll`/`afterAll`, or with `await using`.
 */
export async function testStore(): Promise<TestStore> {
  shared ??= testPostgres({ migrated: true })
  users += 1
  const { postgres } = await shared
  const database = `test_${randomBytes(6).toString('hex')}`
  await withClient(postgres.connection, (client) => client.query(`create database ${database} template ${postgres.connection.database}`))
  const connection = { ...postgres.connection, database }
  const stores = [valueOf(await openStore({ connection, poolSize: 5 }))] as [Store, ...Store[]]
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= (async () => {
      for (const store of stores) await store.close()
      users -= 1
      if (users > 0) return
      const last = shared
      shared = undefined
      await (await last)?.close()
    })()
    return closing
  }
  return {
    store: stores[0],
    connection,
    connectionString: addressOf(connection),
    another: async () => {
      const store = valueOf(await openStore({ connection, poolSize: 5 }))
      stores.push(store)
      return store
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Runs `use` with a store of its own. */
export async function withTestStore<T>(use: (rig: TestStore) => Promise<T>): Promise<T> {
  await using rig = await testStore()
  return await use(rig)
}

/** A server of one's own in a temporary folder, its database empty unless it is to be migrated; with a port, on that of this machine too. */
export async function testPostgres(options: { settings?: Readonly<Record<string, string>>; database?: string; port?: number; migrated?: boolean } = {}): Promise<TestPostgres> {
  const folder = await temporaryFolder('test')
  await prepareHome(join(folder, 'pg'), options)
  const postgres = valueOf(await startPostgres({
    folder: join(folder, 'pg'),
    ...(options.database !== undefined && { database: options.database }),
    ...(options.port !== undefined && { port: options.port }),
    settings: { ...TEST_SETTINGS, ...options.settings },
  }))
  const close = async (): Promise<void> => {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { postgres, folder, close, [Symbol.asyncDispose]: close }
}

/** One client for the time of `use`. */
export async function withClient<T>(connection: Connection, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await use(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

// A control database with something in every kind of table and a warehouse of real tables, to be backed up; and the eyes to
// compare it with what a restore made of it.

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import type { Result } from '@tulle/kernel'
import { ok, systemClock } from '@tulle/kernel'
import type { Catalog, Lake, Pointer, TableName } from '@tulle/lake'
import { commitWithRetry, createTable, filesReachable, loadTable, memoryCatalog, newDataPath, openLake, stageAppend } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import type { Connection, Store } from '@tulle/store'
import { appendEvent, startPostgres } from '@tulle/store'
import { testStore, valueOf } from '@tulle/store/testing'
import { prepareDbos } from '@tulle/workflow'
import { backUp } from '../back-up.ts'
import type { BackupOptions } from '../back-up.ts'
import { openPlace } from '../open-place.ts'
import { restore } from '../restore.ts'
import type { Restored, RestoreOptions } from '../restore.ts'
import { quoted, stateTables } from '../state-tables.ts'
import type { BackupSummary, Place } from '../types.ts'

/** As the tests' own servers are kept: a test that kills only processes cannot notice a missing fsync. */
export const QUICK = { fsync: 'off', dynamic_shared_memory_type: 'mmap' } as const

/** Not the newest, so that what a backup of an older runtime needs is always tried. */
const RUNTIME = 20

export interface BackupRig extends AsyncDisposable {
  readonly folder: string
  readonly store: Store
  readonly connectionString: string
  readonly home: string
  readonly objects: Objects
  readonly lake: Lake
  place(name?: string): Promise<Place>
  /** Appends a file of these bytes; the table is made where it is missing. */
  append(name: TableName, bytes: string): Promise<void>
  backUp(place: Place, options?: Partial<BackupOptions>): Promise<Result<BackupSummary>>
  restore(place: Place, options?: Partial<RestoreOptions>): Promise<Result<Restored>>
  /** Every row of every table of a database, as text, by table. */
  rows(connection: Connection | string, replace?: (text: string) => string): Promise<Readonly<Record<string, readonly string[]>>>
  /** The same of a restored home. */
  rowsOfHome(home: string, replace?: (text: string) => string): Promise<Readonly<Record<string, readonly string[]>>>
}

export async function backupRig(): Promise<BackupRig> {
  const database = await testStore()
  const { store } = database
  const folder = await mkdtemp('/tmp/tulle-backup-rig-')
  await chmod(folder, 0o711)
  const home = join(folder, 'home')
  await mkdir(join(home, 'logs'), { recursive: true })
  await writeFile(join(home, 'logs/audit.jsonl'), '{"who":"ana"}\n')
  await mkdir(join(home, 'secrets'))
  await writeFile(join(home, 'secrets/ana'), 'not-a-default\n', { mode: 0o600 })
  const objects = localObjects(join(home, 'warehouse'))
  const lake = openLake({ catalog: pointerCatalog(store), objects })
  valueOf(await prepareDbos(store, RUNTIME))
  await fillState(store)

  const rows: BackupRig['rows'] = async (connection, replace = (text) => text) => {
    const client = new pg.Client(typeof connection === 'string' ? { connectionString: connection } : { ...connection })
    await client.connect()
    try {
      const found: Record<string, readonly string[]> = {}
      for (const { schema, name } of await stateTables(client)) {
        const { rows } = await client.query<{ row: string }>(`select t::text as row from ${quoted(schema, name)} t order by 1`)
        found[`${schema}.${name}`] = rows.map(({ row }) => replace(row))
      }
      return found
    } finally {
      await client.end()
    }
  }
  return {
    folder, store, home, objects, lake, rows,
    connectionString: database.connectionString,
    place: async (name = 'place') => valueOf(await openPlace(join(folder, name))),
    append: async (name, bytes) => {
      if ((await lake.catalog.find(name)) === undefined) valueOf(await createTable(lake, { name, folder: 'p1', columns: [{ name: 'id', type: 'long' }] }))
      valueOf(await commitWithRetry(lake, async () => {
        const table = valueOf(await loadTable(lake, name))
        const path = valueOf(await objects.create(newDataPath(lake, table), Buffer.from(bytes)))
        const staged = await stageAppend(lake, table, { files: [{ path, rows: 1, bytes: bytes.length }] })
        return staged.ok ? ok([staged.value]) : staged
      }))
    },
    backUp: (place, options = {}) => backUp({
      store, objects, place, home: { folder: home, files: ['logs/audit.jsonl', 'logs/not-there'] }, version: '0.1.0', clock: systemClock, signal: new AbortController().signal, ...options,
    }),
    restore: (place, options = {}) => restore({ place, home: join(folder, 'restored', randomUUID().slice(0, 8)), postgres: QUICK, signal: new AbortController().signal, ...options }),
    rowsOfHome: async (at, replace) => {
      const postgres = valueOf(await startPostgres({ folder: join(at, 'pg'), settings: QUICK }))
      try {
        return await rows(postgres.connection, replace)
      } finally {
        await postgres.stop()
      }
    },
    [Symbol.asyncDispose]: async () => {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Pointers as the house keeps them: rows of the control database. */
function pointerCatalog({ db }: Store): Catalog {
  return {
    ...memoryCatalog(),
    find: async ({ namespace, name }): Promise<Pointer | undefined> => {
      const row = await db.selectFrom('table_pointer').selectAll().where('namespace', '=', namespace).where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : { uuid: row.uuid, metadataLocation: row.metadata_location }
    },
    swap: async (swaps) => {
      for (const { name, expected, next } of swaps) {
        if (next === undefined) return 'conflict'
        if (expected === undefined) await db.insertInto('table_pointer').values({ uuid: next.uuid, ...name, metadata_location: next.metadataLocation, version: '1', archived_at: null }).execute()
        else {
          const moved = await db.updateTable('table_pointer').set({ metadata_location: next.metadataLocation }).where('metadata_location', '=', expected.metadataLocation).executeTakeFirst()
          if (moved.numUpdatedRows !== 1n) return 'conflict'
        }
      }
      return 'swapped'
    },
  }
}

const ODD = 'tab\t newline\n backslash\\ \\N quote" \u202e łódź 𝕏'

/** Rows in tables of every shape: references, identities, JSON, nulls, texts that formats like to break on. */
async function fillState({ db, pool }: Store): Promise<void> {
  await db.insertInto('account').values({ id: 'a1', name: 'ana', role: 'consumer', display_name: ODD, verifier: 'SCRAM-SHA-256$4096:x', purposes: '["testing"]', attributes: '{"region":"EU"}', created_at: new Date(0), disabled_at: null }).execute()
  await db.insertInto('account_team').values({ account_id: 'a1', team: 'ops' }).execute()
  await db.insertInto('access_grant').values({
    id: 'g1', subject_kind: 'user', subject: 'a1', product_id: 'p1', data_set: null, columns: JSON.stringify(['id', ODD]), purposes: '["testing"]',
    granted_by: 'system', granted_at: new Date(1), expires_at: null, revoked_at: new Date(2), revoked_by: 'olga',
  }).execute()
  await db.insertInto('run').values({
    id: 'r1', product: 'sales', status: 'succeeded', trigger: '{"kind":"manual"}', parameters: '{}', requested_by: 'ana', requested_at: new Date(3), started_at: null, finished_at: new Date(4), diagnostics: '[]',
  }).execute()
  for (const message of ['first', ODD]) await db.insertInto('run_log').values({ run_id: 'r1', time: new Date(5), step: null, level: 'info', message }).execute()
  for (let i = 0; i < 3; i += 1) await db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.test', source: '/test', subject: `s${i}`, data: { i, odd: ODD } }))
  await db.updateTable('mesh_state').set({ generation: '7', mesh: '{"name":"test"}' }).execute()
  await pool.query(`insert into dbos.workflow_status (workflow_uuid, status, name) values ('r1', 'SUCCESS', $1)`, [ODD])
}

/** What a warehouse serves: by table, the bytes of the data files of each snapshot. */
export async function contentsOf(objects: Objects, pointers: readonly { readonly name: TableName; readonly pointer: Pointer }[]): Promise<Readonly<Record<string, readonly string[]>>> {
  const found: Record<string, readonly string[]> = {}
  for (const { name, pointer } of pointers) {
    const lake = openLake({ catalog: { ...memoryCatalog(), find: () => Promise.resolve(pointer) }, objects })
    const table = valueOf(await loadTable(lake, name))
    for (const snapshot of table.snapshots) {
      const files = [...valueOf(await filesReachable(lake, table, [snapshot])).values()].filter(({ kind }) => kind === 'data')
      const bytes = await Promise.all(files.map(async ({ address }) => Buffer.from(valueOf(await objects.read(address))).toString('utf8')))
      found[`${name.namespace}.${name.name} ${snapshot.id}`] = bytes.toSorted()
    }
  }
  return found
}

export const isGone = (path: string): boolean => !existsSync(path)

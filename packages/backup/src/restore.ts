// A backup into an empty home: every byte is checked on its way, and the home appears under its name whole, or not at all.
// Where the warehouse lies elsewhere than it did, the tables' metadata is written anew with its new addresses.

import { randomUUID } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises'
import { copyFile, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Engine } from '@tulle/engine'
import { relocateFile } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { localObjects } from '@tulle/objects'
import type { Connection } from '@tulle/store'
import { explainDatabaseError, removePostgres, startPostgres } from '@tulle/store'
import { hashFile, takeFile } from './contents.ts'
import { loadState } from './load-state.ts'
import { readBackup } from './manifests.ts'
import { messages } from './messages.ts'
import type { DeleteMover } from './move-deletes.ts'
import { openDeleteMover } from './move-deletes.ts'
import { reasonOf } from './open-place.ts'
import { isRetired, readRetirements } from './retire.ts'
import type { Backup, Manifest, Place, SavedObject, Tell } from './types.ts'

export interface RestoreOptions {
  readonly place: Place
  /** Which backup; the newest unless told. */
  readonly backup?: string
  /** Absolute. It may not exist, or must be empty. */
  readonly home: string
  /** The warehouse to fill, which must be empty; the home's own unless told. */
  readonly warehouse?: Objects
  /** The database to fill, which must be empty; the home's own unless told. */
  readonly databaseUrl?: string
  /** Settings of the home's own PostgreSQL while it is filled. */
  readonly postgres?: Readonly<Record<string, string>>
  /** Writes position delete files anew where the warehouse has moved; without it such a backup is refused. */
  readonly engine?: Engine
  /** Local files with secrets that the backup needs and does not hold. */
  readonly secrets?: readonly string[]
  readonly signal: AbortSignal
  readonly tell?: Tell
}

export interface Restored {
  readonly id: string
  readonly takenAt: string
  readonly home: string
  readonly objects: number
  readonly rows: number
  /** True where the warehouse lies elsewhere than it did. */
  readonly moved: boolean
}

export async function restore(options: RestoreOptions): Promise<Result<Restored>> {
  const { place, home, warehouse, signal } = options
  const backup = await readBackup(place, options.backup)
  if (!backup.ok) return backup
  const retirements = await readRetirements(place)
  if (!retirements.ok) return retirements
  if (isRetired(backup.value.manifest, retirements.value)) return fail(messages['backup-retired']({ id: backup.value.id }))
  const secrets = await findSecrets(options, backup.value)
  if (!secrets.ok) return secrets
  const free = await checkFree(options)
  if (!free.ok) return free
  const unfinished = `${home}.restoring-${randomUUID().slice(0, 8)}`
  const undo = async (): Promise<void> => {
    await removePostgres(join(unfinished, 'pg'))
    await rm(unfinished, { recursive: true, force: true })
    if (warehouse !== undefined) for (const { path } of backup.value.manifest.objects) await warehouse.remove(warehouse.address(path))
  }
  try {
    const restored = await fillHome(options, { backup: backup.value, secrets: secrets.value }, unfinished)
    if (!restored.ok) await undo()
    return restored
  } catch (error) {
    await undo().catch(() => undefined)
    if (signal.aborted) return fail(messages['restore-stopped']({}))
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string' && (error as NodeJS.ErrnoException).path !== undefined) {
      return fail(messages['restore-home-unwritable']({ home, reason: reasonOf(error) }))
    }
    return fail(explainDatabaseError(error, { where: options.databaseUrl === undefined ? home : 'DATABASE_URL', user: 'tulle', database: 'tulle' }))
  }
}

async function checkFree({ home, warehouse }: RestoreOptions): Promise<Result<void>> {
  const found = await readdir(home).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : error))
  if (found instanceof Error) return fail(messages['restore-home-unwritable']({ home, reason: reasonOf(found) }))
  if (found.length > 0) return fail(messages['restore-home-not-empty']({ home }))
  if (warehouse !== undefined) for await (const address of warehouse.list('')) return fail(messages['restore-warehouse-not-empty']({ address }))
  return ok(undefined)
}

async function fillHome(options: RestoreOptions, { backup: { id, manifest }, secrets }: { readonly backup: Backup; readonly secrets: ReadonlyMap<string, string> }, unfinished: string): Promise<Result<Restored>> {
  const { home, databaseUrl } = options
  await makeFolder(unfinished, 0o711)
  await makeFolder(join(unfinished, 'warehouse'), 0o711)
  const to = (options.warehouse ?? localObjects(join(home, 'warehouse'))).address('')
  const target = { objects: options.warehouse ?? localObjects(join(unfinished, 'warehouse')), to }
  const objects = await restoreObjects(options, manifest, target, unfinished)
  if (!objects.ok) return objects
  const files = await restoreFiles(options, manifest, unfinished)
  if (!files.ok) return files
  for (const [path, file] of secrets) await placeFile(file, join(unfinished, path))
  options.tell?.({ phase: 'database', done: 0, total: 1, bytes: 0 })
  const load = (connection: Connection | string): Promise<Result<void>> => loadState({
    connection,
    state: manifest.state,
    fileOf: (table) => takeFile(options.place, table, `the rows of ${table.schema}.${table.name}`),
    ...(to !== manifest.warehouse && { moved: { from: manifest.warehouse, to } }),
  })
  const loaded = databaseUrl === undefined ? await withPostgres(join(unfinished, 'pg'), options.postgres ?? {}, load) : await load(databaseUrl)
  if (!loaded.ok) return loaded
  options.signal.throwIfAborted()
  await rmdir(home).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
  await rename(unfinished, home)
  await using parent = await open(dirname(home), 'r')
  await parent.sync()
  return ok({
    id, home, takenAt: manifest.takenAt, objects: manifest.objects.length, moved: to !== manifest.warehouse,
    rows: manifest.state.tables.reduce((sum, table) => sum + table.rows, 0),
  })
}

async function withPostgres(folder: string, settings: Readonly<Record<string, string>>, work: (connection: Connection) => Promise<Result<void>>): Promise<Result<void>> {
  const postgres = await startPostgres({ folder, settings })
  if (!postgres.ok) return postgres
  try {
    return await work(postgres.value.connection)
  } finally {
    await postgres.value.stop()
  }
}

interface Target {
  readonly objects: Objects
  /** What addresses will begin with once the home has its name. */
  readonly to: string
}

// What names other files comes after them: their lengths are in it.
const ORDER: readonly (readonly SavedObject['kind'][])[] = [['data', 'deletes', 'blob', 'statistics'], ['manifest'], ['manifest-list'], ['metadata']]
const AT_ONCE = 4

async function restoreObjects(options: RestoreOptions, manifest: Manifest, target: Target, scratch: string): Promise<Result<void>> {
  const deletes = options.engine === undefined || manifest.warehouse === target.to ? undefined : openDeleteMover(options.engine, { from: manifest.warehouse, to: target.to })
  try {
    return await restoreAll(options, manifest, { target, scratch, ...(deletes !== undefined && { deletes }) })
  } finally {
    await deletes?.close()
  }
}

async function restoreAll({ place, signal, tell }: RestoreOptions, { warehouse, objects }: Manifest, to: Pick<Moving, 'target' | 'scratch' | 'deletes'>): Promise<Result<void>> {
  const lengths = new Map<string, number>()
  let done = 0
  let bytes = 0
  for (const kinds of ORDER) {
    const group = objects.filter(({ kind }) => kinds.includes(kind))
    for (let start = 0; start < group.length; start += AT_ONCE) {
      signal.throwIfAborted()
      tell?.({ phase: 'objects', done, total: objects.length, bytes })
      const batch = group.slice(start, start + AT_ONCE)
      const restored = await Promise.all(batch.map(async (object) => {
        const file = await takeFile(place, object, object.path)
        if (!file.ok) return file
        return restoreObject(object, file.value, { warehouse, lengths, ...to })
      }))
      for (const result of restored) if (!result.ok) return result
      done += batch.length
      bytes += batch.reduce((sum, object) => sum + object.bytes, 0)
    }
  }
  return ok(undefined)
}

interface Moving { readonly warehouse: string; readonly target: Target; readonly lengths: Map<string, number>; readonly scratch: string; readonly deletes?: DeleteMover }

async function restoreObject({ path, kind }: SavedObject, file: string, { warehouse, target, lengths, scratch, deletes }: Moving): Promise<Result<unknown>> {
  if (warehouse !== target.to && (kind === 'metadata' || kind === 'manifest-list' || kind === 'manifest')) {
    const moved = await relocateFile(kind, await readFile(file), warehouse + path, { from: warehouse, to: target.to, lengths })
    if (!moved.ok) return moved
    lengths.set(target.to + path, moved.value.length)
    return target.objects.create(path, moved.value)
  }
  // A folder takes files in by a second name, and a warehouse must not share its bytes with a backup.
  const own = join(scratch, randomUUID())
  const moved = kind === 'deletes' ? await deletes?.move(file, own) : undefined
  if (moved?.ok === false) return moved
  if (moved?.value === undefined) await copyFile(file, own)
  else lengths.set(target.to + path, moved.value)
  const taken = await target.objects.adopt(path, own)
  await rm(own, { force: true })
  return taken
}

async function restoreFiles({ place, tell }: RestoreOptions, { files }: Manifest, home: string): Promise<Result<void>> {
  for (const [i, saved] of files.entries()) {
    tell?.({ phase: 'files', done: i, total: files.length, bytes: 0 })
    const file = await takeFile(place, saved, saved.path)
    if (!file.ok) return file
    await placeFile(file.value, join(home, saved.path))
  }
  return ok(undefined)
}

async function placeFile(file: string, path: string): Promise<void> {
  await makeFolder(dirname(path), 0o700)
  await copyFile(file, path)
  await chmod(path, 0o600)
}

/** Of what the backup needs and does not hold: which local file it is, by its path in the home. */
async function findSecrets({ secrets = [] }: RestoreOptions, { id, manifest }: Backup): Promise<Result<ReadonlyMap<string, string>>> {
  const found = new Map<string, string>()
  for (const { path, sha256 } of manifest.needs ?? []) {
    if (manifest.files.some((file) => file.path === path && file.sha256 === sha256)) continue
    for (const file of secrets) {
      const content = await hashFile(file).catch(() => undefined)
      if (content?.sha256 === sha256) found.set(path, file)
    }
    if (!found.has(path)) return fail(messages['restore-secret-missing']({ id, path }))
  }
  return ok(found)
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  await mkdir(folder, { recursive: true })
  await chmod(folder, mode)
}

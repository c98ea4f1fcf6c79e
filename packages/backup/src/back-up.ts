// Everything that is acknowledged, at one moment, into a place. State first, in one snapshot; then what the pointers of that
// very snapshot lead to, which never changes and may not be removed meanwhile; the manifest last. Whatever happens before
// that leaves earlier backups as they were, and spares the next one the work.

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Table, TableName } from '@tulle/lake'
import { filesReachable, loadTable, openLake, memoryCatalog } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import type { Store } from '@tulle/store'
import { explainDatabaseError, OBJECT_REMOVAL, tryAdvisoryLock, withAdvisoryLock } from '@tulle/store'
import { hashFile, keepFile, presentContents, withScratch } from './contents.ts'
import { dumpState } from './dump-state.ts'
import type { Dump } from './dump-state.ts'
import { readBackup, writeManifest } from './manifests.ts'
import { messages } from './messages.ts'
import { claimPlace, reasonOf } from './open-place.ts'
import type { BackupSummary, Content, Manifest, Place, SavedFile, SavedObject, SavedState, Tell } from './types.ts'

export interface BackupOptions {
  readonly store: Store
  /** The warehouse. */
  readonly objects: Objects
  readonly place: Place
  /** Paths of objects beside a table's own that its snapshots lead to as well. */
  readonly beside?: (objects: Objects, table: Table) => Promise<Result<ReadonlySet<string>>>
  /** The home, and which of its files go along, by their paths in there. One that is not there is passed over. */
  readonly home: { readonly folder: string; readonly files: readonly string[] }
  /** Secrets that rows of tables of the state are made under, by their paths in the home: a backup with such rows is not restored without them. */
  readonly needs?: readonly { readonly table: string; readonly path: string }[]
  /** Told when the place is known to be one, before anything is brought there. */
  readonly begun?: () => Promise<void>
  readonly version: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly tell?: Tell
}

export async function backUp(options: BackupOptions): Promise<Result<BackupSummary>> {
  const { store, place, signal } = options
  const claimed = await claimPlace(place)
  if (!claimed.ok) return claimed
  await options.begun?.()
  try {
    const locked = await tryAdvisoryLock(store, 'backup', () =>
      withAdvisoryLock(store, OBJECT_REMOVAL, (lost) =>
        withScratch(place, options.clock.now(), (scratch) => new Copying(options, scratch, lost).run())))
    return locked.got ? locked.value : fail(messages['backup-in-progress']({}))
  } catch (error) {
    if (signal.aborted) return fail(messages['backup-stopped']({ place: place.name }))
    if (error instanceof Lost) return fail(messages['backup-interrupted']({ reason: error.message }))
    if (typeof (error as NodeJS.ErrnoException).syscall === 'string' && (error as NodeJS.ErrnoException).path !== undefined) {
      return fail(messages['backup-place-unusable']({ place: place.name, reason: reasonOf(error) }))
    }
    return fail(explainDatabaseError(error, store.target))
  }
}

class Lost extends Error {
  override message = 'the database session that keeps objects from being removed was lost'
}

const AT_ONCE = 4

class Copying {
  readonly #options: BackupOptions
  readonly #scratch: string
  readonly #lost: AbortSignal
  #present = new Set<string>()
  #newObjects = 0
  #newBytes = 0

  constructor(options: BackupOptions, scratch: string, lost: AbortSignal) {
    this.#options = options
    this.#scratch = scratch
    this.#lost = lost
  }

  async run(): Promise<Result<BackupSummary>> {
    const { store, place, objects, version } = this.#options
    this.#present = await presentContents(place)
    const dump = await dumpState(store, this.#scratch, (done, total) => this.#tell('state', done, total))
    if (!dump.ok) return dump
    const state = await this.#keepState(dump.value)
    if (!state.ok) return state
    const reached = await this.#reach(dump.value)
    if (!reached.ok) return reached
    const saved = await this.#keepObjects(reached.value)
    if (!saved.ok) return saved
    const files = await this.#keepFiles()
    if (!files.ok) return files
    this.#check()
    const { takenAt } = dump.value
    const needs = await this.#needs(state.value)
    const manifest: Manifest = { format: 1, takenAt, tulle: version, warehouse: objects.address(''), state: state.value, objects: saved.value, files: files.value, ...(needs.length > 0 && { needs }) }
    const id = await writeManifest(place, manifest)
    return id.ok ? ok(summaryOf(id.value, manifest, { newObjects: this.#newObjects, newBytes: this.#newBytes })) : id
  }

  async #keepState({ migration, runtime, tables, sequences }: Dump): Promise<Result<SavedState>> {
    const kept = await this.#each(tables, 'state', async ({ file, ...table }) => {
      const content = await this.#keep(file)
      return content.ok ? ok({ ...table, ...content.value }) : content
    })
    return kept.ok ? ok({ migration, runtime, tables: kept.value, sequences }) : kept
  }

  /** Every object that a pointer leads to, by its path in the warehouse. */
  async #reach({ pointers }: Dump): Promise<Result<ReadonlyMap<string, SavedObject['kind']>>> {
    const { objects, clock } = this.#options
    const kinds = new Map<string, SavedObject['kind']>()
    for (const { kind, name, pointer } of pointers) {
      this.#check()
      if (kind === 'view') {
        // It has a file and no rows.
        const file = objects.pathOf(pointer.metadataLocation)
        if (!file.ok) return file
        kinds.set(file.value, 'metadata')
        continue
      }
      const lake = openLake({ catalog: { ...memoryCatalog(), find: () => Promise.resolve(pointer) }, objects, clock })
      const files = await this.#filesOf(lake, name)
      if (!files.ok) return files
      for (const [path, kind] of files.value) kinds.set(path, kind)
    }
    return ok(kinds)
  }

  async #filesOf(lake: Lake, name: TableName): Promise<Result<ReadonlyMap<string, SavedObject['kind']>>> {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const files = await filesReachable(lake, table.value)
    if (!files.ok) return files
    const beside = (await this.#options.beside?.(lake.objects, table.value)) ?? ok([])
    if (!beside.ok) return beside
    return ok(new Map([...[...files.value].map(([path, { kind }]) => [path, kind] as const), ...[...beside.value].map((path) => [path, 'blob'] as const)]))
  }

  async #keepObjects(reached: ReadonlyMap<string, SavedObject['kind']>): Promise<Result<readonly SavedObject[]>> {
    const { objects, place } = this.#options
    const before = await readBackup(place)
    // An object never changes, so what an earlier backup of this warehouse says of it still holds.
    const known = new Map(before.ok && before.value.manifest.warehouse === objects.address('') ? before.value.manifest.objects.map((object) => [object.path, object]) : [])
    const kept = await this.#each([...reached], 'objects', async ([path, kind]): Promise<Result<SavedObject | undefined>> => {
      const earlier = known.get(path)
      if (earlier !== undefined && this.#present.has(earlier.sha256)) return ok(earlier)
      const file = await objects.localFile(objects.address(path))
      // Metadata files of the log may have been removed long ago; the current one was read.
      if (!file.ok) return kind === 'metadata' && file.diagnostics[0]?.code === 'object-missing' ? ok(undefined) : file
      const content = await this.#keep(file.value)
      return content.ok ? ok({ path, kind, ...content.value }) : content
    })
    return kept.ok ? ok(kept.value.flatMap((object) => object ?? [])) : kept
  }

  async #keepFiles(): Promise<Result<readonly SavedFile[]>> {
    const { folder, files } = this.#options.home
    const kept = await this.#each(files, 'files', async (path): Promise<Result<SavedFile | undefined>> => {
      const file = join(folder, path)
      if (!(await stat(file).catch(() => undefined))?.isFile()) return ok(undefined)
      const content = await this.#keep(file)
      return content.ok ? ok({ path, ...content.value }) : content
    })
    return kept.ok ? ok(kept.value.flatMap((file) => file ?? [])) : kept
  }

  async #needs({ tables }: SavedState): Promise<NonNullable<Manifest['needs']>> {
    const { home, needs = [] } = this.#options
    const needed = needs.filter((one) => tables.some(({ schema, name, rows }) => schema === 'public' && name === one.table && rows > 0))
    return Promise.all(needed.map(async ({ path }) => ({ path, sha256: (await hashFile(join(home.folder, path))).sha256 })))
  }

  async #keep(file: string): Promise<Result<Content>> {
    const kept = await keepFile(this.#options.place, file, { present: this.#present, scratch: this.#scratch })
    if (!kept.ok) return kept
    const { isNew, sha256, bytes } = kept.value
    if (isNew) {
      this.#newObjects += 1
      this.#newBytes += bytes
    }
    return ok({ sha256, bytes })
  }

  /** Some at a time, in order, until one fails. */
  async #each<A, B>(items: readonly A[], phase: 'state' | 'objects' | 'files', work: (item: A) => Promise<Result<B>>): Promise<Result<readonly B[]>> {
    const done: B[] = []
    for (let start = 0; start < items.length; start += AT_ONCE) {
      this.#check()
      this.#tell(phase, start, items.length)
      for (const result of await Promise.all(items.slice(start, start + AT_ONCE).map(work))) {
        if (!result.ok) return result
        done.push(result.value)
      }
    }
    this.#tell(phase, items.length, items.length)
    return ok(done)
  }

  #tell(phase: 'state' | 'objects' | 'files', done: number, total: number): void {
    this.#options.tell?.({ phase, done, total, bytes: this.#newBytes })
  }

  #check(): void {
    this.#options.signal.throwIfAborted()
    if (this.#lost.aborted) throw new Lost()
  }
}

/** What a backup comes to. */
export function summaryOf(id: string, manifest: Manifest, { newObjects = 0, newBytes = 0 }: { readonly newObjects?: number; readonly newBytes?: number } = {}): BackupSummary {
  const { takenAt, state, objects, files } = manifest
  return {
    id, takenAt,
    tables: new Set(objects.flatMap(({ kind, path }) => (kind === 'metadata' ? [path.slice(0, path.lastIndexOf('/'))] : []))).size,
    rows: state.tables.reduce((sum, table) => sum + table.rows, 0),
    objects: objects.length,
    bytes: [...objects, ...state.tables, ...files].reduce((sum, content) => sum + content.bytes, 0),
    newObjects, newBytes,
    secrets: files.some(({ path }) => path.startsWith('secrets/')),
  }
}

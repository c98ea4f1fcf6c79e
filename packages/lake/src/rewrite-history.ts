// Every snapshot of a table over other files: the same snapshots under the same ids, none of which leads to what was replaced
// any more. For rows that must not have been there at all.
//
// Order: all lists, manifests and the metadata are written beside the old ones · the pointer is swapped · what only the old
// metadata led to is removed. INVARIANT: nothing is removed before the swap is acknowledged. A crash in between leaves files
// that nothing leads to, which `sweepTable` finds.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Lake, ManifestEntry, ManifestFile, Snapshot, SnapshotId, StagedCommit, Table, TableName } from './types.ts'
import type { NewEntry } from './manifest.ts'
import type { NewObject } from './write-metadata.ts'
import { checkAlone } from './check-alone.ts'
import { checkWritable, metadataFolder, nextTime, writeMetadata } from './write-metadata.ts'
import { commitWithRetry } from './commit.ts'
import { filesReachable } from './reachable-files.ts'
import { loadTable } from './load-table.ts'
import { manifestsOf, namedEntries } from './live-entries.ts'
import { newManifest } from './new-manifest.ts'
import { removeObjects } from './remove-objects.ts'
import { sweepTable } from './sweep-table.ts'
import { writeManifestList } from './manifest-list.ts'

/** A file as some snapshot has it. */
export interface HistoricFile {
  readonly entry: ManifestEntry
  /** Those that it is live in. */
  readonly snapshots: readonly SnapshotId[]
}

/** The manifests of every kept snapshot, and what each of them names: read once, though many lists name it. */
interface History { readonly lists: ReadonlyMap<SnapshotId, readonly ManifestFile[]>; readonly entries: ReadonlyMap<string, readonly ManifestEntry[]> }

async function readHistory(lake: Lake, table: Table): Promise<Result<History>> {
  const lists = new Map<SnapshotId, readonly ManifestFile[]>()
  const entries = new Map<string, readonly ManifestEntry[]>()
  for (const snapshot of table.snapshots) {
    const manifests = await manifestsOf(lake, table, snapshot)
    if (!manifests.ok) return manifests
    lists.set(snapshot.id, manifests.value)
    for (const manifest of manifests.value) {
      if (entries.has(manifest.path)) continue
      const named = await namedEntries(lake, table, manifest)
      if (!named.ok) return named
      entries.set(manifest.path, named.value)
    }
  }
  return ok({ lists, entries })
}

/** What every kept snapshot is made of, each file once, by its address. */
export async function filesOfHistory(lake: Lake, table: Table): Promise<Result<ReadonlyMap<string, HistoricFile>>> {
  const history = await readHistory(lake, table)
  return history.ok ? ok(filesOf(history.value)) : history
}

function filesOf({ lists, entries }: History): ReadonlyMap<string, HistoricFile> {
  const found = new Map<string, { readonly entry: ManifestEntry; readonly snapshots: SnapshotId[] }>()
  for (const [id, manifests] of lists) {
    for (const entry of manifests.flatMap(({ path }) => entries.get(path) ?? [])) {
      if (entry.status === 'deleted') continue
      const file = found.get(entry.file.path)
      if (file === undefined) found.set(entry.file.path, { entry, snapshots: [id] })
      else if (file.snapshots.at(-1) !== id) file.snapshots.push(id)
    }
  }
  return found
}

/** What stands in for a file: another, several, or null where nothing of it is left. */
export type StandIn = DataFile | readonly DataFile[] | null
/** By address. */
type Replacements = ReadonlyMap<string, StandIn>

interface HistoryOptions {
  /** Snapshots that go, with the branches and tags that lead to them. Never the current one. */
  readonly drop?: ReadonlySet<SnapshotId>
  /** The summary of a snapshot; `isTouched` where it has other files now, and its counts are those. */
  readonly describe?: (snapshot: Snapshot, isTouched: boolean) => Readonly<Record<string, string>>
}

export interface RewriteOptions extends HistoryOptions {
  /**
   * In milliseconds since 1970: everything in the table's folder that nothing leads to and that is older goes too; the caller
   * knows that nobody who began before that is still writing.
   */
  readonly sweepBefore?: number
}

export interface RewrittenHistory {
  /** The table that was written anew, as it was. */
  readonly before: Table
  readonly removedFiles: number
  /** Addresses of what could not be removed. */
  readonly leftFiles: readonly string[]
}

/**
 * Commits the same history over other files, and removes what only the older metadata led to. `replace` says which files stand
 * in for which; it is asked anew where somebody else committed meanwhile.
 */
export async function rewriteHistory(lake: Lake, name: TableName, { sweepBefore, ...history }: RewriteOptions, replace: (table: Table) => Promise<Result<Replacements>> = async () => ok(new Map())): Promise<Result<RewrittenHistory>> {
  /** By the metadata file that was staged on it; by none, the one that nothing had to change in. */
  const begun = new Map<string | undefined, Table>()
  const committed = await commitWithRetry(lake, async () => {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const replacements = await replace(table.value)
    if (!replacements.ok) return replacements
    const staged = await stageHistory(lake, table.value, replacements.value, history)
    if (!staged.ok) return staged
    begun.set(staged.value?.swap.next.metadataLocation, table.value)
    return ok(staged.value === undefined ? [] : [staged.value])
  })
  if (!committed.ok) return committed
  const before = begun.get(committed.value[0]?.metadataLocation) as Table
  const freed = await freedFiles(lake, before)
  if (!freed.ok) return freed
  const done = await removeObjects(lake, freed.value, (address) => address)
  const swept = sweepBefore === undefined ? ok({ removed: [], left: [] }) : await sweepTable(lake, name, sweepBefore)
  return swept.ok ? ok({ before, removedFiles: done.removed.length + swept.value.removed.length, leftFiles: [...done.left, ...swept.value.left] }) : swept
}

/** What the table led to, and leads to no more. */
async function freedFiles(lake: Lake, before: Table): Promise<Result<readonly string[]>> {
  const led = await filesReachable(lake, before)
  if (!led.ok) return led
  const now = await loadTable(lake, before.name)
  const used = now.ok ? await filesReachable(lake, now.value) : now
  return used.ok ? ok([...led.value].filter(([path]) => !used.value.has(path)).map(([, { address }]) => address)) : used
}

/**
 * Stages the same history over other files. Besides, what manifests say of files that no snapshot has any more (their bounds
 * are values too) is left out, as are statistics files and the older metadata files. Undefined where nothing would change.
 */
async function stageHistory(lake: Lake, table: Table, replacements: Replacements, { drop = new Set(), describe = ({ summary }) => summary }: HistoryOptions): Promise<Result<StagedCommit | undefined>> {
  const allowed = await checkAlone(lake, table)
  if (!allowed.ok) return allowed
  const writable = checkWritable(table)
  if (!writable.ok) return writable
  const folder = metadataFolder(lake, table)
  if (!folder.ok) return folder
  const history = await readHistory(lake, table)
  if (!history.ok) return history
  const writing = new Writing(lake, table, { folder: folder.value, replacements, history: history.value, live: new Set(filesOf(history.value).keys()) })
  const snapshots: Snapshot[] = []
  for (const snapshot of table.snapshots) {
    if (drop.has(snapshot.id) && snapshot.id !== table.currentSnapshot?.id) continue
    const anew = writing.snapshot(snapshot)
    if (!anew.ok) return anew
    const summary = describe(anew.value, anew.value !== snapshot)
    snapshots.push(sameSummary(summary, anew.value.summary) ? anew.value : { ...anew.value, summary })
  }
  const kept = new Set(snapshots.map(({ id }) => id))
  const isSame = snapshots.length === table.snapshots.length && snapshots.every((snapshot, i) => snapshot === table.snapshots[i])
  const carried = Object.fromEntries(Object.entries(table.metadata.carried).filter(([key]) => key !== 'statistics' && key !== 'partition-statistics'))
  if (isSame && Object.keys(carried).length === Object.keys(table.metadata.carried).length) return ok(undefined)
  const refs = Object.fromEntries(Object.entries(table.metadata.refs).filter(([, { snapshotId }]) => kept.has(snapshotId)))
  const snapshotLog = table.metadata.snapshotLog.filter(({ snapshotId }) => kept.has(snapshotId))
  return writeMetadata(lake, table, { lastUpdated: nextTime(lake, table), snapshots, refs, snapshotLog, carried }, { objects: writing.objects, forget: true })
}

interface Anew { readonly folder: string; readonly replacements: Replacements; readonly history: History; readonly live: ReadonlySet<string> }

class Writing {
  readonly objects: NewObject[] = []
  readonly #lake: Lake
  readonly #table: Table
  readonly #anew: Anew
  /** By the path of the old one; a manifest stands in many lists. Null: nothing is left of it. */
  readonly #manifests = new Map<string, ManifestFile | null>()
  readonly #rows = new Map<string, readonly ManifestEntry[]>()

  constructor(lake: Lake, table: Table, anew: Anew) {
    this.#lake = lake
    this.#table = table
    this.#anew = anew
  }

  snapshot(snapshot: Snapshot): Result<Snapshot> {
    const old = this.#anew.history.lists.get(snapshot.id) ?? []
    const listed: ManifestFile[] = []
    for (const manifest of old) {
      const anew = this.#manifest(manifest)
      if (!anew.ok) return anew
      if (anew.value !== null) listed.push(anew.value)
    }
    if (listed.length === old.length && listed.every((manifest, i) => manifest === old[i])) return ok(snapshot)
    const path = `${this.#anew.folder}/snap-${snapshot.id}-${this.#lake.ids.uuid()}.avro`
    this.objects.push({ path, bytes: writeManifestList(listed, snapshot) })
    const entries = listed.flatMap((manifest) => this.#rows.get(manifest.path) ?? [])
    return ok({ ...snapshot, manifestList: this.#lake.objects.address(path), summary: recounted(snapshot, entries) })
  }

  #manifest(manifest: ManifestFile): Result<ManifestFile | null> {
    const known = this.#manifests.get(manifest.path)
    if (known !== undefined) return ok(known)
    const old = this.#anew.history.entries.get(manifest.path) ?? []
    const entries = old.flatMap((entry) => this.#entry(entry))
    const same = entries.length === old.length && entries.every((entry, i) => entry === old[i])
    const anew = same ? ok(manifest) : entries.length === 0 ? ok(null) : this.#write(manifest, entries)
    if (!anew.ok) return anew
    this.#manifests.set(manifest.path, anew.value)
    if (anew.value !== null) this.#rows.set(anew.value.path, entries)
    return anew
  }

  #entry(entry: ManifestEntry): readonly ManifestEntry[] {
    const other = this.#anew.replacements.get(entry.file.path)
    if (other === null || (entry.status === 'deleted' && !this.#anew.live.has(entry.file.path))) return []
    if (other === undefined) return [entry]
    return ('length' in other ? other : [other]).map((file) => ({ ...entry, content: file.content ?? 'data', file }))
  }

  #write(manifest: ManifestFile, entries: readonly ManifestEntry[]): Result<ManifestFile> {
    const path = `${this.#anew.folder}/${this.#lake.ids.uuid()}-m0.avro`
    const lines = entries.map(({ status, snapshotId, sequenceNumber, fileSequenceNumber, file }): NewEntry => ({ status, snapshotId, sequenceNumber, fileSequenceNumber, file }))
    const made = newManifest(this.#lake, this.#table.metadata, lines, {
      path, specId: manifest.specId, content: manifest.content, snapshot: { id: manifest.addedSnapshotId, sequenceNumber: manifest.sequenceNumber },
    })
    if (!made.ok) return made
    this.objects.push(made.value.object)
    return ok(made.value.listed)
  }
}

const sameSummary = (a: Snapshot['summary'], b: Snapshot['summary']): boolean => a === b || (Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value))

/** What a summary counts, counted anew. Other words of it stay. */
function recounted({ id, summary }: Snapshot, entries: readonly ManifestEntry[]): Readonly<Record<string, string>> {
  const live = entries.filter(({ status }) => status !== 'deleted')
  const rows = (some: readonly ManifestEntry[]): string => String(some.reduce((sum, { file }) => sum + file.rows, 0))
  const of = (content: ManifestEntry['content'], some = live): readonly ManifestEntry[] => some.filter((entry) => entry.content === content)
  const own = entries.filter(({ snapshotId, status }) => snapshotId === id && status === 'added')
  const gone = entries.filter(({ snapshotId, status }) => snapshotId === id && status === 'deleted')
  const counts: Readonly<Record<string, string>> = {
    'total-records': rows(of('data')), 'total-data-files': String(of('data').length), 'total-delete-files': String(live.length - of('data').length),
    'total-position-deletes': rows(of('position-deletes')), 'total-equality-deletes': rows(of('equality-deletes')),
    'total-files-size': String(live.reduce((sum, { file }) => sum + file.bytes, 0)),
    'added-records': rows(of('data', own)), 'added-data-files': String(of('data', own).length), 'added-files-size': String(own.reduce((sum, { file }) => sum + file.bytes, 0)),
    'deleted-records': rows(of('data', gone)), 'deleted-data-files': String(of('data', gone).length), 'removed-files-size': String(gone.reduce((sum, { file }) => sum + file.bytes, 0)),
    'added-position-deletes': rows(of('position-deletes', own)),
  }
  return Object.fromEntries(Object.entries(summary).map(([key, value]) => [key, counts[key] ?? value]))
}

// The last step of every staged change: the next metadata file, written and synced beside the current one.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Snapshot, StagedCommit, Table, TableMetadata } from './types.ts'
import { messages } from './messages.ts'
import { packMetadata, printMetadata } from './print-metadata.ts'
import { printTableName, tableOf } from './table.ts'

/** How many older metadata files a table remembers, unless its properties say otherwise. */
const REMEMBERED = 100

/** What changes; the rest of the table's metadata stays. */
export type MetadataChange = Partial<TableMetadata> & Pick<TableMetadata, 'lastUpdated'>

/** What goes with the change: its snapshot, and the manifests that are not written yet. */
export interface WithMetadata {
  readonly snapshot?: Snapshot
  readonly objects?: readonly NewObject[]
  /** The older metadata files are not remembered. */
  readonly forget?: boolean
}
export interface NewObject { readonly path: string; readonly bytes: Uint8Array }

/**
 * Stages a change of a table's metadata. Its objects are written side by side: each is on disk before the pointer can
 * move, and until then nothing leads to any of them, so their order does not matter.
 */
export async function writeMetadata(lake: Lake, table: Table, change: MetadataChange, { snapshot, objects = [], forget = false }: WithMetadata = {}): Promise<Result<StagedCommit>> {
  const metadata: TableMetadata = { ...table.metadata, ...change, formatVersion: 2, metadataLog: forget ? [] : nextLog(table) }
  const folder = metadataFolder(lake, table)
  if (!folder.ok) return folder
  const path = `${folder.value}/${nextNumber(table)}-${lake.ids.uuid()}${isPacked(metadata) ? '.gz' : ''}.metadata.json`
  const files = lake.postponed === undefined ? [...objects, { path, bytes: metadataBytes(metadata) }] : objects
  lake.postponed?.set(path, metadata)
  const written = await Promise.all(files.map((file) => lake.objects.create(file.path, file.bytes)))
  const failed = written.find((result) => !result.ok)
  if (failed !== undefined && !failed.ok) return failed
  const next = { uuid: metadata.uuid, metadataLocation: lake.objects.address(path) }
  lake.memory.put(next.metadataLocation, metadata)
  return ok({
    swap: { name: table.name, expected: table.base, next },
    table: tableOf(table.name, next.metadataLocation, metadata, table.base),
    ...(snapshot !== undefined && { snapshot }),
  })
}

/** How many snapshots are printed for people to read, unless the table's properties say otherwise. */
const PRINTED_PLAIN = 100

/** The name tells every reader of the format how to open it. */
function isPacked({ properties, snapshots }: TableMetadata): boolean {
  const { 'write.metadata.compression-codec': codec } = properties
  return codec === 'gzip' || (codec !== 'none' && snapshots.length > PRINTED_PLAIN)
}

/** A metadata file as it is written. */
export const metadataBytes = (metadata: TableMetadata): Uint8Array => (isPacked(metadata) ? packMetadata(metadata) : Buffer.from(printMetadata(metadata), 'utf8'))

/** Where a table keeps its metadata, as a path of objects. */
export function metadataFolder(lake: Lake, table: Table): Result<string> {
  const root = lake.objects.pathOf(table.location)
  return root.ok ? ok(`${root.value}/metadata`) : root
}

/** Refuses tables whose format, or whose way to name manifests, cannot be written. */
export function checkWritable(table: Table): Result<void> {
  const { formatVersion, snapshots } = table.metadata
  if (formatVersion > 2 || (formatVersion === 1 && snapshots.some((s) => s.manifestList === undefined))) {
    return fail(messages['format-not-writable']({ table: printTableName(table.name), version: formatVersion }))
  }
  return ok(undefined)
}

/** No older than what the table has seen, so that its log stays in order where clocks differ. */
export const nextTime = (lake: Lake, table: Table): number => Math.max(lake.clock.now(), table.metadata.lastUpdated)

/** Only files that the catalogue has pointed to are remembered: a change staged on a staged change skips the one between. */
function nextLog(table: Table): TableMetadata['metadataLog'] {
  const { metadataLog, lastUpdated, properties } = table.metadata
  if (table.base === undefined || table.base.metadataLocation !== table.metadataLocation) return metadataLog
  const asked = Number(properties['write.metadata.previous-versions-max'])
  const remembered = Number.isInteger(asked) && asked > 0 ? asked : REMEMBERED
  return [...metadataLog, { metadataFile: table.metadataLocation, timestamp: lastUpdated }].slice(-remembered)
}

function nextNumber(table: Table): string {
  const current = /\/v?(\d{1,9})[^/]*\.metadata\.json(?:\.gz)?$/u.exec(table.metadataLocation)?.[1]
  return String(current === undefined ? table.metadata.metadataLog.length : Number(current) + 1).padStart(5, '0')
}

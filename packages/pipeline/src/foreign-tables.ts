// Tables of other platforms to relations of a run's engine process: found by their Iceberg REST catalogues, at one snapshot,
// their files copied into the run's private folder. A catalogue of others is a stranger: only listed hosts are asked, only
// listed storage is opened, and what it says is never more than a diagnostic.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { IcebergInputPort } from '@tulle/model'
import type { Relation } from '@tulle/engine'
import type { Lake, Pointer, Snapshot, Table, TableName } from '@tulle/lake'
import { loadTable, memoryCatalog, openLake, planScan, snapshotOf, snapshotOfRef } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { restCatalog } from '@tulle/catalog'
import { tableRelation } from '@tulle/tables'
import type { ForeignInput, Session, Workshop } from './types.ts'
import type { ReadPlan } from './read-plan.ts'
import { copyInto } from './sessions.ts'
import { messages } from './messages.ts'

/** A table as it was found, ready to be read. */
export interface ForeignTable extends ForeignInput { readonly lake: Lake; readonly loaded: Table }

type Room = Pick<Workshop, 'foreign' | 'exchange' | 'clock'>

/** The table of every port, at the snapshot that it names now, or at that of `as`. Everything that is wrong is told at once. */
export async function findForeignTables(room: Room, { product, foreign }: Pick<ReadPlan, 'product' | 'foreign'>, as: readonly ForeignInput[] = []): Promise<Result<readonly ForeignTable[]>> {
  const tables: ForeignTable[] = []
  const diagnostics: Diagnostic[] = []
  for (const port of foreign) {
    const was = as.find((one) => one.port === port.name)
    const found = await findTable(room, `${product.name}.${port.name}`, was === undefined ? port : { ...port, snapshot: was.snapshot })
    if (found.ok) tables.push({ port: port.name, ...found.value })
    else diagnostics.push(...found.diagnostics)
  }
  return diagnostics.length > 0 ? fail(...diagnostics) : ok(tables)
}

/** Copies the files of every table into the run's folder, and keeps there how they are read. */
export async function bringForeignTables({ inFolder, factsFolder }: Session, product: string, tables: readonly ForeignTable[]): Promise<Result<readonly ForeignInput[]>> {
  for (const { port, table, snapshot, lake, loaded } of tables) {
    const told = { port: `${product}.${port}`, table }
    let copied = 0
    const relation = await attempt(told, async () => {
      const scan = await planScan(lake, loaded, { snapshotId: snapshot })
      return scan.ok ? tableRelation(lake, loaded, scan.value, { place: (file) => copyInto(inFolder, `${port}.foreign.${copied++}.parquet`, file) }) : scan
    })
    if (!relation.ok) return relation
    await writeFile(factsOf(factsFolder, port), JSON.stringify({ ...relation.value, schema: 'source', name: port } satisfies Relation))
  }
  return ok(tables.map(({ port, table, snapshot }) => ({ port, table, snapshot })))
}

/** `source.<port>`, as it was brought. */
export async function foreignRelation({ factsFolder }: Pick<Session, 'factsFolder'>, port: string): Promise<Relation> {
  return JSON.parse(await readFile(factsOf(factsFolder, port), 'utf8')) as Relation
}

const factsOf = (factsFolder: string, port: string): string => join(factsFolder, `${port}.foreign.json`)

async function findTable(room: Room, port: string, source: IcebergInputPort): Promise<Result<Omit<ForeignTable, 'port'>>> {
  const name: TableName = { namespace: source.namespace, name: source.table }
  const told = { port, table: `${source.namespace}.${source.table}` }
  const pointer = await askCatalogue(room, told, source, name)
  if (!pointer.ok) return pointer
  const { metadataLocation: address } = pointer.value
  const objects = room.foreign.storage.find((one) => one.pathOf(address).ok)
  if (objects === undefined) return fail(messages['foreign-storage-refused']({ ...told, address: address.slice(0, 300) }))
  const catalog = memoryCatalog()
  await catalog.swap([{ name, next: pointer.value, expected: undefined }])
  const lake = openLake({ catalog, objects, clock: room.clock })
  const loaded = await attempt(told, () => loadTable(lake, name))
  if (!loaded.ok) return loaded
  const snapshot = snapshotRead(told, source, loaded.value)
  return snapshot.ok ? ok({ table: told.table, snapshot: snapshot.value.id, lake, loaded: loaded.value }) : snapshot
}

interface Told { readonly port: string; readonly table: string }

/** Where the catalogue says that the table's metadata is. */
async function askCatalogue({ foreign, exchange, clock }: Room, told: Told, { uri, warehouse, secret }: IcebergInputPort, name: TableName): Promise<Result<Pointer>> {
  const { host, hostname } = new URL(uri)
  if (!foreign.hosts.has(host) && !foreign.hosts.has(hostname)) return fail(messages['foreign-host-refused']({ port: told.port, host }))
  const held = secret === undefined ? undefined : foreign.secret(secret)
  if (secret !== undefined && held === undefined) return fail(messages['foreign-secret-missing']({ port: told.port, secret }))
  // Nothing is written by way of this catalogue, so it needs no objects.
  const catalog = restCatalog({
    uri, exchange, clock, objects: memoryObjects(),
    ...(warehouse !== undefined && { warehouse }), ...(held !== undefined && (held.includes(':') ? { credential: held } : { token: held })),
  })
  return attempt(told, async () => {
    const pointer = await catalog.find(name)
    return pointer === undefined ? fail(unreadable(told, 'its catalogue has no such table, or does not show it to this platform.')) : ok(pointer)
  })
}

function snapshotRead(told: Told, { ref = 'main', snapshot }: IcebergInputPort, table: Table): Result<Snapshot> {
  if (snapshot !== undefined) {
    const found = snapshotOf(table, snapshot)
    return found.ok ? found : fail(messages['foreign-snapshot-gone']({ ...told, snapshot }))
  }
  if (ref !== 'main') return attempted(told, snapshotOfRef(table, ref))
  return table.currentSnapshot === undefined ? fail(unreadable(told, 'it has no snapshot yet.')) : ok(table.currentSnapshot)
}

const unreadable = (told: Told, why: string): Diagnostic => messages['foreign-table-unreadable']({ ...told, why })

/** What fails or throws is said of the port; what the lake says of a stranger's files is no finding of our own tables. */
async function attempt<T>(told: Told, act: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return attempted(told, await act())
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException
    return fail(unreadable(told, message || (code ?? 'the connection failed')))
  }
}

const attempted = <T>(told: Told, result: Result<T>): Result<T> =>
  result.ok || result.diagnostics.some(({ code }) => code === 'foreign-table-unreadable') ? result : fail(unreadable(told, result.diagnostics.map((one) => one.message).join(' ')))

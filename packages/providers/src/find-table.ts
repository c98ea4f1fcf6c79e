// What is left of a data set's table: what its pointer leads to, else the newest metadata file that may be shown again.
// Reads only.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Clock, Result } from '@tulle/kernel'
import { loadTable, openLake } from '@tulle/lake'
import type { Lake, Pointer, Table, TableName } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'
import { postgresCatalog } from './postgres-catalog.ts'
import type { Made } from './types.ts'

export interface FoundTable {
  /** Undefined: nothing that can be used is left. */
  readonly table?: Table
  /** The pointer as it is; undefined where there is none. */
  readonly pointer?: StoredPointer
  /** True where the table was found by its files alone. */
  readonly recovered: boolean
}

interface StoredPointer extends Pointer { readonly archived: boolean }

interface Search {
  readonly db: Kysely<Database>
  readonly objects: Objects
  readonly clock: Clock
}

/** Looks for the table by identity, then by name, then among the files. */
export async function findTable(search: Search, name: TableName, made: Made | undefined): Promise<FoundTable> {
  const pointer = await findPointer(search.db, name, made)
  const pointed = pointer === undefined ? undefined : await tableAt(lakeOf(search), name, pointer)
  if (pointed?.ok === true) return { table: { ...pointed.value, base: pointer }, ...(pointer !== undefined && { pointer }), recovered: false }
  const recovered = made === undefined || made['destroying'] === true ? undefined : await newestPublished(search, name, made)
  return {
    ...(recovered !== undefined && { table: { ...recovered, base: pointer } }),
    ...(pointer !== undefined && { pointer }),
    recovered: recovered !== undefined,
  }
}

export const lakeOf = ({ db, objects, clock }: Search): Lake => openLake({ catalog: postgresCatalog(db), objects, clock })

/** The table that a pointer leads to, whether or not a catalogue would find it. */
export function tableAt(lake: Lake, name: TableName, { uuid, metadataLocation }: Pointer): Promise<Result<Table>> {
  return loadTable({ ...lake, catalog: { ...lake.catalog, find: () => Promise.resolve({ uuid, metadataLocation }) } }, name)
}

async function findPointer(db: Kysely<Database>, { namespace, name }: TableName, made: Made | undefined): Promise<StoredPointer | undefined> {
  const { rows } = await sql<{ uuid: string; metadata_location: string; archived: boolean }>`
    select uuid, metadata_location, archived_at is not null as archived from table_pointer
    where uuid = ${String(made?.['uuid'] ?? '')} or (namespace = ${namespace} and name = ${name} and archived_at is null)
    order by uuid = ${String(made?.['uuid'] ?? '')} desc limit 1`.execute(db)
  const row = rows[0]
  return row === undefined ? undefined : { uuid: row.uuid, metadataLocation: row.metadata_location, archived: row.archived }
}

/**
 * INVARIANT: a file that was staged but never published is never brought back. Only snapshots that the journal says were
 * published count, or a table that has none yet.
 */
async function newestPublished(search: Search, name: TableName, made: Made): Promise<Table | undefined> {
  const folder = search.objects.pathOf(String(made['location']))
  if (!folder.ok) return undefined
  const files: string[] = []
  for await (const address of search.objects.list(`${folder.value}/metadata`)) if (NUMBERED.test(address)) files.push(address)
  const published = await publishedSnapshots(search.db, name)
  for (const metadataLocation of files.toSorted((a, b) => numberOf(b) - numberOf(a) || (a < b ? 1 : -1))) {
    const table = await tableAt(lakeOf(search), name, { uuid: String(made['uuid']), metadataLocation })
    if (!table.ok) continue
    const snapshot = table.value.currentSnapshot
    if (snapshot === undefined || published.has(snapshot.id)) return table.value
  }
  return undefined
}

const NUMBERED = /\/(?<number>\d+)-[^/]+\.metadata\.json$/u
const numberOf = (address: string): number => Number(NUMBERED.exec(address)?.groups?.['number'] ?? -1)

async function publishedSnapshots(db: Kysely<Database>, { namespace, name }: TableName): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ snapshot: string }>`
    select data->'snapshots'->>${name} as snapshot from outbox
    where type = 'tulle.product.published' and data->>'product' = ${namespace} and data->'snapshots'->>${name} is not null`.execute(db)
  return new Set(rows.map((row) => row.snapshot))
}

// The lake's catalogue over the table `table_pointer`: one row per table, compared and swapped. All swaps of a call are
// one transaction, so several tables are published at once or not at all. Archived tables are not found. Views are pointed
// to in the same way, and share the names of tables.

import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Catalog, Pointer, PointerSwap, TableName } from '@tulle/lake'
import type { Database } from '@tulle/store'

export interface PostgresCatalog extends Catalog {
  /** Swaps within the caller's transaction. After `conflict` the caller must roll back: some swaps may have been made. */
  swapIn(tx: Transaction<Database>, swaps: readonly PointerSwap[]): Promise<'swapped' | 'conflict'>
}

export type PointerKind = 'table' | 'view'

/** Keeps pointers in the control database. */
export function postgresCatalog(db: Kysely<Database>, kind: PointerKind = 'table'): PostgresCatalog {
  const swapIn: PostgresCatalog['swapIn'] = (tx, swaps) => swapAll(tx, kind, swaps)
  return {
    list: async (namespace) => {
      let query = db.selectFrom('table_pointer').select(['namespace', 'name']).where('kind', '=', kind).where('archived_at', 'is', null)
      if (namespace !== undefined) query = query.where('namespace', '=', namespace)
      return query.orderBy('namespace').orderBy('name').execute()
    },
    find: async (name) => findPointer(db, kind, name),
    swap: async (swaps) => {
      try {
        return await db.transaction().execute(async (tx) => {
          const outcome = await swapIn(tx, swaps)
          if (outcome === 'conflict') throw new Conflict()
          return outcome
        })
      } catch (error) {
        if (error instanceof Conflict) return 'conflict'
        throw error
      }
    },
    swapIn,
  }
}

class Conflict extends Error {}

async function findPointer(db: Kysely<Database>, kind: PointerKind, { namespace, name }: TableName): Promise<Pointer | undefined> {
  const row = await db.selectFrom('table_pointer').select(['uuid', 'metadata_location'])
    .where('namespace', '=', namespace).where('name', '=', name).where('kind', '=', kind).where('archived_at', 'is', null).executeTakeFirst()
  return row === undefined ? undefined : { uuid: row.uuid, metadataLocation: row.metadata_location }
}

async function swapAll(tx: Transaction<Database>, kind: PointerKind, swaps: readonly PointerSwap[]): Promise<'swapped' | 'conflict'> {
  // Always in the same order, so that two publishers of the same tables wait for each other instead of deadlocking. New
  // names come last: a table that is renamed gives up its old name first, since its identity may stand in one row only.
  for (const swap of swaps.toSorted(byName)) if (!(await swapOne(tx, kind, swap))) return 'conflict'
  return 'swapped'
}

const keyOf = ({ name }: PointerSwap): string => `${name.namespace}\0${name.name}`
const isNew = ({ expected }: PointerSwap): number => (expected === undefined ? 1 : 0)
const byName = (a: PointerSwap, b: PointerSwap): number => isNew(a) - isNew(b) || (keyOf(a) < keyOf(b) ? -1 : 1)

async function swapOne(tx: Transaction<Database>, kind: PointerKind, { name, expected, next }: PointerSwap): Promise<boolean> {
  if (expected === undefined) {
    if (next === undefined) return (await findPointer(tx, kind, name)) === undefined
    const inserted = await sql`insert into table_pointer (uuid, kind, namespace, name, metadata_location, version)
      values (${next.uuid}, ${kind}, ${name.namespace}, ${name.name}, ${next.metadataLocation}, 1) on conflict do nothing`.execute(tx)
    return inserted.numAffectedRows === 1n
  }
  const swapped = next === undefined
    ? await sql`delete from table_pointer where ${isExpected(kind, name, expected)}`.execute(tx)
    : await sql`update table_pointer set uuid = ${next.uuid}, metadata_location = ${next.metadataLocation}, version = version + 1
        where ${isExpected(kind, name, expected)}`.execute(tx)
  return swapped.numAffectedRows === 1n
}

const isExpected = (kind: PointerKind, { namespace, name }: TableName, { uuid, metadataLocation }: Pointer) =>
  sql<boolean>`uuid = ${uuid} and kind = ${kind} and metadata_location = ${metadataLocation} and namespace = ${namespace} and name = ${name} and archived_at is null`

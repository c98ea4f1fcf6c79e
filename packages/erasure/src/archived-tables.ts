// Tables of data sets that were archived: no catalogue finds them, yet they may come back with every version, and so with everybody in
// them. Each is found by its identity, for there may be a newer one of its name.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Lake } from '@tulle/lake'
import type { Database } from '@tulle/store'
import type { PersonTable } from './types.ts'

export interface ArchivedTable {
  readonly uuid: string
  readonly namespace: string
  readonly name: string
  readonly metadataLocation: string
  /** As the data set was declared last, where that is still known. */
  readonly contract?: { readonly legalHold?: string; readonly columns?: readonly { readonly name: string; readonly businessKey?: string }[] }
}

export const SIDE = '@quarantine'
/** Of a side table: what came as text, of a row that could not be read. */
export const RAW = '_tulle_raw'

/** Rows that were set aside lie in a table of their own, which no resource names: they are of the data set beside it. */
export async function archivedTables(db: Kysely<Database>): Promise<readonly ArchivedTable[]> {
  const { rows } = await sql<{ uuid: string; namespace: string; name: string; metadata_location: string; spec: { readonly contract?: ArchivedTable['contract'] } | null }>`
    select p.uuid::text as uuid, p.namespace, p.name, p.metadata_location, r.spec from table_pointer p
    left join lateral (
      select spec from resource where kind = 'data-set' and (spec->'made'->>'uuid' = p.uuid::text or ref = 'data-set:' || p.namespace || '.' || replace(p.name, ${SIDE}, ''))
      order by spec->'made'->>'uuid' = p.uuid::text desc nulls last, archived_at desc nulls first limit 1) r on true
    where p.archived_at is not null and p.kind = 'table' order by p.namespace, p.name, p.uuid`.execute(db)
  return rows.map(({ uuid, namespace, name, metadata_location: metadataLocation, spec }) => ({ uuid, namespace, name, metadataLocation, ...(spec?.contract !== undefined && { contract: spec.contract }) }))
}

/** The lake as one table needs it: that table is found where no catalogue finds it. Nobody else sees any of it. */
export function lakeWith(lake: Lake, db: Kysely<Database>, { name: { namespace, name }, archived }: Pick<PersonTable, 'name' | 'archived'>): Lake {
  if (archived === undefined) return lake
  const isOwn = (one: { readonly namespace: string; readonly name: string }): boolean => one.namespace === namespace && one.name === name
  return {
    ...lake,
    catalog: {
      ...lake.catalog,
      find: async (wanted) => {
        if (!isOwn(wanted)) return lake.catalog.find(wanted)
        const row = await db.selectFrom('table_pointer').select('metadata_location').where('uuid', '=', archived).where('archived_at', 'is not', null).executeTakeFirst()
        return row === undefined ? undefined : { uuid: archived, metadataLocation: row.metadata_location }
      },
      swap: async (swaps) => {
        const [swap] = swaps
        // Its history is written anew, and nothing else is ever done with it in here.
        if (swap?.expected === undefined || swap.next === undefined || swaps.length > 1 || !isOwn(swap.name) || swap.next.uuid !== archived) return 'conflict'
        const { numUpdatedRows } = await db.updateTable('table_pointer').set({ metadata_location: swap.next.metadataLocation, version: sql`version + 1` })
          .where('uuid', '=', archived).where('metadata_location', '=', swap.expected.metadataLocation).where('archived_at', 'is not', null).executeTakeFirst()
        return numUpdatedRows === 1n ? 'swapped' : 'conflict'
      },
    },
  }
}

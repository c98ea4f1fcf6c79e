// Namespaces in the table `catalog_namespace`.

import type { Kysely } from 'kysely'
import type { Database } from '@tulle/store'
import type { FreeNamespace, Namespaces } from './types.ts'

export function postgresNamespaces(db: Kysely<Database>): Namespaces {
  const toNamespace = (row: { name: string; properties: unknown }): FreeNamespace => ({ name: row.name, properties: row.properties as FreeNamespace['properties'] })
  return {
    list: async () => (await db.selectFrom('catalog_namespace').selectAll().orderBy('name').execute()).map(toNamespace),
    find: async (name) => {
      const row = await db.selectFrom('catalog_namespace').selectAll().where('name', '=', name).executeTakeFirst()
      return row === undefined ? undefined : toNamespace(row)
    },
    create: async ({ name, properties }) => {
      const { numInsertedOrUpdatedRows } = await db.insertInto('catalog_namespace').values({ name, properties: JSON.stringify(properties) })
        .onConflict((conflict) => conflict.column('name').doNothing()).executeTakeFirstOrThrow()
      return numInsertedOrUpdatedRows === 1n
    },
    change: (name, change) => db.transaction().execute(async (tx) => {
      const row = await tx.selectFrom('catalog_namespace').selectAll().where('name', '=', name).forUpdate().executeTakeFirst()
      if (row === undefined) return undefined
      const properties = change(toNamespace(row).properties)
      await tx.updateTable('catalog_namespace').set({ properties: JSON.stringify(properties) }).where('name', '=', name).execute()
      return { name, properties }
    }),
    drop: async (name) => (await db.deleteFrom('catalog_namespace').where('name', '=', name).executeTakeFirstOrThrow()).numDeletedRows === 1n,
  }
}

// The catalogue under the names that ports use: `flights@2.flights`, and the plain name of whichever version has it, lead to the data
// set that holds the rows.

import type { Kysely } from 'kysely'
import type { Catalog, TableName } from '@tulle/lake'
import { dataSetVersions } from '@tulle/model'
import type { Database } from '@tulle/store'
import { sql } from 'kysely'

export function versionedCatalog(db: Kysely<Database>, catalog: Catalog): Catalog {
  const stored = async (name: TableName): Promise<TableName> => {
    const [product = '', major] = name.namespace.split('@', 2)
    const found = await versionsOf(db, product)
    const version = found.find((one) => one.name === name.name && (major === undefined ? one.isPlain : String(one.major) === major))
    return version === undefined ? name : { namespace: product, name: version.stored }
  }
  return {
    list: (namespace) => catalog.list(namespace),
    find: async (name) => catalog.find(await stored(name)),
    swap: async (swaps) => catalog.swap(await Promise.all(swaps.map(async (swap) => ({ ...swap, name: await stored(swap.name) })))),
  }
}

/** Of products that have versions beside each other; of others none, and their names stay. */
async function versionsOf(db: Kysely<Database>, product: string): Promise<ReturnType<typeof dataSetVersions>> {
  const { rows } = await sql<{ name: string; versionOf: string | null; plainName: boolean | null; major: number | null }>`
    select spec->>'name' as name, spec->>'versionOf' as "versionOf", (spec->>'plainName')::boolean as "plainName", (spec->'contract'->>'major')::int as major
    from resource where product = ${product} and kind = 'data-set' and archived_at is null order by ref`.execute(db)
  if (rows.every(({ versionOf }) => versionOf === null)) return []
  return dataSetVersions(rows.map(({ name, versionOf, plainName, major }) => ({
    name, ...(versionOf !== null && { versionOf }), ...(plainName === true && { plainName }), ...(major !== null && { contract: { major } }),
  })))
}

// The tables of products in use, with what mesh, product and data set say of their maintenance; the narrower word wins.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { TableName } from '@tulle/lake'
import type { MaintenanceRules } from '@tulle/model'
import type { Database } from '@tulle/store'

export interface MaintainedTable {
  readonly name: TableName
  readonly uuid: string
  readonly rules: MaintenanceRules
  /** What each of them says by itself. */
  readonly said: { readonly mesh: MaintenanceRules; readonly product: MaintenanceRules; readonly dataSet: MaintenanceRules }
}

export interface Maintained {
  /** The mesh's own. */
  readonly rules: MaintenanceRules
  readonly tables: readonly MaintainedTable[]
}

/** Lists them by name, of all products or of one. */
export async function maintainedTables(db: Kysely<Database>, product?: string): Promise<Maintained> {
  const { rows } = await sql<{ kind: string; product: string | null; name: string; uuid: string | null; rules: MaintenanceRules | null }>`
    select kind, product, spec->>'name' as name, spec->'made'->>'uuid' as uuid, spec->'maintenance' as rules
    from resource
    where archived_at is null and kind in ('mesh', 'data-product', 'data-set')
    order by product, ref`.execute(db)
  const rulesOf = (kind: string, of: string | null): MaintenanceRules => rows.find((row) => row.kind === kind && row.product === of)?.rules ?? {}
  const mesh = rulesOf('mesh', null)
  const tables = rows.flatMap((row) => {
    if (row.kind !== 'data-set' || row.product === null || row.uuid === null || (product !== undefined && row.product !== product)) return []
    const said = { mesh, product: rulesOf('data-product', row.product), dataSet: row.rules ?? {} }
    return [{ name: { namespace: row.product, name: row.name }, uuid: row.uuid, rules: { ...said.mesh, ...said.product, ...said.dataSet }, said }]
  })
  return { rules: mesh, tables }
}

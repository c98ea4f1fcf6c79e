// The ports of all products in use, as a picture of the mesh needs them: light, one query.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Database } from '@tulle/store'

export interface PortSummary {
  /** The product that has it. */
  readonly product: string
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly kind: string
  /** The product that it reads. */
  readonly reads?: string
}

/** Lists the ports of the products in use, by product and name. */
export async function listPorts(db: Kysely<Database>): Promise<readonly PortSummary[]> {
  const { rows } = await sql<{ product: string; direction: 'in' | 'out'; name: string; kind: string; reads: string | null }>`
    select product, case kind when 'input-port' then 'in' else 'out' end as direction, spec->>'name' as name, spec->>'kind' as kind,
           case when spec->>'kind' = 'product' then spec->>'from' end as reads
    from resource
    where archived_at is null and kind in ('input-port', 'output-port') and product is not null
    order by product, ref`.execute(db)
  return rows.map(({ reads, ...port }) => ({ ...port, ...(reads !== null && { reads }) }))
}

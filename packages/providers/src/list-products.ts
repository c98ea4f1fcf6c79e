// The products in use, as a list shows them and triggers need them: light, one query, no contract text.

import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import type { Json } from '@tulle/kernel'
import type { ProductWorkflow } from '@tulle/model'
import type { Database } from '@tulle/store'
import { workflowTriggers } from './workflow.ts'
import type { Read } from './workflow.ts'

export interface ProductSummary {
  readonly id: string
  readonly name: string
  readonly title: string
  readonly description?: string
  readonly domain: string
  readonly team: string
  readonly owner?: string
  readonly type?: string
  readonly certified: boolean
  readonly tags: readonly string[]
  readonly dataSets: readonly string[]
  readonly outputPorts: readonly string[]
  readonly workflow: ProductWorkflow
  /** What it reads of other products. */
  readonly reads: readonly Read[]
}

/** Where the mesh has rules for the badge, what products say of themselves does not count. */
const IS_RULED = sql`(select jsonb_typeof(mesh->'certification') = 'array' from mesh_state)`

/** Lists the products in use, by name. */
export async function listProducts(db: Kysely<Database>): Promise<readonly ProductSummary[]> {
  const { rows } = await sql<{ id: string; kind: string; product: string; spec: { [member: string]: Json }; badge: boolean | null }>`
    select id, kind, product,
           case when kind = 'data-product' and ${IS_RULED} then coalesce((select certified from certification c where c.product_id = resource.id order by seq desc limit 1), false) end as badge,
           case kind when 'data-set' then jsonb_build_object('name', spec->'name')
                     when 'output-port' then jsonb_build_object('name', spec->'name')
                     when 'workflow' then spec - 'models' - 'dbt' - 'macros'
                     else spec end as spec
    from resource
    where archived_at is null and kind in ('data-product', 'data-set', 'output-port', 'workflow')
    order by product, ref`.execute(db)
  return [...Map.groupBy(rows, (row) => row.product).values()].flatMap((own) => {
    const product = own.find((row) => row.kind === 'data-product')
    if (product === undefined) return []
    const names = (kind: string): readonly string[] => own.filter((row) => row.kind === kind).map((row) => String(row.spec['name']))
    const workflow = own.find((row) => row.kind === 'workflow')?.spec ?? {}
    const { name, title, description, domain, team, owner, type, certified, tags } = product.spec as unknown as ProductSummary
    return [{
      id: product.id,
      name, title, domain, team, tags,
      certified: product.badge ?? certified,
      ...(description !== undefined && { description }),
      ...(owner !== undefined && { owner }),
      ...(type !== undefined && { type }),
      dataSets: names('data-set'),
      outputPorts: names('output-port'),
      workflow: {
        ...(typeof workflow['schedule'] === 'string' && { schedule: workflow['schedule'] }),
        ...workflowTriggers(workflow),
      },
      reads: (workflow['reads'] ?? []) as unknown as readonly Read[],
    }]
  })
}

/** Data sets that are a version of another: of each, as `product.data set`, the name that the versions share. */
export async function listVersions(db: Kysely<Database>): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ product: string; name: string; shared: string }>`
    select product, spec->>'name' as name, spec->>'versionOf' as shared from resource where kind = 'data-set' and archived_at is null and spec->>'versionOf' is not null`.execute(db)
  return new Map(rows.map(({ product, name, shared }) => [`${product}.${name}`, shared]))
}

/** The products in use that read this one, by name. */
export async function readersOf(db: Kysely<Database>, product: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('resource').select('product')
    .where('kind', '=', 'workflow').where('archived_at', 'is', null)
    .where(sql<boolean>`spec->'reads' @> ${JSON.stringify([{ product }])}::jsonb`)
    .orderBy('product').execute()
  return rows.flatMap((row) => (row.product === null ? [] : [row.product]))
}

// The control database and the warehouse become the observed mesh. It writes nothing. Rows that did not change since the
// last look are not read again: PostgreSQL's own row version (xmin) tells, so an edit by hand is seen as any other.

import { sha256 } from '@tulle/kernel'
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Objects } from '@tulle/lake'
import type { Database } from '@tulle/store'
import { observeRow } from './observe-row.ts'
import type { SeenRow } from './observe-row.ts'
import type { Observed, ObservedGrant, ObservedMesh, Provider, SeenTable } from './types.ts'

/** Looks at the mesh as it is now. */
export type ObserveMesh = (context: { readonly db: Kysely<Database>; readonly objects: Objects }) => Promise<ObservedMesh>

/** The rows of one product, or those of no product. */
interface Group {
  /** Of the row versions: what PostgreSQL is asked for instead of the rows. */
  readonly version: string
  readonly observed: readonly Observed[]
  /** Of everything that a plan is based on. */
  readonly digest: string
}

/** Makes an observer. It remembers rows between looks, so hold one per process; a fresh one reads everything. */
export function meshObserver(providers: readonly Provider[]): ObserveMesh {
  const groups = new Map<string, Group>()
  const remembered = new Map<string, SeenTable>()
  let look = 0
  let last: Promise<unknown> = Promise.resolve()
  const lookNow: ObserveMesh = ({ db, objects }) =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (tx) => {
      look += 1
      await refresh(tx, groups)
      const resources = resourcesOf(groups)
      const drifted: Observed[] = []
      for (const { kind, observe } of providers) {
        if (observe === undefined) continue
        const rows = [...resources.values()].filter((resource) => resource.kind === kind)
        drifted.push(...(await observe({ db: tx, objects, remembered, look }, rows)).filter((resource) => resource.drift !== undefined))
      }
      for (const resource of drifted) resources.set(resource.ref, resource)
      return { generation: await readGeneration(tx), grants: await readGrants(tx), resources, basis: basisOf(groups, drifted) }
    })
  return (world) => {
    // One look at a time: two would mix what they remember of two moments.
    const seen = last.then(() => lookNow(world))
    last = seen.catch(() => undefined)
    return seen
  }
}

async function refresh(tx: Transaction<Database>, groups: Map<string, Group>): Promise<void> {
  const { rows: versions } = await sql<{ product: string; version: string }>`
    select coalesce(product, '') as product, count(*) || '/' || sum(hashtextextended(id || ':' || xmin::text, 0)::numeric) as version
    from resource group by 1`.execute(tx)
  const alive = new Set(versions.map((group) => group.product))
  for (const product of groups.keys()) if (!alive.has(product)) groups.delete(product)
  const stale = versions.filter(({ product, version }) => groups.get(product)?.version !== version)
  if (stale.length === 0) return
  const byProduct = new Map<string, Observed[]>(stale.map(({ product }) => [product, []]))
  // In parts, so that the rows of a large mesh are never all there at once.
  for (let at = 0; at < stale.length; at += 1000) {
    const names = stale.slice(at, at + 1000).map((group) => group.product)
    const { rows } = await sql<SeenRow>`
      select id, kind, ref, product, (spec - 'made')::text as facts, spec->'made' as made, fingerprint, archived_at is not null as archived
      from resource where product = any(${names}) or (product is null and ${names.includes('')})`.execute(tx)
    for (const row of rows) byProduct.get(row.product ?? '')?.push(observeRow(row))
  }
  for (const { product, version } of stale) {
    const observed = byProduct.get(product) ?? []
    groups.set(product, { version, observed, digest: digestOf(observed) })
  }
}

function resourcesOf(groups: ReadonlyMap<string, Group>): Map<string, Observed> {
  const resources = new Map<string, Observed>()
  for (const { observed } of groups.values()) {
    for (const resource of observed) if (!resource.archived || !resources.has(resource.ref)) resources.set(resource.ref, resource)
  }
  return resources
}

const digestOf = (observed: readonly Observed[]): string =>
  sha256(observed.map(({ id, ref, fingerprint, archived, drift }) => `${id} ${ref} ${fingerprint} ${archived} ${drift?.reason ?? ''}`).toSorted().join('\n'))

const basisOf = (groups: ReadonlyMap<string, Group>, drifted: readonly Observed[]): string =>
  sha256([...[...groups].map(([product, { digest }]) => `${product} ${digest}`).toSorted(), digestOf(drifted)].join('\n'))

async function readGeneration(tx: Transaction<Database>): Promise<string> {
  const state = await tx.selectFrom('mesh_state').select('generation').executeTakeFirst()
  return state?.generation ?? '0'
}

async function readGrants(tx: Transaction<Database>): Promise<readonly ObservedGrant[]> {
  const grants = await tx.selectFrom('access_grant')
    .leftJoin('account', (join) => join.onRef('account.id', '=', 'access_grant.subject').on('access_grant.subject_kind', '=', 'user'))
    .select(['access_grant.id', 'subject_kind', 'subject', 'account.name', 'product_id', 'data_set', 'columns'])
    .where('revoked_at', 'is', null)
    .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', sql<Date>`now()`)]))
    .orderBy('access_grant.id').execute()
  return grants.map((grant) => ({
    id: grant.id,
    subjectKind: grant.subject_kind === 'team' ? 'team' : 'user',
    subject: grant.name ?? grant.subject,
    productId: grant.product_id,
    ...(grant.data_set !== null && { dataSet: grant.data_set }),
    ...(Array.isArray(grant.columns) && { columns: grant.columns as readonly string[] }),
  }))
}

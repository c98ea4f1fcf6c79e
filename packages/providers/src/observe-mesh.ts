// The control database and the warehouse become the observed mesh. It writes nothing. Rows that did not change since the
// last look are not read again: PostgreSQL's own row version (xmin) tells, so an edit by hand is seen as any other.

import { sha256 } from '@tulle/kernel'
import { sql } from 'kysely'
import type { Kysely, Transaction } from 'kysely'
import type { Objects } from '@tulle/objects'
import type { Database } from '@tulle/store'
import { observeRow } from './observe-row.ts'
import type { SeenRow } from './observe-row.ts'
import type { ObserveMemory, Observed, ObservedGrant, ObservedMesh, Provider, ResourceKind } from './types.ts'

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

/** All rows as the last look found them. */
interface Rows {
  readonly version: string
  readonly groups: ReadonlyMap<string, Group>
  readonly resources: ReadonlyMap<string, Observed>
  readonly byKind: ReadonlyMap<ResourceKind, readonly Observed[]>
  readonly digest: string
}

/** Makes an observer. It remembers rows between looks, so hold one per process; a fresh one reads everything. */
export function meshObserver(providers: readonly Provider[]): ObserveMesh {
  const memory: ObserveMemory = { tables: new Map() }
  let known: Rows | undefined
  let look = 0
  let last: Promise<unknown> = Promise.resolve()
  const lookNow: ObserveMesh = ({ db, objects }) =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (tx) => {
      look += 1
      const rows = await readRows(tx, known)
      known = rows
      const drifted: Observed[] = []
      for (const { kind, observe } of providers) {
        if (observe !== undefined) drifted.push(...(await observe({ db: tx, objects, memory, look }, rows.byKind.get(kind) ?? [])))
      }
      return { generation: await readGeneration(tx), grants: await readGrants(tx), resources: withDrift(rows.resources, drifted), basis: sha256(`${rows.digest}\n${digestOf(drifted)}`) }
    })
  return (world) => {
    // One look at a time: two would mix what they remember of two moments.
    const seen = last.then(() => lookNow(world))
    last = seen.catch(() => undefined)
    return seen
  }
}

async function readRows(tx: Transaction<Database>, known: Rows | undefined): Promise<Rows> {
  const { rows: [all] } = await sql<{ version: string }>`
    select count(*) || '/' || coalesce(sum(hashtextextended(id || ':' || xmin::text, 0)::numeric), 0) as version
    from resource`.execute(tx)
  const version = all?.version ?? ''
  if (known?.version === version) return known
  const groups = await readGroups(tx, known?.groups ?? new Map())
  const resources = resourcesOf(groups)
  return { version, groups, resources, byKind: Map.groupBy(resources.values(), ({ kind }) => kind), digest: digestOfGroups(groups) }
}

async function readGroups(tx: Transaction<Database>, known: ReadonlyMap<string, Group>): Promise<ReadonlyMap<string, Group>> {
  const { rows: versions } = await sql<{ product: string; version: string }>`
    select coalesce(product, '') as product, count(*) || '/' || sum(hashtextextended(id || ':' || xmin::text, 0)::numeric) as version
    from resource group by 1`.execute(tx)
  const stale = versions.filter(({ product, version }) => known.get(product)?.version !== version).map(({ product }) => product)
  const read = new Map<string, Observed[]>(stale.map((product) => [product, []]))
  // In parts, so that the rows of a large mesh are never all there at once; PostgreSQL makes the next one meanwhile.
  const parts = Array.from({ length: Math.ceil(stale.length / PRODUCTS_AT_ONCE) }, (_, part) => stale.slice(part * PRODUCTS_AT_ONCE, (part + 1) * PRODUCTS_AT_ONCE))
  let next = parts[0] === undefined ? undefined : rowsOf(tx, parts[0])
  for (const part of parts.keys()) {
    const rows = await next
    const following = parts[part + 1]
    next = following === undefined ? undefined : rowsOf(tx, following)
    for (const row of rows ?? []) read.get(row.product ?? '')?.push(observeRow(row))
  }
  return new Map(versions.map(({ product, version }) => {
    const observed = read.get(product)
    const group = observed === undefined ? known.get(product) : undefined
    return [product, group ?? { version, observed: observed ?? [], digest: digestOf(observed ?? []) }]
  }))
}

const PRODUCTS_AT_ONCE = 1000

async function rowsOf(tx: Transaction<Database>, products: readonly string[]): Promise<readonly SeenRow[]> {
  const { rows } = await sql<SeenRow>`
    select id, kind, ref, product, (spec - 'made')::text as facts, spec->'made' as made, fingerprint, archived_at is not null as archived
    from resource where product = any(${products}) or (product is null and ${products.includes('')})`.execute(tx)
  return rows
}

function resourcesOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, Observed> {
  const resources = new Map<string, Observed>()
  for (const { observed } of groups.values()) {
    for (const resource of observed) if (!resource.archived || !resources.has(resource.ref)) resources.set(resource.ref, resource)
  }
  return resources
}

function withDrift(resources: ReadonlyMap<string, Observed>, drifted: readonly Observed[]): ReadonlyMap<string, Observed> {
  if (drifted.length === 0) return resources
  const seen = new Map(resources)
  for (const resource of drifted) seen.set(resource.ref, resource)
  return seen
}

const digestOf = (observed: readonly Observed[]): string =>
  sha256(observed.map(({ id, ref, fingerprint, archived, drift }) => `${id} ${ref} ${fingerprint} ${archived} ${drift?.reason ?? ''}`).toSorted().join('\n'))

const digestOfGroups = (groups: ReadonlyMap<string, Group>): string =>
  sha256([...groups].map(([product, { digest }]) => `${product} ${digest}`).toSorted().join('\n'))

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
    subjectKind: grant.subject_kind as ObservedGrant['subjectKind'],
    subject: grant.name ?? grant.subject,
    productId: grant.product_id,
    ...(grant.data_set !== null && { dataSet: grant.data_set }),
    ...(Array.isArray(grant.columns) && { columns: grant.columns as readonly string[] }),
  }))
}

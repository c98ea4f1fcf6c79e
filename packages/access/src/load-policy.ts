// Reads the rights in force out of the database and compiles them.

import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { Json } from '@tulle/kernel'
import type { AppliedPolicy, CompiledPolicy, GovernedProduct, Grant, PolicyMemory, SubjectKind } from '@tulle/policy'
import { compilePolicy } from '@tulle/policy'
import type { AccessGrantTable, Store } from '@tulle/store'

/** The mesh's secret, for salts; grants that would be given; policies in place of the applied ones; what was compiled the last time. */
interface LoadOptions { readonly secret?: string | undefined; readonly wouldBe?: readonly Grant[]; readonly instead?: readonly AppliedPolicy[]; readonly compiled?: PolicyMemory }

/** One consistent look at live products, applied policies and unrevoked grants that nobody froze, with those that would be given. Expiry is left to the decision, which knows the moment. */
export async function loadPolicy(store: Store, { secret, wouldBe = [], instead, compiled }: LoadOptions = {}): Promise<CompiledPolicy> {
  const { grants, products, policies } = await store.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (tx) => ({
    grants: await tx.selectFrom('access_grant').selectAll().where('revoked_at', 'is', null).where('frozen_at', 'is', null).orderBy('granted_at').orderBy('id').execute(),
    products: await tx.selectFrom('resource').where('kind', '=', 'data-product').where('archived_at', 'is', null)
      .select(['id', sql<string>`spec->>'name'`.as('name'), sql<string | null>`spec->>'domain'`.as('domain'), sql<string | null>`spec->>'team'`.as('team')]).execute(),
    policies: await tx.selectFrom('resource').where('kind', '=', 'policy').where('archived_at', 'is', null).select(['ref', 'spec']).orderBy('ref').execute(),
  }))
  return compilePolicy({
    grants: [...grants.map(toGrant), ...wouldBe],
    products: products.map(({ id, name, domain, team }): GovernedProduct => ({ id, name, domain: domain ?? '', team: team ?? '' })),
    policies: instead ?? policies.map(({ ref, spec }) => toPolicy(ref, spec as Json)),
    ...(secret !== undefined && { secret }),
  }, compiled)
}

/** A row of `resource` in the policy's words. One that somebody spoiled stays a policy: the compiler then denies. */
function toPolicy(ref: string, row: Json): AppliedPolicy {
  const { title, domain, spec = null } = row !== null && typeof row === 'object' && !Array.isArray(row) ? (row as Readonly<Record<string, Json>>) : {}
  return { name: ref.slice('policy:'.length), ...(typeof title === 'string' && { title }), ...(typeof domain === 'string' && { domain }), spec }
}

/** A row of `access_grant` in the policy's words. */
export function toGrant(row: Selectable<AccessGrantTable>): Grant {
  return {
    id: row.id,
    subjectKind: row.subject_kind as SubjectKind,
    subject: row.subject,
    productId: row.product_id,
    ...(row.data_set !== null && { dataSet: row.data_set }),
    ...(row.columns !== null && { columns: row.columns as readonly string[] }),
    ...(row.row_condition !== null && { rowCondition: row.row_condition }),
    ...(row.unmasked !== null && { unmasked: row.unmasked as readonly string[] }),
    purposes: row.purposes as readonly string[],
    ...(row.expires_at !== null && { expiresAt: row.expires_at.getTime() }),
  }
}

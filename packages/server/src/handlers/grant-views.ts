// Grants as the API shows them.

import { listGrants } from '@tulle/access'
import type { GrantRecord } from '@tulle/access'
import type { Grant } from '@tulle/api'
import type { Subject } from '@tulle/policy'
import type { House } from '../house.ts'

export function toGrant(record: GrantRecord): Grant {
  const { grant } = record
  return {
    id: grant.id,
    state: record.state,
    subjectKind: grant.subjectKind,
    subject: record.subject,
    product: record.product,
    ...(grant.dataSet !== undefined && { dataSet: grant.dataSet }),
    ...(grant.columns !== undefined && { columns: [...grant.columns] }),
    ...(grant.rowCondition !== undefined && { rowCondition: grant.rowCondition }),
    ...(grant.unmasked !== undefined && { unmasked: [...grant.unmasked] }),
    purposes: [...grant.purposes],
    ...(record.requestId !== undefined && { request: record.requestId }),
    ...(record.declaredBy !== undefined && { declaredBy: record.declaredBy }),
    grantedBy: record.grantedBy,
    grantedAt: record.grantedAt.toISOString(),
    ...(record.expiresAt !== undefined && { expiresAt: record.expiresAt.toISOString() }),
    ...(record.revokedAt !== undefined && { revokedAt: record.revokedAt.toISOString() }),
    ...(record.revokedBy !== undefined && { revokedBy: record.revokedBy }),
    ...(record.frozenAt !== undefined && { frozenAt: record.frozenAt.toISOString() }),
    ...(record.frozenBy !== undefined && { frozenBy: record.frozenBy }),
  }
}

/** The subject's own grants on a product that are in force. */
export async function grantsOn(house: House, productId: string, subject: Subject): Promise<readonly Grant[]> {
  const records = await listGrants(house.store, { subject })
  return records
    .filter(({ grant, state }) => grant.productId === productId && state === 'active')
    .map(toGrant)
}

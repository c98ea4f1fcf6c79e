// The outcome of a request: its grant, in the transaction that approves it. Nothing else turns a request into a right.

import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Grant, SubjectKind } from '@tulle/policy'
import type { Database } from '@tulle/store'
import type { GrantRow } from './grant-rows.ts'
import { EMPTY_GRANT, insertGrant, tellGrant } from './grant-rows.ts'
import type { RequestRow } from './request-rows.ts'
import type { Terms } from './types.ts'

/** Terms as the policy reads them. Without a time: what is decided now. */
export function grantOf({ id, subjectKind, subject, productId, purpose, terms: { dataSet, columns, rowCondition, unmasked } }: { readonly id: string; readonly subjectKind: SubjectKind; readonly subject: string; readonly productId: string; readonly purpose: string; readonly terms: Terms }): Grant {
  return {
    id, subjectKind, subject, productId, purposes: [purpose],
    ...(dataSet !== undefined && { dataSet }),
    ...(columns !== undefined && { columns }),
    ...(rowCondition !== undefined && { rowCondition }),
    ...(unmasked !== undefined && { unmasked }),
  }
}

/** Writes the grant of a request on these terms; a renewal gives the grant that it renews more time. Answers its id. */
export async function makeGrant(tx: Transaction<Database>, request: RequestRow, { terms, by, at }: { readonly terms: Terms; readonly by: string; readonly at: Date }): Promise<string> {
  const until = terms.seconds === undefined ? null : new Date(at.getTime() + terms.seconds * 1000)
  if (request.renews_grant !== null) {
    const renewed = await tx.updateTable('access_grant').set({ expires_at: until, expiry_told_at: null }).where('id', '=', request.renews_grant).returningAll().executeTakeFirstOrThrow()
    await tellGrant(tx, renewed, { change: 'renewed', by })
    return renewed.id
  }
  const row: GrantRow = {
    ...EMPTY_GRANT,
    id: randomUUID(),
    subject_kind: request.subject_kind,
    subject: request.subject,
    product_id: request.product_id,
    data_set: terms.dataSet ?? null,
    columns: terms.columns === undefined ? null : [...terms.columns],
    row_condition: terms.rowCondition ?? null,
    unmasked: terms.unmasked === undefined ? null : [...terms.unmasked],
    purposes: [request.purpose],
    granted_by: by,
    granted_at: at,
    expires_at: until,
    request_id: request.id,
  }
  await insertGrant(tx, row)
  await tellGrant(tx, row, { change: 'granted', by })
  return row.id
}

// Which grants are frozen, and were: from their history, each freeze with the thaw that ended it.

import type { Store } from '@tulle/store'

export interface GrantFreeze { readonly grantId: string; readonly at: Date; readonly by: string; readonly note?: string; readonly thawedAt?: Date; readonly thawedBy?: string }

const MOST = 2000

/** Newest first. A grant that ended while it was frozen was never thawed, and is told until then. */
export async function listFreezes({ db }: Store): Promise<readonly GrantFreeze[]> {
  const rows = await db.selectFrom('access_history').select(['grant_id', 'change', 'by_name', 'at', 'note']).where('grant_id', 'is not', null).where('change', 'in', ['frozen', 'thawed', 'revoked', 'given-back'])
    .orderBy('at', 'desc').limit(MOST).execute()
  const ended = new Map<string, { readonly at: Date; readonly by: string }>()
  const freezes: GrantFreeze[] = []
  for (const { grant_id: grantId, change, by_name: by, at, note } of rows) {
    if (grantId === null) continue
    if (change !== 'frozen') {
      ended.set(grantId, { at, by })
      continue
    }
    const end = ended.get(grantId)
    freezes.push({ grantId, at, by, ...(note !== null && { note }), ...(end !== undefined && { thawedAt: end.at, thawedBy: end.by }) })
    ended.delete(grantId)
  }
  return freezes
}

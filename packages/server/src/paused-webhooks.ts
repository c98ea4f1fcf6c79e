// Webhooks that were paused because nothing took what they sent: told to whoever has them until they are resumed or deleted.

import type { Subject } from '@tulle/policy'
import type { House } from './house.ts'

export interface PausedWebhook { readonly id: string; readonly product: string; readonly sentence: string; readonly at: string; readonly isNew: boolean }

/** Newest first. */
export async function pausedWebhooksFor({ db }: House, subject: Subject): Promise<readonly PausedWebhook[]> {
  const rows = await db.selectFrom('webhook as w').innerJoin('resource as r', 'r.id', 'w.product_id').select(['w.id', 'w.url', 'w.paused_why', 'w.created_at', 'r.product'])
    .select((e) => e.selectFrom('webhook_delivery as d').select((of) => of.fn.max('d.at').as('at')).whereRef('d.webhook_id', '=', 'w.id').as('at'))
    .where('w.account_id', '=', subject.id).where('w.state', '=', 'paused').where('w.paused_by', '=', 'tulle').execute()
  if (rows.length === 0) return []
  const seen = (await db.selectFrom('alert_seen').select('until').where('account_id', '=', subject.id).executeTakeFirst())?.until
  return rows.map(({ id, url, paused_why: why, created_at: made, product, at }) => {
    const since = at ?? made
    return { id: `webhook:${id}`, product: product ?? '', at: since.toISOString(), isNew: seen === undefined || since > seen, sentence: `Your webhook ${id} to ${new URL(url).host} is paused: ${why ?? ''}. Resume it when its target is well; nothing is lost meanwhile.` }
  }).toSorted((a, b) => (a.at < b.at ? 1 : -1))
}

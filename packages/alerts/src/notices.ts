// What the console tells: every alert of products that the viewer may run, and which of them are new to them.

import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Database } from '@tulle/store'
import type { Notice, Reason, Way } from './types.ts'

export async function readNotices(db: Kysely<Database>, { account, products, incidentsOf, limit }: { readonly account: string; readonly products: readonly string[]; readonly incidentsOf: readonly string[]; readonly limit: number }): Promise<{ notices: readonly Notice[]; unread: number }> {
  if (products.length === 0 && incidentsOf.length === 0) return { notices: [], unread: 0 }
  const theirs = (e: ExpressionBuilder<Database, 'alert'>) => e.or([
    ...(products.length > 0 ? [e('product', 'in', [...products])] : []),
    ...(incidentsOf.length > 0 ? [e.and([e('reason', '=', 'incident'), e('product', 'in', [...incidentsOf])])] : []),
  ])
  const seen = (await db.selectFrom('alert_seen').select('until').where('account_id', '=', account).executeTakeFirst())?.until
  const alerts = await db.selectFrom('alert').selectAll().where(theirs).orderBy('at', 'desc').orderBy('id').limit(limit).execute()
  const deliveries = alerts.length === 0 ? [] : await db.selectFrom('alert_delivery').selectAll().where('alert_id', 'in', alerts.map(({ id }) => id)).orderBy('id').execute()
  const { unread } = await db.selectFrom('alert').select((e) => e.fn.countAll<string>().as('unread')).where(theirs)
    .$if(seen !== undefined, (query) => query.where('at', '>', seen as Date)).executeTakeFirstOrThrow()
  return {
    unread: Number(unread),
    notices: alerts.map(({ id, reason, product, run_id, sentence, at }) => ({
      id, product, sentence, reason: reason as Reason, at: at.toISOString(), isNew: seen === undefined || at > seen,
      ...(run_id !== null && { runId: run_id }),
      deliveries: deliveries.filter(({ alert_id }) => alert_id === id).map(({ way, status, attempts, trouble }) => ({ to: shown(way as unknown as Way), status, attempts, ...(trouble !== null && { trouble }) })),
    })),
  }
}

/** An address's path may be a secret of its receiver's: chat services put one there. */
const shown = (way: Way): string => (way.by === 'mail' ? way.to : URL.canParse(way.url) ? new URL(way.url).host : 'webhook')

export async function markSeen(db: Kysely<Database>, account: string, until: Date): Promise<void> {
  await db.insertInto('alert_seen').values({ account_id: account, until }).onConflict((c) => c.column('account_id').doUpdateSet({ until })).execute()
}

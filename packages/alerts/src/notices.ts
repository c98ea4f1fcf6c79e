// What the console tells: every alert of products that the viewer may run, those of others that the viewer hears of for their reason,
// and which of them are new. How the people of a product were told is theirs alone.

import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Database } from '@tulle/store'
import type { Heard, Notice, Reason, Way } from './types.ts'

export async function readNotices(db: Kysely<Database>, { account, products, heard, limit }: { readonly account: string; readonly products: readonly string[]; readonly heard: Heard; readonly limit: number }): Promise<{ notices: readonly Notice[]; unread: number }> {
  const others = Object.entries(heard).filter(([, of]) => of.length > 0)
  if (products.length === 0 && others.length === 0) return { notices: [], unread: 0 }
  const theirs = (e: ExpressionBuilder<Database, 'alert'>) => e.or([
    ...(products.length > 0 ? [e('product', 'in', [...products])] : []),
    ...others.map(([reason, of]) => e.and([e('reason', '=', reason), e('product', 'in', [...of])])),
  ])
  const seen = (await db.selectFrom('alert_seen').select('until').where('account_id', '=', account).executeTakeFirst())?.until
  const alerts = await db.selectFrom('alert').selectAll().where(theirs).orderBy('at', 'desc').orderBy('id').limit(limit).execute()
  const deliveries = alerts.length === 0 ? [] : await db.selectFrom('alert_delivery').selectAll().where('alert_id', 'in', alerts.map(({ id }) => id)).orderBy('id').execute()
  const { unread } = await db.selectFrom('alert').select((e) => e.fn.countAll<string>().as('unread')).where(theirs)
    .$if(seen !== undefined, (query) => query.where('at', '>', seen as Date)).executeTakeFirstOrThrow()
  const own = new Set(products)
  return {
    unread: Number(unread),
    notices: alerts.map(({ id, reason, product, run_id, sentence, at }) => ({
      id, product, sentence, reason: reason as Reason, at: at.toISOString(), isNew: seen === undefined || at > seen,
      ...(run_id !== null && { runId: run_id }),
      deliveries: deliveries.filter(({ alert_id }) => alert_id === id && own.has(product)).map(({ way, status, attempts, trouble }) => ({ to: shown(way as unknown as Way), status, attempts, ...(trouble !== null && { trouble }) })),
    })),
  }
}

/** An address's path may be a secret of its receiver's: chat services put one there. */
const shown = (way: Way): string => (way.by === 'mail' ? way.to : URL.canParse(way.url) ? new URL(way.url).host : 'webhook')

export async function markSeen(db: Kysely<Database>, account: string, until: Date): Promise<void> {
  await db.insertInto('alert_seen').values({ account_id: account, until }).onConflict((c) => c.column('account_id').doUpdateSet({ until })).execute()
}

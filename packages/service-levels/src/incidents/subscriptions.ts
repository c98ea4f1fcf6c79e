// Who wants to hear of the incidents of a product in the console, besides those who may run it.

import type { Clock } from '@tulle/kernel'
import type { Store } from '@tulle/store'

type Db = Pick<Store, 'db'>

export async function subscribe({ db }: Db, clock: Clock, account: string, productId: string): Promise<void> {
  await db.insertInto('incident_subscription').values({ account_id: account, product_id: productId, at: new Date(clock.now()) }).onConflict((c) => c.doNothing()).execute()
}

export async function unsubscribe({ db }: Db, account: string, productId: string): Promise<void> {
  await db.deleteFrom('incident_subscription').where('account_id', '=', account).where('product_id', '=', productId).execute()
}

/** Ids of products. */
export const subscriptionsOf = async ({ db }: Db, account: string): Promise<readonly string[]> =>
  (await db.selectFrom('incident_subscription').select('product_id').where('account_id', '=', account).execute()).map((row) => row.product_id)

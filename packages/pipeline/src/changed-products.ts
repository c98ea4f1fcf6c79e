// Which products an apply may have given something to build. One question to the database, because a mesh has thousands of
// products and an apply changes a few.

import { sql } from 'kysely'
import type { Store } from '@tulle/store'
import { RUN_PRODUCT } from './run-product.ts'

/** Products in use with a resource that changed after their last good run was asked for, or that never had one; by name. */
export async function changedProducts({ db }: Pick<Store, 'db'>): Promise<readonly string[]> {
  const { rows } = await sql<{ product: string }>`
    select product from resource
    where archived_at is null and product is not null and kind in ('data-product', 'data-set', 'input-port', 'workflow')
    group by product
    having max(updated_at) > coalesce((select max(requested_at) from run where run.product = resource.product and status = 'succeeded' and parameters->>'workflow' = ${RUN_PRODUCT}), '-infinity')
    order by product`.execute(db)
  return rows.map((row) => row.product)
}

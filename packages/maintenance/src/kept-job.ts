// What runs kept of what they read, and no version of the product leads to any more. It belongs to the product, so it is
// looked after with the first of its tables.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import { findUnusedKept, productTables } from '@tulle/providers'
import type { Job, JobContext, Removal } from './types.ts'
import { printSpan } from './print-time.ts'

export const keptJob: Job = {
  name: 'kept',
  foresee: findKept,
  carryOut: async (context) => {
    const begun = new Date(context.lake.clock.now())
    const found = await findKept(context)
    if (!found.ok) return found
    const removed: Removal[] = []
    for (const one of found.value) {
      // A run that began since may have found the file and rely on it.
      if (context.signal.aborted || (await hadRun(context, begun))) break
      if ((await context.lake.objects.remove(one.name)).ok) removed.push(one)
    }
    return ok(removed)
  },
}

/** Whether a run of the product is open, or has ended since. */
async function hadRun({ store, table }: Pick<JobContext, 'store' | 'table'>, since: Date): Promise<boolean> {
  const run = await store.db.selectFrom('run').select('id').where('product', '=', table.namespace)
    .where((where) => where.or([where('status', 'in', ['queued', 'running']), where('finished_at', '>=', since)])).executeTakeFirst()
  return run !== undefined
}

async function findKept({ store, lake, table, policy }: JobContext): Promise<Result<readonly Removal[]>> {
  const [first] = (await lake.catalog.list(table.namespace)).map(({ name }) => name).toSorted()
  if (first !== table.name) return ok([])
  const loaded = await loadTable(lake, table)
  if (!loaded.ok) return loaded
  const productId = loaded.value.properties['tulle.product-id']
  if (productId === undefined) return ok([])
  const begun = new Date(lake.clock.now())
  const unused = await findUnusedKept(lake.objects, productId, { before: lake.clock.now() - policy.orphanAge, loadTables: () => productTables({ db: store.db, lake }, table.namespace) })
  if (!unused.ok) return unused
  // A run finds what an earlier one kept and leads to it only when it has written.
  if (await hadRun({ store, table }, begun)) return ok([])
  return ok(unused.value.map((name) => ({ job: 'kept', what: 'file', name, rule: 'orphan-age', reason: `No version was made from it any more, and it is older than ${printSpan(policy.orphanAge)}.` })))
}

// Opens an incident: its row, the first line of its timeline and its event in one transaction. One of a cause and product is open
// at a time, and an event that is handled again after a crash opens nothing twice.

import type { Clock } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { appendEvent } from '@tulle/store'
import { affectedBy } from './affected.ts'
import type { NewIncident } from './types.ts'

/** True where it is new. */
export async function openIncident(store: Store, clock: Clock, incident: NewIncident): Promise<boolean> {
  const { product, productId, cause, key, sentence, runId } = incident
  const id = `inc_${sha256([productId, key, runId ?? String(clock.now())].join('\n')).slice(0, 16)}`
  const known = await store.db.selectFrom('incident').select('id').where('product_id', '=', productId).where('cause_key', '=', key).where('resolved_at', 'is', null).executeTakeFirst()
  if (known !== undefined && runId === undefined) return false
  const affected = known === undefined ? await affectedBy(store, product) : { products: [], consumers: [] }
  return store.db.transaction().execute(async (tx) => {
    const at = new Date(clock.now())
    if (runId !== undefined) {
      const told = await tx.selectFrom('incident_entry').innerJoin('incident', 'incident.id', 'incident_entry.incident_id').select('incident.id')
        .where('incident.product_id', '=', productId).where('incident.cause_key', '=', key).where('incident_entry.what', 'in', ['opened', 'again']).where('incident_entry.note', '=', runId).executeTakeFirst()
      if (told !== undefined) return false
    }
    const written = await tx.insertInto('incident').values({ id, product, product_id: productId, cause, cause_key: key, sentence, run_id: runId ?? null, affected: JSON.stringify(affected), opened_at: at })
      .onConflict((c) => c.doNothing()).returning('id').executeTakeFirst()
    if (written === undefined) {
      const open = await tx.selectFrom('incident').select('id').where('product_id', '=', productId).where('cause_key', '=', key).where('resolved_at', 'is', null).forUpdate().executeTakeFirst()
      if (open === undefined || runId === undefined) return false
      await tx.updateTable('incident').set((e) => ({ repeats: e('repeats', '+', 1), sentence, run_id: runId })).where('id', '=', open.id).execute()
      await tx.insertInto('incident_entry').values({ incident_id: open.id, at, what: 'again', by_name: null, note: runId }).execute()
      return false
    }
    await tx.insertInto('incident_entry').values({ incident_id: id, at, what: 'opened', by_name: null, note: runId ?? null }).execute()
    await appendEvent(tx, {
      type: 'tulle.incident.opened', source: '/tulle/service-levels', subject: product,
      data: { incident: id, product, productId, cause, sentence, ...(runId !== undefined && { runId }), products: [...affected.products], consumers: affected.consumers.length },
    })
    return true
  })
}

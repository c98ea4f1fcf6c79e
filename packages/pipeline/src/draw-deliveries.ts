// What was delivered to a webhook since the published version, in the order in which it came: each delivery once, because its id
// is kept, and none is lost, because what is not published stays.

import type { Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Drawn, DrawRequest, SourceLimits } from '@tulle/sources'
import { RowFile } from '@tulle/sources'
import type { Store } from '@tulle/store'

const AT_ONCE = 100

export async function drawDeliveries({ db }: Pick<Store, 'db'>, limits: SourceLimits, { port, settings, before, keys, folder, name, signal }: DrawRequest): Promise<Result<Drawn>> {
  const product = port.slice(0, port.indexOf('.'))
  const hook = String(settings['hook'])
  const published = String((before as { readonly last?: string } | undefined)?.last ?? '0')
  // They may go when their hook is full.
  await db.updateTable('hook_delivery').set({ taken: true }).where('product', '=', product).where('hook', '=', hook).where('seq', '<=', published).where('taken', '=', false).execute()
  const file = await RowFile.open({ folder, name }, limits)
  let [last, deliveries] = [published, 0]
  try {
    for (;;) {
      signal.throwIfAborted()
      const batch = await db.selectFrom('hook_delivery').select(['seq', 'id', 'at', 'body']).where('product', '=', product).where('hook', '=', hook).where('seq', '>', last).where('body', 'is not', null).orderBy('seq').limit(AT_ONCE).execute()
      for (const { seq, id, at, body } of batch) {
        const rows = JSON.parse((body as Buffer).toString('utf8')) as Json
        for (const row of Array.isArray(rows) ? rows : [rows]) await file.write(JSON.stringify({ ...(row as object), webhook_id: id, webhook_received_at: at.toISOString().slice(0, -1) }))
        last = seq
        deliveries += 1
      }
      // The rest is for the next run.
      if (batch.length < AT_ONCE || file.isFuller(0.5)) break
    }
  } catch (error) {
    await file.abandon()
    throw error
  }
  const written = await file.finish(port, `${hook} (webhook)`)
  if (!written.ok) return written
  const files = before !== undefined && deliveries === 0 ? [] : [written.value]
  return ok({ files, mode: before === undefined ? 'replace' : keys.length > 0 && files.length > 0 ? 'upsert' : 'append', state: { last }, told: `Took in ${deliveries} deliveries.` })
}

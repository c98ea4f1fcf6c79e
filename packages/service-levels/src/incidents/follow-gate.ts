// Runs that their checks stopped open an incident; the next one that publishes resolves it.

import type { Clock } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { resolveCause } from './change-incident.ts'
import { openIncident } from './open-incident.ts'

const GATE = 'gate'
/** Codes by which a run says that its data, not its machinery, stopped it. */
const GATE_CODES: ReadonlySet<string> = new Set(['check-failed', 'quarantine-too-large'])

/** May be called again with the same event. */
export async function followGate(store: Store, clock: Clock, { type, subject, data }: OutboxEvent): Promise<void> {
  const runId = data['runId']
  if (subject === undefined || typeof runId !== 'string') return
  const row = await store.db.selectFrom('resource').select('id').where('kind', '=', 'data-product').where('product', '=', subject).where('archived_at', 'is', null).executeTakeFirst()
  if (row === undefined) return
  if (type === 'tulle.product.published') return void (await resolveCause(store, clock, { productId: row.id, keys: [GATE], note: `The run ${runId} passed its checks and was published.` }))
  if (type !== 'tulle.run.failed') return
  const codes = (Array.isArray(data['codes']) ? data['codes'] : []).map(String)
  const failed = codes.filter((code) => GATE_CODES.has(code))
  if (data['status'] !== 'failed' || failed.length === 0) return
  await openIncident(store, clock, {
    product: subject, productId: row.id, cause: 'gate', key: GATE, runId,
    sentence: `Checks of ${subject} failed, so a run was not published. Consumers keep the last good version.`,
  })
}

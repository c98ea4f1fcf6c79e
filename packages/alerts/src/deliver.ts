// Delivers what is due: one process at a time, each message again and again, later and later, until it is delivered, refused
// for good, or given up. A process that dies between a delivery and the note of it delivers again, under the same id.

import type { Clock } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import type { Message, NewAlert, Reason, Sent, Way } from './types.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
/** Waits after the first try, the second, …; then it is given up, a day and a half after the alert. */
export const WAITS: readonly number[] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE, 3 * 60 * MINUTE, 8 * 60 * MINUTE, 24 * 60 * MINUTE]
const LONGEST_TRY_MILLISECONDS = 20 * SECOND
const BATCH = 20

export interface DeliverOptions {
  readonly store: Store
  readonly clock: Clock
  readonly send: (message: Message, signal: AbortSignal) => Promise<Sent>
  readonly signal: AbortSignal
}

/** Tries everything that is due now; resolves with how many tries that were. */
export async function deliverDue({ store: { db }, clock, send, signal }: DeliverOptions): Promise<number> {
  const due = await db.selectFrom('alert_delivery').innerJoin('alert', 'alert.id', 'alert_delivery.alert_id').selectAll('alert')
    .select(['alert_delivery.id as delivery', 'way', 'attempts']).where('status', '=', 'waiting').where('next_at', '<=', new Date(clock.now()))
    .orderBy('next_at').limit(BATCH).execute()
  await Promise.all(due.map(async ({ delivery, way, attempts, ...row }) => {
    const alert: NewAlert & { at: string } = {
      id: row.id, reason: row.reason as Reason, product: row.product, ...(row.run_id !== null && { runId: row.run_id }),
      sentence: row.sentence, facts: row.facts as NewAlert['facts'], at: row.at.toISOString(),
    }
    const limit = new AbortController()
    const until = AbortSignal.any([signal, limit.signal])
    const timer = clock.sleep(LONGEST_TRY_MILLISECONDS, until).then(() => limit.abort(new Error('out of time'))).catch(() => undefined)
    const sent = await send({ id: delivery, alert, way: way as unknown as Way }, until)
    limit.abort(new Error('over'))
    await timer
    // A try that our own end broke off was no try.
    if (!sent.done && signal.aborted) return
    const wait = WAITS[attempts]
    const isOver = sent.done || !sent.again || wait === undefined
    await db.updateTable('alert_delivery').set({
      attempts: attempts + 1,
      status: sent.done ? 'delivered' : isOver ? 'given up' : 'waiting',
      trouble: sent.done ? null : sent.trouble.slice(0, 300),
      ...(sent.done && { delivered_at: new Date(clock.now()) }),
      ...(!isOver && { next_at: new Date(clock.now() + wait) }),
    }).where('id', '=', delivery).where('status', '=', 'waiting').execute()
  }))
  return due.length
}

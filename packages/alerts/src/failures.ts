// A run that failed becomes an alert. It says which step and which codes; what the codes' messages quote belongs to those who
// may see the run.

import { sql } from 'kysely'
import type { Clock } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { raiseAlert } from './raise-alert.ts'

/** Raises it; again after a crash, and then it is there. A run that somebody cancelled is no failure, and what builds beside production concerns no consumer. */
export async function tellFailure(store: Store, clock: Clock, { subject, data }: OutboxEvent): Promise<void> {
  const runId = data['runId']
  if (data['status'] !== 'failed' || typeof runId !== 'string' || subject === undefined) return
  const run = await store.db.selectFrom('run').select(sql<string | null>`parameters->>'workflow'`.as('workflow')).where('id', '=', runId).executeTakeFirst()
  if (run?.workflow !== 'run-product') return
  const step = await store.db.selectFrom('run_step').select('name').where('run_id', '=', runId).where('status', '=', 'failed').orderBy('ordinal').executeTakeFirst()
  const codes = Array.isArray(data['codes']) ? data['codes'].map(String) : []
  await raiseAlert(store, clock, {
    id: `failure:${runId}`, reason: 'failure', product: subject, runId,
    sentence: `A run of ${subject} failed${step === undefined ? '' : ` at its step ${step.name}`}${codes.length === 0 ? '' : ` (${codes.slice(0, 5).join(', ')})`}. Consumers keep the last good version.`,
    facts: { ...(step !== undefined && { step: step.name }), codes },
  })
}

// Incidents that open or are resolved, and budgets that burn, become alerts. The event carries its sentence; it was written in the
// transaction that made it true, and the same event is the same alert, however often it is handled.

import type { Clock } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { raiseAlert } from './raise-alert.ts'

export async function tellIncident(store: Store, clock: Clock, { type, subject: product, data }: OutboxEvent): Promise<void> {
  const { incident, sentence, cause, by, products, consumers, level, indicator, rule, since, runId } = data
  if (product === undefined || typeof sentence !== 'string') return
  if (type === 'tulle.service-level.burning') {
    if (typeof level !== 'string' || typeof indicator !== 'string' || typeof rule !== 'string' || typeof since !== 'string') return
    await raiseAlert(store, clock, { id: `burn:${product}:${level}:${indicator}:${rule}:${since}`, reason: 'burn', product, sentence, facts: { level, indicator, rule } })
    return
  }
  if (typeof incident !== 'string' || typeof cause !== 'string') return
  const change = type === 'tulle.incident.opened' ? 'opened' : 'resolved'
  const downstream = Array.isArray(products) ? products.map(String) : []
  await raiseAlert(store, clock, {
    id: `incident:${incident}:${change}`, reason: 'incident', product,
    ...(typeof runId === 'string' && { runId }),
    sentence: change === 'opened' ? `${sentence}${downstream.length === 0 ? '' : ` Downstream: ${downstream.slice(0, 10).join(', ')}.`}` : `Resolved${typeof by === 'string' ? ` by ${by}` : ''}: ${sentence}`,
    facts: { incident, change, cause, ...(downstream.length > 0 && { downstream }), ...(typeof consumers === 'number' && { consumers }) },
  })
}

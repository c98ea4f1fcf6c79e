// Rows that were set aside, and corrected ones that came back, become alerts: whoever reads the data set knows what it lacks. Counts
// and names of rules, never values.

import type { Clock } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { raiseAlert } from './raise-alert.ts'

const MOST_RULES = 5

/** Raises it; again after a crash, and then it is there. */
export async function tellQuarantine(store: Store, clock: Clock, { type, subject: product, data: { dataSet, runId, rows, rules } }: OutboxEvent): Promise<void> {
  if (product === undefined || typeof dataSet !== 'string' || typeof runId !== 'string' || typeof rows !== 'number') return
  const isBack = type === 'tulle.rows.replayed'
  const what = `${rows.toLocaleString('en')} ${rows === 1 ? 'row' : 'rows'}`
  const broken = rules !== null && typeof rules === 'object' && !Array.isArray(rules) ? Object.keys(rules).toSorted() : []
  const why = broken.length === 0 ? '' : ` (${broken.slice(0, MOST_RULES).join(', ')}${broken.length > MOST_RULES ? ', …' : ''})`
  await raiseAlert(store, clock, {
    id: `${isBack ? 'replayed' : 'quarantine'}:${runId}:${dataSet}`, reason: 'quarantine', product, runId,
    sentence: isBack
      ? `${product}.${dataSet} has ${what} more that had been set aside and ${rows === 1 ? 'was' : 'were'} corrected.`
      : `${what} of ${product}.${dataSet} ${rows === 1 ? 'was' : 'were'} set aside, because ${rows === 1 ? 'it breaks' : 'they break'} its contract${why}. The others are published.`,
    facts: { dataSet, rows, change: isBack ? 'replayed' : 'set aside', ...(broken.length > 0 && { rules: broken }) },
  })
}

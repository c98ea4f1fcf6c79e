// Waits until another product is published, fresh enough, or anew. Only versions are looked at, no rows.

import type { Json } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { messages } from './messages.ts'
import { readPlan } from './read-plan.ts'

const POLL_MILLISECONDS = 1_000
const USUAL_MINUTES = 10
const MOST_MILLISECONDS = 3_600_000

interface Arguments { readonly product?: string; readonly within?: string; readonly after?: string; readonly atMost?: string }

export async function waitForProduct(workshop: Workshop, { call }: RunContext, { signal, log }: StepContext): Promise<StepOutcome> {
  const { product = '', within, after, atMost } = (call?.arguments ?? {}) as Arguments
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return { status: 'failed', diagnostics: plan.diagnostics }
  const { clock, lake } = workshop
  const limit = Math.min(atMost === undefined ? USUAL_MINUTES * 60_000 : millisecondsOf(atMost), MOST_MILLISECONDS)
  const began = clock.now()
  for (let isFirst = true; ; isFirst = false) {
    const snapshots: Record<string, Json> = {}
    let oldest = Infinity
    for (const { dataSet, table } of plan.value.targets) {
      const loaded = await loadTable(lake, table.name)
      const snapshot = loaded.ok ? loaded.value.currentSnapshot : undefined
      if (snapshot === undefined) oldest = -Infinity
      else {
        snapshots[dataSet.name] = snapshot.id
        oldest = Math.min(oldest, snapshot.timestamp)
      }
    }
    const isThere = oldest > -Infinity && plan.value.targets.length > 0
    const isFresh = within === undefined || oldest >= began - millisecondsOf(within)
    if (isThere && isFresh && !Object.values(snapshots).includes(after ?? '')) return { status: 'succeeded', output: { product, snapshots, published: new Date(oldest).toISOString() } }
    if (clock.now() - began >= limit) return { status: 'failed', diagnostics: [messages['product-not-there']({ product, minutes: Math.round(limit / 60_000), state: isThere ? 'what it serves is no newer' : 'it was never published' })] }
    if (isFirst) log(`Waits for ${product}: ${isThere ? 'what it serves is not new enough' : 'it was never published'}.`)
    await clock.sleep(POLL_MILLISECONDS, signal)
  }
}

function millisecondsOf(duration: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/u.exec(duration) ?? []
  return (Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
}

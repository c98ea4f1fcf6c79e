// Waits until another product is published, fresh enough, or anew. Only versions are looked at, no rows; the run's place is
// others' meanwhile, and it holds no engine.

import type { Json } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { RunContext, StepContext, StepOutcome } from '@tulle/workflow'
import type { Workshop } from './types.ts'
import { messages } from './messages.ts'
import type { ReadPlan } from './read-plan.ts'
import { readPlan } from './read-plan.ts'

const POLL_MILLISECONDS = 1_000
/** After the first minute. */
const SLOW_POLL_MILLISECONDS = 5_000
const USUAL_MINUTES = 10
const MOST_MILLISECONDS = 7 * 86_400_000

interface Arguments { readonly product?: string; readonly within?: string; readonly after?: string; readonly atMost?: string }

interface Found { readonly isThere: boolean; readonly output?: Json }

export async function waitForProduct(workshop: Workshop, { call }: RunContext, { runId, signal, log, standAside }: StepContext): Promise<StepOutcome> {
  const { product = '', within, after, atMost } = (call?.arguments ?? {}) as Arguments
  const plan = await readPlan(workshop.store, product)
  if (!plan.ok) return { status: 'failed', diagnostics: plan.diagnostics }
  const { clock, sessions } = workshop
  const limit = Math.min(atMost === undefined ? USUAL_MINUTES * 60_000 : millisecondsOf(atMost), MOST_MILLISECONDS)
  const began = clock.now()
  const look = (): Promise<Found> => lookAt(workshop, plan.value, { after, since: within === undefined ? undefined : began - millisecondsOf(within) })
  let found = await look()
  if (found.output === undefined) {
    const state = found.isThere ? 'what it serves is not new enough' : 'it was never published'
    log(`Waits for ${product}: ${state}.`)
    await sessions.drop(runId)
    await standAside(`${product}: ${state}`, async () => {
      while (found.output === undefined && clock.now() - began < limit) {
        await clock.sleep(clock.now() - began < 60_000 ? POLL_MILLISECONDS : SLOW_POLL_MILLISECONDS, signal)
        found = await look()
      }
    })
  }
  if (found.output !== undefined) return { status: 'succeeded', output: found.output }
  return { status: 'failed', diagnostics: [messages['product-not-there']({ product, minutes: Math.round(limit / 60_000), state: found.isThere ? 'what it serves is no newer' : 'it was never published' })] }
}

/** Without `output` where it is not what is waited for. */
async function lookAt({ lake }: Workshop, { product, targets }: ReadPlan, { after, since = -Infinity }: { readonly after: string | undefined; readonly since: number | undefined }): Promise<Found> {
  const snapshots: Record<string, Json> = {}
  let oldest = Infinity
  for (const { dataSet, table } of targets) {
    const loaded = await loadTable(lake, table.name)
    const snapshot = loaded.ok ? loaded.value.currentSnapshot : undefined
    if (snapshot === undefined) return { isThere: false }
    snapshots[dataSet.name] = snapshot.id
    oldest = Math.min(oldest, snapshot.timestamp)
  }
  if (targets.length === 0) return { isThere: false }
  const isNew = oldest >= since && !Object.values(snapshots).includes(after ?? '')
  return { isThere: true, ...(isNew && { output: { product: product.name, snapshots, published: new Date(oldest).toISOString() } }) }
}

function millisecondsOf(duration: string): number {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/u.exec(duration) ?? []
  return (Number(days) * 86_400 + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000
}

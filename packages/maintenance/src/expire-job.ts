// Versions that have had their time.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { ExpiryPlan, ExpiryPolicy, ExpiryRule, Lake, ReachableFile } from '@tulle/lake'
import { expireSnapshots, foreseeExpiry, loadTable } from '@tulle/lake'
import type { Job, JobContext, Removal } from './types.ts'
import { printSpan } from './print-time.ts'

/** Whoever began to read a version before it went has this long to open its files. */
const PAUSE_MILLISECONDS = 5_000

export const expireJob: Job = {
  name: 'expire',
  foresee: async ({ lake, table, policy }) => {
    const loaded = await loadTable(lake, table)
    if (!loaded.ok) return loaded
    const foreseen = await foreseeExpiry(lake, loaded.value, policy.expiry)
    return foreseen.ok ? ok(await removalsOf(lake, policy.expiry, foreseen.value.plan, foreseen.value.files)) : foreseen
  },
  carryOut: async ({ lake, table, policy, signal }: JobContext): Promise<Result<readonly Removal[]>> => {
    const expired = await expireSnapshots(lake, table, policy.expiry, { pauseMilliseconds: PAUSE_MILLISECONDS, signal })
    return expired.ok ? ok(await removalsOf(lake, policy.expiry, expired.value.plan, expired.value.removed)) : expired
  },
}

async function removalsOf(lake: Lake, policy: ExpiryPolicy, { snapshots, refs }: ExpiryPlan, files: readonly ReachableFile[]): Promise<readonly Removal[]> {
  const sized = await Promise.all(files.map(async ({ address, bytes }) => {
    const facts = bytes === undefined ? await lake.objects.facts(address) : ok({ bytes })
    return { address, ...(facts.ok && { bytes: facts.value.bytes }) }
  }))
  return [
    ...refs.map(({ name, ref, rule }): Removal => ({ job: 'expire', what: ref.type, name, rule, reason: reasonOf(rule, policy) })),
    ...snapshots.map(({ snapshot, rule }): Removal => ({ job: 'expire', what: 'snapshot', name: snapshot.id, rule, reason: reasonOf(rule, policy) })),
    ...sized.map(({ address, bytes }): Removal => ({
      job: 'expire', what: 'file', name: address, ...(bytes !== undefined && { bytes }), rule: 'expired', reason: 'No version that is kept needs it.',
    })),
  ]
}

function reasonOf(rule: ExpiryRule, { maxAge, minToKeep, maxToKeep }: ExpiryPolicy): string {
  switch (rule) {
    case 'max-age': return `It is older than ${printSpan(maxAge)}, or than the table or branch says, and not among the newest ${minToKeep}.`
    case 'max-count': return `It is not among the newest ${maxToKeep ?? minToKeep}.`
    case 'unreferenced': return `No branch or tag leads to it, and it is older than ${printSpan(maxAge)}.`
    case 'max-ref-age': return 'Its own age, or the one that holds for tags, is over.'
  }
}

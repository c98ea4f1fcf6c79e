// Keeps the compiled policy of this process in step with the journal. Never serves rights that it cannot vouch for: out of sight of the database, it denies.

import type { Clock } from '@tulle/kernel'
import { systemClock } from '@tulle/kernel'
import type { CompiledPolicy, Decision, PolicyMemory } from '@tulle/policy'
import type { Store } from '@tulle/store'
import { lastEventPlace, watchOutbox } from '@tulle/store'
import { loadPolicy } from './load-policy.ts'
import type { AccessControl } from './types.ts'

export interface AccessControlOptions {
  /** How long rights are trusted without hearing from the database; 10 s unless told, which covers its restart and a busy moment of this process. */
  readonly patience?: number
  readonly clock?: Clock
  /** Of the mesh; hashes get their salts from it. Without it they are null. */
  readonly secret?: string
  /** Of those that the mesh names; `prod` unless told. */
  readonly environment?: string
}

const RIGHTS = ['tulle.grant.changed', 'tulle.resource.changed']
/** Change nothing in the policy, but what an open session holds: its files, its subject. */
const CIRCUMSTANCES = ['tulle.product.published', 'tulle.schema.changed', 'tulle.history.rewritten', 'tulle.account.changed']

/** Loads the rights in force and keeps them so, here within milliseconds and in every other process within a second. */
export async function accessControl(store: Store, { patience = 10_000, clock = systemClock, secret, environment = 'prod' }: AccessControlOptions = {}): Promise<AccessControl> {
  let seen = clock.now()
  const after = await lastEventPlace(store.db)
  const compiled: PolicyMemory = new Map()
  let policy = await loadPolicy(store, { secret, compiled })
  let version = 1
  let outOfSight = false
  let changed: 'nothing' | 'circumstances' | 'rights' = 'nothing'

  const following = watchOutbox(store, {
    after,
    types: [...RIGHTS, ...CIRCUMSTANCES],
    clock,
    handle: async (event) => {
      if (RIGHTS.includes(event.type)) changed = 'rights'
      else if (changed === 'nothing') changed = 'circumstances'
    },
    onCaughtUp: async (since) => {
      const news = changed
      if (news === 'rights') policy = await loadPolicy(store, { secret, compiled })
      changed = 'nothing'
      if (news !== 'nothing' || outOfSight) version += 1
      outOfSight = false
      seen = since
    },
  })
  const look = (): void => {
    if (outOfSight || clock.now() - seen <= patience) return
    outOfSight = true
    version += 1
  }
  return {
    store,
    environment,
    version: () => {
      look()
      return version
    },
    policy: () => {
      look()
      return outOfSight ? DENY : policy
    },
    wouldBe: (grant) => loadPolicy(store, { secret, compiled, wouldBe: [grant] }),
    withPolicies: (instead) => loadPolicy(store, { secret, instead }),
    caughtUp: () => following.caughtUp(),
    close: () => following.stop(),
  }
}

const DENIED: Decision = Object.freeze({
  effect: 'deny',
  reasons: [{ rule: 'rights-out-of-sight', text: 'The rights in force cannot be read at the moment, so nothing is allowed. Try again shortly.' }],
})
const DENY: CompiledPolicy = Object.freeze({ decide: () => DENIED, openPurposes: () => [], explain: () => [] })

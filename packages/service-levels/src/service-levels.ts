// Puts it together: measures on a clock, follows runs and publications, opens and resolves incidents, grants the badge.

import type { Following, Lease, Store } from '@tulle/store'
import { followOutbox } from '@tulle/store'
import type { CertificationRule } from '@tulle/model'
import { readProductDefinitions } from '@tulle/providers'
import type { ProductDefinition } from '@tulle/providers'
import { readRules, settleBadge } from './certify/grant-badge.ts'
import { followGate } from './incidents/follow-gate.ts'
import { dropUndeclared, reconcile } from './reconcile.ts'
import { openSampler } from './sampler.ts'
import { forgetOld } from './samples.ts'
import type { ServiceLevelOptions } from './types.ts'

const LOOK_MILLISECONDS = 2_000
/** Time alone may give a badge back. */
const BADGES_MILLISECONDS = 10 * 60_000
const FORGET_MILLISECONDS = 24 * 3_600_000
const EVENTS = ['tulle.run.failed', 'tulle.product.published', 'tulle.incident.opened', 'tulle.incident.resolved'] as const

export interface ServiceLevels {
  /** Measures on the clock and follows events, until `close`. */
  start(): void
  /** One look at what is due, for tests and orderly ends. */
  settle(): Promise<void>
  close(): Promise<void>
}

interface Mesh { readonly generation: string; readonly definitions: readonly ProductDefinition[]; readonly rules: readonly CertificationRule[] | undefined }

export function openServiceLevels({ store, lake, clock, probe, followers, warn = () => undefined }: ServiceLevelOptions): ServiceLevels {
  const closing = new AbortController()
  const sampler = openSampler({ store, lake, clock, probe, followers })
  let mesh: Mesh | undefined
  /** Products whose measurements may say what no incident says yet. */
  const unsettled = new Map<string, ProductDefinition>()
  let lease: Lease | undefined
  let following: Following | undefined
  let running: Promise<void> | undefined
  let badgesAt = -Infinity
  let forgotten = -Infinity

  const look = async (): Promise<void> => {
    const before = mesh?.generation
    mesh = await readMesh(store, mesh)
    if (mesh.generation !== before) {
      await dropUndeclared(store, clock, mesh.definitions)
      // A process that died between a measurement and its incident left the measurement alone; the next period may be a day away.
      unsettled.clear()
      for (const definition of mesh.definitions) unsettled.set(definition.id, definition)
    }
    const touched = await sampler.look(mesh.definitions, closing.signal)
    for (const definition of touched) unsettled.set(definition.id, definition)
    const { rules } = mesh
    const levels = new Map<string, Awaited<ReturnType<typeof reconcile>>>()
    for (const definition of unsettled.values()) {
      levels.set(definition.id, await reconcile(store, clock, definition))
      unsettled.delete(definition.id)
    }
    if (rules !== undefined) {
      const everybody = mesh.generation !== before || clock.now() - badgesAt > BADGES_MILLISECONDS
      for (const definition of everybody ? mesh.definitions : touched) {
        if (closing.signal.aborted) return
        await settleBadge(store, clock, rules, definition, levels.get(definition.id))
      }
      if (everybody) badgesAt = clock.now()
    }
    if (clock.now() - forgotten > FORGET_MILLISECONDS) {
      forgotten = clock.now()
      await forgetOld(store, clock.now())
    }
  }

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        if (lease?.held !== true) lease = await store.watch.tryLease('service-levels')
        if (lease !== undefined) await look()
      } catch (error) {
        // The database may be away; what is due stays due.
        if (!closing.signal.aborted) warn(`service levels: ${String(error)}`)
      }
      await clock.sleep(LOOK_MILLISECONDS, closing.signal).catch(() => undefined)
    }
    await lease?.release()
  }

  return {
    start() {
      following ??= followOutbox(store, {
        consumer: 'service-levels', from: 'now', types: EVENTS,
        handle: async (event) => {
          await followGate(store, clock, event)
          const rules = await readRules(store.db)
          const [definition] = rules === undefined || event.subject === undefined ? [] : await readProductDefinitions(store.db, [event.subject])
          if (rules !== undefined && definition !== undefined) await settleBadge(store, clock, rules, definition)
        },
        onFailure: (error) => warn(`service levels: ${String(error)}`),
      })
      running ??= watch()
    },
    async settle() {
      await following?.caughtUp()
      await look()
    },
    async close() {
      closing.abort(new Error('closed'))
      await following?.stop()
      await running
    },
  }
}

/** What is applied changes seldom, and a product is long to read. */
async function readMesh(store: Store, known: Mesh | undefined): Promise<Mesh> {
  const state = await store.db.selectFrom('mesh_state').select('generation').executeTakeFirst()
  const generation = state?.generation ?? ''
  if (known?.generation === generation) return known
  return { generation, definitions: await readProductDefinitions(store.db), rules: await readRules(store.db) }
}

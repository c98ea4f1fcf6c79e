// Measures what is due, and makes up for points that passed while nobody looked. Every process may run it; the first word on a
// point stays.

import { serviceLevelsOf } from '@tulle/model'
import type { Indicator, ServiceLevel } from '@tulle/model'
import type { ProductDefinition } from '@tulle/providers'
import { pointAt, pointsBetween } from './algebra/grid.ts'
import { measure } from './measure/measure.ts'
import type { ProductFacts } from './measure/measure.ts'
import { readFacts } from './measure/read-facts.ts'
import type { Remembered } from './measure/read-facts.ts'
import { keepSamples, KEPT_MILLISECONDS, readEnds } from './samples.ts'
import type { Sample, ServiceLevelOptions } from './types.ts'

/** Where there was nothing to measure yet, it is looked at again so soon. */
const AGAIN_MILLISECONDS = 15_000

export interface Sampler {
  /** Measures what is due of these products; answers those of which something was. */
  look(definitions: readonly ProductDefinition[], signal: AbortSignal): Promise<readonly ProductDefinition[]>
}

interface Due { readonly level: ServiceLevel; readonly indicator: Indicator; readonly points: readonly number[] }

export function openSampler({ store, lake, clock, probe, followers }: Pick<ServiceLevelOptions, 'store' | 'lake' | 'clock' | 'probe' | 'followers'>): Sampler {
  const remembered: Remembered = new Map()
  const again = new Map<string, number>()
  let ends: Map<string, { readonly first: number; readonly last: number }> | undefined

  const dueOf = ({ id, product }: ProductDefinition, now: number): readonly Due[] =>
    serviceLevelsOf(product).flatMap((level) => level.indicators.flatMap((indicator): readonly Due[] => {
      const key = `${id} ${indicator.name}`
      const point = pointAt(now, indicator.every)
      const last = ends?.get(key)?.last
      if ((last ?? -Infinity) >= point || (again.get(key) ?? -Infinity) > now) return []
      const points = last === undefined ? [point] : pointsBetween(Math.max(last, now - Math.min(level.window, KEPT_MILLISECONDS)), point, indicator.every)
      return points.length === 0 ? [] : [{ level, indicator, points }]
    }))

  const sampleOne = async (definition: ProductDefinition, { indicator, points }: Due, facts: ProductFacts, now: number): Promise<boolean> => {
    const key = `${definition.id} ${indicator.name}`
    const current = pointAt(now, indicator.every)
    const since = ends?.get(key)?.first ?? current
    // From the first look on, points that pass are points of it.
    if (ends?.has(key) === false) ends.set(key, { first: current, last: current - indicator.every })
    const samples: Sample[] = []
    for (const at of points) {
      const isNow = at === current
      const sample = await measure(indicator, { at, moment: isNow ? now : at, isNow, since }, facts)
      // It may have something to say before this period is over.
      if (isNow && maySayMore(indicator, sample)) again.set(key, now + AGAIN_MILLISECONDS)
      else samples.push(sample)
    }
    const [first, last] = [samples[0], samples.at(-1)]
    if (first === undefined || last === undefined) return false
    await keepSamples(store.db, definition.id, indicator.name, samples)
    ends?.set(key, { first: ends.get(key)?.first ?? first.at, last: last.at })
    return true
  }

  return {
    async look(definitions, signal) {
      ends ??= await readEnds(store)
      const touched: ProductDefinition[] = []
      for (const definition of definitions) {
        const now = clock.now()
        const due = dueOf(definition, now)
        if (due.length === 0 || signal.aborted) continue
        const facts = await readFacts({ clock, db: store.db, lake, probe, followers, remembered }, definition, now - Math.max(...due.map(({ level }) => level.window)))
        let measured = false
        for (const one of due) measured = (await sampleOne(definition, one, facts, now)) || measured
        if (measured) touched.push(definition)
      }
      return touched
    },
  }
}

/** Nothing to measure yet; or whether a port answers could not be told, which a point that passes without an answer says too. */
const maySayMore = ({ measured: { kind } }: Indicator, { state }: Sample): boolean => (state === 'idle' && kind !== 'latency') || (state === 'unknown' && kind === 'availability')

// A product's promises with the samples of their indicators → how each is kept. Pure.

import type { ServiceLevel } from '@tulle/model'
import type { MeasuredLevel, Sample, StandingState } from './types.ts'
import { historyOf, standingOf } from './algebra/standing.ts'

const WORST: readonly StandingState[] = ['missed', 'burning', 'waiting', 'kept']

/** `samplesOf` knows indicators by name. */
export function measuredLevel({ indicators, ...level }: ServiceLevel, samplesOf: (indicator: string) => readonly Sample[], now: number): MeasuredLevel {
  const measured = indicators.map((indicator) => {
    const promised = { objective: level.objective, window: level.window, every: indicator.every }
    const samples = samplesOf(indicator.name)
    return { ...indicator, standing: standingOf(samples, promised, now), history: historyOf(samples, promised, now) }
  })
  const state = WORST.find((one) => measured.some(({ standing }) => standing.state === one))
  return { ...level, state: state ?? 'unmeasured', indicators: measured }
}

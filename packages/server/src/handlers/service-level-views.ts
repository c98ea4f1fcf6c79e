// Service levels as the API shows them: times as instants, units named, what is measured in a sentence.

import type { ServiceLevel, ServiceLevelIndicator } from '@tulle/api'
import { counted } from '@tulle/kernel'
import type { MeasuredLevel } from '@tulle/service-levels'

export const toLevel = ({ name, title, description, dimension, objective, window, from, state, indicators }: MeasuredLevel): ServiceLevel => ({
  name, title, objective, from, state,
  ...(description !== undefined && { description }),
  ...(dimension !== undefined && { dimension }),
  windowSeconds: window / 1000,
  indicators: indicators.map(toIndicator),
})

type Indicator = MeasuredLevel['indicators'][number]

const UNITS: Readonly<Record<Indicator['measured']['kind'], ServiceLevelIndicator['unit']>> = {
  freshness: 'milliseconds', latency: 'milliseconds', lag: 'milliseconds', completeness: 'percent', availability: 'percent', quality: 'percent', volume: 'rows',
}

function toIndicator({ name, title, every, measured, standing, history }: Indicator): ServiceLevelIndicator {
  const { state, counts, attained, budget, burns, last } = standing
  const instant = (time: number): string => new Date(time).toISOString()
  return {
    name, title, kind: measured.kind, sentence: sentenceOf(measured), unit: UNITS[measured.kind], everySeconds: every / 1000, state, counts: { ...counts },
    ...(attained !== undefined && { attained }),
    budget: { allowed: round(budget.allowed), spent: budget.spent, leftPercent: round(budget.leftShare * 100) },
    burns: burns.map(({ rule, rate, over }) => ({ rule, ...(Number.isFinite(rate) && { rate: round(rate) }), overSeconds: over / 1000 })),
    ...(last !== undefined && { last: { at: instant(last.at), state: last.state, ...(last.value !== undefined && { value: round(last.value) }), ...(last.note !== undefined && { note: last.note }) } }),
    history: history.map(({ from, to, counts: of, attained: share, value }) => ({ from: instant(from), to: instant(to), counts: { ...of }, ...(share !== undefined && { attained: share }), ...(value !== undefined && { value: round(value) }) })),
  }
}

function sentenceOf(measured: Indicator['measured']): string {
  switch (measured.kind) {
    case 'freshness': return `A run ended well within ${spanOf(measured.within)}.`
    case 'completeness': return `At least ${measured.atLeast} % of the values of ${measured.dataSet ?? 'each data set'} are filled.`
    case 'availability': return `${measured.port === undefined ? 'Every served port answers' : `The port ${measured.port} answers`}.`
    case 'latency': return `${measured.percentile} % of statements are answered within ${spanOf(measured.below)}.`
    case 'lag': return `Nothing of ${measured.dataSet ?? 'any data set'} waits longer than ${spanOf(measured.within)} for a consumer of its change stream.`
    case 'quality': return `At least ${measured.atLeast} % of the checks of the last run passed.`
    case 'volume': return `${measured.dataSet ?? 'The product'} has ${[measured.atLeast === undefined ? '' : `at least ${measured.atLeast.toLocaleString('en')}`, measured.atMost === undefined ? '' : `at most ${measured.atMost.toLocaleString('en')}`].filter(Boolean).join(' and ')} rows.`
  }
}

const SPANS = [[86_400_000, 'day'], [3_600_000, 'hour'], [60_000, 'minute'], [1000, 'second'], [1, 'millisecond']] as const

function spanOf(milliseconds: number): string {
  const [each, unit] = SPANS.find(([one]) => milliseconds >= one && milliseconds % one === 0) ?? [1, 'ms']
  return counted(milliseconds / each, unit)
}

const round = (value: number): number => Math.round(value * 1000) / 1000

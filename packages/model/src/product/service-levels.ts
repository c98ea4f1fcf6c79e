// What a product promises of its service, and how each promise is measured: from its components, and from the service levels of
// its contracts.

import type { Json } from '@tulle/kernel'
import type { IndicatorDraft } from '../capabilities/contribution.ts'
import { nameFromTitle } from '../kinds/envelope.ts'
import { millisecondsOf, momentOf } from '../kinds/written-units.ts'
import type { Component, DataProduct, DataSet, Indicator, Measured, ServiceLevel } from '../types.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
export const USUAL_OBJECTIVE = 99
export const USUAL_WINDOW = 30 * DAY
/** In one window of one indicator. */
export const MOST_SAMPLES = 20_000

export const usualEvery = (kind: Measured['kind']): number => (kind === 'availability' || kind === 'latency' || kind === 'lag' ? 5 * MINUTE : HOUR)

/** Every promise of a product, measured or only described. Pure; components that were applied have been checked. */
export function serviceLevelsOf({ components, dataSets }: Pick<DataProduct, 'components' | 'dataSets'>): readonly ServiceLevel[] {
  const indicators = components.filter(({ baseType }) => baseType === 'service-level-indicator')
  const declared = components.filter(({ baseType }) => baseType === 'service-level-asset').map((component): ServiceLevel => {
    const { description, dimension, objective, window } = component.properties
    return {
      name: component.name,
      title: component.title,
      ...(typeof description === 'string' && { description }),
      ...(typeof dimension === 'string' && { dimension }),
      objective: typeof objective === 'number' ? objective : USUAL_OBJECTIVE,
      window: typeof window === 'string' ? millisecondsOf(window) : USUAL_WINDOW,
      from: 'product',
      indicators: indicators.filter(({ properties }) => properties['service_level_name'] === component.title).flatMap(indicatorOf),
    }
  })
  return [...declared, ...dataSets.flatMap(levelsOfContract)]
}

function indicatorOf({ name, title, properties }: Component): readonly Indicator[] {
  const draft = properties as unknown as IndicatorDraft
  const measured = measuredOf(draft)
  return measured === undefined ? [] : [{ name, title, every: draft.every === undefined ? usualEvery(measured.kind) : millisecondsOf(draft.every), measured }]
}

function measuredOf(draft: IndicatorDraft): Measured | undefined {
  const dataSet = draft.data_set === undefined ? {} : { dataSet: draft.data_set }
  switch (draft.indicator) {
    case 'freshness': return { kind: 'freshness', within: millisecondsOf(draft.within ?? '1d') }
    case 'completeness': return { kind: 'completeness', atLeast: draft.at_least ?? 100, ...dataSet }
    case 'availability': return { kind: 'availability', ...(draft.port !== undefined && { port: draft.port }) }
    case 'latency': return { kind: 'latency', percentile: Number((draft.percentile ?? 'p95').slice(1)), below: momentOf(draft.below ?? '1s') }
    case 'quality': return { kind: 'quality', atLeast: draft.at_least ?? 100 }
    case 'volume': return { kind: 'volume', ...(draft.at_least !== undefined && { atLeast: draft.at_least }), ...(draft.at_most !== undefined && { atMost: draft.at_most }), ...dataSet }
    case 'lag': return { kind: 'lag', within: millisecondsOf(draft.within ?? '1h'), ...dataSet }
    default: return undefined
  }
}

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, min: MINUTE, minute: MINUTE, minutes: MINUTE, h: HOUR, hr: HOUR, hour: HOUR, hours: HOUR, d: DAY, day: DAY, days: DAY, w: 7 * DAY, week: 7 * DAY, weeks: 7 * DAY }

/** ODCS calls the age of data its latency; how often it comes, its frequency. What Tulle cannot measure is shown as the contract says it. */
function levelsOfContract({ name: dataSet, contract }: DataSet): readonly ServiceLevel[] {
  const document = contract?.document
  const written = isObject(document) && Array.isArray(document['slaProperties']) ? document['slaProperties'].filter(isObject) : []
  return written.slice(0, 100).flatMap((sla, i): readonly ServiceLevel[] => {
    const { property, value, unit, description } = sla
    if (typeof property !== 'string') return []
    const said = [String(value ?? ''), typeof unit === 'string' ? unit : ''].join(' ').trim()
    const title = `${property.slice(0, 200)} of ${dataSet}`
    const number = typeof value === 'number' ? value : Number.NaN
    const measured = measuredBySla(property.toLowerCase(), number, UNITS[String(unit).toLowerCase()])
    return [{
      name: nameFromTitle(`${dataSet}_${property.slice(0, 60)}_${i + 1}`),
      title,
      description: typeof description === 'string' ? description : `The contract of ${dataSet} promises ${property.slice(0, 200)} ${said.slice(0, 200)}.`,
      objective: measured?.kind === 'availability' ? number : USUAL_OBJECTIVE,
      window: USUAL_WINDOW,
      from: 'contract',
      indicators: measured === undefined ? [] : [{ name: nameFromTitle(`${dataSet}_${property.slice(0, 60)}_${i + 1}_measured`), title, every: usualEvery(measured.kind), measured }],
    }]
  })
}

function measuredBySla(property: string, value: number, unit: number | undefined): Measured | undefined {
  if (['latency', 'ly', 'freshness', 'frequency', 'fy'].includes(property) && value > 0 && unit !== undefined) return { kind: 'freshness', within: value * unit }
  if (['availability', 'av'].includes(property) && value > 0 && value <= 100) return { kind: 'availability' }
  return undefined
}

const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> => value !== null && typeof value === 'object' && !Array.isArray(value)

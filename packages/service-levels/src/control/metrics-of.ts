// A product's service levels, versions, statements and incidents as metrics. Pure.

import type { MeasuredLevel } from '../types.ts'
import type { MetricFamily } from './open-metrics.ts'

export interface ProductMetrics {
  readonly product: string
  readonly levels: readonly MeasuredLevel[]
  readonly certified: boolean
  readonly openIncidents: number
  /** Milliseconds since 1970. */
  readonly publishedAt?: number
  readonly dataSets: readonly { readonly name: string; readonly rows?: number }[]
  /** Milliseconds, over the last day; absent where nobody asked. */
  readonly latency?: { readonly statements: number; readonly p50: number; readonly p95: number; readonly p99: number }
  readonly checks?: { readonly passed: number; readonly total: number }
}

const STATES = ['waiting', 'kept', 'burning', 'missed', 'unmeasured'] as const

export function metricsOf({ product, levels, certified, openIncidents, publishedAt, dataSets, latency, checks }: ProductMetrics): readonly MetricFamily[] {
  const one = (value: number | undefined, labels: Readonly<Record<string, string>> = {}): MetricFamily['samples'] => (value === undefined ? [] : [{ labels: { product, ...labels }, value }])
  const indicators = levels.flatMap((level) => level.indicators.map((indicator) => ({ labels: { service_level: level.name, indicator: indicator.name }, level, indicator })))
  const valuesOf = (kinds: readonly string[], each: number): MetricFamily['samples'] =>
    indicators.filter(({ indicator }) => kinds.includes(indicator.measured.kind)).flatMap(({ labels, indicator }) => one(indicator.standing.last?.value === undefined ? undefined : indicator.standing.last.value / each, { ...labels, kind: indicator.measured.kind }))
  return [
    { name: 'tulle_service_level', type: 'stateset', help: 'Where each promise stands.', samples: levels.flatMap(({ name, state }) => STATES.flatMap((known) => one(Number(known === state), { service_level: name, tulle_service_level: known }))) },
    { name: 'tulle_service_level_objective_ratio', type: 'gauge', unit: 'ratio', help: 'What is promised of the window.', samples: levels.flatMap(({ name, objective }) => one(objective / 100, { service_level: name })) },
    { name: 'tulle_service_level_window_seconds', type: 'gauge', unit: 'seconds', help: 'The rolling window of the promise.', samples: levels.flatMap(({ name, window }) => one(window / 1000, { service_level: name })) },
    { name: 'tulle_service_level_attained_ratio', type: 'gauge', unit: 'ratio', help: 'What was good of what was measured in the window.', samples: indicators.flatMap(({ labels, indicator: { standing } }) => one(standing.attained === undefined ? undefined : standing.attained / 100, labels)) },
    { name: 'tulle_error_budget_left_ratio', type: 'gauge', unit: 'ratio', help: 'What is left of the error budget of the window.', samples: indicators.flatMap(({ labels, indicator: { standing } }) => one(standing.budget.leftShare, labels)) },
    { name: 'tulle_service_level_samples', type: 'gauge', help: 'Measurements in the window by their state.', samples: indicators.flatMap(({ labels, indicator: { standing } }) => (['good', 'bad', 'unknown', 'idle'] as const).flatMap((state) => one(standing.counts[state], { ...labels, state }))) },
    { name: 'tulle_indicator_seconds', type: 'gauge', unit: 'seconds', help: 'The last measurement of freshness, latency and lag.', samples: valuesOf(['freshness', 'latency', 'lag'], 1000) },
    { name: 'tulle_indicator_ratio', type: 'gauge', unit: 'ratio', help: 'The last measurement of completeness, availability and quality.', samples: valuesOf(['completeness', 'availability', 'quality'], 100) },
    { name: 'tulle_indicator_rows', type: 'gauge', unit: 'rows', help: 'The last measurement of volume.', samples: valuesOf(['volume'], 1) },
    { name: 'tulle_data_set_rows', type: 'gauge', unit: 'rows', help: 'Rows of the version that is served.', samples: dataSets.flatMap(({ name, rows }) => one(rows, { data_set: name })) },
    { name: 'tulle_published_timestamp_seconds', type: 'gauge', unit: 'seconds', help: 'When the product was last published, since 1970.', samples: one(publishedAt === undefined ? undefined : publishedAt / 1000) },
    { name: 'tulle_checks', type: 'gauge', help: 'Checks of the last run.', samples: checks === undefined ? [] : [...one(checks.passed, { outcome: 'passed' }), ...one(checks.total - checks.passed, { outcome: 'not_passed' })] },
    { name: 'tulle_statements', type: 'gauge', help: 'Statements that were answered within a day.', samples: one(latency?.statements) },
    { name: 'tulle_statement_duration_seconds', type: 'gauge', unit: 'seconds', help: 'Within what time so many percent of them were answered.', samples: latency === undefined ? [] : ([['50', latency.p50], ['95', latency.p95], ['99', latency.p99]] as const).flatMap(([percent, time]) => one(time / 1000, { percent })) },
    { name: 'tulle_incidents_open', type: 'gauge', help: 'Incidents that are not resolved.', samples: one(openIncidents) },
    { name: 'tulle_product_certified', type: 'gauge', help: 'Whether the product carries the badge: 1 or 0.', samples: one(Number(certified)) },
  ]
}

// Metrics as a text of OpenMetrics 1.0: families in their order, labels escaped, an end that says that nothing was cut off.
// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** A name may not be given twice, and ends in the family's unit where it has one. */
export interface MetricFamily {
  readonly name: string
  readonly type: 'gauge' | 'stateset'
  readonly unit?: string
  readonly help: string
  /** No two of one family have the same labels. */
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

/** Families without samples are left out. */
export function printOpenMetrics(families: readonly MetricFamily[]): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap(({ name, type, unit, help, samples }) => [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => `${name}${labelsOf(labels)} ${numberOf(value)}`),
  ])
  return [...lines, '# EOF', ''].join('\n')
}

const labelsOf = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')

const numberOf = (value: number): string => (Number.isNaN(value) ? 'NaN' : value === Infinity ? '+Inf' : value === -Infinity ? '-Inf' : String(value))

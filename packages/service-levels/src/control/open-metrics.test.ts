import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { measuredLevel } from '../levels.ts'
import { parseOpenMetrics } from '../testing/parse-open-metrics.ts'
import { metricsOf } from './metrics-of.ts'
import { printOpenMetrics } from './open-metrics.ts'

const NOW = Date.UTC(2026, 0, 31)
const level = measuredLevel({
  name: 'fresh', title: 'Fresh', objective: 80, window: 20 * 86_400_000, from: 'product',
  indicators: [{ name: 'age', title: 'Age', every: 86_400_000, measured: { kind: 'freshness', within: 86_400_000 } }],
}, () => [{ at: NOW, state: 'good', value: 1_500 }], NOW)

describe('metrics of a product', () => {
  const text = printOpenMetrics(metricsOf({
    product: 'flights', levels: [level], certified: true, openIncidents: 1, publishedAt: NOW, dataSets: [{ name: 'flights', rows: 3 }, { name: 'empty' }],
    latency: { statements: 7, p50: 1, p95: 20.5, p99: 300 }, checks: { passed: 9, total: 10 },
  }))
  const families = new Map(parseOpenMetrics(text).map((family) => [family.name, family]))

  it.each([
    ['tulle_service_level_objective_ratio', 0.8], ['tulle_service_level_attained_ratio', 1], ['tulle_indicator_seconds', 1.5], ['tulle_data_set_rows', 3],
    ['tulle_incidents_open', 1], ['tulle_product_certified', 1], ['tulle_published_timestamp_seconds', NOW / 1000], ['tulle_statements', 7],
  ])('say %s', (name, value) => expect(families.get(name)?.samples.map((sample) => sample.value)).toEqual([value]))

  it('say the state of a promise as a state set', () => {
    expect(families.get('tulle_service_level')).toMatchObject({ type: 'stateset' })
    expect(families.get('tulle_service_level')?.samples.filter(({ value }) => value === 1).map(({ labels }) => labels.get('tulle_service_level'))).toEqual(['kept'])
  })
})

describe('the text', () => {
  it('carries any label there and back', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.double(), (label, help, value) => {
      const [family] = parseOpenMetrics(printOpenMetrics([{ name: 'a_b', type: 'gauge', help, samples: [{ labels: { x: label }, value }] }]))
      expect(family?.help).toBe(help)
      expect(family?.samples[0]?.labels.get('x')).toBe(label)
      expect(Object.is(family?.samples[0]?.value, -0) ? 0 : family?.samples[0]?.value).toBe(Object.is(value, -0) ? 0 : value)
    }))
  })

  it('is only an end where there is nothing', () => expect(printOpenMetrics([])).toBe('# EOF\n'))

  it.each([
    ['no end', '# TYPE a gauge\na 1\n'], ['something after the end', '# EOF\na 1\n# EOF\n'], ['a sample of nobody', 'a 1\n# EOF\n'], ['two spaces', '# TYPE a gauge\na  1\n# EOF\n'],
    ['a unit that the name has not', '# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n'], ['a raw quote', '# TYPE a gauge\na{x="""} 1\n# EOF\n'], ['a wrong escape', '# TYPE a gauge\na{x="\\t"} 1\n# EOF\n'],
    ['labels twice', '# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n# EOF\n'], ['a family in two pieces', '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a x\n# EOF\n'],
    ['no number', '# TYPE a gauge\na one\n# EOF\n'], ['a comment', '# hello\n# EOF\n'], ['a type that is none', '# TYPE a dial\na 1\n# EOF\n'], ['a state of 2', '# TYPE a stateset\na{a="x"} 2\n# EOF\n'],
  ])('is refused by the reader with %s', (_case, text) => expect(() => parseOpenMetrics(text)).toThrow())
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, counted, defineDiagnostics, didYouMean, fingerprintOf, formatRef, isName, isReservedSchema, orderByDependencies, parseRef, reachable, renderDiagnostic } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'

it('a count is written with its noun, one or many', () => {
  expect([0, 1, 2, 3_000_000].map((n) => counted(n, 'row'))).toEqual(['0 rows', '1 row', '2 rows', '3,000,000 rows'])
})

describe('a reference', () => {
  it.each([
    ['flights', { product: 'flights' }],
    ['flights@2', { product: 'flights', major: 2 }],
    ['flights.flights', { product: 'flights', dataSet: 'flights' }],
    ['data-set:flights@2.flights.Delay in minutes', { kind: 'data-set', product: 'flights', major: 2, dataSet: 'flights', column: 'Delay in minutes' }],
  ])('%s is read and printed again', (text, ref) => {
    expect(parseRef(text)).toEqual({ ok: true, value: ref, diagnostics: [] })
    expect(formatRef(ref)).toBe(text)
  })

  it.each(['', 'Flights', 'flights@0', 'flights@01', '../flights', 'flights.', 'a.b.c.d', 'flights\u0000', 'a'.repeat(64), '1flights'])('%j is refused with the grammar', (text) => {
    expect(parseRef(text)).toMatchObject({ ok: false, diagnostics: [{ code: 'bad-reference', message: `"${text}" is not a reference.` }] })
  })

  it('survives any text without throwing, and what it accepts prints as it was', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const parsed = parseRef(text)
      expect(parsed.ok ? formatRef(parsed.value) : text).toBe(text)
    }))
  })

  it('knows names and the schemas that belong to clients', () => {
    expect(['flights', 'a_1', 'A', '1a', 'a-b', '', 'pg_x'].map(isName)).toEqual([true, true, false, false, false, false, true])
    expect(['pg_catalog', 'information_schema', 'main', 'pg_anything', 'flights'].map(isReservedSchema)).toEqual([true, true, true, true, false])
  })
})

describe('a diagnostic', () => {
  const messages = defineDiagnostics({
    'unknown-type': { severity: 'error', message: (p: { type: string }) => `There is no type "${p.type}".`, help: () => 'See tulle capability list.' },
  })
  const place = { file: 'product.yaml', line: 3, column: 9, length: 4, source: '  type: prot' }

  it('prints place, message, squiggle and remedy', () => {
    expect(renderDiagnostic(messages['unknown-type']({ type: 'prot' }, { place }))).toBe(
      ['❌ product.yaml:3:9 unknown-type: There is no type "prot".', '      type: prot', '            ~~~~', '    Help: See tulle capability list.'].join('\n'),
    )
  })

  it('prints no control character or direction mark of the text that it quotes', () => {
    const hostile = { ...place, source: '  type: \u001b[2Jx\u202egnp\u0000', column: 9 }
    expect(renderDiagnostic(messages['unknown-type']({ type: '\u001b[31m' }, { place: hostile }))).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/u)
  })
})

describe('"did you mean"', () => {
  it.each([
    ['input-prt', ['input-port', 'output-port'], ' Did you mean "input-port"?'],
    ['zzz', ['input-port'], ''],
  ])('offers the nearest word for %s', (text, words, hint) => {
    expect(didYouMean(text, words)).toBe(hint)
  })
})

describe('a graph', () => {
  const graph = (edges: Record<string, string[]>): Map<string, string[]> => new Map(Object.entries(edges))

  it('orders what is needed first', () => {
    expect(orderByDependencies(graph({ c: ['b'], b: ['a'], a: [], d: ['unknown'] }))).toEqual({ order: ['a', 'b', 'c', 'd'], circles: [] })
  })

  it('names a whole circle and still orders the rest', () => {
    expect(orderByDependencies(graph({ a: ['b'], b: ['c'], c: ['a'], d: [] }))).toEqual({ order: ['d'], circles: [['a', 'b', 'c', 'a']] })
  })

  it('puts every node after its needs, whatever the edges, unless it stands on a circle', () => {
    const edges = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 3 }))
    fc.assert(fc.property(edges, (record) => {
      const { order, circles } = orderByDependencies(graph(record))
      const onCircle = new Set(circles.flat())
      const early = order.flatMap((node, i) => (record[node] ?? []).filter((need) => need in record && !onCircle.has(need) && order.indexOf(need) > i))
      expect(early).toEqual([])
      expect(new Set([...order, ...onCircle]).size).toBe(Object.keys(record).length)
    }))
  })

  it('finds everything downstream once', () => {
    expect(reachable('a', graph({ a: ['b', 'c'], b: ['d'], c: ['d'] }))).toEqual(['b', 'c', 'd'])
  })
})

describe('a fingerprint', () => {
  it('does not see the order of keys or undefined members', () => {
    expect(fingerprintOf({ a: 1, b: [{ c: null, d: 'x' }] })).toBe(fingerprintOf({ b: [{ d: 'x', c: null, e: undefined }], a: 1 }))
  })

  it('prints JSON that reads back equal', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }))
  })
})

it('a fake clock wakes sleepers in order and only when it is moved', async () => {
  const clock = fakeClock(0)
  const woken: string[] = []
  void clock.sleep(20).then(() => woken.push(`b at ${clock.now()}`))
  void clock.sleep(10).then(() => woken.push(`a at ${clock.now()}`))
  await clock.advance(5)
  expect(woken).toEqual([])
  await clock.advance(20)
  expect(woken).toEqual(['a at 10', 'b at 20'])
})

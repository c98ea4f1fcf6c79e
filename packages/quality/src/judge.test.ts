import { describe, expect, it } from 'vitest'
import type { Place } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'
import type { Bound, Check, Measure, RowRule } from './types.ts'
import { diagnosticOf, judge } from './judge.ts'
import { measureKey } from './plan-scans.ts'

const place: Place = { file: 'contracts/orders.odcs.yaml', line: 7, column: 3 }
const bad = (of: RowRule): Measure => ({ kind: 'bad', of })
const zero: Bound = { operator: '=', value: 0 }
const check = (measure: Measure, bound: Bound = zero, unit: Check['unit'] = 'rows'): Check => ({ name: 'it', measure, bound, unit, action: 'block', place })
const verdict = (one: Check, rows: number, count?: number, types: Readonly<Record<string, string>> = {}) =>
  judge({ checks: [one], scans: [] }, {
    numbers: new Map([...(count === undefined ? [] : [[measureKey(one.measure), count] as const]), [measureKey({ kind: 'rows' }), rows]]),
    types: new Map(Object.entries(types)),
  })[0]

describe('a verdict', () => {
  it.each<[Check, number, number | undefined, string, string]>([
    [check(bad({ rule: 'null', column: 'id' })), 100, 0, 'pass', '"id" is null in 0 of 100 rows.'],
    [check(bad({ rule: 'null', column: 'id' })), 100, 3, 'fail', '"id" is null in 3 of 100 rows.'],
    [check(bad({ rule: 'null', column: 'id' }), { operator: '<', value: 5 }, 'percent'), 100, 3, 'pass', '"id" is null in 3 (3 %) of 100 rows. Allowed: < 5 %.'],
    [check(bad({ rule: 'null', column: 'id' }), { operator: '<', value: 5 }, 'percent'), 40, 3, 'fail', '"id" is null in 3 (7.5 %) of 40 rows. Allowed: < 5 %.'],
    [check(bad({ rule: 'null', column: 'id' }), zero, 'percent'), 0, 0, 'pass', '"id" is null in 0 (0 %) of 0 rows.'],
    [check({ kind: 'rows' }, { operator: '>', value: 0 }), 0, undefined, 'fail', 'it has 0 rows. Allowed: > 0.'],
    [check({ kind: 'rows' }, { operator: 'between', low: 1, high: 3 }), 3, undefined, 'pass', 'it has 3 rows. Allowed: between 1 and 3.'],
    [check({ kind: 'rows' }, { operator: 'not between', low: 1, high: 3 }), 3, undefined, 'fail', 'it has 3 rows. Allowed: not between 1 and 3.'],
    [check({ kind: 'repeats', counts: 'surplus', columns: ['a', 'b'] }), 9, 1, 'fail', '1 of 9 rows repeats a value of "a", "b".'],
    [check({ kind: 'repeats', counts: 'surplus', columns: ['a'] }), 9, 2, 'fail', '2 of 9 rows repeat a value of "a".'],
    [check(bad({ rule: 'not-among', column: 'c', values: ['x', 'y'] })), 1, 1, 'fail', '"c" holds none of the 2 valid values in 1 of 1 row.'],
    [check(bad({ rule: 'mismatch', column: 'c', pattern: '[a-z]+', whole: true })), 2, 1, 'fail', '"c" does not match its pattern in 1 of 2 rows.'],
    [check(bad({ rule: 'missing', column: 'c', values: ['n/a'] })), 2, 1, 'fail', '"c" is missing in 1 of 2 rows.'],
  ])('%j over %d rows with %s at fault is %s', (one, rows, count, status, sentence) => {
    expect(verdict(one, rows, count)).toMatchObject({ status, sentence, place })
  })

  it.each<[string, string, string]>([
    ['BIGINT', 'pass', '"id" is BIGINT.'],
    ['VARCHAR', 'fail', '"id" is VARCHAR; the contract says long.'],
  ])('a column of type %s under a contract that says long is a %s', (type, status, sentence) => {
    expect(verdict(check({ kind: 'type', column: 'id', type: 'long' }), 1, undefined, { id: type })).toMatchObject({ status, sentence })
  })

  it('a missing column fails its type', () => {
    expect(verdict(check({ kind: 'type', column: 'id', type: 'long' }), 1)).toMatchObject({ status: 'fail', sentence: 'there is no column "id".' })
  })

  it('what was not measured is no pass', () => {
    expect(verdict(check(bad({ rule: 'null', column: 'id' })), 1)).toMatchObject({ status: 'not-run', sentence: 'Not run: it was not measured.' })
    expect(verdict(check({ kind: 'unmeasured', why: 'rules of type "sql" are not run by this version' }), 1)).toMatchObject({ status: 'not-run' })
  })

  it('a failed verdict is a diagnostic at its place in the contract', () => {
    const failed = verdict({ ...check(bad({ rule: 'null', column: 'id' })), name: 'required(id)' }, 4, 1)
    expect(failed && renderDiagnostic(diagnosticOf('shop.orders', failed))).toBe([
      '❌ contracts/orders.odcs.yaml:7:3 check-failed: shop.orders breaks its contract, required(id): "id" is null in 1 of 4 rows.',
      '    Help: Mend the source or the model, or change the contract. Nothing was published; readers keep the last good snapshot.',
    ].join('\n'))
  })
})

import { describe, expect, it } from 'vitest'
import { suggestChecks } from './suggest-checks.ts'
import type { PromisedColumns } from './suggest-checks.ts'
import type { ColumnProfile } from './types.ts'

const column = (name: string, more: Partial<ColumnProfile>): ColumnProfile => ({ fieldId: 1, name, type: 'string', kind: 'text', nulls: 0, top: [], ...more })
const suggested = (one: ColumnProfile, contract?: PromisedColumns, rows = 1_000) => suggestChecks({ rows, columns: [one] }, contract).filter(({ column: of }) => of !== undefined).map(({ rule }) => rule)
const contract = (name: string, more: Partial<PromisedColumns['columns'][number]>): PromisedColumns => ({ columns: [{ name, required: false, unique: false, quality: [], ...more }], quality: [] })
const NOT_NULL = { metric: 'nullValues', mustBe: 0 }

describe('a suggestion', () => {
  it.each([
    ['no cell is empty', column('a', { distinct: 500 }), [NOT_NULL]],
    ['some cells are', column('a', { nulls: 100, distinct: 500 }), [{ metric: 'nullValues', unit: 'percent', mustBeLessOrEqualTo: 16 }]],
    ['all values are different', column('id', { type: 'long', kind: 'number', distinct: 1_000, min: '1', max: '1000' }), [NOT_NULL, { metric: 'duplicateValues', mustBe: 0 }]],
    ['few values repeat', column('phase', { distinct: 2, isComplete: true, top: [{ value: 'taxi', count: 600 }, { value: 'climb', count: 400 }] }), [NOT_NULL, { metric: 'invalidValues', arguments: { validValues: ['climb', 'taxi'] }, mustBe: 0 }]],
    ['numbers have ends', column('delay', { type: 'int', kind: 'number', distinct: 90, min: '-20', max: '979' }), [NOT_NULL, { type: 'custom', engine: 'greatExpectations', implementation: { type: 'expect_column_values_to_be_between', kwargs: { min_value: -120, max_value: 1100 } } }]],
    ['numbers are never below nothing', column('price', { type: 'double', kind: 'number', distinct: 90, min: '0.5', max: '99.5' }), [NOT_NULL, { type: 'custom', engine: 'greatExpectations', implementation: { type: 'expect_column_values_to_be_between', kwargs: { min_value: 0, max_value: 110 } } }]],
    ['all values have one shape', column('flight', { distinct: 900, shapes: [{ value: 'AA-999.', count: 1_000 }] }), [NOT_NULL, { metric: 'invalidValues', arguments: { pattern: String.raw`[A-Z]{2}-[0-9]{3}\.` }, mustBe: 0 }]],
  ] as const)('is made where %s', (_, one, rules) => {
    expect(suggested(one)).toEqual(rules)
  })

  it.each([
    ['distinct values were estimated', column('id', { type: 'long', kind: 'number', distinct: 1_000, isEstimate: true, min: '1', max: '1' })],
    ['values are few, but hardly repeat', column('a', { distinct: 4, isComplete: true, nulls: 970, top: ['a', 'b', 'c', 'd'].map((value) => ({ value, count: 7 })) })],
    ['shapes are several', column('a', { distinct: 900, shapes: [{ value: 'A9', count: 999 }, { value: 'a', count: 1 }] })],
    ['it could not be read', column('a', { trouble: 'no' })],
  ] as const)('is not made of more than it rests on where %s', (_, one) => {
    expect(suggested(one).every((rule) => JSON.stringify(rule).includes('nullValues'))).toBe(true)
  })

  it('is not made of what is promised already, nor of a handful of rows', () => {
    const id = column('id', { type: 'long', kind: 'number', distinct: 1_000, min: '1', max: '1000' })
    expect(suggested(id, contract('id', { required: true, primaryKey: 1 }))).toEqual([])
    expect(suggested(id, contract('id', { quality: [{ rule: NOT_NULL }] }))).toEqual([{ metric: 'duplicateValues', mustBe: 0 }])
    expect(suggestChecks({ rows: 19, columns: [id] }, undefined)).toEqual([])
  })

  it('is made of the number of rows, unless one is promised', () => {
    const all = (quality: PromisedColumns['quality']) => suggestChecks({ rows: 1_001, columns: [] }, { columns: [], quality })
    expect(all([])).toMatchObject([{ name: 'rowCount', rule: { metric: 'rowCount', mustBeGreaterOrEqualTo: 500 }, evidence: expect.stringContaining('1001') as string }])
    expect(all([{ rule: { metric: 'rowCount', mustBeGreaterThan: 0 } }])).toEqual([])
  })
})

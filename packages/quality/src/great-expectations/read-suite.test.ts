import { describe, expect, it } from 'vitest'
import { parseYaml } from '@tulle/model'
import { isSuite, readSuite } from './read-suite.ts'

const columns = new Map([['id', 'long'], ['email', 'string'], ['at', 'timestamp'], ['net', 'double'], ['tax', 'double']])
const read = (text: string) => {
  const document = parseYaml(text, 'checks/orders.json')
  if (!document.ok) throw new Error(JSON.stringify(document.diagnostics))
  expect(isSuite(document.value.value)).toBe(true)
  return readSuite(document.value, { relation: { schema: 'shop', name: 'orders' }, columns })
}
const suite = (...expectations: readonly object[]): string => JSON.stringify({ name: 'orders', expectations }, undefined, 1)
const named = (type: string, kwargs: object) => ({ type, kwargs })

describe('a suite of Great Expectations', () => {
  it('is read as version 1 writes it, and as those before it did', () => {
    const read1 = read(suite(named('expect_column_values_to_not_be_null', { column: 'id' }), { ...named('expect_column_values_to_be_unique', { column: 'id' }), severity: 'warning' }))
    expect(read1.ok && read1.value.map(({ name, action }) => `${name} ${action}`)).toEqual(['expect_column_values_to_not_be_null(id) block', 'expect_column_values_to_be_unique(id) warn'])
    const read0 = read(JSON.stringify({ expectation_suite_name: 'orders', expectations: [{ expectation_type: 'expect_table_row_count_to_be_between', kwargs: { min_value: 1 } }] }))
    expect(read0.ok && read0.value[0]).toMatchObject({ measure: { kind: 'rows' }, bound: { operator: 'between', low: 1, high: Infinity } })
  })

  it.each<[string, object, string]>([
    ['a misspelt expectation', named('expect_column_values_to_be_uniqe', { column: 'id' }), '"expect_column_values_to_be_uniqe" is not an expectation that Tulle knows. Did you mean "expect_column_values_to_be_unique"?'],
    ['a misspelt argument', named('expect_column_values_to_be_unique', { colum: 'id' }), 'it has no argument "colum". Did you mean "column"?'],
    ['a misspelt column', named('expect_column_values_to_be_unique', { column: 'idd' }), 'there is no column "idd". Did you mean "id"?'],
    ['a range of texts over numbers', named('expect_column_values_to_be_between', { column: 'id', min_value: 'a' }), 'values of "id" are long, and min_value and max_value must be of the same type'],
    ['a pattern that looks back', named('expect_column_values_to_match_regex', { column: 'email', regex: '(?<=a)b' }), 'its pattern has "(?<=", which looks around or back'],
    ['a condition that is code', named('expect_column_values_to_be_unique', { column: 'id', row_condition: '__import__("os").system("x")', condition_parser: 'pandas' }), 'its row_condition cannot be read at ".system("x")"'],
    ['a column of a condition', named('expect_column_values_to_be_unique', { column: 'id', row_condition: 'nett > 1', condition_parser: 'pandas' }), 'there is no column "nett". Did you mean "net"?'],
    ['a mostly that is no part', named('expect_column_values_to_be_unique', { column: 'id', mostly: 2 }), 'mostly is a number that is at least 0'],
  ])('%s is an error with its place', (_case, expectation, message) => {
    const found = read(suite(named('expect_column_values_to_not_be_null', { column: 'id' }), expectation))
    expect(found.ok).toBe(false)
    expect(found.diagnostics.map((one) => one.message).join()).toContain(message)
    expect(found.diagnostics[0]?.place?.file).toBe('checks/orders.json')
    expect(found.diagnostics[0]?.place?.line).toBeGreaterThan(8)
  })

  it.each<[object, object]>([
    [named('expect_column_stdev_to_be_between', { column: 'net', max_value: 3 }), { measure: { kind: 'aggregate', of: 'stddev', column: 'net' } }],
    [named('expect_multicolumn_sum_to_equal', { column_list: ['net', 'tax'], sum_total: 10 }), { measure: { kind: 'bad', of: { rule: 'sum', columns: ['net', 'tax'], total: 10 } } }],
    [named('expect_column_kl_divergence_to_be_less_than', { column: 'net', threshold: 0.1, partition_object: { bins: [0, 1, 2], weights: [0.5, 0.5] } }), { measure: { kind: 'spread', method: 'kl-divergence' }, bound: { operator: '≤', value: 0.1 } }],
    [named('expect_table_columns_to_match_ordered_list', { column_list: ['id', 'email'] }), { measure: { kind: 'columns', rule: { rule: 'exactly', ordered: true } } }],
    [named('unexpected_rows_expectation', { unexpected_rows_query: 'select * from {batch} where net < 0' }), { measure: { kind: 'query', answers: 'rows', sql: 'select * from "shop"."orders" where net < 0' } }],
    [named('expect_column_values_to_not_be_null', { column: 'id', row_condition: 'email == "x\'y" & (net > 1 | tax!=2)', condition_parser: 'pandas' }), { measure: { where: `"email" = 'x''y' AND ( "net" > 1 OR "tax" <> 2 )` } }],
    [named('expect_column_values_to_not_be_null', { column: 'id', row_condition: 'col("email").notNull()', condition_parser: 'great_expectations' }), { measure: { where: '"email" IS NOT NULL' } }],
  ])('%j is %j', (expectation, check) => {
    const found = read(suite(expectation))
    expect(found.ok && found.value[0]).toMatchObject(check)
  })
})

// One contract with every rule that both know, and rows that keep it and that break one rule each.

import type { Json } from '@tulle/kernel'

export type Row = Readonly<Record<string, Json>>

/** A CSV file has no lists. Two exclusive bounds of one column are one too many for the tool (1.2.8). */
export const rules = (format: 'parquet' | 'csv'): Json => ({
  apiVersion: 'v3.1.0', kind: 'DataContract', id: 'rules', version: '1.0.0', status: 'active',
  schema: [{
    name: 'orders',
    properties: [
      { name: 'id', logicalType: 'integer', required: true, primaryKey: true, primaryKeyPosition: 1, logicalTypeOptions: { minimum: 1, maximum: 1000 } },
      { name: 'line', logicalType: 'integer', primaryKey: true, primaryKeyPosition: 2, logicalTypeOptions: { exclusiveMinimum: 0, maximum: 10 } },
      { name: 'code', logicalType: 'string', unique: true, logicalTypeOptions: { minLength: 2, maxLength: 4, pattern: '^[A-Z]+[0-9]$' }, quality: [{ metric: 'duplicateValues', mustBe: 0 }] },
      { name: 'state', logicalType: 'string', quality: [
        { metric: 'nullValues', mustBeLessThan: 30, unit: 'percent' },
        { metric: 'missingValues', arguments: { missingValues: [null, '', 'n/a'] }, mustBeLessOrEqualTo: 1 },
        { metric: 'invalidValues', arguments: { validValues: ['open', 'closed', 'n/a'] }, mustBe: 0 },
      ] },
      { name: 'mail', logicalType: 'string', quality: [{ metric: 'invalidValues', arguments: { pattern: '^[^@]+@[^@]+$' }, mustBeLessThan: 20, unit: 'percent' }] },
      { name: 'price', logicalType: 'number', physicalType: 'decimal(9,2)', required: true, logicalTypeOptions: { exclusiveMaximum: 100 } },
      ...(format === 'parquet' ? [{ name: 'tags', logicalType: 'array', items: { logicalType: 'string' }, logicalTypeOptions: { minItems: 1, maxItems: 3, uniqueItems: true } }] : []),
    ],
    quality: [
      { metric: 'rowCount', mustBeBetween: [5, 8] },
      { metric: 'duplicateValues', arguments: { properties: ['code', 'state'] }, mustBe: 0 },
      { type: 'sql', name: 'negatives', query: 'SELECT count(*) FROM orders WHERE price < 0', mustBe: 0 },
    ],
  }],
})

const good: readonly Row[] = Array.from({ length: 6 }, (_, i) => ({ id: 1 + Math.floor(i / 2), line: 1 + (i % 2), code: `AB${i}`, state: i % 2 === 0 ? 'open' : 'closed', mail: `a${i}@example.com`, price: i + 0.5, tags: ['a', 'b'].slice(0, 1 + (i % 2)) }))
const changed = (row: Row): readonly Row[] => good.map((one, i) => (i === 2 ? { ...one, ...row } : one))

export interface Case { readonly what: string; readonly rows: readonly Row[]; readonly formats?: readonly ('parquet' | 'csv')[] }
const lists = { formats: ['parquet'] as const }

export const cases: readonly Case[] = [
  { what: 'all is well', rows: good },
  { what: 'an empty key', rows: changed({ id: null }) },
  { what: 'an empty second key', rows: changed({ line: null }) },
  { what: 'a key below its minimum', rows: changed({ id: 0 }) },
  { what: 'a key above its maximum', rows: changed({ id: 1001 }) },
  { what: 'a value at its exclusive minimum', rows: changed({ line: 0 }) },
  { what: 'a value beyond its maximum', rows: changed({ line: 11 }) },
  { what: 'a value beyond its exclusive maximum', rows: changed({ price: 101 }) },
  { what: 'a value at its exclusive maximum', rows: changed({ price: 100 }) },
  { what: 'a key twice', rows: changed({ id: 1, line: 1 }) },
  { what: 'a unique value twice', rows: changed({ code: 'AB5', state: 'closed' }) },
  { what: 'a text that is too short', rows: changed({ code: 'A' }) },
  { what: 'a text that is too long', rows: changed({ code: 'ABCD1' }) },
  { what: 'a text that does not match', rows: changed({ code: 'ab1' }) },
  { what: 'an unknown state', rows: changed({ state: 'lost' }) },
  { what: 'a missing state, which is allowed once', rows: changed({ state: 'n/a' }) },
  { what: 'two missing states', rows: good.map((row, i) => (i < 2 ? { ...row, state: i === 0 ? 'n/a' : null } : row)) },
  { what: 'two empty states of six', rows: good.map((row, i) => (i < 2 ? { ...row, state: null } : row)) },
  { what: 'one bad address of six', rows: changed({ mail: 'nobody' }) },
  { what: 'two bad addresses of six', rows: good.map((row, i) => (i < 2 ? { ...row, mail: 'nobody' } : row)) },
  { what: 'a negative price', rows: changed({ price: -1 }) },
  { what: 'an empty price', rows: changed({ price: null }) },
  { what: 'too few rows', rows: good.slice(0, 4) },
  { what: 'too many rows', rows: [...good, ...good.map((row, i) => ({ ...row, id: 900 + i, code: `CD${i}` }))] },
  { what: 'no rows', rows: [], formats: ['parquet'] },
  { what: 'a list without items', rows: changed({ tags: [] }), ...lists },
  { what: 'a list of too many items', rows: changed({ tags: ['a', 'b', 'c', 'd'] }), ...lists },
  { what: 'an item twice', rows: changed({ tags: ['a', 'b', 'a'] }), ...lists },
  { what: 'an empty list cell', rows: changed({ tags: null }), ...lists },
]

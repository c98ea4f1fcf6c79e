import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Column, Field, FieldType } from './types.ts'
import { assignFieldIds } from './assign-field-ids.ts'
import { columns as anyColumns } from './testing/arbitraries.ts'
import { fieldIdsOf } from './field-ids-of.ts'
import { parseType } from './type-text.ts'
import { walkFields } from './walk-fields.ts'

/** `a: int not null, b: list<string>` as columns. */
function columnsOf(text: string): readonly Column[] {
  const type = parseType(`struct<${text}>`)
  if (!type.ok || typeof type.value === 'string' || type.value.type !== 'struct') throw new Error(`no columns: ${text}`)
  return type.value.fields.map(({ name, type: columnType, required }) => ({ name, type: columnType, required }))
}

const fresh = (text: string): { readonly fields: readonly Field[]; readonly lastColumnId: number } => {
  const assigned = assignFieldIds(columnsOf(text))
  if (!assigned.ok) throw new Error(assigned.diagnostics.map((d) => d.message).join('\n'))
  return assigned.value
}
const idsOf = (fields: readonly Field[]): Record<string, number> => Object.fromEntries([...walkFields({ type: 'struct', fields })].map((f) => [f.path, f.id]))

describe('a new schema', () => {
  it('numbers each level before the levels below it', () => {
    expect(idsOf(fresh('a: int, s: struct<x: int, y: list<int>>, m: map<string, struct<z: int>>, b: int').fields)).toEqual({
      a: 1, s: 2, m: 3, b: 4, 's.x': 5, 's.y': 6, 's.y.element': 7, 'm.key': 8, 'm.value': 9, 'm.value.z': 10,
    })
  })

  it('is told to a writer of Parquet as nested names and ids', () => {
    expect(fieldIdsOf(fresh('a: int, s: struct<x: int>, l: list<int>, m: map<string, int>'))).toEqual({
      a: 1, s: { __duckdb_field_id: 2, x: 5 }, l: { __duckdb_field_id: 3, element: 6 }, m: { __duckdb_field_id: 4, key: 7, value: 8 },
    })
  })

  it('gives every field an id of its own, and none above the last', () => {
    fc.assert(fc.property(anyColumns, (columns) => {
      const assigned = assignFieldIds(columns)
      if (!assigned.ok) throw new Error(assigned.diagnostics.map((d) => d.message).join())
      const ids = [...walkFields({ type: 'struct', fields: assigned.value.fields })].map((f) => f.id)
      expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: assigned.value.lastColumnId }, (_, i) => i + 1))
    }), { numRuns: 200 })
  })

  it('compared with itself is itself', () => {
    fc.assert(fc.property(anyColumns, (columns) => {
      const first = assignFieldIds(columns)
      if (!first.ok) throw new Error('refused')
      expect(assignFieldIds(columns, first.value)).toEqual(first)
    }), { numRuns: 200 })
  })

  it.each([
    ['no column', [], ['no-columns']],
    ['a name twice', columnsOf('a: int, a: int'), ['duplicate-column']],
    ['names that differ in case only', columnsOf('a: int, s: struct<x: int, X: int>, A: int'), ['duplicate-column', 'duplicate-column']],
    ['a name with a NUL', [{ name: 'a\0', type: 'int' }], ['bad-column-name']],
    ['a name of 256 characters', [{ name: 'a'.repeat(256), type: 'int' }], ['bad-column-name']],
    ['an empty name', [{ name: '', type: 'int' }], ['bad-column-name']],
    ['10,001 columns', Array.from({ length: 10_001 }, (_, i) => ({ name: `c${i}`, type: 'int' })), ['too-many-columns']],
  ] as const)('with %s is refused', (_, columns, codes) => {
    expect(assignFieldIds(columns).diagnostics.map((d) => d.code)).toEqual(codes)
  })
})

describe('the next schema', () => {
  it.each([
    ['adds an optional column', 'a: int', 'a: int, b: int', { a: 1, b: 2 }],
    ['drops a column', 'a: int, b: int', 'b: int', { b: 2 }],
    ['gives a column that comes back a new id', 'a: int, b: int', 'a: int, c: int', { a: 1, c: 3 }],
    ['reorders', 'a: int, b: int', 'b: int, a: int', { b: 2, a: 1 }],
    ['widens', 'i: int, f: float, d: decimal(4, 2)', 'i: long, f: double, d: decimal(9, 2)', { i: 1, f: 2, d: 3 }],
    ['makes a required column optional', 'a: int not null', 'a: int', { a: 1 }],
    ['adds, drops and widens inside a struct', 's: struct<x: int, y: int>', 's: struct<z: int, x: long>', { s: 1, 's.z': 4, 's.x': 2 }],
    ['widens an element', 'l: list<int>', 'l: list<long>', { l: 1, 'l.element': 2 }],
    ['adds inside a map’s value', 'm: map<string, struct<x: int>>', 'm: map<string, struct<x: int, y: int>>', { m: 1, 'm.key': 2, 'm.value': 3, 'm.value.x': 4, 'm.value.y': 5 }],
    ['may require columns inside a struct that is new itself', 'a: int', 'a: int, s: struct<x: int not null>', { a: 1, s: 2, 's.x': 3 }],
  ])('%s', (_, before, after, ids) => {
    const next = assignFieldIds(columnsOf(after), fresh(before))
    expect(next.ok && idsOf(next.value.fields)).toEqual(ids)
  })

  it.each([
    ['a type that files were not written in', 'a: string', 'a: int', 'type-change-forbidden', 'The column "a" is string and cannot become int: files already written could not be read.'],
    ['a narrower type', 'a: long', 'a: int', 'type-change-forbidden', 'The column "a" is long and cannot become int: files already written could not be read.'],
    ['another scale', 'a: decimal(9, 2)', 'a: decimal(9, 3)', 'type-change-forbidden', 'The column "a" is decimal(9, 2) and cannot become decimal(9, 3): files already written could not be read.'],
    ['a date as a timestamp', 'a: date', 'a: timestamp', 'type-change-forbidden', 'The column "a" is date and cannot become timestamp: files already written could not be read.'],
    ['a list in place of a value', 's: struct<x: int>', 's: struct<x: list<int>>', 'type-change-forbidden', 'The column "s.x" is int and cannot become list<int>: files already written could not be read.'],
    ['a new required column', 'a: int', 'a: int, b: int not null', 'required-column-added', 'The column "b" is new and required, but rows already written have no value for it.'],
    ['a new required column in a struct', 's: struct<x: int>', 's: struct<x: int, y: int not null>', 'required-column-added', 'The column "s.y" is new and required, but rows already written have no value for it.'],
    ['a column that becomes required', 'a: int', 'a: int not null', 'optional-became-required', 'The column "a" is optional and cannot become required: rows already written may hold nulls.'],
    ['an element that becomes required', 'l: list<int>', 'l: list<int not null>', 'optional-became-required', 'The column "l.element" is optional and cannot become required: rows already written may hold nulls.'],
    ['another map key', 'm: map<struct<x: int>, int>', 'm: map<struct<x: int, y: int>, int>', 'map-key-changed', 'The key of the map "m" would gain or lose a field, which would change what its keys are equal to.'],
  ])('is refused with %s', (_, before, after, code, message) => {
    expect(assignFieldIds(columnsOf(after), fresh(before))).toMatchObject({ ok: false, diagnostics: [{ code, message }] })
  })

  const renamed = (name: string, renamedFrom: string, type: FieldType = 'int'): Column => ({ name, type, renamedFrom })

  it('keeps the id of a column under its new name', () => {
    const next = assignFieldIds([renamed('b', 'a', 'long'), { name: 'c', type: 'int' }], fresh('a: int'))
    expect(next.ok && idsOf(next.value.fields)).toEqual({ b: 1, c: 2 })
  })

  it('lets two columns swap their names', () => {
    const next = assignFieldIds([renamed('b', 'a'), renamed('a', 'b')], fresh('a: int, b: int'))
    expect(next.ok && idsOf(next.value.fields)).toEqual({ b: 1, a: 2 })
  })

  it('takes a rename that has already happened for what it is', () => {
    const next = assignFieldIds([renamed('b', 'a')], fresh('b: int'))
    expect(next.ok && idsOf(next.value.fields)).toEqual({ b: 1 })
  })

  it('refuses a rename of nothing, with the nearest that there is', () => {
    expect(assignFieldIds([renamed('b', 'dealy')], fresh('delay: int')).diagnostics[0]).toMatchObject({
      code: 'rename-source-missing', message: 'The column "b" says that it was named "dealy" before, but the table has no such column. Did you mean "delay"?',
    })
  })

  it('keeps the columns that identify its rows', () => {
    expect(assignFieldIds(columnsOf('b: int'), { ...fresh('a: int not null, b: int'), identifierFieldIds: [1] }).diagnostics[0]).toMatchObject({
      code: 'identifier-dropped', message: 'The column "a" identifies the rows of this table and cannot be dropped.',
    })
  })
})

// The contract: every type of Iceberg, as text or JSON, has one spelling in DuckDB.

import { describe, expect, it } from 'vitest'
import { duckdbTypeOf } from './iceberg-type.ts'
import type { IcebergType } from './types.ts'

describe('an Iceberg type', () => {
  it.each<[IcebergType, string]>([
    ['boolean', 'BOOLEAN'], ['int', 'INTEGER'], ['long', 'BIGINT'], ['float', 'FLOAT'], ['double', 'DOUBLE'], ['date', 'DATE'], ['time', 'TIME'], ['timestamp', 'TIMESTAMP'],
    ['timestamptz', 'TIMESTAMP WITH TIME ZONE'], ['string', 'VARCHAR'], ['uuid', 'UUID'], ['binary', 'BLOB'], ['fixed[16]', 'BLOB'], ['decimal(9,2)', 'DECIMAL(9,2)'], ['decimal( 38 , 10 )', 'DECIMAL(38,10)'],
    ['list<string>', 'VARCHAR[]'], ['list<string not null>', 'VARCHAR[]'], ['map<string, list<int>>', 'MAP(VARCHAR, INTEGER[])'],
    ['struct<a: int, b: decimal(9, 2)>', 'STRUCT("a" INTEGER, "b" DECIMAL(9,2))'],
    ['list<struct<id: long not null, "full name": string>>', 'STRUCT("id" BIGINT, "full name" VARCHAR)[]'],
    ['struct<"a, b: <c>": string, "q""uote": int>', 'STRUCT("a, b: <c>" VARCHAR, "q""uote" INTEGER)'],
    ['struct<1: a: optional int, 2: b: required struct<3: c: date>>', 'STRUCT("a" INTEGER, "b" STRUCT("c" DATE))'],
    [{ type: 'list', element: { type: 'struct', fields: [{ name: 'x"y', type: 'int' }] } }, 'STRUCT("x""y" INTEGER)[]'],
    [{ type: 'map', key: 'string', value: { type: 'list', element: 'date' } }, 'MAP(VARCHAR, DATE[])'],
  ])('%j is %s', (type, expected) => {
    expect(duckdbTypeOf(type)).toBe(expected)
  })

  it.each(['', 'varchar', 'int; drop table x', 'list<>', 'list<int', 'map<int>', 'struct<a>', 'decimal(9)', 'toString', '__proto__', 'list<int, int>'])('%j is none', (type) => {
    expect(() => duckdbTypeOf(type)).toThrow('is not')
  })
})

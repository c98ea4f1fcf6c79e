import { describe, expect, it } from 'vitest'
import type { Place } from '@tulle/kernel'
import type { ResultColumn } from '@tulle/engine'
import { shapeToContract } from './model-columns.ts'
import type { Target } from './types.ts'

const place: Place = { file: 'models/daily.sql', line: 1, column: 1 }
const target = (columns: Readonly<Record<string, string>>): Target => ({
  address: 'sales.daily',
  dataSet: { name: 'daily', title: 'Daily', place, model: { file: 'models/daily.sql', text: '', refs: [], sources: [], fingerprint: '', place } },
  contract: { id: 'daily', version: '1.0.0', major: 1, quality: [], document: null, place, columns: Object.entries(columns).map(([name, type]) => ({ name, type, required: false, unique: false, quality: [], place })) },
  table: { uuid: 'u', name: { namespace: 'sales', name: 'daily' }, location: 'file:///w', fieldIds: {} },
})
const given = (columns: Readonly<Record<string, string>>): readonly ResultColumn[] => Object.entries(columns).map(([name, type]) => ({ name, type }))

describe('the columns that a model gives', () => {
  it('are put into the order and types of the contract', () => {
    const shaped = shapeToContract(target({ day: 'date', total: 'long', name: 'string' }), 'SELECT 1', given({ total: 'HUGEINT', name: 'VARCHAR', day: 'DATE' }))
    expect(shaped).toMatchObject({ ok: true, value: 'SELECT "day", CAST("total" AS BIGINT) AS "total", "name" FROM (SELECT 1\n) AS model' })
  })

  it('a comment at the end of a model swallows nothing', () => {
    const shaped = shapeToContract(target({ id: 'long' }), 'SELECT 1 AS id -- the only one', given({ id: 'BIGINT' }))
    expect(shaped.ok && shaped.value).toBe('SELECT "id" FROM (SELECT 1 AS id -- the only one\n) AS model')
  })

  it('too few and too many are told by name, with what may have been meant', () => {
    const shaped = shapeToContract(target({ id: 'long', amount: 'double' }), 'SELECT 1', given({ id: 'BIGINT', amuont: 'DOUBLE' }))
    expect(shaped.ok).toBe(false)
    expect(shaped.diagnostics.map((d) => d.message)).toEqual([
      'sales.daily promises the column "amount", which its model does not give. Did you mean "amuont"?',
      'The model of sales.daily gives the column "amuont", which its contract does not know. Did you mean "amount"?',
    ])
    expect(shaped.diagnostics[0]?.place).toEqual(place)
  })

  it.each([
    ['DOUBLE', 'long'], ['DECIMAL(9,2)', 'int'], ['VARCHAR', 'long'], ['VARCHAR', 'date'], ['TIMESTAMP', 'date'], ['INTEGER', 'boolean'], ['TIMESTAMP WITH TIME ZONE', 'double'], ['DATE', 'long'], ['BIGINT', 'timestamp'],
  ])('%s is not bent into %s', (actual, wanted) => {
    expect(shapeToContract(target({ x: wanted }), 'SELECT 1', given({ x: actual }))).toMatchObject({ ok: false, diagnostics: [{ code: 'model-column-type' }] })
  })

  it.each([
    ['HUGEINT', 'long'], ['INTEGER', 'long'], ['BIGINT', 'double'], ['FLOAT', 'double'], ['DATE', 'timestamp'], ['"NULL"', 'string'], ['DOUBLE', 'string'],
  ])('%s becomes %s', (actual, wanted) => {
    expect(shapeToContract(target({ x: wanted }), 'SELECT 1', given({ x: actual })).ok).toBe(true)
  })
})

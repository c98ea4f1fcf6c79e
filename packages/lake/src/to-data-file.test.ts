import { expect, it } from 'vitest'
import type { FieldType, Schema } from './types.ts'
import { toDataFile } from './to-data-file.ts'

const type: FieldType = { type: 'struct', fields: [{ id: 4, name: 'x', required: false, type: 'string' }] }
const SCHEMA: Schema = { schemaId: 0, fields: [
  { id: 1, name: 'a', required: false, type: 'int' }, { id: 2, name: 's', required: false, type },
  { id: 3, name: 'l', required: false, type: { type: 'list', elementId: 5, element: 'int', elementRequired: false } },
] }
const facts = (columns: Parameters<typeof toDataFile>[1]['columns']): ReturnType<typeof toDataFile> => toDataFile(SCHEMA, { path: 'p', rows: 10, bytes: 100, columns })

it('a file is described by field id, with bounds as bytes', () => {
  expect(facts([{ fieldId: 1, bytes: 40, nulls: 2, min: '-1', max: '7' }, { fieldId: 4, bytes: 9, nulls: 10 }])).toEqual({
    path: 'p', rows: 10, bytes: 100, columnSizes: new Map([[1, 40], [4, 9]]), valueCounts: new Map([[1, 10], [4, 10]]), nullCounts: new Map([[1, 2], [4, 10]]),
    lowerBounds: new Map([[1, Buffer.from('ffffffff', 'hex')]]), upperBounds: new Map([[1, Buffer.from('07000000', 'hex')]]),
  })
})

it('the elements of a list have a size, and no bounds or counts of rows', () => {
  expect(facts([{ fieldId: 5, bytes: 40, nulls: 2, min: '1', max: '2' }])).toMatchObject({
    columnSizes: new Map([[5, 40]]), valueCounts: new Map(), nullCounts: new Map(), lowerBounds: new Map(), upperBounds: new Map(),
  })
})

it('columns that the schema does not know, or that are no leaves, say nothing', () => {
  expect(facts([{ fieldId: 99, bytes: 1, nulls: 0, min: '1', max: '1' }, { fieldId: 2, bytes: 1 }])).toMatchObject({ columnSizes: new Map(), valueCounts: new Map() })
})

it('a bound that cannot be stated is left out, and the other one stays', () => {
  expect(facts([{ fieldId: 1, min: 'x', max: '7' }])).toMatchObject({ lowerBounds: new Map(), upperBounds: new Map([[1, Buffer.from('07000000', 'hex')]]) })
})

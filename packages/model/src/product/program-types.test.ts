import { expect, it } from 'vitest'
import type { ContractColumn, DataProduct, DataSet, MeshModel } from '../types.ts'
import { programTypes } from './program-types.ts'

const column = (name: string, type: string, required = true): ContractColumn => ({ name, type, required }) as ContractColumn
const dataSet = (name: string, columns: readonly ContractColumn[], more: object = {}): DataSet => ({ name, contract: { columns }, ...more }) as unknown as DataSet
const model = { program: { kind: 'typescript', reads: [{ name: 'flights', ref: { name: 'flights' } }, { name: 'late', source: 'late' }, { name: 'csv', source: 'csv' }] } }
const peaks = dataSet('peaks', [column('id', 'long'), column('day', 'date', false), column('two words', 'list<string>')], { model })
const product = { name: 'p', dataSets: [peaks], inputPorts: [{ kind: 'product', name: 'late', product: 'flights', dataSet: 'late' }, { kind: 'file', name: 'csv' }] } as unknown as DataProduct
const flights = { name: 'flights', dataSets: [dataSet('flights', [column('origin', 'string'), column('delay', 'int', false)]), dataSet('late', [column('at', 'timestamp')])], inputPorts: [] } as unknown as DataProduct
const mesh = { products: new Map([['p', product], ['flights', flights]]) } as unknown as MeshModel

it('an author has the types of what the model reads and of what it promises', () => {
  const text = programTypes(mesh, product, peaks) ?? ''
  const part = (from: string): string => text.slice(text.indexOf(from), text.indexOf('\n}\n', text.indexOf(from)))
  expect(part('export interface Inputs')).toBe(['export interface Inputs {', '  readonly flights: Input<{', '    readonly origin: string', '    readonly delay: number | null', '  }>', '  readonly late: Input<{', '    readonly at: string', '  }>', '  readonly csv: Input<Record<string, unknown>>'].join('\n'))
  expect(part('export interface Row')).toBe(['export interface Row {', '  readonly id: number | bigint', '  readonly day?: string | Date | null', '  readonly "two words": unknown'].join('\n'))
})

it('a model in SQL has none', () => {
  expect(programTypes(mesh, product, dataSet('sql', [], { model: {} }))).toBeUndefined()
})

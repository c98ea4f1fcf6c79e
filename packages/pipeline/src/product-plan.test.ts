import { describe, expect, it } from 'vitest'
import type { DataProduct, DataSet, InputPort, Model, ModelRef } from '@tulle/model'
import type { Place } from '@tulle/kernel'
import type { ProductDefinition } from '@tulle/providers'
import { planProduct } from './product-plan.ts'
import { codeFingerprint } from './code-fingerprint.ts'

const place: Place = { file: 'product.yaml', line: 1, column: 1 }
type Reads = readonly (string | readonly [string, string])[]

const modelOf = (reads: Reads, sources: readonly string[], text: string): Model => ({
  file: 'm.sql', text, fingerprint: text, place,
  refs: reads.map((read): ModelRef => (typeof read === 'string' ? { name: read, place } : { product: read[0], name: read[1], place })),
  sources: sources.map((name) => ({ name, place })),
})
const dataSet = (name: string, more: { from?: string; reads?: Reads; sources?: readonly string[]; text?: string; type?: string; title?: string } = {}): DataSet => ({
  name, title: more.title ?? name, place,
  ...(more.from !== undefined && { from: more.from }),
  ...((more.reads !== undefined || more.sources !== undefined) && { model: modelOf(more.reads ?? [], more.sources ?? [], more.text ?? 'select 1') }),
  contract: { id: name, version: '1.0.0', major: 1, quality: [], document: null, place, columns: [{ name: 'id', type: more.type ?? 'long', required: false, unique: false, quality: [], place }] },
})
const file = (name: string, path = 'x.csv'): InputPort => ({ name, title: name, kind: 'file', path, format: 'csv', options: {}, place })
const productOf = (dataSets: readonly DataSet[], inputPorts: readonly InputPort[] = []): DataProduct => ({
  name: 'sales', title: 'Sales', domain: 'shop', team: 'ops', certified: false, tags: [], components: [], dataSets, inputPorts, outputPorts: [],
  workflow: { onInputPublished: true }, folder: 'domains/shop/sales', place, fingerprint: 'x',
})
const definitionOf = (product: DataProduct): ProductDefinition => ({
  id: 'id', fingerprint: 'f', product,
  tables: Object.fromEntries(product.dataSets.map(({ name }) => [name, { uuid: 'u', name: { namespace: 'sales', name }, location: 'file:///w', fieldIds: { id: 1 } }])),
})
const OTHERS: Readonly<Record<string, readonly string[]>> = { flights: ['flights'], weather: ['rain', 'wind'], tides: ['high'], none: [] }
const plan = (product: DataProduct) => planProduct(definitionOf(product), (name) => OTHERS[name])

describe('what a run of a product does', () => {
  it('data sets come in the order in which their models read each other', () => {
    const result = plan(productOf([dataSet('c', { reads: ['b'] }), dataSet('b', { reads: ['a'] }), dataSet('a', { from: 'drop' })], [file('drop'), file('unused')]))
    expect(result.ok && result.value.targets.map((target) => target.address)).toEqual(['sales.a', 'sales.b', 'sales.c'])
    expect(result.ok && result.value.ports.map((port) => port.name)).toEqual(['drop'])
  })

  it.each<[string, Reads, readonly string[]]>([
    ['product and data set', [['weather', 'rain']], ['weather.rain']],
    ['a product that has a data set of its own name', ['flights'], ['flights.flights']],
    ['an own data set before another product of the name', ['flights', 'own'], ['flights.flights']],
    ['the same one twice', [['tides', 'high'], ['tides', 'high']], ['tides.high']],
    ["a product's only data set", ['tides'], ['tides.high']],
  ])('a ref may name %s', (_case, reads, inputs) => {
    const result = plan(productOf([dataSet('own', { reads: [] }), dataSet('a', { reads })]))
    expect(result.ok && result.value.inputs.map((input) => `${input.product}.${input.dataSet}`)).toEqual(inputs)
  })

  it.each<[string, DataProduct, string]>([
    ['a ref to nothing', productOf([dataSet('a', { reads: ['ghost'] })]), 'sales reads ghost, which does not exist.'],
    ['a ref to one of several data sets without saying which', productOf([dataSet('a', { reads: ['weather'] })]), 'sales reads weather, which does not exist.'],
    ['a source that is no port', productOf([dataSet('a', { sources: ['ghost'] })]), 'sales.ghost names a source that this target cannot read.'],
    ['a circle of models', productOf([dataSet('a', { reads: ['b'] }), dataSet('b', { reads: ['a'] })]), 'Models read each other in a circle: sales.a → sales.b → sales.a.'],
    ['no data set with a contract', productOf([]), 'sales has no data set with a contract, so there is nothing to run.'],
  ])('%s is a diagnostic', (_case, product, message) => {
    expect(plan(product)).toMatchObject({ ok: false, diagnostics: [{ message }] })
  })

  it('a source may be a product input port', () => {
    const port: InputPort = { name: 'rainfall', title: 'Rainfall', kind: 'product', product: 'weather', dataSet: 'rain', place }
    const result = plan(productOf([dataSet('a', { sources: ['rainfall'] })], [port]))
    expect(result.ok && result.value.inputs).toEqual([{ product: 'weather', dataSet: 'rain' }])
  })
})

describe('the fingerprint of what a run would do', () => {
  const base = productOf([dataSet('a', { from: 'drop' }), dataSet('b', { reads: ['a'], text: 'select 1' })], [file('drop')])

  it.each<[string, DataProduct]>([
    ['a title', productOf([dataSet('a', { from: 'drop', title: 'The a' }), dataSet('b', { reads: ['a'] })], [file('drop')])],
    ['a schedule', { ...base, workflow: { schedule: '0 5 * * *', onInputPublished: false } }],
    ['a move to another domain and folder', { ...base, domain: 'else', team: 'other', folder: 'domains/else/sales' }],
    ['the order of data sets', { ...base, dataSets: base.dataSets.toReversed() }],
  ])('is not changed by %s', (_case, product) => {
    expect(codeFingerprint(product)).toBe(codeFingerprint(base))
  })

  it.each<[string, DataProduct]>([
    ['a model', productOf([dataSet('a', { from: 'drop' }), dataSet('b', { reads: ['a'], text: 'select 2' })], [file('drop')])],
    ['a column type', productOf([dataSet('a', { from: 'drop', type: 'int' }), dataSet('b', { reads: ['a'] })], [file('drop')])],
    ['the path of a port', productOf([dataSet('a', { from: 'drop' }), dataSet('b', { reads: ['a'] })], [file('drop', 'y.csv')])],
    ['where a data set comes from', productOf([dataSet('a', { from: 'other' }), dataSet('b', { reads: ['a'] })], [file('drop')])],
  ])('is changed by %s', (_case, product) => {
    expect(codeFingerprint(product)).not.toBe(codeFingerprint(base))
  })
})

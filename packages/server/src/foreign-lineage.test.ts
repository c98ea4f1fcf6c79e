import { describe, expect, it } from 'vitest'
import type { ForeignEvent, ForeignFlow } from '@tulle/lineage'
import type { DataProduct } from '@tulle/model'
import { merged } from './foreign-lineage.ts'
import { foreignNames } from './foreign-names.ts'

const input = (name: string, ...columns: string[]) => ({ namespace: 'db', name, columns })
const output = (name: string, ...columns: string[]) => ({ namespace: 'db', name, columns, fields: {}, rows: [] })
const flow: ForeignFlow = { inputs: [input('a')], outputs: [output('b', 'x')] }
const before = { at: new Date('2026-01-02T00:00:00Z'), runId: 'one', state: 'COMPLETE', flow }
const event = (more: Partial<ForeignEvent>): ForeignEvent => ({ kind: 'run', job: { namespace: 'j', name: 'k' }, runId: 'two', state: 'COMPLETE', time: '2026-01-03T00:00:00Z', producer: 'x:y', inputs: [], outputs: [], ...more })
const other = { inputs: [input('c')], outputs: [output('b', 'x', 'y')] }

describe('what a job does', () => {
  it.each<[string, Partial<ForeignEvent>, ForeignFlow | undefined]>([
    ['is what its next good run did', other, other],
    ['stays where a run only began', { ...other, state: 'START' }, undefined],
    ['stays where a run failed', { ...other, state: 'FAIL' }, undefined],
    ['stays where a run says nothing of it', {}, undefined],
    ['stays where an event of an earlier run came late', { ...other, time: '2026-01-01T00:00:00Z' }, undefined],
    ['adds up over the events of one run, of each data set the one that tells more', { ...other, runId: 'one', state: 'RUNNING' }, { inputs: [input('a'), input('c')], outputs: [output('b', 'x', 'y')] }],
    ['is what its design says', { ...other, kind: 'job' }, other],
  ])('%s', (_, more, expected) => {
    const { runId: _run, state: _state, ...plain } = event(more)
    expect(merged(before, more.kind === 'job' ? plain : event(more))).toEqual(expected)
  })

  it('is whatever is told first', () => {
    expect(merged(undefined, event({ ...other, state: 'START' }))).toEqual(other)
  })
})

describe('names elsewhere', () => {
  const product = {
    name: 'shop', dataSets: [{ name: 'orders' }], inputPorts: [
      { kind: 'connected', name: 'drop', system: 'files', settings: { path: 's3://lake/in/orders.csv' } }, { kind: 'connected', name: 'many', system: 'files', settings: { path: 's3://lake/in/*.csv' } },
      { kind: 'connected', name: 'erp', system: 'postgres', settings: { host: 'db', database: 'erp', table: 'orders' } }, { kind: 'connected', name: 'old', system: 'postgres', settings: { host: 'db', port: 5433, database: 'erp', table: 'sales.orders' } },
    ],
  } as unknown as DataProduct
  const find = foreignNames([product], { host: '127.0.0.1', httpPort: 8740, sqlPort: 5740, publicUrl: 'https://data.example' })
  const orders = { product: 'shop', kind: 'data-set', name: 'orders' }
  it.each<[string, string, object | undefined]>([
    ['tulle://127.0.0.1:8740', 'shop.orders', orders], ['tulle://data.example', 'shop.orders', orders], ['postgres://localhost:5740', 'tulle.shop.orders', orders], ['postgres://data.example:5740', 'tulle.shop.orders', orders],
    ['postgres://other:5740', 'tulle.shop.orders', undefined], ['postgres://localhost:5432', 'tulle.shop.orders', undefined], ['postgres://localhost:5740', 'shop.orders', undefined], ['tulle://127.0.0.1:8740', 'shop.nothing', undefined],
    ['s3://lake', 'in/orders.csv', { product: 'shop', kind: 'port', name: 'drop' }], ['s3://lake', 'in/*.csv', undefined],
    ['postgres://db:5432', 'erp.public.orders', { product: 'shop', kind: 'port', name: 'erp' }], ['postgres://db:5433', 'erp.sales.orders', { product: 'shop', kind: 'port', name: 'old' }], ['postgres://db:5432', 'erp.sales.orders', undefined],
  ])('%s %s', (namespace, name, place) => {
    expect(find({ namespace, name })).toEqual(place)
  })
})

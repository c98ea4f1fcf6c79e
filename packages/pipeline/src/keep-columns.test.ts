// Sources that get columns: kept where the contract lets the data set evolve, shown to nobody before the contract names them.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { isKept } from '@tulle/providers'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import { allowing } from './testing/source-rig.ts'
import { relationAt } from './pin-inputs.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let web: Server
let rows: readonly Readonly<Record<string, unknown>>[] = []
let host: string
beforeAll(async () => {
  rig = await pipelineRig()
  web = createServer((_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(rows)))
  await new Promise<void>((resolve) => void web.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(web.address() as AddressInfo).port}`
  await rig.open({ sources: allowing([host]) })
})
afterAll(async () => {
  web?.close()
  await rig?.[Symbol.asyncDispose]()
})

type Words = Parameters<PipelineRig['apply']>[0][string]
const drop = (name: string, columns: Readonly<Record<string, string>>, custom: Readonly<Record<string, unknown>> = { schemaDrift: 'evolve' }, port: Readonly<Record<string, unknown>> = { only_new: true }): Readonly<Record<string, Words>> =>
  ({ [name]: { files: { drop: { path: `${name}/*.csv`, ...port } }, dataSets: { rows: { from: 'drop', columns, custom } } } })
const codes = async (product: string): Promise<readonly string[]> => (await rig.run(product)).diagnostics.map(({ code }) => code)
const kept = async (address: string): Promise<readonly string[]> => (await rig.table(address)).schema.fields.filter(isKept).map(({ name, type, required }) => `${name} ${String(type)}${required ? '!' : ''}`)
const shown = async (product: string): Promise<readonly string[]> => {
  const snapshot = (await rig.table(`${product}.rows`)).currentSnapshot?.id ?? ''
  return valueOf(await relationAt(rig.lake, { product, dataSet: 'rows', snapshot }, join(rig.folder))).columns.map(({ name }) => name)
}

describe('a column that a source gets', () => {
  it('is kept from then on, told by the run and as an event, and shown to nobody until the contract names it', async () => {
    await rig.write({ 'drops/a.csv': 'id\n1\n' })
    await rig.apply(drop('drops', { id: 'int' }))
    expect(await codes('drops')).toEqual([])
    await rig.write({ 'drops/b.csv': 'id,note\n2,two\n', 'drops/c.csv': 'id\n3\n' })
    const run = await rig.run('drops')
    expect(run.diagnostics.map(({ code, message }) => [code, message])).toEqual([['drift-kept', 'drops.drop has a column that drops.rows did not have: note (string). It is kept from now on.']])
    expect([await kept('drops.rows'), await shown('drops')]).toEqual([['note string'], ['id']])
    const events = await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.schema.changed').where('subject', '=', 'data-set:drops.rows').execute()
    expect(events.map(({ data }) => data)).toContainEqual(expect.objectContaining({ breaking: false, runId: run.runId, changes: ['Column note (string) is kept since drops.drop has it.'] }))
    await rig.write({ 'drops/d.csv': 'id,note\n4,four\n' })
    expect(await codes('drops')).toEqual([])
    // Named, it has what was kept so far.
    await rig.apply(drop('drops', { id: 'int', note: 'string' }))
    expect([await kept('drops.rows'), await shown('drops')]).toEqual([[], ['id', 'note']])
    expect(await rig.rows('drops.rows', 'select * from drops.rows order by id')).toEqual([{ id: 1, note: null }, { id: 2, note: 'two' }, { id: 3, note: null }, { id: 4, note: 'four' }])
    // And leaves with the contract, as any column does.
    await rig.apply(drop('drops', { id: 'int' }))
    expect((await rig.table('drops.rows')).schema.fields.map(({ name }) => name)).toEqual(['id'])
  })

  it('is passed over, and told, where the contract does not let the data set evolve', async () => {
    await rig.write({ 'strict/a.csv': 'id,note\n1,one\n' })
    for (const custom of [{}, { schemaDrift: 'refuse' }]) {
      await rig.apply(drop('strict', { id: 'int' }, custom, {}))
      expect((await rig.run('strict', { force: true })).diagnostics.map(({ code }) => code)).toEqual(['source-column-extra'])
      expect((await rig.table('strict.rows')).schema.fields.map(({ name }) => name)).toEqual(['id'])
    }
  })

  it('stays through an apply, also where the contract evolves no longer, and is no drift by hand', async () => {
    await rig.write({ 'stays/a.csv': 'id,note\n1,one\n' })
    await rig.apply(drop('stays', { id: 'int' }))
    await codes('stays')
    await rig.apply(drop('stays', { id: 'int', more: 'string' }, { schemaDrift: 'refuse' }))
    expect(await kept('stays.rows')).toEqual(['note string'])
    expect((await rig.providers.observed('data-set:stays.rows'))?.drift).toBeUndefined()
    expect(await rig.rows('stays.rows')).toEqual([{ id: 1, more: null, note: 'one' }])
  })
})

describe('a data set that evolves and sets rows aside', () => {
  it('keeps the new column of the rows that stay', async () => {
    await rig.write({ 'aside/a.csv': 'id,note\n1,one\n,nobody\n2,two\n' })
    await rig.apply(drop('aside', { id: 'int!' }, { schemaDrift: 'evolve', onFailure: 'quarantine' }))
    const run = await rig.run('aside')
    expect([run.status, run.diagnostics.some(({ code }) => code === 'drift-kept')]).toEqual(['succeeded', true])
    expect(await rig.rows('aside.rows', 'select * from aside.rows order by id')).toEqual([{ id: 1, note: 'one' }, { id: 2, note: 'two' }])
  })

  it('shows the new column of rows that were set aside to nobody either, until the contract names it', async () => {
    const aside = async () => valueOf(await (await rig.open({ sources: allowing([host]) })).quarantine.rows({ product: 'aside', dataSet: 'rows' }, { limit: 10 }, undefined))
    expect(await aside()).toMatchObject({ columns: ['id'], rows: [{ values: [null] }] })
    await rig.apply(drop('aside', { id: 'int!', note: 'string' }, { schemaDrift: 'evolve', onFailure: 'quarantine' }))
    expect(await aside()).toMatchObject({ columns: ['id', 'note'], rows: [{ values: [null, 'nobody'] }] })
  })
})

describe('answers of an API', () => {
  const api = (): Readonly<Record<string, Words>> => ({ api: { connected: { api: ['rest-input-port', { url: `http://${host}/rows` }] }, dataSets: { rows: { from: 'api', columns: { id: 'int!*' }, custom: { schemaDrift: 'evolve' } } } } })
  const all = (): Promise<readonly unknown[]> => rig.rows('api.rows', 'select * from api.rows order by id')

  it('bring columns of their own types, miss them again, and never narrow one', async () => {
    rows = [{ id: 1 }]
    await rig.apply(api())
    expect(await codes('api')).toEqual([])
    rows = [{ id: 1, n: 5, 'a.b': 1, _tulle_op: 'x', ID: 3 }, { id: 2, tags: ['x'] }]
    expect(await codes('api')).toEqual(['drift-kept'])
    expect([await kept('api.rows'), await all()]).toEqual([['n long', 'tags string'], [{ id: 1, n: 5, tags: null }, { id: 2, n: null, tags: '["x"]' }]])
    rows = [{ id: 1, n: 1.5 }]
    expect(await codes('api')).toEqual(['drift-kept-type'])
    rows = [{ id: 3 }]
    expect(await codes('api')).toEqual([])
    expect(await all()).toEqual([{ id: 3, n: null, tags: null }])
  })

  it('whose columns are names of things are refused at the limit', async () => {
    const things = (from: number, count: number): typeof rows => [Object.fromEntries([['id', 1], ...Array.from({ length: count }, (_, i) => [`thing ${from + i}`, i])])]
    rows = things(0, 250)
    expect(await codes('api')).toEqual(['drift-too-many'])
    rows = things(0, 199)
    expect(await codes('api')).toEqual(['drift-too-many'])
    expect(await all()).toEqual([{ id: 3, n: null, tags: null }])
  })
})

describe('a product that reads another one', () => {
  it('keeps its new columns where its own contract evolves', async () => {
    await rig.write({ 'first/a.csv': 'id,more\n1,x\n' })
    const second: Readonly<Record<string, Words>> = { second: { inputs: { first: 'first' }, dataSets: { rows: { from: 'first', columns: { id: 'int' }, custom: { schemaDrift: 'evolve' } } } } }
    await rig.apply({ ...drop('first', { id: 'int' }, {}), ...second })
    await codes('first')
    expect(await codes('second')).toEqual([])
    await rig.apply({ ...drop('first', { id: 'int', more: 'string' }, {}, {}), ...second })
    await codes('first')
    expect([await codes('second'), await kept('second.rows')]).toEqual([['drift-kept'], ['more string']])
    expect(await rig.rows('second.rows')).toEqual([{ id: 1, more: 'x' }])
  })
})

// Products that read a PostgreSQL of others: every value as it is there, whole or beyond a cursor, and the last good version
// where it does not let itself be read.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PostgresSource } from './testing/source-rig.ts'
import { allowing, postgresSource } from './testing/source-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import type { Comparison } from './compare.ts'

// Each runs products, over and over, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let shop: PostgresSource
beforeAll(async () => {
  ;[rig, shop] = await Promise.all([pipelineRig(), postgresSource()])
  await rig.open({ sources: allowing([shop.host], shop.secrets) })
})
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await rig?.[Symbol.asyncDispose]()
})

type Columns = Readonly<Record<string, string>>
const apply = (settings: Readonly<Record<string, unknown>>, columns: Columns): Promise<void> =>
  rig.apply({ shop: { connected: { source: ['postgres-input-port', { ...shop.place, ...settings }] }, dataSets: { orders: { from: 'source', columns } } } })
const failed = async (): Promise<readonly string[]> => {
  const run = await rig.run('shop')
  expect(run.status).toBe('failed')
  return run.diagnostics.map(({ code, message }) => `${code}: ${message}`)
}

describe('a value of PostgreSQL', () => {
  it('is the same in the data set, whatever its type', async () => {
    await shop.sql(
      "create type mood as enum ('sad', 'ok')",
      `create table kinds (id bigint primary key, n numeric(20, 4), free numeric, f double precision, b boolean, d date, t timestamp, z timestamptz, u uuid, j jsonb, a int[], s text[], m mood, raw bytea, o time)`,
      `insert into kinds values (9007199254740993, 1234567890123456.7891, 0.1000, 0.1, true, '2024-02-29', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.5+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null]}', '{1,NULL,3}', '{"a,b","c\\"d",NULL,"NULL",""}', 'ok', '\\xdeadbeef00', '23:59:59.999999')`,
      'insert into kinds (id) values (1)',
    )
    await apply({ table: 'public.kinds' }, {
      id: 'long!*', n: 'decimal(20, 4)', free: 'string', f: 'double', b: 'boolean', d: 'date', t: 'timestamp', z: 'timestamptz', u: 'uuid', j: 'string', a: 'list<int>', s: 'list<string>', m: 'string', raw: 'binary', o: 'time',
    })
    expect((await rig.run('shop')).diagnostics).toEqual([])
    const shown = 'id::varchar as id, n::varchar as n, free, f, b, d::varchar as d, t::varchar as t, epoch_us(z)::varchar as z, u::varchar as u, j, a, s, m, hex(raw) as raw, o::varchar as o'
    expect(await rig.rows('shop.orders', `select ${shown} from shop.orders where id > 1`)).toEqual([{
      id: '9007199254740993', n: '1234567890123456.7891', free: '0.1000', f: 0.1, b: true, d: '2024-02-29', t: '2024-02-29 12:34:56.789012', z: String(Date.UTC(2024, 1, 29, 10, 34, 56, 500) * 1000),
      u: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', j: '{"a": [1, null]}', a: '[1,null,3]', s: '["a,b","c\\"d",null,"NULL",""]', m: 'ok', raw: 'DEADBEEF00', o: '23:59:59.999999',
    }])
    expect(await rig.rows('shop.orders', 'select * from shop.orders where id = 1 and coalesce(n::varchar, free, f::varchar, b::varchar, d::varchar, u::varchar, j, a::varchar, s::varchar, m) is null')).toHaveLength(1)
  })
})

describe('a query', () => {
  it('is asked as one statement of one moment that writes nothing, and models read it by its own types', async () => {
    await shop.sql('create table sales (id int primary key, region text, total numeric(10, 2))', "insert into sales select i, case when i % 2 = 0 then 'north' else 'south' end, i from generate_series(1, 25000) i")
    await rig.apply({ regions: {
      connected: { source: ['postgres-input-port', { ...shop.place, query: 'select region, total from sales where id > 0;' }] },
      dataSets: { orders: { columns: { region: 'string', total: 'decimal(38, 2)' }, model: "select region, sum(total)::decimal(38, 2) as total from {{ source('source') }} group by region" } },
    } })
    expect((await rig.run('regions')).diagnostics).toEqual([])
    expect(await rig.rows('regions.orders', 'select region, total::varchar as total from regions.orders order by 1')).toEqual([{ region: 'north', total: '156262500.00' }, { region: 'south', total: '156250000.00' }])
    const again = await rig.run('regions')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ status: 'skipped' })
  })

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['two statements', { query: 'select 1 as id; drop table sales' }, 'source-refused: shop.source was refused by'],
    ['what writes', { query: 'with gone as (delete from sales returning id) select id from gone' }, 'source-refused: '],
    ['what writes by a function', { query: "select setval('s', 1) as id" }, 'source-refused: '],
    ['a table that is not there', { table: 'nothing' }, 'source-refused: '],
    ['by a wrong password', { table: 'sales', password: { secret: 'OTHER' } }, 'source-refused: '],
    ['by a secret that is not held', { table: 'sales', password: { secret: 'MISSING' } }, 'source-secret-missing: shop.source signs in with the secret MISSING'],
    ['at a host that is not listed', { table: 'sales', host: 'localhost' }, 'source-host-refused: shop.source may not reach localhost:'],
    ['at the host that knows the keys of a machine', { table: 'sales', host: '169.254.169.254' }, 'source-host-refused: '],
    ['with a limit', { query: "select i as id, repeat('x', 1000000) as region from generate_series(1, 70) i" }, 'source-limit: shop.source would draw more than the limit bytes of 67108864 bytes.'],
    ['a number that is none there', { query: "select 'planted-value'::int as id" }, 'it says 22P02'],
  ])('is refused for %s, and the last version stays', async (_, settings, finding) => {
    await shop.sql('create sequence if not exists s')
    await rig.open({ sources: allowing([shop.host], { ...shop.secrets, OTHER: 'wrong-password' }) })
    await apply({ table: 'sales' }, { id: 'int!*' })
    expect((await rig.run('shop')).status).toBe('succeeded')
    const before = (await rig.table('shop.orders')).metadataLocation
    await apply(settings, { id: 'int!*' })
    const findings = await failed()
    expect(findings).toHaveLength(1)
    expect(findings[0]).toContain(finding)
    expect(findings[0]).not.toMatch(/wrong-password|planted-value/u)
    expect((await rig.table('shop.orders')).metadataLocation).toBe(before)
    expect(await shop.use(async (client) => (await client.query('select count(*)::int as n from sales')).rows)).toEqual([{ n: 25_000 }])
  })
})

describe('a cursor', () => {
  const ids = async (): Promise<readonly unknown[]> => rig.rows('shop.orders', 'select * from shop.orders order by id')
  const apply = (columns: Columns): Promise<void> =>
    rig.apply({ shop: { connected: { source: ['postgres-input-port', { ...shop.place, table: 'events', cursor: 'at' }] }, dataSets: { orders: { from: 'source', columns } } } })

  it('brings what is beyond it, nothing twice, and replaces rows by their key', async () => {
    await rig.open({ sources: allowing([shop.host], shop.secrets) })
    await shop.sql('create table events (id int primary key, at int, what text)', "insert into events values (1, 1, 'a'), (2, 1, 'b')")
    await apply({ id: 'int!*', at: 'int', what: 'string' })
    await rig.run('shop')
    await shop.sql("insert into events values (3, 2, 'c'), (4, 1, 'late, with an equal value')", "update events set what = 'new', at = 2 where id = 2")
    await rig.run('shop')
    expect(await ids()).toEqual([{ id: 1, at: 1, what: 'a' }, { id: 2, at: 2, what: 'new' }, { id: 3, at: 2, what: 'c' }, { id: 4, at: 1, what: 'late, with an equal value' }])
    const again = await rig.run('shop')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ status: 'skipped' })
    await shop.sql("insert into events values (5, 2, 'another equal one')")
    await rig.run('shop')
    expect(await ids()).toHaveLength(5)
  })

  it('adds to the files that are there where rows have no key, and is built again as it was', async () => {
    await shop.sql('truncate events', "insert into events values (1, 1, 'a'), (2, 2, 'b')")
    await apply({ at: 'int', what: 'string' })
    await rig.run('shop')
    const files = async (): Promise<number> => Number((await rig.table('shop.orders')).currentSnapshot?.summary['total-data-files'])
    expect([await rig.rows('shop.orders'), await files()]).toMatchObject([{ length: 2 }, 1])
    await shop.sql("insert into events values (3, 3, 'c')")
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select what from shop.orders order by 1')).toEqual([{ what: 'a' }, { what: 'b' }, { what: 'c' }])
    expect(await files()).toBe(2)

    const live = await rig.open({ sources: allowing([]) })
    const { runId } = valueOf(await live.reproduce('shop', { snapshot: (await rig.table('shop.orders')).currentSnapshot?.id ?? '', requestedBy: 'ana' }))
    expect(valueOf(await live.wait(runId)).diagnostics).toEqual([])
    const step = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
    expect((step.output as unknown as { dataSets: readonly Comparison[] }).dataSets).toMatchObject([{ identical: true, rows: { snapshot: 3, rebuilt: 3 } }])
  })

  it('goes back with a rollback, and brings again what was undone', async () => {
    const live = await rig.open({ sources: allowing([shop.host], shop.secrets) })
    valueOf(await live.rollBack('shop', { requestedBy: 'ana' }))
    expect(await rig.rows('shop.orders')).toHaveLength(2)
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select what from shop.orders order by 1')).toEqual([{ what: 'a' }, { what: 'b' }, { what: 'c' }])
  })

  it('must be a column of the rows', async () => {
    await rig.apply({ shop: { connected: { source: ['postgres-input-port', { ...shop.place, table: 'events', cursor: 'missing' }] }, dataSets: { orders: { from: 'source', columns: { at: 'int' } } } } })
    expect((await failed())[0]).toContain('source-refused: ')
  })
})

describe('a run that fails after its draw', () => {
  it('loses nothing: the next one draws the same again', async () => {
    await shop.sql('create table late (id int primary key, at int)', 'insert into late values (1, 1)')
    const settings = { ...shop.place, table: 'late', cursor: 'at' }
    const products = (quality: readonly Readonly<Record<string, unknown>>[]) => ({ shop: { connected: { other: ['postgres-input-port', settings] as const }, dataSets: { orders: { from: 'other', columns: { id: 'int!*', at: 'int' }, quality } } } })
    await rig.apply(products([]))
    await rig.run('shop')
    await shop.sql('insert into late values (2, 2)')
    await rig.apply(products([{ metric: 'rowCount', mustBe: 7 }]))
    expect((await rig.run('shop')).status).toBe('failed')
    expect(await rig.rows('shop.orders')).toHaveLength(1)
    await rig.apply(products([]))
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select id from shop.orders order by id')).toEqual([{ id: 1 }, { id: 2 }])
  })
})

describe('a source that changed', () => {
  const products = (columns: Columns) => ({ drift: { connected: { source: ['postgres-input-port', { ...shop.place, table: 'drifting' }] as const }, dataSets: { orders: { from: 'source', columns } } } })
  const findings = async (): Promise<readonly string[]> => (await rig.run('drift')).diagnostics.map(({ code, message, place }) => `${place?.file.split('/').at(-1) ?? ''} ${code}: ${message}`)

  it.each<[string, string, readonly string[]]>([
    ['a column that is renamed', 'alter table drifting rename what to kind', ['orders.odcs.yaml drift-column-missing: drift.orders promises the column "what", which drift.source does not have any more.']],
    ['a type that holds more', 'alter table drifting alter n type bigint', ['orders.odcs.yaml drift-column-type: drift.source has "n" as long now, and the contract of drift.orders says int, which cannot hold all of its values.']],
    ['more digits', 'alter table drifting alter total type numeric(12, 4)', ['orders.odcs.yaml drift-column-type: drift.source has "total" as decimal(12, 4) now, and the contract of drift.orders says decimal(10, 2), which cannot hold all of its values.']],
  ])('by %s is refused by name, and the last version stays', async (_, change, expected) => {
    await shop.sql('drop table if exists drifting', 'create table drifting (id int primary key, n int, what text, total numeric(10, 2))', "insert into drifting values (1, 1, 'a', 1)")
    await rig.apply(products({ id: 'int!*', n: 'int', what: 'string', total: 'decimal(10, 2)' }))
    expect(await findings()).toEqual([])
    const before = (await rig.table('drift.orders')).metadataLocation
    await shop.sql(change, 'update drifting set id = 2')
    expect(await findings()).toEqual(expected)
    expect((await rig.table('drift.orders')).metadataLocation).toBe(before)
  })

  it('by more columns, or by types that hold less than the contract says, is read', async () => {
    await shop.sql('drop table if exists drifting', 'create table drifting (id smallint primary key, n int, more text, total numeric(8, 2))', 'insert into drifting values (3, 1, null, 1)')
    await rig.apply(products({ id: 'int!*', n: 'long', total: 'decimal(10, 2)' }))
    expect(await findings()).toEqual([])
    expect(await rig.rows('drift.orders', 'select id from drift.orders')).toEqual([{ id: 3 }])
  })
})

describe('a backfill', () => {
  const product = (columns: Columns) => ({ back: { connected: { source: ['postgres-input-port', { ...shop.place, table: 'days', cursor: 'day' }] as const }, dataSets: { orders: { from: 'source', columns } } } })
  const all = (): Promise<readonly unknown[]> => rig.rows('back.orders', 'select id, n from back.orders order by id')

  it('reads the rows of a range anew, also those that are gone, and nothing else', async () => {
    await shop.sql('create table days (id int primary key, day date, n int)', "insert into days select i, date '2024-01-01' + i, 0 from generate_series(1, 6) i")
    await rig.apply(product({ id: 'int!*', day: 'date', n: 'int' }))
    const early = await rig.run('back', { backfill: { from: '2024-01-03', to: '2024-01-05' } })
    expect(early.diagnostics.map(({ code }) => code)).toEqual(['backfill-too-early'])
    await rig.run('back')
    await shop.sql('update days set n = 1', 'delete from days where id = 3')
    const run = await rig.run('back', { backfill: { from: '2024-01-03', to: '2024-01-05' } })
    expect(run.diagnostics).toEqual([])
    expect(await all()).toEqual([{ id: 1, n: 0 }, { id: 2, n: 1 }, { id: 4, n: 0 }, { id: 5, n: 0 }, { id: 6, n: 0 }])
    await shop.sql("insert into days values (7, date '2024-01-08', 1)")
    await rig.run('back')
    expect((await all()).length).toBe(6)
  })

  it('is refused where nothing says what a range is', async () => {
    const live = await rig.open({ sources: allowing([shop.host], shop.secrets) })
    expect((await live.run('drift', { requestedBy: 'ana', backfill: { from: '1', to: '2' } })).diagnostics.map(({ code }) => code)).toEqual(['backfill-unfit'])
  })
})

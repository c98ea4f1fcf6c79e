import { gzipSync } from 'node:zlib'
import type { Engine } from '@tulle/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesAt } from '@tulle/lake'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

const ORDERS = 'id,customer,amount,day\n1,zoe,10.5,2026-01-01\n2,bob,3.25,2026-01-02\n3,zoe,7,2026-01-02\n'
const ORDER_COLUMNS = { id: 'long!*', customer: 'string!', amount: 'decimal(9,2)', day: 'date' }

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/orders.csv': ORDERS })
})
afterAll(() => rig[Symbol.asyncDispose]())

const codes = (run: { diagnostics: readonly { code: string }[] }): readonly string[] => run.diagnostics.map((d) => d.code)

describe('a product run', () => {
  it('turns a CSV into a published snapshot, typed by its contract', async () => {
    await rig.apply({ orders: { files: { drop: 'data/orders.csv' }, dataSets: { orders: { from: 'drop', columns: ORDER_COLUMNS } } } })
    const run = await rig.run('orders')
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('orders.orders', 'SELECT * FROM orders.orders ORDER BY id')).toEqual([
      { id: 1, customer: 'zoe', amount: 10.5, day: '2026-01-01' },
      { id: 2, customer: 'bob', amount: 3.25, day: '2026-01-02' },
      { id: 3, customer: 'zoe', amount: 7, day: '2026-01-02' },
    ])
    expect((await rig.steps(run.runId)).map((s) => `${s.name} ${s.status}`)).toEqual(['ingest succeeded', 'transform skipped', 'write succeeded', 'check succeeded', 'publish succeeded', 'notify succeeded', 'profile succeeded'])
  })

  it('says in the snapshot which run, code, contract and inputs made it', async () => {
    const { currentSnapshot } = await rig.table('orders.orders')
    expect(currentSnapshot?.summary).toMatchObject({
      'tulle.run-id': expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
      'tulle.code-fingerprint': expect.stringMatching(/^[0-9a-f]{64}$/u) as string,
      'tulle.contract-version': '1.0.0',
      'tulle.inputs': expect.stringMatching(/^\{"input-port:orders.drop":"[0-9a-f]{64}"\}$/u) as string,
      'total-records': '3',
    })
  })

  it('is profiled; what cannot be profiled is published all the same', async () => {
    const published = await rig.table('orders.orders')
    const kept = () => rig.store.db.selectFrom('profile').select(['data_set', 'snapshot_id', 'way', 'profile']).orderBy('at', 'desc').execute()
    expect(await kept()).toMatchObject([{ data_set: 'orders', snapshot_id: published.currentSnapshot?.id, way: 'read', profile: { rows: 3, columns: [{ name: 'id', nulls: 0, distinct: 3 }, { name: 'customer', top: [{ value: 'zoe', count: 2 }, { value: 'bob', count: 1 }] }, { name: 'amount', min: '3.25', max: '10.50' }, { name: 'day' }] } }])
    await rig.store.db.schema.alterTable('profile').renameTo('profile_away').execute()
    const run = await rig.run('orders', { force: true })
    await rig.store.db.schema.alterTable('profile_away').renameTo('profile').execute()
    expect([run.status, codes(run)]).toEqual(['succeeded', ['not-profiled']])
    expect((await rig.table('orders.orders')).currentSnapshot?.summary['tulle.run-id']).toBe(run.runId)
    expect(await kept()).toHaveLength(1)
  })

  it('is skipped with its reason where nothing changed, even when the file was touched', async () => {
    const before = await rig.table('orders.orders')
    await rig.write({ 'data/orders.csv': ORDERS })
    const run = await rig.run('orders')
    expect(run.status).toBe('succeeded')
    const steps = await rig.steps(run.runId)
    expect(new Set(steps.map((s) => s.status))).toEqual(new Set(['skipped']))
    expect(steps[0]?.reason).toBe(`Nothing changed since run ${before.currentSnapshot?.summary['tulle.run-id']}: same code, same inputs.`)
    expect((await rig.table('orders.orders')).currentSnapshot?.id).toBe(before.currentSnapshot?.id)
  })

  it('publishes again when it is forced to', async () => {
    const before = await rig.table('orders.orders')
    const run = await rig.run('orders', { force: true })
    const after = await rig.table('orders.orders')
    expect(after.currentSnapshot?.summary['tulle.run-id']).toBe(run.runId)
    expect(after.currentSnapshot?.parentId).toBe(before.currentSnapshot?.id)
  })

  it('publishes again when the file says something else', async () => {
    await rig.write({ 'data/orders.csv': `${ORDERS}4,cid,1,2026-01-03\n` })
    await rig.run('orders')
    expect(await rig.rows('orders.orders', 'SELECT count(*) AS n FROM orders.orders')).toEqual([{ n: 4 }])
    await rig.write({ 'data/orders.csv': ORDERS })
    await rig.run('orders')
  })

  it('tells of the publish in the transaction that makes it true', async () => {
    const table = await rig.table('orders.orders')
    const event = await rig.store.db.selectFrom('outbox').selectAll().where('type', '=', 'tulle.product.published').orderBy('seq', 'desc').limit(1).executeTakeFirst()
    expect(event).toMatchObject({ subject: 'orders', data: { product: 'orders', runId: table.currentSnapshot?.summary['tulle.run-id'], snapshots: { orders: table.currentSnapshot?.id } } })
  })

  it('leaves nothing in its work folder', async () => {
    const { readdir } = await import('node:fs/promises')
    await expect.poll(() => readdir(`${rig.folder}/runs`)).toEqual([])
  })

  it('reads gzip, NDJSON, JSON and many files by glob', async () => {
    await rig.write({
      'in/a.csv.gz': gzipSync('id,name\n1,a\n'),
      'in/many/1.csv': 'id,name\n1,a\n', 'in/many/2.csv': 'id,name\n2,b\n',
      'in/b.ndjson': '{"id": 1, "name": "a"}\n{"id": 2, "name": null}\n',
      'in/c.json': '[{"id": 1, "name": "a"}]',
    })
    const columns = { id: 'long!', name: 'string' }
    await rig.apply({ forms: {
      files: { zipped: 'in/a.csv.gz', many: 'in/many/*.csv', lines: 'in/b.ndjson', json: 'in/c.json' },
      dataSets: { zipped: { from: 'zipped', columns }, many: { from: 'many', columns }, lines: { from: 'lines', columns }, json: { from: 'json', columns } },
    } })
    expect(await rig.run('forms')).toMatchObject({ status: 'succeeded' })
    for (const [dataSet, rows] of Object.entries({ zipped: 1, many: 2, lines: 2, json: 1 })) {
      expect([dataSet, await rig.rows(`forms.${dataSet}`, `SELECT count(*) AS n FROM forms.${dataSet}`)]).toEqual([dataSet, [{ n: rows }]])
    }
  })
})

describe('a data set that its contract partitions', () => {
  it('is written one file for each partition, and built again at once when the layout changes', async () => {
    const orders = (day: string) => ({ monthly: { files: { drop: 'data/orders.csv' }, dataSets: { monthly: { from: 'drop', columns: { ...ORDER_COLUMNS, day } } } } })
    await rig.apply(orders('date@day'))
    expect(await rig.run('monthly')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    const files = async (): Promise<readonly unknown[]> => valueOf(await filesAt(rig.lake, await rig.table('monthly.monthly'))).map(({ partition, rows }) => [partition, rows]).toSorted()
    const first = Date.UTC(2026, 0, 1) / 86_400_000
    expect(await files()).toEqual([[[first], 1], [[first + 1], 2]])
    expect(await rig.rows('monthly.monthly', 'SELECT id, day FROM monthly.monthly ORDER BY id')).toEqual([{ id: 1, day: '2026-01-01' }, { id: 2, day: '2026-01-02' }, { id: 3, day: '2026-01-02' }])
    await rig.apply(orders('date@year'))
    expect(await (await rig.open()).build('test')).toHaveLength(1)
    await (await rig.open()).settled()
    expect(await files()).toEqual([[[56], 3]])
    await rig.open()
  })
})

describe('sources that are odd but right', () => {
  it('hostile column names are names, and nothing else', async () => {
    const columns = { 'a"b': 'long', "x'; DROP TABLE y; --": 'string', select: 'string', 'über straße': 'long', constructor: 'long' }
    await rig.write({ 'odd/names.csv': `"a""b","x'; DROP TABLE y; --",select,über straße,constructor\n1,two,three,4,5\n` })
    await rig.apply({ odd: { files: { names: 'odd/names.csv' }, dataSets: { odd: { from: 'names', columns } } } })
    expect(await rig.run('odd')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('odd.odd')).toEqual([{ 'a"b': 1, "x'; DROP TABLE y; --": 'two', select: 'three', 'über straße': 4, constructor: 5 }])
  })

  it('a file with a header and no rows is an empty data set', async () => {
    await rig.write({ 'odd/none.csv': 'id\n' })
    await rig.apply({ none: { files: { none: 'odd/none.csv' }, dataSets: { none: { from: 'none', columns: { id: 'long!*' } } } } })
    expect(await rig.run('none')).toMatchObject({ status: 'succeeded' })
    expect(await rig.rows('none.none')).toEqual([])
  })

  it('columns that the contract does not know stay behind, with a warning', async () => {
    await rig.write({ 'odd/wide.csv': 'id,note,extra\n1,a,b\n' })
    await rig.apply({ wide: { files: { wide: 'odd/wide.csv' }, dataSets: { wide: { from: 'wide', columns: { id: 'long' } } } } })
    const run = await rig.run('wide')
    expect(run.status).toBe('succeeded')
    expect(run.diagnostics.map((d) => `${d.severity}: ${d.message}`)).toEqual(['warning: wide.wide has 2 columns that wide.wide does not promise: note, extra.'])
  })

  it('a port that no contract types is typed by all of its rows', async () => {
    await rig.write({ 'odd/typed.csv': `n,d,t\n${'1,2026-01-01,a\n'.repeat(3_000)}2.5,2026-01-02,b\n` })
    await rig.apply({ typed: { files: { typed: 'odd/typed.csv' }, dataSets: { typed: { columns: { total: 'double', last: 'date' }, model: "select sum(n) as total, max(d) as last from {{ source('typed') }}" } } } })
    expect(await rig.run('typed')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('typed.typed')).toEqual([{ total: 3002.5, last: '2026-01-02' }])
  })
})

describe('models', () => {
  it('read the product itself, its ports, and other products at the snapshot that is published', async () => {
    await rig.write({ 'data/rates.csv': 'customer,rate\nzoe,2\nbob,3\n' })
    await rig.apply({ revenue: {
      files: { rates: { path: 'data/rates.csv', columns: { customer: 'string', rate: 'long' } } },
      dataSets: {
        by_day: { columns: { day: 'date!*', total: 'decimal(38,2)!' }, model: "select day, sum(amount) as total from {{ ref('orders', 'orders') }} group by day order by day" },
        best: { columns: { day: 'date!' }, model: "select day from {{ ref('by_day') }} order by total desc limit 1" },
        rated: { columns: { id: 'long!', rate: 'long' }, model: "select o.id, r.rate from {{ ref('orders', 'orders') }} o join {{ source('rates') }} r using (customer) order by id" },
      },
    } })
    const run = await rig.run('revenue')
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('revenue.by_day')).toEqual([{ day: '2026-01-01', total: 10.5 }, { day: '2026-01-02', total: 10.25 }])
    expect(await rig.rows('revenue.best')).toEqual([{ day: '2026-01-01' }])
    expect(await rig.rows('revenue.rated')).toEqual([{ id: 1, rate: 2 }, { id: 2, rate: 3 }, { id: 3, rate: 2 }])
    const orders = await rig.table('orders.orders')
    const inputs = JSON.parse((await rig.table('revenue.best')).currentSnapshot?.summary['tulle.inputs'] ?? '{}') as Record<string, string>
    expect(inputs['data-set:orders.orders']).toBe(orders.currentSnapshot?.id)
  })

  it('a data set may be taken over from another product, fewer columns and wider types', async () => {
    const product = (columns: Record<string, string>) => ({ mirror: { inputs: { orders: 'orders' }, dataSets: { mirror: { from: 'orders', columns } } } })
    await rig.apply(product({ customer: 'string!', amount: 'double' }))
    expect(await rig.run('mirror')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('mirror.mirror', 'SELECT count(*) AS n, sum(amount) AS total FROM mirror.mirror')).toEqual([{ n: 3, total: 20.75 }])
    await rig.apply(product({ customer: 'string!', amuont: 'double' }))
    expect((await rig.run('mirror')).diagnostics.map((d) => d.message)).toEqual(['mirror.mirror promises the column "amuont", which its source does not give.'])
  })

  it('leave no value of a row in any log, event or history', async () => {
    const kept = await Promise.all((['run', 'run_step', 'run_log', 'outbox'] as const).map((table) => rig.store.db.selectFrom(table).selectAll().execute()))
    expect(kept.every((rows) => rows.length > 0)).toBe(true)
    expect(JSON.stringify(kept)).not.toMatch(/zoe|bob/u)
  })

  it('all data sets of a product are published by one run, or none', async () => {
    const before = await rig.table('revenue.by_day')
    await rig.apply({ revenue: { dataSets: {
      by_day: { columns: { day: 'date!*', total: 'decimal(38,2)!' }, model: "select day, sum(amount) * 2 as total from {{ ref('orders', 'orders') }} group by day order by day" },
      best: { columns: { day: 'date!' }, model: "select cast(null as date) as day from {{ ref('by_day') }}" },
    } } })
    const run = await rig.run('revenue')
    expect(run.status).toBe('failed')
    expect(run.diagnostics.map((d) => d.message)).toEqual(['revenue.best breaks its contract, required(day): "day" is null in 2 of 2 rows.'])
    expect((await rig.table('revenue.by_day')).currentSnapshot?.id).toBe(before.currentSnapshot?.id)
  })

  it('know macros of their folder, what they were, and add to it', async () => {
    await rig.write({ 'domains/shop/log/macros/words.sql': '{% macro loud(text) %}upper({{ text }}){% endmacro %}', 'data/log.csv': 'id,word\n1,a\n2,b\n' })
    const log = (more = '') => ({ log: { files: { words: { path: 'data/log.csv', columns: { id: 'long', word: 'string' } } }, dataSets: { entries: {
      columns: { id: 'long!', word: 'string!' },
      model: `${more}{{ config(materialized='incremental') }}select id, {{ loud('word') }} as word from {{ source('words') }}{% if is_incremental() %} where id > (select max(id) from {{ this }}){% endif %}`,
    } } } })
    await rig.apply(log())
    expect(await rig.run('log')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    await rig.write({ 'data/log.csv': 'id,word\n1,x\n2,y\n3,z\n' })
    expect(await rig.run('log')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('log.entries', 'SELECT * FROM log.entries ORDER BY id')).toEqual([{ id: 1, word: 'A' }, { id: 2, word: 'B' }, { id: 3, word: 'Z' }])
    expect((await rig.table('log.entries')).currentSnapshot?.summary).toMatchObject({ operation: 'append', 'added-data-files': '1' })
    await rig.apply(log('-- A comment builds nothing.\n'))
    expect((await rig.steps((await rig.run('log')).runId))[0]?.reason).toContain('Nothing changed')
    await rig.write({ 'domains/shop/log/macros/words.sql': '{% macro loud(text) %}lower({{ text }}){% endmacro %}' })
    await rig.apply(log())
    await rig.run('log', { fullRefresh: true })
    expect(await rig.rows('log.entries', 'SELECT word FROM log.entries ORDER BY id')).toEqual([{ word: 'x' }, { word: 'y' }, { word: 'z' }])
  })

  it.each<[string, string, string]>([
    ['reads a file', "select content as id from read_text('/etc/passwd')", 'sql-function-not-allowed'],
    ['reads a product that it did not declare', 'select id from orders.orders', 'sql-unknown-table'],
    ['is two statements', 'select 1 as id; select 2 as id', 'sql-one-statement'],
    ['changes something', 'drop table orders.orders', 'sql-not-select'],
    ['is no SQL', 'selec 1', 'sql-syntax'],
    ['errors on a row', "select cast(customer as bigint) as id from {{ ref('orders', 'orders') }}", 'engine-invalid-value'],
    ['gives another column', "select customer from {{ ref('orders', 'orders') }}", 'model-column-missing'],
  ])('a model that %s fails the run, and the last published data stays', async (_case, model, code) => {
    const before = await rig.table('revenue.best')
    expect(before.currentSnapshot).toBeDefined()
    await rig.apply({ revenue: { dataSets: { best: { columns: { id: 'long' }, model } } } })
    const run = await rig.run('revenue')
    expect(run.status).toBe('failed')
    expect(codes(run)[0]).toBe(code)
    expect(JSON.stringify(run.diagnostics)).not.toMatch(/zoe|root:/u)
    expect((await rig.table('revenue.best')).currentSnapshot?.id).toBe(before.currentSnapshot?.id)
  })
})

describe('a process of the engine that dies', () => {
  it('is replaced, and the step is tried again', async () => {
    let started = 0
    const mortal: Engine = {
      ...rig.engine,
      start: async (limits) => {
        const process = await rig.engine.start(limits)
        started += 1
        if (started === 1 && process.ok) await process.value.kill()
        return process
      },
    }
    const live = await rig.open({ engine: mortal })
    const run = valueOf(await live.wait(valueOf(await live.run('orders', { requestedBy: 'test', force: true })).runId))
    await rig.open()
    expect(run).toMatchObject({ status: 'succeeded' })
    // The one that died, the one in its place, and the one that checks.
    expect(started).toBe(3)
    expect(await rig.log(run.runId)).toContain('Try 1 of 4 failed: The engine process of this session ended. Next try in 250 ms.')
  })
})

describe('a run that is cancelled', () => {
  it('publishes nothing, and the next run does', async () => {
    const before = await rig.table('orders.orders')
    const live = await rig.open()
    const { runId } = valueOf(await live.run('orders', { requestedBy: 'test', force: true }))
    await expect.poll(async () => (await rig.steps(runId))[0]?.status, { interval: 5 }).not.toBe('pending')
    expect((await live.cancel(runId)).ok).toBe(true)
    expect(valueOf(await live.wait(runId)).status).toBe('cancelled')
    expect((await rig.table('orders.orders')).currentSnapshot?.id).toBe(before.currentSnapshot?.id)
    expect((await rig.run('orders', { force: true })).status).toBe('succeeded')
  })
})

describe('bad input', () => {
  const columns = { id: 'long!', name: 'string!' }
  beforeAll(async () => {
    await rig.write({ 'bad/good.csv': 'id,name\n1,a\n' })
    await rig.apply({ bad: { files: { drop: 'bad/good.csv' }, dataSets: { bad: { from: 'drop', columns } } } })
    await rig.run('bad')
  })

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ['a ragged CSV', 'bad/ragged.csv', 'id,name\n1,a\n2\n3,c,d\n', /bad\/ragged\.csv/u],
    ['a CSV in another encoding', 'bad/latin.csv', Buffer.from('id,name\n1,M\xfcller\n', 'latin1'), /bad\/latin\.csv/u],
    ['a value that is not of its type', 'bad/type.csv', 'id,name\n1,a\nsecret7,b\n', /bad\/type\.csv/u],
    ['a missing column', 'bad/missing.csv', 'id\n1\n', /name/u],
    ['a cut Parquet', 'bad/cut.parquet', Buffer.from('PAR1 and then nothing'), /bad\/cut\.parquet/u],
    ['broken JSON lines', 'bad/broken.ndjson', '{"id": 1, "name": "a"}\n{"id": 2, "na', /bad\/broken\.ndjson/u],
    ['an empty file', 'bad/empty.csv', '', /bad\/empty\.csv/u],
    ['a broken gzip', 'bad/broken.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), /bad\/broken\.csv\.gz/u],
    ['a null in a required column', 'bad/null.csv', 'id,name\n1,a\n2,\n', /required\(name\)/u],
  ])('%s is one clear diagnostic, and the last published data stays', async (_case, path, content, message) => {
    const before = await rig.table('bad.bad')
    expect(before.currentSnapshot).toBeDefined()
    await rig.write({ [path]: content })
    await rig.apply({ bad: { files: { drop: path }, dataSets: { bad: { from: 'drop', columns } } } })
    const run = await rig.run('bad')
    expect(run.status).toBe('failed')
    expect(run.diagnostics).toHaveLength(1)
    expect(run.diagnostics[0]?.message).toMatch(message)
    expect(JSON.stringify(run.diagnostics)).not.toMatch(/secret7|\/tmp\//u)
    expect((await rig.table('bad.bad')).currentSnapshot?.id).toBe(before.currentSnapshot?.id)
  })

  it('a missing file, and an input that was never published, are told before anything is read', async () => {
    await rig.apply({
      gone: { files: { drop: 'bad/none.csv' }, dataSets: { gone: { from: 'drop', columns: { id: 'long' } } } },
      after: { dataSets: { after: { columns: { id: 'long' }, model: "select id from {{ ref('gone', 'gone') }}" } } },
    })
    expect((await rig.run('gone')).diagnostics.map((d) => d.message)).toEqual(['gone.drop finds no file at "bad/none.csv".'])
    expect((await rig.run('after')).diagnostics.map((d) => d.message)).toEqual(['after reads gone.gone, which has not published yet.'])
  })

  it('an unknown product is told to whoever typed it', async () => {
    const pipeline = await rig.open()
    expect(await pipeline.run('ordrs', { requestedBy: 'test' })).toMatchObject({ ok: false, diagnostics: [{ code: 'unknown-product' }] })
  })
})

describe('checks about another data set', () => {
  const soda = (implementation: string) => ({ type: 'custom', engine: 'soda', implementation })
  const lines = (rows: string) => rig.write({ 'data/lines.csv': `order_id,customer\n${rows}` })

  it('read what the run is about to publish of its own product, and the pinned versions of others that nothing else reads', async () => {
    await rig.apply({
      base: { files: { drop: 'data/base.csv' }, dataSets: { base: { from: 'drop', columns: { id: 'long!*' } } } },
      sales: { files: { people: 'data/people.csv', drop: 'data/lines.csv' }, inputs: { base: 'base' }, dataSets: {
        customers: { from: 'people', columns: { name: 'string!' } },
        lines: { from: 'drop', columns: { order_id: 'long!', customer: 'string' }, quality: [
          soda('values in (order_id) must exist in base.base (id)'), soda('values in (customer) must exist in customers (name)'),
          { type: 'sql', name: 'strangers', query: 'SELECT count(*) FROM lines ANTI JOIN sales.customers AS c ON lines.customer = c.name', mustBe: 0 },
        ] },
      } },
    })
    await rig.write({ 'data/base.csv': 'id\n1\n2\n', 'data/people.csv': 'name\nzoe\nbob\n' })
    await lines('1,zoe\n2,bob\n')
    expect(await rig.run('base')).toMatchObject({ status: 'succeeded' })
    expect(await rig.run('sales')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    await lines('1,zoe\n3,eve\n')
    const run = await rig.run('sales')
    expect(run.status).toBe('failed')
    expect(run.diagnostics.map((d) => d.message)).toEqual([
      'sales.lines breaks its contract, reference(order_id): "order_id" is not in base.base in 1 of 2 rows.',
      'sales.lines breaks its contract, reference(customer): "customer" is not in sales.customers in 1 of 2 rows.',
      'sales.lines breaks its contract, strangers: the query answers 1. Allowed: = 0.',
    ])
  })
})

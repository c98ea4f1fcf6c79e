// A product that follows the changes of a PostgreSQL table: whatever happened there, and wherever a run or the database broke off,
// the data set is the table as it was at one of its moments.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PostgresSource } from './testing/source-rig.ts'
import { allowing, postgresSource } from './testing/source-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

// Each runs products, over and over, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

let rig: PipelineRig
let shop: PostgresSource
beforeAll(async () => {
  ;[rig, shop] = await Promise.all([pipelineRig(), postgresSource({ wal_level: 'logical', max_wal_senders: '4', max_replication_slots: '8', max_slot_wal_keep_size: '512MB' })])
  await rig.open({ sources: allowing([shop.host], shop.secrets) })
  await shop.sql('create table orders (id int primary key, what text, total numeric(10, 2))', "insert into orders select i, 'first', i from generate_series(1, 500) i")
  await apply()
})
afterAll(async () => {
  await rig?.[Symbol.asyncDispose]()
  await shop?.[Symbol.asyncDispose]()
})

const apply = (settings: Readonly<Record<string, unknown>> = {}, quality: readonly Readonly<Record<string, unknown>>[] = []): Promise<void> => rig.apply({ shop: {
  connected: { feed: ['postgres-input-port', { ...shop.place, table: 'public.orders', changes: true, ...settings }] },
  dataSets: { orders: { from: 'feed', columns: { id: 'int!*', what: 'string', total: 'decimal(10, 2)' }, quality } },
} })
const here = (): Promise<readonly unknown[]> => rig.rows('shop.orders', 'select id, md5(what) as what, total::varchar as total from shop.orders order by id')
const there = (): Promise<readonly unknown[]> => shop.use(async (client) => (await client.query('select id, md5(what) as what, total::text as total from orders order by id')).rows as unknown[])
const told = async (runId: string): Promise<string> => (await rig.log(runId)).filter((line) => line.startsWith('feed: ')).join()
const lag = (): Promise<number> => shop.use(async (client) => Number((await client.query("select pg_current_wal_flush_lsn() - confirmed_flush_lsn as n from pg_replication_slots where slot_name like 'tulle_shop_feed_%'")).rows[0]?.n))

describe('changes', () => {
  it('begin with all of it, and follow from exactly there', async () => {
    const first = await rig.run('shop')
    expect(first.diagnostics).toEqual([])
    expect(await told(first.runId)).toMatch(/Read all 500 rows of public\.orders; its changes are followed from [0-9A-F/]+ on\./u)
    await shop.sql("update orders set what = 'second', total = total + 0.01 where id <= 10", 'delete from orders where id between 11 and 20', "insert into orders values (501, null, null)", "update orders set what = 'third' where id = 1", 'delete from orders where id = 2', "insert into orders values (2, 'again', 2)")
    const second = await rig.run('shop')
    expect(await told(second.runId)).toMatch(/Read 24 changes of public\.orders from /u)
    expect(await here()).toEqual(await there())
  })

  it('are nothing where nothing changed, and let the database forget its log', async () => {
    const again = await rig.run('shop')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ status: 'skipped' })
    await shop.sql("update orders set what = 'fourth' where id = 3")
    await rig.run('shop')
    expect(await lag()).toBeLessThan(64 * 1024)
  })

  it('of keys, of whole transactions, and of those that were rolled back', async () => {
    await shop.sql('update orders set id = id + 1000 where id <= 5', 'begin', "insert into orders values (7000, 'no', 1)", 'rollback', 'begin', 'savepoint s', "insert into orders values (7001, 'no', 1)", 'rollback to s', "insert into orders values (7002, 'yes', 1)", 'commit', 'update orders set id = -id where id = 7002', 'update orders set id = -id where id = -7002')
    await rig.run('shop')
    expect(await here()).toEqual(await there())
  })

  it('beside values that are too large to be sent again', async () => {
    await shop.sql("alter table orders alter what set storage external", "insert into orders values (8000, repeat('x', 100000), 1)")
    await rig.run('shop')
    await shop.sql('update orders set total = 2 where id = 8000', "insert into orders values (8001, repeat('y', 100000), 1)", 'update orders set total = 3 where id = 8001')
    await rig.run('shop')
    expect(await here()).toEqual(await there())
    await shop.sql('update orders set id = 8002 where id = 8000')
    const moved = await rig.run('shop')
    expect(await told(moved.runId)).toContain('Read all ')
    expect(await here()).toEqual(await there())
  })

  it('are read again by the run after one that failed', async () => {
    await shop.sql("update orders set what = 'fifth' where id = 30")
    await apply({}, [{ metric: 'rowCount', mustBe: 1 }])
    expect((await rig.run('shop')).status).toBe('failed')
    await apply()
    await shop.sql("update orders set what = 'sixth' where id = 31")
    await rig.run('shop')
    expect(await here()).toEqual(await there())
  })

  it.each<[string, () => Promise<unknown>]>([
    ['the table was truncated', () => shop.sql('truncate orders', "insert into orders values (1, 'new', 1)")],
    ['somebody dropped the slot', () => shop.sql("select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name like 'tulle_%'", "insert into orders values (2, 'unseen', 2)")],
    ['somebody made another slot in its place', () => shop.sql("create temporary table name as select slot_name from pg_replication_slots where slot_name like 'tulle_%'", 'select pg_drop_replication_slot(slot_name) from name', "insert into orders values (3, 'unseen', 3)", "select pg_create_logical_replication_slot(slot_name, 'pgoutput') from name")],
    ['an older version is served again, whose log is gone', async () => {
      await shop.sql("insert into orders values (4, 'undone', 4)")
      const live = await rig.open({ sources: allowing([shop.host], shop.secrets) })
      valueOf(await live.wait(valueOf(await live.run('shop', { requestedBy: 'ana' })).runId))
      valueOf(await live.rollBack('shop', { requestedBy: 'ana' }))
    }],
  ])('begin anew where %s', async (_, happen) => {
    await happen()
    const run = await rig.run('shop')
    expect([run.status, await told(run.runId)]).toEqual(['succeeded', expect.stringContaining('Read all ')])
    expect(await here()).toEqual(await there())
    await shop.sql('update orders set total = 5')
    expect(await told((await rig.run('shop')).runId)).toContain(' changes of ')
    expect(await here()).toEqual(await there())
  })

  it('of any kind, in any order, between any runs', async () => {
    const random = seeded(7)
    const id = (): number => Math.floor(random() * 40)
    for (let round = 0; round < 5; round += 1) {
      const statements = Array.from({ length: 60 }, () => {
        const kind = random()
        if (kind < 0.4) return `insert into orders values (${id()}, 'r${round}', ${id()}) on conflict (id) do update set what = excluded.what, total = excluded.total`
        if (kind < 0.6) return `update orders set total = ${id()} where id = ${id()}`
        if (kind < 0.75) return `update orders set id = 1000 + ${round * 100} + id where id = ${id()} and not exists (select 1 from orders o where o.id = 1000 + ${round * 100} + orders.id)`
        return `delete from orders where id = ${id()}`
      })
      await shop.sql(...statements)
      await rig.run('shop')
      expect(await here()).toEqual(await there())
    }
  })

  it('control: a change that the log does not tell is missed', async () => {
    await shop.sql('create table if not exists elsewhere (id int primary key)', "do $$ begin execute (select format('alter publication %I set table elsewhere', pubname) from pg_publication where pubname like 'tulle_%'); end $$", "insert into orders values (9999, 'untold', 1)")
    await rig.run('shop')
    expect(await here()).not.toEqual(await there())
    await shop.sql("do $$ begin execute (select format('alter publication %I set table orders', pubname) from pg_publication where pubname like 'tulle_%'); end $$", 'truncate orders')
    await rig.run('shop')
    expect(await here()).toEqual(await there())
  })

  it.each<[string, readonly string[], Readonly<Record<string, unknown>>, string]>([
    ['the database would keep more log than the port allows', [], { most_lag_megabytes: 100 }, 'its database would keep 512 MB of log for a Tulle that is away (max_slot_wal_keep_size), and the limit most_lag_megabytes is 100'],
    ['its deletes do not name the key', ['create table if not exists keyless (id int, what text, total numeric(10, 2))'], { table: 'keyless' }, 'its deletes do not name the column "id", which is in the contract\'s key'],
  ])('are refused where %s', async (_, statements, settings, why) => {
    await shop.sql(...statements)
    await apply(settings)
    const run = await rig.run('shop')
    expect(run.diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([expect.stringContaining(why)])
    expect(run.diagnostics[0]?.code).toBe('changes-unfit')
  })
})

/** Numbers that look random and are the same each time. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

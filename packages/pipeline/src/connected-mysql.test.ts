// Products that read a MariaDB of others: every value as it is there, whole or beyond a cursor, and the last good version where it
// does not let itself be read.

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { MariadbSource } from './testing/mariadb-source.ts'
import { hasMariadb, mariadbSource } from './testing/mariadb-source.ts'
import { allowing } from './testing/source-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })
if (!hasMariadb) console.warn('SKIPPED: nothing of the MySQL input port is tested, as this machine has no mariadbd.')

describe.skipIf(!hasMariadb)('a MariaDB of others', () => {
  let rig: PipelineRig
  let shop: MariadbSource
  beforeAll(async () => {
    ;[rig, shop] = await Promise.all([pipelineRig(), mariadbSource()])
    await rig.open({ sources: allowing([shop.host], { ...shop.secrets, OTHER: 'wrong-password' }) })
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
    await rig?.[Symbol.asyncDispose]()
  })
  const apply = (settings: Readonly<Record<string, unknown>>, columns: Readonly<Record<string, string>>): Promise<void> =>
    rig.apply({ shop: { connected: { source: ['mysql-input-port', { ...shop.place, ...settings }] }, dataSets: { orders: { from: 'source', columns } } } })
  const findingsOfRun = async (): Promise<readonly string[]> => {
    const run = await rig.run('shop')
    return run.diagnostics.map(({ code, message }) => `${code}: ${message}`)
  }

  it('has each value the same in the data set, whatever its type', async () => {
    await shop.sql(
      `create table kinds (id bigint primary key, big bigint unsigned, n decimal(30, 4), free decimal(60, 5), tiny tinyint, filled int(8) unsigned zerofill, f float, g double, b bit(1), bits bit(64), d date, t datetime(6), z timestamp(6) null,
        y year, span time, e enum('sad', 'it''s ok'), s set('a', 'b'), j json, v varchar(50), raw varbinary(10), l longtext character set latin1)`,
      "set time_zone = '+02:00'",
      `insert into kinds values (9007199254740993, 18446744073709551615, 12345678901234567890123456.7891, 0.10000, -128, 42, 0.1, 0.1, b'1', 18446744073709551615, '2024-02-29', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.5',
        1999, '-838:59:59', 'it''s ok', 'a,b', '{"a": [1, null]}', 'naïve "😀"\\n\\\\', x'00ff', 'é')`,
      'insert into kinds (id) values (1)',
    )
    await apply({ table: 'shop.kinds' }, {
      id: 'long!*', big: 'decimal(20, 0)', n: 'decimal(30, 4)', free: 'string', tiny: 'int', filled: 'long', f: 'float', g: 'double', b: 'boolean', bits: 'decimal(20, 0)', d: 'date', t: 'timestamp', z: 'timestamptz',
      y: 'int', span: 'string', e: 'string', s: 'string', j: 'string', v: 'string', raw: 'binary', l: 'string',
    })
    expect(await findingsOfRun()).toEqual([])
    const shown = 'id::varchar as id, big::varchar as big, n::varchar as n, free, tiny, filled::varchar as filled, f = 0.1::float as f, g, b, bits::varchar as bits, d::varchar as d, t::varchar as t, epoch_us(z)::varchar as z, y, span, e, s, j, v, hex(raw) as raw, l'
    expect(await rig.rows('shop.orders', `select ${shown} from shop.orders where id > 1`)).toEqual([{
      id: '9007199254740993', big: '18446744073709551615', n: '12345678901234567890123456.7891', free: '0.10000', tiny: -128, filled: '42', f: true, g: 0.1, b: true, bits: '18446744073709551615', d: '2024-02-29', t: '2024-02-29 12:34:56.789012',
      z: String(Date.UTC(2024, 1, 29, 10, 34, 56, 500) * 1000), y: 1999, span: '-838:59:59', e: "it's ok", s: 'a,b', j: '{"a": [1, null]}', v: 'naïve "😀"\n\\', raw: '00FF', l: 'é',
    }])
    expect(await rig.rows('shop.orders', 'select * from shop.orders where id = 1 and coalesce(big::varchar, n::varchar, free, f::varchar, b::varchar, bits::varchar, d::varchar, z::varchar, span, j, v, l) is null')).toHaveLength(1)
  })

  it('has dates that are none, and booleans that are small numbers, as the port says', async () => {
    await shop.sql("set sql_mode = ''", 'create table zeros (id int primary key, d date, flag tinyint(1))', "insert into zeros values (1, '0000-00-00', 1), (2, '2024-00-10', 0), (3, '2024-02-29', null)")
    await apply({ table: 'zeros', zero_dates: 'null', tiny_boolean: true }, { id: 'int!*', d: 'date', flag: 'boolean' })
    expect(await findingsOfRun()).toEqual([])
    expect(await rig.rows('shop.orders', 'select id, d::varchar as d, flag from shop.orders order by id')).toEqual([{ id: 1, d: null, flag: true }, { id: 2, d: null, flag: false }, { id: 3, d: '2024-02-29', flag: null }])
    await apply({ table: 'zeros', tiny_boolean: true }, { id: 'int!*', d: 'date', flag: 'boolean' })
    expect(await findingsOfRun()).toEqual([expect.stringContaining('the column "d" has a date with a month or a day of zero')])
    await shop.sql('update zeros set flag = 2 where id = 1')
    await apply({ table: 'zeros', zero_dates: 'null', tiny_boolean: true }, { id: 'int!*', d: 'date', flag: 'boolean' })
    expect(await findingsOfRun()).toEqual([expect.stringContaining('the column "flag" has a number that is neither 0 nor 1')])
  })

  it('brings what is beyond a cursor, nothing twice, and replaces rows by their key', async () => {
    await shop.sql('create table events (id int primary key, at bigint, what text)', "insert into events values (1, 9007199254740992, 'a'), (2, 9007199254740992, 'b')")
    await apply({ table: 'events', cursor: 'at' }, { id: 'int!*', at: 'long', what: 'string' })
    await rig.run('shop')
    // As doubles these two would be equal.
    await shop.sql("insert into events values (3, 9007199254740993, 'c'), (4, 9007199254740992, 'late, with an equal value')", "update events set what = 'new', at = 9007199254740993 where id = 2")
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select id, what from shop.orders order by id')).toEqual([{ id: 1, what: 'a' }, { id: 2, what: 'new' }, { id: 3, what: 'c' }, { id: 4, what: 'late, with an equal value' }])
    const again = await rig.run('shop')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ status: 'skipped' })
    await shop.sql("update events set what = 'mended' where id = 1")
    await rig.run('shop', { backfill: { from: '0', to: '9007199254740993' } })
    expect(await rig.rows('shop.orders', 'select what from shop.orders where id = 1')).toEqual([{ what: 'mended' }])
  })

  it('goes on by a cursor of moments', async () => {
    await shop.sql('create table moments (id int primary key, at datetime(3))', "insert into moments values (1, '2024-01-01 00:00:00.001')")
    await apply({ query: 'select id, at from moments;', cursor: 'at' }, { id: 'int!', at: 'timestamp' })
    await rig.run('shop')
    await shop.sql("insert into moments values (2, '2024-01-01 00:00:00.002')")
    await rig.run('shop')
    expect(await rig.rows('shop.orders', 'select id from shop.orders order by id')).toEqual([{ id: 1 }, { id: 2 }])
  })

  describe('that does not let itself be read', () => {
    beforeAll(async () => {
      await shop.sql('create table sales (id int primary key)', 'insert into sales values (1)')
      await apply({ table: 'sales' }, { id: 'int!*' })
      expect((await rig.run('shop')).status).toBe('succeeded')
    })

    it.each<[string, Readonly<Record<string, unknown>>, string]>([
      ['two statements', { query: 'select 1 as id; drop table sales' }, 'source-refused: shop.source was refused by'],
      ['what writes', { query: 'delete from sales returning id' }, 'source-refused: '],
      ['what closes the bracket around it', { query: "select 1 as id) as x into outfile '/tmp/tulle-outfile' -- " }, 'source-refused: '],
      ['what writes to a file', { query: "select 1 as id into outfile '/tmp/tulle-outfile'" }, 'source-refused: '],
      ['a table that is not there', { table: 'nothing' }, 'source-refused: '],
      ['a cursor that is not there', { table: 'sales', cursor: 'nothing' }, 'source-cursor-unfit: '],
      ['by a wrong password', { table: 'sales', password: { secret: 'OTHER' } }, 'source-refused: '],
      ['by a secret that is not held', { table: 'sales', password: { secret: 'MISSING' } }, 'source-secret-missing: shop.source signs in with the secret MISSING'],
      ['by a certificate that nobody vouches for', { table: 'sales', tls: 'verify' }, 'self-signed certificate'],
      ['at a host that is not listed', { table: 'sales', host: 'localhost' }, 'source-host-refused: shop.source may not reach localhost:'],
      ['with a limit', { query: "select seq as id, repeat('x', 1000000) as region from seq_1_to_70" }, 'source-limit: shop.source would draw more than the limit bytes of 67108864 bytes.'],
    ])('is refused for %s, and the last version stays', async (_, settings, finding) => {
      const before = (await rig.table('shop.orders')).metadataLocation
      await apply(settings, { id: 'int!*' })
      const findings = await findingsOfRun()
      expect(findings).toHaveLength(1)
      expect(findings[0]).toContain(finding)
      expect(before).toBeDefined()
      expect(findings[0]).not.toMatch(/wrong-password|planted-mysql/u)
      expect((await rig.table('shop.orders')).metadataLocation).toBe(before)
      await shop.sql('insert into sales values (2)', 'delete from sales where id = 2')
    })
  })
})

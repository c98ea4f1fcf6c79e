import type { GatewayRig } from './testing.ts'
import type { SqlPort } from './pg-wire/sql-port.ts'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openSqlPort } from './pg-wire/sql-port.ts'
import { gatewayRig, PASSWORD, valueOf } from './testing.ts'

let rig: GatewayRig
let port: SqlPort
let client: pg.Client

beforeAll(async () => {
  rig = await gatewayRig()
  rig.grant('bo', 'flights', { columns: ['id', 'origin'] })
  port = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => console.error(error) }))
  client = new pg.Client({ host: '127.0.0.1', port: port.port, user: 'bo', password: PASSWORD, database: 'tulle' })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await port?.close()
  await rig?.close()
})

const sqlstateOf = async (text: string): Promise<string> => {
  try {
    const { rows } = await client.query(text)
    return `answered ${JSON.stringify(rows).slice(0, 200)}`
  } catch (error) {
    return (error as pg.DatabaseError).code ?? String(error)
  }
}

// Each reaches for what `bo` was not granted, or for the machine. None may answer.
const ATTACKS: readonly (readonly [string, readonly string[]])[] = [
  ['another product', [
    'select * from passengers.passengers', 'select * from "passengers"."passengers"', 'select * from PASSENGERS.PASSENGERS', 'select count(*) from flights.flights f, passengers.passengers p',
    'select (select max(email) from passengers.passengers)', 'with p as (select * from passengers.passengers) select 1', 'select * from flights.flights where id in (select id from passengers.passengers)',
    'from passengers.passengers', 'table passengers.passengers', 'select * from (pivot passengers.passengers on name using count(*))', `select * from query('select * from passengers.passengers')`,
    `select * from query_table('passengers.passengers')`, 'select 1 union all select id from passengers.passengers', 'select * from memory.passengers.passengers', 'select * from passengers',
    'with flights as (select * from passengers.passengers) select * from flights', 'summarize passengers.passengers', 'describe passengers.passengers', 'show tables', 'select * from flights.flights semi join passengers.passengers using (id)',
  ]],
  ['a column that was not granted', [
    'select delay from flights.flights', 'select f.delay from flights.flights f', 'select max(delay) from flights.flights', 'select id from flights.flights order by delay', 'select id from flights.flights where delay > 1',
    `select columns('delay') from flights.flights`, 'select * exclude (delay) from flights.flights', 'select f.* replace (1 as delay) from flights.flights f', 'select struct_extract(f, \'delay\') from flights.flights f',
  ]],
  ['the engine', [
    'select * from duckdb_views()', 'select * from duckdb_settings()', 'select * from duckdb_secrets()', 'select * from sqlite_master', `select current_setting('memory_limit')`, `select getenv('HOME')`,
    'select stats(id) from flights.flights', `select * from pragma_storage_info('flights')`, `select json_execute_serialized_sql(json_serialize_sql('select 1'))`, `select sql_auto_complete('sel')`,
    'explain analyze select * from flights.flights', 'explain select * from duckdb_settings()', 'pragma version', `call enable_logging()`, `set memory_limit = '10GB'`, 'reset memory_limit', 'checkpoint', `load 'x'`, `install httpfs`, 'export database \'/tmp/x\'',
    'create view v as select 1', 'create macro m() as 1', 'select error(\'x\')', 'prepare p as select * from duckdb_tables()', 'vacuum', 'use memory', `attach '/tmp/x.db'`, `select nextval('s')`, 'select sleep_ms(1000)',
  ]],
  ['files', [
    `select * from read_csv('/etc/passwd')`, `select * from '/etc/passwd'`, `select * from read_text('/etc/passwd')`, `select * from read_blob('/etc/*')`, `select * from glob('/*')`, `select * from read_parquet('**/*.parquet')`,
    `copy (select 1) to '/tmp/tulle-attack'`, `copy flights.flights from '/etc/passwd'`, `copy (select * from read_text('/etc/passwd')) to stdout`, `select * from 'https://example.com/x.parquet'`, `select * from sniff_csv('/etc/passwd')`, `select * from read_duckdb('/tmp/x')`,
  ]],
  ['the parser', [
    `select ${'1+'.repeat(5000)}1`, `select ${Array.from({ length: 60_000 }, () => 'a').join('.')}`, `select '${'x'.repeat(70_000)}'`, `select j${`->'a'`.repeat(30)} from (select 1 as j)`,
    'select 1; select * from passengers.passengers', 'select * from flights.flights; drop table flights.flights', `select repeat('x', 2000000000)`, 'select /*', `select '`, 'select "', 'select $$', '\u0001', 'sel\u00a0ect 1',
  ]],
]

describe('a statement of a low-privilege user', () => {
  it.each(ATTACKS)('that reaches for %s does not answer', async (_, statements) => {
    const answers: string[] = []
    for (const text of statements) {
      const state = await sqlstateOf(text)
      if (state.startsWith('answered') || state === 'XX000' || !/^[0-9A-Z]{5}$/.test(state)) answers.push(`${text.slice(0, 100)}: ${state}`)
    }
    expect(answers).toEqual([])
  })
  it('leaves nothing on the machine, and the session works on', async () => {
    expect(existsSync('/tmp/tulle-attack')).toBe(false)
    expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
    expect((await client.query('select * from flights.flights order by id limit 1')).rows).toEqual([{ id: '0', origin: 'JFK' }])
  })
  it('runs in a process whose folder holds what was granted, and nothing else', async () => {
    const folders = (await readdir(join(rig.folder, 'engines'))).filter((name) => name.startsWith('gateway-'))
    expect(folders).toHaveLength(1)
    expect(await readdir(join(rig.folder, 'engines', folders[0] as string, 'files'))).toHaveLength(1)
  })
  it('is in the audit where it was denied', () => {
    const denied = rig.audit.lines.filter((line) => line.decision === 'deny')
    expect(denied.length).toBeGreaterThan(10)
    expect(new Set(denied.map((line) => line.subject))).toEqual(new Set(['bo']))
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'
import { addressOf, targetOf } from './address.ts'
import { migrate } from './migrate.ts'
import { MIGRATIONS } from './migrations/migrations.ts'
import { openStore } from './open-store.ts'
import type { TestPostgres } from './testing.ts'
import { testPostgres, valueOf, withClient } from './testing.ts'
import type { Connection } from './types.ts'

let rig: TestPostgres
let count = 0
beforeAll(async () => {
  rig = await testPostgres()
})
afterAll(() => rig.close())

async function freshDatabase(): Promise<Connection> {
  const database = `fresh_${count += 1}`
  await withClient(rig.postgres.connection, (client) => client.query(`create database ${database}`))
  return { ...rig.postgres.connection, database }
}
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map(renderDiagnostic).join('\n'))
const ask = (connection: Connection, text: string): Promise<unknown[][]> => withClient(connection, async (client) => (await client.query({ text, rowMode: 'array' })).rows)
const migrateOn = (connection: Connection, migrations: Parameters<typeof migrate>[1]['migrations']) =>
  withClient(connection, (client) => migrate(client, { target: { where: 'here', user: '', database: '' }, migrations }))

describe('a store', () => {
  it('opens an empty database with every table that its types name, column by column', async () => {
    const connection = await freshDatabase()
    const store = valueOf(await openStore({ connection }))
    await store.close()
    const columns = await ask(connection, `select table_name || '.' || column_name || case is_nullable when 'YES' then '?' else '' end from information_schema.columns where table_schema = 'public' and table_name <> 'migration' order by 1`)
    expect(columns.flat()).toEqual(declaredColumns())
  })

  it('takes an address as well, and a password with every character that hurts', async () => {
    const password = `a b/@:%?#&=+'"\\ü`
    await withClient(rig.postgres.connection, (client) => client.query(`create role "o'dd" superuser login password ${client.escapeLiteral(password)}`))
    const connection = { ...await freshDatabase(), user: `o'dd`, password }
    const store = valueOf(await openStore({ connection: addressOf(connection) }))
    expect((await store.db.selectFrom('mesh_state').selectAll().execute())).toEqual([{ one: true, generation: '0', mesh: null }])
    await store.close()
  })

  it('is opened by many at once, and migrated by one of them', async () => {
    const connection = await freshDatabase()
    const stores = await Promise.all(Array.from({ length: 6 }, async () => valueOf(await openStore({ connection, poolSize: 1 }))))
    await Promise.all(stores.map((store) => store.close()))
    expect(await ask(connection, 'select number, name from migration order by number')).toEqual(MIGRATIONS.map((m) => [m.number, m.name]))
  })

  it('works on after the server was restarted under it', async () => {
    await using own = await testPostgres()
    const store = valueOf(await openStore({ connection: own.postgres.connection }))
    await store.db.selectFrom('mesh_state').select('generation').execute()
    process.kill(own.postgres.pid, 'SIGKILL')
    await expect.poll(() => store.db.selectFrom('mesh_state').select('generation').execute().catch(() => 'away'), { timeout: 10_000 }).toEqual([{ generation: '0' }])
    await store.close()
  })
})

describe('a migration', () => {
  const one = { number: 1, name: 'one', statements: 'create table one ()' }
  const broken = { number: 2, name: 'broken', statements: 'create table two (); create table one ()' }

  it('is applied once', async () => {
    const connection = await freshDatabase()
    expect([valueOf(await migrateOn(connection, [one])), valueOf(await migrateOn(connection, [one]))]).toEqual([[1], []])
  })

  it('that fails leaves nothing of itself, and everything of those before it', async () => {
    const connection = await freshDatabase()
    await expect(migrateOn(connection, [one, broken])).rejects.toThrow('relation "one" already exists')
    expect(await ask(connection, `select number, to_regclass('two') from migration`)).toEqual([[1, null]])
  })

  it('from the future makes the database refuse this Tulle', async () => {
    const connection = await freshDatabase()
    valueOf(await migrateOn(connection, [...MIGRATIONS, { number: 999, name: 'future', statements: 'select 1' }]))
    expect(words(await openStore({ connection }))).toBe(
      `❌ database-newer: The database was written by a newer Tulle: it has migration 999, this Tulle knows ${MIGRATIONS.at(-1)?.number}.\n    Help: Start the newer Tulle. A database is never migrated backwards.`,
    )
  })

  it('has a number of its own, higher than those before it', () => {
    const numbers = MIGRATIONS.map((m) => m.number)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })
})

describe('DATABASE_URL', () => {
  const secret = 's3cr3t-word'
  const REFUSED: readonly [why: string, address: () => string | Promise<string>, message: () => string][] = [
    ['that is no address', () => `hello ${secret}`, () => 'database-address-invalid: DATABASE_URL is not an address of a PostgreSQL database.'],
    ['of another database', () => `mysql://u:${secret}@localhost/db`, () => 'database-address-invalid: DATABASE_URL is not an address of a PostgreSQL database.'],
    ['with a broken escape', () => `postgresql://u:${secret}@localhost/d%zz`, () => 'database-address-invalid: DATABASE_URL is not an address of a PostgreSQL database.'],
    ['where nothing listens', () => `postgresql://u:${secret}@127.0.0.1:1/db`, () => 'database-unreachable: The database at 127.0.0.1:1 does not answer (nothing listens there).'],
    ['with an unknown host', () => `postgresql://u:${secret}@nowhere.invalid/db`, () => 'database-unreachable: The database at nowhere.invalid:5432 does not answer ('],
    ['with a socket that is not there', () => `postgresql://u:${secret}@localhost/db?host=/nowhere`, () => 'database-unreachable: The database at /nowhere does not answer (its socket does not exist).'],
    ['with a wrong password', () => addressOf({ ...rig.postgres.connection, password: secret }), () => `database-sign-in-refused: The database at ${rig.postgres.connection.host} refuses the user "tulle".`],
    ['with an unknown user', () => addressOf({ ...rig.postgres.connection, user: 'nemo', password: secret }), () => `database-sign-in-refused: The database at ${rig.postgres.connection.host} refuses the user "nemo".`],
    ['with an unknown database', () => addressOf({ ...rig.postgres.connection, database: 'nix' }), () => `database-missing: There is no database "nix" at ${rig.postgres.connection.host}.`],
    ['of a user who may create nothing', () => poorUser(secret), () => `database-refused: The database at ${rig.postgres.connection.host} refused (42501): permission denied for schema public.`],
    ['of an old server', () => oldServer(secret), () => 'is PostgreSQL 13.14; Tulle needs 14 or newer.'],
  ]
  it.each(REFUSED)('%s is a sentence without its password', async (_why, address, message) => {
    const text = words(await openStore({ connection: await address() }))
    expect(text).toContain(message())
    expect(text).toContain('Help: ')
    expect(text).not.toContain(secret)
    expect(text).not.toContain(rig.postgres.connection.password)
  })

  it('names what may be shown of it', () => {
    expect(valueOf(targetOf('postgres://ada:word@[::1]:6000/mesh'))).toMatchObject({ where: '[::1]:6000', user: 'ada', database: 'mesh' })
    expect(valueOf(targetOf('postgresql://ada@/mesh?host=%2Frun%2Fpg'))).toMatchObject({ where: '/run/pg', user: 'ada', database: 'mesh' })
  })

  async function poorUser(password: string): Promise<string> {
    const connection = await freshDatabase()
    await withClient(connection, (client) => client.query(`create role poor login password '${password}'`))
    return addressOf({ ...connection, user: 'poor', password })
  }
})

/** Speaks just enough of the protocol to say that it is PostgreSQL 13. */
async function oldServer(password: string): Promise<string> {
  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5)
    head.write(type)
    head.writeInt32BE(body.length + 4, 1)
    return Buffer.concat([head, body])
  }
  const int16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
  const int32 = (n: number): Buffer => Buffer.concat([int16(n >>> 16), int16(n & 0xffff)])
  const field = (name: string, oid: number): Buffer => Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(oid), int16(-1), int32(-1), int16(0)])
  const value = (text: string): Buffer => Buffer.concat([int32(text.length), Buffer.from(text)])
  const ready = message('Z', Buffer.from('I'))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    let greeted = false
    socket.on('data', (chunk) => {
      if (!greeted) {
        greeted = true
        socket.write(Buffer.concat([message('R', int32(0)), ready]))
      } else if (chunk[0] === 'Q'.charCodeAt(0)) {
        const row = Buffer.concat([int16(2), value('130014'), value('13.14')])
        socket.write(Buffer.concat([message('T', Buffer.concat([int16(2), field('number', 23), field('text', 25)])), message('D', row), message('C', Buffer.from('SELECT 1\0')), ready]))
      } else socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  server.unref()
  return `postgresql://u:${password}@127.0.0.1:${(server.address() as AddressInfo).port}/db`
}

/** What the files of the schema say, in the words of the catalogue: `table.column`, with `?` where null is possible. */
function declaredColumns(): readonly string[] {
  const text = readdirSync(import.meta.dirname).filter((name) => /^schema(?:-\w+)?\.ts$/u.test(name)).map((name) => readFileSync(join(import.meta.dirname, name), 'utf8')).join('\n').replace(/\/\*\*.*?\*\//gsu, '')
  const interfaces = new Map([...text.matchAll(/interface (\w+)(?: extends ([\w, ]+))? \{(.*?)\}/gsu)].map(([, name, above = '', body = '']) => [name, { above: above.split(', '), body }]))
  const fields = (name: string): readonly (readonly [string, string])[] => {
    const { above = [], body = '' } = interfaces.get(name) ?? {}
    return [...above.flatMap((one) => fields(one)), ...[...body.matchAll(/(\w+): ([^\n;]+)/gu)].map(([, field = '', type = '']) => [field, type] as const)]
  }
  return fields('Database')
    .flatMap(([table, type]) => fields(type.trim()).map(([column, kind]) => `${table}.${column}${kind.includes('| null') || (table === 'outbox' && column === 'seq') ? '?' : ''}`))
    .toSorted()
}

describe('a pool', () => {
  it('reads 64-bit numbers as text, times as dates and JSON as values', async () => {
    const store = valueOf(await openStore({ connection: await freshDatabase() }))
    const { rows } = await store.pool.query(`select 9007199254740993::bigint as big, '2026-01-01T00:00:00Z'::timestamptz as at, '{"a": [1]}'::jsonb as value`)
    expect(rows).toEqual([{ big: '9007199254740993', at: new Date('2026-01-01T00:00:00Z'), value: { a: [1] } }])
    expect(store.pool).toBeInstanceOf(pg.Pool)
    await store.close()
  })
})

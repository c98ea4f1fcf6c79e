import type { SqlPort } from './sql-port.ts'
import type { GatewayRig } from '../testing.ts'
import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { gatewayRig, PASSWORD, valueOf } from '../testing.ts'
import { readOrMakeTls } from '../tls.ts'
import { openSqlPort } from './sql-port.ts'

let rig: GatewayRig
let port: SqlPort
let caPath: string

beforeAll(async () => {
  rig = await gatewayRig()
  for (const product of ['flights', 'passengers']) rig.grant('ana', product)
  rig.grant('bo', 'flights')
  rig.grant('cy', 'flights', { purposes: ['support'] })
  const tls = valueOf(await readOrMakeTls({ folder: await mkdtemp(join(tmpdir(), 'tulle-tls-')), hosts: ['127.0.0.1', 'localhost'], now: Date.now() }))
  caPath = tls.caPath
  port = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, tls, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => console.error(error) }))
})
afterAll(async () => {
  await port?.close()
  await rig?.close()
})

const connect = async (user: string, more: pg.ClientConfig = {}): Promise<pg.Client> => {
  const client = new pg.Client({ host: '127.0.0.1', port: port.port, user, password: PASSWORD, database: 'tulle', ...more })
  client.on('error', () => {})
  await client.connect()
  return client
}
const withClient = async <T>(user: string, work: (client: pg.Client) => Promise<T>, more: pg.ClientConfig = {}): Promise<T> => {
  const client = await connect(user, more)
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
/** What a statement is refused with, as `SQLSTATE message`. */
const refusal = async (client: pg.Client, text: string, values?: unknown[]): Promise<string> => {
  try {
    await client.query(text, values)
    return 'answered'
  } catch (error) {
    const { code, message } = error as pg.DatabaseError
    return `${code} ${message}`
  }
}

describe('signing in', () => {
  it('takes the right password and no other', async () => {
    expect(await withClient('ana', async (client) => (await client.query('select 1 as one')).rows)).toEqual([{ one: 1 }])
    await expect(connect('ana', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01', message: 'password authentication failed for user "ana"' })
  })
  it('tells an unknown user nothing else than a wrong password', async () => {
    await expect(connect('nobody')).rejects.toMatchObject({ code: '28P01', message: 'password authentication failed for user "nobody"' })
  })
  it('encrypts with a certificate that its own CA signed', async () => {
    const { readFile } = await import('node:fs/promises')
    const ca = await readFile(caPath, 'utf8')
    expect(await withClient('ana', async (client) => (await client.query('select 1 as one')).rows, { ssl: { ca, rejectUnauthorized: true } })).toEqual([{ one: 1 }])
  })
  it('knows one database', async () => {
    await expect(connect('ana', { database: 'other' })).rejects.toMatchObject({ code: '3D000' })
  })
  it('takes the purpose from the options', async () => {
    await withClient('cy', async (client) => {
      expect((await client.query('show tulle.purpose')).rows).toEqual([{ 'tulle.purpose': 'support' }])
      expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
    }, { options: '-c tulle.purpose=support' })
    await expect(connect('cy', { options: '-c tulle.purpose=fraud' })).rejects.toMatchObject({ code: '22023', message: 'The purpose "fraud" is not open to you. Open to you: analysis, support.' })
  })
})

describe('the purpose', () => {
  const shown = async (client: pg.Client): Promise<unknown> => (await client.query('show tulle.purpose')).rows[0]?.['tulle.purpose']

  it.each<[string, string, pg.ClientConfig]>([
    ['behind the user name', 'cy+support', {}],
    ['in the options', 'cy', { options: '-c tulle.purpose=support' }],
    ['in the options, written as one word', 'cy', { options: '--tulle.purpose=support' }],
    ['in both, alike', 'cy+support', { options: '-c tulle.purpose=support' }],
  ])('stands %s', (_, user, more) => withClient(user, async (client) => {
    expect(await shown(client)).toBe('support')
    expect((await client.query('show session_authorization')).rows).toEqual([{ session_authorization: 'cy' }])
    expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
  }, more))
  it('must be one that is open', async () => {
    await expect(connect('cy+fraud')).rejects.toMatchObject({ code: '22023', message: 'The purpose "fraud" is not open to you. Open to you: analysis, support.' })
    await expect(connect('cy+analysis', { options: '-c tulle.purpose=support' })).rejects.toMatchObject({ code: '22023', message: 'Two purposes are named: "analysis" and "support".' })
  })
  it('tells nothing before the password', async () => {
    await expect(connect('cy+fraud', { password: 'wrong' })).rejects.toMatchObject({ code: '28P01', message: 'password authentication failed for user "cy+fraud"' })
  })
  it('needs not be named where there is one', async () => {
    await withClient('bo', async (client) => expect(await shown(client)).toBe('analysis'))
    await withClient('admin', async (client) => {
      expect(await shown(client)).toBe('')
      rig.grant('admin', 'flights', { purposes: ['audit'] })
      await client.query('select 1')
      expect(await shown(client)).toBe('audit')
      expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
      rig.revoke('admin', 'flights')
    })
  })
  it('is denied with the list where one is needed and none was named', () => withClient('cy', async (client) => {
    expect(await refusal(client, 'select * from flights.flights')).toBe('42501 Reading flights.flights needs a purpose. Open to you: support.')
  }))
  it('of an open cursor is the one that it was opened for, whatever the session is for by now', () => withClient('cy+support', async (client) => {
    await client.query('begin')
    await client.query('declare a cursor for select id from flights.flights order by id')
    expect((await client.query('fetch 1 from a')).rows).toEqual([{ id: '0' }])
    await client.query(`set tulle.purpose = 'analysis'`)
    expect((await client.query('fetch 1 from a')).rows).toEqual([{ id: '1' }])
    rig.audit.lines.length = 0
    await client.query('close a')
    expect(rig.audit.lines.map((line) => line.purpose)).toEqual(['support'])
    expect(await refusal(client, 'select id from flights.flights')).toMatch(/^42501 .*support/)
    await client.query('rollback')
    expect(await shown(client)).toBe('support')
  }))
  it('is that of the beginning again for the next client of a pool', () => withClient('cy+support', async (client) => {
    await client.query(`set tulle.purpose = 'analysis'`)
    expect(await shown(client)).toBe('analysis')
    await client.query('discard all')
    expect(await shown(client)).toBe('support')
  }))
})

describe('a governed query', () => {
  it('answers types as PostgreSQL prints them', async () => {
    const { rows, fields } = await withClient('ana', (client) => client.query('select * from passengers.passengers order by id limit 1'))
    expect(rows).toEqual([{ id: 0, name: 'name 0', email: 'p0@example.com', born: new Date(1970, 0, 1), paid: '0.00' }])
    expect(fields.map((f) => [f.name, f.dataTypeID])).toEqual([['id', 23], ['name', 25], ['email', 25], ['born', 1082], ['paid', 1700]])
  })
  it('takes parameters as text', async () => {
    const { rows } = await withClient('ana', (client) => client.query('select id, name from passengers.passengers where id = $1 or name = $2 or born = $3 order by id', ['3', 'name 5', '1970-01-08']))
    expect(rows).toEqual([{ id: 3, name: 'name 3' }, { id: 5, name: 'name 5' }, { id: 7, name: 'name 7' }])
  })
  it.each<[string, unknown[], unknown]>([
    ['select $1 as x', ['a'], 'a'],
    [`select 'a' || $1 as x`, ['b'], 'ab'],
    ['select $1::int + $2::int as x', ['1', 2], 3],
    ['select $1::int[] as x', [[1, 2, 3]], [1, 2, 3]],
    ['select $1::text[] as x', [['a b', `it's`, null, '"q"']], ['a b', `it's`, null, '"q"']],
    ['select count(*)::int as x from passengers.passengers where id in ($1, $2)', [1, '2'], 2],
    ['select count(*)::int as x from passengers.passengers where list_contains($1::int[], id)', [[1, 2, 3]], 3],
    ['select $1::bool as x', [true], true],
    ['select count(*)::int as x from passengers.passengers where id = any($1)', [[1, 2, 99]], 2],
    ['select count(*)::int as x from passengers.passengers p where p.born = any($1)', [['1970-01-02', '1970-01-03']], 2],
    ['select count(*)::int as x from passengers.passengers where name <> all($1)', [['name 1', 'name 2']], 18],
    [`select count(*)::int as x from passengers.passengers where id = any('{5,9}')`, [], 2],
    [`select count(*)::int as x from passengers.passengers where name = any('{"name 5",x}')`, [], 1],
    ['select round(paid, $1)::text as x from passengers.passengers where id = 1', [1], '1.3'],
    ['select round(paid, $1) as x from passengers.passengers where id = 1', [1], '1.3'],
    ['select round(paid, $1::int2) as x from passengers.passengers where id = 1', [0], '1'],
    ['select (paid + $1)::text as x from passengers.passengers where id = 1', ['0.5'], '1.75'],
    ['select substring(name, $1, $2) as x from passengers.passengers where id = 1', [1, 4], 'name'],
    ['select $1::timestamp as x', ['2001-02-03 04:05:06'], new Date(2001, 1, 3, 4, 5, 6)],
  ])('%s with %j', async (text, values, expected) => {
    expect(await withClient('ana', async (client) => (await client.query(text, values)).rows)).toEqual([{ x: expected }])
  })
  it('is denied without a grant, with the reason and the way to one', async () => {
    await withClient('bo', async (client) => {
      const error = await client.query('select * from passengers.passengers').catch((e: unknown) => e)
      expect(error).toMatchObject({ code: '42501', hint: 'Ask for it: tulle access request passengers --purpose analysis --because "<why>"' })
    })
  })
  it('needs a purpose where the grant names one', async () => {
    await withClient('cy', async (client) => {
      expect(await refusal(client, 'select * from flights.flights')).toBe('42501 Reading flights.flights needs a purpose. Open to you: support.')
      await client.query(`set tulle.purpose = 'support'`)
      expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
    })
  })
  it('does not find a table that does not exist, and names the one that was meant', async () => {
    await withClient('bo', async (client) => {
      expect(await refusal(client, 'select * from flights.flight')).toBe('42P01 There is no table flights.flight. Did you mean "flights.flights"?')
      expect(await refusal(client, 'select * from passengers.nothing')).toBe('42P01 There is no table passengers.nothing.')
    })
  })
  it('leaves an audit line with columns and rows but no literal', async () => {
    rig.audit.lines.length = 0
    await withClient('ana', (client) => client.query(`select count(*) from passengers.passengers where email = 'secret@example.com'`))
    const line = rig.audit.lines.find((l) => l.port === 'sql')
    expect(line).toMatchObject({ subject: 'ana', purpose: 'analysis', decision: 'allow', rows: 1, outcome: 'ok', reads: [{ product: 'passengers', dataSet: 'passengers', columns: ['id', 'name', 'email', 'born', 'paid'] }] })
    expect(JSON.stringify(rig.audit.lines)).not.toContain('secret@')
  })
  it('answers several statements of one text, and stops at the first that fails', async () => {
    await withClient('ana', async (client) => {
      const results = (await client.query('select 1 as a; select 2 as b')) as unknown as pg.QueryResult[]
      expect(results.map((r) => r.rows)).toEqual([[{ a: 1 }], [{ b: 2 }]])
      expect(await refusal(client, 'select 1; select nope; select 2')).toMatch(/^42703/)
    })
  })
})

describe('rights in open sessions', () => {
  it('a revoked grant stops a prepared statement and an open cursor at once', async () => {
    rig.grant('owner', 'flights', { purposes: ['operations'] })
    await withClient('bo', async (client) => {
      await client.query('begin')
      await client.query('declare c cursor for select * from flights.flights')
      expect((await client.query('fetch 10 from c')).rows).toHaveLength(10)
      rig.revoke('bo', 'flights')
      expect(await refusal(client, 'fetch 10 from c')).toMatch(/^42501/)
      await client.query('rollback')
      expect(await refusal(client, 'select * from flights.flights')).toMatch(/^42501/)
      rig.grant('bo', 'flights')
      expect((await client.query('select count(*) as n from flights.flights')).rows).toEqual([{ n: '1000' }])
    })
  })
  it('a new snapshot is seen by the next statement', async () => {
    await withClient('ana', async (client) => {
      await rig.publish('passengers', 'passengers', `select 1::int as id, 'new' as name, null::varchar as email, null::date as born, null::decimal(9,2) as paid`)
      expect((await client.query('select id, name from passengers.passengers')).rows).toEqual([{ id: 1, name: 'new' }])
    })
  })
})

describe('transactions that read', () => {
  it('a failed one takes nothing but its end', async () => {
    await withClient('ana', async (client) => {
      await client.query('begin')
      expect(await refusal(client, 'select nope')).toMatch(/^42703/)
      expect(await refusal(client, 'select 1')).toBe('25P02 current transaction is aborted, commands ignored until end of transaction block')
      expect((await client.query('commit')).command).toBe('ROLLBACK')
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    })
  })
  it('savepoints bring it back', async () => {
    await withClient('ana', async (client) => {
      await client.query('begin; savepoint s')
      expect(await refusal(client, 'select nope')).toMatch(/^42703/)
      await client.query('rollback to s')
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      expect((await client.query('commit')).command).toBe('COMMIT')
    })
  })
  it.each([
    ['insert into flights.flights values (1)', '25006 cannot execute INSERT in a read-only transaction'],
    ['create table t (a int)', '25006 cannot execute CREATE in a read-only transaction'],
    ['attach \'x\'', '0A000 ATTACH is not offered on this port.'],
    ['set memory_limit = \'1GB\'', '42704 unrecognized configuration parameter "memory_limit".'],
  ])('%s is refused', async (text, expected) => {
    await withClient('ana', async (client) => expect(await refusal(client, text)).toBe(expected))
  })
})

describe('cursors and portals', () => {
  it('several are read in turns', async () => {
    await withClient('ana', async (client) => {
      await client.query('begin')
      await client.query('declare a cursor for select id from flights.flights order by id')
      await client.query('declare b no scroll cursor for select id from flights.flights order by id desc')
      const ids = async (text: string): Promise<string[]> => (await client.query(text)).rows.map((r: { id: string }) => r.id)
      expect(await ids('fetch 2 from a')).toEqual(['0', '1'])
      expect(await ids('fetch forward 2 in b')).toEqual(['999', '998'])
      expect(await ids('fetch a')).toEqual(['2'])
      expect((await client.query('move 995 in a')).rowCount).toBe(995)
      expect(await ids('fetch all a')).toEqual(['998', '999'])
      expect(await ids('fetch 5 from a')).toEqual([])
      expect(await refusal(client, 'fetch prior from b')).toMatch(/^55000/)
      await client.query('rollback')
      expect(await refusal(client, 'fetch a')).toMatch(/^34000/)
    })
  })
})

describe('settings of the session', () => {
  it.each([
    ['show server_version', 'server_version', '15.18 (Tulle)'],
    ['show TimeZone', 'TimeZone', 'UTC'],
    ['set application_name to \'x\'; show application_name', 'application_name', 'x'],
    ['set search_path = flights, "public"; show search_path', 'search_path', 'flights, public'],
    ['set statement_timeout = \'5s\'; show statement_timeout', 'statement_timeout', '5s'],
  ])('%s', async (text, name, value) => {
    await withClient('ana', async (client) => {
      const results = [(await client.query(text)) as unknown as pg.QueryResult | pg.QueryResult[]].flat()
      expect(results.at(-1)?.rows).toEqual([{ [name]: value }])
    })
  })
  it('SET LOCAL ends with its transaction, and SET with one that rolls back', async () => {
    await withClient('ana', async (client) => {
      const shown = async (): Promise<unknown> => (await client.query('show application_name')).rows[0]
      await client.query(`set application_name = 'a'; begin; set local application_name = 'b'`)
      expect(await shown()).toEqual({ application_name: 'b' })
      await client.query('commit')
      expect(await shown()).toEqual({ application_name: 'a' })
      await client.query(`begin; set application_name = 'c'; rollback`)
      expect(await shown()).toEqual({ application_name: 'a' })
    })
  })
  it('a statement that runs too long ends with 57014 and the session goes on', async () => {
    await withClient('ana', async (client) => {
      await client.query('set statement_timeout = 200')
      expect(await refusal(client, 'select count(*) from range(100000000000) a(i) where i % 7 = 3')).toBe('57014 canceling statement due to statement timeout')
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    })
  })
})

const psql = await promisify(execFile)('psql', ['--version']).then(() => true, () => false)
if (!psql) console.warn('psql is not installed: its tests are skipped')

describe.skipIf(!psql)('psql', () => {
  const run = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await promisify(execFile)('psql', ['-X', '-A', '-t', ...args], {
      env: { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port.port), PGUSER: 'ana', PGPASSWORD: PASSWORD, PGDATABASE: 'tulle', PGSSLMODE: 'verify-full', PGSSLROOTCERT: caPath },
    })
    return stdout + stderr
  }
  it('reads over an encrypted connection', async () => {
    expect(await run('-c', 'select origin, avg(delay)::int from flights.flights group by 1 order by 1')).toBe('JFK|50\nLAX|49\nSFO|50\n')
  })
  it('names a purpose by PGOPTIONS and behind the user name', async () => {
    const cy = async (env: Record<string, string>): Promise<string> => (await promisify(execFile)('psql', ['-X', '-A', '-t', '-c', 'select count(*) from flights.flights'], {
      env: { ...process.env, PGHOST: '127.0.0.1', PGPORT: String(port.port), PGPASSWORD: PASSWORD, PGDATABASE: 'tulle', ...env },
    })).stdout
    expect(await cy({ PGUSER: 'cy', PGOPTIONS: '-c tulle.purpose=support' })).toBe('1000\n')
    expect(await cy({ PGUSER: 'cy+support' })).toBe('1000\n')
  })
  it('reads with a fetch size', async () => {
    expect((await run('-v', 'FETCH_COUNT=100', '-c', 'select id from flights.flights order by id')).split('\n')).toHaveLength(1001)
  })
})

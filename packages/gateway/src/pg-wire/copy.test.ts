// COPY … TO STDOUT, PREPARE and EXPLAIN by real sockets. What a copy looks like is asked of a real PostgreSQL.

import { testPostgres } from '@tulle/store/testing'
import type { TestPostgres } from '@tulle/store/testing'
import { afterAll, beforeAll, describe as group, expect, it } from 'vitest'
import type { GatewayRig, TestTable } from '../testing.ts'
import { column, gatewayRig, PASSWORD, TABLES, valueOf } from '../testing.ts'
import type { RawClient, Reply } from './raw-client.ts'
import { bind, describe, errorOf, execute, parse, query, rawClient, sync } from './raw-client.ts'
import { openSqlPort } from './sql-port.ts'
import type { SqlPort } from './sql-port.ts'

// Everything that a format has to take care of, in one table that both sides can make.
const TEXTS = ['plain', '', '\\N', '\\.', 'tab\there', 'line\nbreak', 'cr\rhere', 'back\\slash', 'quote"d', "it's", ',;|', 'é €', ' a ', 'null', '\u0001\u0008\u000b\u000c', '{1,2}']
const escaped = (text: string): string => `'${text.replaceAll("'", "''")}'`
const VALUES = [...TEXTS.map(escaped), 'null'].map((text, i) => `(${i + 1}, ${text}, ${i % 3 === 0 ? 'null' : `${i}.25`}, date '2001-01-01' + ${i}, ${i % 2 === 0}, '{"a": ${i}}', ${i % 4 === 0 ? 'null' : `-${i}.5`})`).join(', ')
const ODD: TestTable = {
  product: 'odd',
  dataSet: {
    name: 'odd',
    columns: [column('id', 'int', 1), column('note', 'string', 2), column('price', 'decimal(9, 2)', 3), column('day', 'date', 4), column('flag', 'boolean', 5), column('doc', 'string', 6), column('ratio', 'double', 7)],
  },
  query: `select id::int as id, note::varchar as note, price::decimal(9,2) as price, day::date as day, flag::boolean as flag, doc::varchar as doc, ratio::double as ratio from (values ${VALUES}) v(id, note, price, day, flag, doc, ratio)`,
}

let rig: GatewayRig
let port: SqlPort
let postgres: TestPostgres
beforeAll(async () => {
  rig = await gatewayRig({ tables: [...TABLES, ODD] })
  for (const product of ['flights', 'passengers', 'odd']) rig.grant('ana', product)
  rig.grant('bo', 'passengers', { columns: ['id', 'name'] })
  port = valueOf(await openSqlPort({
    host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => console.error(error),
  }))
  postgres = await testPostgres()
}, 60_000)
afterAll(async () => {
  await port?.close()
  await rig?.close()
  await postgres?.close()
})

const withRaw = async <T>(work: (client: RawClient) => Promise<T>, user = 'ana', parameters: Record<string, string> = {}): Promise<T> => {
  const client = await rawClient({ port: port.port, user, password: PASSWORD, parameters })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
const asked = (text: string, user = 'ana'): Promise<readonly Reply[]> => withRaw((client) => {
  client.send(query(text))
  return client.replies()
}, user)
const kinds = (replies: readonly Reply[]): string => replies.map((reply) => reply.type).join('').replace(/(?<=d)d+/g, '+')
const told = (replies: readonly Reply[]): string | undefined => replies.filter((reply) => reply.type === 'E').map(errorOf)[0]
const copied = (replies: readonly Reply[]): string => Buffer.concat(replies.filter((reply) => reply.type === 'd').map(({ body }) => body)).toString('utf8')
const messagesOf = (replies: readonly Reply[]): string[] => replies.filter((reply) => reply.type === 'd').map(({ body }) => body.toString('hex'))
const tag = (replies: readonly Reply[]): string | undefined => replies.find((reply) => reply.type === 'C')?.body.toString().replace('\0', '')
const lines = (replies: readonly Reply[]): string[] => replies.filter((reply) => reply.type === 'D').map(({ body }) => body.subarray(6).toString())

group('COPY … TO STDOUT', () => {
  it('sends a line for each row', async () => {
    const replies = await asked('copy (select id, origin from flights.flights order by id limit 2) to stdout')
    expect([kinds(replies), copied(replies), tag(replies)]).toEqual(['Hd+cCZ', '0\tJFK\n1\tLAX\n', 'COPY 2'])
  })
  it('sends a table, or some of its columns', async () => {
    const whole = await asked('COPY flights.flights TO STDOUT (FORMAT csv, HEADER)')
    expect([copied(whole).split('\n').length, copied(whole).split('\n')[0], tag(whole)]).toEqual([1002, 'id,origin,delay,date', 'COPY 1000'])
    expect(copied(await asked('copy flights (delay, "id") to stdout csv header')).split('\n').slice(0, 1)).toEqual(['delay,id'])
  })
  it('sends what the asker may see, and nothing else', async () => {
    expect(copied(await asked('copy passengers.passengers to stdout csv header', 'bo')).split('\n').slice(0, 2)).toEqual(['id,name', '0,name 0'])
    expect(told(await asked('copy passengers.passengers (id, email) to stdout', 'bo'))).toMatch(/^ERROR 42703/)
    expect(told(await asked('copy flights.flights to stdout', 'bo'))).toMatch(/^ERROR 42501/)
  })
  it('ends where the right does, in its middle', async () => {
    rig.grant('cy', 'flights')
    await withRaw(async (client) => {
      client.send(query('copy (select a.id, b.origin from flights.flights a, flights.flights b, range(20)) to stdout'))
      await client.replies('H')
      client.socket.pause()
      await new Promise((resolve) => setTimeout(resolve, 300))
      rig.revoke('cy', 'flights')
      client.socket.resume()
      const replies = await client.replies()
      expect([kinds(replies), told(replies)?.slice(0, 11)]).toEqual(['d+EZ', 'ERROR 42501'])
    }, 'cy', { options: '-c tulle.purpose=analysis' })
  })
  it('is cancelled like any statement, and the session goes on', () => withRaw(async (client) => {
    client.send(query('set statement_timeout = 200'))
    await client.replies()
    client.send(query('copy (select i from range(100000000000) r(i)) to stdout'))
    const replies = await client.replies()
    expect([kinds(replies), told(replies)]).toEqual(['Hd+EZ', 'ERROR 57014 canceling statement due to statement timeout'])
    client.send(query('select 1'))
    expect(kinds(await client.replies())).toBe('TDCZ')
  }))
  it('is one of the extended protocol too', () => withRaw(async (client) => {
    client.send(parse('', 'copy (select 1 as a) to stdout'), bind({}), describe('P'), execute('', 1), sync())
    const replies = await client.replies()
    expect([kinds(replies), tag(replies)]).toEqual(['12nHdcCZ', 'COPY 1'])
    client.send(parse('', 'copy (select $1::int) to stdout'), sync())
    expect(told(await client.replies())).toBe('ERROR 42P02 there is no parameter $1')
  }))
  it('copies what SHOW and the catalogue cannot say through the engine', async () => {
    expect(copied(await asked(`copy (values (1, 'a'), (2, null)) to stdout (format csv, null 'none')`))).toBe('1,a\n2,none\n')
  })
  it.each<[string, string]>([
    ['copy flights.flights from stdin', '25006 cannot execute COPY FROM in a read-only transaction'],
    [`copy flights.flights from '/etc/passwd'`, '25006 cannot execute COPY FROM in a read-only transaction'],
    [`copy flights.flights to '/tmp/x'`, '42501 permission denied to COPY to a file'],
    [`copy (select 1) to program 'id'`, '42501 permission denied to COPY to an external program'],
    ['copy (insert into flights.flights values (1)) to stdout', '25006 cannot execute INSERT in a read-only transaction'],
    ['copy (show all) to stdout', '42601 syntax error at or near "show"'],
    ['copy (copy flights.flights to stdout) to stdout', '42601 syntax error at or near "copy"'],
    ['copy flights.nothing to stdout', '42P01 There is no table flights.nothing.'],
    ['copy flights.flights to stdout (format parquet)', '22023 COPY format "parquet" not recognized'],
    ['copy flights.flights to stdout (freeze)', '0A000 COPY FREEZE cannot be used with COPY TO'],
    ['copy flights.flights to stdout (compression gzip)', '42601 option "compression" not recognized'],
    [`copy flights.flights to stdout (format csv, format csv)`, '42601 conflicting or redundant options'],
    [`copy flights.flights to stdout (format csv, encoding 'latin1')`, '22023 argument to option "encoding" must be a valid encoding name'],
    [`copy flights.flights to stdout (format csv, force_quote (nope))`, '42703 column "nope" does not exist'],
    [`copy flights.flights to stdout csv quote 'ab'`, '0A000 COPY quote must be a single one-byte character'],
    [`copy flights.flights to stdout delimiter 'é'`, '0A000 COPY delimiter must be a single one-byte character'],
    [`copy flights.flights to stdout delimiter 'a'`, '22023 COPY delimiter cannot be "a"'],
    [`copy flights.flights to stdout binary header`, '42601 cannot specify HEADER in BINARY mode'],
    [`copy flights.flights to stdout (header match)`, '0A000 cannot use "match" with HEADER in COPY TO'],
    ['copy flights.flights to', '42601 syntax error at end of input'],
    ['copy (select 1) to stdout nonsense', '42601 syntax error at or near "nonsense"'],
  ])('%s is refused', async (text, expected) => {
    const replies = await asked(text)
    expect([kinds(replies), told(replies)]).toEqual(['EZ', `ERROR ${expected}`])
  })
  it('says where in the whole text something is wrong', async () => {
    const [error] = await asked('copy (\n  select nope from flights.flights) to stdout')
    expect(error?.body.toString()).toContain('\0P17\0')
  })

  // PostgreSQL has no header in text before 15 and writes `\.` alone in other ways before 18; the oracle is an 18.
  it.each([
    '', '(format text)', '(header)', `(delimiter ',')`, `(delimiter '-')`, `(null 'nil', delimiter '|')`, `(delimiter E'\\x01')`,
    '(format csv)', '(format csv, header)', `(format csv, delimiter ';', null 'NULL')`, `(format csv, quote '''')`, `(format csv, escape '\\')`, `(format csv, force_quote *)`,
    '(format csv, force_quote (note, id))', `(format csv, delimiter '-')`, `(format csv, null '1')`, `(format csv, delimiter '1', null 'x')`, `csv header delimiter ';' null as 'none' quote as '|' force quote doc`,
    `(format csv, quote '.')`, 'binary', '(format binary)',
  ])('%s is written as PostgreSQL writes it, byte for byte and message for message', async (options) => {
    for (const columns of ['*', 'note', 'price, ratio', 'id, day, flag']) {
      const ours = await asked(`copy (select ${columns} from odd.odd order by id) to stdout ${options}`)
      const theirs = await withOracle(`copy (select ${columns} from odd order by id) to stdout ${options}`)
      expect(told(ours)).toBe(told(theirs))
      expect([messagesOf(ours), tag(ours), ours.find((r) => r.type === 'H')?.body.toString('hex')]).toEqual([messagesOf(theirs), tag(theirs), theirs.find((r) => r.type === 'H')?.body.toString('hex')])
    }
  })
})

async function withOracle(text: string): Promise<readonly Reply[]> {
  const { host: folder, user, password, port: oracle, database } = postgres.postgres.connection
  const client = await rawClient({ port: oracle, folder, user, password, parameters: { database } })
  try {
    client.send(query(`set client_min_messages = error; create temp table odd as select id::int, note::text, price::numeric(9,2), day::date, flag::bool, doc::text, ratio::float8 from (values ${VALUES}) v(id, note, price, day, flag, doc, ratio)`))
    await client.replies()
    client.send(query(text))
    return await client.replies()
  } finally {
    client.close()
  }
}

group('PREPARE and EXECUTE', () => {
  it('prepare once and run often, by SQL and by messages alike', () => withRaw(async (client) => {
    const ask = (text: string): Promise<readonly Reply[]> => {
      client.send(query(text))
      return client.replies()
    }
    expect(tag(await ask('prepare p (int, text) as select id, name from passengers.passengers where id = $1 or name = $2 order by id'))).toBe('PREPARE')
    expect(lines(await ask(`execute p (3, 'name 5')`)).length).toBe(2)
    expect(tag(await ask(`execute p(1 + 1, upper('x') || '''')`))).toBe('SELECT 1')
    expect(tag(await ask('execute p (-1, null)'))).toBe('SELECT 0')
    expect(told(await ask('execute p (1)'))).toBe('ERROR 42601 wrong number of parameters for prepared statement "p"')
    expect(told(await ask('execute q'))).toBe('ERROR 26000 prepared statement "q" does not exist')
    expect(told(await ask('prepare p as select 1'))).toBe('ERROR 42P05 prepared statement "p" already exists')
    expect(told(await ask('prepare r (nothing) as select $1'))).toBe('ERROR 42704 type "nothing" does not exist')
    expect(told(await ask('execute p ((select 1), null)'))).toBe('ERROR 0A000 cannot use subquery in EXECUTE parameter')
    client.send(bind({ statement: 'p', values: [Buffer.from('7'), null] }), execute(), sync())
    expect(tag(await client.replies())).toBe('SELECT 1')
    client.send(parse('m', 'select origin from flights.flights where id = $1'), sync())
    await client.replies()
    expect(tag(await ask('execute m (5)'))).toBe('SELECT 1')
    expect(tag(await ask('deallocate p'))).toBe('DEALLOCATE')
    expect(told(await ask('execute p (1, null)'))).toBe('ERROR 26000 prepared statement "p" does not exist')
    expect(tag(await ask('deallocate all; select 1'))).toBe('DEALLOCATE ALL')
    expect(told(await ask('execute m (5)'))).toMatch(/^ERROR 26000/)
  }))
  it('stop where the right does', async () => {
    rig.grant('cy', 'odd')
    await withRaw(async (client) => {
      client.send(query('prepare p as select count(*) from odd.odd'))
      expect(tag(await client.replies())).toBe('PREPARE')
      rig.revoke('cy', 'odd')
      client.send(query('execute p'))
      expect(told(await client.replies())).toMatch(/^ERROR 42501/)
    }, 'cy+analysis')
  })
})

group('EXPLAIN', () => {
  it('says what is read and under which decision, and nothing of the engine', async () => {
    expect(lines(await asked('explain select name, count(*) from passengers.passengers group by name', 'bo'))).toEqual([
      'Governed Query  (allowed for analysis)', '  Output: name, count', '  ->  Read of passengers.passengers', '        You see: id, name',
    ].map((line) => expect.stringContaining(line)))
    const [json] = lines(await asked('explain (format json, costs off) select 1 as one'))
    expect(json).toContain('"Node Type": "Governed Query"')
  })
  it.each<[string, string]>([
    ['explain analyze select 1', '0A000 EXPLAIN ANALYZE is not offered on this port.'],
    ['explain (analyze, format json) select 1', '0A000 EXPLAIN ANALYZE is not offered on this port.'],
    ['explain (format xml) select 1', '22023 unrecognized value for EXPLAIN option "format": "xml"'],
    ['explain (nonsense) select 1', '42601 unrecognized EXPLAIN option "nonsense"'],
    ['explain delete from flights.flights', '25006 cannot execute DELETE in a read-only transaction'],
  ])('%s is refused', async (text, expected) => expect(told(await asked(text))).toBe(`ERROR ${expected}`))
  it('is denied where the statement is', async () => {
    expect(told(await asked('explain select * from flights.flights', 'bo'))).toMatch(/^ERROR 42501/)
  })
})

group('idle sessions', () => {
  it('end as they asked to', () => withRaw(async (client) => {
    client.send(query('set idle_session_timeout = 200'))
    await client.replies()
    expect(told(await client.replies('E'))).toBe('FATAL 57P05 terminating connection due to idle-session timeout')
    await client.ended
  }))
  it('end sooner within a transaction where they asked for that', () => withRaw(async (client) => {
    client.send(query('set idle_in_transaction_session_timeout = 200; begin'))
    await client.replies()
    expect(told(await client.replies('E'))).toBe('FATAL 25P03 terminating connection due to idle-in-transaction timeout')
    await client.ended
  }))
})

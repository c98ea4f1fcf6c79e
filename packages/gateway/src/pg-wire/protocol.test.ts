import type { GatewayRig } from '../testing.ts'
import type { RawClient, Reply } from './raw-client.ts'
import type { SqlPort } from './sql-port.ts'
import fc from 'fast-check'
import { afterAll, beforeAll, describe as group, expect, it } from 'vitest'
import { gatewayRig, PASSWORD, valueOf } from '../testing.ts'
import { bind, closeNamed, columnsOf, describe, errorOf, execute, frame, int32, parse, query, rawClient, rawSocket, startup, sync, text } from './raw-client.ts'
import { openSqlPort } from './sql-port.ts'

let rig: GatewayRig
let port: SqlPort
const bugs: unknown[] = []

beforeAll(async () => {
  rig = await gatewayRig()
  for (const product of ['flights', 'passengers']) rig.grant('ana', product)
  port = valueOf(await openSqlPort({
    host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => bugs.push(error),
    limits: { signInMilliseconds: 500, messageBytes: 100_000, connections: 50 },
  }))
})
afterAll(async () => {
  await port?.close()
  await rig?.close()
  expect(bugs).toEqual([])
})

const withRaw = async <T>(work: (client: RawClient) => Promise<T>): Promise<T> => {
  const client = await rawClient({ port: port.port, user: 'ana', password: PASSWORD })
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
const kinds = (replies: readonly Reply[]): string => replies.map((reply) => reply.type).join('')
const told = (replies: readonly Reply[]): string | undefined => replies.filter((reply) => reply.type === 'E').map(errorOf)[0]
const rowsOf = (replies: readonly Reply[]): (string | null)[][] => replies.filter((reply) => reply.type === 'D').map((reply) => columnsOf(reply).map((value) => value?.toString() ?? null))

group('the extended protocol', () => {
  it('parses once and runs often', () =>
    withRaw(async (client) => {
      client.send(parse('s', 'select name from passengers.passengers where id = $1', [23]), describe('S', 's'), sync())
      expect(kinds(await client.replies())).toBe('1tTZ')
      for (const id of [1, 2]) {
        client.send(bind({ statement: 's', formats: [1], values: [int32(id)] }), execute(), sync())
        const replies = await client.replies()
        expect([kinds(replies), rowsOf(replies)]).toEqual(['2DCZ', [[`name ${id}`]]])
      }
      client.send(closeNamed('S', 's'), bind({ statement: 's', values: [null] }), execute(), sync())
      const replies = await client.replies()
      expect([kinds(replies), told(replies)]).toEqual(['3EZ', 'ERROR 26000 prepared statement "s" does not exist'])
    }))
  it('answers in binary where that is asked for', () =>
    withRaw(async (client) => {
      client.send(parse('', 'select id, born, paid from passengers.passengers where id = 2'), bind({ resultFormats: [1] }), describe('P'), execute(), sync())
      const replies = await client.replies()
      expect(kinds(replies)).toBe('12TDCZ')
      const [id, born, paid] = columnsOf(replies[3] as Reply)
      expect([id?.readInt32BE(), born?.readInt32BE(), paid?.toString('hex')]).toEqual([2, -10_955, '000200000000000200021388'])
    }))
  it.each<[string, number, Buffer, string]>([
    ['int2', 21, Buffer.from([0, 7]), '7'],
    ['int8', 20, Buffer.from('0000000000000007', 'hex'), '7'],
    ['float8', 701, Buffer.from('3ff8000000000000', 'hex'), '1.5'],
    ['bool', 16, Buffer.from([1]), 'true'],
    ['text', 25, Buffer.from('é'), 'é'],
    ['date', 1082, int32(366), '2001-01-01'],
    ['timestamp', 1114, Buffer.from('00001cd0b9d5f000', 'hex'), '2001-01-01 00:00:00'.slice(0, 4)],
    ['uuid', 2950, Buffer.from('00000000000000000000000000000001', 'hex'), '00000000-0000-0000-0000-000000000001'],
    ['numeric', 1700, Buffer.from('0002000000000002000c0d48', 'hex'), '12.34'],
  ])('reads a binary %s', (_, oid, value, expected) =>
    withRaw(async (client) => {
      client.send(parse('', 'select $1::varchar', [oid]), bind({ formats: [1], values: [value] }), execute(), sync())
      const replies = await client.replies()
      expect(told(replies)).toBeUndefined()
      expect(rowsOf(replies)[0]?.[0]).toContain(expected)
    }))
  it('reads several portals in parts, in turns', () =>
    withRaw(async (client) => {
      client.send(query('begin'))
      await client.replies()
      client.send(
        parse('', 'select id from flights.flights order by id'), bind({ portal: 'a' }), parse('', 'select id from flights.flights order by id desc'), bind({ portal: 'b' }),
        execute('a', 2), execute('b', 2), execute('a', 1), sync(),
      )
      const replies = await client.replies()
      expect([kinds(replies), rowsOf(replies).flat()]).toEqual(['1212DDsDDsDsZ', ['0', '1', '999', '998', '2']])
      client.send(execute('a', 2000), sync())
      const rest = await client.replies()
      expect([rowsOf(rest).length, kinds(rest).slice(-2)]).toEqual([997, 'CZ'])
      client.send(query('commit'), execute('b', 1), sync())
      await client.replies()
      expect(told(await client.replies())).toBe('ERROR 34000 portal "b" does not exist')
    }))
  it('after an error skips to the next Sync', () =>
    withRaw(async (client) => {
      client.send(parse('', 'select nope'), bind({}), describe('P'), execute(), sync(), query('select 1'))
      expect(kinds(await client.replies())).toBe('EZ')
      expect(kinds(await client.replies())).toBe('TDCZ')
    }))
  it('sends an error to a client that waits for it before its Sync', () =>
    withRaw(async (client) => {
      client.send(parse('', 'select nope'), describe('S'), frame('H'))
      expect(kinds(await client.replies('E'))).toBe('E')
      client.send(sync())
      expect(kinds(await client.replies())).toBe('Z')
    }))
  it.each<[string, Buffer[], string]>([
    ['a second statement', [parse('', 'select 1; select 2')], 'ERROR 42601 cannot insert multiple commands into a prepared statement'],
    ['too few values', [parse('', 'select $1::int'), bind({})], 'ERROR 08P01 bind message supplies 0 parameters, but the prepared statement requires 1'],
    ['a value that is no number', [parse('', 'select $1::int', [23]), bind({ values: [Buffer.from('x')] }), execute()], 'ERROR 22P02 Parameter $1 is not a valid int4.'],
    ['a binary value of the wrong size', [parse('', 'select $1::int', [23]), bind({ formats: [1], values: [Buffer.from('x')] }), execute()], 'ERROR 22P03 Parameter $1 is not a valid binary int4.'],
    ['bytes that are no UTF-8', [frame('P', Buffer.from([0]), Buffer.from([0xff, 0xfe, 0]), Buffer.from([0, 0]))], 'ERROR 22021 invalid byte sequence for encoding "UTF8"'],
    ['an unknown portal', [execute('nowhere')], 'ERROR 34000 portal "nowhere" does not exist'],
  ])('refuses %s', (_, messages, expected) =>
    withRaw(async (client) => {
      client.send(...messages, sync())
      expect(told(await client.replies())).toBe(expected)
      client.send(query('select 1'))
      expect(kinds(await client.replies())).toBe('TDCZ')
    }))
  it('an empty text is answered as such', () =>
    withRaw(async (client) => {
      client.send(query(' -- nothing'), parse('', ''), bind({}), execute(), sync())
      expect(kinds(await client.replies())).toBe('IZ')
      expect(kinds(await client.replies())).toBe('12IZ')
    }))
})

group('cancelling', () => {
  const slow = 'select count(*) from range(100000000000) a(i) where i % 7 = 3'
  const cancel = async (key: Buffer): Promise<void> => {
    const socket = await rawSocket(port.port)
    socket.write(Buffer.concat([int32(16), int32(80_877_102), key]))
    await new Promise((resolve) => socket.once('close', resolve))
  }
  it('ends the statement of the key, and no other', () =>
    withRaw(async (client) => {
      client.send(query(slow))
      await new Promise((resolve) => setTimeout(resolve, 150))
      await cancel(Buffer.concat([client.key.subarray(0, 4), int32(client.key.readInt32BE(4) ^ 1)]))
      await withRaw(async (neighbour) => {
        neighbour.send(query('select count(*) from flights.flights'))
        expect(rowsOf(await neighbour.replies())).toEqual([['1000']])
      })
      await cancel(client.key)
      expect(told(await client.replies())).toBe('ERROR 57014 canceling statement due to user request')
      client.send(query('select 1'))
      expect(kinds(await client.replies())).toBe('TDCZ')
    }))
  it('a client that leaves ends its statement', async () => {
    const client = await rawClient({ port: port.port, user: 'ana', password: PASSWORD })
    const before = rig.audit.lines.length
    client.send(query(slow))
    await new Promise((resolve) => setTimeout(resolve, 150))
    client.close()
    await expect.poll(() => rig.audit.lines.slice(before).find((line) => line.port === 'sql')?.outcome, { timeout: 5000 }).toBe('statement-cancelled')
  })
})

group('a client that does not read', () => {
  it('makes nothing wait but itself', () =>
    withRaw(async (client) => {
      client.socket.pause()
      client.send(query(`select repeat('x', 1000) as x from range(1000000)`))
      await new Promise((resolve) => setTimeout(resolve, 300))
      const before = process.memoryUsage().rss
      await withRaw(async (neighbour) => {
        neighbour.send(query('select count(*) from flights.flights'))
        expect(rowsOf(await neighbour.replies())).toEqual([['1000']])
      })
      await new Promise((resolve) => setTimeout(resolve, 500))
      expect(process.memoryUsage().rss - before).toBeLessThan(64 << 20)
    }))
})

group('malformed connections', () => {
  const answerTo = async (bytes: Buffer, milliseconds = 2000): Promise<string> => {
    const socket = await rawSocket(port.port)
    const received: Buffer[] = []
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    socket.write(bytes)
    await Promise.race([new Promise((resolve) => socket.once('close', resolve)), new Promise((resolve) => setTimeout(resolve, milliseconds))])
    const open = !socket.destroyed
    socket.destroy()
    return `${Buffer.concat(received).toString('latin1').replaceAll(/[^\x20-\x7e]+/g, ' ').trim()}${open ? ' (open)' : ''}`
  }
  it.each<[string, Buffer, RegExp]>([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), /08P01/],
    ['a negative length', Buffer.from('ffffffff00030000', 'hex'), /08P01/],
    ['a startup packet of a megabyte', Buffer.concat([int32(1 << 20), Buffer.alloc(20_000)]), /08P01/],
    ['another protocol', startup({ user: 'ana' }, 131_072), /0A000/],
    ['no user', startup({ database: 'tulle' }), /28000/],
    ['bytes behind an SSLRequest', Buffer.concat([int32(8), int32(80_877_103), startup({ user: 'ana' })]), /08P01/],
    ['a start that does not end', Buffer.concat([int32(100), int32(196_608), text('user')]), /08006/],
    ['silence', Buffer.alloc(0), /08006/],
    ['a query instead of a password', Buffer.concat([startup({ user: 'ana', database: 'tulle' }), query('select 1')]), /28P01/],
  ])('%s ends with an error', async (_, bytes, expected) => {
    const answer = await answerTo(bytes)
    expect(answer).toMatch(expected)
    expect(answer).not.toContain('(open)')
  })
  it('a message that is too long ends the connection', () =>
    withRaw(async (client) => {
      client.send(Buffer.concat([Buffer.from('Q'), int32(1 << 30)]))
      expect(told(await client.replies())).toBe('FATAL 08P01 Protocol violation: a message does not read.')
      await client.ended
    }))
  it('no bytes before the sign-in bring it down', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (bytes, framed) => {
      const socket = await rawSocket(port.port)
      socket.end(framed ? Buffer.concat([int32(bytes.length + 8), int32(196_608), bytes]) : bytes)
      socket.resume()
      await new Promise((resolve) => socket.once('close', resolve))
    }), { numRuns: 200 })
  }, 20_000)
  it('no bytes after the sign-in bring it down', async () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.constantFrom(...'QPBDECSHXdcfFpZ'), fc.uint8Array({ maxLength: 60 })).map(([type, body]) => frame(type, Buffer.from(body))),
      fc.tuple(fc.constantFrom(parse('', 'select 1'), bind({}), execute(), describe('P'), sync(), query('select 1')), fc.nat(30), fc.nat(255)).map(([whole, at, byte]) => {
        const bytes = Buffer.from(whole)
        bytes[at % bytes.length] = byte
        return bytes
      }),
    )
    await fc.assert(fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
      const client = await rawClient({ port: port.port, user: 'ana', password: PASSWORD })
      client.send(...pieces)
      client.socket.end()
      await client.ended
    }), { numRuns: 100 })
    await withRaw(async (client) => {
      client.send(query('select 1'))
      expect(kinds(await client.replies())).toBe('TDCZ')
    })
  }, 30_000)
})

group('many connections', () => {
  const small = () => openSqlPort({
    host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, onBug: (error) => bugs.push(error),
    limits: { strangers: 5, connections: 4, connectionsPerAccount: 3 },
  })
  it('that say nothing make room for those who sign in', async () => {
    const port = valueOf(await small())
    const silent = await Promise.all(Array.from({ length: 40 }, () => rawSocket(port.port)))
    const client = await rawClient({ port: port.port, user: 'ana', password: PASSWORD })
    client.send(query('select 1'))
    expect(kinds(await client.replies())).toBe('TDCZ')
    await expect.poll(() => silent.filter((socket) => !socket.closed).length, { timeout: 5000 }).toBeLessThanOrEqual(5)
    client.close()
    await port.close()
  })
  it('of one account leave places for others, and more than there are places are told so', async () => {
    const port = valueOf(await small())
    const opened = [await rawClient({ port: port.port, user: 'ana', password: PASSWORD }), await rawClient({ port: port.port, user: 'ana', password: PASSWORD }), await rawClient({ port: port.port, user: 'ana', password: PASSWORD })]
    const answered = async (user: string): Promise<string | undefined> => {
      const client = await rawClient({ port: port.port, user, password: PASSWORD })
      opened.push(client)
      return told(client.greeting)
    }
    expect(await answered('ana')).toBe('FATAL 53300 too many connections for role "ana": 3 are open')
    expect(await answered('bo')).toBeUndefined()
    expect(await answered('cy')).toBe('FATAL 53300 This port already serves 4 connections.')
    for (const client of opened) client.close()
    await port.close()
  })
})

group('a connection that lies idle', () => {
  it('is closed, with the reason', async () => {
    const short = valueOf(await openSqlPort({
      host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit, limits: { idleMilliseconds: 100 },
    }))
    const client = await rawClient({ port: short.port, user: 'ana', password: PASSWORD })
    expect(told(await client.replies())).toBe('FATAL 57P05 The connection was idle for 0 s and is closed.')
    await client.ended
    await short.close()
  })
  it('is told when the server stops, and its statement ends', async () => {
    const brief = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', accounts: rig.accounts, rights: rig.rights, governor: rig.governor, audit: rig.audit }))
    const client = await rawClient({ port: brief.port, user: 'ana', password: PASSWORD })
    await brief.close()
    expect(told(await client.replies())).toBe('FATAL 57P01 Tulle is stopping.')
  })
})

group('an unknown user', () => {
  it('is led through the same exchange, with the same salt each time', async () => {
    const challenge = async (user: string): Promise<string> => {
      const socket = await rawSocket(port.port)
      const received: Buffer[] = []
      socket.on('data', (chunk: Buffer) => received.push(chunk))
      const first = Buffer.from('n,,n=,r=abcdefghijklmnop')
      socket.write(Buffer.concat([startup({ user, database: 'tulle' }), frame('p', text('SCRAM-SHA-256'), int32(first.length), first)]))
      await expect.poll(() => Buffer.concat(received).toString('latin1')).toMatch(/s=.*,i=/)
      socket.destroy()
      return /s=([^,]+),i=(\d+)/.exec(Buffer.concat(received).toString('latin1'))?.slice(1).join(' ') ?? ''
    }
    const [known, unknown, again, other] = [await challenge('ana'), await challenge('nobody'), await challenge('nobody'), await challenge('somebody')]
    expect(unknown).toBe(again)
    expect(unknown).not.toBe(other)
    expect(unknown.split(' ')[1]).toBe(known.split(' ')[1])
    expect(unknown.length).toBe(known.length)
  })
})

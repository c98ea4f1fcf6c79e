// Conversations of PostgreSQL clients as bytes, and the ways in which a hostile or broken one spoils them. Seeded: the same
// number makes the same bytes.

import { bind, closeNamed, describe, execute, frame, int16, int32, parse, query, startup, sync, text } from '@tulle/gateway/testing'

export type Random = () => number

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
const upTo = (random: Random, most: number): number => Math.floor(random() * (most + 1))

const STATEMENTS = [
  'select 1', '', ';;', 'select $1::int', 'begin', 'rollback', `set tulle.purpose = 'analysis'`, 'show all', 'copy (select 1) to stdout', 'copy x from stdin', `copy (values (1)) to stdout (format csv, quote '"', escape '"', force_quote *)`,
  'declare c binary cursor for select 1', 'fetch all from c', 'close all', 'prepare p (int) as select $1', 'execute p (1)', 'deallocate all', 'explain (format json) select 1', `select E'\\x41\\u00e9'`, `select $tag$ ; $tag$`, 'select /* /* */ */ 1',
  `select '${'x'.repeat(300)}'`, 'savepoint s; release s', 'discard all', `select "a""b"`, '(((((select 1)))))', 'select pg_sleep(10)',
]
const saslInitial = (data: string, mechanism = 'SCRAM-SHA-256'): Buffer => frame('p', text(mechanism), int32(Buffer.byteLength(data)), Buffer.from(data))

/** What opens a connection. */
export const OPENINGS: readonly (readonly Buffer[])[] = [
  [startup({ user: 'ana', database: 'tulle' })],
  [startup({ user: 'ana+analysis', database: 'tulle', options: '-c tulle.purpose=analysis -c statement_timeout=5s', application_name: 'x' })],
  [startup({ user: 'ana', database: 'tulle', '_pq_.x': 'y' }, 196_610)],
  [Buffer.concat([int32(8), int32(80_877_103)])],
  [Buffer.concat([int32(8), int32(80_877_104)]), startup({ user: 'ana' })],
  [Buffer.concat([int32(16), int32(80_877_102), int32(1), int32(2)])],
  [startup({ user: 'ana', database: 'tulle' }), saslInitial('n,,n=,r=abcdefghijklmnopqrstuvwx')],
  [startup({ user: 'ana', database: 'tulle' }), saslInitial('p=tls-server-end-point,,n=,r=abcdefghijklmnopqrstuvwx', 'SCRAM-SHA-256-PLUS')],
  [startup({ user: 'ana', database: 'tulle' }), saslInitial('n,,n=,r=abc,i=1', 'SCRAM-SHA-1')],
  [startup({ user: 'ana', database: 'tulle' }), saslInitial('n,,n=,r=abcdefghijklmnop'), frame('p', Buffer.from('c=biws,r=abcdefghijklmnopX,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='))],
  [startup({ user: 'ana', database: 'tulle' }), frame('p', text('correct horse'))],
  [Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/8\r\n\r\n')],
  [Buffer.from('POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello')],
  [Buffer.from('160301020001000001fc0303', 'hex')],
  [Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
]

/** A message of a signed-in client. */
export function someMessage(random: Random): Buffer {
  const name = (): string => pick(random, ['', 'a', 'b', 'p', 'c'])
  switch (upTo(random, 11)) {
    case 0: case 1:
      return query(pick(random, STATEMENTS))
    case 2: case 3:
      return parse(name(), pick(random, STATEMENTS), Array.from({ length: upTo(random, 3) }, () => pick(random, [0, 23, 25, 1007, 1700, 99_999_999])))
    case 4:
      return bind({ portal: name(), statement: name(), formats: pick(random, [[], [0], [1], [0, 1]]), values: pick(random, [[], [null], [Buffer.from('1')], [int32(7)], [Buffer.alloc(200)]]), resultFormats: pick(random, [[], [0], [1]]) })
    case 5:
      return describe(pick(random, ['S', 'P'] as const), name())
    case 6:
      return execute(name(), pick(random, [0, 1, 2, 2_147_483_647]))
    case 7:
      return closeNamed(pick(random, ['S', 'P'] as const), name())
    case 8:
      return frame(pick(random, ['H', 'S', 'c']))
    case 9:
      return frame('d', Buffer.alloc(upTo(random, 100), 7))
    case 10:
      return pick(random, [frame('f', text('no')), frame('F', int32(1), int16(0)), frame('p', text('again')), frame('X')])
    default:
      return sync()
  }
}

/** Messages of a session in their order, or in none. */
export const someSession = (random: Random): readonly Buffer[] => Array.from({ length: 1 + upTo(random, 7) }, () => someMessage(random))

/** The same bytes, spoilt in one to three ways; sometimes they are left as they are. */
export function spoil(random: Random, messages: readonly Buffer[]): Buffer {
  let pieces = [...messages]
  if (random() < 0.2) pieces = pieces.toSorted(() => random() - 0.5)
  if (random() < 0.1) pieces = [...pieces, ...pieces]
  let bytes: Buffer = Buffer.concat(pieces)
  for (let times = upTo(random, 3); times > 0 && bytes.length > 0; times -= 1) bytes = SPOILS[upTo(random, SPOILS.length - 1)]?.(random, bytes) ?? bytes
  return bytes
}

type Spoil = (random: Random, bytes: Buffer) => Buffer

const at = (random: Random, bytes: Buffer): number => upTo(random, bytes.length - 1)
const splice = (bytes: Buffer, from: number, count: number, ...put: readonly Buffer[]): Buffer => Buffer.concat([bytes.subarray(0, from), ...put, bytes.subarray(from + count)])

const SPOILS: readonly Spoil[] = [
  // A bit, a byte, an end too early, a hole, bytes twice.
  flipBit,
  (random, bytes) => splice(bytes, at(random, bytes), 1, Buffer.from([upTo(random, 255)])),
  (random, bytes) => bytes.subarray(0, at(random, bytes)),
  (random, bytes) => splice(bytes, at(random, bytes), 1 + upTo(random, 8)),
  (random, bytes) => {
    const from = at(random, bytes)
    return splice(bytes, from, 0, bytes.subarray(from, from + 1 + upTo(random, 40)))
  },
  // Lengths that lie, at any place.
  (random, bytes) => splice(bytes, at(random, bytes), 4, int32(pick(random, [-1, 0, 3, 4, 5, 0x7fffffff, -0x80000000, 1 << 20, 65_536, 10_001]))),
  (random, bytes) => splice(bytes, at(random, bytes), 2, int16(pick(random, [-1, 0x7fff, -0x8000, 1000]))),
  // Other protocols, zeros, bytes that are no UTF-8.
  (random, bytes) => splice(bytes, at(random, bytes), 0, pick(random, [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.alloc(20), Buffer.from('ff00fe', 'hex'), Buffer.from('c0af', 'hex')])),
]

function flipBit(random: Random, bytes: Buffer): Buffer {
  const flipped = Buffer.from(bytes)
  const place = at(random, bytes)
  flipped[place] = (flipped[place] ?? 0) ^ (1 << upTo(random, 7))
  return flipped
}

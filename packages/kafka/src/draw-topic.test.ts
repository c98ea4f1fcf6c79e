// The records of a topic as an input port draws them: each once, from where the published version stopped.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { draw, openNetwork } from '@tulle/sources'
import type { Drawn, MessageSchema } from '@tulle/sources'
import { messageEncoder } from './encode-message.ts'
import { messageDecoder } from './index.ts'
import { startBroker } from './testing.ts'
import type { TestBroker } from './testing.ts'

let broker: TestBroker
let folder: string
beforeEach(async () => {
  broker = await startBroker()
  folder = mkdtempSync('/tmp/tulle-topic-')
})
afterEach(async () => {
  await broker.stop()
  rmSync(folder, { recursive: true, force: true })
})

const AVRO: MessageSchema = { type: 'AVRO', text: '{"type":"record","name":"O","fields":[{"name":"id","type":"long"},{"name":"paid","type":["null",{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}],"default":null},{"name":"on","type":{"type":"int","logicalType":"date"}},{"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}}]}', references: [] }

interface Asked { readonly before?: Json; readonly settings?: Readonly<Record<string, Json>>; readonly hosts?: readonly string[] }
const drawn = (asked: Asked = {}): ReturnType<typeof draw> => draw(
  {
    network: openNetwork(asked.hosts ?? ['127.0.0.1']), secrets: () => 's', clock: systemClock, limits: { bytes: 200_000_000, files: 10, pages: 10 },
    messages: { own: async (id) => (id === 5 ? AVRO : undefined), decoder: messageDecoder },
  },
  'kafka',
  { owner: 'p', port: 'shop.orders', settings: { brokers: [broker.address], tls: 'off', topic: 'orders', ...asked.settings }, keys: [], folder, name: 'orders', signal: AbortSignal.timeout(20_000), ...(asked.before !== undefined && { before: asked.before }) },
)
async function taken(asked: Asked = {}): Promise<Drawn> {
  const result = await drawn(asked)
  if (!result.ok) throw new Error(result.diagnostics.map(({ code, message }) => `${code} ${message}`).join('\n'))
  return result.value
}
const rowsOf = (took: Drawn): readonly Record<string, unknown>[] => took.files.flatMap(({ name }) => readFileSync(join(folder, name), 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>))
const put = (value: string | Buffer, partition = 0): void => broker.put('orders', { value: Buffer.from(value), partition })

describe('a topic', () => {
  it('is read whole at first, then from where the published version stopped', async () => {
    put('{"id":1}')
    put('{"id":2}', 1)
    const first = await taken()
    expect(rowsOf(first).map(({ id, kafka_partition, kafka_offset, kafka_error }) => [id, kafka_partition, kafka_offset, kafka_error])).toEqual([[1, 0, 0, null], [2, 1, 0, null]])
    expect([first.mode, first.state]).toEqual(['replace', { topic: 'orders', offsets: { 0: '1', 1: '1' } }])
    put('{"id":3}')
    const second = await taken({ before: first.state as Json })
    expect([second.mode, rowsOf(second).map(({ id }) => id)]).toEqual(['append', [3]])
    // Whoever died before it was published draws the same again.
    expect(rowsOf(await taken({ before: first.state as Json })).map(({ id }) => id)).toEqual([3])
    const third = await taken({ before: second.state as Json })
    expect([third.files, third.state]).toEqual([[], second.state])
  })

  it('may begin with what comes, and keeps every digit of a number', async () => {
    put('{"id":1}')
    const first = await taken({ settings: { from: 'now' } })
    expect(rowsOf(first)).toEqual([])
    put('{"id":9007199254740993}')
    const next = await taken({ before: first.state as Json })
    expect(readFileSync(join(folder, next.files[0]?.name ?? ''), 'utf8')).toContain('"id":9007199254740993,')
  })

  it('is read by the schemas of the registry', async () => {
    const encode = messageEncoder(AVRO, 5, ['id', 'paid', 'on', 'at'])
    if (!encode.ok) throw new Error('unreadable')
    put(encode.value('{"id":9007199254740993,"paid":-12.5,"on":"2026-03-01","at":"2026-03-01T12:00:00.123456Z"}'))
    await taken({ settings: { format: 'registry' } })
    expect(readFileSync(join(folder, 'orders.ndjson'), 'utf8')).toMatch(/^\{"id":9007199254740993,"paid":-12.50,"on":"2026-03-01","at":"2026-03-01T12:00:00.123456Z","kafka_partition":0,/u)
  })

  it('is read by the schemas of another registry', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization}`)
      response.end(JSON.stringify({ schemaType: 'PROTOBUF', schema: 'syntax = "proto3"; message A { int64 id = 1; string who = 2; }' }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const encode = messageEncoder({ type: 'PROTOBUF', text: 'syntax = "proto3"; message A { int64 id = 1; string who = 2; }' }, 9, ['id', 'who'])
    if (!encode.ok) throw new Error('unreadable')
    for (const id of [1, 2]) put(encode.value(`{"id":${id},"who":"Ada"}`))
    const took = await taken({ settings: { format: 'registry', registry: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, user: 'u', password: { secret: 'S' } } } })
    server.close()
    expect(rowsOf(took).map(({ id, who }) => [id, who])).toEqual([[1, 'Ada'], [2, 'Ada']])
    expect(asked).toEqual([`/schemas/ids/9 Basic ${btoa('u:s')}`])
  })
})

describe('a record that cannot be read', () => {
  it.each<[string, string | Buffer, Readonly<Record<string, Json>>, string]>([
    ['is no JSON', 'not json', {}, 'Unexpected token'],
    ['is no object', '[1]', {}, 'it is no object'],
    ['names no schema', '{"id":1}', { format: 'registry' }, 'it does not begin with the id of a schema'],
    ['names a schema that nobody has', Buffer.from([0, 0, 0, 0, 7, 1]), { format: 'registry' }, 'the registry has no schema 7'],
    ['is not what its schema says', Buffer.from([0, 0, 0, 0, 5, 255]), { format: 'registry' }, 'its bytes are not what its schema says'],
  ])('%s: the run stops and names it, or it comes with the reason', async (_case, value, settings, why) => {
    put(value)
    const stopped = await drawn({ settings })
    expect(stopped.ok ? [] : stopped.diagnostics.map(({ code }) => code)).toEqual(['source-record-unfit'])
    expect(stopped.ok ? '' : stopped.diagnostics[0]?.message).toContain('the record 0 of orders, partition 0')
    const took = await taken({ settings: { ...settings, poison: 'set_aside' } })
    const [row] = rowsOf(took)
    expect(row?.['kafka_error']).toContain(why)
    expect(Buffer.from(String(row?.['kafka_raw']), 'base64')).toEqual(Buffer.from(value))
  })

  it('of 50 MB is refused by its name, and never decoded', async () => {
    await broker.stop()
    broker = await startBroker({ mostBytes: 100_000_000 })
    put('{"id":1}')
    put(Buffer.alloc(50_000_000, 32))
    put('{"id":2}')
    const stopped = await drawn()
    expect(stopped.ok ? '' : stopped.diagnostics[0]?.message).toBe('shop.orders cannot read the record 1 of orders, partition 0: it has 50000000 bytes, and a record may have 16777216.')
    const took = await taken({ settings: { poison: 'set_aside' } })
    expect(rowsOf(took).map(({ id, kafka_error }) => [id, kafka_error === null])).toEqual([[1, true], [undefined, false], [2, true]])
  }, 30_000)
})

describe('what is not reached', () => {
  it('is told by name: a host that nobody listed, a topic that is not there, brokers that are away, records that are gone', async () => {
    put('{"id":1}')
    const codes = async (asked: Asked): Promise<readonly string[]> => (await drawn(asked)).diagnostics.map(({ code }) => code)
    expect(await codes({ hosts: [] })).toEqual(['source-host-refused'])
    expect(await codes({ settings: { brokers: ['127.0.0.1:1'] } })).toEqual(['source-unreachable'])
    expect(await codes({ before: { topic: 'orders', offsets: { 0: '-5' } } })).toEqual(['source-records-gone'])
  }, 30_000)
})

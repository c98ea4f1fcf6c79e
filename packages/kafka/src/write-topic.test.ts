// A topic as its readers find it: what changed, in order of each key, whatever happens to brokers and to us; decoded by a client of others.

import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SchemaRegistry as KafkaJsRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { Diagnostic } from '@tulle/kernel'
import type { ContractColumn, DataContract } from '@tulle/model'
import { openRegistry, serveRegistry } from '@tulle/schema-registry'
import type { SchemaRegistry } from '@tulle/schema-registry'
import { openNetwork } from '@tulle/sources'
import { testStore } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import type { RowChange, Streams } from '@tulle/streams'
import { checkTopic, declareTopic } from './declare-schemas.ts'
import type { KafkaPortSettings, Topic, TopicPlace, TopicPlaces, TopicState } from './types.ts'
import { writeTopic } from './write-topic.ts'
import { messageEncoder } from './encode-message.ts'
import { startBroker } from './testing.ts'
import type { BrokerRecord, TestBroker } from './testing.ts'

let rig: TestStore
let schemas: SchemaRegistry
let server: Server
let client: KafkaJsRegistry

beforeAll(async () => {
  rig = await testStore()
  schemas = await openRegistry(rig.store)
  const everything = { mayRead: async () => true, whyNotWrite: async () => undefined, whyNotGovern: async () => undefined }
  server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    void serveRegistry(schemas, everything, { method: request.method ?? '', path, query: new URLSearchParams(query), body: '' }).then(({ status, headers, body }) => response.writeHead(status, headers).end(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  client = new KafkaJsRegistry({ host: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, { [SchemaType.JSON]: { strict: false } as never })
})
afterAll(async () => {
  server?.close()
  await schemas?.close()
  await rig?.close()
})

const place = { file: 'contracts/orders.odcs.yaml', line: 1, column: 1 }
const column = (name: string, type: string, more: Partial<ContractColumn> = {}): ContractColumn => ({ name, type, required: false, unique: false, quality: [], place, ...more })
const ORDERS: readonly ContractColumn[] = [
  column('id', 'long', { required: true, primaryKey: 1 }), column('who', 'string', { required: true }), column('paid', 'decimal(20, 2)'), column('on', 'date'), column('at', 'timestamptz'), column('fine', 'boolean'), column('weight', 'double'),
]
function topicOf(name: string, columns: readonly ContractColumn[] = ORDERS): Topic {
  const properties = columns.map((one) => ({ name: one.name, ...(one.type === 'timestamptz' ? { logicalType: 'timestamp', logicalTypeOptions: { timezone: true } } : {}) }))
  const contract: DataContract = { id: name, version: '1.0.0', major: 1, columns, quality: [], place, document: { schema: [{ name: 'orders', properties }] } }
  return { name: `${name}.orders`, product: name, dataSet: 'orders', address: { product: name, dataSet: 'orders' }, columns, contract }
}

/** A stream in memory: what is pushed is there, and positions are numbers. It keeps the place of its topic too. */
class Feed implements Pick<Streams, 'read' | 'rights' | 'appended'> {
  readonly entries: RowChange[] = []
  /** Of the newest snapshot, for whoever begins anew; without it everything is read as it changed. */
  snapshot: readonly { readonly id: number; readonly row?: object }[] | undefined
  place: TopicPlace | undefined
  saving: () => Promise<void> = async () => undefined
  /** Says what the reader may; a diagnostic says that it may not. */
  may: string | Diagnostic = 'as at first'
  keepsOnRead = false
  private bells = new Set<() => void>()
  get saved(): string | undefined { return this.place?.position }
  push(...changes: readonly { readonly op: RowChange['op']; readonly id: number; readonly row?: object; readonly withoutKey?: boolean }[]): void {
    for (const { op, id, row, withoutKey } of changes) {
      const position = String(this.entries.length + 1)
      const text = JSON.stringify({ id, ...row })
      this.entries.push({ kind: 'row', id: `e${position}`, position, op, snapshot: '77', run: 'r1', schemaVersion: '1.0.0', time: '2026-01-01T00:00:00.000Z', ...(withoutKey !== true && { key: JSON.stringify({ id }) }), ...(op === 'delete' ? { before: text } : { after: text }) })
    }
    for (const ring of this.bells) ring()
  }
  readonly rights: Streams['rights'] = async () => (typeof this.may === 'string' ? ok(this.may) : fail(this.may))
  readonly read: Streams['read'] = async ({ from, limit }) => {
    if (typeof this.may !== 'string') return fail(this.may)
    if (from === 'start' && this.snapshot !== undefined) {
      const rows = this.snapshot.map(({ id, row }, i): RowChange => ({ kind: 'row', id: `s${i}`, position: String(this.entries.length), op: 'insert', isInitial: true, snapshot: '78', time: '2026-01-01T00:00:00.000Z', key: JSON.stringify({ id }), after: JSON.stringify({ id, ...row }) }))
      return ok({ entries: rows, next: String(this.entries.length), end: true, rights: this.may })
    }
    const after = typeof from === 'object' && 'position' in from ? Number(from.position) : 0
    const entries = this.entries.slice(after, after + limit)
    const next = String(after + entries.length)
    if (this.keepsOnRead && this.place !== undefined) this.place = { ...this.place, position: next, rights: this.may }
    return ok({ entries, next, end: after + entries.length >= this.entries.length, rights: this.may })
  }
  readonly appended: Streams['appended'] = (milliseconds, signal) => new Promise((resolve) => {
    this.bells.add(resolve)
    setTimeout(resolve, Math.min(milliseconds, 50))
    signal.addEventListener('abort', () => resolve())
  })
  readonly save: TopicPlaces['save'] = async (place) => {
    if (place.position !== undefined) await this.saving()
    this.place = place
  }
}
const placesOf = (feed: Feed): TopicPlaces => ({ read: async () => feed.place, save: feed.save })

interface Writing extends AsyncDisposable { readonly states: { readonly status: TopicState['status']; readonly trouble?: Diagnostic }[]; stop(): Promise<void> }

function write(topic: Topic, feed: Feed, broker: TestBroker, settings: Partial<KafkaPortSettings> = {}, mostKeyBytes?: number): Writing {
  const states: Writing['states'] = []
  const stopped = new AbortController()
  const done = writeTopic(
    { streams: feed, schemas, network: openNetwork(['127.0.0.1']), secrets: (name) => (name === 'WRONG' ? 'not-the-one' : name === 'RIGHT' ? 'open sesame' : undefined), clock: { ...systemClock, sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 50), signal) }, ...(mostKeyBytes !== undefined && { mostKeyBytes }) },
    { topic, port: 'orders.events', id: topic.product, settings: { brokers: [broker.address], tls: 'off', format: 'avro', compatibility: 'BACKWARD', application: 'shop', ...settings }, reader: async () => fail(), places: placesOf(feed), signal: stopped.signal, tell: (state) => void states.push(state) },
  )
  const stop = async (): Promise<void> => {
    stopped.abort(new Error('stopped'))
    await done
  }
  return { states, stop, [Symbol.asyncDispose]: stop }
}

const idsOf = (records: readonly BrokerRecord[]): readonly string[] => records.map(({ headers }) => headers['tulle-id'] ?? '')
const keys = async (records: readonly BrokerRecord[]): Promise<readonly number[]> => Promise.all(records.map(async ({ key }) => Number(((await client.decode(key as Buffer)) as { id: unknown }).id)))

describe.each(['avro', 'json', 'protobuf'] as const)('a topic in %s', (format) => {
  it('holds what was inserted and updated, keyed, typed and told apart, and tombstones of what was deleted', async () => {
    // The client of kafkajs knows none of Google's own messages.
    const topic = topicOf(`told_${format}`, format === 'protobuf' ? ORDERS.filter(({ type }) => type !== 'timestamptz') : ORDERS)
    expect(await declareTopic(rig.store, schemas, topic, { format, compatibility: 'FULL' })).toMatchObject({ ok: true })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.push(
      { op: 'insert', id: 7, row: { who: 'Ada', paid: 12.5, on: '2026-03-01', at: '2026-03-01T12:00:00.123456Z', fine: true, weight: 0.25 } },
      { op: 'update', id: 7, row: { who: 'Ada', paid: null, on: null, at: null, fine: false, weight: null } }, { op: 'delete', id: 7 },
    )
    await using writing = write(topic, feed, broker, { format })
    await expect.poll(() => [broker.records(topic.name).length, writing.states.find(({ trouble }) => trouble !== undefined)?.trouble], { timeout: 10_000 }).toEqual([3, undefined])
    const [first, second, third] = broker.records(topic.name)
    const plain = async (record: BrokerRecord | undefined): Promise<Record<string, unknown>> => JSON.parse(JSON.stringify(await client.decode(record?.value as Buffer), (_name, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))) as Record<string, unknown>
    expect(await plain(first)).toMatchObject({ who: 'Ada', fine: true, weight: 0.25 })
    expect(Number((await plain(first))['id'])).toBe(7)
    const decoded = await client.decode(first?.value as Buffer) as Record<string, unknown>
    if (format === 'avro') expect([Buffer.from(decoded['paid'] as Buffer).toString('hex'), Number(decoded['on']), Number(decoded['at'])]).toEqual(['04e2', 20_513, 1_772_366_400_123_456])
    if (format === 'json') expect(decoded).toEqual({ id: 7, who: 'Ada', paid: 12.5, on: '2026-03-01', at: '2026-03-01T12:00:00.123456Z', fine: true, weight: 0.25 })
    if (format === 'protobuf') expect(await plain(first)).toMatchObject({ paid: '12.5', on: '2026-03-01' })
    expect((await plain(second))['fine']).toBe(false)
    expect(third?.value).toBeNull()
    expect(await keys([first, second, third] as BrokerRecord[])).toEqual([7, 7, 7])
    expect(new Set([first, second, third].map((one) => one?.partition)).size).toBe(1)
    expect(first?.headers).toEqual({ 'tulle-id': 'e1', 'tulle-op': 'insert', 'tulle-snapshot': '77', 'tulle-run': 'r1', 'tulle-schema-version': '1.0.0', 'tulle-time': '2026-01-01T00:00:00.000Z' })
  })
})

it('writes a moment in Protocol Buffers as Google says it', () => {
  const encode = messageEncoder({ type: 'PROTOBUF', text: 'syntax = "proto3"; import "google/protobuf/timestamp.proto"; message A { optional google.protobuf.Timestamp at = 1; }' }, 9, ['at'])
  // Field 1, then the seconds and the nanoseconds of a Timestamp.
  expect(encode.ok && encode.value('{"at":"1970-01-01T00:00:01.000002"}').toString('hex')).toBe('0000000009000a05080110d00f')
})

const SOON = { timeout: 20_000 } as const

describe('whatever happens', () => {
  const some = (from: number, count: number): readonly { readonly op: 'insert'; readonly id: number; readonly row: object }[] => Array.from({ length: count }, (_, i) => ({ op: 'insert' as const, id: (from + i) % 40, row: { who: `w${from + i}` } }))
  const perKey = async (records: readonly BrokerRecord[]): Promise<ReadonlyMap<number, readonly number[]>> => {
    const all = await keys(records)
    return Map.groupBy(records.map((record, i) => ({ key: all[i] ?? -1, at: Number(record.headers['tulle-id']?.slice(1)) })), ({ key }) => key) as never
  }

  it('is written when brokers come back, all of it, once and in the order of each key; until then the reason is told', async () => {
    const topic = topicOf('away')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.push(...some(0, 300))
    await using writing = write(topic, feed, broker)
    await expect.poll(() => feed.saved, SOON).toBe('300')
    await broker.goAway()
    feed.push(...some(300, 1_300))
    await expect.poll(() => writing.states.findLast(({ trouble }) => trouble !== undefined)?.trouble?.code, { timeout: 20_000 }).toBe('kafka-unreachable')
    expect(feed.saved).toBe('300')
    await broker.comeBack()
    await expect.poll(() => feed.saved, { timeout: 30_000 }).toBe('1600')
    const records = broker.records(topic.name)
    expect(new Set(idsOf(records)).size).toBe(1_600)
    expect(records.length).toBe(1_600)
    for (const list of (await perKey(records)).values()) expect(list.map((one) => (one as unknown as { at: number }).at)).toEqual(list.map((one) => (one as unknown as { at: number }).at).toSorted((a, b) => a - b))
  }, 60_000)

  it('is written again under the same ids by whoever died before the position was kept, and by nobody who did not', async () => {
    const topic = topicOf('died')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.push(...some(0, 20))
    feed.saving = async () => {
      feed.saving = async () => undefined
      throw new Error('killed')
    }
    await using writing = write(topic, feed, broker)
    await expect.poll(() => feed.saved, SOON).toBe('20')
    expect(writing.states.some(({ trouble }) => trouble?.message.includes('killed') === true)).toBe(true)
    const ids = idsOf(broker.records(topic.name))
    expect([ids.length, new Set(ids).size]).toEqual([40, 20])
  }, 60_000)

  it('would lose what was read, were the position kept before it is written (control)', async () => {
    const topic = topicOf('control')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.keepsOnRead = true
    feed.push(...some(0, 20))
    broker.fail(0, 29, 10)
    await using writing = write(topic, feed, broker)
    await expect.poll(() => writing.states.some(({ trouble }) => trouble?.code === 'kafka-unreachable'), { timeout: 20_000 }).toBe(true)
    broker.fail(0, 0, 0)
    feed.push(...some(20, 5))
    await expect.poll(() => broker.records(topic.name).length, { timeout: 20_000 }).toBe(5)
  }, 60_000)

  it('stops where the process domain sees no key or may read no longer, and goes on when it may', async () => {
    const topic = topicOf('rights')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.may = { code: 'read-denied', severity: 'error', message: 'Nobody granted shop this.' }
    feed.push({ op: 'insert', id: 1, row: { who: 'x' } })
    await using writing = write(topic, feed, broker)
    await expect.poll(() => writing.states.findLast(({ trouble }) => trouble !== undefined)?.trouble?.message, SOON).toBe('Nobody granted shop this.')
    expect(broker.records(topic.name)).toEqual([])
    feed.may = 'as at first'
    await expect.poll(() => broker.records(topic.name).length, SOON).toBe(1)
    feed.push({ op: 'insert', id: 2, row: { who: 'y' }, withoutKey: true })
    await expect.poll(() => writing.states.findLast(({ trouble }) => trouble !== undefined)?.trouble?.code, SOON).toBe('kafka-key-hidden')
    expect(broker.records(topic.name).length).toBe(1)
  }, 60_000)

  it('holds back a row of 50 MB, by its name', async () => {
    const topic = topicOf('large')
    await declareTopic(rig.store, schemas, topic, { format: 'json', compatibility: 'BACKWARD' })
    await using broker = await startBroker()
    const feed = new Feed()
    feed.push({ op: 'insert', id: 1, row: { who: 'x'.repeat(50_000_000) } })
    await using writing = write(topic, feed, broker, { format: 'json' })
    await expect.poll(() => writing.states.findLast(({ trouble }) => trouble !== undefined)?.trouble, { timeout: 20_000 }).toMatchObject({ code: 'kafka-row-refused', message: expect.stringMatching(/The change e1 .* 50000\d+ bytes/u) })
  }, 30_000)

  it('signs in by a secret that it never repeats, and sends nothing to hosts that nobody listed', async () => {
    const topic = topicOf('secret')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    await using broker = await startBroker({ user: { name: 'tulle', password: 'open sesame' } })
    const feed = new Feed()
    feed.push({ op: 'insert', id: 1, row: { who: 'x' } })
    const asUser = (secret: string): Pick<KafkaPortSettings, 'sasl'> => {
      return { sasl: { mechanism: 'PLAIN', user: 'tulle', password: { secret } } }
    }
    const wrong = write(topic, feed, broker, asUser('WRONG'))
    await expect.poll(() => wrong.states.some(({ trouble }) => trouble?.code === 'kafka-unreachable'), { timeout: 20_000 }).toBe(true)
    await wrong.stop()
    expect(JSON.stringify(wrong.states)).not.toContain('not-the-one')
    const inside = write(topic, feed, broker, { brokers: ['169.254.169.254:9092'] })
    await expect.poll(() => inside.states.some(({ trouble }) => trouble?.code === 'source-host-refused'), SOON).toBe(true)
    await inside.stop()
    await using right = write(topic, feed, broker, asUser('RIGHT'))
    await expect.poll(() => broker.records(topic.name).length, { timeout: 20_000 }).toBe(1)
    expect(right.states.every(({ trouble }) => trouble === undefined)).toBe(true)
  }, 60_000)
})

describe('a topic that is written anew', () => {
  const alive = async (records: readonly BrokerRecord[]): Promise<Readonly<Record<string, unknown>>> => {
    const rows = new Map<number, unknown>()
    const all = await keys(records)
    for (const [i, { value }] of records.entries()) {
      if (value === null) rows.delete(all[i] ?? -1)
      else rows.set(all[i] ?? -1, ((await client.decode(value)) as { who: unknown }).who)
    }
    return Object.fromEntries(rows)
  }
  const begun = async (name: string, broker: TestBroker, feed: Feed): Promise<{ readonly topic: Topic; readonly writing: Writing }> => {
    const topic = topicOf(name)
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    feed.push(...[1, 2, 3].map((id) => ({ op: 'insert' as const, id, row: { who: `clear ${id}` } })))
    const writing = write(topic, feed, broker)
    await expect.poll(() => feed.saved, { timeout: 10_000 }).toBe('3')
    return { topic, writing }
  }

  it('holds what is seen under other rights, and a tombstone of each row that is not seen any more', async () => {
    await using broker = await startBroker()
    const feed = new Feed()
    const { topic, writing } = await begun('anew', broker, feed)
    await using ending = new AsyncDisposableStack()
    ending.use(writing)
    expect(await alive(broker.records(topic.name))).toEqual({ 1: 'clear 1', 2: 'clear 2', 3: 'clear 3' })
    feed.snapshot = [{ id: 1, row: { who: '***' } }, { id: 2, row: { who: '***' } }]
    feed.may = 'masked and filtered'
    await expect.poll(() => [feed.place?.rights, feed.place?.sweep], { timeout: 10_000 }).toEqual(['masked and filtered', undefined])
    expect(await alive(broker.records(topic.name))).toEqual({ 1: '***', 2: '***' })
    expect(broker.records(topic.name).filter(({ value }) => value === null).length).toBe(1)
  }, 30_000)

  it('is swept a share of its keys at a time where they are more than may be in memory, each once', async () => {
    await using broker = await startBroker()
    const topic = topicOf('anew_large')
    await declareTopic(rig.store, schemas, topic, { format: 'avro', compatibility: 'BACKWARD' })
    const feed = new Feed()
    const all = Array.from({ length: 120 }, (_, id) => ({ op: 'insert' as const, id, row: { who: `clear ${id}` } }))
    feed.push(...all)
    // Ten keys: each of two partitions is read in shares of shares.
    await using writing = write(topic, feed, broker, {}, 700)
    await expect.poll(() => feed.saved, { timeout: 10_000 }).toBe('120')
    feed.snapshot = all.filter(({ id }) => id % 4 === 0)
    feed.may = 'filtered'
    await expect.poll(() => [feed.place?.rights, feed.place?.sweep, writing.states.find(({ trouble }) => trouble !== undefined)], { timeout: 20_000 }).toEqual(['filtered', undefined, undefined])
    expect(Object.keys(await alive(broker.records(topic.name))).map(Number)).toEqual(all.map(({ id }) => id).filter((id) => id % 4 === 0))
    const gone = await keys(broker.records(topic.name).filter(({ value }) => value === null))
    expect(gone.toSorted((a, b) => a - b)).toEqual(all.map(({ id }) => id).filter((id) => id % 4 !== 0))
  }, 60_000)

  it('is swept by whoever goes on after a kill in the middle, and by the same boundary', async () => {
    await using broker = await startBroker()
    const feed = new Feed()
    const { topic, writing } = await begun('anew_killed', broker, feed)
    feed.snapshot = [{ id: 1, row: { who: '***' } }]
    // Killed behind the commit of the new rows, before their place is kept.
    feed.saving = async () => { throw new Error('killed') }
    feed.may = 'filtered'
    await expect.poll(() => broker.records(topic.name).filter(({ value }) => value === null).length, { timeout: 10_000 }).toBeGreaterThan(0)
    await writing.stop()
    expect(feed.place?.sweep).toBeDefined()
    feed.saving = async () => undefined
    await using ending = new AsyncDisposableStack()
    ending.use(write(topic, feed, broker))
    await expect.poll(() => [feed.place?.rights, feed.place?.sweep], { timeout: 10_000 }).toEqual(['filtered', undefined])
    expect(await alive(broker.records(topic.name))).toEqual({ 1: '***' })
  }, 30_000)

  it('would go on holding rows that are hidden now, were it not swept (control)', async () => {
    await using broker = await startBroker()
    const feed = new Feed()
    const { topic, writing } = await begun('unswept', broker, feed)
    await writing.stop()
    feed.snapshot = [{ id: 1, row: { who: '***' } }]
    feed.may = 'filtered'
    // As it would be, had nobody noted where the topic ended when it was begun anew.
    feed.place = { place: feed.place?.place ?? '' }
    await using ending = new AsyncDisposableStack()
    ending.use(write(topic, feed, broker))
    await expect.poll(() => feed.place?.rights, { timeout: 10_000 }).toBe('filtered')
    expect(await alive(broker.records(topic.name))).toEqual({ 1: '***', 2: 'clear 2', 3: 'clear 3' })
  }, 30_000)

  it('takes back what was under way when rights end before the brokers have all of it', async () => {
    await using broker = await startBroker()
    const feed = new Feed()
    const { topic, writing } = await begun('revoked', broker, feed)
    await using ending = new AsyncDisposableStack()
    ending.use(writing)
    const written = broker.records(topic.name).length
    // The page is read under the old rights; they end while it is on its way.
    let asked = 0
    const rights = feed.rights
    Object.assign(feed, { rights: async (...of: Parameters<typeof rights>) => ((asked += 1), (feed.may = { code: 'read-denied', severity: 'error', message: 'No longer.' }), rights(...of)) })
    feed.push({ op: 'insert', id: 4, row: { who: 'too late' } })
    await expect.poll(() => writing.states.findLast(({ trouble }) => trouble !== undefined)?.trouble?.code, { timeout: 10_000 }).toBe('read-denied')
    expect([asked > 0, broker.records(topic.name).length]).toEqual([true, written])
  }, 30_000)
})

describe('a contract that changes', () => {
  const rules = { format: 'avro', compatibility: 'BACKWARD' } as const
  it('is held against what the topic has, with its place, before anything is applied', async () => {
    const topic = topicOf('change')
    await declareTopic(rig.store, schemas, topic, rules)
    expect(await checkTopic(schemas, topicOf('change', [...ORDERS, column('more', 'string', { required: true })]), rules)).toEqual([])
    const found = await checkTopic(schemas, topicOf('change', ORDERS.map((one) => (one.name === 'who' ? column('who', 'boolean') : one))), rules)
    expect(found.map(({ code, place: at }) => [code, at])).toEqual([['kafka-schema-forbidden', place]])
    expect(found[0]?.message).toContain('change.orders-value does not allow (BACKWARD)')
    expect(await checkTopic(schemas, topicOf('change', ORDERS.map((one) => (one.name === 'who' ? column('who', 'boolean') : one))), { ...rules, compatibility: 'NONE' })).toEqual([])
    expect((await schemas.subject('change.orders-value')).versions.length).toBe(1)
  })

  it('needs a primary key', async () => {
    expect((await checkTopic(schemas, topicOf('keyless', [column('a', 'long')]), rules)).map(({ code }) => code)).toEqual(['kafka-key-missing'])
  })

  it('never gives the number of a field that is gone to another one', async () => {
    const numbers = async (): Promise<readonly string[]> => [...((await schemas.subject('numbers.orders-value')).versions.at(-1)?.schema.text ?? '').matchAll(/(\w+) = (\d+);/gu)].map(([, name, number]) => `${name} ${number}`)
    const of = (...names: readonly string[]): Topic => topicOf('numbers', [column('id', 'long', { primaryKey: 1 }), ...names.map((name) => column(name, 'string'))])
    for (const next of [of('a', 'b'), of('b', 'c'), of('a', 'c')]) expect(await declareTopic(rig.store, schemas, next, { format: 'protobuf', compatibility: 'FULL' })).toMatchObject({ ok: true })
    expect(await numbers()).toEqual(['id 1', 'a 2', 'c 4'])
  })
})

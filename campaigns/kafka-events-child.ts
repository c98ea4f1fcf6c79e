// One process of the campaign of events over Kafka, which is killed when it expects it least: the server's writer of topics, which follows the
// change log, and three consumers of the topic. With `before`, a consumer moves its place before it has what comes: the control.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Consumer } from '@platformatic/kafka'
import { ok, systemClock } from '@tulle/kernel'
import { openKafkaPorts, settingsOf } from '@tulle/kafka'
import { openRegistry } from '@tulle/schema-registry'
import { openNetwork, readPartition } from '@tulle/sources'
import type { PartitionPart } from '@tulle/sources'
import { openStore } from '@tulle/store'
import type { Store } from '@tulle/store'
import { openStreams } from '@tulle/streams'
import type { GovernedChanges } from '@tulle/streams'
import { KEYS, pause } from './consumed-lines.ts'
import { append, replace, wholeLines } from './kept-lines.ts'

const [role = '', connection = '', folder = '', order = '', broker = '', partitions = ''] = process.argv.slice(2)
const isBefore = order === 'before'
const TOPIC = 'flights.events'

process.on('disconnect', () => process.exit(1))
switch (role) {
  case 'write': await write(); break
  case 'read': await read(); break
  case 'store': await storeWithPosition(); break
  case 'group': await readAsGroup(); break
  default: process.exit(2)
}

async function opened(): Promise<Store> {
  for (;;) {
    const store = await openStore({ connection, poolSize: 3 })
    if (store.ok) return store.value
    await pause(100)
  }
}

/** Rows of a segment are what its file is called after: `from-upTo`, one event each. Everybody sees all of them. */
function everything(): GovernedChanges {
  const subject = { id: 'campaign', name: 'campaign', kind: 'service', role: 'consumer', teams: [] } as const
  return {
    target: async () => ok({ productId: 'flights', stored: 'events', subject, rights: 'all' }),
    rows: async ({ part, after, upTo, limit }) => {
      const first = part.kind === 'segment' ? Number(part.file.split('-')[0]) : 0
      const rows = Array.from({ length: Math.min(upTo - after, limit) }, (_, i) => {
        const n = first + after + i
        const key = n % KEYS
        return { ordinal: after + i + 1, op: 'update' as const, key: JSON.stringify({ key }), after: JSON.stringify({ key, number: Math.floor(n / KEYS), event: `e${n}` }) }
      })
      return ok({ rows, rights: 'all' })
    },
  }
}

async function write(): Promise<void> {
  const store = await opened()
  const place = { file: 'campaign', line: 1, column: 1 }
  const column = (name: string, type = 'long') => ({ name, type, required: name === 'key', unique: false, quality: [], place, ...(name === 'key' && { primaryKey: 1 }) })
  const columns = [column('key'), column('number'), column('event', 'string')]
  const contract = { id: 'events', version: '1.0.0', major: 1, columns, quality: [], place, document: { schema: [{ name: 'events', properties: columns.map(({ name }) => ({ name })) }] } }
  const settings = settingsOf({ settings: { brokers: [broker], tls: 'off', application: 'campaign', format: 'json', partitions: Number(partitions), replicas: 1 } })
  const address = { product: 'flights', dataSet: 'events' }
  const subject = { id: 'campaign', name: 'campaign', kind: 'service', role: 'consumer', teams: [] } as const
  openKafkaPorts({
    store, clock: systemClock, schemas: await openRegistry(store), network: openNetwork(['127.0.0.1']), secrets: () => undefined, warn: () => undefined,
    streams: await openStreams({ store, governed: everything(), snapshots: { size: async () => ok(undefined) }, secret: 'of the mesh', clock: systemClock }),
    ports: async () => [{ id: 'port', name: 'flights.topics', productId: 'flights', settings, topics: [{ name: TOPIC, ...address, address, columns, contract }] }],
    readerOf: () => async () => ok({ subject, purpose: undefined, purposes: [] }),
  }).start()
}

interface Offsets { [partition: number]: string }
interface Batch { readonly partition: number; readonly offsets: readonly bigint[]; readonly lines: readonly string[]; readonly next: string }

/** What is committed in the topic from these offsets on, until the end of the process; after trouble from the offsets of that moment. */
async function follow(groupId: string, offsets: (consumer: Consumer) => Promise<Offsets>, take: (batch: Batch, consumer: Consumer) => Promise<void>): Promise<void> {
  for (;;) {
    const consumer = new Consumer({ clientId: 'campaign', groupId, bootstrapBrokers: [broker], autocreateTopics: false, strict: true, retries: 3, retryDelay: 100, connectTimeout: 2_000, requestTimeout: 10_000, maxWaitTime: 200, sessionTimeout: 6_000, heartbeatInterval: 1_000 })
    consumer.on('error', () => undefined)
    try {
      const topic = (await consumer.metadata({ topics: [TOPIC], autocreateTopics: false, forceUpdate: true })).topics.get(TOPIC)
      const from = await offsets(consumer)
      if (topic === undefined) throw new Error('the topic is not there yet')
      for (;;) {
        const ends = (await consumer.listOffsets({ topics: [TOPIC], timestamp: -1n })).get(TOPIC) ?? []
        let isIdle = true
        for (const [partition, { leader }] of topic.partitions.entries()) {
          const parts = readPartition({ consumer, topic: TOPIC, topicId: topic.id, partition, leader, from: BigInt(from[partition] ?? 0), to: ends[partition] ?? 0n, signal: AbortSignal.timeout(60_000) })
          for await (const { records, next } of parts) {
            isIdle = false
            await take({ partition, offsets: records.map(({ offset }) => offset), next: String(next), lines: records.map(lineOf) }, consumer)
            from[partition] = String(next)
          }
        }
        if (isIdle) await pause(100)
      }
    } catch {
      await pause(200)
    }
    await Promise.race([consumer.close(true).catch(() => undefined), pause(1_000)])
  }
}

/** The id under which Tulle wrote it is part of the sentence: the same event may come twice, but not under another. */
function lineOf({ value, headers }: PartitionPart['records'][number]): string {
  const { key, number, event } = JSON.parse(value?.subarray(5).toString('utf8') ?? '{}') as { key: number; number: number; event: string }
  return `${event} ${key}:${number}:${String(headers.find(([name]) => name?.toString() === 'tulle-id')?.[1])}`
}

function told(lines: number): void {
  process.send?.(lines)
}

/** Keeps its place in a file of its own. */
async function read(): Promise<void> {
  const file = wholeLines(join(folder, 'read.log'))
  const place = join(folder, 'read.place')
  told(readFileSync(file, 'utf8').split('\n').length - 1)
  const kept = (): Offsets => (existsSync(place) ? JSON.parse(readFileSync(place, 'utf8')) as Offsets : {})
  await follow('read', async () => kept(), async ({ partition, next, lines }) => {
    const move = (): void => replace(place, JSON.stringify({ ...kept(), [partition]: next }))
    await inOrder(move, () => append(file, lines.map((line) => `${line}\n`).join('')))
    told(lines.length)
  })
}

/** Keeps its place in the transaction that keeps the data: no record is there twice. */
async function storeWithPosition(): Promise<void> {
  const db = new DatabaseSync(join(folder, 'store.db'))
  db.exec('pragma busy_timeout = 30000; pragma journal_mode = wal; pragma synchronous = full; create table if not exists line (number integer primary key autoincrement, at text not null unique, text text not null); create table if not exists place (part integer primary key, next text not null)')
  told((db.prepare('select count(*) as n from line').get() as { n: number }).n)
  const insert = db.prepare('insert into line (at, text) values (?, ?)')
  const move = db.prepare('insert into place values (?, ?) on conflict (part) do update set next = excluded.next')
  const kept = (): Offsets => Object.fromEntries((db.prepare('select part, next from place').all() as { part: number; next: string }[]).map(({ part, next }) => [part, next]))
  await follow('store', async () => kept(), async ({ partition, offsets, next, lines }) => {
    db.exec('begin')
    try {
      await inOrder(() => {
        move.run(partition, next)
        if (isBefore) db.exec('commit; begin')
      }, () => {
        for (const [i, line] of lines.entries()) insert.run(`${partition} ${offsets[i]}`, line)
      })
      db.exec('commit')
    } catch (error) {
      db.exec('rollback')
      throw error
    }
    told(lines.length)
  })
}

/** Keeps its place at the brokers, as consumer groups do. */
async function readAsGroup(): Promise<void> {
  const file = wholeLines(join(folder, 'group.log'))
  told(readFileSync(file, 'utf8').split('\n').length - 1)
  const committed = async (consumer: Consumer): Promise<Offsets> => {
    consumer.topics.trackAll(TOPIC)
    await consumer.joinGroup({})
    const parts = Array.from({ length: Number(partitions) }, (_, partition) => partition)
    const found = (await consumer.listCommittedOffsets({ topics: [{ topic: TOPIC, partitions: parts }] })).get(TOPIC) ?? []
    return Object.fromEntries(parts.map((partition) => [partition, String((found[partition] ?? -1n) < 0n ? 0n : found[partition])]))
  }
  await follow('group', committed, async ({ partition, next, lines }, consumer) => {
    await inOrder(() => consumer.commit({ offsets: [{ topic: TOPIC, partition, offset: BigInt(next), leaderEpoch: -1 }] }), () => append(file, lines.map((line) => `${line}\n`).join('')))
    told(lines.length)
  })
}

/** First the data, then the place; in the control the other way round, with time to die between them. */
async function inOrder(move: () => void | Promise<void>, keep: () => void): Promise<void> {
  if (!isBefore) keep()
  await move()
  if (!isBefore) return
  await pause(200)
  keep()
}

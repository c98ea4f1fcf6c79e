// From a change that is on disk to the webhook that took it: latency at 5,000 events a second, and how many a second there are at
// most.
//
//   node bench/webhooks.ts [events a second, 5000] [seconds, 10]
//
// The journal is a PostgreSQL that syncs. The clock of an event starts before its transaction begins, and stops when the receiver, a
// process of its own, has read the request and verified its signature. Beside it the same events through a stream of Redis, where there
// is a redis-server (REDIS_SERVER, or Debian's), and through a topic of a real Kafka, where KAFKA_JARS names a folder with its jars (interop/kafka).

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook as Verifier } from 'standardwebhooks'
import { systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import { openStore } from '@tulle/store'
import type { Store } from '@tulle/store'
import { testPostgres } from '@tulle/store/testing'
import { openWebhooks, outboxFeed, secretOf, subscribe } from '@tulle/webhooks'
import type { EventPeer } from './forked-consumer.ts'
import { kafkaTopic } from './kafka-topic.ts'
import { redisStreams } from './redis-streams.ts'

const now = (): number => performance.timeOrigin + performance.now()

/** Answers everything, and tells how long each event took. */
function receive(): void {
  let verifier: Verifier | undefined
  let took: number[] = []
  process.on('message', (secret: string) => void (verifier = new Verifier(secret)))
  const server = createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const events = verifier?.verify(Buffer.concat(parts).toString(), request.headers as Record<string, string>) as { data: { sentence: string } }[]
      const at = now()
      for (const { data } of events) took.push(at - Number(data.sentence))
      reply.writeHead(204).end()
    })
  }).listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
  setInterval(() => {
    process.send?.({ took })
    took = []
  }, 250)
}

async function measure(rate = 5_000, seconds = 10): Promise<void> {
  await using server = await testPostgres({ settings: { fsync: 'on', synchronous_commit: 'on' } })
  const opened = await openStore({ connection: server.postgres.connection, poolSize: 8 })
  if (!opened.ok) throw new Error('no store')
  const store = opened.value
  const receiver = fork(import.meta.filename, ['receiver'])
  const { port } = await heard<{ port: number }>(receiver)
  const took: number[] = []
  receiver.on('message', (said: { took: number[] }) => took.push(...said.took))
  const network = openNetwork(['127.0.0.1'])
  const feed = outboxFeed(store)
  const seen = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] } as const, purpose: undefined, product: 'flights', dataSets: new Map() }
  const webhooks = openWebhooks({ store, clock: systemClock, feed, network, meshSecret: 'bench', publicUrl: 'https://mesh.test', see: async () => seen })
  const made = await subscribe({ store, clock: systemClock, network, feed }, { accountId: 'ana', productId: 'flights', url: `http://127.0.0.1:${port}/`, batch: { size: 1000 }, kinds: ['incident'] }, seen)
  if (!made.ok) throw new Error('no webhook')
  receiver.send(secretOf('bench', made.value))
  webhooks.start()
  const toJournal = (count: number): Promise<void> => append(store, count)
  await write(toJournal, rate / 2, 2)
  await arrived(took, rate)
  took.length = 0
  committed.length = 0
  const cpu = process.cpuUsage()
  const sent = await write(toJournal, rate, seconds)
  await arrived(took, sent)
  const { user, system } = process.cpuUsage(cpu)
  print(`${rate} events/s for ${seconds} s`, took)
  console.log(`  ${((user + system) / sent).toFixed(1)} µs of this process' processor for each, its writer counted`)
  print('of that until it was on disk', committed)

  took.length = 0
  const many = 200_000
  // Nothing is sent while they are written, so that what is measured is how fast they leave.
  await store.db.updateTable('webhook').set({ state: 'paused' }).execute()
  await store.pool.query(`select pg_notify('tulle_webhook', '')`)
  for (let done = 0; done < many; done += 10_000) await append(store, 10_000)
  await store.db.updateTable('webhook').set({ state: 'active' }).execute()
  const began = performance.now()
  await store.pool.query(`select pg_notify('tulle_webhook', '')`)
  await arrived(took, many)
  console.log(`${many} that waited: ${Math.round(many / ((performance.now() - began) / 1000))} events/s`)
  const { rows } = await store.pool.query<{ outcome: string; trouble: string; count: string; events: string }>('select outcome, trouble, count(*), sum(events) as events from webhook_delivery group by 1, 2')
  for (const row of rows) console.log(`${row.count} requests with ${row.events} events: ${row.outcome} ${row.trouble ?? ''}`)
  await webhooks.close()
  await store.close()
  receiver.kill()
  const program = process.env['REDIS_SERVER'] ?? '/usr/bin/redis-server'
  if (existsSync(program)) await measurePeer('Redis Streams, every write synced', await redisStreams(program), { rate, seconds, many })
  else console.log(`Redis beside it: not run, because there is no ${program}.`)
  const jars = process.env['KAFKA_JARS']
  if (jars === undefined) return console.log('Kafka beside it: not run, because KAFKA_JARS does not say where its jars are.')
  const home = process.env['JAVA_HOME']
  await measurePeer('Kafka, every message flushed', await kafkaTopic({ java: home === undefined ? 'java' : `${home}/bin/java`, jars }), { rate, seconds, many })
}

async function measurePeer(name: string, peer: EventPeer, { rate, seconds, many }: { readonly rate: number; readonly seconds: number; readonly many: number }): Promise<void> {
  const toPeer = (count: number): Promise<void> => peer.append(count)
  try {
    peer.consume()
    await write(toPeer, rate / 2, 2)
    await arrived(peer.took, rate)
    peer.took.length = 0
    await arrived(peer.took, await write(toPeer, rate, seconds))
    print(`${name}: ${rate} events/s for ${seconds} s`, peer.took)
    peer.took.length = 0
    await peer.pause()
    for (let done = 0; done < many; done += 10_000) await peer.append(10_000)
    const began = performance.now()
    peer.consume()
    await arrived(peer.took, many)
    console.log(`${name}: ${many} that waited: ${Math.round(many / ((performance.now() - began) / 1000))} events/s`)
  } finally {
    await peer.close()
  }
}

/** In transactions of ten milliseconds' worth, each begun at its time whether the last is done or not. */
async function write(append: (count: number) => Promise<void>, rate: number, seconds: number): Promise<number> {
  const [each, ticks] = [Math.round(rate / 100), seconds * 100]
  const writing: Promise<void>[] = []
  const began = performance.now()
  for (let tick = 0; tick < ticks; tick += 1) {
    const wait = began + tick * 10 - performance.now()
    if (wait > 0) await new Promise((wake) => setTimeout(wake, wait))
    writing.push(append(each))
  }
  await Promise.all(writing)
  return each * ticks
}

const committed: number[] = []

const append = async (store: Store, count: number): Promise<void> => {
  const at = now()
  await store.pool.query(`insert into outbox (id, type, source, subject, time, data)
    select gen_random_uuid()::text, 'tulle.incident.opened', '/bench', 'flights', clock_timestamp(), jsonb_build_object('productId', 'flights', 'incident', n, 'sentence', $2::text) from generate_series(1, $1::int) n`, [count, String(at)])
  committed.push(now() - at)
}

async function arrived(took: readonly number[], count: number): Promise<void> {
  for (let last = -1, still = 0; took.length < count && still < 40; still = took.length === last ? still + 1 : 0) {
    last = took.length
    await new Promise((wake) => setTimeout(wake, 250))
  }
  if (took.length < count) console.log(`only ${took.length} of ${count} arrived`)
}

function print(what: string, took: readonly number[]): void {
  const sorted = took.toSorted((a, b) => a - b)
  const at = (share: number): string => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1)} ms`
  console.log(`${what}: ${took.length} arrived, p50 ${at(0.5)}, p95 ${at(0.95)}, p99 ${at(0.99)}, most ${at(1)}`)
}

const heard = <T>(child: ChildProcess): Promise<T> => new Promise((resolve) => child.once('message', (said) => resolve(said as T)))

if (process.argv[2] === 'receiver') receive()
else await measure(...(process.argv.slice(2).map(Number) as [number?, number?]))

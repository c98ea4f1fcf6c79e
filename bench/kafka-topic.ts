// The peer of bench/webhooks.ts on a real Kafka that flushes every message to disk (flush.messages=1), of one node: the same events
// through a topic of one partition, sent with acks=all, read by a consumer group in a process of its own whose offsets are committed
// ten times a second. The clock of an event starts before it is sent, and stops when its consumer has it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { realBroker } from '../interop/kafka/real-broker.ts'
import { forkConsumer } from './forked-consumer.ts'
import type { EventPeer } from './forked-consumer.ts'

const TOPIC = 'events'
const now = (): number => performance.timeOrigin + performance.now()
const clientOf = (address: string) => ({ clientId: 'bench', bootstrapBrokers: [address] })

/** `jars` is a folder with Kafka's, as interop/kafka has it. */
export async function kafkaTopic({ java, jars }: { readonly java: string; readonly jars: string }): Promise<EventPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-bench-kafka-'))
  const broker = await realBroker({ java, jars, folder })
  const admin = new Admin(clientOf(broker.address))
  await admin.createTopics({ topics: [TOPIC], partitions: 1, replicas: 1, configs: [{ name: 'flush.messages', value: '1' }, { name: 'max.message.bytes', value: String(16 * 1024 * 1024) }] })
  await admin.close()
  const producer = new Producer({ ...clientOf(broker.address), acks: -1, serializers: stringSerializers })
  const consumer = forkConsumer(import.meta.filename, broker.address)
  let number = 0
  await consumer.ready
  return {
    ...consumer,
    async append(count) {
      const at = String(now())
      const messages = Array.from({ length: count }, () => ({ topic: TOPIC, value: JSON.stringify({ specversion: '1.0', id: `event-${number}`, source: '/bench/products/flights', type: 'tulle.incident.opened', subject: 'flights', time: new Date().toISOString(), datacontenttype: 'application/json', data: { product: 'flights', incident: number++, sentence: at } }) }))
      await producer.send({ messages })
    },
    async close() {
      consumer.kill()
      await producer.close()
      await broker.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function consume(address: string): Promise<void> {
  const consumer = new Consumer({ ...clientOf(address), groupId: 'bench', deserializers: stringDeserializers, maxWaitTime: 100, minBytes: 1 })
  let took: number[] = []
  const begin = async () => {
    const stream = await consumer.consume({ topics: [TOPIC], mode: 'committed', fallbackMode: 'earliest', autocommit: 100 })
    stream.on('data', ({ value }) => void took.push(now() - Number((JSON.parse(value) as { data: { sentence: string } }).data.sentence)))
    return stream
  }
  let stream = await begin()
  process.on('message', (said) => {
    if (said === 'pause') void stream.close().then(() => process.send?.({ paused: true }))
    else if (stream.closed) void begin().then((next) => { stream = next })
  })
  setInterval(() => {
    process.send?.({ took })
    took = []
  }, 250)
  process.send?.({ ready: true })
}

if (process.argv[2] === 'consumer' && process.argv[1] === import.meta.filename) await consume(process.argv[3] as string)

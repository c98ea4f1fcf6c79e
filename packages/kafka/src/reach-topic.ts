// A cluster with a topic in it: asked for, made where there is none, held against the operator's list before anything is sent.

import type { BaseOptions, ClusterMetadata, Consumer, Producer } from '@platformatic/kafka'
import { hash, randomBytes, randomUUID } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { PartitionRead, ReachedCluster } from '@tulle/sources'
import { readPartition } from '@tulle/sources'
import { messages } from './messages.ts'
import type { KafkaPortSettings } from './types.ts'

export type TopicProducer = Producer<Buffer, Buffer, string, string>

/** Tries lie within tries in the client (a coordinator, of its metadata), so that each has few of them. */
const PATIENCE = { strict: true, retries: 2, retryDelay: 200, connectTimeout: 5_000, requestTimeout: 30_000 } as const
/** The client has 350 files: read by whoever reaches a topic, and not by every start. */
const client = () => import('@platformatic/kafka')
const clientOf = (cluster: ReachedCluster): BaseOptions => ({ clientId: 'tulle', ...cluster.options, ...PATIENCE })

/** An older producer of the same id is fenced off, and what it had under way is dropped. */
export async function openProducer(cluster: ReachedCluster, transactionalId: string): Promise<TopicProducer> {
  const { Producer, stringSerializer } = await client()
  const producer = new Producer<Buffer, Buffer, string, string>({
    ...clientOf(cluster), transactionalId, idempotent: true, acks: -1, autocreateTopics: false,
    // The client would claim to be producer 0 otherwise, and brokers refuse whoever is another one by then: none yet.
    producerId: -1n, producerEpoch: -1,
    serializers: { headerKey: stringSerializer, headerValue: stringSerializer },
  })
  // A producer says by events what its callers hear too.
  producer.on('error', () => undefined)
  return producer
}

type FoundTopic = ClusterMetadata['topics'] extends Map<string, infer T> ? T : never

/** The topic, which is made where the brokers have none. `place` names the cluster and this very topic. */
export async function findTopic(cluster: ReachedCluster, producer: TopicProducer, topic: { readonly port: string; readonly name: string } & Pick<KafkaPortSettings, 'partitions' | 'replicas'> & { readonly isCompacted?: boolean }): Promise<Result<{ readonly place: string; readonly found: FoundTopic }>> {
  const { name, port, partitions, replicas, isCompacted = false } = topic
  const brokers = await producer.metadata({ topics: [] })
  const refused = await cluster.refusalOf(brokers)
  if (refused !== undefined) return fail(messages['kafka-broker-refused']({ port, why: refused }))
  const ask = (): Promise<ClusterMetadata> => producer.metadata({ topics: [name], autocreateTopics: false, forceUpdate: true })
  let metadata = await ask().catch((error: unknown) => (isUnknownTopic(error) ? undefined : Promise.reject(error as Error)))
  if (metadata?.topics.has(name) !== true) {
    await makeTopic(cluster, name, { ...(partitions !== undefined && { partitions }), ...(replicas !== undefined && { replicas }), ...(isCompacted && { configs: [{ name: 'cleanup.policy', value: 'compact' }] }) })
    metadata = await ask()
  }
  const found = metadata.topics.get(name)
  return found === undefined ? fail(messages['kafka-unreachable']({ port, why: `the brokers made no topic ${name}` })) : ok({ place: `${metadata.id}/${name}/${found.id}`, found })
}

async function makeTopic(cluster: ReachedCluster, name: string, wanted: { readonly partitions?: number; readonly replicas?: number; readonly configs?: { name: string; value: string }[] }): Promise<void> {
  const { Admin } = await client()
  const admin = new Admin(clientOf(cluster))
  admin.on('error', () => undefined)
  try {
    await admin.createTopics({ topics: [name], ...wanted })
  } catch (error) {
    if (!says(error, 'TOPIC_ALREADY_EXISTS')) throw error
  } finally {
    await admin.close().catch(() => undefined)
  }
}

/** By the protocol, or by the client where metadata came without the topic. */
const isUnknownTopic = (error: unknown): boolean => says(error, 'UNKNOWN_TOPIC_OR_PARTITION') || (error instanceof Error && error.message.startsWith('Unknown topic '))

/** Whether an error of the client, or one that caused it, is this one of the protocol. */
function says(error: unknown, id: string): boolean {
  if (typeof error !== 'object' || error === null) return false
  const { apiId, errors = [], cause } = error as { readonly apiId?: unknown; readonly errors?: readonly unknown[]; readonly cause?: unknown }
  return apiId === id || errors.some((one) => says(one, id)) || says(cause, id)
}

/** Offsets of a topic by partition: where it ends now. */
export async function endOf(cluster: ReachedCluster, topic: string): Promise<Readonly<Record<string, string>>> {
  await using consumer = await openConsumer(cluster)
  return Object.fromEntries(((await consumer.listOffsets({ topics: [topic], timestamp: -1n })).get(topic) ?? []).map((offset, partition) => [partition, String(offset)]))
}

/** Keys in memory at once, with what each costs besides its own bytes. */
const MOST_KEY_BYTES = 64_000_000
const BYTES_PER_KEY = 64

interface Sought { readonly name: string; readonly found: FoundTopic; readonly boundary: Readonly<Record<string, string>>; readonly signal: AbortSignal; readonly most?: number }

/**
 * Keys that a topic held before `boundary` and that nothing behind it speaks of: what was written before and is not written any
 * more. A partition whose keys are more than may be in memory is read again for each half of them, and halves of halves.
 */
export async function* keysLeft(cluster: ReachedCluster, { name, found, boundary, signal, most = MOST_KEY_BYTES }: Sought): AsyncGenerator<{ readonly partition: number; readonly keys: readonly Buffer[] }> {
  await using consumer = await openConsumer(cluster)
  const ends = (await consumer.listOffsets({ topics: [name], timestamp: -1n })).get(name) ?? []
  const starts = (await consumer.listOffsets({ topics: [name], timestamp: -2n })).get(name) ?? []
  // Of this process, so that nobody can choose keys that all fall into one half.
  const salt = randomBytes(8)
  for (const [partition, { leader }] of found.partitions.entries()) {
    const before = BigInt(boundary[partition] ?? 0)
    const read = { consumer, topic: name, topicId: found.id, partition, leader, from: starts[partition] ?? 0n, to: ends[partition] ?? 0n, signal }
    for (const shares = [{ of: 1, number: 0 }]; shares.length > 0;) {
      const { of, number } = shares.pop() as { of: number; number: number }
      const alive = await aliveIn(read, { before, most, isSought: (key) => of === 1 || hash('sha256', Buffer.concat([salt, key]), 'buffer').readUInt32BE(0) % of === number })
      if (alive === undefined) shares.push({ of: of * 2, number }, { of: of * 2, number: number + of })
      else if (alive.size > 0) yield { partition, keys: [...alive].map((key) => Buffer.from(key, 'latin1')) }
    }
  }
}

/** Undefined where there are more of them than may be in memory: of more than one. */
async function aliveIn(read: PartitionRead, { before, most, isSought }: { readonly before: bigint; readonly most: number; readonly isSought: (key: Buffer) => boolean }): Promise<ReadonlySet<string> | undefined> {
  const alive = new Set<string>()
  let bytes = 0
  for await (const { records } of readPartition(read)) {
    for (const { offset, key, value } of records) {
      if (key === null || !isSought(key)) continue
      const text = key.toString('latin1')
      if (offset >= before || value === null) bytes -= alive.delete(text) ? text.length + BYTES_PER_KEY : 0
      else if (!alive.has(text)) {
        alive.add(text)
        bytes += text.length + BYTES_PER_KEY
      }
      if (bytes > most && alive.size > 1) return undefined
    }
  }
  return alive
}

/** Closed with whoever uses it. */
async function openConsumer(cluster: ReachedCluster): Promise<Consumer & AsyncDisposable> {
  const { Consumer } = await client()
  const consumer = new Consumer({ ...clientOf(cluster), groupId: `tulle-${randomUUID()}`, autocreateTopics: false, maxWaitTime: 500 })
  consumer.on('error', () => undefined)
  return Object.assign(consumer, { [Symbol.asyncDispose]: () => consumer.close(true).catch(() => undefined) })
}

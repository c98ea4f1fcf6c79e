// Records of a topic, partition by partition, from where the published version stopped to where the topic ends now. The offsets
// are the port's state, kept with what is published: no record comes twice, and none is passed over.

import { randomUUID } from 'node:crypto'
import type { Consumer } from '@platformatic/kafka'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { parseExact } from '../rest/exact-json.ts'
import { RowFile } from '../row-file.ts'
import { oneLine } from '../secret-of.ts'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import type { TopicRecord } from './committed-records.ts'
import { openDecoder, RegistryAway } from './open-decoder.ts'
import type { DecodeRecord } from './open-decoder.ts'
import { reachCluster } from './reach-cluster.ts'
import { readPartition } from './read-partition.ts'
import type { KafkaCluster } from './reach-cluster.ts'

const MOST_RECORD_BYTES = 16 * 1024 * 1024
/** Of a record that could not be read, for whoever looks into it. */
const SHOWN_BYTES = 64 * 1024

interface TopicState { readonly topic: string; readonly offsets: Readonly<Record<string, string>> }

export async function drawTopic(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, port, signal } = request
  const cluster = await reachCluster(room, port, settings as unknown as KafkaCluster)
  if (!cluster.ok) return cluster
  const decode = await openDecoder(room, request)
  if (!decode.ok) return decode
  // A client of 350 files: read by whoever draws, and not by every start.
  const client = await import('@platformatic/kafka')
  const consumer = new client.Consumer({ clientId: 'tulle', ...cluster.value.options, groupId: `tulle-${randomUUID()}`, autocreateTopics: false, strict: true, retries: 2, retryDelay: 200, connectTimeout: 5_000, requestTimeout: 30_000, maxWaitTime: 500 })
  consumer.on('error', () => undefined)
  const file = await RowFile.open(request, room.limits)
  const close = (): void => void consumer.close(true).catch(() => undefined)
  signal.addEventListener('abort', close)
  try {
    const topic = String(settings['topic'])
    const metadata = await consumer.metadata({ topics: [topic], autocreateTopics: false })
    const refused = await cluster.value.refusalOf(metadata)
    if (refused !== undefined) return await given(file, fail(messages['source-host-refused']({ port, host: topic, why: refused })))
    const read = await readTopic(room, request, { consumer, decode: decode.value, file, metadata })
    if (!read.ok) return await given(file, read)
    const finished = await file.finish(port, `${topic} (Kafka)`)
    if (!finished.ok) return finished
    const { state, rows, poison, tombstones } = read.value
    const told = `Read ${rows} records of ${topic}${poison > 0 ? `, ${poison} of which could not be read` : ''}${tombstones > 0 ? `; ${tombstones} without a value were passed over` : ''}.`
    return ok({ files: request.before !== undefined && rows === 0 ? [] : [finished.value], mode: request.before === undefined ? 'replace' : 'append', state: state as unknown as Json, told })
  } catch (error) {
    signal.throwIfAborted()
    return await given(file, fail(messages['source-unreachable']({ port, what: (settings['brokers'] as readonly string[]).join(', '), why: cluster.value.tell(error) })))
  } finally {
    signal.removeEventListener('abort', close)
    await Promise.race([consumer.close(true).catch(() => undefined), room.clock.sleep(2_000, signal).catch(() => undefined)])
  }
}

async function given<T>(file: RowFile, result: Result<T>): Promise<Result<T>> {
  await file.abandon()
  return result
}

interface Reading { readonly consumer: Consumer; readonly decode: DecodeRecord; readonly file: RowFile; readonly metadata: Awaited<ReturnType<Consumer['metadata']>> }
interface Read { readonly state: TopicState; readonly rows: number; readonly poison: number; readonly tombstones: number }

async function readTopic(room: SourceRoom, request: DrawRequest, { consumer, decode, file, metadata }: Reading): Promise<Result<Read>> {
  const { settings, port, signal } = request
  const topic = String(settings['topic'])
  const known = metadata.topics.get(topic)
  if (known === undefined) return fail(messages['source-refused']({ port, what: topic, why: 'there is no such topic' }))
  const before = request.before as unknown as TopicState | undefined
  const [first, end] = [(await consumer.listOffsets({ topics: [topic], timestamp: -2n })).get(topic) ?? [], (await consumer.listOffsets({ topics: [topic], timestamp: -1n })).get(topic) ?? []]
  const offsets: Record<string, string> = { ...(before?.topic === topic ? before.offsets : {}) }
  const counts = { rows: 0, poison: 0, tombstones: 0 }
  for (const [partition, { leader }] of known.partitions.entries()) {
    const [oldest, last] = [first[partition] ?? 0n, end[partition] ?? 0n]
    const saved = offsets[partition]
    if (saved !== undefined && BigInt(saved) < oldest) return fail(messages['source-records-gone']({ port, topic, partition, from: saved, oldest: String(oldest) }))
    let at = saved !== undefined ? BigInt(saved) : before === undefined && settings['from'] === 'now' ? last : oldest
    if (!file.isFuller(0.5)) {
      for await (const part of readPartition({ consumer, topic, topicId: known.id, partition, leader, from: at, to: last, signal })) {
        for (const record of part.records) {
          const done = await writeRecord(request, file, { decode, record, partition, counts })
          if (!done.ok) return done
          if (file.isFull) return fail(messages['source-limit']({ port, limit: 'bytes', most: room.limits.bytes, what: 'bytes' }))
        }
        at = part.next
        if (file.isFuller(0.5)) break
      }
    }
    offsets[partition] = String(at)
  }
  return ok({ state: { topic, offsets }, ...counts })
}

interface Writing { readonly decode: DecodeRecord; readonly record: TopicRecord; readonly partition: number; readonly counts: { rows: number; poison: number; tombstones: number } }

async function writeRecord(request: DrawRequest, file: RowFile, { decode, record, partition, counts }: Writing): Promise<Result<void>> {
  const { settings, port } = request
  if (record.value === null) {
    counts.tombstones += 1
    return ok(undefined)
  }
  const where = { kafka_partition: partition, kafka_offset: Number(record.offset), kafka_at: new Date(Number(record.timestamp)).toISOString().slice(0, -1), kafka_key: record.key === null ? null : record.key.subarray(0, 1_000).toString('utf8') }
  counts.rows += 1
  let why: string
  try {
    if (record.value.length > MOST_RECORD_BYTES) throw new Error(`it has ${record.value.length} bytes, and a record may have ${MOST_RECORD_BYTES}`)
    const row = parseExact(await decode(record.value))
    if (row === null || typeof row !== 'object' || Array.isArray(row) || 'rawJSON' in row) throw new Error('it is no object')
    await file.write(JSON.stringify({ ...row, ...where, kafka_error: null, kafka_raw: null }))
    return ok(undefined)
  } catch (error) {
    if (error instanceof RegistryAway) throw error
    why = oneLine((error as Error).message)
  }
  counts.poison += 1
  if (settings['poison'] !== 'set_aside') return fail(messages['source-record-unfit']({ port, topic: String(settings['topic']), partition, offset: String(record.offset), why }))
  await file.write(JSON.stringify({ ...where, kafka_error: why, kafka_raw: record.value.subarray(0, SHOWN_BYTES).toString('base64') }))
  return ok(undefined)
}

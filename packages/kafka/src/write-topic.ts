// Follows the changes of one data set into its topic. What was read is written in one transaction of the brokers, and only then is the
// position kept: whoever dies in between writes the same again, under the same ids. One page is in memory, never more.

import { Producer, stringSerializer } from '@platformatic/kafka'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Clock } from '@tulle/kernel'
import type { SchemaRegistry } from '@tulle/schema-registry'
import type { Network, ReachedCluster, Secrets } from '@tulle/sources'
import { reachCluster } from '@tulle/sources'
import type { Reader, RowChange, Streams } from '@tulle/streams'
import { keyColumns } from './derive-schemas.ts'
import { messageEncoder } from './encode-message.ts'
import type { EncodeMessage } from './encode-message.ts'
import { messages } from './messages.ts'
import { NotEncodable } from './not-encodable.ts'
import type { KafkaPortSettings, Topic, TopicState } from './types.ts'

export interface TopicRoom {
  readonly streams: Streams
  readonly schemas: SchemaRegistry
  readonly network: Network
  readonly secrets: Secrets
  readonly clock: Clock
}

export interface TopicWork {
  readonly topic: Topic
  /** `flights.events`: the product and the port. */
  readonly port: string
  /** Immutable: names the producer to the brokers, so that an older one is fenced off. */
  readonly id: string
  readonly settings: KafkaPortSettings
  /** The process domain, asked for anew before each batch. */
  readonly reader: Reader
  readonly signal: AbortSignal
  readonly tell: (state: Pick<TopicState, 'status'> & { readonly written?: number; readonly trouble?: Diagnostic }) => void
}

const PAGE = 500
/** Brokers take a megabyte unless told otherwise; what a record has besides its bytes is less than this. */
const MOST_BYTES = 1_000_000
const IDLE_MILLISECONDS = 5_000
const LONGEST_WAIT_MILLISECONDS = 30_000

/** Resolves when the signal says so. What goes wrong is told, and tried again later and later. */
export async function writeTopic(room: TopicRoom, work: TopicWork): Promise<void> {
  const { clock } = room
  const { signal, tell } = work
  for (let failures = 0; !signal.aborted;) {
    tell({ status: failures === 0 ? 'starting' : 'waiting' })
    const ended = await session(room, work, () => (failures = 0)).catch((error: unknown) => fail(messages['kafka-unreachable']({ port: work.port, why: error instanceof Error ? error.message : String(error) })))
    if (signal.aborted) break
    const trouble = ended.diagnostics[0]
    tell({ status: 'waiting', ...(trouble !== undefined && { trouble }) })
    failures += 1
    await clock.sleep(Math.min(250 * 2 ** Math.min(failures, 10), LONGEST_WAIT_MILLISECONDS), signal).catch(() => undefined)
  }
  tell({ status: 'stopped' })
}

interface Session { readonly producer: Producer<Buffer, Buffer, string, string>; readonly cluster: ReachedCluster; readonly encode: { readonly key: EncodeMessage; readonly value: EncodeMessage } }

/** From the saved position on, until something is in the way. */
async function session(room: TopicRoom, work: TopicWork, fine: () => void): Promise<Result<void>> {
  const { topic, settings, reader, signal } = work
  const encode = await encoders(room, work)
  if (!encode.ok) return encode
  const consumer = consumerOf(work)
  const saved = await room.streams.positions.read(reader, topic.address, consumer)
  if (!saved.ok) return saved
  const cluster = await reachCluster(room, work.port, settings)
  if (!cluster.ok) return cluster
  const producer = new Producer({
    clientId: 'tulle', ...cluster.value.options, transactionalId: `tulle-${work.id}-${topic.name}`, idempotent: true, acks: -1, autocreateTopics: true, strict: true, retries: 2, retryDelay: 200, connectTimeout: 5_000, requestTimeout: 30_000,
    serializers: { headerKey: stringSerializer, headerValue: stringSerializer },
  })
  // A producer says by events what its callers hear too.
  producer.on('error', () => undefined)
  try {
    return await follow(room, work, { producer, cluster: cluster.value, encode: encode.value }, saved.value?.position, fine)
  } catch (error) {
    return fail(messages['kafka-unreachable']({ port: work.port, why: cluster.value.tell(error) }))
  } finally {
    await Promise.race([producer.close(true).catch(() => undefined), room.clock.sleep(2_000, signal).catch(() => undefined)])
  }
}

/** Its name among the positions of the process domain. */
export const consumerOf = ({ id }: Pick<TopicWork, 'id'>): string => `kafka.${id}`.toLowerCase().replaceAll(/[^a-z0-9_.-]/gu, '-').slice(0, 63)

async function follow(room: TopicRoom, work: TopicWork, session: Session, from: string | undefined, fine: () => void): Promise<Result<void>> {
  const { topic, reader, signal, tell } = work
  const { address } = topic
  let position = from
  let written = 0
  const refused = await session.cluster.refusalOf(await session.producer.metadata({ topics: [topic.name], autocreateTopics: true }))
  if (refused !== undefined) return fail(messages['kafka-broker-refused']({ port: work.port, why: refused }))
  while (!signal.aborted) {
    const bell = room.streams.appended(IDLE_MILLISECONDS, signal)
    const page = await room.streams.read({ reader, address, from: position === undefined ? 'start' : { position }, limit: PAGE, port: 'kafka', signal })
    if (!page.ok) return page
    const rows = page.value.entries.filter((entry) => entry.kind === 'row')
    for (const batch of batchesOf(rows)) {
      const sent = await send(work, session, batch)
      if (!sent.ok) return sent
      written += batch.length
    }
    if (page.value.next !== position) {
      const kept = await room.streams.positions.save({ reader, address, consumer: consumerOf(work), position: page.value.next })
      if (!kept.ok) return kept
      position = page.value.next
    }
    fine()
    tell({ status: 'following', written })
    written = 0
    if (page.value.end) await bell
  }
  return ok(undefined)
}

const MOST_BATCH_CHARACTERS = 8_000_000

/** So many that a transaction of them stays small, whatever rows are like. */
function* batchesOf(rows: readonly RowChange[]): Generator<readonly RowChange[]> {
  let batch: RowChange[] = []
  let size = 0
  for (const row of rows) {
    batch.push(row)
    size += (row.after?.length ?? 0) + 200
    if (size < MOST_BATCH_CHARACTERS) continue
    yield batch
    batch = []
    size = 0
  }
  if (batch.length > 0) yield batch
}

async function send({ topic, settings }: TopicWork, { producer, encode }: Session, rows: readonly RowChange[]): Promise<Result<void>> {
  const records: { topic: string; key: Buffer; value: Buffer; headers: Record<string, string> }[] = []
  for (const row of rows) {
    if (row.key === undefined) return fail(messages['kafka-key-hidden']({ topic: topic.name, application: settings.application }))
    // Texts are no shorter than a few times their bytes, and one of 50 MB is not even read.
    if ((row.after?.length ?? 0) > 8 * MOST_BYTES) return fail(tooLarge(topic, row, row.after?.length ?? 0))
    try {
      // No value is a tombstone: compaction takes the row away.
      const value = row.after === undefined ? null : encode.value(row.after)
      if (value !== null && value.length > MOST_BYTES) return fail(tooLarge(topic, row, value.length))
      records.push({ topic: topic.name, key: encode.key(row.key), value: value as Buffer, headers: headersOf(row) })
    } catch (error) {
      if (error instanceof NotEncodable) return fail(messages['kafka-row-refused']({ topic: topic.name, id: row.id, why: error.message }))
      throw error
    }
  }
  const transaction = await producer.beginTransaction()
  try {
    await transaction.send({ messages: records })
    await transaction.commit()
  } catch (error) {
    await transaction.abort().catch(() => undefined)
    throw error
  }
  return ok(undefined)
}

const tooLarge = (topic: Topic, { id }: RowChange, bytes: number): Diagnostic => messages['kafka-row-refused']({ topic: topic.name, id, why: `it has ${bytes} bytes, and a message may have ${MOST_BYTES}` })

const headersOf = ({ id, op, snapshot, run, schemaVersion, time, isInitial }: RowChange): Record<string, string> => ({
  'tulle-id': id, 'tulle-op': op, 'tulle-snapshot': snapshot, 'tulle-time': time,
  ...(run !== undefined && { 'tulle-run': run }), ...(schemaVersion !== undefined && { 'tulle-schema-version': schemaVersion }), ...(isInitial === true && { 'tulle-initial': 'true' }),
})

/** By the newest schemas of the topic's subjects, which an apply declared. */
async function encoders({ schemas }: TopicRoom, { topic, port }: TopicWork): Promise<Result<Session['encode']>> {
  const make = async (part: 'key' | 'value', names: readonly string[]): Promise<Result<EncodeMessage>> => {
    const newest = (await schemas.subject(`${topic.name}-${part}`)).versions.findLast(({ deleted }) => !deleted)
    if (newest === undefined) return fail(messages['kafka-unreachable']({ port, why: `the subject ${topic.name}-${part} has no schema yet` }))
    return messageEncoder(newest.schema, newest.schema.id, names)
  }
  const key = await make('key', keyColumns(topic).map(({ name }) => name))
  if (!key.ok) return key
  const value = await make('value', topic.columns.map(({ name }) => name))
  return value.ok ? ok({ key: key.value, value: value.value }) : value
}

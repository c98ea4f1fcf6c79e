// Changes become records of one topic: a batch of them is one transaction of the brokers. The rights are asked again before it is
// committed, so that nothing is there for readers a moment after they ended, however slow the brokers were.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { RowChange } from '@tulle/streams'
import type { EncodeMessage } from './encode-message.ts'
import { messages } from './messages.ts'
import { NotEncodable } from './not-encodable.ts'
import type { TopicProducer } from './reach-topic.ts'
import type { Topic } from './types.ts'

export interface Sending {
  readonly topic: Topic
  readonly application: string
  readonly producer: TopicProducer
  readonly encode: { readonly key: EncodeMessage; readonly value: EncodeMessage }
  /** Whether what was read may still be handed on. */
  readonly stillAllowed: () => Promise<Result<void>>
}

/** Brokers take a megabyte unless told otherwise; what a record has besides its bytes is less than this. */
const MOST_BYTES = 1_000_000
const MOST_BATCH_CHARACTERS = 8_000_000

interface Message { readonly topic: string; readonly partition?: number; readonly key: Buffer; readonly value: Buffer; readonly headers: Record<string, string> }

/** So many that a transaction of them stays small, whatever rows are like. */
export function* batchesOf(rows: readonly RowChange[]): Generator<readonly RowChange[]> {
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

export async function sendChanges(sending: Sending, rows: readonly RowChange[]): Promise<Result<void>> {
  const { topic, application, encode } = sending
  const records: Message[] = []
  for (const row of rows) {
    if (row.key === undefined) return fail(messages['kafka-key-hidden']({ topic: topic.name, application }))
    // Texts are no shorter than a few times their bytes, and one of 50 MB is not even read.
    if ((row.after?.length ?? 0) > 8 * MOST_BYTES) return fail(tooLarge(topic, row, row.after?.length ?? 0))
    try {
      const value = row.after === undefined ? undefined : encode.value(row.after)
      if (value !== undefined && value.length > MOST_BYTES) return fail(tooLarge(topic, row, value.length))
      records.push({ topic: topic.name, key: encode.key(row.key), value: value ?? TOMBSTONE, headers: headersOf(row) })
    } catch (error) {
      if (error instanceof NotEncodable) return fail(messages['kafka-row-refused']({ topic: topic.name, id: row.id, why: error.message }))
      throw error
    }
  }
  return commit(sending, records)
}

/** What takes rows away needs to know. */
type Sweeping = Pick<Sending, 'producer' | 'stillAllowed'> & { readonly topic: { readonly name: string } }

/** Takes rows away that are not seen any more, by their keys as the topic has them, where it has them: other writers choose partitions otherwise. */
export async function sendTombstones(sending: Sweeping, keys: readonly Buffer[], partition: number): Promise<Result<void>> {
  for (let i = 0; i < keys.length; i += TOMBSTONES) {
    const done = await commit(sending, keys.slice(i, i + TOMBSTONES).map((key) => ({ topic: sending.topic.name, key, value: TOMBSTONE, partition, headers: { 'tulle-op': 'delete' } })))
    if (!done.ok) return done
  }
  return ok(undefined)
}

const TOMBSTONES = 5_000
/** No value: compaction takes the row away. The client's types know none, its encoder does. */
const TOMBSTONE = null as unknown as Buffer

async function commit({ producer, stillAllowed }: Pick<Sending, 'producer' | 'stillAllowed'>, records: readonly Message[]): Promise<Result<void>> {
  const transaction = await producer.beginTransaction()
  try {
    await transaction.send({ messages: [...records] })
    const still = await stillAllowed()
    if (!still.ok) {
      await transaction.abort()
      return still
    }
    await transaction.commit()
    return ok(undefined)
  } catch (error) {
    await transaction.abort().catch(() => undefined)
    throw error
  }
}

const tooLarge = (topic: Topic, { id }: RowChange, bytes: number): Diagnostic => messages['kafka-row-refused']({ topic: topic.name, id, why: `it has ${bytes} bytes, and a message may have ${MOST_BYTES}` })

const headersOf = ({ id, op, snapshot, run, schemaVersion, time, isInitial }: RowChange): Record<string, string> => ({
  'tulle-id': id, 'tulle-op': op, 'tulle-snapshot': snapshot, 'tulle-time': time,
  ...(run !== undefined && { 'tulle-run': run }), ...(schemaVersion !== undefined && { 'tulle-schema-version': schemaVersion }), ...(isInitial === true && { 'tulle-initial': 'true' }),
})

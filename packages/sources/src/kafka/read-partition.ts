// The committed records of one partition, from an offset up to another, a fetch at a time. Stretches of nothing but marks of
// transactions are passed over; where the partition gives nothing more before the end, it ends early, and says how far it came.

import type { Consumer } from '@platformatic/kafka'
import { committedRecords } from './committed-records.ts'
import type { TopicRecord } from './committed-records.ts'

const FETCH_BYTES = 8 * 1024 * 1024

export interface PartitionRead {
  readonly consumer: Pick<Consumer, 'fetch'>
  readonly topic: string
  /** As the brokers name it, if they do. */
  readonly topicId: string
  readonly partition: number
  readonly leader: number
  readonly from: bigint
  /** The first offset that is not read. */
  readonly to: bigint
  readonly signal: AbortSignal
}

/** `next`: where to go on after these records. */
export interface PartitionPart { readonly records: readonly TopicRecord[]; readonly next: bigint }

export async function* readPartition({ consumer, topic, topicId, partition, leader, from, to, signal }: PartitionRead): AsyncGenerator<PartitionPart> {
  // Brokers that know no ids of topics are asked by name.
  const id = /^[0-]*$/u.test(topicId) ? topic : topicId
  for (let at = from; at < to;) {
    signal.throwIfAborted()
    const answer = await consumer.fetch({ node: leader, minBytes: 1, maxBytes: FETCH_BYTES, maxWaitTime: 500, isolationLevel: 1, topics: [{ topicId: id, partitions: [{ partition, fetchOffset: at, currentLeaderEpoch: -1, lastFetchedEpoch: -1, partitionMaxBytes: FETCH_BYTES }] }] })
    const came = answer.responses[0]?.partitions[0]
    const { records, next } = committedRecords(came?.records ?? [], came?.abortedTransactions ?? [])
    if (next === undefined || next <= at) return
    const start = at
    at = next < to ? next : to
    yield { records: records.filter(({ offset }) => offset >= start && offset < to), next: at }
  }
}

// Follows the changes of one data set into its topic. What was read is written in one transaction of the brokers, and only then is the
// place kept: whoever dies in between writes the same again, under the same ids. One page is in memory, never more. Where the
// process domain's rights are others than when the topic was written, or its place is no longer good, the topic is written anew:
// every row as it is seen now, and a tombstone for each key that is not seen any more.

import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { SchemaRegistry } from '@tulle/schema-registry'
import type { Network, ReachedCluster, Secrets } from '@tulle/sources'
import { reachCluster } from '@tulle/sources'
import type { Reader, RowChange, StreamPage, Streams } from '@tulle/streams'
import { keyColumns } from './derive-schemas.ts'
import { messageEncoder } from './encode-message.ts'
import type { EncodeMessage } from './encode-message.ts'
import { messages } from './messages.ts'
import { endOf, findTopic, keysLeft, openProducer } from './reach-topic.ts'
import { batchesOf, sendChanges, sendTombstones } from './send-changes.ts'
import type { Sending } from './send-changes.ts'
import type { KafkaPortSettings, Topic, TopicPlace, TopicPlaces, TopicStatus } from './types.ts'

export interface TopicRoom {
  readonly streams: Pick<Streams, 'read' | 'rights' | 'appended'>
  readonly schemas: SchemaRegistry
  readonly network: Network
  readonly secrets: Secrets
  readonly clock: Clock
  /** Keys of a topic that is written anew, in memory at once; 64 MB unless told. */
  readonly mostKeyBytes?: number
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
  readonly places: TopicPlaces
  readonly signal: AbortSignal
  readonly tell: (state: { readonly status: TopicStatus; readonly trouble?: Diagnostic }) => void
}

const PAGE = 2_000
/** What ended is seen by then, where nothing is written. */
const IDLE_MILLISECONDS = 1_000
const LONGEST_WAIT_MILLISECONDS = 30_000
/** While rights are missing: they may come back at any moment, and looking costs little. */
const DENIED_WAIT_MILLISECONDS = 1_000

/** Resolves when the signal says so. What goes wrong is told, and tried again later and later. */
export async function writeTopic(room: TopicRoom, work: TopicWork): Promise<void> {
  const { clock } = room
  const { signal, tell } = work
  tell({ status: 'starting' })
  for (let failures = 0; !signal.aborted;) {
    const ended = await session(room, work, () => (failures = 0)).catch((error: unknown) => fail(messages['kafka-unreachable']({ port: work.port, why: error instanceof Error ? error.message : String(error) })))
    if (signal.aborted) break
    const trouble = ended.diagnostics[0]
    if (trouble === undefined) continue
    tell({ status: 'waiting', trouble })
    failures += 1
    const wait = Math.min(250 * 2 ** Math.min(failures, 10), trouble.code.startsWith('kafka-') ? LONGEST_WAIT_MILLISECONDS : DENIED_WAIT_MILLISECONDS)
    await clock.sleep(wait, signal).catch(() => undefined)
  }
  tell({ status: 'stopped' })
}

interface Session extends Omit<Sending, 'stillAllowed'> { readonly cluster: ReachedCluster; readonly place: string; readonly found: Parameters<typeof keysLeft>[1]['found'] }

/** From the kept place on, until something is in the way. */
async function session(room: TopicRoom, work: TopicWork, fine: () => void): Promise<Result<void>> {
  const { topic, settings, reader, signal } = work
  // Nobody is bothered for a topic that may not be written.
  const allowed = await room.streams.rights(reader, topic.address, 'kafka')
  if (!allowed.ok) return allowed
  const encode = await encoders(room, work)
  if (!encode.ok) return encode
  const cluster = await reachCluster(room, work.port, settings)
  if (!cluster.ok) return cluster
  const producer = await openProducer(cluster.value, `tulle-${work.id}-${topic.name}`)
  try {
    const found = await findTopic(cluster.value, producer, { name: topic.name, port: work.port, ...settings })
    if (!found.ok) return found
    return await follow(room, work, { topic, application: settings.application, producer, encode: encode.value, cluster: cluster.value, ...found.value }, fine)
  } catch (error) {
    return fail(messages['kafka-unreachable']({ port: work.port, why: cluster.value.tell(error) }))
  } finally {
    await Promise.race([producer.close(true).catch(() => undefined), room.clock.sleep(2_000, signal).catch(() => undefined)])
  }
}

/** A position that leads nowhere any more: the stream is read from its beginning. */
const LOST: ReadonlySet<string> = new Set(['position-too-old', 'position-unknown', 'position-ahead'])

async function follow(room: TopicRoom, work: TopicWork, session: Session, fine: () => void): Promise<Result<void>> {
  const { topic: { address }, reader, places, signal, tell } = work
  const kept = await places.read()
  let place = kept?.place === session.place ? kept : await beginAnew(session, places)
  while (!signal.aborted) {
    const bell = room.streams.appended(IDLE_MILLISECONDS, signal)
    const page = await room.streams.read({ reader, address, from: place.position === undefined ? 'start' : { position: place.position }, limit: PAGE, port: 'kafka', signal })
    if (!page.ok && !LOST.has(page.diagnostics[0]?.code ?? '')) return page
    if (!page.ok || (place.rights !== undefined && page.value.rights !== place.rights)) {
      place = await beginAnew(session, places)
      continue
    }
    const written = await writePage(room, work, session, { page: page.value, place })
    if (!written.ok) return written
    if (page.value.next !== place.position || written.value.swept) {
      const { sweep, ...rest } = place
      place = { ...rest, position: page.value.next, rights: page.value.rights, ...(sweep !== undefined && !written.value.swept && { sweep }) }
      await places.save(place, written.value.records)
    }
    fine()
    tell({ status: 'following' })
    if (page.value.end) await bell
  }
  return ok(undefined)
}

/** What is in the topic already is swept once the rows of today are behind it. */
async function beginAnew({ cluster, topic, place }: Session, places: TopicPlaces): Promise<TopicPlace> {
  const sweep = await endOf(cluster, topic.name)
  const begun: TopicPlace = { place, ...(Object.values(sweep).some((offset) => offset !== '0') && { sweep }) }
  await places.save(begun, 0)
  return begun
}

interface Writing { readonly page: StreamPage; readonly place: TopicPlace }

async function writePage(room: TopicRoom, work: TopicWork, session: Session, { page, place }: Writing): Promise<Result<{ readonly records: number; readonly swept: boolean }>> {
  const { topic, reader, signal } = work
  const stillAllowed = async (): Promise<Result<void>> => {
    const now = await room.streams.rights(reader, topic.address, 'kafka')
    if (!now.ok) return now
    return now.value === page.rights ? ok(undefined) : fail(messages['kafka-rights-changed']({ topic: topic.name }))
  }
  const sending: Sending = { ...session, stillAllowed }
  const rows = page.entries.filter((entry) => entry.kind === 'row')
  const initial = rows.filter(({ isInitial }) => isInitial === true)
  const sendAll = async (some: readonly RowChange[]): Promise<Result<void>> => {
    for (const batch of batchesOf(some)) {
      const sent = await sendChanges(sending, batch)
      if (!sent.ok) return sent
    }
    return ok(undefined)
  }
  const begun = await sendAll(initial)
  if (!begun.ok) return begun
  let records = rows.length
  const swept = place.sweep !== undefined && (page.end || page.entries.length > initial.length)
  if (place.sweep !== undefined && swept) {
    const { mostKeyBytes: most } = room
    for await (const { partition, keys: gone } of keysLeft(session.cluster, { name: topic.name, found: session.found, boundary: place.sweep, signal, ...(most !== undefined && { most }) })) {
      const taken = await sendTombstones(sending, gone, partition)
      if (!taken.ok) return taken
      records += gone.length
    }
  }
  const rest = await sendAll(rows.slice(initial.length))
  return rest.ok ? ok({ records, swept }) : rest
}

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

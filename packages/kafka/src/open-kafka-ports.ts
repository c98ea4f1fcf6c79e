// All Kafka ports together: their schemas declared and a writer for each topic, in one process at a time. What is applied is looked at
// anew after each apply, and by a clock.

import { fingerprintOf } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Lease, Store } from '@tulle/store'
import { watchOutbox } from '@tulle/store'
import type { Reader } from '@tulle/streams'
import { declareTopic } from './declare-schemas.ts'
import { forgetTopics, holdTopic, listTopics, placesIn, tellTopic } from './keep-topics.ts'
import type { KafkaPort, Topic, TopicState } from './types.ts'
import { writeTopic } from './write-topic.ts'
import type { TopicRoom } from './write-topic.ts'

export interface KafkaPortsOptions extends TopicRoom {
  readonly store: Store
  /** The ports that are applied. */
  readonly ports: () => Promise<readonly KafkaPort[]>
  /** The process domain that a port is written as, as of the moment of each call. */
  readonly readerOf: (port: KafkaPort) => Reader
  readonly warn: (message: string) => void
}

export interface KafkaPorts {
  /** How the topics of a product are doing, whichever process writes them. */
  topics(productId: string): Promise<readonly TopicState[]>
  /** Writes until `close`. */
  start(): void
  close(): Promise<void>
}

interface Writer { readonly fingerprint: string; stop(): Promise<void> }

const LOOK_MILLISECONDS = 1_000
/** Where a notice was lost, this finds what it told. */
const LOOKS_OF_ALL = 10
const APPLIED = ['tulle.apply.finished'] as const

export function openKafkaPorts(options: KafkaPortsOptions): KafkaPorts {
  const { store, schemas, clock, ports, warn } = options
  const closing = new AbortController()
  const writers = new Map<string, Writer>()
  let lease: Lease | undefined
  let running: Promise<void> | undefined
  let isChanged = true
  let following: ReturnType<typeof watchOutbox> | undefined

  const stopAll = async (): Promise<void> => {
    const all = [...writers.values()]
    writers.clear()
    await Promise.all(all.map((writer) => writer.stop()))
  }
  const look = async (): Promise<void> => {
    isChanged = false
    const wanted = new Map((await ports()).flatMap((port) => port.topics.map((topic) => [keyOf(port, topic), { port, topic }] as const)))
    for (const [key, writer] of writers) {
      const now = wanted.get(key)
      if (now !== undefined && fingerprintOfTopic(now) === writer.fingerprint) continue
      writers.delete(key)
      await writer.stop()
    }
    const gone = await forgetTopics(store.db, ({ portId, dataSet, topic }) => wanted.get(`${portId} ${dataSet}`)?.topic.name === topic)
    const written = new Set([...wanted.values()].map(({ topic }) => topic.name))
    for (const topic of gone) if (!written.has(topic)) await store.db.transaction().execute(async (tx) => {
      for (const part of ['key', 'value']) await schemas.release(tx, `${topic}-${part}`)
    })
    for (const [key, of] of wanted) if (!writers.has(key) && lease?.held === true) writers.set(key, await begin(options, of))
  }
  const watch = async (): Promise<void> => {
    for (let number = 0; !closing.signal.aborted; number += 1) {
      try {
        if (lease?.held !== true) {
          await stopAll()
          lease = await store.watch.tryLease('kafka-ports')
          isChanged = true
        }
        if (lease !== undefined && (isChanged || number % LOOKS_OF_ALL === 0)) await look()
      } catch (error) {
        isChanged = true
        if (!closing.signal.aborted) warn(`Kafka ports: ${String(error)}`)
      }
      await clock.sleep(LOOK_MILLISECONDS, closing.signal).catch(() => undefined)
    }
  }
  return {
    topics: (productId) => listTopics(store.db, productId),
    start() {
      following ??= watchOutbox(store, { types: APPLIED, handle: async () => { isChanged = true } })
      running ??= watch()
    },
    async close() {
      closing.abort(new Error('closed'))
      await following?.stop()
      await running
      await stopAll()
      await lease?.release()
    },
  }
}

interface Of { readonly port: KafkaPort; readonly topic: Topic }
const keyOf = (port: KafkaPort, topic: Topic): string => `${port.id} ${topic.dataSet}`
const fingerprintOfTopic = ({ port, topic }: Of): string => fingerprintOf([port.settings, port.name, topic.name, topic.address, topic.contract.document] as unknown as Json)

async function begin(options: KafkaPortsOptions, of: Of): Promise<Writer> {
  const { store: { db }, clock, schemas, warn } = options
  const { port, topic } = of
  const stopping = new AbortController()
  let told: Promise<unknown> = Promise.resolve()
  let last = ''
  const tell = (state: Parameters<typeof tellTopic>[3]): void => {
    const words = `${state.status} ${state.trouble?.message ?? ''}`
    if (words === last) return
    last = words
    told = told.then(() => tellTopic(db, clock, of, state)).catch((error: unknown) => {
      last = ''
      warn(`Kafka ports: ${String(error)}`)
    })
  }
  await holdTopic(db, clock, of)
  const declared = await declareTopic({ db }, schemas, topic, port.settings)
  const done = declared.ok
    ? writeTopic(options, { topic, port: port.name, id: port.id, settings: port.settings, reader: options.readerOf(port), places: placesIn(db, of), signal: stopping.signal, tell })
    : Promise.resolve(tell({ status: 'stopped', ...(declared.diagnostics[0] !== undefined && { trouble: declared.diagnostics[0] }) }))
  return {
    fingerprint: fingerprintOfTopic(of),
    async stop() {
      stopping.abort(new Error('stopped'))
      await done
      await told
    },
  }
}

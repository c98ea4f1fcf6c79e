// A broker small enough to read, for tests: one node, everything in memory, the requests that a producer with transactions and a
// reader of committed records need, each in one version. It can go away and come back with all that it acknowledged.

import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { Answer, Request } from './wire.ts'
import { batchesIn, readBatch } from './records.ts'
import type { BrokerRecord } from './records.ts'

export type { BrokerRecord } from './records.ts'

/** [api, lowest version, highest version]. */
const APIS = [[0, 3, 3], [1, 4, 4], [2, 1, 1], [3, 4, 4], [10, 1, 1], [17, 1, 1], [18, 0, 1], [19, 4, 4], [22, 0, 0], [24, 0, 0], [26, 0, 0], [36, 0, 0]] as const
const UNSUPPORTED_VERSION = 35
const INVALID_SEQUENCE = 45
const INVALID_EPOCH = 47
const TOO_LARGE = 10
const SASL_FAILED = 58
const OFFSET_OUT_OF_RANGE = 1
const UNKNOWN_TOPIC = 3
const TOPIC_EXISTS = 36

interface Log { records: { readonly offset: number; readonly batch: Buffer; readonly count: number }[]; next: number; sequences: Map<string, number> }
interface ProducerState { readonly id: bigint; epoch: number; open: Map<string, Buffer[]> }

export interface TestBroker extends AsyncDisposable {
  readonly address: string
  /** What a reader of committed records finds, in the order of partitions and offsets. */
  records(topic: string): readonly BrokerRecord[]
  topics(): readonly string[]
  /** Closes every connection and refuses new ones. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  /** Answers so many requests of an api with an error. */
  fail(api: number, error: number, times: number): void
  /** Appends a record as some other producer would. */
  put(topic: string, record: { readonly key?: Buffer; readonly value: Buffer | null; readonly partition?: number }): void
  stop(): Promise<void>
}

export interface TestBrokerOptions { readonly partitions?: number; readonly mostBytes?: number; /** By SASL PLAIN. */ readonly user?: { readonly name: string; readonly password: string } }

export async function startBroker({ partitions = 2, mostBytes = 1_048_576, user }: TestBrokerOptions = {}): Promise<TestBroker> {
  const logs = new Map<string, Log>()
  const producers = new Map<string, ProducerState>()
  const failing = new Map<number, { error: number; left: number }>()
  const sockets = new Set<Socket>()
  const topics = new Set<string>()
  const waiting = new Set<() => void>()
  let nextProducer = 1_000n
  let port = 0
  let server: Server

  const logOf = (topic: string, partition: number): Log => {
    const key = `${topic}\0${partition}`
    const log = logs.get(key) ?? { records: [], next: 0, sequences: new Map() }
    logs.set(key, log)
    topics.add(topic)
    return log
  }
  const append = (topic: string, partition: number, batch: Buffer): number => {
    const log = logOf(topic, partition)
    const { count } = readBatch(batch)
    const offset = log.next
    const kept = Buffer.from(batch)
    kept.writeBigInt64BE(BigInt(offset), 0)
    log.records.push({ offset, batch: kept, count })
    log.next += count
    for (const wake of waiting) wake()
    return offset
  }
  const failure = (api: number): number => {
    const planned = failing.get(api)
    if (planned === undefined || planned.left <= 0) return 0
    planned.left -= 1
    return planned.error
  }

  /** A batch that was acknowledged before is acknowledged again and not written twice. */
  const produce = (topic: string, partition: number, batch: Buffer, transaction: string | null): { error: number; offset: number } => {
    if (batch.length > mostBytes) return { error: TOO_LARGE, offset: -1 }
    const log = logOf(topic, partition)
    const head = readBatch(batch)
    if (head.producerId >= 0n) {
      const producer = [...producers.values()].find(({ id }) => id === head.producerId)
      if (producer !== undefined && producer.epoch !== head.epoch) return { error: INVALID_EPOCH, offset: -1 }
      const key = `${head.producerId}:${head.epoch}`
      const expected = log.sequences.get(key) ?? 0
      if (head.sequence < expected) return { error: 0, offset: log.next }
      if (head.sequence > expected) return { error: INVALID_SEQUENCE, offset: -1 }
      log.sequences.set(key, expected + head.count)
    }
    if (transaction === null) return { error: 0, offset: append(topic, partition, batch) }
    const producer = producers.get(transaction)
    if (producer === undefined) return { error: INVALID_EPOCH, offset: -1 }
    const where = `${topic}\0${partition}`
    producer.open.set(where, [...(producer.open.get(where) ?? []), Buffer.from(batch)])
    return { error: 0, offset: log.next }
  }

  const answer = async (request: Request, api: number, version: number): Promise<Answer> => {
    const out = new Answer()
    const error = failure(api)
    switch (api) {
      case 18: {
        const known = version <= 1
        out.int16(known ? 0 : UNSUPPORTED_VERSION).array(known ? APIS : [[18, 0, 1]], ([key, from, to]) => out.int16(key).int16(from).int16(to))
        return version === 1 ? out.int32(0) : out
      }
      case 17: return out.int16(0).array(['PLAIN'], (name) => out.text(name))
      case 36: {
        const [, name, password] = (request.bytes() ?? Buffer.alloc(0)).toString('utf8').split('\0')
        const fine = user === undefined || (name === user.name && password === user.password)
        return out.int16(fine ? 0 : SASL_FAILED).text(fine ? null : 'Authentication failed').bytes(Buffer.alloc(0))
      }
      case 3: {
        const asked = request.nullableArray(() => request.text() ?? '')
        if (request.int8() === 1) for (const topic of asked ?? []) topics.add(topic)
        out.int32(0).array([0], () => out.int32(0).text('127.0.0.1').int32(port).text(null)).text('test').int32(0)
        return out.array(asked ?? [...topics], (topic) => out.int16(topics.has(topic) ? error : UNKNOWN_TOPIC).text(topic).int8(0).array(Array.from({ length: partitions }, (_, i) => i), (partition) => out.int16(0).int32(partition).int32(0).array([0], (node) => out.int32(node)).array([0], (node) => out.int32(node))))
      }
      case 19: {
        const wanted = request.array(() => {
          const name = request.text() ?? ''
          request.int32(); request.int16()
          request.array(() => { request.int32(); request.array(() => request.int32()) })
          request.array(() => { request.text(); request.text() })
          return name
        })
        return out.int32(0).array(wanted, (name) => {
          out.text(name).int16(error === 0 && topics.has(name) ? TOPIC_EXISTS : error).text(null)
          topics.add(name)
        })
      }
      case 10: return out.int32(0).int16(error).text(null).int32(0).text('127.0.0.1').int32(port)
      case 22: {
        const name = request.text()
        const known = name === null ? undefined : producers.get(name)
        const producer: ProducerState = known === undefined ? { id: nextProducer++, epoch: 0, open: new Map() } : { id: known.id, epoch: known.epoch + 1, open: new Map() }
        // What an older one has under way is dropped, and its epoch is no longer taken.
        if (name !== null) producers.set(name, producer)
        return out.int32(0).int16(error).int64(producer.id).int16(producer.epoch)
      }
      case 24: {
        request.text(); request.int64(); request.int16()
        const wanted = request.array(() => ({ topic: request.text() ?? '', partitions: request.array(() => request.int32()) }))
        return out.int32(0).array(wanted, ({ topic, partitions: list }) => out.text(topic).array(list, (partition) => out.int32(partition).int16(error)))
      }
      case 26: {
        const name = request.text() ?? ''
        request.int64()
        const epoch = request.int16()
        const commit = request.int8() === 1
        const producer = producers.get(name)
        if (error !== 0 || producer?.epoch !== epoch) return out.int32(0).int16(error === 0 ? INVALID_EPOCH : error)
        if (commit) for (const [where, batches] of producer.open) for (const batch of batches) append(where.split('\0')[0] ?? '', Number(where.split('\0')[1]), batch)
        producer.open.clear()
        return out.int32(0).int16(0)
      }
      case 0: {
        const transaction = request.text()
        request.int16(); request.int32()
        const sent = request.array(() => ({ topic: request.text() ?? '', partitions: request.array(() => ({ partition: request.int32(), batch: request.bytes() ?? Buffer.alloc(0) })) }))
        out.array(sent, ({ topic, partitions: list }) => out.text(topic).array(list, ({ partition, batch }) => {
          const done = error === 0 ? produce(topic, partition, batch, transaction) : { error, offset: -1 }
          out.int32(partition).int16(done.error).int64(BigInt(done.offset)).int64(-1n)
        }))
        return out.int32(0)
      }
      case 2: {
        request.int32()
        const wanted = request.array(() => ({ topic: request.text() ?? '', partitions: request.array(() => ({ partition: request.int32(), time: request.int64() })) }))
        return out.array(wanted, ({ topic, partitions: list }) => out.text(topic).array(list, ({ partition, time }) => {
          const log = logOf(topic, partition)
          out.int32(partition).int16(error).int64(-1n).int64(BigInt(time === -2n ? (log.records[0]?.offset ?? 0) : log.next))
        }))
      }
      case 1: {
        request.int32()
        const wait = request.int32()
        request.int32()
        const most = request.int32()
        request.int8()
        const wanted = request.array(() => ({ topic: request.text() ?? '', partitions: request.array(() => ({ partition: request.int32(), from: Number(request.int64()), most: request.int32() })) }))
        const isEmpty = (): boolean => wanted.every(({ topic, partitions: list }) => list.every(({ partition, from }) => logOf(topic, partition).next <= from))
        if (isEmpty() && wait > 0) {
          await new Promise<void>((resolve) => {
            const wake = (): void => { clearTimeout(timer); waiting.delete(wake); resolve() }
            const timer = setTimeout(wake, wait)
            waiting.add(wake)
          })
        }
        out.int32(0)
        return out.array(wanted, ({ topic, partitions: list }) => out.text(topic).array(list, ({ partition, from, most: mostHere }) => {
          const log = logOf(topic, partition)
          const found: Buffer[] = []
          let bytes = 0
          for (const { offset, count, batch } of log.records) {
            if (offset + count <= from) continue
            // One batch always goes, as brokers do it.
            if (found.length > 0 && bytes + batch.length > Math.min(most, mostHere)) break
            found.push(batch)
            bytes += batch.length
          }
          out.int32(partition).int16(error === 0 && from > log.next ? OFFSET_OUT_OF_RANGE : error).int64(BigInt(log.next)).int64(BigInt(log.next)).array([], () => undefined).bytes(Buffer.concat(found))
        }))
      }
      default: throw new Error(`this broker knows no api ${api}`)
    }
  }

  const serve = (socket: Socket): void => {
    sockets.add(socket)
    let held = Buffer.alloc(0)
    let turn: Promise<unknown> = Promise.resolve()
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined).on('data', (part: Buffer) => {
      held = Buffer.concat([held, part])
      while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
        const request = new Request(held.subarray(4, 4 + held.readInt32BE(0)))
        held = held.subarray(4 + held.readInt32BE(0))
        const [api, version, correlation] = [request.int16(), request.int16(), request.int32()]
        request.text()
        turn = turn.then(() => answer(request, api, version)).then((out) => socket.write(out.frame(correlation)), () => socket.destroy())
      }
    })
  }
  const listen = async (): Promise<void> => {
    server = createServer(serve)
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  }
  const goAway = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen()
  return {
    get address() { return `127.0.0.1:${port}` },
    topics: () => [...topics].toSorted(),
    records: (topic) => Array.from({ length: partitions }, (_, partition) => (logs.get(`${topic}\0${partition}`)?.records ?? []).flatMap(({ offset, batch }) => readBatch(batch).records(offset).map((record) => ({ ...record, partition })))).flat(),
    goAway,
    comeBack: listen,
    fail: (api, error, times) => void failing.set(api, { error, left: times }),
    put: (topic, { key, value, partition = 0 }) => void append(topic, partition, batchesIn([{ key: key ?? null, value }])),
    stop: async () => goAway().catch(() => undefined),
    [Symbol.asyncDispose]: async () => goAway().catch(() => undefined),
  }
}

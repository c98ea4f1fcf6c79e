// The peer of bench/webhooks.ts: the same events through a stream of a Redis that syncs every write (appendfsync always), read by a
// consumer group in a process of its own that acknowledges each batch. The clock of an event starts before it is sent to Redis, and stops
// when its consumer has it.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forkConsumer } from './forked-consumer.ts'
import type { EventPeer } from './forked-consumer.ts'

type Reply = string | number | null | Error | readonly Reply[]

const now = (): number => performance.timeOrigin + performance.now()

export async function redisStreams(program: string): Promise<EventPeer> {
  const folder = mkdtempSync(join(tmpdir(), 'tulle-bench-redis-'))
  const socket = join(folder, 'redis.sock')
  const server = spawn(program, ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always'], { stdio: 'ignore' })
  const client = await opened(socket)
  const consumer = forkConsumer(import.meta.filename, socket)
  await client.call([['XGROUP', 'CREATE', 'events', 'bench', '$', 'MKSTREAM']])
  let number = 0
  return {
    ...consumer,
    async append(count) {
      const at = String(now())
      await client.call(Array.from({ length: count }, () => ['XADD', 'events', '*', 'event', JSON.stringify({ specversion: '1.0', id: `event-${number}`, source: '/bench/products/flights', type: 'tulle.incident.opened', subject: 'flights', time: new Date().toISOString(), datacontenttype: 'application/json', data: { product: 'flights', incident: number++, sentence: at } })]))
    },
    async close() {
      consumer.kill()
      client.end()
      server.kill()
      await new Promise((gone) => server.once('exit', gone))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Reads and acknowledges up to a thousand at once, as a webhook's batch has. */
async function consume(socket: string): Promise<void> {
  const client = await opened(socket)
  const state = { isConsuming: false }
  let running: Promise<void> = Promise.resolve()
  let took: number[] = []
  const run = async (): Promise<void> => {
    while (state.isConsuming) {
      const [read] = await client.call([['XREADGROUP', 'GROUP', 'bench', 'one', 'COUNT', '1000', 'BLOCK', '100', 'STREAMS', 'events', '>']])
      const at = now()
      const [[, entries = []] = []] = (read ?? []) as unknown as [string, [string, [string, string]][]][]
      for (const [, [, text]] of entries) took.push(at - Number((JSON.parse(text) as { data: { sentence: string } }).data.sentence))
      if (entries.length > 0) await client.call([['XACK', 'events', 'bench', ...entries.map(([id]) => id)]])
    }
  }
  process.on('message', (said) => {
    if (said === 'consume') {
      state.isConsuming = true
      running = run()
    } else {
      state.isConsuming = false
      void running.then(() => process.send?.({ paused: true }))
    }
  })
  setInterval(() => {
    process.send?.({ took })
    took = []
  }, 250)
}

interface Client { call(commands: readonly (readonly string[])[]): Promise<readonly Reply[]>; end(): void }

async function opened(path: string): Promise<Client> {
  for (let tries = 0; ; tries += 1) {
    const socket = connect(path)
    const isOpen = await new Promise<boolean>((told) => socket.once('connect', () => told(true)).once('error', () => told(false)))
    if (isOpen) return clientOn(socket)
    if (tries > 100) throw new Error('Redis does not begin.')
    await new Promise((wake) => setTimeout(wake, 50))
  }
}

/** Redis' protocol, as far as this asks: commands go out at once, replies come in their order. */
function clientOn(socket: Socket): Client {
  let rest = Buffer.alloc(0)
  const waiting: { readonly count: number; readonly replies: Reply[]; readonly done: (replies: readonly Reply[]) => void; readonly failed: (error: Error) => void }[] = []
  socket.on('data', (piece) => {
    rest = Buffer.concat([rest, piece])
    let at = 0
    for (let [call] = waiting; call !== undefined; [call] = waiting) {
      const read = readReply(rest, at)
      if (read === undefined) break
      at = read.end
      if (read.value instanceof Error) call.failed(read.value)
      call.replies.push(read.value)
      if (call.replies.length < call.count) continue
      waiting.shift()
      call.done(call.replies)
    }
    rest = rest.subarray(at)
  })
  return {
    call: (commands) => new Promise((done, failed) => {
      waiting.push({ count: commands.length, replies: [], done, failed })
      socket.write(commands.map((words) => `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`).join(''))
    }),
    end: () => void socket.destroy(),
  }
}

/** The reply that begins at `at`, and where it ends; undefined: it is not all there. */
function readReply(bytes: Buffer, at: number): { readonly value: Reply; readonly end: number } | undefined {
  const line = bytes.indexOf('\r\n', at)
  if (line < 0) return undefined
  const [kind, text, begin] = [String.fromCharCode(bytes[at] ?? 0), bytes.toString('latin1', at + 1, line), line + 2]
  if (kind === '+') return { value: text, end: begin }
  if (kind === '-') return { value: new Error(text), end: begin }
  const count = Number(text)
  if (kind === ':') return { value: count, end: begin }
  if (count < 0) return { value: null, end: begin }
  if (kind === '$') return bytes.length < begin + count + 2 ? undefined : { value: bytes.toString('utf8', begin, begin + count), end: begin + count + 2 }
  const all: Reply[] = []
  let end = begin
  for (let n = 0; n < count; n += 1) {
    const one = readReply(bytes, end)
    if (one === undefined) return undefined
    all.push(one.value)
    end = one.end
  }
  return { value: all, end }
}

const [, , role, path] = process.argv
if (role === 'consumer' && path !== undefined) await consume(path)

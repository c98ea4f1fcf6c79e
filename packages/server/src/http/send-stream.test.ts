// A reader who takes nothing costs no more memory than a batch, is hung up on, and goes on where he was.

import { createServer } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import type { StreamEntry, StreamPage } from '@tulle/streams'
import { sendStream } from './send-stream.ts'

const ENTRIES = 3000
const BATCH = 500
const ROW = JSON.stringify({ note: 'x'.repeat(10_000) })
const STALL_MILLISECONDS = 300

const pageAfter = (position: number): StreamPage => {
  const entries = Array.from({ length: Math.min(BATCH, ENTRIES - position) }, (_, i): StreamEntry => {
    const id = String(position + i + 1)
    return { kind: 'row', id, position: id, op: 'insert', after: ROW, snapshot: '1', time: '2026-01-01T00:00:00.000Z' }
  })
  return { entries, next: String(position + entries.length), end: position + entries.length >= ENTRIES, rights: 'r' }
}

interface Served { readonly server: Server; readonly url: URL; readonly most: () => number; readonly over: Promise<void> }
const closers: (() => void)[] = []
afterEach(() => closers.splice(0).forEach((close) => close()))

/** A server of one log; `pace` is how an answer is written. */
async function serve(pace: (raw: ServerResponse, from: number, signal: AbortSignal) => Promise<void>): Promise<Served> {
  let most = 0
  const over = Promise.withResolvers<void>()
  const server = createServer((request, raw) => {
    const gone = new AbortController()
    raw.once('close', () => gone.abort(new Error('the reader hung up')))
    const watching = setInterval(() => { most = Math.max(most, raw.writableLength) }, 1)
    void pace(raw, Number(request.headers['last-event-id'] ?? 0), gone.signal).finally(() => {
      clearInterval(watching)
      over.resolve()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => void server.close(), () => server.closeAllConnections())
  return { server, url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), most: () => most, over: over.promise }
}

/** Asks, takes the first bytes, and nothing more. */
async function stalledReader(url: URL): Promise<{ readonly socket: Socket; readonly lastId: string }> {
  const socket = connect(Number(url.port), url.hostname)
  socket.write('GET / HTTP/1.1\r\nhost: test\r\naccept: text/event-stream\r\n\r\n')
  let text = ''
  while (!text.includes('id: 3\n')) text += String((await once(socket, 'data'))[0])
  socket.pause()
  closers.push(() => socket.destroy())
  return { socket, lastId: [...text.matchAll(/^id: (\d+)$/gmu)].at(-2)?.[1] ?? '' }
}

const atPace = (raw: ServerResponse, from: number, signal: AbortSignal): Promise<void> => sendStream(raw, {
  // Who comes back reads, at the pace of this machine.
  first: pageAfter(from), signal, stallMilliseconds: from === 0 ? STALL_MILLISECONDS : 60_000, describe: (error) => { throw error },
  read: async (position) => ok(pageAfter(Number(position))),
  wait: () => new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
})

describe('a reader who takes nothing', () => {
  it('has no more than a batch waiting, is hung up on, and goes on after what he took', async () => {
    const { url, most, over } = await serve(atPace)
    const { socket, lastId } = await stalledReader(url)
    const begun = performance.now()
    await over
    expect(performance.now() - begun).toBeGreaterThanOrEqual(STALL_MILLISECONDS / 2)
    expect(most()).toBeGreaterThan(0)
    expect(most()).toBeLessThan(BATCH * (ROW.length + 500))
    socket.destroy()

    const ids: number[] = []
    const again = await fetch(url, { headers: { 'last-event-id': lastId } })
    let rest = ''
    for await (const text of (again.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
      rest += text
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('id: ')) ids.push(Number(line.slice(4)))
      if (ids.at(-1) === ENTRIES) break
    }
    expect(ids).toEqual(Array.from({ length: ENTRIES - Number(lastId) }, (_, i) => Number(lastId) + i + 1))
  })

  it('has everything waiting where nobody minds his pace: the control', async () => {
    const { url, most, over } = await serve(async (raw) => {
      raw.writeHead(200, { 'content-type': 'text/event-stream' })
      for (let position = 0; position < ENTRIES; position += BATCH) {
        raw.write(pageAfter(position).entries.map((entry) => `id: ${entry.position}\ndata: ${ROW}\n\n`).join(''))
        await new Promise((resolve) => { setTimeout(resolve, 5) })
      }
    })
    await stalledReader(url)
    await over
    expect(most()).toBeGreaterThan(2 * BATCH * ROW.length)
  })
})

// A server that sends events, for tests: those that are there, from the one after the last that was taken, and then what comes.

import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface EventSource extends AsyncDisposable {
  readonly host: string
  readonly url: string
  /** What a client sent as `Last-Event-ID`, request by request. */
  readonly asked: (string | undefined)[]
  send(data: string, more?: { readonly event?: string; readonly id?: string }): void
  /** As a server that keeps nothing in mind would: every client is sent everything. */
  forgetful: boolean
}

export async function eventSource(): Promise<EventSource> {
  const events: { readonly id: string; readonly text: string }[] = []
  const open = new Set<ServerResponse>()
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const last = request.headers['last-event-id'] as string | undefined
    asked.push(last)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const from = last === undefined || source.forgetful ? 0 : events.findIndex(({ id }) => id === last) + 1
    response.write(`: hello\n\n${events.slice(from).map(({ text }) => text).join('')}`)
    open.add(response)
    response.on('close', () => open.delete(response))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const source: EventSource = {
    host, url: `http://${host}/events`, asked, forgetful: false,
    send: (data, { event, id = String(events.length + 1) } = {}) => {
      const text = `${event === undefined ? '' : `event: ${event}\n`}${id === '' ? '' : `id: ${id}\n`}${data.split('\n').map((line) => `data: ${line}\n`).join('')}\n`
      events.push({ id, text })
      for (const response of open) response.write(text)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => void server.close(() => resolve()))
    },
  }
  return source
}

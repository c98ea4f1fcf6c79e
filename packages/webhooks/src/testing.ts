// The rig for rooms that deliver to webhooks: a target on this machine, whose answers a test decides, and which believes nothing
// that Standard Webhooks does not verify.

import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import type { Json } from '@tulle/kernel'

export interface TakenEvent { readonly id: string; readonly source: string; readonly type: string; readonly subject?: string; readonly data: Readonly<Record<string, Json>> }

export interface Taken { readonly headers: IncomingHttpHeaders; readonly body: string; readonly events: readonly TakenEvent[] }

export interface Target extends AsyncDisposable {
  readonly url: string
  /** `host:port`, for lists of hosts. */
  readonly host: string
  /** What was asked of it, those requests too that it did not take. */
  readonly requests: Taken[]
  /** Events of the requests that it took. */
  readonly taken: TakenEvent[]
  close(): Promise<void>
}

/** Answers a request with a status, a place to go to, or never. */
export type Answer = (request: Taken) => number | { readonly location: string } | 'never' | Promise<number | { readonly location: string } | 'never'>

export async function openTarget(answer: Answer = () => 204): Promise<Target> {
  const requests: Taken[] = []
  const taken: TakenEvent[] = []
  const server = createServer((request, reply) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const parsed = JSON.parse(body) as TakenEvent | TakenEvent[]
      const one: Taken = { headers: request.headers, body, events: Array.isArray(parsed) ? parsed : [parsed] }
      requests.push(one)
      void Promise.resolve(answer(one)).then((said) => {
        if (said === 'never') return undefined
        if (typeof said === 'object') return reply.writeHead(302, said).end()
        if (said >= 200 && said < 300) taken.push(...one.events)
        return reply.writeHead(said).end('as you like')
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = (): Promise<void> => new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
  return { url: `http://127.0.0.1:${port}/hook`, host: `127.0.0.1:${port}`, requests, taken, close, [Symbol.asyncDispose]: close }
}

/** Throws unless the secret signed this request, recently. */
export const verify = (secret: string, { body, headers }: Taken): void => void new Webhook(secret).verify(body, headers as Record<string, string>)

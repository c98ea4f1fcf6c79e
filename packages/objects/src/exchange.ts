// One HTTP request and its reply, over connections that are kept. By node:http and not by fetch: in Node 24 a connection
// that ends while a body waits to be read breaks an assertion of fetch, outside of anything that could catch it.

import { Agent, request as plainRequest } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import type { LookupFunction } from 'node:net'

export interface HttpRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal
}

export interface HttpReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Throws where the connection ends early. */
  readonly body: AsyncIterable<Uint8Array>
}

export type Exchange = (request: HttpRequest) => Promise<HttpReply>

const CONNECTIONS = { keepAlive: true, maxSockets: 64 }

/** `lookup` finds the addresses of hosts; the system's own unless given. */
export function openExchange(lookup?: LookupFunction): Exchange {
  const agents = { 'http:': new Agent(CONNECTIONS), 'https:': new TlsAgent(CONNECTIONS) }
  return ({ method, url, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const isTls = url.protocol === 'https:'
      const sized = body === undefined ? headers : { ...headers, 'content-length': String(body.length) }
      const outgoing = (isTls ? tlsRequest : plainRequest)(url, {
        method, headers: sized, signal, agent: agents[isTls ? 'https:' : 'http:'], ...(lookup !== undefined && { lookup }),
      }, (incoming) => {
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: incoming })
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}

// Hangs a handler on every endpoint of the API's table: reads and checks the input, finds the caller, sends the answer.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { API_ROOT, endpoints, KEEP_ALIVE, printEvent, readInput, statusOf, STREAM_TYPE, toProblem } from '@tulle/api'
import type { Endpoint, EndpointName, Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import type { Log } from '../log.ts'
import { messages } from '../messages.ts'
import { describeInternalError, sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf, cookieName } from './callers.ts'

export interface ApiRoutes {
  readonly handlers: Handlers<Caller>
  readonly accounts: Authenticator
  readonly port: number
  /** Browsers come by https alone: the cookie travels by nothing else. */
  readonly secure: boolean
  readonly log: Log
  /** Writes down what was asked, by whom, and how it ended. */
  readonly record: (caller: Caller | undefined, operation: EndpointName, outcome: string) => Promise<Result<void>>
}

type AnyHandler = (input: unknown, caller: Caller | undefined, signal: AbortSignal) => Promise<Result<unknown>>

export function mountApi(app: FastifyInstance, routes: ApiRoutes): void {
  for (const [name, endpoint] of Object.entries(endpoints) as [EndpointName, Endpoint][]) {
    app.route({
      method: endpoint.method,
      url: `${API_ROOT}${endpoint.path}`,
      handler: (request, reply) => serve(name, endpoint, routes, request, reply).catch((error: unknown) => sendInternalError(reply, error, routes.log)),
    })
  }
}

async function serve(name: EndpointName, endpoint: Endpoint, routes: ApiRoutes, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const caller = await callerOf(request, routes.accounts, routes.port)
  if (!caller.ok && endpoint.auth !== 'public') return sendProblem(reply, caller.diagnostics)
  if (caller.ok && caller.value.apiToken?.scope === 'read' && endpoint.method !== 'GET') return sendProblem(reply, [messages['token-reads-only']({})])
  const input = readInput(endpoint, { params: request.params, query: request.query, body: request.body })
  if (!input.ok) return sendProblem(reply, input.diagnostics)

  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the caller hung up')))
  const handler = routes.handlers[name] as AnyHandler
  const answer = await handler(input.value, caller.ok ? caller.value : undefined, gone.signal)
  if (isTold(name, endpoint, answer)) {
    const recorded = await routes.record(caller.ok ? caller.value : undefined, name, answer.ok ? 'ok' : (answer.diagnostics[0]?.code ?? 'internal-error'))
    if (!recorded.ok) return sendProblem(reply, recorded.diagnostics)
  }
  if (!answer.ok) return sendProblem(reply, answer.diagnostics)
  if (endpoint.stream === 'sse') return sendEvents(reply, answer.value as AsyncIterable<unknown>, routes.log)
  if (name === 'signIn') keepInCookie(reply, (answer.value as { token: string }).token, routes)
  if (name === 'signOut') keepInCookie(reply, '', routes)
  if (endpoint.status === 204) return reply.code(204).send()
  return reply.code(endpoint.status ?? 200).type('application/json').send(JSON.stringify(answer.value))
}

const SIGNING_IN: ReadonlySet<EndpointName> = new Set(['signIn', 'signOut', 'finishSignIn', 'beginDeviceSignIn', 'finishDeviceSignIn'])

/** Whatever changes something, or was refused; what is only read is in no log but where it is data, and sign-ins tell of themselves. */
const isTold = (name: EndpointName, { method }: Endpoint, answer: Result<unknown>): boolean =>
  !SIGNING_IN.has(name) && (method !== 'GET' || name === 'revealAudit' || (!answer.ok && statusOf(answer.diagnostics[0]?.code ?? '') === 403))

const KEEP_ALIVE_MILLISECONDS = 15_000

async function sendEvents(reply: FastifyReply, events: AsyncIterable<unknown>, log: Log): Promise<FastifyReply> {
  reply.hijack()
  const { raw } = reply
  raw.writeHead(200, { 'content-type': STREAM_TYPE, 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  const alive = setInterval(() => raw.write(KEEP_ALIVE), KEEP_ALIVE_MILLISECONDS)
  try {
    for await (const event of events) {
      if (raw.destroyed) break
      if (!raw.write(printEvent('message', event))) await new Promise((resolve) => raw.once('drain', resolve).once('close', resolve))
    }
  } catch (error) {
    if (!raw.destroyed) raw.write(printEvent('problem', toProblem([describeInternalError(error, log)])))
  } finally {
    clearInterval(alive)
    raw.end()
  }
  return reply
}

export function keepInCookie(reply: FastifyReply, token: string, { port, secure }: Pick<ApiRoutes, 'port' | 'secure'>): void {
  const life = token === '' ? '; Max-Age=0' : ''
  reply.header('set-cookie', `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}${life}`)
}

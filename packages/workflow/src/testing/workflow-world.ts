// A world for workflows under test: a jq, a clock that goes on when nothing else does, events, and the public services that
// the specification's documents call, on this machine.

import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock, Json } from '@tulle/kernel'
import type { Outcome } from '../dsl/durable-port.ts'
import { openHttpDoor } from '../dsl/doors/http-door.ts'
import { runProcess } from '../dsl/doors/process-door.ts'
import type { HostFunction, TaskStatus, WorkflowHost } from '../dsl/host.ts'
import { runWorkflow } from '../dsl/interpret/run-workflow.ts'
import { openJq } from '../dsl/jq/jq.ts'
import { parseWorkflow } from '../dsl/parse-workflow.ts'
import type { MemoryEvents } from '../dsl/ports/memory-events.ts'
import { memoryEvents } from '../dsl/ports/memory-events.ts'
import type { Journal } from '../dsl/ports/memory-port.ts'
import { emptyJournal, memoryPort } from '../dsl/ports/memory-port.ts'
import type { JsonObject, WorkflowDocument } from '../dsl/types.ts'

export interface Seen { readonly reference: string; readonly status: TaskStatus; readonly why: string }
export interface Ran { readonly outcome: Outcome; readonly seen: readonly Seen[]; readonly events: readonly JsonObject[]; readonly journal: Journal }
export interface Running {
  readonly input?: Json
  /** Kept by the log one after the other while the workflow runs. */
  readonly events?: readonly JsonObject[]
  readonly host?: Partial<WorkflowHost>
  readonly journal?: Journal
  readonly runId?: string
  readonly signal?: AbortSignal
  readonly boundary?: (runId: string, name: string) => void
  readonly log?: MemoryEvents
}
export interface HttpSeen { readonly method: string; readonly host: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }

export interface WorkflowWorld {
  readonly clock: Clock
  readonly requests: HttpSeen[]
  parse(text: string): Promise<WorkflowDocument>
  run(text: string, running?: Running): Promise<Ran>
  hostOf(log: MemoryEvents, seen: Seen[], more?: Partial<WorkflowHost>): WorkflowHost
  close(): Promise<void>
}

export interface WorldOptions {
  readonly functions?: Readonly<Record<string, HostFunction>>
  readonly secrets?: Readonly<Record<string, Json>>
  readonly workflows?: readonly string[]
  /** Answers a call to a public host; undefined is 404. */
  readonly answer?: (request: HttpSeen) => { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: Json | string } | undefined
}

export async function workflowWorld({ functions = {}, secrets = {}, workflows = [], answer = () => undefined }: WorldOptions = {}): Promise<WorkflowWorld> {
  const requests: HttpSeen[] = []
  let inFlight = 0
  const server = createServer((request, response) => {
    void serve(request, response)
  })
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { 'x-public-host': host = '', ...headers } = request.headers as Record<string, string>
    const seen: HttpSeen = { method: request.method ?? '', host, path: request.url ?? '', headers, body: Buffer.concat(parts).toString('utf8') }
    requests.push(seen)
    const { status = 200, headers: said = {}, body } = answer(seen) ?? { status: 404 }
    response.writeHead(status, { ...(body !== undefined && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }), ...said })
    response.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const door = openHttpDoor({ hosts: [], privateHosts: [`127.0.0.1:${port}`] })
  const jq = openJq()
  const clock = idleClock(() => inFlight)
  const documents = new Map<string, WorkflowDocument>()
  const parse = async (text: string): Promise<WorkflowDocument> => {
    const parsed = await parseWorkflow(text, 'workflow.yaml', { jq, functions: Object.keys(functions) })
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.diagnostics))
    return parsed.value.definition
  }
  for (const text of workflows) {
    const document = await parse(text)
    documents.set(`${document.document.namespace}/${document.document.name}`, document)
  }
  const busy = async <T>(work: () => Promise<T>): Promise<T> => {
    inFlight += 1
    try {
      return await work()
    } finally {
      inFlight -= 1
    }
  }
  const hostOf = (log: MemoryEvents, seen: Seen[], more: Partial<WorkflowHost> = {}): WorkflowHost => ({
    jq: { ...jq, evaluate: (question) => busy(() => jq.evaluate(question)) },
    clock,
    events: log,
    functions,
    http: (call) => busy(() => {
      const url = new URL(call.url)
      return door({ ...call, url: `http://127.0.0.1:${port}${url.pathname}${url.search}`, headers: { ...call.headers, 'x-public-host': url.host } })
    }),
    secret: (name) => secrets[name],
    workflow: async (namespace, name) => documents.get(`${namespace}/${name}`),
    process: (request) => busy(() => runProcess(request)),
    runtime: { name: 'Tulle', version: 'test' },
    observe: (event) => seen.push(event),
    ...more,
  })
  return {
    clock,
    requests,
    parse,
    hostOf,
    async run(text, { input = {}, events = [], host = {}, journal = emptyJournal(), runId = 'run', signal = new AbortController().signal, boundary, log = memoryEvents(clock) } = {}) {
      const document = await parse(text)
      const seen: Seen[] = []
      const whole = hostOf(log, seen, host)
      const port = memoryPort({ runId, journal, clock, host: whole, signal, ...(boundary !== undefined && { boundary }) })
      for (const [i, event] of events.entries()) await log.append(`given-${i}`, event)
      const outcome = await runWorkflow({ document, input }, port, whole)
      return { outcome, seen, events: log.events, journal }
    },
    async close() {
      await jq.close()
      clock.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A clock that leaps to what is due next whenever nothing is being worked on. */
function idleClock(inFlight: () => number): Clock & { close(): void } {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const timers = new Set<{ readonly at: number; readonly resolve: () => void }>()
  let idle = 0
  const tick = setInterval(() => {
    idle = inFlight() > 0 ? 0 : idle + 1
    const [next] = [...timers].toSorted((a, b) => a.at - b.at)
    if (idle < 3 || next === undefined) return
    idle = 0
    now = Math.max(now, next.at)
    timers.delete(next)
    next.resolve()
  }, 2)
  tick.unref()
  return {
    now: () => now,
    sleep: (milliseconds, signal) => new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      const timer = { at: now + milliseconds, resolve }
      timers.add(timer)
      signal?.addEventListener('abort', () => {
        timers.delete(timer)
        reject(signal.reason as Error)
      }, { once: true })
    }),
    close: () => clearInterval(tick),
  }
}

const PETS: readonly JsonObject[] = [{ id: 1, name: 'Rex', status: 'available' }, { id: 2, name: 'Milou', status: 'available' }, { id: 69, name: 'Idefix', status: 'sold' }]
const PETSTORE = {
  swagger: '2.0', schemes: ['https'], host: 'petstore.swagger.io', basePath: '/v2',
  paths: {
    '/pet/findByStatus': { get: { operationId: 'findPetsByStatus', parameters: [{ name: 'status', in: 'query', required: true, type: 'string' }] } },
    '/pet/{petId}': { get: { operationId: 'getPetById', parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer' }] } },
  },
}

const FAKE_ASYNCAPI = {
  asyncapi: '3.0.0', info: { title: 'Pets', version: '1' },
  servers: { broker: { host: 'broker.fake.com', protocol: 'kafka' }, staging: { host: '{stage}.fake.com', pathname: '/v1', protocol: 'http', variables: { stage: { default: 'staging' } } } },
  channels: { find: { address: 'pets/find', messages: { asked: { contentType: 'application/vnd.pets+json' } } } },
  operations: { findPetsByStatus: { action: 'receive', channel: { $ref: '#/channels/find' }, messages: [{ $ref: '#/channels/find/messages/asked' }] }, getNotifications: { action: 'send', channel: { $ref: '#/channels/find' } } },
}

/** The public services of the specification's documents, as far as those need them. */
export const publicServices: NonNullable<WorldOptions['answer']> = ({ method, host, path, headers, body }) => {
  const { pathname, searchParams } = new URL(path, 'http://x')
  if (host === 'petstore.swagger.io') {
    if (pathname === '/v2/swagger.json') return { body: PETSTORE as unknown as Json }
    if (pathname === '/v2/pet/findByStatus') return { body: PETS.filter((pet) => pet['status'] === searchParams.get('status')) }
    if (pathname === '/v2/pet/busy') return { status: 503 }
    const pet = PETS.find(({ id }) => pathname === `/v2/pet/${String(id)}`)
    if (pet !== undefined) return { body: method === 'PUT' ? JSON.parse(body) as Json : headers['authorization'] === undefined ? pet : { ...pet, asked: createHash('sha256').update(headers['authorization']).digest('hex').slice(0, 8) } }
  }
  if (host === 'httpbin.org' && pathname.startsWith('/basic-auth/')) {
    const [, , user, password] = pathname.split('/')
    return headers['authorization'] === `Basic ${btoa(`${user}:${password}`)}` ? { body: { authenticated: true, user: user ?? '' } } : { status: 401 }
  }
  if (host === 'swapi.dev') {
    if (pathname === '/api/people/') return { body: { count: 1, results: [{ name: searchParams.get('search') }] } }
    if (pathname === '/api/people/1') return { body: { name: 'Luke Skywalker', homeworld: 'https://swapi.dev/api/planets/1/' } }
    if (pathname === '/api/planets/1/') return { body: { name: 'Tatooine' } }
  }
  if (host === 'keycloak') {
    const realm = '/realms/fake-authority'
    if (pathname === `${realm}/.well-known/openid-configuration`) return { body: { token_endpoint: `http://keycloak${realm}/token` } }
    const form = new URLSearchParams(body)
    const isKnown = form.get('client_id') === 'workflow-runtime-id' && form.get('client_secret') === 'workflow-runtime-secret' && form.get('grant_type') === 'client_credentials'
    if (pathname.startsWith(realm) && method === 'POST') return isKnown ? { body: { access_token: 'of-keycloak', token_type: 'bearer' } } : { status: 401 }
  }
  if (host === 'raw.githubusercontent.com' && pathname.endsWith('/log/1.0.0/function.yaml')) return { body: 'set:\n  logged: ${ .message }\n' }
  if (host === 'fake.com' && pathname === '/docs/asyncapi.json') return { body: FAKE_ASYNCAPI as unknown as Json }
  if (host === 'staging.fake.com' && pathname === '/v1/pets/find') return { body: { published: JSON.parse(body) as Json, by: headers['authorization'] ?? null } }
  const accepted: ReadonlySet<string> = new Set(['fake-hospital.com', 'superbet-casinos.com', 'virtual-wf-powered-race.com', 'example.com', 'hospital.example.com', 'fake-chat-api.com', 'fake.com'])
  if (accepted.has(host)) return { body: { accepted: path } }
  if (host === 'myorg.io') return pathname === '/ordersservices.json' ? { body: { openapi: '3.0.0', servers: [{ url: '/v1' }], paths: { '/readings': { post: { operationId: 'logreading' } }, '/report': { post: { operationId: 'produceReport' } } } } } : { body: { done: pathname } }
  return undefined
}

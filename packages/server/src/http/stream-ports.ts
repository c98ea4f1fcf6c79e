// The change stream ports: `/streams/v1/<product>/<data set>` as server-sent events or in batches, and the named positions of
// whoever reads.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { STREAM_TYPE } from '@tulle/api'
import { onePurpose } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { fail, isName, ok } from '@tulle/kernel'
import type { From, Reader, StreamAddress, StreamPage } from '@tulle/streams'
import { MOST_ENTRIES, readFrom } from '@tulle/streams'
import { findProduct } from '../handlers/products.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { whoIs } from '../who.ts'
import { describeInternalError, sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf } from './callers.ts'
import { printData, sendStream } from './send-stream.ts'

const BASE = '/streams/v1'
/** Entries of one event loop's turn, and of a batch unless told. */
const BATCH = 500
/** Rights are asked again at least so often while a stream is open. */
const LOOK_MILLISECONDS = 750
/** A reader who takes nothing for so long has hung up, whatever its socket says. */
const STALL_MILLISECONDS = 60_000
const LONGEST_WAIT_SECONDS = 30
/** Streams that are open at the same time, of all and of one subject. */
const MOST_OPEN = 500
const MOST_OPEN_OF_ONE = 32

interface Asked { readonly reader: Reader; readonly address: StreamAddress; readonly query: URLSearchParams; readonly caller: Caller }
type Serve = (asked: Asked, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>

export function mountStreamPorts(app: FastifyInstance, house: House, accounts: Authenticator): void {
  const open = new Map<string, number>()
  const route = (method: 'GET' | 'PUT' | 'DELETE', path: string, serve: Serve): void => {
    app.route({
      method,
      url: `${BASE}${path}`,
      handler: async (request, reply) => {
        try {
          const caller = await callerOf(request, accounts, house.settings.httpPort)
          if (!caller.ok) return sendProblem(reply, caller.diagnostics)
          const asked = await whatIsAsked(house, request, caller.value)
          return asked.ok ? await serve(asked.value, request, reply) : sendProblem(reply, asked.diagnostics)
        } catch (error) {
          return sendInternalError(reply, error, house.log)
        }
      },
    })
  }
  app.get(`${BASE}/positions`, async (request, reply) => {
    const caller = await callerOf(request, accounts, house.settings.httpPort)
    if (!caller.ok) return sendProblem(reply, caller.diagnostics)
    return answer(reply, await house.streams.positions.list(whoIs(house, caller.value, '')))
  })
  route('GET', '/:product/:dataSet', (asked, request, reply) =>
    (request.headers.accept?.includes(STREAM_TYPE) === true ? stream(house, open, asked, request, reply) : batch(house, asked, request, reply)))
  route('GET', '/:product/:dataSet/positions/:consumer', async ({ reader, address }, request, reply) => {
    const found = await house.streams.positions.read(reader, address, consumerOf(request))
    if (!found.ok) return sendProblem(reply, found.diagnostics)
    return found.value === undefined ? sendProblem(reply, [messages['position-not-saved']({ consumer: consumerOf(request).slice(0, 80) })]) : answer(reply, found)
  })
  route('PUT', '/:product/:dataSet/positions/:consumer', async ({ reader, address }, request, reply) => {
    const { position, replay } = (request.body ?? {}) as { readonly position?: unknown; readonly replay?: unknown }
    if (typeof position !== 'string') return sendProblem(reply, [messages['bad-input']({ field: 'position', text: 'it must be a text that the stream gave' })])
    return answer(reply, await house.streams.positions.save({ reader, address, consumer: consumerOf(request), position, ...(replay === true && { replay }) }))
  })
  route('DELETE', '/:product/:dataSet/positions/:consumer', async ({ reader, address }, request, reply) => {
    const forgotten = await house.streams.positions.forget(reader, address, consumerOf(request))
    return forgotten.ok ? reply.code(204).send() : sendProblem(reply, forgotten.diagnostics)
  })
}

const consumerOf = (request: FastifyRequest): string => (request.params as { readonly consumer: string }).consumer

const answer = (reply: FastifyReply, result: Result<unknown>): FastifyReply => (result.ok ? reply.type('application/json').send(JSON.stringify(result.value)) : sendProblem(reply, result.diagnostics))

async function whatIsAsked(house: House, request: FastifyRequest, caller: Caller): Promise<Result<Asked>> {
  const { product, dataSet } = request.params as { readonly product: string; readonly dataSet: string }
  const name = product.replace(/@[1-9][0-9]{0,5}$/u, '')
  if (!isName(name)) return fail(messages['not-found']({ path: `${BASE}/…` }))
  const found = await findProduct(house, name)
  if (!found.ok) return found
  const query = new URLSearchParams(request.url.split('?')[1] ?? '')
  const header = request.headers['x-tulle-purpose']
  const purpose = onePurpose(typeof header === 'string' ? header : undefined, ...query.getAll('purpose'))
  if (!purpose.ok) return purpose
  return ok({ reader: whoIs(house, caller, found.value.id, purpose.value), address: { product, dataSet }, query, caller })
}

/** What the reader came to last, what the address says, or where a consumer of his is; the start otherwise. */
async function fromOf(house: House, { reader, address, query }: Asked, request: FastifyRequest): Promise<Result<From>> {
  const last = request.headers['last-event-id']
  if (typeof last === 'string' && last !== '') return ok({ position: last })
  const from = query.get('from')
  if (from !== null) return readFrom(from)
  const consumer = query.get('consumer')
  if (consumer === null) return ok('start')
  const saved = await house.streams.positions.read(reader, address, consumer)
  if (!saved.ok) return saved
  return ok(saved.value === undefined ? 'start' : { position: saved.value.position })
}

function numberOf(query: URLSearchParams, name: string, { usual, most }: { readonly usual: number; readonly most: number }): Result<number> {
  const text = query.get(name)
  if (text === null) return ok(usual)
  return /^\d{1,6}$/u.test(text) && Number(text) <= most ? ok(Number(text)) : fail(messages['bad-input']({ field: name, text: `it must be a number up to ${most}` }))
}

/** One batch; where nothing is new, and the caller wants to wait, as soon as there is. */
async function batch(house: House, asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { reader, address, query } = asked
  const [limit, wait] = [numberOf(query, 'limit', { usual: BATCH, most: MOST_ENTRIES }), numberOf(query, 'wait', { usual: 0, most: LONGEST_WAIT_SECONDS })]
  if (!limit.ok) return sendProblem(reply, limit.diagnostics)
  if (!wait.ok) return sendProblem(reply, wait.diagnostics)
  const from = await fromOf(house, asked, request)
  if (!from.ok) return sendProblem(reply, from.diagnostics)
  const gone = new AbortController()
  reply.raw.once('close', () => gone.abort(new Error('the reader hung up')))
  const until = house.clock.now() + wait.value * 1000
  for (let at = from.value; ;) {
    const bell = house.streams.appended(LOOK_MILLISECONDS, gone.signal)
    const page = await house.streams.read({ reader, address, from: at, limit: Math.max(1, limit.value), port: 'stream', signal: gone.signal })
    if (!page.ok) return sendProblem(reply, page.diagnostics)
    if (page.value.entries.length > 0 || !page.value.end || house.clock.now() >= until || gone.signal.aborted) return reply.type('application/json').send(printPage(page.value))
    at = { position: page.value.next }
    await bell
  }
}

async function stream(house: House, open: Map<string, number>, asked: Asked, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { reader, address, caller: { subject } } = asked
  const from = await fromOf(house, asked, request)
  if (!from.ok) return sendProblem(reply, from.diagnostics)
  const gone = new AbortController()
  const { raw } = reply
  raw.once('close', () => gone.abort(new Error('the reader hung up')))
  // What is refused is refused as an answer, before a stream begins.
  const first = await house.streams.read({ reader, address, from: from.value, limit: BATCH, port: 'stream', signal: gone.signal })
  if (!first.ok) return sendProblem(reply, first.diagnostics)
  const ofSubject = open.get(subject.id) ?? 0
  if (ofSubject >= MOST_OPEN_OF_ONE || [...open.values()].reduce((sum, count) => sum + count, 0) >= MOST_OPEN) return sendProblem(reply, [messages['too-many-streams']({ most: MOST_OPEN_OF_ONE })])
  open.set(subject.id, ofSubject + 1)
  reply.hijack()
  try {
    await sendStream(raw, {
      first: first.value, signal: gone.signal, stallMilliseconds: STALL_MILLISECONDS, describe: (error) => describeInternalError(error, house.log),
      read: (position) => house.streams.read({ reader, address, from: { position }, limit: BATCH, port: 'stream', signal: gone.signal }),
      wait: () => house.streams.appended(LOOK_MILLISECONDS, gone.signal),
    })
  } finally {
    const left = (open.get(subject.id) ?? 1) - 1
    if (left > 0) open.set(subject.id, left)
    else open.delete(subject.id)
  }
  return reply
}

const printPage = ({ entries, next, end, rights }: StreamPage): string => `{"entries":[${entries.map(printData).join(',')}],"next":${JSON.stringify(next)},"end":${String(end)},"rights":${JSON.stringify(rights)}}`

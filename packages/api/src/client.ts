// The table of endpoints as functions. Runs in Node and in browsers, holds no state but what it is given, and never
// throws for what a server or a network does: that is in the result. It throws only where its caller aborts.

import type { Diagnostic, Failure, Success } from '@tulle/kernel'
import type { AnswerOf, CallOf } from './endpoint.ts'
import { API_ROOT } from './endpoint.ts'
import type { EndpointName, Endpoints } from './endpoints.ts'
import { readEvents, STREAM_TYPE } from './event-stream.ts'
import { messages } from './messages.ts'
import { readProblem } from './read-problem.ts'
import { writeInput } from './request.ts'
import type { Route } from './routes.ts'
import { routes } from './routes.ts'

export interface ClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8740`; empty in a page that the server itself serves. */
  readonly baseUrl: string
  /** The bearer token, or how to get it at each call. */
  readonly token?: string | (() => string | undefined)
  readonly fetch?: typeof fetch
}

/** A failure with its HTTP status; 0 where no server answered. */
export interface ApiFailure extends Failure { readonly status: number }
export type ApiResult<T> = Success<T> | ApiFailure

interface CallOptions { readonly signal?: AbortSignal }
type Arguments<Input> = Record<never, never> extends Input ? [input?: Input, options?: CallOptions] : [input: Input, options?: CallOptions]

export type Client = {
  readonly [Name in EndpointName]: (...call: Arguments<CallOf<Endpoints[Name]>>) => Promise<ApiResult<AnswerOf<Endpoints[Name]>>>
}

/** What a failed call is to callers that live by exceptions. */
export class ApiProblem extends Error {
  readonly status: number
  readonly diagnostics: readonly Diagnostic[]
  constructor(failure: ApiFailure) {
    super(failure.diagnostics[0]?.message ?? `The server answered ${failure.status}.`)
    this.name = 'ApiProblem'
    this.status = failure.status
    this.diagnostics = failure.diagnostics
  }
}

/** The value, or the failure thrown as `ApiProblem`: for query libraries that expect exceptions. */
export async function valueOrThrow<T>(result: Promise<ApiResult<T>>): Promise<T> {
  const settled = await result
  if (settled.ok) return settled.value
  throw new ApiProblem(settled)
}

/** One function per endpoint, typed by the table. */
export function createClient(options: ClientOptions): Client {
  const base = options.baseUrl.replace(/\/+$/, '') + API_ROOT
  const call = async (endpoint: Route, input: Readonly<Record<string, unknown>> = {}, { signal }: CallOptions = {}): Promise<ApiResult<unknown>> => {
    const written = writeInput(endpoint, input)
    if (!written.ok) return refused(400, ...written.diagnostics)
    const { target, body } = written.value
    const url = base + target
    const token = typeof options.token === 'function' ? options.token() : options.token
    const headers = {
      accept: endpoint.stream === 'sse' ? STREAM_TYPE : 'application/json',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    }
    try {
      // Taken from the global at each call: a browser's fetch refuses to be called as anything else's method.
      const send: typeof fetch = options.fetch ?? ((...request) => fetch(...request))
      const response = await send(url, { method: endpoint.method, headers, ...(body !== undefined && { body }), ...(signal !== undefined && { signal }) })
      return await readResponse(endpoint, url, response)
    } catch (cause) {
      if (signal?.aborted === true) throw cause
      return refused(0, messages['server-unreachable']({ url: base, why: reasonOf(cause) }))
    }
  }
  return Object.fromEntries(Object.entries(routes).map(([name, endpoint]) =>
    [name, (input?: Record<string, unknown>, callOptions?: CallOptions) => call(endpoint, input, callOptions)])) as unknown as Client
}

async function readResponse(endpoint: Route, url: string, response: Response): Promise<ApiResult<unknown>> {
  const foreign = (): ApiFailure => refused(response.status, messages['not-a-tulle-server']({ url, status: response.status }))
  if (!response.ok) {
    const read = readProblem(await response.json().catch(() => undefined))
    return read === undefined ? foreign() : refused(response.status, ...read.diagnostics)
  }
  if (response.status === 204) return { ok: true, value: null, diagnostics: [] }
  const type = response.headers.get('content-type') ?? ''
  if (endpoint.stream === 'sse') {
    if (!type.startsWith(STREAM_TYPE) || response.body === null) return foreign()
    return { ok: true, value: readValues(response.body, url), diagnostics: [] }
  }
  if (!type.startsWith('application/json')) return foreign()
  return { ok: true, value: await response.json(), diagnostics: [] }
}

async function* readValues(bytes: ReadableStream<Uint8Array>, url: string): AsyncGenerator<unknown> {
  for await (const { event, data } of readEvents(bytes)) {
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch {
      throw new ApiProblem(refused(200, messages['stream-broken']({ url })))
    }
    if (event !== 'problem') {
      yield value
      continue
    }
    const read = readProblem(value)
    throw new ApiProblem(read === undefined ? refused(200, messages['stream-broken']({ url })) : refused(read.status, ...read.diagnostics))
  }
}

const refused = (status: number, ...diagnostics: readonly Diagnostic[]): ApiFailure => ({ ok: false, status, diagnostics })

// Node hides the reason (ECONNREFUSED) in the cause of "fetch failed"; browsers give none.
function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  if (!(inner instanceof Error)) return String(inner)
  const { code } = inner as Error & { code?: unknown }
  return typeof code === 'string' ? code : inner.message
}

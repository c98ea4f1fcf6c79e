// One HTTP request as a task describes it, and what its answer is to the task.

import type { Json } from '@tulle/kernel'
import type { Effect } from '../durable-port.ts'
import { fault } from '../errors.ts'
import { unwrap } from '../expression-text.ts'
import type { HttpAnswer } from '../host.ts'
import type { TaskContext } from '../interpret/run.ts'
import { evaluate, evaluateInside } from '../interpret/run.ts'
import type { Authentication, Endpoint, JsonObject } from '../types.ts'
import { isObject } from '../walk-tasks.ts'
import { authorize } from './authorize.ts'
import { expandUri } from './uri-template.ts'

/** `raw` is base64, `content` what it says, `response` all about it. */
export type OutputFormat = 'raw' | 'content' | 'response'

interface HttpArguments {
  readonly method: string
  readonly endpoint: Endpoint
  readonly headers?: string | JsonObject
  readonly query?: string | JsonObject
  readonly body?: Json
  readonly output?: OutputFormat
  readonly redirect?: boolean
}

export async function callHttp(context: TaskContext, effect: Effect): Promise<Json> {
  const { run, task, input, variables } = context
  const given = task.with as unknown as HttpArguments
  const { url, authentication } = await resolveEndpoint(context, given.endpoint)
  const headers = textsOf(await evaluateInside(run, (given.headers ?? {}) as Json, input, variables), 'header')
  const query = textsOf(await evaluateInside(run, (given.query ?? {}) as Json, input, variables), 'query parameter')
  const body = given.body === undefined ? undefined : await evaluateInside(run, given.body, input, variables)
  return send(context, effect, {
    method: given.method, url, query, headers, ...(body !== undefined && { body }), ...(authentication !== undefined && { authentication }), output: given.output ?? 'content', takesRedirect: given.redirect === true,
  })
}

/** Where an endpoint is, with its template filled from the task's input. */
export async function resolveEndpoint({ run, input, variables }: TaskContext, endpoint: Endpoint): Promise<{ readonly url: string; readonly authentication?: Authentication }> {
  const written = typeof endpoint === 'string' ? endpoint : endpoint.uri
  const uri = unwrap(written) === undefined ? expandUri(written, input) : await evaluate(run, written, input, variables)
  if (typeof uri !== 'string' || !URL.canParse(uri)) throw fault('configuration', `${JSON.stringify(uri).slice(0, 200)} is no address to call.`)
  return { url: uri, ...(typeof endpoint === 'object' && endpoint.authentication !== undefined && { authentication: endpoint.authentication }) }
}

export interface HttpSending {
  readonly method: string
  readonly url: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json
  readonly authentication?: Authentication
  readonly output: OutputFormat
  readonly takesRedirect: boolean
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Follows no redirect: where one is allowed, it is itself the answer. */
export async function send(context: TaskContext, effect: Effect, sending: HttpSending): Promise<Json> {
  const method = sending.method.toUpperCase()
  const url = new URL(sending.url)
  for (const [name, value] of Object.entries(sending.query)) url.searchParams.append(name, value)
  const headers: Record<string, string> = Object.fromEntries(Object.entries(sending.headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (!SAFE.has(method)) headers['idempotency-key'] ??= effect.idempotencyKey
  let body: Uint8Array | undefined
  if (sending.body !== undefined) {
    headers['content-type'] ??= typeof sending.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
    body = Buffer.from(typeof sending.body === 'string' ? sending.body : JSON.stringify(sending.body))
  }
  const ask = (more: Readonly<Record<string, string>>): Promise<HttpAnswer> =>
    context.run.host.http({ method, url: url.href, headers: { ...headers, ...more }, ...(body !== undefined && { body }), signal: effect.signal })
  const answer = await authorize(context, sending.authentication, { method, url, signal: effect.signal }, ask)
  if (answer.status < 200 || answer.status > (sending.takesRedirect ? 399 : 299)) {
    throw fault('communication', `${method} ${url.origin}${url.pathname} answered ${answer.status}.`, { status: answer.status, title: titleOf(answer.status) })
  }
  if (sending.output === 'raw') return Buffer.from(answer.body).toString('base64')
  const content = contentOf(answer)
  if (sending.output === 'content') return content
  const { authorization: _, ...shown } = headers
  return { request: { method, uri: url.href, headers: shown }, headers: answer.headers, statusCode: answer.status, content }
}

/** JSON as its value, text as text, everything else as base64. */
export function contentOf({ headers, body }: HttpAnswer): Json {
  if (body.length === 0) return null
  const type = (headers['content-type'] ?? '').toLowerCase()
  const text = Buffer.from(body).toString('utf8')
  if (/[/+]json\b/u.test(type)) {
    try {
      return JSON.parse(text) as Json
    } catch {
      throw fault('communication', 'The answer says that it is JSON, and is not.')
    }
  }
  return type === '' || /^text\/|[/+](?:xml|yaml)\b/u.test(type) ? text : Buffer.from(body).toString('base64')
}

export function textsOf(value: Json, what: string): Readonly<Record<string, string>> {
  if (!isObject(value)) throw fault('expression', `The ${what}s are no object.`)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => {
    if (typeof member === 'object' && member !== null) throw fault('expression', `The ${what} "${name}" is no text.`)
    return [name, String(member)]
  }))
}

const TITLES: Readonly<Record<number, string>> = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 408: 'Request Timeout', 409: 'Conflict', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable', 504: 'Gateway Timeout' }
const titleOf = (status: number): string => TITLES[status] ?? `Status ${status}`

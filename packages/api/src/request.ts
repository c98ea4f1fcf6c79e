// Between one flat record and the three places of an HTTP request: the client spreads it out, the server gathers and
// validates it.

import type { Diagnostic, Result } from '@tulle/kernel'
import type { Endpoint, InputOf } from './endpoint.ts'
import { messages } from './messages.ts'
import type { Route } from './routes.ts'

/** A request as an HTTP server has taken it apart. */
export interface RawRequest { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown }

/** A request on its way out; `target` is path and query below the API's root. */
export interface OutgoingRequest { readonly target: string; readonly body?: string }

const PARTS = [['params', 'path'], ['query', 'query'], ['body', 'body']] as const

/**
 * Validates a request against its endpoint, with every mistake as its own `bad-request`. Names that the endpoint does not
 * have are mistakes too, so a misspelt filter never answers everything.
 */
export function readInput<const E extends Endpoint>(endpoint: E, raw: RawRequest): Result<InputOf<E>> {
  const input: Record<string, unknown> = {}
  const diagnostics: Diagnostic[] = []
  for (const [part, place] of PARTS) {
    const schema = endpoint[part]
    if (schema === undefined) continue
    const parsed = schema.strict().safeParse(raw[part] ?? {})
    if (parsed.success) Object.assign(input, parsed.data)
    for (const issue of parsed.error?.issues ?? []) {
      const where = [place, ...issue.path.map(String)].join('.')
      diagnostics.push(messages['bad-request']({ where, what: issue.message.replace(/\.$/, '') }))
    }
  }
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value: input as InputOf<E>, diagnostics: [] }
}

/**
 * Spreads a call's record over path, query and body. Undefined members are left out. A path cannot carry every text: an
 * empty one and the dots that climb would ask for another endpoint, so they are a `bad-request` and nothing is sent.
 */
export function writeInput({ path: pattern, params, query: inQuery, body: inBody }: Omit<Route, 'method'>, input: Readonly<Record<string, unknown>>): Result<OutgoingRequest> {
  const text = (name: string): string => String(input[name]).toWellFormed()
  const stray = params.find((name) => ['', '.', '..'].includes(text(name)))
  if (stray !== undefined) return { ok: false, diagnostics: [messages['bad-request']({ where: `path.${stray}`, what: `"${text(stray)}" names nothing` })] }
  const path = pattern.replace(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(text(name)))
  const query = new URLSearchParams()
  for (const name of inQuery) {
    if (input[name] !== undefined) query.set(name, text(name))
  }
  const target = query.size === 0 ? path : `${path}?${query.toString()}`
  const body = inBody === undefined ? undefined : JSON.stringify(Object.fromEntries(inBody.map((name) => [name, input[name]])))
  return { ok: true, value: { target, ...(body !== undefined && { body }) }, diagnostics: [] }
}

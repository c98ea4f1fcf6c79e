// A `fetch` that reaches a catalogue in this process: what leaves a client arrives at our own server, with no socket between.

import { serveCatalog } from '../serve-catalog.ts'
import { giveToken } from '../give-token.ts'
import type { Authority, CatalogAnswer, CatalogRoom } from '../types.ts'

const ROOT = 'http://catalog.test/iceberg'
export const IN_PROCESS = { uri: ROOT, credential: 'ada:secret' }

/** Everything is free, and everybody who knows the secret may do everything. */
const AUTHORITY: Authority = { free: { allowed: true }, governed: async () => [], isGoverned: async () => false, record: () => undefined }

export function fetchInProcess(room: CatalogRoom): typeof fetch {
  const answer = async (path: string, query: URLSearchParams, init: RequestInit): Promise<CatalogAnswer> => {
    const body = typeof init.body === 'string' ? init.body : ''
    if (path === '/v1/oauth/tokens') {
      return giveToken(async (_, secret) => (secret === 'secret' ? { ok: true, value: { token: 'let-me-in' }, diagnostics: [] } : { ok: false, diagnostics: [] }), { body }, 0)
    }
    if (new Headers(init.headers).get('authorization') !== 'Bearer let-me-in') return { status: 401, headers: {}, body: '{"error":{"message":"Who?","type":"NotAuthorizedException","code":401}}' }
    return serveCatalog(room, AUTHORITY, { method: init.method ?? 'GET', path, query, body })
  }
  return async (input, init = {}) => {
    const url = new URL(String(input))
    const { status, headers, body } = await answer(url.pathname.slice('/iceberg'.length), url.searchParams, init)
    return new Response(status === 204 || status === 304 ? null : (body ?? null), { status, headers })
  }
}

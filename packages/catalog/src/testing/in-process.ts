// An exchange that reaches a catalogue in this process: what leaves a client arrives at our own server, with no socket between.

import { ok } from '@tulle/kernel'
import type { Exchange, HttpReply, HttpRequest } from '@tulle/objects'
import { serveCatalog } from '../serve-catalog.ts'
import { giveToken } from '../give-token.ts'
import type { Authority, CatalogAnswer, CatalogRoom } from '../types.ts'

const ROOT = 'http://catalog.test/iceberg'
export const IN_PROCESS = { uri: ROOT, credential: 'ada:secret' }

/** Everything is free, and everybody who knows the secret may do everything. */
const AUTHORITY: Authority = { free: { allowed: true }, governed: async () => [], isGoverned: async () => false, record: async () => ok(undefined) }

export function exchangeInProcess(room: CatalogRoom): Exchange {
  const answer = async ({ method, url, headers, body: sent }: HttpRequest): Promise<CatalogAnswer> => {
    const [path, body] = [url.pathname.slice('/iceberg'.length), Buffer.from(sent ?? []).toString('utf8')]
    if (path === '/v1/oauth/tokens') {
      return giveToken(async (_, secret) => (secret === 'secret' ? { ok: true, value: { token: 'let-me-in' }, diagnostics: [] } : { ok: false, diagnostics: [] }), { body }, 0)
    }
    if (headers['authorization'] !== 'Bearer let-me-in') return { status: 401, headers: {}, body: '{"error":{"message":"Who?","type":"NotAuthorizedException","code":401}}' }
    return serveCatalog(room, AUTHORITY, { method, path, query: url.searchParams, body })
  }
  return async (request) => {
    const { status, body } = await answer(request)
    return replyOf(status, body ?? '')
  }
}

/** A reply as it would arrive. */
export const replyOf = (status: number, text: string): HttpReply => ({ status, headers: {}, body: inOne(text) })

async function* inOne(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text)
}

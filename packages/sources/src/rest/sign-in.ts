// What proves to an API who asks: headers, made from secrets that are looked up for this draw alone.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { LookRequest, SourceRoom } from '../types.ts'
import { ask, bodyOf, shownUrl } from '../http.ts'
import { secretOf } from '../secret-of.ts'
import { messages } from '../messages.ts'

export interface SignedIn { readonly headers: Readonly<Record<string, string>>; readonly secrets: readonly string[] }

const LONGEST_TOKEN_ANSWER = 1024 * 1024

type Auth = Readonly<Record<string, Json>>

export async function signIn(room: SourceRoom, request: LookRequest): Promise<Result<SignedIn>> {
  const { settings } = request
  const own = headersOf(room, request)
  if (!own.ok) return own
  const auth = settings['auth'] as Auth | undefined
  const added = auth === undefined ? ok({ headers: {}, secrets: [] }) : await authHeaders(room, request, auth)
  return added.ok ? ok({ headers: { ...own.value.headers, ...added.value.headers }, secrets: [...own.value.secrets, ...added.value.secrets] }) : added
}

function headersOf({ secrets }: SourceRoom, { port, settings }: LookRequest): Result<SignedIn> {
  const headers: Record<string, string> = {}
  const held: string[] = []
  for (const [name, value] of Object.entries((settings['headers'] ?? {}) as Auth)) {
    const secret = secretOf(secrets, port, value)
    if (!secret.ok) return secret
    if (secret.value !== undefined) held.push(secret.value)
    headers[name.toLowerCase()] = secret.value ?? String(value)
  }
  return ok({ headers, secrets: held })
}

async function authHeaders(room: SourceRoom, request: LookRequest, auth: Auth): Promise<Result<SignedIn>> {
  const [setting] = [auth['token'], auth['password'], auth['value'], auth['client_secret']].filter((one) => one !== undefined)
  const held = secretOf(room.secrets, request.port, setting)
  if (!held.ok) return held
  const secret = held.value ?? ''
  switch (auth['type']) {
    case 'bearer': return ok({ headers: { authorization: `Bearer ${secret}` }, secrets: [secret] })
    case 'basic': {
      const coded = Buffer.from(`${String(auth['user'])}:${secret}`, 'utf8').toString('base64')
      return ok({ headers: { authorization: `Basic ${coded}` }, secrets: [secret, coded] })
    }
    case 'header': return ok({ headers: { [String(auth['name']).toLowerCase()]: secret }, secrets: [secret] })
    default: return clientCredentials(room, request, auth, secret)
  }
}

/** RFC 6749, section 4.4: a token for the client itself. */
async function clientCredentials(room: SourceRoom, request: LookRequest, auth: Auth, secret: string): Promise<Result<SignedIn>> {
  const url = new URL(String(auth['token_url']))
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(typeof auth['scope'] === 'string' && { scope: auth['scope'] }) })
  const coded = Buffer.from(`${encodeURIComponent(String(auth['client_id']))}:${encodeURIComponent(secret)}`, 'utf8').toString('base64')
  const answer = await ask(room, {
    port: request.port, url, method: 'POST', signal: request.signal, secrets: [secret, coded], body: Buffer.from(form.toString(), 'utf8'),
    headers: { authorization: `Basic ${coded}`, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
  })
  if (!answer.ok) return answer
  const unfit = fail(messages['source-answer-unfit']({ port: request.port, what: shownUrl(url), why: 'it gives no access_token' }))
  try {
    const body = await bodyOf(answer.value, LONGEST_TOKEN_ANSWER)
    const { access_token: token } = JSON.parse(Buffer.from(body ?? []).toString('utf8')) as { readonly access_token?: unknown }
    return typeof token === 'string' && /^[\x21-\x7e]+$/u.test(token) ? ok({ headers: { authorization: `Bearer ${token}` }, secrets: [secret, coded, token] }) : unfit
  } catch {
    return unfit
  }
}

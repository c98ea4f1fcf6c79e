// Speaks the Iceberg REST protocol to a catalogue of others: finds its settings, signs in, sends, reads exactly. What it
// answers is of a stranger: limited in size, and checked by whoever uses it.

import type { Clock } from '@tulle/kernel'
import { JsonReader, parseExactJson, printExactJson } from '@tulle/lake'
import type { JsonObject } from '@tulle/lake'
import type { Exchange, HttpReply } from '@tulle/objects'

export interface RestClientOptions {
  /** Of the catalogue, without `/v1`. */
  readonly uri: string
  readonly warehouse?: string | undefined
  /** `client:secret`, exchanged for a token. */
  readonly credential?: string | undefined
  /** A bearer token that is there already. */
  readonly token?: string | undefined
  readonly clock: Clock
  readonly exchange: Exchange
}

export interface RestReply { readonly status: number; readonly body: JsonReader }

export interface RestClient {
  /** Sends once and answers whatever status comes; throws where no answer comes, or none that can be understood. */
  send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: JsonObject): Promise<RestReply>
  /** The same, repeated where the catalogue is out of breath or out of reach: for what changes nothing. */
  get(path: string): Promise<RestReply>
  /** An error of a reply, with what the catalogue says of it. */
  error(what: string, reply: RestReply): Error
}

const MAX_ANSWER = 256 * 1024 * 1024
const TRIES = 5
const TIMEOUT_MILLISECONDS = 30_000
/** The catalogue did not do it, and may be asked again. */
const OUT_OF_BREATH: ReadonlySet<number> = new Set([429, 503])

export function restClient({ uri, warehouse, credential, token: given, clock, exchange }: RestClientOptions): RestClient {
  const base = uri.replace(/\/+$/u, '')
  let token = given
  let prefix: Promise<string> | undefined

  const raw = async (method: string, path: string, headers: Readonly<Record<string, string>>, body?: string): Promise<RestReply> => {
    // A redirect is a reply like any other, and followed by nobody: it could carry the token to somebody else.
    const reply = await exchange({
      method, headers, url: new URL(`${base}/v1/${path}`), body: body === undefined ? undefined : Buffer.from(body), signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    const text = await limitedText(reply)
    const json = text === '' ? undefined : parseExactJson(text, `the answer of ${base}`)
    if (json?.ok === false && isSuccess(reply)) throw new Error(json.diagnostics.map((d) => d.message).join(' '))
    return { status: reply.status, body: new JsonReader(json?.ok === true ? json.value : null, `The answer of ${base}`) }
  }
  /** What a catalogue says may repeat what it was sent. */
  const withoutSecrets = (text: string): string =>
    [token, credential, credential?.slice(credential.indexOf(':') + 1)].reduce((clean: string, secret) => (secret === undefined || secret === '' ? clean : clean.replaceAll(secret, '…')), text)
  const signIn = async (): Promise<void> => {
    if (credential === undefined) return
    const [client = '', secret = ''] = /^([^:]*):(.*)$/su.exec(credential)?.slice(1) ?? []
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret, scope: 'catalog' })
    const reply = await raw('POST', 'oauth/tokens', { 'content-type': 'application/x-www-form-urlencoded' }, form.toString())
    if (reply.status !== 200) throw new Error(`${base} does not sign ${client} in (${reply.status})`)
    token = reply.body.get('access_token').text()
  }
  const signedIn = async (method: string, path: string, body?: JsonObject): Promise<RestReply> => {
    if (token === undefined) await signIn()
    const once = (): Promise<RestReply> => raw(method, path, {
      accept: 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }),
    }, body === undefined ? undefined : printExactJson(body))
    const reply = await once()
    if (reply.status !== 401 || credential === undefined) return reply
    // The token grew old; a request that was refused for it did nothing.
    await signIn()
    return once()
  }
  const settled = (): Promise<string> => {
    prefix ??= readPrefix().catch((error: unknown) => {
      prefix = undefined
      throw error
    })
    return prefix
  }
  const readPrefix = async (): Promise<string> => {
    const reply = await signedIn('GET', `config${warehouse === undefined ? '' : `?warehouse=${encodeURIComponent(warehouse)}`}`)
    if (reply.status !== 200) throw new Error(`${base} answers ${reply.status} to a request for its settings`)
    const [override, otherwise] = [reply.body.get('overrides').get('prefix'), reply.body.get('defaults').get('prefix')]
    const found = override.present ? override : otherwise
    return found.present ? `${found.text().split('/').map(encodeURIComponent).join('/')}/` : ''
  }
  const send: RestClient['send'] = async (method, path, body) => {
    for (let attempt = 1; ; attempt += 1) {
      const reply = await signedIn(method, `${await settled()}${path}`, body)
      if (!OUT_OF_BREATH.has(reply.status) || attempt === TRIES) return reply
      await clock.sleep(100 * 2 ** attempt)
    }
  }
  return {
    send,
    get: async (path) => {
      for (let attempt = 1; ; attempt += 1) {
        const reply = await send('GET', path).catch((error: unknown) => error as Error)
        if (reply instanceof TooLarge) throw reply
        if (reply instanceof Error ? attempt === TRIES : reply.status < 500 || attempt === TRIES) {
          if (reply instanceof Error) throw reply
          return reply
        }
        await clock.sleep(100 * 2 ** attempt)
      }
    },
    error: (what, { status, body }) => {
      const message = body.get('error').get('message')
      return new Error(`${base} refused ${what} (${status})${typeof message.value === 'string' ? `: ${withoutSecrets(message.value).slice(0, 300)}` : ''}`)
    },
  }
}

const isSuccess = ({ status }: HttpReply): boolean => status >= 200 && status < 300

/** Asked again, it would be as large. */
class TooLarge extends Error {}

async function limitedText({ headers, body }: HttpReply): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (Math.max(bytes, Number(headers['content-length'] ?? 0)) > MAX_ANSWER) throw new TooLarge(`the answer is larger than ${MAX_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

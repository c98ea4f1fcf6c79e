// Sends signed requests to one bucket, again where the store is busy or the network breaks, and never for ever. What it
// answers holds neither credentials nor URLs, so all of it may be shown.

import type { IncomingHttpHeaders } from 'node:http'
import type { LookupFunction } from 'node:net'
import { AwsV4Signer } from 'aws4fetch'
import type { Clock } from '@tulle/kernel'
import { sha256, systemClock } from '@tulle/kernel'
import type { Exchange, HttpReply, HttpRequest } from '../exchange.ts'
import type { S3Place } from './s3-url.ts'
import { openExchange } from '../exchange.ts'
import { s3Url } from './s3-url.ts'
import { parseXml, textOf } from './xml.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface S3ClientOptions extends S3Place {
  readonly region: string
  /** Asked before each request, so that they can be renewed, and are printed with nothing. */
  readonly credentials: () => S3Credentials
  readonly clock?: Clock
  /** Finds the addresses of hosts; the system's own unless given. */
  readonly lookup?: LookupFunction
  /** From 0 to 1. */
  readonly random?: () => number
}

export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE'
  /** The object's whole key; empty for the bucket. */
  readonly key: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

export interface S3Answer<T> {
  /** 0: no answer came, in any attempt. */
  readonly status: number
  /** S3's word for what went wrong; empty where it said none. */
  readonly code: string
  readonly headers: IncomingHttpHeaders
  /** What the reader made of a 2xx answer. */
  readonly value?: T
  /** An attempt before this answer may have been carried out. */
  readonly mayHaveHappened: boolean
  /** Why, in words for a person; empty where all is well. */
  readonly reason: string
}

/** Reads the body of a 2xx answer; what it throws counts as a broken connection. */
export type BodyReader<T> = (chunks: AsyncIterable<Uint8Array>, headers: IncomingHttpHeaders) => Promise<T>

const ATTEMPTS = 8
const FIRST_PAUSE_MILLISECONDS = 50
const LONGEST_PAUSE_MILLISECONDS = 5_000
/** Without a byte from the store. */
const LONGEST_SILENCE_MILLISECONDS = 30_000
const MAX_ERROR_BODY = 64 * 1024

export class S3Client {
  readonly #options: S3ClientOptions & Required<Pick<S3ClientOptions, 'clock' | 'random'>>
  readonly #exchange: Exchange
  readonly #signingKeys = new Map<string, ArrayBuffer>()

  constructor(options: S3ClientOptions) {
    this.#options = { clock: systemClock, random: Math.random, ...options }
    this.#exchange = openExchange(options.lookup)
  }

  async send<T>(request: S3Request, read: BodyReader<T>): Promise<S3Answer<T>> {
    const { clock, random } = this.#options
    let mayHaveHappened = false
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#attempt(request, read)
      if (attempt === ATTEMPTS || !isPassing(answer)) return { ...answer, mayHaveHappened }
      // A conflict says that nothing was done; anything else that is tried again may have been carried out.
      mayHaveHappened ||= answer.status !== 409
      const ceiling = Math.min(LONGEST_PAUSE_MILLISECONDS, FIRST_PAUSE_MILLISECONDS * 2 ** (attempt - 1))
      await clock.sleep(ceiling * (0.5 + random() / 2))
    }
  }

  async #attempt<T>(request: S3Request, read: BodyReader<T>): Promise<Omit<S3Answer<T>, 'mayHaveHappened'>> {
    const silence = new Silence(this.#options.clock, LONGEST_SILENCE_MILLISECONDS)
    try {
      const reply = await this.#exchange({ ...(await this.#signed(request)), signal: silence.signal })
      silence.heard()
      const chunks = wholeBody(reply, request.method, silence)
      const { status, headers } = reply
      if (status >= 200 && status < 300) return { status, code: '', headers, value: await read(chunks, headers), reason: '' }
      const code = codeOf(await readText(MAX_ERROR_BODY)(chunks).catch(() => ''))
      return { status, code, headers, reason: reasonOfRefusal(status, code) }
    } catch (error) {
      return { status: 0, code: '', headers: {}, reason: silence.signal.aborted ? 'the store does not answer in time' : reasonOfBreak(error) }
    } finally {
      silence.end()
    }
  }

  async #signed({ method, key, query, headers, body }: S3Request): Promise<Omit<HttpRequest, 'signal'>> {
    const { region, credentials, clock } = this.#options
    const url = s3Url(this.#options, key, query)
    const signed = await new AwsV4Signer({
      ...credentials(), method, region, service: 's3', cache: this.#signingKeys, url: url.href,
      datetime: new Date(clock.now()).toISOString().replaceAll(/[:-]|\.\d{3}/gu, ''),
      headers: { ...headers, 'x-amz-content-sha256': sha256(body ?? '') },
    }).sign()
    return { method, url, headers: Object.fromEntries(signed.headers), body }
  }
}

/** Bytes up to a limit; more is an error. */
export const readBytes = (limit: number) => async (chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    if (bytes > limit) throw new Error('the answer is too long')
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

export const readText = (limit: number) => async (chunks: AsyncIterable<Uint8Array>): Promise<string> =>
  new TextDecoder('utf-8', { fatal: true }).decode(await readBytes(limit)(chunks))

/** The body, which must be as long as the reply said. */
async function* wholeBody({ headers, body }: HttpReply, method: string, silence: Silence): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of body) {
    silence.heard()
    bytes += chunk.length
    yield chunk
  }
  const announced = headers['content-length']
  if (announced !== undefined && method !== 'HEAD' && Number(announced) !== bytes) throw new Error('the answer was cut short')
}

/** Aborts its signal once nothing was heard for so long. */
class Silence {
  readonly #controller = new AbortController()
  readonly #over = new AbortController()
  readonly #clock: Clock
  #last: number

  constructor(clock: Clock, limit: number) {
    this.#clock = clock
    this.#last = clock.now()
    void this.#watch(limit).catch(() => undefined)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  heard(): void {
    this.#last = this.#clock.now()
  }

  end(): void {
    this.#over.abort()
  }

  async #watch(limit: number): Promise<void> {
    for (let left = limit; left > 0; left = this.#last + limit - this.#clock.now()) await this.#clock.sleep(left, this.#over.signal)
    this.#controller.abort()
  }
}

const PASSING: ReadonlySet<number> = new Set([0, 408, 429, 500, 502, 503, 504])
const PASSING_CODES: ReadonlySet<string> = new Set(['ConditionalRequestConflict', 'OperationAborted', 'RequestTimeout', 'SlowDown'])

const isPassing = ({ status, code }: { readonly status: number; readonly code: string }): boolean => PASSING.has(status) || PASSING_CODES.has(code)

/** Only the code: messages of S3 repeat access keys and what was signed. */
function codeOf(body: string): string {
  const code = textOf(parseXml(body), 'Code') ?? ''
  return /^[A-Za-z0-9]{1,64}$/u.test(code) ? code : ''
}

const REFUSALS: Readonly<Record<string, string>> = {
  NoSuchBucket: 'there is no such bucket', AccessDenied: 'permission is denied', InvalidAccessKeyId: 'the access key is not known there',
  SignatureDoesNotMatch: 'the secret key is not accepted', ExpiredToken: 'the session token has expired', InvalidToken: 'the session token is not accepted',
  RequestTimeTooSkewed: 'the clocks of this machine and of the store differ too much', AuthorizationHeaderMalformed: 'the bucket is in another region',
  PermanentRedirect: 'the bucket is in another region', SlowDown: 'the store is too busy', QuotaExceeded: 'the quota is used up',
}

function reasonOfRefusal(status: number, code: string): string {
  const known = REFUSALS[code]
  if (known !== undefined) return known
  if (status === 403) return 'permission is denied'
  if (status >= 300 && status < 400) return 'the bucket is elsewhere'
  return `the store answers ${status}${code === '' ? '' : ` ${code}`}`
}

const BREAKS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there', ENOTFOUND: 'nobody knows the name of its host', EAI_AGAIN: 'the name of its host cannot be looked up',
  EHOSTUNREACH: 'its host cannot be reached', ENETUNREACH: 'its host cannot be reached', DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted', UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  CERT_HAS_EXPIRED: 'its certificate has expired', ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate names another host',
}

/** Without the network's own words: those repeat addresses. */
const reasonOfBreak = (error: unknown): string => BREAKS[(error as NodeJS.ErrnoException).code ?? ''] ?? 'the connection broke'

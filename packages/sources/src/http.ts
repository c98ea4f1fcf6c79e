// Requests to HTTP servers of others: to listed hosts, with what is signed only to the host that was meant, and never more of an
// answer than a limit.

import type { IncomingHttpHeaders } from 'node:http'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { SourceRoom } from './types.ts'
import { AddressRefused } from './network.ts'
import { oneLine, withoutSecrets } from './secret-of.ts'
import { messages } from './messages.ts'

export interface Asked {
  readonly port: string
  readonly url: URL
  readonly method?: 'GET' | 'POST' | 'HEAD'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  readonly signal: AbortSignal
  /** What may be repeated by the other side and must not be shown. */
  readonly secrets: readonly string[]
  /** The words of a refusal in its body, where the other side is known to explain itself. */
  readonly reasonOf?: (body: Uint8Array) => string | undefined
}

export interface Answered { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: AsyncIterable<Uint8Array> }

const REDIRECTS = 5
const TRIES = 6
const LONGEST_PAUSE_MILLISECONDS = 120_000

/** Host and path; a query may hold what nobody should read. */
export const shownUrl = (url: URL): string => `${url.host}${url.pathname}`.slice(0, 300)

/** An answer of 200 to 299, or 304. Busy servers are asked again when they say so; other answers are a diagnostic. */
export async function ask(room: SourceRoom, asked: Asked): Promise<Result<Answered>> {
  let { url } = asked
  for (let attempt = 1, redirects = 0; ;) {
    const answer = await askOnce(room, { ...asked, url })
    if (!answer.ok && !(attempt < TRIES && answer.diagnostics[0]?.code === 'source-unreachable')) return answer
    if (answer.ok) {
      const { status, headers } = answer.value
      if ((status >= 200 && status < 300) || status === 304) return answer
      const reason = asked.reasonOf?.((await bodyOf(answer.value, 64 * 1024).catch(() => undefined)) ?? new Uint8Array())
      await drain(answer.value)
      if (status >= 300 && status < 400) {
        const next = URL.parse(headers.location ?? '', url.href)
        redirects += 1
        if (next === null || next.origin !== url.origin) return fail(refused(asked, `it sends on to ${next === null ? 'nowhere' : next.host}, which is another place`))
        if (redirects > REDIRECTS) return fail(refused(asked, `it sends on more than ${REDIRECTS} times`))
        url = next
        continue
      }
      const isPassing = status === 429 || status === 408 || status >= 500
      if (!isPassing || attempt >= TRIES) return fail((isPassing ? unreachable : refused)(asked, reason === undefined ? `it answers ${status}` : oneLine(withoutSecrets(reason, asked.secrets))))
      const pause = pauseOf(headers['retry-after'], attempt, room.clock.now())
      if (pause > LONGEST_PAUSE_MILLISECONDS) return fail(unreachable(asked, `it answers ${status}, and asks to wait for ${Math.ceil(pause / 1000)} seconds`))
      await room.clock.sleep(pause, asked.signal)
    } else await room.clock.sleep(pauseOf(undefined, attempt, 0), asked.signal)
    attempt += 1
  }
}

async function askOnce(room: SourceRoom, asked: Asked): Promise<Result<Answered>> {
  const { url, port } = asked
  const number = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const refusal = room.network.refusal(url.hostname, number)
  if (refusal !== undefined) return fail(messages['source-host-refused']({ port, host: url.host, why: refusal }))
  try {
    return ok(await room.network.exchange({ method: asked.method ?? 'GET', url, headers: { 'user-agent': 'tulle', 'accept-encoding': 'identity', ...asked.headers }, body: asked.body, signal: asked.signal }))
  } catch (error) {
    asked.signal.throwIfAborted()
    if (error instanceof AddressRefused) return fail(messages['source-host-refused']({ port, host: url.host, why: error.message }))
    const { message, code } = error as NodeJS.ErrnoException
    return fail(unreachable(asked, oneLine(withoutSecrets(message || (code ?? 'the connection failed'), asked.secrets))))
  }
}

export const unreachable = ({ port, url }: Pick<Asked, 'port' | 'url'>, why: string): Diagnostic => messages['source-unreachable']({ port, what: shownUrl(url), why })
const refused = ({ port, url }: Asked, why: string): Diagnostic => messages['source-refused']({ port, what: shownUrl(url), why })

/** All of a body, unless it is longer than the limit. */
export async function bodyOf({ body }: Answered, most: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What is left of an answer that nobody reads; it is short, or the connection is given up. */
async function drain(answer: Answered): Promise<void> {
  await bodyOf(answer, 64 * 1024).catch(() => undefined)
}

/** Seconds or a date, as HTTP has both; doubling where nothing is said. */
function pauseOf(said: string | undefined, attempt: number, now: number): number {
  const seconds = Number(said)
  if (said !== undefined && Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(said ?? '')
  return Number.isNaN(date) ? 250 * 2 ** (attempt - 1) : Math.max(0, date - now)
}

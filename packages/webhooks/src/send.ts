// One request to a target. Its receiver is a stranger: no redirect is followed, nothing of its reply is kept but the status, and
// no address inside of a network is asked unless the operator lists it.

import type { Clock } from '@tulle/kernel'
import type { Network } from '@tulle/sources'
import { AddressRefused, postRefusal } from '@tulle/sources'
import type { Envelope } from './envelope.ts'
import { signedHeaders } from './secrets.ts'
import type { Sent } from './types.ts'

export interface SendRoom {
  readonly network: Network
  readonly clock: Clock
  readonly tryMilliseconds: number
}

/** `failed` may do better later; the answer never throws. */
export async function send({ network, clock, tryMilliseconds }: SendRoom, { url: address, keys, envelope: { message, contentType, body } }: { readonly url: string; readonly keys: readonly Buffer[]; readonly envelope: Envelope }, closing: AbortSignal): Promise<Sent> {
  const url = new URL(address)
  const refused = postRefusal(url, network)
  if (refused !== undefined) return { outcome: 'failed', trouble: refused }
  const over = new AbortController()
  const signal = AbortSignal.any([closing, over.signal])
  let isLate = false
  const limit = clock.sleep(tryMilliseconds, signal).then(() => {
    isLate = true
    over.abort(new Error('out of time'))
  }).catch(() => undefined)
  try {
    const { status, headers, body: reply } = await network.exchange({
      method: 'POST', url, signal, body,
      headers: { 'content-type': contentType, 'user-agent': 'tulle', ...signedHeaders(keys, { message, body, now: clock.now() }) },
    })
    await drain(reply)
    return outcomeOf(status, headers['retry-after'])
  } catch (error) {
    return { outcome: 'failed', trouble: error instanceof AddressRefused ? 'it leads to an address inside of a network, which the operator does not list' : isLate ? `it did not answer within ${tryMilliseconds / 1000} s` : `it cannot be reached (${(error as NodeJS.ErrnoException).code ?? 'no connection'})` }
  } finally {
    over.abort(new Error('over'))
    await limit
  }
}

/** Statuses that say that exactly this request is not wanted, now or later. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422])

function outcomeOf(status: number, retryAfter: string | undefined): Sent {
  if (status >= 200 && status < 300) return { outcome: 'delivered', status }
  if (status === 410) return { outcome: 'gone', status, trouble: 'it answered 410: it is gone' }
  if (status >= 300 && status < 400) return { outcome: 'failed', status, trouble: `it answered ${status}, and redirects are not followed` }
  const seconds = Number(retryAfter)
  return {
    outcome: REFUSALS.has(status) ? 'refused' : 'failed', status, trouble: `it answered ${status}`,
    ...(retryAfter !== undefined && Number.isFinite(seconds) && seconds > 0 && { waitMilliseconds: seconds * 1000 }),
  }
}

const LONGEST_REPLY = 64 * 1024

/** Lets go of the connection; a reply that never ends is cut. */
async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > LONGEST_REPLY) return
  }
}

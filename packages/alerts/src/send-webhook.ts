// One message to a webhook, signed as Standard Webhooks has it. Its receiver is a stranger: no redirect is followed, nothing
// of its reply is kept but the status, and no address inside of a network is asked unless the operator lists it.

import { Webhook } from 'standardwebhooks'
import type { Network } from '@tulle/sources'
import { AddressRefused, postRefusal } from '@tulle/sources'
import type { Message, Sent } from './types.ts'

const never = (trouble: string): Sent => ({ done: false, again: false, trouble })
const again = (trouble: string): Sent => ({ done: false, again: true, trouble })

export interface WebhookRoom {
  readonly network: Network
  readonly secrets: (name: string) => string | undefined
  readonly publicUrl: string
  readonly now: () => number
}

export async function sendWebhook({ network, secrets, publicUrl, now }: WebhookRoom, { id, alert, way }: Message & { readonly way: { readonly by: 'webhook' } }, signal: AbortSignal): Promise<Sent> {
  if (!URL.canParse(way.url)) return never('its address cannot be read')
  const url = new URL(way.url)
  const refused = postRefusal(url, network)
  if (refused !== undefined) return never(refused)
  const secret = secrets(way.secret)
  if (secret === undefined) return again(`the platform holds no secret ${way.secret}`)
  const body = JSON.stringify(payloadOf(alert, publicUrl))
  const signedAt = new Date(now())
  const signature = signatureOf(secret, { id, signedAt, body })
  if (signature === undefined) return again(`the secret ${way.secret} is no key of Standard Webhooks: base64, mostly after whsec_`)
  try {
    const reply = await network.exchange({
      method: 'POST', url, signal, body: Buffer.from(body),
      headers: { 'content-type': 'application/json', 'user-agent': 'tulle', 'webhook-id': id, 'webhook-timestamp': String(Math.floor(signedAt.getTime() / 1000)), 'webhook-signature': signature, 'idempotency-key': id },
    })
    await drain(reply.body)
    if (reply.status >= 200 && reply.status < 300) return { done: true }
    // 410 says that nobody wants to hear it here any more.
    return reply.status === 410 ? never('it answered 410: it is gone') : again(`it answered ${reply.status}`)
  } catch (error) {
    if (error instanceof AddressRefused) return never('it leads to an address inside of a network, which the operator does not list')
    return again(`it cannot be reached (${(error as NodeJS.ErrnoException).code ?? (signal.aborted ? 'out of time' : 'no connection')})`)
  }
}

const payloadOf = ({ id, reason, product, runId, sentence, facts, at }: Message['alert'], publicUrl: string) => ({
  type: `tulle.alert.${reason}`,
  timestamp: at,
  data: { alert: id, product, ...(runId !== undefined && { runId }), sentence, ...facts, url: `${publicUrl}/${runId === undefined ? `products/${product}` : `runs/${runId}`}` },
})

function signatureOf(secret: string, { id, signedAt, body }: { readonly id: string; readonly signedAt: Date; readonly body: string }): string | undefined {
  try {
    return new Webhook(secret).sign(id, signedAt, body)
  } catch {
    return undefined
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

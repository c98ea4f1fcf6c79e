// Secrets that sign: a key of its own for each webhook and each rotation, made of the mesh's secret, so that no database and no
// backup holds one. Signed as Standard Webhooks has it; while two keys overlap, by both.

import { createHmac } from 'node:crypto'
import type { Webhook } from './types.ts'

type Keyed = Pick<Webhook, 'id' | 'salt' | 'generation' | 'previousUntil'>

/** As its receiver is told it, once. */
export const secretOf = (meshSecret: string, webhook: Pick<Keyed, 'id' | 'salt' | 'generation'>): string => `whsec_${keyOf(meshSecret, webhook, webhook.generation).toString('base64')}`

const keyOf = (meshSecret: string, { id, salt }: Pick<Keyed, 'id' | 'salt'>, generation: number): Buffer =>
  createHmac('sha256', meshSecret).update(`webhook\n${id}\n${salt}\n${generation}`).digest()

/** Keys that are good at this moment, the newest first. */
export const keysAt = (meshSecret: string, webhook: Keyed, now: number): readonly Buffer[] => [
  keyOf(meshSecret, webhook, webhook.generation),
  ...(webhook.previousUntil !== undefined && webhook.previousUntil.getTime() > now ? [keyOf(meshSecret, webhook, webhook.generation - 1)] : []),
]

export function signedHeaders(keys: readonly Buffer[], { message, body, now }: { readonly message: string; readonly body: Buffer; readonly now: number }): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1000))
  const sign = (key: Buffer): string => `v1,${createHmac('sha256', key).update(`${message}.${timestamp}.`).update(body).digest('base64')}`
  return { 'webhook-id': message, 'webhook-timestamp': timestamp, 'webhook-signature': keys.map(sign).join(' ') }
}

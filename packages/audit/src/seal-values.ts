// Values → ciphertext under a key of their own, and back while that key is there. Without it nothing is left of them but how
// many bytes they had.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { Json } from '@tulle/kernel'

const NONCE = 12
const TAG = 16

export interface Sealed { readonly sealed: string; readonly key: Uint8Array }

/** `place` is bound into the seal: a ciphertext that was moved to another entry does not open. */
export function sealValues(values: readonly Json[], place: string): Sealed {
  const key = randomBytes(32)
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  const bytes = Buffer.concat([nonce, cipher.update(JSON.stringify(values), 'utf8'), cipher.final(), cipher.getAuthTag()])
  return { sealed: bytes.toString('base64'), key }
}

/** Undefined where the key is another's, or the bytes were changed. */
export function openValues(sealed: string, key: Uint8Array, place: string): readonly Json[] | undefined {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE)).setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-TAG))
    const text = decipher.update(bytes.subarray(NONCE, -TAG), undefined, 'utf8') + decipher.final('utf8')
    return JSON.parse(text) as readonly Json[]
  } catch {
    return undefined
  }
}

export const placeOf = (chain: string, seq: number): string => `${chain}/${seq}`

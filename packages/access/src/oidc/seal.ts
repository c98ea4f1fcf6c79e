// Seals a text under a key, so that whoever keeps it can neither read nor change it (AES-256-GCM). For which use it was
// sealed is a part of the seal.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export function seal(text: string, secret: string | Uint8Array, use: string): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, use), iv)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** The text, or undefined where the seal is another's, of another use, or broken. */
export function unseal(sealed: string, secret: string | Uint8Array, use: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 28) return undefined
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, use), bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

const keyOf = (secret: string | Uint8Array, use: string): Uint8Array => new Uint8Array(hkdfSync('sha256', secret, '', use, 32))

// A password → a SCRAM-SHA-256 verifier, in the form PostgreSQL prints, and the check of a password against one. Never keeps a password.

import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

/** A verifier taken apart, as the server's side of a SCRAM exchange needs it. */
export interface ScramVerifier {
  readonly iterations: number
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const ITERATIONS = 4096
const SALT_LENGTH = 16
const MOST_ITERATIONS = 1_000_000
const derive = promisify(pbkdf2)

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` for the password (RFC 5803). */
export async function scramVerifier(password: string, salt: Uint8Array = randomBytes(SALT_LENGTH), iterations = ITERATIONS): Promise<string> {
  const salted = await derive(preparePassword(password), salt, iterations, 32, 'sha256')
  return printVerifier({ iterations, salt: Buffer.from(salt), ...keysOf(salted) })
}

/** The verifier taken apart, or undefined where the text is none. */
export function parseVerifier(text: string): ScramVerifier | undefined {
  const [, iterations, salt, storedKey, serverKey] = /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/=]{4,})\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/u.exec(text) ?? []
  if (iterations === undefined || salt === undefined || storedKey === undefined || serverKey === undefined) return undefined
  const count = Number(iterations)
  if (count < 1 || count > MOST_ITERATIONS) return undefined
  const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')
  return { iterations: count, salt: bytes(salt), storedKey: bytes(storedKey), serverKey: bytes(serverKey) }
}

/** True if the verifier was made from this password. Takes the same time either way. */
export async function isPassword(password: string, verifier: string): Promise<boolean> {
  const parts = parseVerifier(verifier)
  if (parts === undefined) return false
  const salted = await derive(preparePassword(password), parts.salt, parts.iterations, 32, 'sha256')
  return timingSafeEqual(keysOf(salted).storedKey, parts.storedKey)
}

/**
 * A verifier that no password fits, the same one for the same name: what a stranger who tries unknown names is shown,
 * so that they cannot be told from known ones.
 */
export function decoyVerifier(name: string, secret: Uint8Array): string {
  const part = (label: string): Buffer => createHmac('sha256', secret).update(`${label}\0${name}`).digest()
  return printVerifier({ iterations: ITERATIONS, salt: part('salt').subarray(0, SALT_LENGTH), storedKey: part('stored'), serverKey: part('server') })
}

function keysOf(salted: Buffer): { storedKey: Buffer; serverKey: Buffer } {
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest()
  return { storedKey: createHash('sha256').update(hmac('Client Key')).digest(), serverKey: hmac('Server Key') }
}

const printVerifier = ({ iterations, salt, storedKey, serverKey }: ScramVerifier): string =>
  `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${serverKey.toString('base64')}`

// SASLprep (RFC 4013) as PostgreSQL applies it: a password that it forbids is taken as it is.
export function preparePassword(password: string): string {
  if (/^[\x20-\x7e]*$/u.test(password)) return password
  const mapped = password.replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC')
  return mapped === '' || FORBIDDEN.test(mapped) ? password : mapped
}

// RFC 3454, tables C.1.2, B.1, and what C.2 to C.9 forbid.
const SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu
const NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu
const FORBIDDEN = /\p{Cc}|\p{Co}|\p{Cs}|\p{Noncharacter_Code_Point}|\u0340|\u0341|\u06dd|\u070f|\u180e|[\u200e\u200f\u2028-\u202e\u2061-\u2063\u206a-\u206f\u2ff0-\u2ffb\ufff9-\ufffd]|[\u{1d173}-\u{1d17a}\u{e0001}\u{e0020}-\u{e007f}]/u

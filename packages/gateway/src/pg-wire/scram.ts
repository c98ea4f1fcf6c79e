// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it: both sides of a sign-in. Never compares secrets with a
// comparison that stops early.

import type { ScramVerifier } from '@tulle/access'
import { MOST_TOKENS } from '@tulle/access'
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

export const SCRAM = 'SCRAM-SHA-256'

export interface ScramExchange {
  /** Answers the client's first message with the server's first, or undefined where it is malformed. */
  first(data: string): string | undefined
  /**
   * Answers the client's proof with the server's signature, and says which verifier the proof fits; undefined where it fits
   * none or the message is malformed.
   */
  final(data: string): { readonly message: string; readonly verifier: number } | undefined
}

/** A proof is tried on as many verifiers, however many there are, so that the time tells nothing. */
const TRIED = MOST_TOKENS + 1

/**
 * The server's side of one sign-in, to which several secrets may be the key: the password and each token. They lie under
 * one salt and count, because the server names these before it hears the proof.
 */
export function scramExchange(verifiers: readonly [ScramVerifier, ...ScramVerifier[]], nonce: string = randomBytes(18).toString('base64')): ScramExchange {
  const [first] = verifiers
  let bare = ''
  let combined = ''
  let serverFirst = ''
  let gs2 = ''
  return {
    first(data) {
      // n: the client cannot bind the channel; y: it could, but believes that we cannot (true). p would need SCRAM-SHA-256-PLUS.
      const parts = /^([ny],(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]{1,256}))$/.exec(data)
      if (parts === null) return undefined
      gs2 = parts[1] as string
      bare = parts[2] as string
      combined = `${parts[3]}${nonce}`
      serverFirst = `r=${combined},s=${first.salt.toString('base64')},i=${first.iterations}`
      return serverFirst
    },
    final(data) {
      const parts = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/=]+)$/.exec(data)
      if (parts === null || combined === '') return undefined
      const proof = Buffer.from(parts[4] as string, 'base64')
      if (parts[3] !== combined || parts[2] !== Buffer.from(gs2).toString('base64') || proof.length !== 32) return undefined
      const message = `${bare},${serverFirst},${parts[1]}`
      let fitting: number | undefined
      for (let i = 0; i < Math.max(TRIED, verifiers.length); i += 1) {
        const { storedKey } = verifiers[i] ?? first
        const signature = hmac(storedKey, message)
        const clientKey = Buffer.from(proof.map((byte, at) => byte ^ (signature[at] as number)))
        const fits = timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey)
        if (fits && i < verifiers.length) fitting = i
      }
      const found = fitting === undefined ? undefined : verifiers[fitting]
      return fitting === undefined || found === undefined ? undefined : { message: `v=${hmac(found.serverKey, message).toString('base64')}`, verifier: fitting }
    },
  }
}

/** The client's side, for our own connections to a PostgreSQL. */
export function scramClient(password: string, nonce: string = randomBytes(18).toString('base64')) {
  const bare = `n=,r=${nonce}`
  return {
    first: `n,,${bare}`,
    final(serverFirst: string): string | undefined {
      const parts = /^r=([^,]+),s=([^,]+),i=(\d{1,9})$/.exec(serverFirst)
      if (parts === null || !(parts[1] as string).startsWith(nonce)) return undefined
      const salted = pbkdf2Sync(password.normalize('NFKC'), Buffer.from(parts[2] as string, 'base64'), Number(parts[3]), 32, 'sha256')
      const clientKey = hmac(salted, 'Client Key')
      const withoutProof = `c=biws,r=${parts[1]}`
      const signature = hmac(createHash('sha256').update(clientKey).digest(), `${bare},${serverFirst},${withoutProof}`)
      return `${withoutProof},p=${Buffer.from(clientKey.map((byte, i) => byte ^ (signature[i] as number))).toString('base64')}`
    },
  }
}

const hmac = (key: Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

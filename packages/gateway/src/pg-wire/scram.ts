// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it: both sides of a sign-in. Never compares secrets with a
// comparison that stops early.

import type { ScramVerifier } from '@tulle/access'
import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

export const SCRAM = 'SCRAM-SHA-256'

export interface ScramExchange {
  /** Answers the client's first message with the server's first, or undefined where it is malformed. */
  first(data: string): string | undefined
  /** Answers the client's proof with the server's signature; undefined where the password is wrong or the message malformed. */
  final(data: string): string | undefined
}

/** The server's side of one sign-in. */
export function scramExchange(verifier: ScramVerifier, nonce: string = randomBytes(18).toString('base64')): ScramExchange {
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
      serverFirst = `r=${combined},s=${verifier.salt.toString('base64')},i=${verifier.iterations}`
      return serverFirst
    },
    final(data) {
      const parts = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)),p=([A-Za-z0-9+/=]+)$/.exec(data)
      if (parts === null || combined === '') return undefined
      const proof = Buffer.from(parts[4] as string, 'base64')
      if (parts[3] !== combined || parts[2] !== Buffer.from(gs2).toString('base64') || proof.length !== 32) return undefined
      const message = `${bare},${serverFirst},${parts[1]}`
      const signature = hmac(verifier.storedKey, message)
      const clientKey = Buffer.from(proof.map((byte, i) => byte ^ (signature[i] as number)))
      if (!timingSafeEqual(createHash('sha256').update(clientKey).digest(), verifier.storedKey)) return undefined
      return `v=${hmac(verifier.serverKey, message).toString('base64')}`
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

// Sign-ins by the issuer that are on their way. What a browser or a program has to bring back is sealed and lies with them;
// here lies only what somebody whom the issuer already vouched for has not fetched yet.

import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IssuerAnswer, SignInMemory } from '@tulle/access'
import { seal, unseal } from '@tulle/access'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

/** A program at `http://127.0.0.1:<port>/` of the browser's machine. Its challenge is the SHA-256 of what only it knows (RFC 7636). */
export interface Terminal { readonly port: number; readonly challenge: string; readonly state: string }

interface BrowserMemory extends SignInMemory { readonly until: number; readonly terminal?: Terminal }

export interface SignIns {
  sealBrowser(memory: BrowserMemory): string
  unsealBrowser(sealed: string | undefined): BrowserMemory | undefined
  /** Keeps an answer for a minute under a code that is good once, for whoever knows what the challenge was made of. */
  keep(answer: IssuerAnswer, challenge: string): string
  redeem(code: string, verifier: string): IssuerAnswer | undefined
  /** Strangers make the issuer work: so many begin within a minute, and no more. */
  begin(): Result<void>
  sealDevice(deviceCode: string, until: Date): string
  unsealDevice(handle: string): string | undefined
}

const BROWSER = 'sign-in in progress'
const DEVICE = 'sign-in of a device'
const FETCH_MILLISECONDS = 60_000
const MOST_KEPT = 1000
const MOST_BEGUN = 60
const WINDOW_MILLISECONDS = 60_000

export function openSignIns({ clock }: { readonly clock: Clock }): SignIns {
  const key = randomBytes(32)
  const kept = new Map<string, { readonly answer: IssuerAnswer; readonly challenge: string; readonly until: number }>()
  let begun: number[] = []
  const open = <T extends { readonly until: number }>(sealed: string | undefined, use: string): T | undefined => {
    const text = sealed === undefined ? undefined : unseal(sealed, key, use)
    const memory = text === undefined ? undefined : (JSON.parse(text) as T)
    return memory !== undefined && clock.now() < memory.until ? memory : undefined
  }
  return {
    sealBrowser: (memory) => seal(JSON.stringify(memory), key, BROWSER),
    unsealBrowser: (sealed) => open<BrowserMemory>(sealed, BROWSER),
    keep: (answer, challenge) => {
      // Oldest first: those that nobody came for, and the oldest of too many.
      for (const [old, { until }] of kept) if (until <= clock.now() || kept.size >= MOST_KEPT) kept.delete(old)
      const code = randomBytes(32).toString('base64url')
      kept.set(code, { answer, challenge, until: clock.now() + FETCH_MILLISECONDS })
      return code
    },
    redeem: (code, verifier) => {
      const found = kept.get(code)
      if (found === undefined) return undefined
      // Used up by a wrong try as well: whoever holds the code and not the verifier has stolen it.
      kept.delete(code)
      return found.until > clock.now() && isSame(createHash('sha256').update(verifier).digest('base64url'), found.challenge) ? found.answer : undefined
    },
    begin: () => {
      const now = clock.now()
      begun = begun.filter((at) => at > now - WINDOW_MILLISECONDS)
      if (begun.length >= MOST_BEGUN) return fail(messages['too-many-sign-ins']({ seconds: Math.ceil(((begun[0] ?? now) + WINDOW_MILLISECONDS - now) / 1000) }))
      begun.push(now)
      return ok(undefined)
    },
    sealDevice: (deviceCode, until) => seal(JSON.stringify({ deviceCode, until: until.getTime() }), key, DEVICE),
    unsealDevice: (handle) => open<{ readonly deviceCode: string; readonly until: number }>(handle, DEVICE)?.deviceCode,
  }
}

const isSame = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))

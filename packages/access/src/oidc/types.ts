// The nouns of signing in by another's word: an issuer, what it says of a person, what its groups mean here. No behaviour.

import type { Result } from '@tulle/kernel'
import type { Role } from '@tulle/policy'

/** Where the issuer is and who we are to it. */
export interface IssuerSettings {
  readonly issuer: string
  readonly clientId: string
  /** In a function, so that whoever prints the settings prints no secret. Undefined: a client that has none, protected by PKCE alone. */
  readonly clientSecret: () => string | undefined
  /** Of access tokens that the API takes; undefined: it takes none of this issuer. */
  readonly audience: string | undefined
  /** Addresses of ours that such a token may be for instead, where it takes any: a client that asks for a resource names one. */
  readonly resources?: readonly string[]
  /** The claim that lists a person's groups. */
  readonly groupsClaim: string
  readonly groups: GroupMapping
}

/** What groups mean here. A group that is in neither list means nothing. */
export interface GroupMapping {
  /** Group → technical team; undefined: a group that is called like a team is that team. */
  readonly teams: ReadonlyMap<string, string> | undefined
  /** Group → role; the greatest counts. Nobody is more than a consumer without one. */
  readonly roles: ReadonlyMap<string, Role>
}

/** What the issuer said of a person, and when. */
export interface IssuerPerson {
  readonly issuer: string
  /** The issuer's own name for the person, which it never gives to another. */
  readonly subject: string
  readonly name: string
  readonly title: string
  /** Undefined where it said nothing of groups. */
  readonly groups: readonly string[] | undefined
  readonly saidAt: Date
}

/** What a sign-in in progress has to remember; the browser keeps it, sealed. */
export interface SignInMemory { readonly verifier: string; readonly state: string; readonly nonce: string; readonly to: string }

export interface IssuerAnswer {
  readonly person: IssuerPerson
  /** Asks the issuer again later, without the person. */
  readonly refreshToken: string | undefined
}

/** A sign-in that goes on at a device with a browser while the one that asked waits. */
export interface DeviceSignIn {
  /** Whoever holds it gets the session; it is shown to nobody. */
  readonly deviceCode: string
  readonly userCode: string
  readonly page: string
  /** The same page with the code in it, where the issuer has one. */
  readonly pageWithCode: string | undefined
  readonly intervalSeconds: number
  readonly expiresAt: Date
}

/** Port: an issuer of identities by OpenID Connect. */
export interface Issuer {
  /** As a person knows it: its host. */
  readonly title: string
  /** Where the browser is sent, and what to remember meanwhile. */
  start(options: { readonly redirectUri: string; readonly to: string }): Promise<Result<{ readonly url: URL; readonly memory: SignInMemory }>>
  /** Exchanges what the browser brought back. `current` is the whole address that it came to. */
  finish(current: URL, memory: SignInMemory): Promise<Result<IssuerAnswer>>
  /** Begins a sign-in without a browser of our own (RFC 8628); `device-not-offered` where the issuer has none for us. */
  startDevice(): Promise<Result<DeviceSignIn>>
  /** Asks once whether the person has confirmed it. `slower`: not yet, and we ask too often. */
  finishDevice(deviceCode: string): Promise<Result<IssuerAnswer | 'pending' | 'slower'>>
  /** `over`: the issuer no longer vouches for the person. A failure: it cannot be asked at the moment. */
  refresh(refreshToken: string, subject: string): Promise<Result<IssuerAnswer | 'over'>>
  /** Whom an access token names; undefined where it is not this issuer's, not for us, not signed as it should be, or no longer good. */
  verify(token: string): Promise<IssuerPerson | undefined>
}

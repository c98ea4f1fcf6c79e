// An issuer at the other end of HTTP: authorization code with PKCE by openid-client, access tokens by jose. What an issuer
// says is only taken where its own keys signed it; a key or an address of keys that a token brings along counts for nothing.

import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { JWTPayload } from 'jose'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import type { Configuration } from 'openid-client'
import * as client from 'openid-client'
import { messages } from '../messages.ts'
import type { DeviceSignIn, Issuer, IssuerAnswer, IssuerPerson, IssuerSettings } from './types.ts'

/** Signatures that only the holder of a private key can make. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']
const SCOPE = 'openid profile email groups offline_access'
const SECONDS = 10
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'
/** What an issuer says that has devices, but not for this client. */
const NOT_FOR_US = ['unauthorized_client', 'unsupported_grant_type', 'invalid_client_metadata']

export function openIssuer(settings: IssuerSettings, clock: Clock = systemClock): Issuer {
  const address = new URL(settings.issuer)
  let found: Promise<Configuration> | undefined
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined
  // Looked for when it is first needed, and again until it is found: an issuer that starts later must not keep us from starting.
  const configuration = async (): Promise<Configuration> => {
    found ??= discover(settings, address)
    try {
      return await found
    } catch (error) {
      found = undefined
      throw error
    }
  }
  const personOf = async (tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers, known?: string): Promise<IssuerPerson> => {
    const claims = tokens.claims()
    const subject = claims?.sub ?? known ?? client.skipSubjectCheck
    const more = claims?.[settings.groupsClaim] === undefined ? await client.fetchUserInfo(await configuration(), tokens.access_token, subject) : {}
    return toPerson({ ...claims, ...more }, settings, clock.now())
  }
  return {
    title: address.host,
    async start({ redirectUri, to }) {
      const memory = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce(), to }
      return asking(address, async () => ok({
        memory,
        url: client.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri, scope: SCOPE, state: memory.state, nonce: memory.nonce, prompt: 'consent',
          code_challenge: await client.calculatePKCECodeChallenge(memory.verifier), code_challenge_method: 'S256',
        }),
      }))
    },
    finish: (current, { verifier, state, nonce }) => asking(address, async (): Promise<Result<IssuerAnswer>> => {
      const tokens = await client.authorizationCodeGrant(await configuration(), current, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true })
      return ok({ person: await personOf(tokens), refreshToken: tokens.refresh_token })
    }),
    startDevice: () => asking(address, async (): Promise<Result<DeviceSignIn>> => {
      const known = await configuration()
      if (known.serverMetadata().device_authorization_endpoint === undefined) return fail(messages['device-not-offered']({ issuer: address.host }))
      try {
        const begun = await client.initiateDeviceAuthorization(known, { scope: SCOPE, prompt: 'consent' })
        return ok({
          deviceCode: begun.device_code, userCode: begun.user_code, page: begun.verification_uri, pageWithCode: begun.verification_uri_complete,
          intervalSeconds: begun.interval ?? 5, expiresAt: new Date(clock.now() + begun.expires_in * 1000),
        })
      } catch (error) {
        if (error instanceof client.ResponseBodyError && NOT_FOR_US.includes(error.error)) return fail(messages['device-not-offered']({ issuer: address.host }))
        throw error
      }
    }),
    finishDevice: (deviceCode) => asking(address, async (): Promise<Result<IssuerAnswer | 'pending' | 'slower'>> => {
      try {
        const tokens = await client.genericGrantRequest(await configuration(), DEVICE_GRANT, { device_code: deviceCode })
        return tokens.id_token === undefined ? fail(messages['issuer-names-nobody']({})) : ok({ person: await personOf(tokens), refreshToken: tokens.refresh_token })
      } catch (error) {
        if (error instanceof client.ResponseBodyError && error.error === 'authorization_pending') return ok('pending')
        if (error instanceof client.ResponseBodyError && error.error === 'slow_down') return ok('slower')
        throw error
      }
    }),
    refresh: (refreshToken, subject) => asking(address, async (): Promise<Result<IssuerAnswer | 'over'>> => {
      try {
        const tokens = await client.refreshTokenGrant(await configuration(), refreshToken)
        const person = await personOf(tokens, subject)
        return ok(person.subject === subject ? { person, refreshToken: tokens.refresh_token ?? refreshToken } : 'over')
      } catch (error) {
        if (error instanceof client.ResponseBodyError && error.error === 'invalid_grant') return ok('over')
        throw error
      }
    }),
    async verify(token) {
      if (settings.audience === undefined || !isPlain(token)) return undefined
      const metadata = await configuration().then((known) => known.serverMetadata()).catch(() => undefined)
      if (metadata?.jwks_uri === undefined) return undefined
      keys ??= createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: SECONDS * 1000 })
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer: metadata.issuer, audience: [settings.audience, ...(settings.resources ?? [])], algorithms: ALGORITHMS, typ: 'at+jwt', requiredClaims: ['exp', 'iat', 'sub'], currentDate: new Date(clock.now()),
        })
        return toPerson(payload, settings, clock.now())
      } catch {
        return undefined
      }
    },
  }
}

function discover({ clientId, clientSecret }: IssuerSettings, address: URL): Promise<Configuration> {
  const secret = clientSecret()
  const execute = [client.enableNonRepudiationChecks, ...(address.protocol === 'http:' ? [client.allowInsecureRequests] : [])]
  return client.discovery(address, clientId, secret, secret === undefined ? client.None() : undefined, { execute, timeout: SECONDS })
}

/** True where the header names nothing but an algorithm, a type and which of the issuer's keys it is. */
function isPlain(token: string): boolean {
  try {
    return Object.keys(decodeProtectedHeader(token)).every((member) => ['alg', 'typ', 'kid'].includes(member))
  } catch {
    return false
  }
}

const MOST_GROUPS = 1000

function toPerson(claims: Partial<JWTPayload>, { issuer, groupsClaim }: IssuerSettings, now: number): IssuerPerson {
  const text = (name: string): string | undefined => (typeof claims[name] === 'string' && claims[name] !== '' ? claims[name].slice(0, 200) : undefined)
  const groups = claims[groupsClaim]
  const subject = claims.sub ?? ''
  const name = text('preferred_username') ?? text('email')?.split('@')[0] ?? subject
  return {
    issuer,
    subject,
    name,
    title: text('name') ?? name,
    groups: Array.isArray(groups) ? groups.filter((group) => typeof group === 'string').slice(0, MOST_GROUPS) : undefined,
    saidAt: new Date(Math.min(now, typeof claims.iat === 'number' ? claims.iat * 1000 : now)),
  }
}

/** What the other side does wrong, or does not do, is a sentence. No answer of it is quoted: it could hold a secret. */
async function asking<T>(address: URL, work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work()
  } catch (error) {
    const code = (error as { code?: unknown }).code
    const said = error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError ? error.error : undefined
    const why = said ?? (typeof code === 'string' ? code : 'no answer')
    return fail(said !== undefined || (typeof code === 'string' && code.startsWith('OAUTH_')) ? messages['issuer-refused']({ issuer: address.host, why }) : messages['issuer-unreachable']({ issuer: address.host, why }))
  }
}

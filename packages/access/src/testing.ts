// The rig for signing in by an issuer: a real one, on a free port, with people whose groups a test changes.

import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import Provider from 'oidc-provider'

export interface TestIssuer extends AsyncDisposable {
  readonly url: string
  /** Lets the Tulle at this address sign people in. */
  admit(tulleUrl: string): void
  readonly clientId: string
  readonly clientSecret: string
  /** Of access tokens for the API. */
  readonly audience: string
  /** By the issuer's own name for a person; whoever is set as `visitor` signs in next. */
  readonly people: Map<string, { readonly groups: readonly string[]; readonly name?: string }>
  visitor: string
  /** Goes to an address as a browser would: with cookies, through every redirect, until a page answers, or an address begins with `until`. */
  browse(url: string, jar: CookieJar, until?: string): Promise<Response>
  /** An access token for the API, from the issuer itself. */
  accessToken(person: string): Promise<string>
  /** Signed by the issuer's key, or by a stranger's, with a header and claims of the test's choice. */
  sign(options: { readonly claims?: object; readonly header?: object; readonly by?: 'issuer' | 'stranger'; readonly seconds?: number }): Promise<string>
  /** Confirms a code that a device shows, as a person with a browser would; `no` refuses. */
  confirmDevice(page: string, answer?: 'yes' | 'no'): Promise<Response>
  /** Ends every grant of everybody, as an administrator of the issuer would. */
  forget(): void
  close(): Promise<void>
}

/** Cookies by host and port. */
export type CookieJar = Map<string, Map<string, string>>

const RESOURCE = 'urn:tulle:api'
const AUDIENCE = 'tulle-api'
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Starts an issuer; it answers once it has admitted somebody who asks. */
export async function testIssuer({ devices = false }: { readonly devices?: boolean } = {}): Promise<TestIssuer> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const stranger = await generateKeyPair('RS256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }
  const people: TestIssuer['people'] = new Map()
  const clientSecret = randomBytes(24).toString('base64url')
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const groupsOf = (id: string): readonly string[] => people.get(id)?.groups ?? []
  const openProvider = (tulleUrl: string): Provider => new Provider(url, {
    clients: [
      { client_id: 'tulle', client_secret: clientSecret, redirect_uris: [`${tulleUrl}/oidc/callback`], grant_types: ['authorization_code', 'refresh_token', ...(devices ? [DEVICE_GRANT] : [])], response_types: ['code'] },
      { client_id: 'notebook', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1:9/notebook'], grant_types: ['authorization_code'], response_types: ['code'], application_type: 'native' },
    ],
    jwks: { keys: [key as never] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'], email: ['email'] },
    scopes: ['openid', 'offline_access', 'profile', 'email', 'groups'],
    findAccount: (_context: unknown, id: string) => (people.has(id) ? { accountId: id, claims: () => ({ sub: id, preferred_username: people.get(id)?.name ?? id, name: `${id} of the issuer`, groups: [...groupsOf(id)] }) } : undefined),
    extraTokenClaims: (_context: unknown, token: unknown) => ({ groups: [...groupsOf((token as { accountId?: string }).accountId ?? '')], preferred_username: (token as { accountId?: string }).accountId }),
    issueRefreshToken: (_context: unknown, client: { clientId: string }) => client.clientId === 'tulle',
    pkce: { required: () => true },
    interactions: { url: (_context: unknown, interaction: { uid: string }) => `/interaction/${interaction.uid}` },
    ttl: { AccessToken: 600, RefreshToken: 86_400, Session: 60, Interaction: 600, Grant: 86_400, IdToken: 600 },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: devices },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined as never,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'data', audience: AUDIENCE, accessTokenTTL: 600, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
      },
    },
  } as never)
  const grants = new Set<string>()
  const rig: { visitor: string } = { visitor: '' }
  let provider: Provider | undefined
  server.on('request', (request, response) => {
    if (provider === undefined) return void response.writeHead(503).end()
    const at = provider
    if (request.url?.startsWith('/interaction/') !== true) return void at.callback()(request, response)
    void (async () => {
      const { prompt, params, session } = await at.interactionDetails(request, response)
      if (prompt.name === 'login') return at.interactionFinished(request, response, { login: { accountId: rig.visitor } }, { mergeWithLastSubmission: false })
      const grant = new at.Grant({ accountId: session?.accountId as string, clientId: params['client_id'] as string })
      grant.addOIDCScope('openid profile email groups offline_access')
      grant.addResourceScope(RESOURCE, 'data')
      const grantId = await grant.save()
      grants.add(grantId)
      return at.interactionFinished(request, response, { consent: { grantId } }, { mergeWithLastSubmission: true })
    })().catch((error: unknown) => response.writeHead(500).end(String(error)))
  })

  const browse = async (start: string, jar: CookieJar, until = 'http://127.0.0.1:9/', form?: Readonly<Record<string, string>>): Promise<Response> => {
    let at = start
    for (let hop = 0; hop < 20; hop += 1) {
      const posted = hop === 0 && form !== undefined ? { method: 'POST', body: new URLSearchParams(form) } : {}
      const { host } = new URL(at)
      const cookies = jar.get(host) ?? new Map<string, string>()
      jar.set(host, cookies)
      const answer = await fetch(at, { ...posted, redirect: 'manual', headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') } })
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') cookies.delete(name)
        else cookies.set(name, value)
      }
      const location = answer.headers.get('location')
      if (location === null) return answer
      at = new URL(location, at).href
      if (at.startsWith(until)) return new Response(at)
    }
    throw new Error(`No end of redirects at ${at}`)
  }

  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
  return {
    url, people, clientSecret, browse, close,
    admit: (tulleUrl) => {
      provider = openProvider(tulleUrl)
    },
    clientId: 'tulle',
    audience: AUDIENCE,
    get visitor() { return rig.visitor },
    set visitor(name: string) { rig.visitor = name },
    accessToken: async (person) => {
      rig.visitor = person
      const verifier = randomBytes(32).toString('base64url')
      const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url')
      const asked = new URLSearchParams({ client_id: 'notebook', response_type: 'code', redirect_uri: 'http://127.0.0.1:9/notebook', scope: 'openid data', resource: RESOURCE, code_challenge: challenge, code_challenge_method: 'S256', state: 'x' })
      const back = new URL(await (await browse(`${url}/auth?${asked.toString()}`, new Map())).text())
      const body = new URLSearchParams({ client_id: 'notebook', grant_type: 'authorization_code', code: back.searchParams.get('code') ?? '', redirect_uri: 'http://127.0.0.1:9/notebook', code_verifier: verifier, resource: RESOURCE })
      const { access_token: token, ...rest } = (await (await fetch(`${url}/token`, { method: 'POST', body })).json()) as { access_token?: string }
      if (token === undefined) throw new Error(JSON.stringify(rest))
      return token
    },
    sign: async ({ claims = {}, header = {}, by = 'issuer', seconds = 300 }) => {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({ iss: url, aud: AUDIENCE, sub: 'ana', groups: [], iat: now, exp: now + seconds, ...claims })
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'key-1', ...header })
        .sign(by === 'issuer' ? privateKey : stranger.privateKey)
    },
    confirmDevice: async (page, answer = 'yes') => {
      const jar: CookieJar = new Map()
      const hidden = async (html: Response): Promise<string> => /name="xsrf" value="([^"]+)"/u.exec(await html.text())?.[1] ?? ''
      const code = new URL(page).searchParams.get('user_code') ?? ''
      const xsrf = await hidden(await browse(page, jar))
      return browse(`${url}/device`, jar, undefined, { xsrf, user_code: code, ...(answer === 'yes' ? { confirm: 'yes' } : { abort: 'yes' }) })
    },
    forget: () => {
      for (const id of grants) void provider?.Grant.adapter.destroy(id)
      grants.clear()
    },
    [Symbol.asyncDispose]: close,
  }
}

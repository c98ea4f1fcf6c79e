// Proves to a service who asks: basic, bearer, digest, OAuth 2 and OpenID Connect. What is proven with is in no answer.

import { createHash, randomBytes } from 'node:crypto'
import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import type { HttpAnswer } from '../host.ts'
import type { TaskContext } from '../interpret/run.ts'
import { evaluateInside } from '../interpret/run.ts'
import { secretOf } from '../interpret/secrets.ts'
import type { Authentication, Credentials, JsonObject, OAuth2 } from '../types.ts'
import { isObject } from '../walk-tasks.ts'
import { expandUri } from './uri-template.ts'

interface Asking { readonly method: string; readonly url: URL; readonly signal: AbortSignal }
type Ask = (headers: Readonly<Record<string, string>>) => Promise<HttpAnswer>

export async function authorize(context: TaskContext, policy: Authentication | undefined, asking: Asking, ask: Ask): Promise<HttpAnswer> {
  const named = policyOf(context, policy)
  if (named === undefined) return ask({})
  const of = <T extends { readonly use?: string }>(scheme: T): Promise<T> => valuesOf(context, scheme)
  if (named.basic !== undefined) {
    const { username = '', password = '' } = await of(named.basic)
    return ask({ authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` })
  }
  if (named.bearer !== undefined) return ask({ authorization: `Bearer ${(await of(named.bearer)).token ?? ''}` })
  if (named.digest !== undefined) return digest(await of(named.digest), asking, ask)
  if (named.oauth2 !== undefined) return ask({ authorization: await tokenOf(context, await of(named.oauth2), asking.signal, false) })
  if (named.oidc !== undefined) return ask({ authorization: await tokenOf(context, await of(named.oidc), asking.signal, true) })
  return ask({})
}

/** For services that are not asked by HTTP: a name and a password; undefined where nothing is to be proven. */
export async function nameAndPassword(context: TaskContext, policy: Authentication | undefined): Promise<{ readonly username: string; readonly password: string } | undefined> {
  const named = policyOf(context, policy)
  if (named === undefined) return undefined
  if (named.basic === undefined) throw fault('configuration', 'Only the authentication basic (a name and a password) is for a service that is not asked by HTTP.')
  const { username = '', password = '' } = await valuesOf(context, named.basic)
  return { username, password }
}

function policyOf(context: TaskContext, policy: Authentication | undefined): Authentication | undefined {
  const named = policy?.use === undefined ? policy : context.run.document.use?.authentications?.[policy.use]
  if (policy?.use !== undefined && named === undefined) throw fault('configuration', `There is no authentication "${policy.use}".`)
  return named
}

const valuesOf = async <T extends { readonly use?: string }>(context: TaskContext, scheme: T): Promise<T> =>
  (scheme.use === undefined ? await evaluateInside(context.run, scheme as Json, context.input, context.variables) : secretMembers(secretOf(context.run, scheme.use))) as unknown as T

/** A secret that is a text is a token. */
const secretMembers = (secret: Json): JsonObject => (isObject(secret) ? secret as JsonObject : { token: String(secret) })

/** RFC 7616: asks, is challenged, answers the challenge. */
async function digest({ username = '', password = '' }: Credentials, { method, url }: Asking, ask: Ask): Promise<HttpAnswer> {
  const first = await ask({})
  const challenge = first.status === 401 ? /^Digest (.*)$/iu.exec(first.headers['www-authenticate'] ?? '')?.[1] : undefined
  if (challenge === undefined) return first
  const said = Object.fromEntries([...challenge.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/gu)].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']))
  const { realm = '', nonce = '', opaque, algorithm = 'MD5' } = said
  const name = { MD5: 'md5', 'MD5-SESS': 'md5', 'SHA-256': 'sha256', 'SHA-256-SESS': 'sha256' }[algorithm.toUpperCase()]
  if (name === undefined) throw fault('authentication', `The service wants the digest algorithm ${algorithm}, which is not known.`)
  const hash = (text: string): string => createHash(name).update(text).digest('hex')
  const cnonce = randomBytes(12).toString('hex')
  const uri = `${url.pathname}${url.search}`
  const plain = hash(`${username}:${realm}:${password}`)
  const secret = /-sess$/iu.test(algorithm) ? hash(`${plain}:${nonce}:${cnonce}`) : plain
  const quality = (said['qop'] ?? '').split(',').map((one) => one.trim()).includes('auth')
  const response = hash(quality ? `${secret}:${nonce}:00000001:${cnonce}:auth:${hash(`${method}:${uri}`)}` : `${secret}:${nonce}:${hash(`${method}:${uri}`)}`)
  const parts = [`username="${username}"`, `realm="${realm}"`, `nonce="${nonce}"`, `uri="${uri}"`, `algorithm=${algorithm}`, `response="${response}"`]
  if (quality) parts.push('qop=auth', 'nc=00000001', `cnonce="${cnonce}"`)
  if (opaque !== undefined) parts.push(`opaque="${opaque}"`)
  return ask({ authorization: `Digest ${parts.join(', ')}` })
}

async function tokenOf({ run, input }: TaskContext, client: OAuth2, signal: AbortSignal, isOpenId: boolean): Promise<string> {
  const authority = expandUri(client.authority ?? '', input).replace(/\/$/u, '')
  const endpoint = isOpenId ? await discovered(authority) : `${authority}${client.endpoints?.token ?? '/oauth2/token'}`
  const form: Record<string, string> = { grant_type: client.grant ?? 'client_credentials' }
  if (client.scopes !== undefined || isOpenId) form['scope'] = [...new Set([...(isOpenId ? ['openid'] : []), ...(client.scopes ?? [])])].join(' ')
  if (client.audiences !== undefined) form['audience'] = client.audiences.join(' ')
  if (client.username !== undefined) form['username'] = client.username
  if (client.password !== undefined) form['password'] = client.password
  for (const who of ['subject', 'actor'] as const) {
    const token = client[who]
    if (token !== undefined) Object.assign(form, { [`${who}_token`]: token.token, [`${who}_token_type`]: token.type })
  }
  const { id = '', secret, assertion, authentication = 'client_secret_post' } = client.client ?? {}
  const headers: Record<string, string> = {}
  if (authentication === 'client_secret_basic') headers['authorization'] = `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret ?? '')}`).toString('base64')}`
  else {
    form['client_id'] = id
    if (authentication === 'client_secret_post' && secret !== undefined) form['client_secret'] = secret
    if (authentication.endsWith('_jwt')) Object.assign(form, { client_assertion: assertion ?? '', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' })
  }
  const isJson = client.request?.encoding === 'application/json'
  const answer = await run.host.http({
    method: 'POST', url: endpoint, signal,
    headers: { ...headers, accept: 'application/json', 'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded' },
    body: Buffer.from(isJson ? JSON.stringify(form) : new URLSearchParams(form).toString()),
  })
  const said = answer.status === 200 ? jsonOf(answer) : undefined
  const token = isObject(said) ? said['access_token'] : undefined
  if (typeof token !== 'string') throw fault('authentication', `${new URL(endpoint).origin} gave no access token (status ${answer.status}).`)
  return `Bearer ${token}`

  async function discovered(base: string): Promise<string> {
    const found = await run.host.http({ method: 'GET', url: `${base}/.well-known/openid-configuration`, headers: { accept: 'application/json' }, signal })
    const configuration = found.status === 200 ? jsonOf(found) : undefined
    const token = isObject(configuration) ? configuration['token_endpoint'] : undefined
    if (typeof token !== 'string') throw fault('authentication', `${base} does not say where tokens are.`)
    return token
  }
}

function jsonOf({ body }: HttpAnswer): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}

// `POST /v1/oauth/tokens`: an account's name and password for a token of a session (RFC 6749 §4.4). The protocol calls the
// endpoint deprecated, but it is the one way that every client knows.

import type { CatalogAnswer, SignIn } from './types.ts'
import { json } from './answers.ts'

export interface TokenRequest {
  /** `application/x-www-form-urlencoded`. */
  readonly body: string
  readonly authorization?: string | undefined
}

/** Answers a token, or an OAuth2 error, which is not the error of the rest of the protocol. */
export async function giveToken(signIn: SignIn, { body, authorization }: TokenRequest, now: number): Promise<CatalogAnswer> {
  const form = new URLSearchParams(body)
  if (form.get('grant_type') !== 'client_credentials') return refuse(400, 'unsupported_grant_type', 'Only client_credentials is supported.')
  const [client, secret] = credentialsOf(form, authorization)
  if (client === '' || secret === '') return refuse(400, 'invalid_request', 'client_id and client_secret are required: the name and the password of an account.')
  const session = await signIn(client, secret)
  if (!session.ok) return refuse(401, 'invalid_client', session.diagnostics.map((d) => d.message).join(' '))
  const { token, expiresAt } = session.value
  return json({
    access_token: token, token_type: 'bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    ...(expiresAt !== undefined && { expires_in: Math.max(0, Math.floor((expiresAt.getTime() - now) / 1000)) }), scope: 'catalog',
  })
}

function credentialsOf(form: URLSearchParams, authorization: string | undefined): readonly [client: string, secret: string] {
  const basic = /^Basic ([\w+/=]{1,2048})$/iu.exec(authorization ?? '')?.[1]
  if (basic === undefined) return [form.get('client_id') ?? '', form.get('client_secret') ?? '']
  const [, client = '', secret = ''] = /^([^:]*):(.*)$/su.exec(Buffer.from(basic, 'base64').toString('utf8')) ?? []
  return [client, secret]
}

const refuse = (status: 400 | 401, error: string, text: string): CatalogAnswer => json({ error, error_description: text }, status)

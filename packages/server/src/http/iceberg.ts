// The Iceberg REST catalogue at `/iceberg`. Everything below it needs somebody who is signed in before it is looked at,
// except the address where one signs in.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { errorAnswer, giveToken, serveCatalog } from '@tulle/catalog'
import type { CatalogAnswer, SignIn } from '@tulle/catalog'
import { fail, ok } from '@tulle/kernel'
import { catalogAuthority } from '../catalog-authority.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { describeInternalError } from './answers.ts'
import type { Authenticator } from './callers.ts'
import { callerOf } from './callers.ts'

const BASE = '/iceberg'
/** A commit of a table with many columns and snapshots is large; nothing else is. */
const BODY_LIMIT = 16 * 1024 * 1024
const TOKENS = `${BASE}/v1/oauth/tokens`
/** Clients can send headers of their own with every request: the purpose travels in one. */
const PURPOSE_HEADER = 'x-tulle-purpose'

/** Mounts the catalogue beside everything else, with bodies as they came: numbers in them are exact. */
export async function mountIceberg(app: FastifyInstance, house: House, accounts: Authenticator): Promise<void> {
  await app.register(async (room) => {
    room.removeAllContentTypeParsers()
    room.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    room.setErrorHandler((error, _request, reply) => send(reply, troubleOf(house, error)))
    room.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
      url: `${BASE}/*`,
      bodyLimit: BODY_LIMIT,
      exposeHeadRoute: false,
      handler: async (request, reply) => send(reply, await answer(house, accounts, request)),
    })
  })
}

async function answer(house: House, accounts: Authenticator, request: FastifyRequest): Promise<CatalogAnswer> {
  const body = typeof request.body === 'string' ? request.body : ''
  if (request.method === 'POST' && request.raw.url === TOKENS) return giveToken(signInBy(house), { body, authorization: request.headers.authorization }, house.clock.now())
  const caller = await callerOf(request, accounts, house.settings.httpPort)
  if (!caller.ok) return withChallenge(errorAnswer(caller.diagnostics))
  if (!house.isReady()) return errorAnswer([messages['not-ready']({})])
  const writable = house.audit.ready()
  if (!writable.ok) return errorAnswer(writable.diagnostics)
  const [path = '', query = ''] = (request.raw.url ?? '').slice(BASE.length).split('?')
  const purpose = request.headers[PURPOSE_HEADER]
  return serveCatalog(house.iceberg, catalogAuthority(house, caller.value, typeof purpose === 'string' && purpose !== '' ? purpose : undefined), {
    method: request.method, path, query: new URLSearchParams(query), body, ifNoneMatch: request.headers['if-none-match'],
  })
}

/** A secret is a password, or a token of the same account that is still good: clients have one place for either. */
const signInBy = ({ sessions }: House): SignIn => async (client, secret) => {
  const account = await sessions.authenticateToken(secret)
  if (account?.subject.name === client) return ok({ token: secret })
  const session = await sessions.signIn(client, secret, { label: 'iceberg' })
  return session.ok ? session : fail(...session.diagnostics)
}

const withChallenge = (refused: CatalogAnswer): CatalogAnswer => ({ ...refused, headers: { ...refused.headers, ...(refused.status === 401 && { 'www-authenticate': 'Bearer realm="tulle"' }) } })

function troubleOf(house: House, error: unknown): CatalogAnswer {
  const { code, statusCode, message } = error as { readonly code?: string; readonly statusCode?: number; readonly message: string }
  const trouble = code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? messages['body-too-large']({ limit: '16 MB' })
    : statusCode !== undefined && statusCode < 500 ? messages['bad-input']({ field: 'request', text: message }) : describeInternalError(error, house.log)
  return errorAnswer([trouble])
}

function send(reply: FastifyReply, { status, headers, body }: CatalogAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

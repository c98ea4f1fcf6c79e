// Confluent's schema registry API at `/schema-registry`, for whoever is signed in. A subject belongs to the product whose name leads
// it (`flights.flights-value`): who may know of the product may read its schemas, who may write to the product may register more
// of them. Subjects of nobody's are read by everybody who is signed in, and kept by administrators.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listProducts } from '@tulle/providers'
import { registryError, serveRegistry } from '@tulle/schema-registry'
import type { Authority, RegistryAnswer } from '@tulle/schema-registry'
import type { Decision, GovernedProduct } from '@tulle/policy'
import { recordDeed } from '../audit-deeds.ts'
import type { House } from '../house.ts'
import { decide } from '../house.ts'
import { messages } from '../messages.ts'
import { describeInternalError } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf } from './callers.ts'

const BASE = '/schema-registry'
const BODY_LIMIT = 2 * 1024 * 1024

/** Mounts the registry beside everything else; bodies are JSON, whatever their clients call it. */
export async function mountSchemaRegistry(app: FastifyInstance, house: House, accounts: Authenticator): Promise<void> {
  await app.register(async (room) => {
    room.removeAllContentTypeParsers()
    room.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    room.setErrorHandler((error, _request, reply) => send(reply, troubleOf(house, error)))
    for (const url of [BASE, `${BASE}/*`]) {
      room.route({ method: ['GET', 'POST', 'PUT', 'DELETE'], url, bodyLimit: BODY_LIMIT, exposeHeadRoute: false, handler: async (request, reply) => send(reply, await answer(house, accounts, request)) })
    }
  })
}

async function answer(house: House, accounts: Authenticator, request: FastifyRequest): Promise<RegistryAnswer> {
  const caller = await callerOf(request, accounts, house.settings.httpPort)
  if (!caller.ok) return withChallenge(registryError(caller.diagnostics))
  if (!house.isReady()) return registryError([messages['not-ready']({})])
  const writable = house.audit.ready()
  if (!writable.ok) return registryError(writable.diagnostics)
  const [path = '', query = ''] = (request.raw.url ?? '').slice(BASE.length).split('?')
  const { deed, ...said } = await serveRegistry(house.schemas, authorityOf(house, caller.value), { method: request.method, path, query: new URLSearchParams(query), body: typeof request.body === 'string' ? request.body : '' })
  if (deed === undefined) return said
  const recorded = await recordDeed(house, { port: 'api', subject: caller.value.subject, token: caller.value.apiToken?.id, outcome: deed.outcome, deed: { operation: deed.operation, about: deed.outcome === 'ok' ? deed.subject : '?:name' } })
  return recorded.ok ? said : registryError(recorded.diagnostics)
}

function authorityOf(house: House, caller: Caller): Authority {
  const { subject } = caller
  let products: Promise<ReadonlyMap<string, GovernedProduct>> | undefined
  const ownerOf = async (name: string): Promise<GovernedProduct | undefined> => {
    products ??= listProducts(house.db).then((all) => new Map(all.map(({ id, name: own, domain, team }) => [own, { id, name: own, domain, team }])))
    return (await products).get(name.split('.', 1)[0] ?? '')
  }
  const readsOnly = caller.apiToken?.scope === 'read' ? 'This API token is for reading.' : undefined
  const whyNot = (decision: Decision): string | undefined => (decision.effect === 'allow' ? readsOnly : decision.reasons.map(({ text }) => text).join(' '))
  return {
    mayRead: async (name) => {
      const product = await ownerOf(name)
      return product === undefined || decide(house, subject, 'describe', product).effect === 'allow'
    },
    whyNotWrite: async (name) => {
      const product = await ownerOf(name)
      return whyNot(product === undefined ? decide(house, subject, 'administer') : decide(house, subject, 'write', product))
    },
    whyNotGovern: async () => whyNot(decide(house, subject, 'administer')),
  }
}

/** Clients of the registry send a name and password when they are asked for it. */
const withChallenge = (refused: RegistryAnswer): RegistryAnswer => ({ ...refused, headers: { ...refused.headers, ...(refused.status === 401 && { 'www-authenticate': 'Basic realm="tulle"' }) } })

function troubleOf(house: House, error: unknown): RegistryAnswer {
  const { code, statusCode, message } = error as { readonly code?: string; readonly statusCode?: number; readonly message: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return registryError([messages['body-too-large']({ limit: '2 MB' })])
  if (statusCode !== undefined && statusCode < 500) return registryError([messages['bad-input']({ field: 'request', text: message })])
  return registryError([describeInternalError(error, house.log)])
}

function send(reply: FastifyReply, { status, headers, body }: RegistryAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

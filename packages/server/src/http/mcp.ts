// The Model Context Protocol at `/mcp`, and the document that tells a client whose access tokens are taken there (RFC 9728). Who asks is
// found out before the protocol sees a byte; its tools are the API's own handlers in the name of that caller.

import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { endpoints, statusOf } from '@tulle/api'
import type { EndpointName, Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { DESK, openMcp } from '@tulle/mcp'
import type { MeshDesk } from '@tulle/mcp'
import { recordDeed } from '../audit-deeds.ts'
import { queryHandlers } from '../handlers/query.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import type { Settings } from '../settings.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf } from './callers.ts'

const PATH = '/mcp'
const METADATA = '/.well-known/oauth-protected-resource'
const BODY_LIMIT = 256 * 1024

/** What clients know the server by; access tokens may be for it. */
export const mcpAddress = ({ publicUrl }: Pick<Settings, 'publicUrl'>): string => `${publicUrl}${PATH}`

export async function mountMcp(app: FastifyInstance, house: House, accounts: Authenticator, handlers: Handlers<Caller>): Promise<void> {
  const mcp = openMcp({ version: house.settings.version, onError: (error) => house.log.warn('an MCP request was not answered', { error: error.message.slice(0, 500) }) })
  app.addHook('onClose', () => mcp.close())
  const served = { ...handlers, ...queryHandlers(house, 'mcp') }
  for (const path of [METADATA, `${METADATA}${PATH}`]) app.get(path, (_request, reply) => reply.header('access-control-allow-origin', '*').type('application/json').send(JSON.stringify(metadataOf(house))))
  await app.register(async (room) => {
    room.removeAllContentTypeParsers()
    room.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => done(null, body))
    // Before the body is read: strangers cost nothing.
    const callers = new WeakMap<FastifyRequest, Caller>()
    room.addHook('onRequest', async (request, reply) => {
      const caller = await whoCalls(request, accounts, house)
      if (caller.ok) return void callers.set(request, caller.value)
      return sendProblem(reply, caller.diagnostics, `Bearer realm="tulle", resource_metadata="${house.settings.publicUrl}${METADATA}${PATH}"`)
    })
    room.route({
      method: ['GET', 'POST', 'DELETE'], url: PATH, bodyLimit: BODY_LIMIT, exposeHeadRoute: false,
      handler: async (request, reply) => {
        try {
          if (!house.isReady()) return await sendProblem(reply, [messages['not-ready']({})])
          const gone = new AbortController()
          reply.raw.once('close', () => gone.abort(new Error('the client hung up')))
          const asked = new Request(mcpAddress(house.settings), {
            method: request.method, headers: headersOf(request), signal: gone.signal, ...(request.method === 'POST' && { body: typeof request.body === 'string' ? request.body : '' }),
          })
          return await send(reply, await mcp.answer(asked, deskOf(house, served, callers.get(request) as Caller)))
        } catch (error) {
          return sendInternalError(reply, error, house.log)
        }
      },
    })
  })
}

/** By a token, or a name and password. A browser's cookie is nothing here: whoever holds it did not send this. */
async function whoCalls(request: FastifyRequest, accounts: Authenticator, { settings }: House): Promise<Result<Caller>> {
  const { origin, host, authorization } = request.headers
  // A page of elsewhere that found the way to this machine; programs send no origin.
  if (origin !== undefined && ![settings.publicUrl, `http://${host}`, `https://${host}`].includes(origin)) return fail(messages['cross-site']({}))
  return authorization === undefined ? fail(messages['not-signed-in']({})) : callerOf(request, accounts, settings.httpPort)
}

/** Each call as its route would serve it: a token for reading changes nothing, and what changes or is refused is in the audit. */
function deskOf(house: House, handlers: Handlers<Caller>, caller: Caller): MeshDesk {
  const ask = <Name extends EndpointName>(name: Name) => async (input: never, signal: AbortSignal): Promise<Result<unknown>> => {
    const { method } = endpoints[name]
    const changes = method !== 'GET' && name !== 'query'
    const handler = handlers[name] as (input: never, caller: Caller, signal: AbortSignal) => Promise<Result<unknown>>
    const answer = changes && caller.apiToken?.scope === 'read' ? fail(messages['token-reads-only']({})) : await handler(input, caller, signal)
    // Statements have lines of their own.
    if (name === 'query' || (!changes && (answer.ok || statusOf(answer.diagnostics[0]?.code ?? '') !== 403))) return answer
    const outcome = answer.ok ? 'ok' : (answer.diagnostics[0]?.code ?? 'internal-error')
    const recorded = await recordDeed(house, { port: 'mcp', subject: caller.subject, token: caller.apiToken?.id, outcome, deed: { operation: name } })
    return recorded.ok ? answer : recorded
  }
  return Object.fromEntries(DESK.map((name) => [name, ask(name)])) as unknown as MeshDesk
}

/** An issuer's tokens are taken only where its audience is set; without it a client needs an API token. */
const metadataOf = ({ settings }: House) => ({
  resource: mcpAddress(settings),
  resource_name: 'Tulle',
  bearer_methods_supported: ['header'],
  ...(settings.oidc?.audience !== undefined && { authorization_servers: [settings.oidc.issuer], scopes_supported: ['openid', 'profile', 'email', settings.oidc.groupsClaim] }),
})

function headersOf({ headers }: FastifyRequest): Headers {
  const kept = new Headers()
  for (const name of ['content-type', 'accept', 'last-event-id']) if (typeof headers[name] === 'string') kept.set(name, headers[name])
  for (const [name, value] of Object.entries(headers)) if (name.startsWith('mcp-') && typeof value === 'string') kept.set(name, value)
  return kept
}

function send(reply: FastifyReply, answer: Response): FastifyReply {
  reply.code(answer.status)
  for (const [name, value] of answer.headers) if (name !== 'content-length') reply.header(name, value)
  return answer.body === null ? reply.send() : reply.send(Readable.fromWeb(answer.body as ReadableStream))
}

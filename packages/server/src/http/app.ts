// The HTTP door: API, its page, the data port, the console. Every answer carries the headers that keep a browser strict.

import fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Log } from '../log.ts'
import { messages } from '../messages.ts'
import { sendInternalError, sendProblem } from './answers.ts'

const BODY_LIMIT = 64 * 1024 * 1024

// `style-src 'unsafe-inline'`: the console's component library sets style attributes; scripts stay from our own files alone.
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

export function openApp(log: Log): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT, logger: false, routerOptions: { maxParamLength: 500 }, forceCloseConnections: true, return503OnClosing: true })
  app.addHook('onSend', async (_request, reply) => beStrict(reply))
  app.setErrorHandler((error, _request, reply) => {
    const { code, statusCode } = error as { code?: string; statusCode?: number; message: string }
    if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return sendProblem(reply, [messages['body-too-large']({ limit: '64 MB' })])
    if (statusCode !== undefined && statusCode < 500) return sendProblem(reply, [messages['bad-input']({ field: 'request', text: (error as Error).message })])
    return sendInternalError(reply, error, log)
  })
  return app
}

/** The headers that keep a browser strict, where an answer has none of its own. */
export function beStrict(reply: FastifyReply): void {
  if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', CONTENT_SECURITY_POLICY)
  reply.header('x-content-type-options', 'nosniff')
  reply.header('referrer-policy', 'no-referrer')
  if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store')
}

/** Opens the door; a taken port is a sentence, not a stack. */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<Result<string>> {
  try {
    return ok(await app.listen({ host, port }))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') return fail(messages['port-in-use']({ port, what: 'HTTP', variable: 'TULLE_HTTP_PORT' }))
    return fail(messages['port-forbidden']({ port, what: 'HTTP', host, reason: code ?? String(error) }))
  }
}

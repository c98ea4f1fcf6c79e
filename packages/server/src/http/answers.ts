// Diagnostics leave as problem+json; what is thrown leaves as a reference into the log.

import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { Diagnostic } from '@tulle/kernel'
import { PROBLEM_TYPE, toProblem } from '@tulle/api'
import type { Log } from '../log.ts'
import { messages } from '../messages.ts'

export function sendProblem(reply: FastifyReply, diagnostics: readonly Diagnostic[], challenge = 'Bearer realm="tulle"'): FastifyReply {
  const problem = toProblem(diagnostics)
  if (problem.status === 401) reply.header('www-authenticate', challenge)
  return reply.code(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem))
}

/** Logs what was thrown, and gives the caller a reference to it and nothing else. */
export function describeInternalError(error: unknown, log: Log): Diagnostic {
  const reference = randomUUID().slice(0, 8)
  log.error('internal error', { reference, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return messages['internal-error']({ reference })
}

export const sendInternalError = (reply: FastifyReply, error: unknown, log: Log): FastifyReply =>
  sendProblem(reply, [describeInternalError(error, log)])

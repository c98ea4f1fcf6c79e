// Trino's questions at `/opa/v1/data/trino/…`, as its plugin for OPA asks them. Who asks holds a token of the scope `decide`, which
// opens nothing else; whoever does not is refused before a byte of the body is read.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { findDecider } from '@tulle/access'
import { answerTrino, QUESTIONS } from '@tulle/trino'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { trinoAuthority } from '../trino-authority.ts'
import { sendInternalError, sendProblem } from './answers.ts'

/** Below it a policy server of this protocol has its packages. */
export const OPA_ROOT = '/opa/v1/data/trino'
/** A list of all tables of a large mesh. */
const BODY_LIMIT = 32 * 1024 * 1024

export async function mountTrino(app: FastifyInstance, house: House): Promise<void> {
  const authority = trinoAuthority(house)
  await app.register(async (room) => {
    room.addHook('onRequest', async (request, reply) => {
      const secret = secretOf(request)
      const decider = secret === undefined ? undefined : await findDecider(house.store, secret, house.clock)
      return decider === undefined ? sendProblem(reply, [messages['not-signed-in']({})]) : undefined
    })
    for (const question of QUESTIONS) {
      room.post(`${OPA_ROOT}/${question}`, { bodyLimit: BODY_LIMIT }, async (request, reply): Promise<FastifyReply> => {
        try {
          if (!house.isReady()) return sendProblem(reply, [messages['not-ready']({})])
          const writable = house.audit.ready()
          if (!writable.ok) return sendProblem(reply, writable.diagnostics)
          const answer = await answerTrino(authority, question, request.body)
          return answer.ok ? reply.type('application/json').send(JSON.stringify(answer.value)) : sendProblem(reply, answer.diagnostics)
        } catch (error) {
          return sendInternalError(reply, error, house.log)
        }
      })
    }
  })
}

/** As a bearer, or as the password of whatever name. */
function secretOf({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  const bearer = /^Bearer ([\w-]{1,200})$/iu.exec(authorization)?.[1]
  const basic = /^Basic ([\w+/=]{1,2048})$/iu.exec(authorization)?.[1]
  return bearer ?? (basic === undefined ? undefined : /^[^:]*:([\w-]{1,200})$/su.exec(Buffer.from(basic, 'base64').toString('utf8'))?.[1])
}

// Events of OpenLineage at `/api/v1/lineage`, as its clients send them: one event a request. Who tells holds a token of the scope `lineage`, which
// opens nothing else; whoever does not is refused before a byte of the body is read.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { findTeller } from '@tulle/access'
import { API_ROOT } from '@tulle/api'
import { recordDeed } from '../audit-deeds.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { sendInternalError, sendProblem } from './answers.ts'

const BODY_LIMIT = 2 * 1024 * 1024

export async function mountOpenLineage(app: FastifyInstance, house: House): Promise<void> {
  await app.register(async (room) => {
    const tellers = new WeakMap<FastifyRequest, NonNullable<Awaited<ReturnType<typeof findTeller>>>>()
    room.addHook('onRequest', async (request, reply) => {
      const secret = /^Bearer ([\w-]{1,200})$/iu.exec(request.headers.authorization ?? '')?.[1]
      const teller = secret === undefined ? undefined : await findTeller(house.store, secret, house.clock)
      if (teller === undefined) return sendProblem(reply, [messages['not-signed-in']({})])
      tellers.set(request, teller)
      return undefined
    })
    room.post(`${API_ROOT}/lineage`, { bodyLimit: BODY_LIMIT }, async (request, reply) => {
      const teller = tellers.get(request)
      try {
        if (!house.isReady() || teller === undefined) return await sendProblem(reply, [messages['not-ready']({})])
        const taken = await house.foreignLineage.take(request.body, teller)
        const recorded = await recordDeed(house, { port: 'api', subject: { name: teller.account, id: teller.accountId }, token: teller.token, outcome: taken.ok ? 'ok' : (taken.diagnostics[0]?.code ?? 'internal-error'), deed: { operation: 'tellLineage' } })
        if (!recorded.ok) return await sendProblem(reply, recorded.diagnostics)
        return taken.ok ? await reply.code(201).send() : await sendProblem(reply, taken.diagnostics)
      } catch (error) {
        return sendInternalError(reply, error, house.log)
      }
    })
  })
}

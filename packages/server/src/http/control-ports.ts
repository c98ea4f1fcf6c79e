// The control ports at their own addresses: `/products/<product>/control/metadata`, `metrics` and `policies`. The same handlers as
// the API's; metrics are a text of OpenMetrics for whoever accepts it.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { OPEN_METRICS_TYPE, printOpenMetrics } from '@tulle/service-levels'
import type { Json, Result } from '@tulle/kernel'
import { controlHandlers, readMetrics } from '../handlers/control.ts'
import type { House } from '../house.ts'
import { sendInternalError, sendProblem } from './answers.ts'
import type { Authenticator, Caller } from './callers.ts'
import { callerOf } from './callers.ts'

const BASE = '/products/:product/control'

type Answer = (product: string, caller: Caller, request: FastifyRequest) => Promise<Result<{ readonly type: string; readonly body: string }>>

export function mountControlPorts(app: FastifyInstance, house: House, accounts: Authenticator): void {
  const handlers = controlHandlers(house)
  const get = (path: string, answer: Answer): void => {
    app.get(`${BASE}${path}`, async (request: FastifyRequest, reply: FastifyReply) => {
      try {
        const caller = await callerOf(request, accounts, house.settings.httpPort)
        if (!caller.ok) return await sendProblem(reply, caller.diagnostics)
        const { product } = request.params as { readonly product: string }
        const answered = await answer(product, caller.value, request)
        if (!answered.ok) return await sendProblem(reply, answered.diagnostics)
        return await reply.header('vary', 'accept').type(answered.value.type).send(answered.value.body)
      } catch (error) {
        return sendInternalError(reply, error, house.log)
      }
    })
  }
  const never = new AbortController().signal
  get('/metadata', async (product, caller) => asJson(await handlers.getControlMetadata({ product }, caller, never)))
  get('/policies', async (product, caller) => asJson(await handlers.getControlPolicies({ product }, caller, never)))
  get('/metrics', async (product, caller, request) => {
    if (!wantsOpenMetrics(request.headers.accept)) return asJson(await handlers.getControlMetrics({ product }, caller, never))
    const families = await readMetrics(house, caller.subject, product)
    return families.ok ? { ...families, value: { type: OPEN_METRICS_TYPE, body: printOpenMetrics(families.value) } } : families
  })
}

const asJson = (answer: Result<unknown>): Result<{ readonly type: string; readonly body: string }> =>
  answer.ok ? { ...answer, value: { type: 'application/json', body: JSON.stringify(answer.value as Json) } } : answer

/** A scraper names OpenMetrics, or plain text; whoever says nothing, or anything, gets JSON. */
function wantsOpenMetrics(accept = ''): boolean {
  const wanted = accept.slice(0, 1000).split(',').map((part) => {
    const [type = '', ...parameters] = part.trim().toLowerCase().split(';').map((one) => one.trim())
    const quality = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1)
    return { type, quality: Number.isFinite(quality) ? quality : 0 }
  })
  const best = (types: readonly string[]): number => Math.max(0, ...wanted.filter(({ type }) => types.includes(type)).map(({ quality }) => quality))
  return best(['application/openmetrics-text', 'text/plain']) > best(['application/json'])
}

// Webhooks: a signed request starts a run of a product, once for each id. What it carries is checked and not kept. A storm of them
// meets a limit that says its name.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listProducts } from '@tulle/providers'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { sendInternalError, sendProblem } from './answers.ts'

const LARGEST_BODY = 1024 * 1024
const MOST_PER_MINUTE = 60
const LONGEST_SKEW_SECONDS = 300
const REMEMBERED_MILLISECONDS = 30 * 86_400_000
const ID = /^[\x21-\x7e]{1,200}$/u

export async function mountHooks(app: FastifyInstance, house: House): Promise<void> {
  const storm = countStorms(house.clock)
  await app.register(async (own) => {
    own.removeAllContentTypeParsers()
    own.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY }, (_request, body, done) => done(null, body))
    own.post('/hooks/:product/:hook', { bodyLimit: LARGEST_BODY }, async (request, reply) => {
      try {
        return await answer(house, storm, request, reply)
      } catch (error) {
        return sendInternalError(reply, error, house.log)
      }
    })
  })
}

async function answer(house: House, storm: Storms, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { product, hook } = request.params as { readonly product: string; readonly hook: string }
  const declared = (await listProducts(house.db)).find((one) => one.name === product)?.workflow.webhooks?.find((one) => one.name === hook)
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const secret = declared === undefined ? undefined : house.settings.secrets(declared.secret)
  const signed = declared === undefined || secret === undefined ? undefined : readSigned(declared.scheme, secret, { headers: request.headers, body, now: house.clock.now() })
  // A hook that is not there, one whose secret is not held and a wrong signature look the same to strangers.
  if (declared === undefined || signed === undefined) return sendProblem(reply, [messages['hook-not-signed']({ product, hook })])
  if (!signed.ok) return sendProblem(reply, signed.diagnostics)
  const known = await house.db.selectFrom('hook_delivery').select('run_id').where('product', '=', product).where('hook', '=', hook).where('id', '=', signed.value).executeTakeFirst()
  if (known !== undefined) return reply.code(200).send({ runId: known.run_id, repeated: true })
  if (!storm.mayPass(`${product}/${hook}`)) return sendProblem(reply.header('retry-after', '60'), [messages['hook-storm']({ product, hook, limit: MOST_PER_MINUTE })])
  const started = await house.pipeline.run(product, { requestedBy: `hook ${hook}`, trigger: { kind: 'webhook', hook, id: signed.value } })
  if (!started.ok) return sendProblem(reply, started.diagnostics)
  // Nobody repeats a delivery after a month.
  await house.db.deleteFrom('hook_delivery').where('at', '<', new Date(house.clock.now() - REMEMBERED_MILLISECONDS)).execute()
  // Of two deliveries at once both join one queued run, or the second one skips: nothing is done twice.
  await house.db.insertInto('hook_delivery').values({ product, hook, id: signed.value, run_id: started.value.runId }).onConflict((conflict) => conflict.doNothing()).execute()
  return reply.code(202).send({ runId: started.value.runId })
}

interface Delivered { readonly headers: FastifyRequest['headers']; readonly body: Buffer; readonly now: number }

/** The delivery's id, where it is from somebody who holds the secret; undefined where it is not. */
function readSigned(scheme: 'standardwebhooks' | 'token', secret: string, { headers, body, now }: Delivered): Result<string> | undefined {
  const text = (name: string): string => (typeof headers[name] === 'string' ? (headers[name] as string) : '')
  const id = text('webhook-id') || text('idempotency-key')
  if (scheme === 'token') {
    if (!isEqual(text('authorization'), `Bearer ${secret}`)) return undefined
    return ID.test(id) ? ok(id) : fail(messages['hook-without-id']({}))
  }
  const at = text('webhook-timestamp')
  if (!ID.test(id) || !/^\d{1,12}$/u.test(at) || Math.abs(now / 1000 - Number(at)) > LONGEST_SKEW_SECONDS) return undefined
  // As Standard Webhooks has it: a secret is base64, mostly behind a prefix; several signatures may be sent while it changes.
  const key = Buffer.from(secret.replace(/^whsec_/u, ''), 'base64')
  const right = createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')
  return text('webhook-signature').split(' ').slice(0, 10).some((one) => isEqual(one, `v1,${right}`)) ? ok(id) : undefined
}

const isEqual = (given: string, right: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}

interface Storms { mayPass(name: string): boolean }

/** So many per hook within a minute. */
function countStorms(clock: Clock): Storms {
  const passed = new Map<string, number[]>()
  return {
    mayPass(name) {
      const now = clock.now()
      const recent = (passed.get(name) ?? []).filter((at) => now - at < 60_000)
      const may = recent.length < MOST_PER_MINUTE
      passed.set(name, may ? [...recent, now] : recent)
      return may
    },
  }
}

// Webhooks: a signed request starts a run of a product, once for each id. What it carries is kept where a
// port of the product reads it, until that is published. A storm of them
// meets a limit that says its name.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Transaction } from 'kysely'
import { sql } from 'kysely'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { listProducts } from '@tulle/providers'
import type { Database } from '@tulle/store'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { sendInternalError, sendProblem } from './answers.ts'

const LARGEST_BODY = 1024 * 1024
const MOST_PER_MINUTE = 60
const LONGEST_SKEW_SECONDS = 300
const REMEMBERED_MILLISECONDS = 30 * 86_400_000
const MOST_KEPT_BYTES = 256 * 1024 ** 2
const DEEPEST = 32
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
  const delivery: Delivery = { product, hook, id: signed.value }
  const known = await knownRun(house, delivery)
  if (known !== undefined) return reply.code(200).send({ runId: known, repeated: true })
  if (!storm.mayPass(`${product}/${hook}`)) return sendProblem(reply.header('retry-after', '60'), [messages['hook-storm']({ product, hook, limit: MOST_PER_MINUTE })])
  const kept = await keep(house, delivery, body)
  if (!kept.ok) return sendProblem(reply.header('retry-after', '60'), kept.diagnostics)
  const started = await house.pipeline.run(product, { requestedBy: `hook ${hook}`, trigger: { kind: 'webhook', hook, id: signed.value } })
  if (!started.ok) return sendProblem(reply, started.diagnostics)
  // Nobody repeats a delivery after a month.
  await house.db.deleteFrom('hook_delivery').where('at', '<', new Date(house.clock.now() - REMEMBERED_MILLISECONDS)).where((is) => is.or([is('body', 'is', null), is('taken', '=', true)])).execute()
  // Of two deliveries at once both join one queued run, or the second one skips: nothing is done twice.
  await house.db.updateTable('hook_delivery').set({ run_id: started.value.runId }).where('product', '=', product).where('hook', '=', hook).where('id', '=', signed.value).where('run_id', 'is', null).execute()
  return reply.code(202).send({ runId: started.value.runId })
}

interface Delivery { readonly product: string; readonly hook: string; readonly id: string }

/** The run of a delivery that came before; one that was kept and has no run yet gets one now. */
async function knownRun({ db }: House, { product, hook, id }: Delivery): Promise<string | undefined> {
  const row = await db.selectFrom('hook_delivery').select('run_id').where('product', '=', product).where('hook', '=', hook).where('id', '=', id).executeTakeFirst()
  return row?.run_id ?? undefined
}

/** Keeps the id, and the body where a port reads it. In the order of their numbers, so that a reader passes none over. */
async function keep(house: House, { product, hook, id }: Delivery, body: Buffer): Promise<Result<void>> {
  const reads = await house.db.selectFrom('resource').select('id').where('kind', '=', 'input-port').where('product', '=', product).where('archived_at', 'is', null)
    .where(sql`spec->>'system'`, '=', 'webhook').where(sql`spec->'settings'->>'hook'`, '=', hook).executeTakeFirst()
  if (reads !== undefined && !isRows(body)) return fail(messages['hook-body-unfit']({ product, hook }))
  return house.db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${`hook ${product}/${hook}`}, 0))`.execute(tx)
    if (reads !== undefined && !(await hasRoom(tx, { product, hook }, body.length))) return fail(messages['hook-full']({ product, hook, limit: MOST_KEPT_BYTES / 1024 ** 2 }))
    await tx.insertInto('hook_delivery').values({ product, hook, id, run_id: null, body: reads === undefined ? null : body }).onConflict((conflict) => conflict.doNothing()).execute()
    return ok(undefined)
  })
}

/** Bodies that are published go first. */
async function hasRoom(tx: Transaction<Database>, { product, hook }: Omit<Delivery, 'id'>, bytes: number): Promise<boolean> {
  const held = async (): Promise<number> => Number((await tx.selectFrom('hook_delivery').select(sql<string>`coalesce(sum(octet_length(body)), 0)`.as('held')).where('product', '=', product).where('hook', '=', hook).where('body', 'is not', null).executeTakeFirstOrThrow()).held)
  if ((await held()) + bytes <= MOST_KEPT_BYTES) return true
  await tx.updateTable('hook_delivery').set({ body: null }).where('product', '=', product).where('hook', '=', hook).where('taken', '=', true).execute()
  return (await held()) + bytes <= MOST_KEPT_BYTES
}

/** An object, or a list of objects, that is no deeper than anybody reads. */
function isRows(body: Buffer): boolean {
  try {
    const value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown
    const rows = Array.isArray(value) ? value : [value]
    return rows.every((row) => typeof row === 'object' && row !== null && !Array.isArray(row)) && !isDeeper(rows, DEEPEST)
  } catch {
    return false
  }
}

const isDeeper = (value: unknown, most: number): boolean =>
  typeof value === 'object' && value !== null && (most === 0 || Object.values(value).some((one) => isDeeper(one, most - 1)))

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

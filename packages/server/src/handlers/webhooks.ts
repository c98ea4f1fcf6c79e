// Webhooks: made and kept by whoever is told, or by whoever keeps the service identity that is; seen by those who may grant
// access to the product.

import { findAccount, findAccountById, readServiceName, serviceAccount } from '@tulle/access'
import type { Account } from '@tulle/access'
import type { Handlers, Webhook as Shown, WebhookDelivery } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { dataSetVersions } from '@tulle/model'
import { listProducts, readProductDefinition } from '@tulle/providers'
import { askAgain, deleteWebhook, findWebhook, listDeadLetters, listDeliveries, listWebhooks, messages as webhookMessages, pauseWebhook, replayFrom, resumeWebhook, rotateSecret, subscribe } from '@tulle/webhooks'
import type { Delivery, From, Webhook } from '@tulle/webhooks'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { whoIs } from '../who.ts'
import { findRepresented, unknownAccount } from './accounts.ts'
import { permission, require } from './permissions.ts'
import { findProduct, findProductFor } from './products.ts'

type WebhookHandlers = Pick<Handlers<Caller>, 'createWebhook' | 'listWebhooks' | 'getWebhook' | 'listWebhookDeliveries' | 'listWebhookDeadLetters' | 'testWebhook' | 'replayWebhook' | 'rotateWebhookSecret' | 'pauseWebhook' | 'resumeWebhook' | 'deleteWebhook'>

const TESTS_A_MINUTE = 10

export function webhookHandlers(house: House): WebhookHandlers {
  const { store, clock } = house
  // Asked when somebody asks: what is hung up does not need the room yet.
  const room = () => ({ store, clock, feed: house.webhooks.feed })
  const see: House['webhooks']['see'] = (...who) => house.webhooks.see(...who)
  const secretOf: House['webhooks']['secretOf'] = (webhook) => house.webhooks.secretOf(webhook)
  /** For its own account; what others may know of it, they find in lists. */
  const own = async (id: string, caller: Caller): Promise<Result<Webhook>> => {
    const found = await findWebhook(store, id)
    return found !== undefined && await mayKeep(house, caller, found.accountId) ? ok(found) : fail(webhookMessages['unknown-webhook']({ id }))
  }
  const change = async (id: string, caller: Caller, act: (webhook: Webhook) => Promise<Result<Webhook>>): Promise<Result<Shown>> => {
    const found = await own(id, caller)
    const changed = found.ok ? await act(found.value) : found
    return changed.ok ? ok(await shown(house, changed.value)) : changed
  }
  return {
    createWebhook: async ({ product: named, account: of, purpose, from: place, ...wish }, caller) => {
      const [, name = named, major] = /^([a-z][a-z0-9_]*)@(\d{1,9})$/u.exec(named) ?? []
      const product = await findProduct(house, name)
      if (!product.ok) return product
      const stored = await storedOf(house, name, { dataSet: wish.dataSet, major })
      if (!stored.ok) return stored
      const account = await accountFor(house, caller, of)
      if (!account.ok) return account
      const asker = await whoIs(house, account.value, product.value.id, purpose)()
      if (!asker.ok) return asker
      const from = placeOf(place)
      if (!from.ok) return from
      const { id: accountId } = account.value.subject
      const seen = await see(accountId, product.value.id, asker.value.purpose)
      if (seen === undefined) return fail(messages['not-allowed']({ who: account.value.subject.name, what: `read "${name}"`, rule: 'no grant in force gives anything of it' }))
      const made = await subscribe({ ...room(), network: house.webhooks.network }, { ...wish, dataSet: stored.value, accountId, productId: product.value.id, from: from.value }, seen)
      return made.ok ? ok({ webhook: await shown(house, made.value), secret: secretOf(made.value) }) : made
    },
    listWebhooks: async ({ account: of, product: name }, caller) => {
      if (name !== undefined) {
        const product = await findProductFor(house, caller.subject, 'grant', name)
        if (!product.ok) return product
        return ok({ webhooks: await Promise.all((await listWebhooks(store, { productId: product.value.id })).map((one) => shown(house, one, caller.subject.id))) })
      }
      const account = await accountFor(house, caller, of)
      return account.ok ? ok({ webhooks: await Promise.all((await listWebhooks(store, { accountId: account.value.subject.id })).map((one) => shown(house, one))) }) : account
    },
    getWebhook: ({ webhook }, caller) => change(webhook, caller, async (found) => ok(found)),
    listWebhookDeliveries: async ({ webhook: id, limit, before, outcome }, caller) => {
      const found = await own(id, caller)
      return found.ok ? ok({ deliveries: (await listDeliveries(store, id, { limit, before, outcome })).map(toDelivery) }) : found
    },
    listWebhookDeadLetters: async ({ webhook: id, limit, state }, caller) => {
      const found = await own(id, caller)
      return found.ok ? ok({ deadLetters: (await listDeadLetters(store, id, { limit, state })).map(({ at, ...letter }) => ({ ...letter, at: at.toISOString() })) }) : found
    },
    testWebhook: async ({ webhook: id }, caller) => {
      const found = await own(id, caller)
      if (!found.ok) return found
      const recent = (await listDeliveries(store, id, { limit: 100 })).filter(({ kind, at }) => kind === 'test' && at.getTime() > clock.now() - 60_000)
      if (recent.length >= TESTS_A_MINUTE) return fail(webhookMessages['webhook-tests']({}))
      const seen = await see(found.value.accountId, found.value.productId, found.value.purpose)
      if (seen === undefined) return fail(messages['not-allowed']({ who: caller.subject.name, what: 'test this webhook', rule: 'no grant in force gives anything of its product' }))
      await house.webhooks.webhooks.test(found.value, seen)
      const [newest] = await listDeliveries(store, id, { limit: 1 })
      return newest === undefined ? fail(webhookMessages['unknown-webhook']({ id })) : ok(toDelivery(newest))
    },
    replayWebhook: async ({ webhook: id, from: place, deadLetters }, caller) => {
      const found = await own(id, caller)
      if (!found.ok) return found
      const from = placeOf(place)
      if (!from.ok) return from
      const moved = from.value === undefined ? found : await replayFrom(room(), found.value, from.value, await see(found.value.accountId, found.value.productId, found.value.purpose))
      if (!moved.ok) return moved
      const asked = deadLetters === undefined ? 0 : await askAgain(room(), moved.value, deadLetters === 'all' ? undefined : deadLetters)
      return ok({ webhook: await shown(house, moved.value), deadLetters: asked })
    },
    rotateWebhookSecret: async ({ webhook: id, overlapSeconds }, caller) => {
      const found = await own(id, caller)
      const rotated = found.ok ? await rotateSecret(room(), found.value, overlapSeconds * 1000) : found
      return rotated.ok ? ok({ webhook: await shown(house, rotated.value), secret: secretOf(rotated.value) }) : rotated
    },
    pauseWebhook: ({ webhook, why }, caller) => change(webhook, caller, (found) => pauseWebhook(room(), found, caller.subject.name, why ?? '')),
    resumeWebhook: ({ webhook }, caller) => change(webhook, caller, (found) => resumeWebhook(room(), found)),
    deleteWebhook: async ({ webhook: id }, caller) => {
      const found = await own(id, caller)
      if (!found.ok) return found
      await deleteWebhook(room(), id)
      return ok(null)
    },
  }
}

/** The caller, or a service identity of what the caller administers. */
async function accountFor(house: House, caller: Caller, of: string | undefined): Promise<Result<Caller>> {
  if (of === undefined || of === caller.subject.name) return ok(caller)
  const account = readServiceName(of) === undefined ? await findAccount(house.store, of, house.clock) : await serviceAccount(house.store, of)
  const found = account === undefined || 'subject' in account ? account : account.ok ? account.value : undefined
  if (found === undefined) return unknownAccount(house, of)
  const allowed = await mayActFor(house, caller, found)
  return allowed.ok ? ok({ subject: found.subject, again: () => findAccountById(house.store, found.subject.id, house.clock) }) : allowed
}

async function mayActFor(house: House, caller: Caller, { subject }: Account): Promise<Result<undefined>> {
  const represented = await findRepresented(house, subject)
  if (represented === undefined) return fail(messages['not-allowed']({ who: caller.subject.name, what: `keep webhooks of "${subject.name}"`, rule: 'a person keeps the own ones' }))
  return require(house, caller.subject, 'administer', represented)
}

async function mayKeep(house: House, caller: Caller, accountId: string): Promise<boolean> {
  if (accountId === caller.subject.id) return true
  const account = await findAccountById(house.store, accountId, house.clock)
  const represented = account && await findRepresented(house, account.subject)
  return represented !== undefined && permission(house, caller.subject, 'administer', represented).allowed
}

function placeOf(text: string | undefined): Result<From | undefined> {
  if (text === undefined) return ok(undefined)
  if (text === 'start' || text === 'now') return ok({ at: text })
  if (/^\d{4}-\d\d-\d\d/u.test(text)) return Number.isNaN(Date.parse(text)) ? fail(webhookMessages['webhook-place']({ from: text })) : ok({ at: 'time', time: new Date(text) })
  return ok({ at: 'position', position: text })
}

/** `viewer` where it may be somebody else's: the path of an address may be a secret of its receiver's. */
/** A data set that is called as ports call it, or by its stored name. A major version is one of a data set. */
async function storedOf({ db }: House, product: string, { dataSet, major }: { readonly dataSet: string | undefined; readonly major: string | undefined }): Promise<Result<string | undefined>> {
  if (dataSet === undefined && major === undefined) return ok(undefined)
  const definition = await readProductDefinition(db, product)
  if (!definition.ok) return definition
  const versions = dataSetVersions(definition.value.product.dataSets)
  const found = versions.find((one) => one.name === dataSet && (major === undefined ? one.isPlain : one.major === Number(major)))
  if (found !== undefined || major === undefined) return ok(found?.stored ?? dataSet)
  return fail(webhookMessages['webhook-data-set']({ product, dataSet: `${product}@${major}${dataSet === undefined ? '' : `.${dataSet}`}`, known: versions.map((one) => `${one.isPlain || one.major === undefined ? product : `${product}@${one.major}`}.${one.name}`) }))
}

async function shown(house: House, webhook: Webhook, viewer = webhook.accountId): Promise<Shown> {
  const { salt: _salt, generation: _generation, previousUntil: _until, epoch: _epoch, accountId, productId, createdAt, failingSince, nextAt, lastDeliveredAt, delivered, url, kinds, filter, ...rest } = webhook
  const account = await findAccountById(house.store, accountId, house.clock)
  const product = (await listProducts(house.db)).find(({ id }) => id === productId)
  const { dead } = await house.db.selectFrom('webhook_dead_letter').select((e) => e.fn.countAll<string>().as('dead')).where('webhook_id', '=', webhook.id).where('state', '=', 'dead').executeTakeFirstOrThrow()
  return {
    ...rest, account: account?.subject.name ?? accountId, product: product?.name ?? productId, kinds: [...kinds],
    filter: { ...(filter.columns !== undefined && { columns: [...filter.columns] }), ...(filter.condition !== undefined && { condition: filter.condition }) },
    url: viewer === accountId ? url : new URL(url).host,
    createdAt: createdAt.toISOString(), delivered: Number(delivered), lag: await house.webhooks.feed.lag(webhook, await house.webhooks.see(accountId, productId, webhook.purpose)), deadLetters: Number(dead),
    ...(failingSince !== undefined && { failingSince: failingSince.toISOString() }),
    ...(nextAt !== undefined && { nextAt: nextAt.toISOString() }),
    ...(lastDeliveredAt !== undefined && { lastDeliveredAt: lastDeliveredAt.toISOString() }),
  }
}

const toDelivery = ({ at, milliseconds, ...delivery }: Delivery & { readonly seq: string }): WebhookDelivery => ({ ...delivery, at: at.toISOString(), milliseconds: Math.round(milliseconds * 10) / 10 })


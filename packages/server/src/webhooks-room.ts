// Webhooks of consumers, wired into the house: what a subscriber may see at this moment, and who hears when one is paused.

import { findAccountById } from '@tulle/access'
import type { AccessControl, Account } from '@tulle/access'
import { choosePurpose } from '@tulle/gateway'
import type { Clock } from '@tulle/kernel'
import { decideAsking, governedDataSet } from '@tulle/policy'
import type { Decision, RegoDesk, Resource } from '@tulle/policy'
import { listProducts, readProductDefinitions } from '@tulle/providers'
import { openNetwork } from '@tulle/sources'
import type { Network } from '@tulle/sources'
import { appendEvent } from '@tulle/store'
import type { Store } from '@tulle/store'
import type { StreamAddress, Streams } from '@tulle/streams'
import { eitherFeed, openWebhooks, outboxFeed, secretOf, streamFeed } from '@tulle/webhooks'
import type { Feed, Seen, Webhook, Webhooks } from '@tulle/webhooks'
import type { Log } from './log.ts'
import { servedName } from './served-name.ts'
import type { Settings } from './settings.ts'

export interface WebhooksRoom {
  readonly webhooks: Webhooks
  readonly feed: Feed
  readonly network: Network
  secretOf(webhook: Webhook): string
  /** What an account may see of a product for a purpose; undefined where that is nothing. */
  see(accountId: string, productId: string, purpose: string | undefined): Promise<Seen | undefined>
}

interface Needs { readonly store: Store; readonly clock: Clock; readonly access: AccessControl; readonly rego: RegoDesk; readonly log: Log; readonly settings: Settings; readonly streams: Streams }

export function openWebhooksRoom(house: Needs, meshSecret: string): WebhooksRoom {
  const network = openNetwork(house.settings.webhookHosts)
  const feed = eitherFeed(outboxFeed(house.store), streamFeed(house.streams))
  const see = seeing(house)
  const webhooks = openWebhooks({
    store: house.store, clock: house.clock, feed, network, meshSecret, publicUrl: house.settings.publicUrl, warn: (message) => house.log.warn(message),
    see: ({ accountId, productId, purpose }) => see(accountId, productId, purpose),
    onPaused: async ({ id, accountId, productId }, why) => {
      const product = (await listProducts(house.store.db)).find((one) => one.id === productId)?.name ?? productId
      await house.store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.webhook.paused', source: '/tulle/webhooks', subject: product, data: { webhook: id, account: accountId, product, productId, why } }))
    },
  })
  return { webhooks, feed, network, see, secretOf: (webhook) => secretOf(meshSecret, webhook) }
}

interface Looked { readonly version: number; readonly account: Account | undefined; readonly product: string; readonly resources: ReadonlyMap<string, Resource>; /** What ports call data sets, where that is not their stored name. */ readonly addresses: ReadonlyMap<string, StreamAddress> }
interface Answered { readonly decisions: readonly Decision[]; readonly seen: Seen | undefined }

/** Account and contracts are read again when the rights' version rose; the policy is asked every time, since grants end by themselves. */
function seeing({ store, clock, access, rego }: Needs): WebhooksRoom['see'] {
  const looks = new Map<string, Looked>()
  const answers = new Map<string, Answered>()
  const look = async (accountId: string, productId: string): Promise<Looked> => {
    const key = `${accountId} ${productId}`
    const before = looks.get(key)
    const version = access.version()
    if (before?.version === version && (before.account?.goodUntil?.getTime() ?? Infinity) > clock.now()) return before
    if (looks.size > MOST_LOOKS) looks.clear()
    const account = await findAccountById(store, accountId, clock)
    const name = (await listProducts(store.db)).find(({ id }) => id === productId)?.name
    const [definition] = name === undefined ? [] : await readProductDefinitions(store.db, [name])
    const product = definition && { id: definition.id, name: definition.product.name, domain: definition.product.domain, team: definition.product.team }
    const resources = new Map<string, Resource>(product === undefined ? [] : (definition?.product.dataSets ?? []).map((dataSet) => [dataSet.name, { product, dataSet: governedDataSet(dataSet) }]))
    const addresses = new Map((definition?.product.dataSets ?? []).flatMap(({ name: stored }) => {
      const served = servedName(definition?.product ?? { name: '', dataSets: [] }, stored)
      return served.schema === name && served.name === stored ? [] : [[stored, { product: served.schema, dataSet: served.name }] as const]
    }))
    const found = { version, account, product: name ?? '', resources, addresses }
    looks.set(key, found)
    return found
  }
  return async (accountId, productId, wish) => {
    const { account, product, resources, addresses } = await look(accountId, productId)
    if (account === undefined) return undefined
    const { subject } = account
    const context = { now: clock.now(), environment: access.environment }
    const granted = access.policy().openPurposes(subject, productId, context)
    const chosen = choosePurpose(wish, { purposes: account.purposes, grantedPurposes: granted })
    if (!chosen.ok) return undefined
    const purpose = chosen.value ?? granted.find((name) => account.purposes.includes(name))
    const decisions = await Promise.all([...resources.values()].map((resource) => decideAsking(access.policy(), rego, { subject, resource, purpose, context })))
    const key = `${accountId} ${productId} ${wish ?? ''}`
    const before = answers.get(key)
    if (before?.seen?.subject === subject && before.seen.purpose === purpose && before.decisions.length === decisions.length && decisions.every((one, i) => one === before.decisions[i])) return before.seen
    if (answers.size > MOST_LOOKS) answers.clear()
    const seen = seenBy({ subject, purpose, product }, { resources, addresses }, decisions)
    answers.set(key, { decisions, seen })
    return seen
  }
}

const MOST_LOOKS = 5_000

function seenBy(who: Pick<Seen, 'subject' | 'purpose' | 'product'>, { resources, addresses }: Pick<Looked, 'resources' | 'addresses'>, decisions: readonly Decision[]): Seen | undefined {
  const dataSets = new Map([...resources].flatMap(([name, { dataSet }], i) => {
    const [decision, address] = [decisions[i], addresses.get(name)]
    return decision?.effect === 'allow' ? [[name, { columns: new Set(decision.columns), whole: decision.columns.length === dataSet?.columns.length, ...(address !== undefined && { address }) }] as const] : []
  }))
  return dataSets.size === 0 ? undefined : { ...who, dataSets }
}

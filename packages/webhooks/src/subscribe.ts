// Makes a webhook out of what a consumer wants, or says everything that is wrong with it.

import { randomBytes } from 'node:crypto'
import type { Clock, Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { compileCondition } from '@tulle/policy'
import type { Network } from '@tulle/sources'
import { postRefusal } from '@tulle/sources'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'
import { tellChange, toRow } from './rows.ts'
import { KINDS } from './types.ts'
import type { Batch, Feed, Filter, From, Kind, Seen, Webhook } from './types.ts'

export const MOST_WEBHOOKS = 50
export const MOST_IN_BATCH = 1_000
export const LONGEST_BATCH_MILLISECONDS = 60_000
export const LIFE_CYCLE: readonly Kind[] = ['published', 'schema-changed', 'quarantined', 'incident', 'deprecated', 'erased']
const LONGEST_ADDRESS = 2_000

export interface Wish {
  readonly accountId: string
  readonly productId: string
  readonly dataSet?: string | undefined
  readonly url: string
  readonly kinds?: readonly string[] | undefined
  readonly filter?: { readonly columns?: readonly string[] | undefined; readonly condition?: string | undefined } | undefined
  readonly batch?: { readonly size?: number | undefined; readonly milliseconds?: number | undefined } | undefined
  readonly note?: string | undefined
  readonly from?: From | undefined
}

export interface SubscribeRoom { readonly store: Store; readonly clock: Clock; readonly network: Network; readonly feed: Feed }

/** `seen` is what the account may see now, for the purpose that it wants this for. */
export async function subscribe({ store, clock, network, feed }: SubscribeRoom, wish: Wish, seen: Seen): Promise<Result<Webhook>> {
  const wrong = [...addressWrong(wish.url, network), ...kindsWrong(wish.kinds), ...dataSetWrong(wish, seen), ...filterWrong(wish, seen), ...batchWrong(wish.batch)]
  if (wrong.length > 0) return fail(...wrong)
  const kinds = (wish.kinds as readonly Kind[] | undefined) ?? LIFE_CYCLE
  const place = await feed.placeOf({ productId: wish.productId, kinds, ...(wish.dataSet !== undefined && { dataSet: wish.dataSet }) }, wish.from ?? { at: 'now' }, seen)
  if (!place.ok) return place
  const { columns, condition } = wish.filter ?? {}
  const filter: Filter = { ...(columns !== undefined && { columns }), ...(condition !== undefined && { condition }) }
  const batch: Batch = { size: wish.batch?.size ?? 1, milliseconds: wish.batch?.milliseconds ?? 0 }
  const webhook: Webhook = {
    id: `wh_${randomBytes(12).toString('hex')}`, accountId: wish.accountId, productId: wish.productId, ...(wish.dataSet !== undefined && { dataSet: wish.dataSet }),
    url: wish.url, ...(seen.purpose !== undefined && { purpose: seen.purpose }), kinds, filter, batch,
    ...(wish.note !== undefined && { note: wish.note }), createdAt: new Date(clock.now()), state: 'active', salt: randomBytes(16).toString('hex'), generation: 1,
    position: place.value, epoch: 0, failures: 0, delivered: '0',
  }
  const made = await store.db.transaction().execute(async (tx) => {
    const { count } = await tx.selectFrom('webhook').select((e) => e.fn.countAll<string>().as('count')).where('account_id', '=', wish.accountId).executeTakeFirstOrThrow()
    if (Number(count) >= MOST_WEBHOOKS) return false
    await tx.insertInto('webhook').values(toRow(webhook)).execute()
    await tellChange(tx, webhook.id)
    return true
  })
  return made ? ok(webhook) : fail(messages['webhook-too-many']({ most: MOST_WEBHOOKS }))
}

function addressWrong(address: string, network: Network): readonly Diagnostic[] {
  const why = addressProblem(address, network)
  return why === undefined ? [] : [messages['webhook-address']({ why })]
}

function addressProblem(address: string, network: Network): string | undefined {
  if (address.length > LONGEST_ADDRESS) return `it has more than ${LONGEST_ADDRESS} characters`
  if (!URL.canParse(address)) return 'it cannot be read'
  const url = new URL(address)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'it is not of the web'
  // The address is shown and logged; what signs the requests is the webhook's own secret.
  if (url.username !== '' || url.password !== '') return 'it has a user name or a password in it'
  return postRefusal(url, network)
}

function kindsWrong(kinds: readonly string[] | undefined): readonly Diagnostic[] {
  const known: readonly string[] = KINDS
  return (kinds ?? []).filter((kind) => !known.includes(kind)).map((kind) => messages['webhook-kind']({ kind: kind.slice(0, 100), known }))
}

function dataSetWrong({ dataSet }: Wish, { product, dataSets }: Seen): readonly Diagnostic[] {
  return dataSet === undefined || dataSets.has(dataSet) ? [] : [messages['webhook-data-set']({ product, dataSet: dataSet.slice(0, 100), known: [...dataSets.keys()] })]
}

function filterWrong({ dataSet, filter }: Wish, { dataSets }: Seen): readonly Diagnostic[] {
  const looked = dataSet === undefined ? [...dataSets.values()] : [dataSets.get(dataSet)].filter((one) => one !== undefined)
  const known = [...new Set(looked.flatMap(({ columns }) => [...columns]))]
  const condition = filter?.condition === undefined ? undefined : compileCondition(filter.condition)
  return [
    ...(filter?.columns ?? []).filter((column) => !known.includes(column)).map((column) => messages['webhook-column']({ column: column.slice(0, 100), known })),
    ...(condition === undefined || condition.ok ? [] : condition.diagnostics),
  ]
}

function batchWrong(batch: Wish['batch']): readonly Diagnostic[] {
  const { size = 1, milliseconds = 0 } = batch ?? {}
  return [
    ...(Number.isInteger(size) && size >= 1 && size <= MOST_IN_BATCH ? [] : [messages['webhook-batch']({ what: '1 event', most: MOST_IN_BATCH })]),
    ...(Number.isInteger(milliseconds) && milliseconds >= 0 && milliseconds <= LONGEST_BATCH_MILLISECONDS ? [] : [messages['webhook-batch']({ what: '0 milliseconds', most: LONGEST_BATCH_MILLISECONDS })]),
  ]
}

// What people say about a product: whoever may know of it reads and writes, authors and keepers withdraw.

import type { Discussion, Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { listEntries, messages as words, say, withdraw } from '@tulle/workbench'
import type { Entry } from '@tulle/workbench'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

const HEARD_MILLISECONDS = 30 * 24 * 3_600_000
const SHOWN = 80

export function discussionHandlers(house: House): Pick<Handlers<Caller>, 'listDiscussion' | 'say' | 'withdraw'> {
  const about = async (subject: Subject, name: string, work: (product: ProductSummary) => Promise<Result<unknown>>): Promise<Result<Discussion>> => {
    const product = await findProductFor(house, subject, 'describe', name)
    if (!product.ok) return product
    const done = await work(product.value)
    return done.ok ? ok(shown(house, subject, product.value, await listEntries(house.store, [product.value.id]))) : done
  }
  return {
    listDiscussion: ({ product }, { subject }) => about(subject, product, async () => ok(undefined)),
    say: ({ product, text, thread }, { subject }) => about(subject, product, ({ id }) => say(house.store, house.clock, { productId: id, product, thread, text, by: { id: subject.id, name: subject.name } })),
    withdraw: ({ product, entry: id }, { subject }) => about(subject, product, async (of) => {
      const entry = (await listEntries(house.store, [of.id])).find((one) => one.id === id && one.text !== undefined)
      if (entry === undefined) return fail(words['unknown-entry-said']({ entry: id }))
      const { allowed, reason } = mayWithdraw(house, subject, of, entry)
      if (!allowed) return fail(messages['not-allowed']({ who: subject.name, what: 'withdraw it', rule: (reason ?? '').replace(/\.$/u, '') }))
      return ok(await withdraw(house.store, { id, product, productId: of.id, by: subject.name }))
    }),
  }
}

function mayWithdraw(house: House, subject: Subject, product: ProductSummary, { by }: Entry): { readonly allowed: boolean; readonly reason?: string } {
  const may = by.id === subject.id || permission(house, subject, 'grant', governed(product)).allowed
  return may ? { allowed: true } : { allowed: false, reason: `Only ${by.name}, who said it, and those who keep ${product.name} may withdraw it.` }
}

function shown(house: House, subject: Subject, product: ProductSummary, entries: readonly Entry[]): Discussion {
  const threads = [...Map.groupBy(entries, ({ thread }) => thread)].map(([id, all]) => ({
    id,
    entries: all.map((entry) => ({ id: entry.id, by: entry.by.name, at: entry.at.toISOString(), ...(entry.text !== undefined && { text: entry.text }), can: { withdraw: entry.text === undefined ? { allowed: false, reason: 'It is withdrawn.' } : mayWithdraw(house, subject, product, entry) } })),
  }))
  return { threads: threads.toSorted((a, b) => ((a.entries.at(-1)?.at ?? '') < (b.entries.at(-1)?.at ?? '') ? 1 : -1)) }
}

/** What others said within a month, to those who keep the product and to those who spoke in the thread. */
export async function discussionsFor(house: House, subject: Subject): Promise<readonly { readonly id: string; readonly product: string; readonly sentence: string; readonly at: string; readonly isNew: boolean }[]> {
  const products = new Map((await listProducts(house.db)).map((product) => [product.id, product]))
  const visible = [...products.values()].filter((product) => permission(house, subject, 'describe', governed(product)).allowed)
  const entries = await listEntries(house.store, visible.map(({ id }) => id), new Date(house.clock.now() - HEARD_MILLISECONDS))
  if (entries.length === 0) return []
  const seen = (await house.db.selectFrom('alert_seen').select('until').where('account_id', '=', subject.id).executeTakeFirst())?.until
  const own = new Set(entries.filter(({ by }) => by.id === subject.id).map(({ thread }) => thread))
  return entries.flatMap(({ id, productId, thread, text, by, at }) => {
    const product = products.get(productId)
    if (product === undefined || text === undefined || by.id === subject.id) return []
    if (!own.has(thread) && !permission(house, subject, 'grant', governed(product)).allowed) return []
    const short = text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
    return [{ id: `discussion:${id}`, product: product.name, at: at.toISOString(), isNew: seen === undefined || at > seen, sentence: `${by.name} said about ${product.name}: ${short.replaceAll(/\s+/gu, ' ')}` }]
  })
}

// Everything that is frozen, and was: ways that the export watch closed, and grants that somebody stopped, in one list; and one way to
// open any of them. A grant that the watch stopped opens with the way that was closed, never by itself.

import { listFreezes, listGrants, SYSTEM, thawGrant } from '@tulle/access'
import type { GrantRecord } from '@tulle/access'
import type { Freeze, Handlers, Permission } from '@tulle/api'
import type { Freeze as ClosedWay } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import { EXPORT_NOTE } from '../export-watch.ts'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission } from './permissions.ts'
import { governed } from './products.ts'

export function freezeHandlers(house: House): Pick<Handlers<Caller>, 'listFreezes' | 'thawFreeze'> {
  return {
    listFreezes: async ({ product, state }, { subject }) => {
      const all = [...(await house.exports.watch.freezes()).map((way) => ({ ...seenOf(way.productId, 'user', way.subjectId), freeze: toClosedWay(way) })), ...await stoppedGrants(house)]
      const keeps = await keptProducts(house, subject)
      const seen = all.filter(({ productId, own, freeze }) => (keeps.has(productId) || own(subject)) && (product === undefined || freeze.product === product) && (state === 'all' || freeze.thawedAt === undefined))
      return ok({ freezes: seen.map((one) => ({ ...one.freeze, can: { thaw: mayThaw(one, subject, keeps) } })).toSorted((a, b) => (a.at < b.at ? 1 : -1)) })
    },
    thawFreeze: async ({ freeze: id, note }, { subject }) => {
      const can = { thaw: { allowed: true } }
      const way = await closedWay(house, id)
      if (way !== undefined) {
        const thawed = await thawWay(house, way, subject, note)
        return thawed.ok ? ok({ ...toClosedWay(thawed.value), can }) : thawed
      }
      const thawed = await thawGrant(house.access, { grantId: id, by: subject, ...(note !== undefined && { note }) })
      if (!thawed.ok) return thawed
      const found = (await stoppedGrants(house)).find(({ freeze }) => freeze.grant === id)
      return found === undefined ? fail(messages['unknown-freeze']({ id: id.slice(0, 100) })) : ok({ ...found.freeze, can })
    },
  }
}

/** Opens a way that the watch closed; for owners of the product, stewards and administrators, never for oneself. */
export async function thawWay(house: House, way: ClosedWay, subject: Subject, note?: string): Promise<Result<ClosedWay>> {
  if (way.subjectId === subject.id) return fail(messages['own-export']({}))
  if (!(await keptProducts(house, subject)).has(way.productId)) return fail(messages['unknown-freeze']({ id: way.id }))
  const thawed = await house.exports.thaw(way, subject, note)
  return thawed === undefined ? fail(messages['unknown-freeze']({ id: way.id })) : ok(thawed)
}

/** Opens a grant, and where the watch stopped it, the way with it. */
export async function thawAnyGrant(house: House, grantId: string, subject: Subject): Promise<Result<GrantRecord>> {
  const way = await closedWay(house, grantId)
  if (way === undefined) return thawGrant(house.access, { grantId, by: subject })
  const thawed = await thawWay(house, way, subject)
  if (!thawed.ok) return thawed
  const [record] = await listGrants(house.store, { id: grantId })
  return record === undefined ? fail(messages['unknown-freeze']({ id: grantId.slice(0, 100) })) : ok(record)
}

/** The closed way of this id, or the one that a grant of this id was stopped with. */
async function closedWay(house: House, id: string): Promise<ClosedWay | undefined> {
  const closed = (await house.exports.watch.freezes()).filter((way) => way.thawedAt === undefined)
  const own = closed.find((way) => way.id === id)
  if (own !== undefined || closed.length === 0) return own
  const [record] = await listGrants(house.store, { id })
  return record?.frozenBy === SYSTEM.name ? closed.find((way) => way.productId === record.grant.productId && way.subjectId === record.grant.subject) : undefined
}

/** Of grants alone: what the watch stopped is told by the way that it closed. */
async function stoppedGrants(house: House) {
  const grants = new Map((await listGrants(house.store)).map((record) => [record.grant.id, record]))
  return (await listFreezes(house.store)).flatMap(({ grantId, at, by, note, thawedAt, thawedBy }) => {
    const record = grants.get(grantId)
    if (record === undefined || note?.startsWith(EXPORT_NOTE) === true) return []
    const freeze: Told = {
      id: grantId, kind: 'grant', grant: grantId, subjectKind: record.grant.subjectKind, subject: record.subject, product: record.product, at: at.toISOString(), by, why: note ?? '',
      ...(thawedAt !== undefined && { thawedAt: thawedAt.toISOString() }), ...(thawedBy !== undefined && { thawedBy }),
    }
    return [{ ...seenOf(record.grant.productId, record.grant.subjectKind, record.grant.subject), freeze }]
  })
}

/** As everybody sees it. */
type Told = Omit<Freeze, 'can'>

/** As `thawWay` and the grant's own rules have it. */
function mayThaw({ productId, own, freeze }: { readonly productId: string; readonly own: (subject: Subject) => boolean; readonly freeze: Told }, subject: Subject, keeps: ReadonlySet<string>): Permission {
  if (!keeps.has(productId)) return { allowed: false, reason: 'An owner of the product or a steward opens it.' }
  return freeze.kind === 'export' && own(subject) ? { allowed: false, reason: messages['own-export']({}).message } : { allowed: true }
}

const seenOf = (productId: string, kind: string, id: string) => ({ productId, own: (subject: Subject): boolean => kind === 'user' && id === subject.id })

const toClosedWay = ({ id, subject, product, at, what, amount, allowed, rule, thawedAt, thawedBy }: ClosedWay): Told => ({
  id, kind: 'export', subjectKind: 'user', subject, product, at: new Date(at).toISOString(), by: SYSTEM.name,
  why: `${amount} ${what} within an hour, ${rule === 'budget' ? `more than the ${allowed} that are allowed` : `far more than usual (${allowed} are allowed)`}`,
  ...(thawedAt !== undefined && { thawedAt: new Date(thawedAt).toISOString() }), ...(thawedBy !== undefined && { thawedBy }),
})

/** Exports that were cut and whose way is still closed: to those who keep the product, and to whom it was closed. Newest first. */
export async function cutExportsFor(house: House, subject: Subject): Promise<readonly CutExport[]> {
  const closed = (await house.exports.watch.freezes()).filter(({ thawedAt }) => thawedAt === undefined)
  if (closed.length === 0) return []
  const keeps = await keptProducts(house, subject)
  const seen = (await house.db.selectFrom('alert_seen').select('until').where('account_id', '=', subject.id).executeTakeFirst())?.until.getTime()
  return closed.flatMap((way) => {
    const isOwn = way.subjectId === subject.id
    if (!isOwn && !keeps.has(way.productId)) return []
    const { why, product, at } = toClosedWay(way)
    const sentence = isOwn ? `Your export from ${product} was cut: ${why}. You read nothing of it until an owner or a steward opens the way again.` : `An export of ${way.subject} from ${product} was cut: ${why}. They read nothing of it until somebody opens the way again.`
    return [{ id: `export:${way.id}`, product, at, isNew: seen === undefined || way.at > seen, sentence }]
  }).toSorted((a, b) => (a.at < b.at ? 1 : -1))
}

export interface CutExport { readonly id: string; readonly product: string; readonly sentence: string; readonly at: string; readonly isNew: boolean }

async function keptProducts(house: House, subject: Subject): Promise<ReadonlySet<string>> {
  const products = await listProducts(house.db)
  const isAbove = permission(house, subject, 'administer').allowed
  return new Set(products.filter((product) => isAbove || permission(house, subject, 'grant', governed(product)).allowed).map(({ id }) => id))
}

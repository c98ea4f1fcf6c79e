// Alerts as the console shows them: to those who may run the product; and versions to go, to those who may read them.

import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import { subscriptionsOf, upstreamOf } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { retirementsFor } from '../retirements.ts'
import { permission } from './permissions.ts'
import { governed } from './products.ts'

type NoticeHandlers = Pick<Handlers<Caller>, 'listNotices' | 'markNoticesSeen'>
type Notices = NoticeHandlers['listNotices'] extends (...of: never[]) => Promise<Result<infer Answer>> ? Answer : never

export function noticeHandlers(house: House): NoticeHandlers {
  return {
    listNotices: ({ limit }, { subject }) => read(house, subject, limit),
    markNoticesSeen: async (_nothing, { subject }) => {
      await house.alerts.markSeen(subject.id)
      return read(house, subject, 50)
    },
  }
}

/** Products of whose incidents a person hears without running them: subscribed ones, and those that the own products are made from. */
async function heardOf(house: House, subject: Subject, own: readonly string[]): Promise<readonly string[]> {
  const [all, subscribed] = [await listProducts(house.db), await subscriptionsOf(house.store, subject.id)]
  const byId = new Map(all.map(({ id, name }) => [id, name]))
  return [...new Set([...upstreamOf(own, all), ...subscribed.flatMap((id) => byId.get(id) ?? [])])]
}

async function read(house: House, subject: Subject, limit: number): Promise<Result<Notices>> {
  const products = (await listProducts(house.db)).filter((product) => permission(house, subject, 'run', governed(product)).allowed).map(({ name }) => name)
  const { notices, unread } = await house.alerts.notices(subject.id, products, limit, await heardOf(house, subject, products))
  const retirements = (await retirementsFor(house, subject)).map((notice) => ({ ...notice, reason: 'retirement' as const, deliveries: [] }))
  const all = [...notices.map(({ deliveries, ...notice }) => ({ ...notice, deliveries: [...deliveries] })), ...retirements].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  return ok({ unread: unread + retirements.filter(({ isNew }) => isNew).length, notices: all.slice(0, limit) })
}

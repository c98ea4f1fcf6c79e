// Alerts as the console shows them: to those who may run the product; incidents to who asked for them, rows that were set aside and
// versions to go to those who read.

import type { Heard } from '@tulle/alerts'
import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { ProductSummary } from '@tulle/providers'
import { subscriptionsOf, upstreamOf } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { pausedWebhooksFor } from '../paused-webhooks.ts'
import { discussionsFor } from './discussion.ts'
import { cutExportsFor } from './freezes.ts'
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

/** Of which products a person hears without running them: of subscribed ones, of what the own products are made from, of what may be read. */
async function heardOf(house: House, subject: Subject, all: readonly ProductSummary[], own: readonly string[]): Promise<Heard> {
  const subscribed = new Set(await subscriptionsOf(house.store, subject.id))
  const incident = [...new Set([...upstreamOf(own, all), ...all.flatMap(({ id, name }) => (subscribed.has(id) ? [name] : []))])]
  const context = { now: house.clock.now(), environment: house.access.environment }
  const read = all.flatMap(({ id, name }) => (house.access.policy().openPurposes(subject, id, context).length > 0 ? [name] : []))
  return { incident, quarantine: [...new Set([...incident, ...read])] }
}

async function read(house: House, subject: Subject, limit: number): Promise<Result<Notices>> {
  const all = await listProducts(house.db)
  const products = all.filter((product) => permission(house, subject, 'run', governed(product)).allowed).map(({ name }) => name)
  const { notices, unread } = await house.alerts.notices(subject.id, products, limit, await heardOf(house, subject, all, products))
  const retirements = (await retirementsFor(house, subject)).map((notice) => ({ ...notice, reason: 'retirement' as const, deliveries: [] }))
  const paused = (await pausedWebhooksFor(house, subject)).map((notice) => ({ ...notice, reason: 'webhook' as const, deliveries: [] }))
  const said = (await discussionsFor(house, subject)).map((notice) => ({ ...notice, reason: 'discussion' as const, deliveries: [] }))
  const cut = (await cutExportsFor(house, subject)).map((notice) => ({ ...notice, reason: 'export' as const, deliveries: [] }))
  const told = [...notices.map(({ deliveries, ...notice }) => ({ ...notice, deliveries: [...deliveries] })), ...retirements, ...paused, ...said, ...cut].toSorted((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0))
  return ok({ unread: unread + [...retirements, ...paused, ...said, ...cut].filter(({ isNew }) => isNew).length, notices: told.slice(0, limit) })
}

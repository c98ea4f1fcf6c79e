// Alerts as the console shows them: to those who may run the product.

import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
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

async function read(house: House, subject: Subject, limit: number): Promise<Result<Notices>> {
  const products = (await listProducts(house.db)).filter((product) => permission(house, subject, 'run', governed(product)).allowed).map(({ name }) => name)
  const { notices, unread } = await house.alerts.notices(subject.id, products, limit)
  return ok({ unread, notices: notices.map(({ deliveries, ...notice }) => ({ ...notice, deliveries: [...deliveries] })) })
}

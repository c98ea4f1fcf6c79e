// What the viewer has to hear: runs that failed, products that are late, rows that were set aside and versions to go of what they read, webhooks of theirs that are paused,
// exports that were cut, and how others were told of it.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, limit } from './nouns.ts'

const notice = z.object({
  id: z.string(),
  reason: z.enum(['failure', 'lateness', 'incident', 'burn', 'quarantine', 'retirement', 'webhook', 'discussion', 'export']),
  product: z.string(),
  runId: z.string().optional(),
  sentence: z.string(),
  at: instant,
  /** The viewer has not seen it yet. */
  isNew: z.boolean(),
  deliveries: z.array(z.object({
    /** An address of mail, or the host of a webhook. */
    to: z.string(),
    /** `waiting`, `delivered`, `given up`, or `held back` where too many went there within the hour. */
    status: z.string(),
    attempts: z.number(),
    trouble: z.string().optional(),
  })),
}).meta({ id: 'Notice' })
export type Notice = z.infer<typeof notice>

const notices = z.object({ notices: z.array(notice), unread: z.number() }).meta({ id: 'Notices' })

export const noticeEndpoints = {
  listNotices: {
    method: 'GET', path: '/notices', tag: 'runs', auth: 'signed-in',
    summary: 'Lists alerts about products that the caller may run, and rows set aside and versions to go of what the caller may read, webhooks of the caller that were paused, and exports that were cut while their way is closed, newest first.',
    query: z.object({ limit: limit(50, 500) }),
    response: notices,
  },
  markNoticesSeen: {
    method: 'POST', path: '/notices/seen', tag: 'runs', auth: 'signed-in',
    summary: 'Says that the caller has seen every alert so far.',
    response: notices,
  },
} as const satisfies Record<string, Endpoint>

// What happened, in order: the outbox of CloudEvents.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, json, limit } from './nouns.ts'

const event = z.object({
  seq: z.string(),
  id: z.string(),
  type: z.string(),
  source: z.string(),
  subject: z.string().optional(),
  time: instant,
  /** References, never row values. */
  data: json,
}).meta({ id: 'Event' })
export type Event = z.infer<typeof event>

export const eventEndpoints = {
  listEvents: {
    method: 'GET', path: '/events', tag: 'events', auth: 'signed-in',
    summary: 'Lists what happened after a place in the order; administrators and stewards only.',
    query: z.object({
      /** The `seq` of the last event already seen. */
      after: z.string().regex(/^[0-9]{1,19}$/).optional(),
      limit: limit(100, 1000),
    }),
    response: z.object({ events: z.array(event) }),
    errors: ['not-allowed'],
  },
} as const satisfies Record<string, Endpoint>

// What broke, whom it reaches, and who looks after it.

import { z } from 'zod'
import type { Endpoint } from './endpoint.ts'
import { instant, limit, named, permission } from './nouns.ts'

export const incident = z.object({
  id: z.string(),
  product: z.string(),
  /** `gate`: a run's checks stopped it; `service-level`: a promise is missed; `port`: an output port does not answer. */
  cause: z.enum(['gate', 'service-level', 'port']),
  state: z.enum(['open', 'acknowledged', 'resolved']),
  sentence: z.string(),
  runId: z.string().optional(),
  openedAt: instant,
  acknowledged: z.object({ at: instant, by: z.string() }).optional(),
  /** `by` is `recovery` where nobody did it by hand. */
  resolved: z.object({ at: instant, by: z.string() }).optional(),
  /** How often the cause came again while it was open. */
  repeats: z.number(),
  /** Products that read it, and those that read them. */
  downstream: z.array(z.string()),
  /** How many had a grant in force. */
  consumers: z.number(),
}).meta({ id: 'Incident' })
export type Incident = z.infer<typeof incident>

const incidentDetail = incident.omit({ consumers: true }).extend({
  /** Named only to those who may grant access to the product. */
  consumers: z.array(z.object({ kind: z.string(), name: z.string() })),
  consumerCount: z.number(),
  timeline: z.array(z.object({ at: instant, what: z.enum(['opened', 'again', 'acknowledged', 'note', 'resolved']), by: z.string().optional(), note: z.string().optional() })),
  can: z.object({ change: permission }),
}).meta({ id: 'IncidentDetail' })
export type IncidentDetail = z.infer<typeof incidentDetail>

const note = z.string().max(2000).optional()
const subscription = z.object({ product: z.string(), subscribed: z.boolean() }).meta({ id: 'IncidentSubscription' })

export const incidentEndpoints = {
  listIncidents: {
    method: 'GET', path: '/incidents', tag: 'service-levels', auth: 'signed-in',
    summary: 'Lists incidents, newest first.',
    query: z.object({ product: named.optional(), state: z.enum(['open', 'acknowledged', 'resolved', 'unresolved']).optional(), limit: limit(100, 1000) }),
    response: z.object({ incidents: z.array(incident) }),
  },
  getIncident: {
    method: 'GET', path: '/incidents/:incident', tag: 'service-levels', auth: 'signed-in',
    summary: 'Shows an incident: cause, whom it reaches, timeline.',
    params: z.object({ incident: named }),
    response: incidentDetail,
    errors: ['unknown-incident'],
  },
  acknowledgeIncident: {
    method: 'POST', path: '/incidents/:incident/acknowledgement', tag: 'service-levels', auth: 'signed-in',
    summary: 'Says that somebody looks after an incident.',
    params: z.object({ incident: named }),
    body: z.object({ note }),
    response: incidentDetail,
    errors: ['unknown-incident', 'incident-over', 'not-allowed'],
  },
  resolveIncident: {
    method: 'POST', path: '/incidents/:incident/resolution', tag: 'service-levels', auth: 'signed-in',
    summary: 'Says that an incident is over. Where its cause still holds, the next look opens another.',
    params: z.object({ incident: named }),
    body: z.object({ note }),
    response: incidentDetail,
    errors: ['unknown-incident', 'incident-over', 'not-allowed'],
  },
  subscribeToIncidents: {
    method: 'PUT', path: '/products/:product/incident-subscription', tag: 'service-levels', auth: 'signed-in',
    summary: 'The caller wants to hear of the incidents of a product.',
    params: z.object({ product: named }),
    response: subscription,
    errors: ['unknown-product'],
  },
  unsubscribeFromIncidents: {
    method: 'DELETE', path: '/products/:product/incident-subscription', tag: 'service-levels', auth: 'signed-in',
    summary: 'The caller no longer wants to hear of them.',
    params: z.object({ product: named }),
    response: subscription,
    errors: ['unknown-product'],
  },
} as const satisfies Record<string, Endpoint>

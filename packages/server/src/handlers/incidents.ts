// Incidents: seen by whoever may know of the product, taken and resolved by those who may run it.

import type { Handlers, Incident, IncidentDetail } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import { acknowledgeIncident, findIncident, listIncidents, resolveIncident, subscribe, unsubscribe } from '@tulle/service-levels'
import type { Incident as Kept, IncidentEntry } from '@tulle/service-levels'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission, require } from './permissions.ts'
import { findProductFor, governed } from './products.ts'

type IncidentHandlers = Pick<Handlers<Caller>, 'listIncidents' | 'getIncident' | 'acknowledgeIncident' | 'resolveIncident' | 'subscribeToIncidents' | 'unsubscribeFromIncidents'>

export function incidentHandlers(house: House): IncidentHandlers {
  const change = (act: typeof acknowledgeIncident) => async ({ incident: id, note }: { readonly incident: string; readonly note?: string | undefined }, { subject }: Caller): Promise<Result<IncidentDetail>> => {
    const found = await findIncident(house.store, id)
    if (found === undefined) return fail(messages['unknown-incident']({ id }))
    const may = await mayChange(house, subject, found.incident)
    if (!may.ok) return may
    const changed = await act(house.store, house.clock, { id, by: subject.name, note })
    if (changed === 'already') return fail(messages['incident-over']({ id, state: found.incident.state }))
    return show(house, subject, id)
  }
  const subscribing = (act: typeof subscribe, subscribed: boolean) => async ({ product: name }: { readonly product: string }, { subject }: Caller) => {
    const product = await findProductFor(house, subject, 'describe', name)
    if (!product.ok) return product
    await act(house.store, house.clock, subject.id, product.value.id)
    return ok({ product: name, subscribed })
  }
  return {
    listIncidents: async (filter) => ok({ incidents: (await listIncidents(house.store, filter)).map(toIncident) }),
    getIncident: ({ incident }, { subject }) => show(house, subject, incident),
    acknowledgeIncident: change(acknowledgeIncident),
    resolveIncident: change(resolveIncident),
    subscribeToIncidents: subscribing(subscribe, true),
    unsubscribeFromIncidents: subscribing((store, _clock, account, product) => unsubscribe(store, account, product), false),
  }
}

export function toIncident({ id, product, cause, state, sentence, runId, openedAt, acknowledged, resolved, repeats, affected }: Kept): Incident {
  const by = (deed: { readonly at: Date; readonly by: string }) => ({ at: deed.at.toISOString(), by: deed.by })
  return {
    id, product, cause, state, sentence, repeats,
    ...(runId !== undefined && { runId }),
    openedAt: openedAt.toISOString(),
    ...(acknowledged !== undefined && { acknowledged: by(acknowledged) }),
    ...(resolved !== undefined && { resolved: by(resolved) }),
    downstream: [...affected.products],
    consumers: affected.consumers.length,
  }
}

async function show(house: House, subject: Subject, id: string): Promise<Result<IncidentDetail>> {
  const found = await findIncident(house.store, id)
  if (found === undefined) return fail(messages['unknown-incident']({ id }))
  const { incident, timeline } = found
  const product = (await listProducts(house.db)).find((one) => one.id === incident.productId)
  const { consumers, ...shown } = toIncident(incident)
  const seesConsumers = product !== undefined && permission(house, subject, 'grant', governed(product)).allowed
  return ok({
    ...shown,
    consumerCount: consumers,
    consumers: seesConsumers ? incident.affected.consumers.map((one) => ({ ...one })) : [],
    timeline: timeline.map(toEntry),
    can: { change: product === undefined ? { allowed: false, reason: 'The product is no longer there.' } : permission(house, subject, 'run', governed(product)) },
  })
}

const toEntry = ({ at, what, by, note }: IncidentEntry): IncidentDetail['timeline'][number] => ({ at: at.toISOString(), what, ...(by !== undefined && { by }), ...(note !== undefined && { note }) })

async function mayChange(house: House, subject: Subject, { product: name, productId }: Kept): Promise<Result<undefined>> {
  const product = (await listProducts(house.db)).find((one) => one.id === productId)
  return require(house, subject, 'run', product === undefined ? { id: productId, name, domain: '', team: '' } : governed(product))
}

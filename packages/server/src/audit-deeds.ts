// Deeds that are no statements → lines of the audit: sign-ins, calls of the API that change something or are refused, and every
// event of the outbox. By references: what somebody typed is in none of them.

import { findAccount } from '@tulle/access'
import type { Sessions } from '@tulle/access'
import type { Audit, AuditLine } from '@tulle/audit'
import type { Clock, Json, Result } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { followOutbox } from '@tulle/store'
import type { Following, OutboxEvent, Store } from '@tulle/store'

interface Needs { readonly audit: Audit; readonly store: Store; readonly clock: Clock }

interface Deed { readonly port: AuditLine['port']; readonly subject: Pick<Subject, 'name' | 'id'> | undefined; readonly token?: string | undefined; readonly outcome: string; readonly deed: Readonly<Record<string, Json>>; readonly since?: number; readonly reads?: AuditLine['reads'] }

export function recordDeed({ audit, clock }: Pick<Needs, 'audit' | 'clock'>, { port, subject, token, outcome, deed, since = clock.now(), reads = [] }: Deed): Promise<Result<void>> {
  return audit.record({
    time: new Date(clock.now()).toISOString(), port, subject: subject?.name ?? '?:name', ...(subject?.id !== undefined && { subjectId: subject.id }), ...(token !== undefined && { token }),
    purpose: null, decision: outcome === 'ok' ? 'allow' : 'deny', reads, rows: 0, milliseconds: Math.round(clock.now() - since), outcome, reasons: [], deed,
  })
}

/** A name and password that come with every request would be a line each; there only those that fail are told. */
const EVERY_REQUEST = 'basic'

/** The same sessions, with a line for each sign-in and each try of one. */
export function auditedSessions(sessions: Sessions, needs: Needs): Sessions {
  return {
    ...sessions,
    signInByIssuer: async (answer) => {
      const session = await sessions.signInByIssuer(answer)
      const recorded = await recordDeed(needs, { port: 'sign-in', subject: session.ok ? session.value.account.subject : undefined, outcome: session.ok ? 'ok' : (session.diagnostics[0]?.code ?? 'internal-error'), deed: { door: 'issuer' } })
      if (!session.ok || recorded.ok) return session
      await sessions.signOut(session.value.token)
      return recorded
    },
    signIn: async (name, password, options = {}) => {
      const session = await sessions.signIn(name, password, options)
      if (session.ok && options.label === EVERY_REQUEST) return session
      const door = ['basic', 'iceberg'].find((known) => known === options.label) ?? 'http'
      const subject = session.ok ? session.value.account.subject : (await findAccount(needs.store, name))?.subject
      const recorded = await recordDeed(needs, { port: 'sign-in', subject, outcome: session.ok ? 'ok' : (session.diagnostics[0]?.code ?? 'internal-error'), deed: { door } })
      if (!session.ok || recorded.ok) return session
      await sessions.signOut(session.value.token)
      return recorded
    },
  }
}

/** References that say what an event is about; whatever else it carries stays in the outbox. */
const REFERENCES = ['by', 'grant', 'request', 'account', 'token', 'subjectKind', 'subject', 'product', 'productId', 'dataSet', 'change', 'action', 'kind', 'ref', 'runId', 'id', 'status', 'plan', 'startedBy', 'freeze', 'what', 'rule', 'policy', 'until', 'breaking'] as const

export function followEvents(needs: Needs, onFailure: (error: unknown) => void): Following {
  return followOutbox(needs.store, {
    consumer: 'audit',
    clock: needs.clock,
    onFailure,
    handle: async (event) => {
      const recorded = await recordDeed(needs, { port: 'event', subject: whoOf(event), outcome: 'ok', deed: deedOf(event), reads: readsOf(event) })
      if (!recorded.ok) throw new Error(recorded.diagnostics.map((d) => d.message).join(' '))
    },
  })
}

function dataOf({ data }: OutboxEvent): Readonly<Record<string, Json | undefined>> {
  return typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Readonly<Record<string, Json | undefined>>) : {}
}

function whoOf(event: OutboxEvent): { readonly name: string; readonly id: string } {
  const { by, startedBy } = dataOf(event)
  const name = [by, startedBy].find((one) => typeof one === 'string') ?? 'system'
  return { name: String(name), id: String(name) }
}

function deedOf(event: OutboxEvent): Readonly<Record<string, Json>> {
  const data = dataOf(event)
  const told = REFERENCES.flatMap((name): [string, Json][] => {
    const value = data[name]
    return value === undefined || value === null || typeof value === 'object' ? [] : [[name, typeof value === 'string' ? value.slice(0, 200) : value]]
  })
  return { event: event.type, seq: event.seq, eventId: event.id, ...(event.subject !== undefined && { about: event.subject.slice(0, 200) }), ...Object.fromEntries(told) }
}

/** So that owners find what happened to their products. */
function readsOf(event: OutboxEvent): AuditLine['reads'] {
  const { product, productId, dataSet } = dataOf(event)
  const id = [productId, product].find((one) => typeof one === 'string')
  return typeof id === 'string' ? [{ product: String(product ?? id), productId: id, dataSet: typeof dataSet === 'string' ? dataSet : '', columns: [] }] : []
}

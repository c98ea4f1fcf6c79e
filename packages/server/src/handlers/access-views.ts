// Requests, their history and what they would show, as the API says them.

import type { CheckedRequest, HistoryEntry, RequestRecord, Terms } from '@tulle/access'
import type { AccessHistoryEntry, AccessRequest, AccessTerms, ShownDataSet } from '@tulle/api'
import type { Subject } from '@tulle/policy'
import type { House } from '../house.ts'
import { permission } from './permissions.ts'

type Governed = Parameters<typeof permission>[3]

export function toRequest(house: House, record: RequestRecord, caller: Subject, product: Governed): AccessRequest {
  const { terms, verdicts } = record
  return {
    id: record.id,
    kind: record.kind,
    state: record.state,
    subjectKind: record.subjectKind,
    subject: record.subject,
    product: record.product,
    purpose: record.purpose,
    terms: toTerms(terms),
    justification: record.justification,
    agreements: [...record.agreements],
    persons: record.persons,
    requestedBy: record.requestedBy,
    requestedAt: record.requestedAt.toISOString(),
    lapsesAt: record.lapsesAt.toISOString(),
    ...(record.decidedAt !== undefined && { decidedAt: record.decidedAt.toISOString() }),
    ...(record.renews !== undefined && { renews: record.renews }),
    ...(record.grantId !== undefined && { grant: record.grantId }),
    verdicts: verdicts.map(({ verdict, by, at, terms: given, note }) => ({
      verdict, by, at: at.toISOString(), ...(given !== undefined && { terms: toTerms(given) }), ...(note !== undefined && { note }),
    })),
    can: { decide: mayDecide(house, record, caller, product), withdraw: mayWithdraw(record, caller) },
  }
}

/** The same rules by which a word on it is taken, said beforehand. */
export function mayDecide(house: House, record: RequestRecord, caller: Subject, product: Governed): AccessRequest['can']['decide'] {
  const allowed = permission(house, caller, 'approve', product)
  if (!allowed.allowed) return allowed
  if (record.requestedById === caller.id || (record.subjectKind === 'user' && record.subjectId === caller.id)) return { allowed: false, reason: 'Nobody decides what they asked for, or what is for them.' }
  if (record.state !== 'submitted') return { allowed: false, reason: `It is ${record.state} already.` }
  if (record.verdicts.some(({ byId }) => byId === caller.id)) return { allowed: false, reason: 'You have agreed; another person has to agree too.' }
  return { allowed: true }
}

function mayWithdraw(record: RequestRecord, caller: Subject): AccessRequest['can']['withdraw'] {
  if (record.requestedById !== caller.id) return { allowed: false, reason: `${record.requestedBy} made it.` }
  return record.state === 'submitted' ? { allowed: true } : { allowed: false, reason: `It is ${record.state} already.` }
}

export const toTerms = ({ dataSet, columns, rowCondition, unmasked, seconds }: Terms): AccessTerms => ({
  ...(dataSet !== undefined && { dataSet }),
  ...(columns !== undefined && { columns: [...columns] }),
  ...(rowCondition !== undefined && { rowCondition }),
  ...(unmasked !== undefined && { unmasked: [...unmasked] }),
  ...(seconds !== undefined && { seconds }),
})

export const toHistory = (entries: readonly HistoryEntry[]): AccessHistoryEntry[] => entries.map(({ change, by, at, note, requestId, grantId }) => ({
  change, by, at: at.toISOString(), ...(note !== undefined && { note }), ...(requestId !== undefined && { request: requestId }), ...(grantId !== undefined && { grant: grantId }),
}))

/** Which columns would be seen, and which of them through a mask. No mask is printed: it may say what it hides. */
export function toShown({ facts, terms, shows }: Pick<CheckedRequest, 'facts' | 'terms' | 'shows'>): ShownDataSet[] {
  return shows.map(({ dataSet, decision }) => {
    const all = facts.dataSets.find(({ name }) => name === dataSet)?.columns ?? []
    const asked = all.filter(({ name }) => terms.columns === undefined || terms.columns.includes(name))
    const visible = new Set(decision.effect === 'allow' ? decision.columns : [])
    return {
      dataSet,
      columns: asked.map(({ name, type, classification }) => ({
        name,
        type: typeof type === 'string' ? type : 'nested',
        ...(classification !== undefined && { classification }),
        visible: visible.has(name),
        masked: decision.effect === 'allow' && Object.hasOwn(decision.masks, name) && visible.has(name),
      })),
      filtered: decision.effect === 'allow' && decision.rowFilter !== undefined,
      reasons: decision.reasons.filter(({ rule }) => rule !== 'grant').map(({ text }) => text),
    }
  })
}

// Who may erase persons is for stewards and administrators; consumers of what was touched see what they have to acknowledge.

import type { Handlers, Permission } from '@tulle/api'
import type { Erasure } from '@tulle/erasure'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission, require } from './permissions.ts'

type ErasureHandlers = Pick<Handlers<Caller>, 'previewErasure' | 'requestErasure' | 'listErasures' | 'getErasure' | 'approveErasure' | 'declineErasure' | 'resumeErasure' | 'acknowledgeErasure' | 'matchErasure' | 'verifyCertificate'>
type Answer = Awaited<ReturnType<ErasureHandlers['getErasure']>> extends Result<infer T> ? T : never

export function erasureHandlers(house: House): ErasureHandlers {
  const { erasures } = house
  const may = (subject: Subject): Result<undefined> => require(house, subject, 'erase')
  const sees = (subject: Subject, erasure: Erasure): boolean => may(subject).ok || mine(subject, erasure)
  const shown = (subject: Subject, erasure: Erasure): Answer => {
    const { requestedById: _own, ...said } = erasure
    return { ...said, can: { approve: mayApprove(subject, erasure) } } as unknown as Answer
  }
  const mayApprove = (subject: Subject, { state, requestedById }: Erasure): Permission => {
    if (state !== 'requested') return { allowed: false, reason: 'It waits for nobody.' }
    return requestedById === subject.id ? { allowed: false, reason: 'You asked for it, and this mesh wants a second person to approve.' } : permission(house, subject, 'erase')
  }
  const answer = (subject: Subject, erasure: Result<Erasure>): Result<Answer> => (erasure.ok ? ok(shown(subject, erasure.value)) : erasure)
  const by = ({ name, id }: Subject): { readonly name: string; readonly id: string } => ({ name, id })
  const whoMay = async (subject: Subject, work: () => Promise<Result<Erasure>>): Promise<Result<Answer>> => {
    const allowed = may(subject)
    return allowed.ok ? answer(subject, await work()) : allowed
  }
  return {
    previewErasure: async (asked, { subject }) => {
      const allowed = may(subject)
      if (!allowed.ok) return allowed
      const preview = await erasures.preview(asked)
      return preview.ok ? ok(preview.value as unknown as Awaited<ReturnType<ErasureHandlers['previewErasure']>> extends Result<infer T> ? T : never) : preview
    },
    requestErasure: (asked, { subject }) => whoMay(subject, () => erasures.request(asked, by(subject))),
    listErasures: async (_input, { subject }) => ok({
      erasures: (await erasures.list()).filter((one) => sees(subject, one)).map((one) => shown(subject, one)),
      can: { erase: permission(house, subject, 'erase') },
      keys: [...await erasures.keys()],
    }),
    getErasure: async ({ id }, { subject }) => {
      const found = await erasures.find(id)
      return found.ok && !sees(subject, found.value) ? fail(messages['not-allowed']({ who: subject.name, what: 'see this erasure', rule: 'it concerns no data that you have rights to' })) : answer(subject, found)
    },
    approveErasure: ({ id }, { subject }) => whoMay(subject, () => erasures.approve(id, by(subject))),
    declineErasure: ({ id }, { subject }) => whoMay(subject, () => erasures.decline(id, by(subject))),
    resumeErasure: ({ id }, { subject }) => whoMay(subject, () => erasures.resume(id)),
    acknowledgeErasure: async ({ id }, { subject }) => answer(subject, await erasures.acknowledge(id, { name: subject.name, kinds: kindsOf(subject) })),
    matchErasure: async ({ id, key, values }, { subject }) => {
      const found = await erasures.find(id)
      if (found.ok && !sees(subject, found.value)) return fail(messages['not-allowed']({ who: subject.name, what: 'ask about this erasure', rule: 'it concerns no data that you have rights to' }))
      const matched = found.ok ? await erasures.match(id, key, values) : found
      return matched.ok ? ok({ values: [...matched.value] }) : matched
    },
    verifyCertificate: async ({ certificate }) => {
      const verified = await erasures.verify(certificate)
      return verified.ok ? ok({ claims: { ...verified.value }, key: { ...await erasures.publicKey() } }) : verified
    },
  }
}

/** As whom somebody has rights. */
function kindsOf(subject: Subject): readonly { readonly kind: string; readonly name: string }[] {
  return [{ kind: 'user', name: subject.name }, { kind: 'user', name: subject.id }, ...subject.teams.map((name) => ({ kind: 'team', name })), { kind: 'product', name: subject.name }, { kind: 'application', name: subject.name }]
}

const mine = (subject: Subject, { consumers }: Erasure): boolean => consumers.some((one) => kindsOf(subject).some(({ kind, name }) => kind === one.kind && name === one.name))

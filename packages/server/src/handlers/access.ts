// Asking for access, deciding about it, and what becomes of grants.

import { approveRequest, checkRequest, declineRequest, freezeGrant, giveBack, listGrants, listRequests, readHistory, renewGrant, submitRequest, withdrawRequest } from '@tulle/access'
import type { GrantRecord, NewRequest, RequestRecord } from '@tulle/access'
import type { Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { listProducts } from '@tulle/providers'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { mayDecide, toHistory, toRequest, toShown } from './access-views.ts'
import { exposeRequest } from './expose-request.ts'
import { thawAnyGrant } from './freezes.ts'
import { toGrant } from './grant-views.ts'
import { permission } from './permissions.ts'
import { findProduct, governed } from './products.ts'

type AccessHandlers = Pick<Handlers<Caller>,
  | 'checkAccessRequest' | 'requestAccess' | 'listAccessRequests' | 'getAccessRequest' | 'exposeAccessRequest' | 'approveAccess' | 'declineAccess' | 'withdrawAccess'
  | 'getGrant' | 'renewGrant' | 'giveGrantBack' | 'freezeGrant' | 'thawGrant'>

export function accessHandlers(house: House): AccessHandlers {
  const { access, store, desk } = house
  const shown = async (caller: Subject, done: Result<RequestRecord>) => (done.ok ? ok(toRequest(house, done.value, caller, await productOf(house, done.value))) : done)
  const given = (done: Result<GrantRecord>) => (done.ok ? ok(toGrant(done.value)) : done)
  return {
    checkAccessRequest: async (input, { subject }) => {
      const checked = await checkRequest(desk, { ...toNew(input, subject), justification: '', agreements: [] }, { draft: true })
      if (!checked.ok) return checked
      const { facts, persons } = checked.value
      return ok({
        shows: toShown(checked.value), persons,
        agreements: facts.agreements.map(({ name, version, title, description, termsUrl }) => ({
          id: `${name}@${version}`, title, ...(description !== undefined && { description }), ...(termsUrl !== undefined && { termsUrl }),
        })),
      })
    },
    requestAccess: async ({ justification, agreements, ...input }, { subject }) => shown(subject, await submitRequest(desk, { ...toNew(input, subject), justification, agreements })),
    listAccessRequests: async ({ product, state, view, limit }, { subject }) => {
      const found = product === undefined ? undefined : await findProduct(house, product)
      if (found?.ok === false) return found
      const records = await listRequests(store, {
        ...(found !== undefined && { productId: found.value.id }),
        ...(view === 'inbox' ? { state: 'submitted' as const } : state !== undefined && { state }),
        ...(view === 'mine' && { requestedBy: subject.id }),
      })
      const products = new Map((await listProducts(house.db)).map((p) => [p.id, governed(p)]))
      const known = (record: RequestRecord) => products.get(record.productId) ?? gone(record)
      const seen = records.filter((record) => (view === 'inbox' ? mayDecide(house, record, subject, known(record)).allowed : maySee(house, record, subject, known(record))))
      return ok({ requests: seen.slice(0, limit).map((record) => toRequest(house, record, subject, known(record))) })
    },
    getAccessRequest: async ({ request }, { subject }) => {
      const found = await seenRequest(house, request, subject)
      if (!found.ok) return found
      const history = await readHistory(store, { requestId: request, grantId: found.value.renews === undefined ? found.value.grantId : undefined })
      return ok({ ...toRequest(house, found.value, subject, await productOf(house, found.value)), history: toHistory(history) })
    },
    exposeAccessRequest: async ({ request, limit, ...narrowing }, { subject }, signal) => {
      const found = await seenRequest(house, request, subject)
      if (!found.ok) return found
      const product = await productOf(house, found.value)
      const allowed = permission(house, subject, 'approve', product)
      if (!allowed.allowed) return fail(messages['not-allowed']({ who: subject.name, what: `see what requests for "${product.name}" expose`, rule: (allowed.reason ?? '').replace(/\.$/u, '') }))
      return exposeRequest(house, { record: found.value, caller: subject, narrowing, limit, signal })
    },
    approveAccess: async ({ request, note, ...narrowing }, { subject }) => shown(subject, await approveRequest(desk, { requestId: request, by: subject, note, narrowing })),
    declineAccess: async ({ request, note }, { subject }) => shown(subject, await declineRequest(desk, { requestId: request, by: subject, note })),
    withdrawAccess: async ({ request }, { subject }) => shown(subject, await withdrawRequest(desk, { requestId: request, by: subject })),
    getGrant: async ({ grant }, { subject }) => {
      const [record] = await listGrants(store, { id: grant })
      const own = record === undefined ? [] : await listGrants(store, { id: grant, subject })
      const keeps = record !== undefined && permission(house, subject, 'approve', await productOf(house, { productId: record.grant.productId, product: record.product })).allowed
      if (record === undefined || (own.length === 0 && !keeps)) return fail(messages['unknown-grant']({ grant: grant.slice(0, 100) }))
      const before = record.requestId === undefined ? [] : await readHistory(store, { requestId: record.requestId })
      const after = await readHistory(store, { grantId: grant })
      const history = [...before.filter((entry) => entry.grantId === undefined), ...after]
      return ok({ ...toGrant(record), history: toHistory(history) })
    },
    renewGrant: async ({ grant, seconds, justification }, { subject }) => shown(subject, await renewGrant(desk, { grantId: grant, by: subject, seconds, justification })),
    giveGrantBack: async ({ grant }, { subject }) => given(await giveBack(access, { grantId: grant, by: subject })),
    freezeGrant: async ({ grant, note }, { subject }) => given(await freezeGrant(access, { grantId: grant, by: subject, note })),
    thawGrant: async ({ grant }, { subject }) => given(await thawAnyGrant(house, grant, subject)),
  }
}

type Draft = Omit<NewRequest, 'by' | 'subject' | 'justification' | 'agreements'> & { readonly subject?: string | undefined }

const toNew = ({ subject, ...draft }: Draft, caller: Subject): Omit<NewRequest, 'justification' | 'agreements'> => ({ ...draft, by: caller, subject: subject ?? caller.name })

/** A request that the caller made, is the subject of, or may decide; to everybody else it is not there. */
async function seenRequest(house: House, id: string, caller: Subject): Promise<Result<RequestRecord>> {
  const [record] = await listRequests(house.store, { id })
  if (record !== undefined && maySee(house, record, caller, await productOf(house, record))) return ok(record)
  return fail(messages['unknown-request']({ request: id.slice(0, 100) }))
}

type Governed = ReturnType<typeof governed>

const maySee = (house: House, record: RequestRecord, caller: Subject, product: Governed): boolean =>
  record.requestedById === caller.id || (record.subjectKind === 'user' && record.subjectId === caller.id) || permission(house, caller, 'approve', product).allowed

/** Requests outlive their products: of one that is gone, only those decide who decide everywhere. */
const gone = ({ productId, product }: Pick<RequestRecord, 'productId' | 'product'>): Governed => ({ id: productId, name: product, domain: '', team: '' })

async function productOf(house: House, record: Pick<RequestRecord, 'productId' | 'product'>): Promise<Governed> {
  const found = (await listProducts(house.db)).find(({ id }) => id === record.productId)
  return found === undefined ? gone(record) : governed(found)
}

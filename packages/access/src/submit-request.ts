// Asks for access: everything is checked at once, and refused with the reason where it could never be granted. Where a rule
// approves, the grant is made in the transaction of the request itself.

import { randomUUID } from 'node:crypto'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import { checkAgreements, checkConditionOf, checkTerms, dataSetOf, forbidden, obligationsOf, personsNeeded, wouldShow } from './check-request.ts'
import type { WouldShow } from './check-request.ts'
import { findSubject } from './find-subject.ts'
import type { FoundSubject } from './find-subject.ts'
import { grantOf, makeGrant } from './make-grant.ts'
import { messages } from './messages.ts'
import { readProductFacts, readPurposes } from './product-facts.ts'
import type { RequestRow } from './request-rows.ts'
import { changeRequest, listRequests, tellRequest } from './request-rows.ts'
import type { NewRequest, ProductFacts, RequestDesk, RequestRecord, Terms } from './types.ts'

/** How long a request waits for an answer. */
const WAITS = 30 * 86_400_000
const LONGEST_SECONDS = 10 * 366 * 86_400
const OPEN_AT_MOST = 100

/** A request that passed every check, and what it would show. */
export interface CheckedRequest {
  readonly facts: ProductFacts
  readonly subject: FoundSubject
  readonly terms: Terms
  readonly shows: readonly WouldShow[]
  readonly persons: 0 | 1 | 2
}

/** Checks a request without making it. With `draft`, what only the person who asks can add is not asked for yet. */
export async function checkRequest({ access, conditions, clock }: RequestDesk, request: NewRequest, { draft = false }: { readonly draft?: boolean } = {}): Promise<Result<CheckedRequest>> {
  const { store } = access
  const [facts, subject, purposes] = [await readProductFacts(store, request.product), await findSubject(store, request.subjectKind, request.subject), await readPurposes(store)]
  if (!facts.ok) return facts
  const dataSet = dataSetOf(facts.value, request)
  const unmasked = request.unmask
  const terms: Terms = {
    ...(dataSet.ok && dataSet.value !== undefined && { dataSet: dataSet.value }),
    // An exception gives the columns that it is about.
    ...(unmasked !== undefined ? { columns: unique(request.columns ?? unmasked), unmasked: unique(unmasked) } : request.columns !== undefined && { columns: unique(request.columns) }),
    ...(request.rowCondition !== undefined && request.rowCondition.trim() !== '' && { rowCondition: request.rowCondition.trim() }),
    ...(request.seconds !== undefined && { seconds: request.seconds }),
  }
  const wrong: Diagnostic[] = [
    ...(dataSet.ok ? checkTerms(facts.value, terms) : dataSet.diagnostics),
    ...(subject.ok ? mayAskFor(request, subject.value) : subject.diagnostics),
    ...(purposes.includes(request.purpose) ? [] : [messages['unknown-purpose']({ purpose: request.purpose.slice(0, 100), known: purposes })]),
    ...checkTime(request.seconds),
    ...(terms.columns?.length === 0 || unmasked?.length === 0 ? [messages['nothing-left']({})] : []),
    ...(unmasked ?? []).filter((column) => terms.columns?.includes(column) === false).map((column) => messages['unmask-not-asked']({ column })),
    ...(draft ? [] : [...checkJustification(request.justification), ...checkAgreements(facts.value, request.agreements)]),
  ]
  if (wrong.length === 0) wrong.push(...(await checkConditionOf(facts.value, terms, conditions)).diagnostics)
  if (wrong.length > 0 || !subject.ok) return fail(...wrong)
  const would = grantOf({ id: 'would-be', subjectKind: request.subjectKind, subject: subject.value.id, productId: facts.value.product.id, purpose: request.purpose, terms })
  const { shows } = await wouldShow(access, facts.value, { grant: would, subject: subject.value.subject, purpose: request.purpose, now: clock.now() })
  const unread = ignored(shows, subject.value.subject, facts.value)
  if (unread) return fail(messages['condition-unread']({}))
  const why = forbidden(shows)
  if (why !== undefined) return fail(messages['request-forbidden']({ subject: subject.value.name, product: facts.value.product.name, purpose: request.purpose, why: why.join(' ') }))
  return ok({ facts: facts.value, subject: subject.value, terms, shows, persons: personsNeeded(facts.value, terms.dataSet, obligationsOf(shows)) })
}

/** True where the policy cannot make anything of the grant, which leaves it without effect. */
const ignored = (shows: readonly WouldShow[], subject: Subject, { product }: ProductFacts): boolean =>
  shows.length > 0 && !subject.teams.includes(product.team) && shows.every(({ decision }) => decision.reasons.some(({ rule, text }) => rule === 'grant-broken' && text.includes('would-be'))
    || (decision.effect === 'allow' && !decision.reasons.some(({ text }) => text.includes('would-be'))))

/** Makes a request. Where nobody has to approve, it is approved when this returns. */
export async function submitRequest(desk: RequestDesk, request: NewRequest): Promise<Result<RequestRecord>> {
  const checked = await checkRequest(desk, request)
  if (!checked.ok) return checked
  const { facts, subject, terms, persons } = checked.value
  return writeRequest(desk, {
    by: request.by, productId: facts.product.id, persons, terms,
    kind: terms.unmasked === undefined ? 'access' : 'unmask',
    subject_kind: request.subjectKind, subject: subject.id, purpose: request.purpose, justification: request.justification.trim(), agreements: request.agreements, renews: null,
  })
}

interface Written extends Pick<RequestRow, 'kind' | 'subject_kind' | 'subject' | 'purpose' | 'justification'> {
  readonly by: Subject
  readonly productId: string
  readonly persons: 0 | 1 | 2
  readonly terms: Terms
  readonly agreements: readonly string[]
  readonly renews: string | null
}

export async function writeRequest({ access, clock }: RequestDesk, { by, productId, persons, terms, agreements, renews, ...rest }: Written): Promise<Result<RequestRecord>> {
  const at = new Date(clock.now())
  const row: RequestRow = {
    ...rest,
    id: randomUUID(), state: 'submitted', product_id: productId, terms: { ...terms } as RequestRow['terms'], agreements: [...agreements], persons,
    requested_by: by.id, requested_by_name: by.name, requested_at: at, lapses_at: new Date(at.getTime() + WAITS),
    renews_grant: renews, decided_at: null, grant_id: null,
  }
  const refused = await access.store.db.transaction().execute(async (tx): Promise<Diagnostic | undefined> => {
    // One at a time for each person, so that the same request sent twice is found.
    await tx.selectFrom('account').select('id').where('id', '=', by.id).forUpdate().execute()
    const open = await tx.selectFrom('access_request').selectAll().where('requested_by', '=', by.id).where('state', '=', 'submitted').execute()
    const same = open.find((other) => sameAsk(other, row))
    if (same !== undefined) return messages['request-exists']({ request: same.id })
    if (open.length >= OPEN_AT_MOST) return messages['too-many-open']({ limit: OPEN_AT_MOST })
    await tx.insertInto('access_request').values({ ...row, terms: JSON.stringify(terms), agreements: JSON.stringify(agreements) }).execute()
    await tellRequest(tx, row, { change: 'submitted', by: by.name, at, note: row.justification })
    if (persons > 0) return undefined
    const grantId = await makeGrant(tx, row, { terms, by: 'policy', at })
    await changeRequest(tx, row, { change: 'approve', by: 'policy', at, grantId })
    return undefined
  })
  if (refused !== undefined) return fail(refused)
  await access.caughtUp()
  const [made] = await listRequests(access.store, { id: row.id })
  return made === undefined ? fail(messages['unknown-request']({ request: row.id })) : ok(made)
}

const sameAsk = (a: RequestRow, b: RequestRow): boolean =>
  a.kind === b.kind && a.subject_kind === b.subject_kind && a.subject === b.subject && a.product_id === b.product_id && a.purpose === b.purpose
  && a.renews_grant === b.renews_grant && spoken(a.terms as Terms) === spoken(b.terms as Terms)

const spoken = ({ dataSet, columns, rowCondition, unmasked, seconds }: Terms): string => JSON.stringify([dataSet, columns?.toSorted(), rowCondition, unmasked?.toSorted(), seconds])

/** Everyone asks for themselves, and for what they belong to; administrators for anybody. */
function mayAskFor({ by, subjectKind, subject }: NewRequest, { id, team }: FoundSubject): readonly Diagnostic[] {
  const own = subjectKind === 'user' ? id === by.id : by.teams.includes(team ?? '') || (subjectKind === 'domain' && by.domains?.includes(id) === true)
  if (own || by.role === 'administrator') return []
  const why = subjectKind === 'user' ? 'Everyone asks for themselves.' : `Members of the team ${team === '' || team === undefined ? 'that answers for it' : team} ask for it.`
  return [messages['not-allowed']({ name: by.name, action: `ask for access of the ${subjectKind} ${subject.slice(0, 100)}`, why })]
}

function checkTime(seconds: number | undefined): readonly Diagnostic[] {
  return seconds === undefined || (Number.isSafeInteger(seconds) && seconds > 0 && seconds <= LONGEST_SECONDS) ? [] : [messages['bad-duration']({})]
}

const checkJustification = (text: string): readonly Diagnostic[] => {
  const length = text.trim().length
  return length >= 3 && length <= 4_000 && !text.includes('\0') ? [] : [messages['justification-needed']({})]
}

const unique = (names: readonly string[]): readonly string[] => [...new Set(names)]


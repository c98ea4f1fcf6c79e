// What holds for whatever policies, grants and questions; and a second implementation, written as plainly as it goes.

import type { Json } from '@tulle/kernel'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import type { AppliedPolicy, Decision, Grant, Resource, Subject } from './types.ts'

const products = [{ id: 'p-a', name: 'a', domain: 'd1', team: 't1' }, { id: 'p-b', name: 'b', domain: 'd2', team: 't2' }]
const columns = [{ name: 'x', type: 'string', classification: 'personal' }, { name: 'y', type: 'string' }, { name: 'z', type: 'string', classification: 'secret' }]
const one = <T>(...values: readonly T[]) => fc.constantFrom(...values)
const some = (...values: readonly string[]) => fc.uniqueArray(one(...values), { minLength: 1 })
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

interface Written {
  readonly name: string
  readonly on: { readonly domains?: readonly string[]; readonly products?: readonly string[]; readonly columns?: readonly string[]; readonly classifications?: readonly string[] }
  readonly to: { readonly users?: readonly string[]; readonly teams?: readonly string[]; readonly roles?: readonly string[]; readonly 'own-team'?: boolean }
  readonly for?: readonly string[]
  readonly 'not-for'?: readonly string[]
  readonly when?: string
  readonly allow?: true
  readonly deny?: true
  readonly mask?: Json
  readonly rows?: { readonly where: string }
}
const withoutUndefined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

const effects = one<Partial<Written>>({ deny: true }, { allow: true }, { mask: { kind: 'null' } }, { mask: { kind: 'hash' } }, { mask: { kind: 'partial', first: 1 } }, { mask: { kind: 'partial', first: 2 } }, { rows: { where: "x = 'a'" } }, { rows: { where: 'y = {subject.region}' } })
const rules = fc.record({
  on: fc.record({ domains: maybe(some('d1', 'd2')), products: maybe(some('a', 'b')), columns: maybe(some('x', 'y', 'z')), classifications: maybe(some('personal', 'secret')) }).map(withoutUndefined),
  to: fc.record({ users: maybe(some('ana', 'bo')), teams: maybe(some('t1', 't3')), roles: maybe(some('consumer', 'owner')), 'own-team': maybe(fc.boolean()) }).map(withoutUndefined),
  for: maybe(some('care', 'study')), 'not-for': maybe(some('care')), when: maybe(one('subject.role == "owner"', 'purpose != "study"', 'subject.attributes.nothing == 1')),
}).chain((selectors) => effects.map((effect): Omit<Written, 'name'> => {
  const { columns: named, classifications, ...wide } = selectors.on
  // Masks are of columns, conditions of whole data sets.
  const on = effect.rows !== undefined ? wide : effect.mask !== undefined && named === undefined && classifications === undefined ? { ...wide, columns: ['x', 'y', 'z'] } : selectors.on
  return withoutUndefined({ ...selectors, ...effect, on }) as Omit<Written, 'name'>
}))

interface Policies { readonly name: string; readonly domain?: string | undefined; readonly status: string; readonly rules: readonly Written[] }
const policiesOf = (domain: fc.Arbitrary<string | undefined>, prefix: string): fc.Arbitrary<readonly Policies[]> =>
  fc.array(fc.record({ domain, status: one('enforced', 'enforced', 'grace', 'draft', 'retired'), rules: fc.array(rules, { maxLength: 4 }) }), { maxLength: 3 })
    .map((list) => list.map((policy, i): Policies => withoutUndefined({ ...policy, name: `${prefix}${i}`, rules: policy.rules.map((rule, j) => ({ ...rule, name: `r${j}` })) })))
const global = policiesOf(fc.constant(undefined), 'g')
const ofDomains = policiesOf(one<string | undefined>('d1', 'd2'), 'd')

const subjects: fc.Arbitrary<Subject> = fc.record({ name: one('ana', 'bo', 'cleo'), role: one('consumer' as const, 'owner' as const), teams: fc.subarray(['t1', 't2', 't3']), attributes: one<Record<string, Json>>({}, { region: 'EU' }) })
  .map((subject) => ({ ...subject, id: `id-${subject.name}`, kind: 'user' }))
const grants: fc.Arbitrary<Grant> = fc.record({ id: fc.uuid(), subject: one('id-ana', 'id-bo'), productId: one('p-a', 'p-b'), columns: maybe(some('x', 'y', 'z')), purposes: some('care', 'study') }).map((grant) => withoutUndefined({ ...grant, subjectKind: 'user' as const }) as Grant)
const questions = fc.record({ subject: subjects, product: one(...products), purpose: maybe(one('care', 'study')), given: fc.array(grants, { maxLength: 3 }) })
type Question = typeof questions extends fc.Arbitrary<infer Q> ? Q : never

const applied = (policies: readonly Policies[]): readonly AppliedPolicy[] => policies.map(({ name, domain, status, rules: written }) => ({ name, ...(domain !== undefined && { domain }), spec: { status, rules: written } as unknown as Json }))
function ask(policies: readonly Policies[], { subject, product, purpose, given }: Question): Decision {
  const resource: Resource = { product, dataSet: { name: 't', columns } }
  return compilePolicy({ grants: given, products, policies: applied(policies), secret: 's' }).decide(subject, 'read', resource, purpose, { now: 0, environment: 'prod' })
}

interface Seen { readonly columns: readonly string[]; readonly masks: ReadonlyMap<string, string>; readonly rows: readonly string[] }
/** Nothing is seen by a denial. */
const seen = (decision: Decision): Seen | undefined => (decision.effect === 'deny' ? undefined : {
  columns: decision.columns, masks: new Map(Object.entries(decision.masks).map(([name, sql]) => [name, kindOf(sql)])), rows: (decision.rowFilter?.condition.split(' AND ') ?? []).toSorted(),
})
const kindOf = (sql: string): string => (sql === 'NULL' ? 'null' : sql.startsWith('sha256') ? 'hash' : sql.includes('left(') ? `partial ${/, (\d)\)/u.exec(sql)?.[1]}` : 'other')

// The second implementation: for each rule, each question, in the order of the words of the reference page.
const STRICTEST = ['null', 'hash', 'partial 1', 'partial 2']
const CONDITIONS: Readonly<Record<string, (question: Question) => boolean | undefined>> = {
  'subject.role == "owner"': ({ subject }) => subject.role === 'owner', 'purpose != "study"': ({ purpose }) => purpose !== 'study', 'subject.attributes.nothing == 1': () => undefined,
}
function fits(policy: Policies, rule: Written, question: Question): boolean {
  const { subject, product, purpose } = question
  const among = (words: readonly string[] | undefined, mine: readonly string[]): boolean => words === undefined || words.some((word) => mine.includes(word))
  if (policy.status !== 'enforced' || (policy.domain !== undefined && policy.domain !== product.domain)) return false
  if (!among(rule.on.domains, [product.domain]) || !among(rule.on.products, [product.name])) return false
  if (!among(rule.to.users, [subject.name]) || !among(rule.to.teams, subject.teams) || !among(rule.to.roles, [subject.role])) return false
  if (rule.to['own-team'] !== undefined && rule.to['own-team'] !== subject.teams.includes(product.team)) return false
  if (rule.for !== undefined && (purpose === undefined || !rule.for.includes(purpose))) return false
  if (rule['not-for'] !== undefined && purpose !== undefined && rule['not-for'].includes(purpose)) return false
  const answer = rule.when === undefined ? true : CONDITIONS[rule.when]?.(question)
  return answer ?? rule.allow === undefined
}
const hits = (rule: Written, column: (typeof columns)[number]): boolean => (rule.on.columns ?? [column.name]).includes(column.name) && (rule.on.classifications === undefined || (column.classification !== undefined && rule.on.classifications.includes(column.classification)))
const isWhole = (rule: Written): boolean => rule.on.columns === undefined && rule.on.classifications === undefined

function plainly(policies: readonly Policies[], question: Question): Seen | undefined {
  const { subject, product, purpose, given } = question
  const fitting = policies.flatMap((policy) => policy.rules.filter((rule) => fits(policy, rule, question)))
  if (fitting.some((rule) => rule.deny === true && isWhole(rule))) return undefined
  const mine = given.filter((grant) => grant.subject === subject.id && grant.productId === product.id && purpose !== undefined && grant.purposes.includes(purpose))
  const gives = (column: (typeof columns)[number]): boolean => subject.teams.includes(product.team) || mine.some((grant) => grant.columns === undefined || grant.columns.includes(column.name)) || fitting.some((rule) => rule.allow === true && hits(rule, column))
  const shown = columns.filter((column) => gives(column) && !fitting.some((rule) => rule.deny === true && hits(rule, column)))
  if (shown.length === 0) return undefined
  const asks = fitting.flatMap((rule) => (rule.rows === undefined ? [] : [rule.rows.where]))
  if (subject.attributes?.['region'] === undefined && asks.some((where) => where.includes('region'))) return undefined
  const masks = shown.flatMap((column) => {
    const kinds = fitting.filter((rule) => rule.mask !== undefined && hits(rule, column)).map((rule) => Object.values(rule.mask as Record<string, string | number>).join(' '))
    const strictest = STRICTEST.find((kind) => kinds.includes(kind))
    return strictest === undefined ? [] : [[column.name, strictest] as const]
  })
  return { columns: shown.map(({ name }) => name), masks: new Map(masks), rows: asks.map((where) => (where.includes('region') ? `("y" = 'EU')` : `("x" = 'a')`)).toSorted() }
}

/** True where `less` shows nothing that `more` does not: no other column, no weaker mask, no condition fewer. */
const showsNoMore = (less: Seen | undefined, more: Seen | undefined): boolean => less === undefined || (more !== undefined
  && less.columns.every((name) => more.columns.includes(name))
  && less.columns.every((name) => rank(less.masks.get(name)) <= rank(more.masks.get(name)))
  && more.rows.every((condition) => less.rows.includes(condition)))
const rank = (kind: string | undefined): number => (kind === undefined ? STRICTEST.length : STRICTEST.indexOf(kind))

const RUNS = { numRuns: 150 }

describe('policies', () => {
  it('decide as the plain reading of their words does', () => {
    fc.assert(fc.property(global, ofDomains, questions, (g, d, question) => {
      expect(seen(ask([...g, ...d], question))).toEqual(plainly([...g, ...d], question))
    }), { numRuns: 400 })
  })

  it('show no more when a denial, a mask or a filter is added', () => {
    fc.assert(fc.property(global, rules, one<string | undefined>(undefined, 'd1'), questions, (g, rule, domain, question) => {
      fc.pre(rule.allow === undefined)
      const more: Policies = withoutUndefined({ name: 'zz', domain, status: 'enforced', rules: [{ ...rule, name: 'r' }] })
      expect(showsNoMore(seen(ask([...g, more], question)), seen(ask(g, question)))).toBe(true)
    }), RUNS)
  })

  it('of domains loosen nothing that those of the mesh hold', () => {
    fc.assert(fc.property(global, ofDomains, questions, (g, d, question) => {
      // Everything granted, so that what is hidden is hidden by policies alone.
      const all: Question = { ...question, given: [{ id: 'all', subjectKind: 'user', subject: question.subject.id, productId: question.product.id, purposes: ['care', 'study'] }], purpose: question.purpose ?? 'care' }
      expect(showsNoMore(seen(ask([...g, ...d], all)), seen(ask(g, all)))).toBe(true)
    }), RUNS)
  })

  it('say the same in whatever order', () => {
    fc.assert(fc.property(global, ofDomains, questions, fc.infiniteStream(fc.nat()), (g, d, question, chance) => {
      const shuffled = <T>(list: readonly T[]): readonly T[] => list.map((item) => [chance.next().value as number, item] as const).toSorted(([a], [b]) => a - b).map(([, item]) => item)
      const others = shuffled([...g, ...d]).map((policy) => ({ ...policy, rules: shuffled(policy.rules) }))
      expect(ask(others, question)).toEqual(ask([...g, ...d], question))
    }), RUNS)
  })

  it('in draft, grace or retired change nothing but what is said', () => {
    fc.assert(fc.property(global, questions, one('draft', 'grace', 'retired'), (g, question, status) => {
      expect(seen(ask(g.map((policy) => ({ ...policy, status })), question))).toEqual(seen(ask([], question)))
    }), RUNS)
  })

  it('answer a repeated question as a fresh policy does', () => {
    fc.assert(fc.property(global, fc.array(questions, { minLength: 1, maxLength: 4 }), (g, asked) => {
      const given = asked.flatMap((question) => question.given)
      const compiled = compilePolicy({ grants: given, products, policies: applied(g), secret: 's' })
      for (const question of [...asked, ...asked]) {
        const resource: Resource = { product: question.product, dataSet: { name: 't', columns } }
        expect(compiled.decide(question.subject, 'read', resource, question.purpose, { now: 0, environment: 'prod' })).toEqual(ask(g, { ...question, given }))
      }
    }), { numRuns: 60 })
  })
})

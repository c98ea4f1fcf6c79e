// Rules against each other: one that another always overrules, and two that are equally strict about the same column.

import type { Diagnostic } from '@tulle/kernel'
import type { ContractColumn, DataSet, MeshPolicy, PolicyRule } from '@tulle/model'
import { isOfColumns } from '@tulle/model'
import { strictness } from './mask-sql.ts'
import { messages } from './messages.ts'

/** A rule with what it selects in a mesh. */
export interface PlacedRule {
  readonly policy: MeshPolicy
  readonly rule: PolicyRule
  readonly id: string
  readonly at: readonly (string | number)[]
  readonly data: readonly { readonly table: string; readonly dataSet: DataSet; readonly columns: readonly ContractColumn[] }[]
}

/** Beyond so many rules, pairs are too many to be looked at. */
const MOST_RULES = 2_000

export function comparePolicies(all: readonly PlacedRule[]): readonly Diagnostic[] {
  if (all.length > MOST_RULES) return []
  const rules = all.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const strong = rules.filter(({ policy, rule: { effect } }) => policy.status === 'enforced' && (effect.kind === 'deny' || effect.kind === 'mask'))
  return rules.flatMap((one, i) => {
    const over = strong.find((other) => other !== one && covers(other, one) && overrules(other, one) && !(covers(one, other) && overrules(one, other) && rules.indexOf(other) > i))
    const place = one.policy.placeOf([...one.at, 'name'])
    if (over !== undefined) return [messages['rule-unreachable']({ rule: one.id, by: over.id }, { place, related: [{ place: over.policy.placeOf([...over.at, 'name']), message: 'It decides here.' }] })]
    const rival = rules.slice(0, i).flatMap((other) => rivals(other, one)).at(0)
    return rival === undefined ? [] : [messages['rules-conflict'](rival, { place })]
  })
}

/** Wherever `b` fits, `a` fits too. */
function covers(a: PlacedRule, b: PlacedRule): boolean {
  if (b.data.length === 0) return false
  if (a.policy.domain !== undefined && a.policy.domain !== b.policy.domain) return false
  const { rule: x } = a
  const { rule: y } = b
  if (x.except !== undefined || (x.condition !== undefined && x.condition !== y.condition)) return false
  if (!within(y.purposes, x.purposes) || !within(y.environments, x.environments)) return false
  if (x.otherPurposes !== undefined && !(y.otherPurposes !== undefined && x.otherPurposes.every((purpose) => y.otherPurposes?.includes(purpose)))) return false
  return subjectsWithin(y, x) && b.data.every(({ table, columns }) => a.data.some((other) => other.table === table && (!isOfColumns(x.on) || (isOfColumns(y.on) && columns.every(({ name }) => other.columns.some((column) => column.name === name))))))
}

function subjectsWithin({ to: inner }: PolicyRule, { to: outer }: PolicyRule): boolean {
  const keys = ['users', 'teams', 'domains', 'roles', 'kinds'] as const
  return keys.every((key) => within(inner[key], outer[key])) && (outer.ownTeam === undefined || outer.ownTeam === inner.ownTeam)
    && (outer.attributes === undefined || JSON.stringify(outer.attributes) === JSON.stringify(inner.attributes))
}

const within = (inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean => outer === undefined || (inner !== undefined && inner.every((word) => outer.includes(word)))

/** Where both fit, only `a` matters. */
function overrules({ rule: { effect: a, on } }: PlacedRule, { rule: { effect: b }, data }: PlacedRule): boolean {
  if (a.kind === 'deny') return !isOfColumns(on) || b.kind === 'mask' || b.kind === 'deny'
  if (a.kind !== 'mask' || b.kind !== 'mask') return false
  return data.every(({ columns }) => columns.every(({ type }) => compare(strictness(a.mask, type), strictness(b.mask, type)) <= 0))
}

const compare = (a: readonly [number, number], b: readonly [number, number]): number => a[0] - b[0] || a[1] - b[1]

/** Two different masks that are equally strict; or a rule that allows what another denies. */
function rivals(a: PlacedRule, b: PlacedRule): readonly { readonly loser: string; readonly winner: string; readonly about: string }[] {
  if (!mayMeet(a, b)) return []
  const shared = b.data.flatMap(({ table, columns }) => a.data.filter((other) => other.table === table).map((other) => ({ table, columns: columns.filter(({ name }) => other.columns.some((column) => column.name === name)) })))
  const [x, y] = [a.rule.effect, b.rule.effect]
  if (x.kind === 'mask' && y.kind === 'mask' && JSON.stringify(x.mask) !== JSON.stringify(y.mask)) {
    const tie = shared.flatMap(({ table, columns }) => columns.filter(({ type }) => compare(strictness(x.mask, type), strictness(y.mask, type)) === 0).map(({ name }) => `${table}.${name}`)).at(0)
    return tie === undefined ? [] : [{ loser: b.id, winner: a.id, about: tie }]
  }
  const denying = x.kind === 'deny' ? a : y.kind === 'deny' ? b : undefined
  const isAgainst = denying !== undefined && (x.kind === 'allow' || y.kind === 'allow')
  const about = shared.at(0)?.table
  return isAgainst && about !== undefined ? [{ loser: denying === a ? b.id : a.id, winner: denying.id, about }] : []
}

/** False where the words of the two leave no question that both fit. */
function mayMeet({ rule: a, policy: p }: PlacedRule, { rule: b, policy: q }: PlacedRule): boolean {
  const meet = (x: readonly string[] | undefined, y: readonly string[] | undefined): boolean => x === undefined || y === undefined || x.some((word) => y.includes(word))
  const live = (status: MeshPolicy['status']): boolean => status === 'enforced' || status === 'grace'
  return live(p.status) && live(q.status) && meet(a.purposes, b.purposes) && meet(a.environments, b.environments) && meet(a.to.users, b.to.users) && meet(a.to.roles, b.to.roles)
    && (a.otherPurposes === undefined || b.purposes?.every((purpose) => a.otherPurposes?.includes(purpose)) !== true) && (b.otherPurposes === undefined || a.purposes?.every((purpose) => b.otherPurposes?.includes(purpose)) !== true)
    && (a.to.ownTeam === undefined || b.to.ownTeam === undefined || a.to.ownTeam === b.to.ownTeam)
}

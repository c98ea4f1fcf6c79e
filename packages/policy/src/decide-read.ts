// Who may read which columns and rows. What gives: the product's own team, unexpired grants for their purpose, rules that
// allow. What takes: rules that deny, mask, filter, limit; they take from everybody whom they fit, whatever gives.

import type { SqlTemplate } from './sql-text.ts'
import type { GrantIndex } from './grant-index.ts'
import type { RuleIndex } from './rule-index.ts'
import type { Decision, DecisionContext, Grant, Reason, Resource, Subject } from './types.ts'
import { cells, rowsOf } from './cells.ts'
import type { Source } from './cells.ts'
import { fitRule, regoInput, ruleQuestion, valuesOf } from './fit-rule.ts'
import type { ColumnMemory, Fitting } from './fit-rule.ts'
import { hoursText, isOpen, nextTurn } from './hours.ts'
import { valueScope } from './mask-sql.ts'
import { chooseMasks } from './choose-masks.ts'
import { askRego } from './rego-answers.ts'
import { filterRows } from './filter-rows.ts'
import { allows, denials, takes } from './rules.ts'
import { columnScope, printSql } from './sql-text.ts'
import { leastOf } from './limits.ts'

export interface ReadQuestion {
  readonly subject: Subject
  readonly resource: Resource
  readonly purpose: string | undefined
  readonly context: DecisionContext
}

/** Everything that was compiled. */
export interface Governance {
  readonly grants: GrantIndex
  /** Of the grants that have one; one that cannot be read is `refused`. */
  readonly conditions: ReadonlyMap<Grant, SqlTemplate | 'refused'>
  readonly rules: RuleIndex
  readonly productIdOf: (name: string) => string | undefined
  readonly secret: string | undefined
  readonly memory: ColumnMemory
}

/** `until` is the next moment at which the answer may be another. */
export interface Answer { readonly decision: Decision; readonly until: number }

/** Decides a read. A role gives no data: an administrator needs a grant like everyone else. */
export function decideRead(governance: Governance, question: ReadQuestion): Answer {
  const { subject, resource, purpose, context } = question
  const { product, dataSet } = resource
  if (product === undefined) return { decision: { effect: 'deny', reasons: [denials.unknownProduct()] }, until: Infinity }
  const broken = governance.rules.brokenOn(product)
  if (broken.length > 0) return { decision: { effect: 'deny', reasons: broken.map(denials.policyBroken) }, until: Infinity }
  const mine = governance.grants.grantsFor(subject, product.id)
  const asked = ruleQuestion({ subject, product, dataSet, purpose, environment: context.environment })
  const fitting = governance.rules.rulesOn(product).flatMap((live): readonly Fitting[] => {
    const fit = fitRule(live, asked, governance.memory)
    return fit.fits ? [{ live, fit }] : []
  })
  const enforced = fitting.filter(({ live }) => live.status === 'enforced')
  const decision = decideBy(governance, question, mine, enforced)
  const inGrace = fitting.filter(({ live }) => live.status === 'grace').map((rule) => takes.grace(rule))
  return { decision: withGrace(decision, inGrace), until: nextChange(mine, enforced, context) }
}

function decideBy(governance: Governance, question: ReadQuestion, mine: readonly Grant[], rules: readonly Fitting[]): Decision {
  const { subject, resource, purpose, context } = question
  const { dataSet } = resource
  const denying = rules.filter(({ live, fit }) => live.rule.effect.kind === 'deny' && fit.wholeDataSet)
  if (denying.length > 0) return { effect: 'deny', reasons: denying.map(takes.deny) }
  const closed = rules.filter(({ live: { rule: { effect } } }) => effect.kind === 'limits' && effect.limits.hours !== undefined && !isOpen(effect.limits.hours, context.now))
  if (closed.length > 0) return { effect: 'deny', reasons: closed.map(({ live }) => takes.hours(live, live.rule.effect.kind === 'limits' && live.rule.effect.limits.hours !== undefined ? hoursText(live.rule.effect.limits.hours) : '')) }

  const given = sourcesOf(governance, question, mine, rules)
  if (given.denied !== undefined) return given.denied
  const { sources, reasons } = given
  if (dataSet === undefined) return { effect: 'allow', columns: [], masks: {}, obligations: obligationsOf(rules), reasons, ...limitsOf(rules) }

  const hiding = rules.filter(({ live }) => live.rule.effect.kind === 'deny')
  const hidden = new Set(hiding.flatMap(({ fit }) => fit.columns.map(({ name }) => name)))
  const granted = dataSet.columns.filter(({ name }) => sources.some((source) => source.gives(name)))
  const hid = hiding.flatMap((rule) => takes.hide(rule, granted))
  if (granted.every(({ name }) => hidden.has(name))) return { effect: 'deny', reasons: [denials.nothingVisible(resource), ...hid] }

  // Asked where something would be given, and of that it can only take.
  const asked = askRego(rules, { dataSet, answers: context.answers, input: () => regoInput({ subject, product: resource.product, dataSet, purpose, environment: context.environment }) })
  if ('asks' in asked) return { effect: 'deny', reasons: asked.reasons, asks: asked.asks }
  if ('denied' in asked) return { effect: 'deny', reasons: asked.denied }
  if (asked.rules.length > 0) return decideBy(governance, question, mine, [...rules.filter(({ live }) => live.rule.effect.kind !== 'rego'), ...asked.rules])

  const columns = granted.filter(({ name }) => !hidden.has(name))

  const value = valueScope(valuesOf({ subject, purpose }))
  const filter = filterRows(rules, { columns: dataSet.columns, value, productIdOf: governance.productIdOf })
  if ('denied' in filter) return { effect: 'deny', reasons: filter.denied }
  const chosen = chooseMasks(rules, { columns, all: dataSet.columns, value, purpose, secret: governance.secret })
  const effective = sources.filter((source) => columns.some(({ name }) => source.gives(name)))
  const rows = rowsOf(effective)
  const conditions = [...(rows === undefined ? [] : [rows]), ...filter.conditions]
  return {
    effect: 'allow',
    columns: columns.map(({ name }) => name),
    masks: cells(columns, effective, chosen.masks),
    ...(conditions.length > 0 && { rowFilter: { condition: conditions.join(' AND '), reads: filter.reads } }),
    ...limitsOf(rules),
    obligations: obligationsOf(rules),
    reasons: [...reasons, ...hid, ...chosen.reasons, ...filter.reasons],
  }
}

type Given = { readonly denied: Decision } | { readonly denied?: never; readonly sources: readonly Source[]; readonly reasons: readonly Reason[] }

function sourcesOf(governance: Governance, { subject, resource, purpose, context }: ReadQuestion, mine: readonly Grant[], rules: readonly Fitting[]): Given {
  const { product, dataSet } = resource
  const allowing = rules.filter(({ live }) => live.rule.effect.kind === 'allow')
  if (product !== undefined && subject.teams.includes(product.team)) return { sources: [ALL], reasons: [allows.own(subject, resource)] }
  const living = mine.filter((grant) => !isExpired(grant, context))
  const fitting = living.filter((grant) => dataSet === undefined || grant.dataSet === undefined || grant.dataSet === dataSet.name)
  const open = purposesOf(fitting)
  const giving = purpose === undefined ? [] : fitting.filter((grant) => grant.purposes.includes(purpose))
  const read = giving.map((grant) => ({ grant, source: sourceOf(governance, grant, dataSet) }))
  const sound = read.flatMap(({ grant, source }) => (source === undefined ? [] : [{ grant, source }]))
  if (sound.length > 0 || allowing.length > 0) {
    return {
      sources: [...sound.map(({ source }) => source), ...allowing.map(allowedBy)],
      reasons: [...sound.map(({ grant }) => allows.grant(grant, purpose ?? '')), ...allowing.map(takes.allow)],
    }
  }
  const deny = (...reasons: readonly Reason[]): Given => ({ denied: { effect: 'deny', reasons } })
  if (read.length > 0) return deny(denials.noGrant(subject, resource), ...read.map(({ grant }) => denials.grantBroken(grant)))
  if (fitting.length === 0) return deny(denials.noGrant(subject, resource), ...mine.map((grant) => (isExpired(grant, context) ? denials.expired(grant) : denials.otherDataSet(grant))))
  return deny(purpose === undefined ? denials.purposeMissing(open) : denials.purposeNotGranted(purpose, open))
}

const ALL: Source = { gives: () => true, shows: () => false }

// A grant whose condition cannot be read, or asks for a column that is gone, gives nothing.
function sourceOf({ conditions }: Governance, grant: Grant, dataSet: Resource['dataSet']): Source | undefined {
  const gives = (column: string): boolean => grant.columns === undefined || grant.columns.includes(column)
  const shows = (column: string): boolean => grant.unmasked?.includes(column) === true
  const condition = conditions.get(grant)
  if (condition === 'refused') return undefined
  if (condition === undefined || dataSet === undefined) return { gives, shows }
  const printed = printSql(condition, { column: columnScope(dataSet.columns), value: () => undefined })
  return 'sql' in printed ? { gives, shows, condition: printed.sql } : undefined
}

const allowedBy = ({ fit }: Fitting): Source => ({ gives: (column) => fit.wholeDataSet || fit.columns.some(({ name }) => name === column), shows: () => false })

const limitsOf = (rules: readonly Fitting[]): Pick<Decision & { effect: 'allow' }, 'limits'> => {
  const limits = leastOf(rules.flatMap(({ live: { rule: { effect } } }) => (effect.kind === 'limits' ? [effect.limits] : [])))
  return limits === undefined ? {} : { limits }
}

const OBLIGATIONS = { automatic: 'automatic-approval', owner: 'owner-approval', 'two-persons': 'two-persons' } as const

/** What must be done before access is given: whoever gives it takes the strictest. */
const obligationsOf = (rules: readonly Fitting[]): readonly string[] =>
  [...new Set(rules.flatMap(({ live: { rule: { effect } } }) => (effect.kind === 'approval' ? [OBLIGATIONS[effect.by]] : [])))].toSorted()

const withGrace = (decision: Decision, reasons: readonly Reason[]): Decision => {
  if (reasons.length === 0) return decision
  const said = [...decision.reasons, ...reasons]
  return decision.effect === 'deny' ? { ...decision, reasons: said } : { ...decision, reasons: said, obligations: [...decision.obligations, ...reasons.map(({ text }) => text)] }
}

function nextChange(mine: readonly Grant[], rules: readonly Fitting[], { now }: DecisionContext): number {
  const expiries = mine.flatMap(({ expiresAt }) => (expiresAt !== undefined && now < expiresAt ? [expiresAt] : []))
  const turns = rules.flatMap(({ live: { rule: { effect } } }) => (effect.kind === 'limits' && effect.limits.hours !== undefined ? [nextTurn(effect.limits.hours, now)] : []))
  return Math.min(Infinity, ...expiries, ...turns)
}

/** INVARIANT: a grant is dead at the very instant of its expiry. */
export const isExpired = (grant: Grant, { now }: DecisionContext): boolean => grant.expiresAt !== undefined && !(now < grant.expiresAt)

/** The purposes of these grants, each once, sorted. */
export const purposesOf = (grants: readonly Grant[]): readonly string[] => [...new Set(grants.flatMap((grant) => grant.purposes))].toSorted()

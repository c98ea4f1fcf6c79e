// Whether a rule concerns a question, and if not, in which respect. What cannot be told counts the strict way: a rule that
// allows does not fit, every other one does.

import type { SubjectSelector } from '@tulle/model'
import { isOfColumns, selectsColumn, selectsDataSet } from '@tulle/model'
import type { Json } from '@tulle/kernel'
import { prepareFacts } from './condition.ts'
import type { PreparedFacts } from './condition.ts'
import type { LiveRule } from './rule-index.ts'
import type { GovernedProduct, Resource, ResourceColumn, Subject } from './types.ts'

export interface RuleQuestion {
  readonly subject: Subject
  readonly product: GovernedProduct
  readonly dataSet: Resource['dataSet']
  readonly purpose: string | undefined
  readonly environment: string
  /** Of this question, made when the first condition asks. */
  readonly facts: () => PreparedFacts
}

/** What the rules of a data set mean of it: looked up once for as long as the data set is spoken of. */
export type ColumnMemory = WeakMap<NonNullable<Resource['dataSet']>, Map<LiveRule, readonly ResourceColumn[]>>

/** `columns` are those of the data set that the rule means; all of them where it is about the whole. */
export type Fit =
  | { readonly fits: true; readonly columns: readonly ResourceColumn[]; readonly wholeDataSet: boolean; readonly doubt?: string }
  | { readonly fits: false; readonly why: string }

/** A rule that fits a question. */
export interface Fitting { readonly live: LiveRule; readonly fit: Fit & { fits: true } }

const not = (why: string): Fit => ({ fits: false, why })

export function fitRule(live: LiveRule, question: RuleQuestion, memory: ColumnMemory): Fit {
  const { rule, condition } = live
  const { subject, product, dataSet, purpose, environment } = question
  const { on } = rule
  if (dataSet === undefined ? on.dataSets !== undefined : !selectsDataSet(on, dataSet.name)) return not('it is about other data sets')
  const wholeDataSet = !isOfColumns(on)
  const columns = dataSet === undefined ? [] : columnsOf(live, dataSet, memory)
  if (!wholeDataSet && columns.length === 0) return not(dataSet === undefined ? 'it is about columns' : 'the data set has no such column')
  if (rule.environments !== undefined && !rule.environments.includes(environment)) return not(`the environment is ${environment}`)
  if (rule.purposes !== undefined && (purpose === undefined || !rule.purposes.includes(purpose))) return not(purpose === undefined ? 'there is no purpose' : `the purpose is ${purpose}`)
  if (rule.otherPurposes !== undefined && purpose !== undefined && rule.otherPurposes.includes(purpose)) return not(`the purpose is ${purpose}`)
  if (!selectsSubject(rule.to, subject, product)) return not(`${subject.name} is not among those it is for`)
  if (rule.except !== undefined && selectsSubject(rule.except, subject, product)) return not(`${subject.name} is among those it leaves out`)
  const answer = condition?.(question.facts()) ?? true
  if (answer === false) return not('its condition is not met')
  if (answer === true) return { fits: true, columns, wholeDataSet }
  const doubt = `its condition gives no answer (${answer.error})`
  return rule.effect.kind === 'allow' ? not(doubt) : { fits: true, columns, wholeDataSet, doubt }
}

function selectsSubject(to: SubjectSelector, subject: Subject, product: GovernedProduct): boolean {
  const isAmong = (words: readonly string[] | undefined, mine: readonly string[]): boolean => words === undefined || mine.some((word) => words.includes(word))
  return isAmong(to.users, [subject.name]) && isAmong(to.teams, subject.teams) && isAmong(to.domains, subject.domains ?? []) && isAmong(to.roles, [subject.role]) && isAmong(to.kinds, [subject.kind])
    && (to.ownTeam === undefined || subject.teams.includes(product.team) === to.ownTeam)
    && Object.entries(to.attributes ?? {}).every(([name, values]) => hasValue(subject.attributes, name, values))
}

function hasValue(attributes: Subject['attributes'] = {}, name: string, values: readonly (string | number | boolean)[]): boolean {
  const mine: Json = Object.hasOwn(attributes, name) ? (attributes[name] ?? null) : null
  return (Array.isArray(mine) ? (mine as readonly Json[]) : [mine]).some((value) => values.some((wanted) => wanted === value))
}

function columnsOf(live: LiveRule, dataSet: NonNullable<Resource['dataSet']>, memory: ColumnMemory): readonly ResourceColumn[] {
  let byRule = memory.get(dataSet)
  if (byRule === undefined) memory.set(dataSet, (byRule = new Map()))
  let columns = byRule.get(live)
  if (columns === undefined) byRule.set(live, (columns = dataSet.columns.filter((column) => selectsColumn(live.rule.on, column))))
  return columns
}

/** A question with its facts, which are made once. */
export function ruleQuestion(asked: Omit<RuleQuestion, 'facts'>): RuleQuestion {
  let made: { readonly facts: PreparedFacts } | undefined
  return { ...asked, facts: () => (made ??= { facts: prepareFacts(factsOf(asked)) }).facts }
}

const factsOf = ({ subject, product, dataSet, purpose, environment }: Omit<RuleQuestion, 'facts'>): Readonly<Record<string, Json>> => ({
  subject: { id: subject.id, name: subject.name, kind: subject.kind, role: subject.role, teams: subject.teams, domains: subject.domains ?? [], attributes: subject.attributes ?? {} },
  product: { name: product.name, domain: product.domain, team: product.team },
  data_set: dataSet?.name ?? '',
  purpose: purpose ?? '',
  environment,
})

/** What a Rego policy is asked about: the same facts, and the columns. */
export const regoInput = ({ product, dataSet, ...asked }: Omit<RuleQuestion, 'facts' | 'product'> & { readonly product: GovernedProduct | undefined }): Json => ({
  ...(product === undefined ? {} : factsOf({ ...asked, product, dataSet })),
  action: 'read',
  data_set: { name: dataSet?.name ?? '', columns: dataSet?.columns.map(({ name, type, classification }) => ({ name, type: (typeof type === 'object' ? type.type : type) ?? '', classification: classification ?? '' })) ?? [] },
})

/** What `{purpose}` and `{subject.…}` stand for. */
export const valuesOf = ({ subject, purpose }: Pick<RuleQuestion, 'subject' | 'purpose'>): Readonly<Record<string, Json | undefined>> => ({
  ...Object.fromEntries(Object.entries(subject.attributes ?? {}).map(([name, value]) => [`subject.${name}`, value])),
  'subject.id': subject.id,
  'subject.name': subject.name,
  'subject.role': subject.role,
  'subject.teams': subject.teams,
  'subject.domains': subject.domains ?? [],
  purpose,
})

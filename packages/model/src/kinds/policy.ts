// `kind: Policy`: rules that hold wherever data is read, and standards that hold wherever a plan is made.

import { z } from 'zod'
import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { withoutUndefined } from '../capabilities/without-undefined.ts'
import type { Consent, DataSelector, Mask, PolicyRule, PolicySpec, RegoSource, RuleEffect, Standard, SubjectSelector } from '../governance.ts'
import { DATE_UNITS, POLICY_STATUSES } from '../governance.ts'
import { messages } from '../messages.ts'
import { documentOfKind, nameText, OWN_API_VERSION } from './envelope.ts'

const words = z.array(z.string().min(1, 'may not be empty').max(200, 'may have at most 200 characters')).min(1, 'must name at least one').max(500, 'may name at most 500')
const condition = z.string().min(1, 'may not be empty').max(2_000, 'may have at most 2,000 characters')
const scalar = z.union([z.string().max(500), z.number(), z.boolean()])

const dataSelector = z.strictObject({
  domains: words.optional().describe('Data domains.'),
  products: words.optional().describe('Data products.'),
  'data-sets': words.optional().describe('Data sets, by name.'),
  columns: words.optional().describe('Columns, by name.'),
  classifications: words.optional().describe('Columns by the words of mesh.yaml that classify them.'),
})

const subjectSelector = z.strictObject({
  users: words.optional().describe('Accounts, by name.'),
  teams: words.optional().describe('Members of these technical teams.'),
  domains: words.optional().describe('Members of the teams of these domains.'),
  roles: z.array(z.enum(['administrator', 'steward', 'owner', 'developer', 'consumer'])).min(1, 'must name at least one').optional().describe('Accounts with one of these roles.'),
  kinds: z.array(z.enum(['user', 'service'])).min(1, 'must name at least one').optional().describe('Persons, or services.'),
  attributes: z.record(z.string().max(100), z.union([scalar, z.array(scalar).min(1)])).optional().describe('Attributes of the subject, each with the values of which it must have one.'),
  'own-team': z.boolean().optional().describe("true: members of the product's own team alone; false: everybody else."),
})

const PARAMETERS = {
  null: [], constant: ['value'], hash: [], truncate: ['to'], round: ['nearest'], partial: ['first', 'last', 'with'], redact: ['pattern', 'with'], custom: ['sql'],
} as const
const REQUIRED: Readonly<Record<string, readonly string[]>> = { constant: ['value'], truncate: ['to'], round: ['nearest'], redact: ['pattern'], custom: ['sql'] }
const MASKS = ['null', 'constant', 'hash', 'truncate', 'round', 'partial', 'redact', 'custom'] as const

const mask = z.strictObject({
  kind: z.enum(MASKS).describe('How the value is hidden, strictest first: null, constant, hash, truncate, round, partial, redact, custom.'),
  value: scalar.optional().describe('constant: what stands there instead.'),
  to: z.enum(DATE_UNITS).optional().describe('truncate: the unit that is left.'),
  nearest: z.number().positive('must be above 0').optional().describe('round: to multiples of this.'),
  first: z.int().min(0, 'may not be negative').max(100, 'may be at most 100').optional().describe('partial: characters kept at the start.'),
  last: z.int().min(0, 'may not be negative').max(100, 'may be at most 100').optional().describe('partial: characters kept at the end.'),
  with: z.string().max(20, 'may have at most 20 characters').optional().describe('partial, redact: what stands for what is hidden. Without it: ***.'),
  pattern: z.string().min(1).max(200, 'may have at most 200 characters').optional().describe('redact: what is replaced, as a regular expression of RE2.'),
  sql: condition.optional().describe('custom: an expression over the row; {purpose}, {subject.name} and {subject.<attribute>} stand for values.'),
}).superRefine((written, context) => {
  const may: readonly string[] = PARAMETERS[written.kind]
  for (const key of Object.keys(written)) if (key !== 'kind' && !may.includes(key)) context.addIssue({ code: 'custom', path: [key], message: `does not belong to a mask of the kind ${written.kind}` })
  for (const key of REQUIRED[written.kind] ?? []) if (!Object.hasOwn(written, key)) context.addIssue({ code: 'custom', path: ['kind'], message: `needs "${key}"` })
})

const rows = z.strictObject({
  where: condition.optional().describe('SQL over the row: only rows for which it is true are there. {purpose}, {subject.name} and {subject.<attribute>} stand for values.'),
  consent: z.strictObject({
    'data-set': z.string().regex(/^[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}$/, 'must be product.data_set').describe('Where consents are kept: product.data_set.'),
    column: z.string().min(1).max(200).describe('The column of the row that consents are about.'),
    matches: z.string().min(1).max(200).optional().describe('What it is called in the consent data set, where that differs.'),
    where: condition.optional().describe('SQL over the consent: which ones count.'),
  }).optional().describe('Only rows for which somebody has consented.'),
}).refine((written) => written.where !== undefined || written.consent !== undefined, 'needs "where" or "consent"')

const time = z.string().regex(/^([01]\d|2[0-4]):[0-5]\d$/u, 'must be a time of day in UTC, like 08:00')
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const

const limits = z.strictObject({
  rows: z.int().min(1).optional().describe('Rows of one statement.'),
  'rows-per-hour': z.int().min(1).optional().describe('Rows of one subject on one product within an hour.'),
  'statements-per-minute': z.int().min(1).optional().describe('Statements of one subject within a minute.'),
  hours: z.strictObject({
    from: time.describe('From when, in UTC.'),
    to: time.describe('Until when, in UTC.'),
    days: z.array(z.enum(DAYS)).min(1, 'must name at least one').optional().describe('Days of the week; without it every day.'),
  }).optional().describe('When reading is possible at all.'),
})

const MOST_BUNDLE = 1_800_000
const rego = z.strictObject({
  entrypoint: z.string().max(200).regex(/^[A-Za-z_][A-Za-z0-9_]*(\/[A-Za-z_][A-Za-z0-9_]*)*$/u, 'must be a path like tulle/decision').describe('The rule of Rego that answers, as a path: tulle/decision is data.tulle.decision.'),
  bundle: z.string().max(MOST_BUNDLE, 'may have at most 1,800,000 characters').regex(/^[A-Za-z0-9+/=\s]+$/u, 'must be Base64').optional().describe('A bundle of OPA with WebAssembly in it, as Base64: opa build -t wasm -e <entrypoint>.'),
  server: z.string().max(500).regex(/^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$|^https?:\/\/\[[0-9a-fA-F:.]+\](:\d{1,5})?$/u, 'must be an address like https://opa.example.com:8181').optional().describe('An OPA server; its host must be one of TULLE_OPA_SERVERS.'),
  secret: z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/u, 'must be in capitals, like OPA_TOKEN').optional().describe('The name of the bearer token that the server wants.'),
}).superRefine((written, context) => {
  if ((written.bundle === undefined) === (written.server === undefined)) context.addIssue({ code: 'custom', path: ['entrypoint'], message: 'needs "bundle" or "server" beside it, and not both' })
  if (written.secret !== undefined && written.server === undefined) context.addIssue({ code: 'custom', path: ['secret'], message: 'is for a server' })
})

const EFFECTS = ['allow', 'deny', 'mask', 'rows', 'limits', 'rego', 'approval'] as const

const rule = z.strictObject({
  name: nameText.describe('What reasons and audits call the rule.'),
  because: z.string().min(1).max(500).optional().describe('Why there is such a rule; whoever it stops reads it.'),
  on: dataSelector.optional().describe('Which data; without it all.'),
  to: subjectSelector.optional().describe('Whom; without it everybody.'),
  except: subjectSelector.optional().describe('Whom not.'),
  for: words.optional().describe('For which purposes; without it all, and none.'),
  'not-for': words.optional().describe('For which purposes not.'),
  environments: words.optional().describe('In which environments; without it all.'),
  when: condition.optional().describe('A condition in CEL over subject, product, data_set, purpose and environment.'),
  allow: z.literal(true).optional().describe('Lets read without a grant.'),
  deny: z.literal(true).optional().describe('Lets nobody read, whatever else allows it.'),
  mask: mask.optional().describe('Hides values of the selected columns.'),
  rows: rows.optional().describe('Hides rows.'),
  limits: limits.optional().describe('How much may be taken, and when.'),
  rego: rego.optional().describe('Asks a policy in Rego, which may deny, hide columns, mask and filter rows.'),
  approval: z.enum(['automatic', 'owner', 'two-persons']).optional().describe('Who must agree before a request for access becomes a grant: nobody, the owner, two persons. Where several rules say so, the strictest.'),
}).superRefine((written, context) => {
  const effects = EFFECTS.filter((effect) => written[effect] !== undefined)
  if (effects.length !== 1) context.addIssue({ code: 'custom', path: ['name'], message: `must have exactly one of ${EFFECTS.join(', ')} beside it` })
  const ofColumns = written.on?.columns !== undefined || written.on?.classifications !== undefined
  if (written.mask !== undefined && !ofColumns) context.addIssue({ code: 'custom', path: ['mask'], message: 'needs "columns" or "classifications" in "on"' })
  if ((written.rows !== undefined || written.limits !== undefined || written.rego !== undefined || written.approval !== undefined) && ofColumns) context.addIssue({ code: 'custom', path: ['on'], message: 'may not select columns, because the rule is about whole data sets' })
})

const standard = z.strictObject({
  name: nameText.describe('What findings call it.'),
  because: z.string().min(1).max(500).optional().describe('Why the house wants it.'),
  on: dataSelector.optional().describe('Which data; without it all.'),
  require: z.enum(['owner', 'description', 'classification', 'mask', 'names', 'synthetic-examples']).describe('What must be there: an owner of each product, descriptions, a classification of each column, a mask of each classified column, names of a form, examples that are about nobody.'),
  of: z.enum(['products', 'data-sets', 'columns']).optional().describe('names: whose.'),
  matching: z.string().min(1).max(200).optional().describe('names: a regular expression of RE2 that the whole name must match.'),
  classifications: words.optional().describe('mask: which classifications must be masked.'),
}).superRefine((written, context) => {
  const needs: Readonly<Record<string, readonly string[]>> = { names: ['of', 'matching'], mask: ['classifications'] }
  for (const key of needs[written.require] ?? []) if (!Object.hasOwn(written, key)) context.addIssue({ code: 'custom', path: ['require'], message: `needs "${key}"` })
})

const spec = z.strictObject({
  status: z.enum(POLICY_STATUSES).describe('draft is only checked; grace says what it would have done; enforced holds; retired is history.'),
  rules: z.array(rule).max(500, 'may have at most 500 rules').optional().describe('What holds where data is read.'),
  standards: z.array(standard).max(100, 'may have at most 100 standards').optional().describe('What a mesh folder must be like, or no plan is made.'),
}).describe('What holds, and from when on.')

export const policyDocument = documentOfKind({ kinds: ['Policy'], apiVersions: [OWN_API_VERSION], spec })

type WrittenRule = z.output<typeof rule>

/** A spec as written → what it means. A spec that is none is a failure: whoever enforces it must then deny. */
export function parsePolicySpec(document: Json): Result<PolicySpec> {
  const parsed = spec.safeParse(document)
  if (!parsed.success) return fail(messages['bad-policy']({ reason: parsed.error.issues.slice(0, 3).map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ').slice(0, 300) }))
  const { status, rules = [], standards = [] } = parsed.data
  return ok({ status, rules: rules.map(ruleOf), standards: standards.map(standardOf) })
}

function ruleOf(written: WrittenRule): PolicyRule {
  return withoutUndefined({
    name: written.name,
    because: written.because,
    on: dataSelectorOf(written.on),
    to: subjectSelectorOf(written.to),
    except: written.except === undefined ? undefined : subjectSelectorOf(written.except),
    purposes: written.for,
    otherPurposes: written['not-for'],
    environments: written.environments,
    condition: written.when,
    effect: effectOf(written),
  }) as PolicyRule
}

const dataSelectorOf = (written: z.output<typeof dataSelector> | undefined): DataSelector => {
  const { 'data-sets': dataSets, ...rest } = written ?? {}
  return withoutUndefined({ ...rest, dataSets }) as DataSelector
}

function subjectSelectorOf(written: z.output<typeof subjectSelector> | undefined): SubjectSelector {
  const { 'own-team': ownTeam, attributes, ...rest } = written ?? {}
  const lists = attributes === undefined ? undefined : Object.fromEntries(Object.entries(attributes).map(([name, values]) => [name, Array.isArray(values) ? values : [values]]))
  return withoutUndefined({ ...rest, ownTeam, attributes: lists }) as SubjectSelector
}

function effectOf(written: WrittenRule): RuleEffect {
  if (written.mask !== undefined) return { kind: 'mask', mask: maskOf(written.mask) }
  if (written.rows !== undefined) return withoutUndefined({ kind: 'rows' as const, where: written.rows.where, consent: consentOf(written.rows.consent) }) as RuleEffect
  if (written.limits !== undefined) {
    const { rows: perStatement, 'rows-per-hour': rowsPerHour, 'statements-per-minute': statementsPerMinute, hours } = written.limits
    const between = hours === undefined ? undefined : { from: minutesOf(hours.from), to: minutesOf(hours.to), days: (hours.days ?? DAYS).map((day) => DAYS.indexOf(day)).toSorted() }
    return { kind: 'limits', limits: withoutUndefined({ rows: perStatement, rowsPerHour, statementsPerMinute, hours: between }) }
  }
  if (written.rego !== undefined) return { kind: 'rego', rego: withoutUndefined({ ...written.rego, bundle: written.rego.bundle?.replaceAll(/\s+/gu, '') }) as RegoSource }
  if (written.approval !== undefined) return { kind: 'approval', by: written.approval }
  return { kind: written.allow === true ? 'allow' : 'deny' }
}

function consentOf(written: z.output<typeof rows>['consent']): Consent | undefined {
  if (written === undefined) return undefined
  const [product = '', dataSet = ''] = written['data-set'].split('.')
  return withoutUndefined({ product, dataSet, column: written.column, matches: written.matches ?? written.column, where: written.where }) as Consent
}

function maskOf(written: z.output<typeof mask>): Mask {
  const { kind, value = '', to = 'year', nearest = 1, first = 0, last = 0, with: instead = '***', pattern = '', sql = '' } = written
  switch (kind) {
    case 'constant': return { kind, value }
    case 'truncate': return { kind, unit: to }
    case 'round': return { kind, nearest }
    case 'partial': return { kind, first, last, with: instead }
    case 'redact': return { kind, pattern, with: instead }
    case 'custom': return { kind, sql }
    case 'null': case 'hash': return { kind }
  }
}

function standardOf(written: z.output<typeof standard>): Standard {
  const { name, because, on, require, of = 'products', matching = '', classifications = [] } = written
  const common = withoutUndefined({ name, because, on: dataSelectorOf(on) }) as { readonly name: string; readonly because?: string; readonly on: DataSelector }
  if (require === 'mask') return { ...common, require, classifications }
  return require === 'names' ? { ...common, require, of, matching } : { ...common, require }
}

const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))

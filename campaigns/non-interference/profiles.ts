// Whom the campaign asks as: each profile is a set of grants and policies, and what is then visible of the tables.

import type { Json } from '@tulle/kernel'
import type { AppliedPolicy, Grant } from '@tulle/policy'
import type { Hiding } from './tables.ts'
import { CROWD, PARTS, PEOPLE as PERSONS } from './tables.ts'

export interface Profile extends Hiding {
  readonly name: string
  readonly grants: readonly Omit<Grant, 'id' | 'subjectKind' | 'subject' | 'purposes'>[]
  readonly rules: readonly Json[]
  /** How rows are hidden; by masks unless told. */
  readonly form?: 'mask' | 'slice'
  /** It is asked about many rows too, which the mask alone does not keep from counting. */
  readonly crowd?: boolean
  /** Hidden rows are hidden because they were deleted. */
  readonly deletes?: boolean
}

const PEOPLE = ['id', 'n', 'k', 'amount', 'score', 'name', 'code', 'region']
const DETAILS = ['id', 'n', 'born', 'at', 'ok', 'tags', 'nums', 'info', 'raw', 'uid']
const HIDDEN_BY_MASKS = ['m_null', 'm_const', 'm_hash', 'm_date', 'm_at', 'm_round', 'm_int', 'm_part', 'm_redact', 'm_sql']
const MASKED = ['id', 'n', ...HIDDEN_BY_MASKS]
const ORDER = ['oid', 'pid', 'qty', 'note']

type Given = Profile['grants'][number]
const given = (dataSet: string, columns: readonly string[], more: Partial<Given> = {}): Given => ({ productId: 'm', dataSet, columns, ...more })
const PLAIN: readonly Given[] = [given('people', PEOPLE), given('details', DETAILS), given('orders', ORDER)]
const ALL: readonly Given[] = [...PLAIN, given('masked', MASKED)]

const mask = (column: string, kind: Json): Json => ({ name: `hide_${column}`, on: { columns: [column] }, mask: kind })
const MASKS: readonly Json[] = [
  mask('m_null', { kind: 'null' }), mask('m_const', { kind: 'constant', value: 'hidden' }), mask('m_hash', { kind: 'hash' }), mask('m_date', { kind: 'truncate', to: 'year' }), mask('m_at', { kind: 'truncate', to: 'day' }),
  mask('m_round', { kind: 'round', nearest: 100 }), mask('m_int', { kind: 'round', nearest: 1000 }), mask('m_part', { kind: 'partial', first: 1, last: 1 }), mask('m_redact', { kind: 'redact', pattern: '[0-9]+' }),
  mask('m_sql', { kind: 'custom', sql: 'm_sql / 0 * 0 + 7' }),
]
const rows = (where: string): Json => ({ name: 'rows', rows: { where } })

const BY_MASKS: readonly Profile[] = [
  { name: 'columns', grants: PLAIN, rules: [], hidesRows: false, grantsMasked: false, masks: [] },
  { name: 'masks', grants: ALL, rules: MASKS, hidesRows: false, grantsMasked: true, masks: HIDDEN_BY_MASKS },
  { name: 'exception', grants: [...PLAIN, given('masked', MASKED, { unmasked: ['m_part', 'm_int'] })], rules: MASKS, hidesRows: false, grantsMasked: true, masks: HIDDEN_BY_MASKS.filter((name) => name !== 'm_part' && name !== 'm_int') },
  { name: 'constant', grants: ALL, rules: [...MASKS, rows("region = 'north'")], hidesRows: true, grantsMasked: true, masks: HIDDEN_BY_MASKS },
  { name: 'attribute', grants: ALL, rules: [...MASKS, rows('owner = {subject.login} and region in {subject.regions}')], hidesRows: true, grantsMasked: true, masks: HIDDEN_BY_MASKS },
  { name: 'throwing', grants: PLAIN, rules: [rows('cast(code as int) < 20')], hidesRows: true, grantsMasked: false, masks: [] },
  { name: 'consent', grants: ALL, rules: [...MASKS, { name: 'consent', rows: { consent: { 'data-set': 'c.consents', column: 'person', where: 'given' } } }], hidesRows: true, grantsMasked: true, masks: HIDDEN_BY_MASKS },
  { name: 'condition', grants: PLAIN.map((grant) => ({ ...grant, rowCondition: "region = 'north' and n < 60" })), rules: [], hidesRows: true, grantsMasked: false, masks: [] },
  { name: 'deletes', grants: ALL, rules: MASKS, deletes: true, hidesRows: true, grantsMasked: true, masks: HIDDEN_BY_MASKS },
  {
    name: 'cells',
    grants: [
      given('people', ['id', 'n', 'k', 'name', 'region'], { rowCondition: "region = 'north'" }), given('people', PEOPLE, { rowCondition: 'n < 30' }),
      given('details', ['id', 'n', 'at'], { rowCondition: "region = 'north'" }), given('details', DETAILS, { rowCondition: 'n < 30' }), given('orders', ORDER, { rowCondition: 'qty >= 0 and n < 100' }),
    ],
    rules: [], hidesRows: true, grantsMasked: false, masks: [],
    // A row with a greater n is there by the first grant alone, which gives fewer columns. (Which rows those are follows from `i`.)
    cellsOnly: (column, hidden, shown) => (['amount', 'score', 'code', 'born', 'ok', 'tags', 'nums', 'info', 'raw', 'uid'].includes(column) ? `CASE WHEN (i * 7) % 60 < 30 THEN ${shown} ELSE ${hidden} END` : undefined),
  },
]

/** Who is asked about many rows too. */
const MANY: ReadonlySet<string> = new Set(['constant', 'consent', 'cells'])

const partOf = (grant: Given, dataSet: string, names: ReadonlySet<string>): Given => ({
  ...grant, dataSet, columns: (grant.columns ?? []).filter((name) => names.has(name)), ...(grant.unmasked !== undefined && { unmasked: grant.unmasked.filter((name) => names.has(name)) }),
})

// Whoever may read a table may read as much of its parts.
const withParts = (profile: Profile): Profile => ({
  ...profile,
  grants: profile.grants.flatMap((grant) => [grant, ...[...PARTS, ...(profile.crowd === true ? [[CROWD, PERSONS] as const] : [])].filter(([, of]) => of.name === grant.dataSet).map(([part]) => partOf(grant, part.name, new Set(part.columns.map(({ name }) => name))))]),
})

/** Rows that somebody may not see are kept apart in slices, which nobody can count either. */
export const PROFILES: readonly Profile[] = BY_MASKS.map((profile): Profile => (profile.hidesRows ? { ...profile, form: 'slice', crowd: MANY.has(profile.name) } : profile)).map(withParts)

/** By the mask alone, as models read, and consumers where the operator keeps no slices: no value is told. */
export const ROWS_BY_MASK: readonly Profile[] = BY_MASKS.filter(({ name }) => MANY.has(name)).map((profile): Profile => ({ ...profile, name: `${profile.name}_mask` })).map(withParts)

/** The control: many rows behind the mask alone, which tells how many more there are. */
export const CROWD_BY_MASK: readonly Profile[] = BY_MASKS.filter(({ name }) => name === 'constant').map((profile): Profile => ({ ...profile, name: `${profile.name}_crowd`, crowd: true })).map(withParts)

export const policiesOf = ({ rules }: Profile): readonly AppliedPolicy[] => (rules.length === 0 ? [] : [{ name: 'house', spec: { status: 'enforced', rules: rules as Json } }])

import type { Json } from '@tulle/kernel'
import { describe, expect, it } from 'vitest'
import { compilePolicy } from './compile-policy.ts'
import type { AppliedPolicy, Decision, Grant, PolicyInput, Subject } from './types.ts'

const NOON = Date.UTC(2026, 5, 1, 12)
const passengers = { id: 'p1', name: 'passengers', domain: 'customer', team: 'customer_data' }
const consents = { id: 'p2', name: 'consents', domain: 'customer', team: 'customer_data' }
const people = {
  name: 'people',
  columns: [
    { name: 'id', type: 'string' }, { name: 'email', type: 'string', classification: 'personal' }, { name: 'born', type: 'date', classification: 'personal' },
    { name: 'paid', type: 'decimal(9, 2)' }, { name: 'miles', type: 'long' }, { name: 'tags', type: { type: 'list', element: 'string' } },
  ],
}
const resource = { product: passengers, dataSet: people }
const ana: Subject = { id: 'u1', name: 'ana', kind: 'user', role: 'consumer', teams: ['safety_lab'], attributes: { region: 'west', states: ['CA', "O'K"] } }
const grant: Grant = { id: 'g1', subjectKind: 'user', subject: 'u1', productId: 'p1', purposes: ['care', 'study'] }

const policy = (rules: Json, more: { status?: string; domain?: string; name?: string } = {}): AppliedPolicy => ({
  name: more.name ?? 'p', ...(more.domain !== undefined && { domain: more.domain }), spec: { status: more.status ?? 'enforced', rules },
})

interface Asked { readonly subject?: Subject; readonly purpose?: string | undefined; readonly now?: number; readonly environment?: string; readonly grants?: readonly Grant[]; readonly secret?: string | undefined }
function decide(policies: readonly AppliedPolicy[], { subject = ana, purpose = 'care', now = NOON, environment = 'prod', grants = [grant], secret = 's3cret' }: Asked = {}): Decision {
  const input: PolicyInput = { grants, products: [passengers, consents], policies, ...(secret !== '' && { secret }) }
  return compilePolicy(input).decide(subject, 'read', resource, purpose, { now, environment })
}
const email = (effect: Json): AppliedPolicy => policy([{ name: 'r', on: { columns: ['email'] }, ...(effect as object) }])
const maskOf = (decision: Decision, column: string): string | undefined => (decision.effect === 'allow' ? decision.masks[column] : 'denied')
const columnsOf = (decision: Decision): string => (decision.effect === 'allow' ? decision.columns.join(' ') : `deny: ${decision.reasons.map(({ text }) => text).join(' ')}`)

describe('a mask', () => {
  it.each<[string, Json, string]>([
    ['email', { kind: 'null' }, 'NULL'],
    ['email', { kind: 'constant', value: "it's" }, `'it''s'`],
    ['paid', { kind: 'constant', value: 0 }, '0'],
    ['born', { kind: 'truncate', to: 'year' }, `date_trunc('year', TRY("born"))`],
    ['paid', { kind: 'round', nearest: 10 }, `TRY_CAST(round("paid" / 10) * 10 AS DECIMAL(9, 2))`],
    ['email', { kind: 'partial', first: 1, last: 2 }, `CASE WHEN length("email") > 3 THEN left("email", 1) || '***' || right("email", 2) WHEN "email" IS NOT NULL THEN '***' END`],
    ['email', { kind: 'redact', pattern: '[0-9]', with: 'n' }, `regexp_replace("email", '[0-9]', 'n', 'g')`],
    ['email', { kind: 'custom', sql: `left(id, 1) || {subject.region}` }, `TRY(CAST((left("id", 1) || 'west') AS VARCHAR))`],
    // What does not fit is null.
    ['email', { kind: 'truncate', to: 'year' }, 'NULL'],
    ['email', { kind: 'round', nearest: 10 }, 'NULL'],
    ['paid', { kind: 'hash' }, 'NULL'],
    ['paid', { kind: 'constant', value: 'x' }, 'NULL'],
    ['born', { kind: 'constant', value: '2000-13-45' }, 'NULL'],
    ['tags', { kind: 'custom', sql: 'tags' }, 'NULL'],
    ['email', { kind: 'redact', pattern: '(' }, 'NULL'],
    ['email', { kind: 'custom', sql: 'nowhere' }, 'NULL'],
    ['email', { kind: 'custom', sql: '{subject.clearance}' }, 'NULL'],
    ['email', { kind: 'custom', sql: '(select 1)' }, 'NULL'],
  ])('of %s: %j is %s', (column, mask, sql) => {
    expect(maskOf(decide([policy([{ name: 'r', on: { columns: [column] }, mask }])]), column)).toBe(sql)
  })

  it('hashes with keys of the purpose, and never shows the secret', () => {
    const hash = email({ mask: { kind: 'hash' } })
    const [care, study, other] = [decide([hash]), decide([hash], { purpose: 'study' }), decide([hash], { secret: 'another' })]
    expect(maskOf(care, 'email')).toMatch(/^sha256\('[0-9a-f]{64}' \|\| sha256\('[0-9a-f]{64}' \|\| CAST\("email" AS VARCHAR\)\)\)$/u)
    expect(new Set([care, study, other].map((decision) => maskOf(decision, 'email'))).size).toBe(3)
    expect(maskOf(decide([hash]), 'email')).toBe(maskOf(care, 'email'))
    expect(JSON.stringify(care)).not.toContain('s3cret')
    expect(maskOf(decide([hash], { secret: '' }), 'email'), 'without a secret').toBe('NULL')
  })

  it('is the strictest of several, in whatever order', () => {
    const rules = [
      { name: 'a', on: { columns: ['email'] }, mask: { kind: 'redact', pattern: '@' } }, { name: 'b', on: { classifications: ['personal'] }, mask: { kind: 'hash' } },
      { name: 'c', on: { columns: ['email'] }, mask: { kind: 'partial', first: 3 } }, { name: 'd', on: { columns: ['email'] }, mask: { kind: 'partial', first: 1 } },
    ]
    expect(maskOf(decide([policy(rules)]), 'email')).toContain('sha256')
    expect(maskOf(decide([policy(rules.toReversed())]), 'email')).toContain('sha256')
    expect(maskOf(decide([policy(rules.filter(({ name }) => name !== 'b'))]), 'email')).toContain('left("email", 1)')
  })
})

describe('a rule', () => {
  const hides = (selectors: Json, asked?: Asked): boolean => {
    const decision = decide([policy([{ name: 'r', on: { columns: ['email'] }, deny: true, ...(selectors as object) }])], asked)
    return decision.effect === 'allow' && !decision.columns.includes('email')
  }
  const own: Subject = { ...ana, teams: ['customer_data'] }
  it.each<[string, Json, Asked, boolean]>([
    ['everybody', {}, {}, true],
    ['a user', { to: { users: ['ana'] } }, {}, true],
    ['another user', { to: { users: ['bo'] } }, {}, false],
    ['a team', { to: { teams: ['safety_lab', 'x'] } }, {}, true],
    ['a domain', { to: { domains: ['safety'] } }, {}, false],
    ['a domain of the subject', { to: { domains: ['safety'] } }, { subject: { ...ana, domains: ['safety'] } }, true],
    ['a role', { to: { roles: ['consumer'] } }, {}, true],
    ['services', { to: { kinds: ['service'] } }, {}, false],
    ['an attribute', { to: { attributes: { region: ['west', 'east'] } } }, {}, true],
    ['an attribute with several values', { to: { attributes: { states: 'CA' } } }, {}, true],
    ['an attribute of another value', { to: { attributes: { region: 'east' } } }, {}, false],
    ['an attribute that is not there', { to: { attributes: { constructor: 'x' } } }, {}, false],
    ['two things at once', { to: { users: ['ana'], roles: ['owner'] } }, {}, false],
    ['the own team', { to: { 'own-team': true } }, { subject: own }, true],
    ['everybody but the own team', { to: { 'own-team': false } }, { subject: own }, false],
    ['whom it leaves out', { except: { users: ['ana'] } }, {}, false],
    ['a purpose', { for: ['care'] }, {}, true],
    ['another purpose', { for: ['study'] }, {}, false],
    ['a purpose that it leaves out', { 'not-for': ['care'] }, {}, false],
    ['an environment', { environments: ['prod'] }, {}, true],
    ['another environment', { environments: ['dev'] }, {}, false],
    ['a condition that holds', { when: 'subject.attributes.region == "west"' }, {}, true],
    ['a condition that does not hold', { when: 'subject.attributes.region == "east"' }, {}, false],
    ['a condition without an answer', { when: 'subject.attributes.clearance > 3' }, {}, true],
    ['a condition that cannot be read', { when: 'subject.(' }, {}, true],
    ['its own team too, where nothing says otherwise', {}, { subject: own }, true],
  ])('concerns %s', (_what, selectors, asked, expected) => expect(hides(selectors, asked)).toBe(expected))

  it('that allows does not, where its condition gives no answer', () => {
    const allowing = (when: string): string => columnsOf(decide([policy([{ name: 'r', on: { columns: ['id'] }, when, allow: true }])], { grants: [] }))
    expect(allowing('true')).toBe('id')
    expect(allowing('subject.attributes.clearance > 3')).toMatch(/^deny/u)
    expect(allowing('subject.(')).toMatch(/^deny/u)
  })

  it('of a domain concerns the products of that domain alone', () => {
    const deny = [{ name: 'r', deny: true }]
    expect(columnsOf(decide([policy(deny, { domain: 'customer' })]))).toMatch(/^deny/u)
    expect(columnsOf(decide([policy(deny, { domain: 'operations' })]))).not.toMatch(/^deny/u)
  })

  it('in draft or retired does nothing', () => {
    for (const status of ['draft', 'retired']) expect(decide([policy([{ name: 'r', deny: true }], { status })])).toEqual(decide([]))
  })

  it('in grace says what it would have done', () => {
    const before = decide([])
    const decision = decide([policy([{ name: 'hide', on: { classifications: ['personal'] }, mask: { kind: 'hash' } }, { name: 'stop', deny: true }], { status: 'grace' })])
    const said = ['In grace, the policy p.hide would have had an effect: masks email, born (hash).', 'In grace, the policy p.stop would have had an effect: denies reading.']
    expect(decision).toEqual({ ...before, obligations: said, reasons: [...before.reasons, { rule: 'grace p.hide', text: said[0] }, { rule: 'grace p.stop', text: said[1] }] })
  })
})

describe('a denial', () => {
  it('wins over the own team, grants and rules that allow', () => {
    const rules = [{ name: 'a', allow: true }, { name: 'z', deny: true, because: 'Frozen by the steward.' }]
    expect(columnsOf(decide([policy(rules)], { subject: { ...ana, teams: ['customer_data'] } }))).toBe('deny: The policy p.z denies it. Frozen by the steward.')
  })

  it('is the answer where a policy cannot be read', () => {
    expect(columnsOf(decide([{ name: 'torn', spec: { status: 'enforced', rules: 'none' } }]))).toBe('deny: The policy torn cannot be read, so nothing that it may concern is given. Apply it anew.')
    expect(columnsOf(decide([{ name: 'torn', domain: 'operations', spec: null }])), 'of another domain').not.toMatch(/^deny/u)
  })

  it('is the answer outside of the hours, and ends with them', () => {
    const hours = policy([{ name: 'r', limits: { hours: { from: '08:00', to: '12:30', days: ['monday'] } } }])
    const compiled = compilePolicy({ grants: [grant], products: [passengers], policies: [hours] })
    const at = (time: number): string => compiled.decide(ana, 'read', resource, 'care', { now: time, environment: 'prod' }).effect
    const MINUTE = 60_000
    expect([at(NOON), at(NOON + 29 * MINUTE), at(NOON + 30 * MINUTE), at(NOON + 24 * 60 * MINUTE), at(NOON - 4 * 60 * MINUTE), at(NOON - 4 * 60 * MINUTE - 1)]).toEqual(['allow', 'allow', 'deny', 'deny', 'allow', 'deny'])
  })
})

describe('a rule about rows', () => {
  const rows = (rule: Json): AppliedPolicy => policy([{ name: 'r', rows: rule }])
  const filterOf = (decision: Decision): unknown => (decision.effect === 'allow' ? decision.rowFilter : decision.reasons.map(({ text }) => text))

  it('is a condition with the values of the question in it', () => {
    expect(filterOf(decide([rows({ where: 'email in {subject.states} and {purpose} = {subject.name}' })]))).toEqual({ condition: `("email" in ('CA', 'O''K') and 'care' = 'ana')`, reads: [] })
  })

  it('denies where it asks for an attribute that the subject lacks', () => {
    expect(filterOf(decide([rows({ where: 'email = {subject.clearance}' })]))).toEqual(['The policy p.r cannot tell which rows are there without subject.clearance, so none is.'])
  })

  it('denies where it cannot be read, or asks for a column that is gone', () => {
    expect(decide([rows({ where: 'true) or (true' })]).effect).toBe('deny')
    expect(decide([rows({ where: 'gone = 1' })]).effect).toBe('deny')
  })

  it('reads a consent data set under a name of its own', () => {
    const consent = { 'data-set': 'consents.consents', column: 'id', matches: 'person', where: "given and purpose = {purpose}" }
    expect(filterOf(decide([rows({ where: 'miles > 0', consent })]))).toEqual({
      condition: `("miles" > 0) AND ("id" IN (SELECT "consent_p_r"."person" FROM "consent_p_r" WHERE ("consent_p_r"."given" and "consent_p_r"."purpose" = 'care')))`,
      reads: [{ productId: 'p2', dataSet: 'consents', columns: ['person', 'given', 'purpose'], as: 'consent_p_r' }],
    })
    expect(decide([rows({ consent: { ...consent, 'data-set': 'gone.consents' } })]).effect, 'without the consent data set').toBe('deny')
  })
})

describe('limits', () => {
  it('are the least of each kind', () => {
    const decision = decide([policy([{ name: 'a', limits: { rows: 100, 'rows-per-hour': 5 } }, { name: 'b', limits: { rows: 10, 'statements-per-minute': 3 } }])])
    expect(decision.effect === 'allow' && decision.limits).toEqual({ rows: 10, rowsPerHour: 5, statementsPerMinute: 3 })
  })
})

describe('approval', () => {
  it('is an obligation of whoever gives access', () => {
    const decision = decide([policy([{ name: 'a', on: { products: ['passengers'] }, approval: 'two-persons' }, { name: 'b', for: ['care'], approval: 'automatic' }, { name: 'c', for: ['study'], approval: 'owner' }])])
    expect(decision.effect === 'allow' && decision.obligations).toEqual(['automatic-approval', 'two-persons'])
  })
})

describe('several grants at once', () => {
  const some = (id: string, more: Partial<Grant>): Grant => ({ ...grant, id, ...more })
  const given = (grants: readonly Grant[], policies: readonly AppliedPolicy[] = []): unknown => {
    const decision = decide(policies, { grants })
    return decision.effect === 'allow' ? { columns: decision.columns.join(' '), masks: { ...decision.masks }, rows: decision.rowFilter?.condition } : decision.reasons.map(({ rule }) => rule)
  }
  const west = { columns: ['id', 'email'], rowCondition: "miles > 0" }
  const east = { columns: ['id', 'born'], rowCondition: "miles < 0" }

  it('show each cell by a grant that has its row', () => {
    expect(given([some('a', west)])).toEqual({ columns: 'id email', masks: {}, rows: '("miles" > 0)' })
    expect(given([some('a', west), some('b', east)])).toEqual({
      columns: 'id email born',
      masks: { email: 'CASE WHEN ("miles" > 0) THEN "email" END', born: 'CASE WHEN ("miles" < 0) THEN "born" END' },
      rows: '(("miles" < 0) OR ("miles" > 0))',
    })
    expect(given([some('b', east), some('a', west)])).toEqual(given([some('a', west), some('b', east)]))
  })

  it('show all rows where one has no condition', () => {
    expect(given([some('a', west), some('b', { columns: ['id'] })])).toEqual({ columns: 'id email', masks: { email: 'CASE WHEN ("miles" > 0) THEN "email" END' }, rows: undefined })
  })

  it('lift a mask only by an exception, only where it has the row', () => {
    const hash = email({ mask: { kind: 'null' } })
    expect(given([some('a', {})], [hash])).toMatchObject({ masks: { email: 'NULL' } })
    expect(given([some('a', { unmasked: ['email'] })], [hash])).toMatchObject({ masks: {} })
    expect(given([some('a', {}), some('b', { unmasked: ['email'], rowCondition: 'miles > 0' })], [hash])).toMatchObject({ masks: { email: 'CASE WHEN ("miles" > 0) THEN "email" ELSE NULL END' }, rows: undefined })
    expect(given([some('a', west), some('b', { ...east, unmasked: ['email'] })], [hash]), 'an exception for a column that is not granted').toMatchObject({ masks: { email: 'CASE WHEN ("miles" > 0) THEN NULL END' } })
  })

  it('give nothing by a condition that cannot be read', () => {
    expect(given([some('a', { rowCondition: 'true) or (true' })])).toEqual(['no-grant', 'grant-broken'])
    expect(given([some('a', { rowCondition: 'gone = 1' })])).toEqual(['no-grant', 'grant-broken'])
    expect(given([some('a', { rowCondition: 'email = {subject.region}' })])).toEqual(['no-grant', 'grant-broken'])
    expect(given([some('a', { rowCondition: 'true) or (true' }), some('b', east)])).toEqual({ columns: 'id born', masks: {}, rows: '("miles" < 0)' })
  })
})

describe('open purposes', () => {
  const open = (rules: readonly Json[], subject = ana): readonly string[] =>
    compilePolicy({ grants: [grant], products: [passengers], policies: [policy(rules as Json)] }).openPurposes(subject, 'p1', { now: NOON, environment: 'prod' })
  it('are those of grants and of rules that allow, without those that are denied', () => {
    expect(open([])).toEqual(['care', 'study'])
    expect(open([{ name: 'a', for: ['sales', 'care'], allow: true }])).toEqual(['care', 'sales', 'study'])
    expect(open([{ name: 'a', for: ['study'], deny: true }])).toEqual(['care'])
    expect(open([{ name: 'a', for: ['study'], on: { columns: ['email'] }, deny: true }]), 'of a column alone').toEqual(['care', 'study'])
    expect(open([{ name: 'a', limits: { hours: { from: '13:00', to: '14:00' } } }])).toEqual([])
    expect(open([], { ...ana, id: 'u2' })).toEqual([])
  })
})

describe('an explanation', () => {
  it('goes through the rules that concern the product', () => {
    const compiled = compilePolicy({
      grants: [grant], products: [passengers],
      policies: [policy([{ name: 'b', on: { columns: ['email'] }, mask: { kind: 'hash' } }, { name: 'a', for: ['study'], deny: true }, { name: 'c', on: { products: ['flights'] }, deny: true }]), policy([{ name: 'x', deny: true }], { status: 'grace', name: 'q' })],
    })
    expect(compiled.explain(ana, resource, 'care', { now: NOON, environment: 'prod' })).toEqual([
      { policy: 'p', rule: 'a', status: 'enforced', effect: 'deny', fits: false, why: 'the purpose is care' },
      { policy: 'p', rule: 'b', status: 'enforced', effect: 'mask (hash)', fits: true, why: 'masks email (hash)' },
      { policy: 'q', rule: 'x', status: 'grace', effect: 'deny', fits: true, why: 'denies reading' },
    ])
  })
})

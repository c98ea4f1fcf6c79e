import { describe, expect, it } from 'vitest'
import type { Json, Place } from '@tulle/kernel'
import type { ContractColumn, QualityRule } from '@tulle/model'
import { compileChecks } from './compile-checks.ts'

const place: Place = { file: 'contracts/orders.odcs.yaml', line: 7, column: 3 }
const column = (name: string, more: Partial<ContractColumn> = {}): ContractColumn => ({ name, type: 'long', required: false, unique: false, quality: [], place, ...more })
const rule = (written: Readonly<Record<string, Json>>): QualityRule => ({ ...(typeof written['metric'] === 'string' && { metric: written['metric'] }), rule: written, place })
const compile = (columns: readonly ContractColumn[], quality: readonly QualityRule[] = []) => compileChecks({ columns, quality, place }, { schema: 'shop', name: 'orders' })
const messagesOf = (result: ReturnType<typeof compile>): readonly string[] => result.diagnostics.map((d) => `${d.severity} ${d.code} ${d.message}`)

describe('a contract compiled into checks', () => {
  it('promises types, required columns, unique columns and the primary key', () => {
    const plan = compile([column('id', { primaryKey: 1, required: true }), column('line', { primaryKey: 2 }), column('email', { type: 'string', unique: true })])
    expect(plan.ok && plan.value.checks.map((check) => check.name)).toEqual([
      'type(id)', 'required(id)', 'type(line)', 'required(line)', 'type(email)', 'unique(email)', 'primary-key(id, line)',
    ])
  })

  it('is measured by one scan of the rows and one of each key that must be unique', () => {
    const plan = compile([column('id', { primaryKey: 1, required: true }), column('email', { unique: true })], [rule({ metric: 'rowCount', mustBeGreaterThan: 0 })])
    expect(plan.ok && plan.value.scans.map((scan) => scan.sql)).toEqual([
      'SELECT count(*) AS m0, count(*) FILTER (WHERE "id" IS NULL) AS m1 FROM "shop"."orders"',
      'SELECT coalesce(sum(n - 1), 0) AS m0 FROM (SELECT count(*) AS n FROM "shop"."orders" WHERE "email" IS NOT NULL GROUP BY "email" HAVING count(*) > 1)',
      'SELECT coalesce(sum(n - 1), 0) AS m0 FROM (SELECT count(*) AS n FROM "shop"."orders" WHERE "id" IS NOT NULL GROUP BY "id" HAVING count(*) > 1)',
    ])
  })

  it('a hostile column name stays a name, and a hostile value a value', () => {
    const hostile = column('x" FROM y; --', { quality: [rule({ metric: 'invalidValues', mustBe: 0, arguments: { validValues: ["a'); DROP TABLE t; --"] } })] })
    const plan = compile([hostile])
    expect(plan.ok && plan.value.scans[0]?.sql).toBe(
      `SELECT count(*) AS m0, count(*) FILTER (WHERE CAST("x"" FROM y; --" AS VARCHAR) NOT IN ('a''); DROP TABLE t; --')) AS m1 FROM "shop"."orders"`,
    )
  })

  it.each<[string, Readonly<Record<string, Json>>, string]>([
    ['a misspelt metric', { metric: 'rowCuont', mustBe: 1 }, 'error check-unknown-metric "rowCuont" is not a quality metric. Did you mean "rowCount"?'],
    ['a misspelt bound', { metric: 'rowCount', mustBeGreatrThan: 1 }, 'error check-malformed The quality rule "rowCount" cannot be read: it has no "mustBeGreatrThan". Did you mean "mustBeGreaterThan"?'],
    ['no bound', { metric: 'rowCount' }, 'error check-malformed The quality rule "rowCount" cannot be read: it says no bound (mustBe, mustNotBe, mustBeGreaterThan …).'],
    ['two bounds', { metric: 'rowCount', mustBe: 1, mustBeLessThan: 3 }, 'error check-malformed The quality rule "rowCount" cannot be read: it says mustBe and mustBeLessThan; one is allowed.'],
    ['a bound that is no number', { metric: 'rowCount', mustBe: 'many' }, 'error check-malformed The quality rule "rowCount" cannot be read: mustBe needs a number.'],
    ['a range upside down', { metric: 'rowCount', mustBeBetween: [5, 1] }, 'error check-malformed The quality rule "rowCount" cannot be read: mustBeBetween needs two numbers, the smaller one first.'],
    ['a column rule on the data set', { metric: 'nullValues', mustBe: 0 }, 'error check-malformed The quality rule "nullValues" cannot be read: it belongs to a column, not to the whole data set.'],
    ['an unknown key column', { metric: 'duplicateValues', mustBe: 0, arguments: { properties: ['idd'] } }, 'error check-malformed The quality rule "duplicateValues" cannot be read: there is no column "idd". Did you mean "id"?'],
    ['a misspelt action', { metric: 'rowCount', mustBe: 1, customProperties: [{ property: 'onFailure', value: 'quarantin' }] }, 'error check-malformed The quality rule "rowCount" cannot be read: its onFailure "quarantin" is none of block, quarantine, warn. Did you mean "quarantine"?'],
    ['an odd unit', { metric: 'rowCount', mustBe: 1, unit: 'furlongs' }, 'error check-malformed The quality rule "rowCount" cannot be read: its unit "furlongs" is neither rows nor percent.'],
  ])('%s is an error with its place', (_case, written, message) => {
    const result = compile([column('id')], [rule(written)])
    expect(result.ok).toBe(false)
    expect(messagesOf(result)).toEqual([message])
    expect(result.diagnostics[0]?.place).toEqual(place)
  })

  it.each<[Readonly<Record<string, Json>>, string]>([
    [{ type: 'custom', name: 'monte', engine: 'montecarlo', implementation: 'x' }, 'The quality rule "monte" is kept but not run: a rule for "montecarlo" is run by it alone. It counts as no pass.'],
    [{ type: 'text', description: 'should look right' }, 'The quality rule "text" is kept but not run: it is a text for people. It counts as no pass.'],
  ])('%j is kept as a check that did not run, with a warning', (written, message) => {
    const result = compile([column('id')], [rule(written)])
    expect(result.ok && result.value.checks.at(-1)?.measure.kind).toBe('unmeasured')
    expect(result.diagnostics).toMatchObject([{ severity: 'warning', code: 'check-not-run', message, place }])
  })

  it('SQL of its author is in no scan before it has passed the gate', () => {
    const plan = compile([column('id')], [rule({ type: 'sql', query: 'select count(*) from ${object} where ${property} < 0', mustBe: 0 }), rule({ type: 'sql', query: 'DROP TABLE ${object}', mustBe: 0 })])
    expect(plan.ok).toBe(false)
    const good = compile([column('id', { quality: [rule({ type: 'sql', query: 'DROP TABLE ${object}', mustBe: 0 })] })])
    expect(good.ok && good.value.checks.at(-1)?.measure).toEqual({ kind: 'query', sql: 'DROP TABLE "shop"."orders"', answers: 'number' })
    expect(good.ok && good.value.scans.map((scan) => scan.sql).join(' ')).not.toContain('DROP')
  })

  it('two rules of one name are told apart', () => {
    const plan = compile([column('id', { quality: [rule({ metric: 'nullValues', mustBe: 0 }), rule({ metric: 'nullValues', mustBeLessThan: 5, unit: 'percent' })] })])
    expect(plan.ok && plan.value.checks.map(({ name }) => name)).toEqual(['type(id)', 'nullValues(id)', 'nullValues(id) #2'])
  })

  it.each<[string, Readonly<Record<string, Json>>, string]>([
    ['blocks', {}, 'block'],
    ['warns where its severity is mild', { severity: 'warning' }, 'warn'],
    ['blocks where its severity is a word that nobody knows', { severity: 'purple' }, 'block'],
    ['does what its onFailure says', { severity: 'warning', customProperties: [{ property: 'onFailure', value: 'quarantine' }] }, 'quarantine'],
  ])('a rule %s', (_case, more, action) => {
    const plan = compile([column('id', { quality: [rule({ metric: 'nullValues', mustBe: 0, ...more })] })])
    expect(plan.ok && plan.value.checks.at(-1)?.action).toBe(action)
  })
})

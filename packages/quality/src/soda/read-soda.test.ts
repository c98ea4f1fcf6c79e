import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, Place } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import { compileChecks } from '../compile-checks.ts'
import { gateQueries } from '../gate-queries.ts'
import { runChecks } from '../run-checks.ts'
import { engineRig, valueOf } from '../testing/engine-rig.ts'
import type { EngineRig } from '../testing/engine-rig.ts'
import type { HistoryPoint } from '../types.ts'

const place: Place = { file: 'checks/orders.yaml', line: 3, column: 5 }
const relation = { schema: 'shop', name: 'orders' }
const people = { schema: 'shop', name: 'people' }
const NOW = Date.UTC(2026, 0, 10)
const TYPES = { id: 'long', mail: 'string', price: 'double', paid: 'timestamp', person: 'long' }

let rig: EngineRig
beforeAll(async () => {
  rig = await engineRig()
  const cells = (type: string, ...values: readonly Json[]): { type: string; values: readonly Json[] } => ({ type, values })
  await rig.define(
    await rig.table('shop', 'orders', {
      id: cells('long', 1, 2, 2, null, 5), mail: cells('string', 'a@b.example', 'nobody', 'N/A', null, 'c@d.example'), price: cells('double', 1, 2, 3, 4, 10),
      paid: cells('timestamp', '2026-01-01 00:00:00', '2026-01-09 00:00:00', null, null, null), person: cells('long', 1, 2, 9, null, 1),
    }),
    await rig.table('shop', 'people', { key: { type: 'long', values: [1, 2, null] } }),
  )
})
afterAll(() => rig[Symbol.asyncDispose]())

const columns = Object.entries(TYPES).map(([name, type]) => ({ name, type, required: false, unique: false, quality: [], place }))
const compile = (yaml: string) => {
  const written = valueOf(parseYaml(yaml, 'c.yaml')).value
  return compileChecks({ columns, quality: [{ rule: { type: 'custom', engine: 'soda', implementation: written }, place }], place }, relation, { other: (name) => (name === 'people' || name === 'shop.people' ? people : undefined) })
}
async function verdictsOf(yaml: string, history?: ReadonlyMap<string, readonly HistoryPoint[]>): Promise<readonly string[]> {
  const gated = valueOf(await gateQueries(valueOf(compile(yaml)), { relation, others: [people], columns: Object.keys(TYPES), parse: (sql) => rig.process.parse(sql) }))
  const verdicts = valueOf(await runChecks(rig.process, { plan: gated, relation, dataSet: 'shop.orders', now: NOW, ...(history !== undefined && { history }) }))
  return verdicts.slice(columns.length).map((one) => `${one.check} ${one.status}${one.action === 'block' ? '' : ` (${one.action})`}: ${one.sentence}`)
}

describe('a check of SodaCL', () => {
  it.each<[string, string]>([
    ['row_count > 0', 'row_count pass: it has 5 rows. Allowed: > 0.'],
    ['row_count between 6 and 10', 'row_count fail: it has 5 rows. Allowed: between 6 and 10.'],
    ['row_count not between (5 and 10]', 'row_count pass: it has 5 rows. Allowed: not between (5, 10].'],
    ['{row_count: {warn: when < 6, fail: when = 0}}', 'row_count warn: it has 5 rows. Allowed: ≥ 6.'],
    ['{row_count: {warn: when < 6}}', 'row_count fail (warn): it has 5 rows. Allowed: ≥ 6.'],
    ['{row_count = 2: {filter: price > 3, name: dear ones}}', 'dear ones pass: it has 2 rows that the filter lets through. Allowed: = 2.'],
    ['missing_count(mail) = 1', 'missing_count(mail) pass: "mail" is null in 1 of 5 rows. Allowed: = 1.'],
    ['{missing_percent(mail) < 30 %: {missing values: [N/A]}}', 'missing_percent(mail) fail: "mail" is missing in 2 (40 %) of 5 rows. Allowed: < 30 %.'],
    ['{invalid_count(mail) = 0: {valid format: email, missing values: [N/A]}}', 'invalid_count(mail) fail: "mail" does not match its format "email" in 1 of 5 rows.'],
    ['{invalid_count(mail) = 0: {valid max length: 8, invalid values: [nobody], missing values: [N/A]}}', 'invalid_count(mail) fail: "mail" holds one of the 1 invalid values, or the length of "mail" is not ≤ 8 in 3 of 5 rows.'],
    ['{invalid_percent(price) < 25%: {valid min: 1, valid max: 9}}', 'invalid_percent(price) pass: "price" is not ≥ 1 and ≤ 9 in 1 (20 %) of 5 rows. Allowed: < 25 %.'],
    ['duplicate_count(id) = 0', 'duplicate_count(id) fail: 1 value of "id" is there more than once.'],
    ['duplicate_count(id, mail) = 0', 'duplicate_count(id, mail) pass: 0 values of "id", "mail" are there more than once.'],
    ['avg(price) between 3 and 5', 'avg(price) pass: the mean of "price" is 4. Allowed: between 3 and 5.'],
    ['max_length(mail) <= 11', 'max_length(mail) pass: the greatest length of "mail" is 11. Allowed: ≤ 11.'],
    ['percentile(price, 0.5) = 3', 'percentile(price, 0.5) pass: the 50 % quantile of "price" is 3. Allowed: = 3.'],
    ['freshness(paid) < 1d12h', 'freshness(paid) pass: the newest "paid" is 24 hours old. Allowed: < 36 hours.'],
    ['{freshness(paid): {fail: when > 12h}}', 'freshness(paid) fail: the newest "paid" is 24 hours old. Allowed: ≤ 12 hours.'],
    ['values in (person) must exist in people (key)', 'reference(person) fail: "person" is not in shop.people in 1 of 5 rows.'],
    ['values in (person) must not exist in shop.people (key)', 'reference(person) fail: "person" is in shop.people in 3 of 5 rows.'],
    ['row_count same as people', 'row_count same as people fail: it has 2 rows more than shop.people.'],
    ['{failed rows: {name: cheap, fail condition: price < 2}}', 'cheap fail: the fail condition holds in 1 of 5 rows.'],
    ['{failed rows: {fail query: "select * from orders join shop.people on person = key where price > 1", warn: when > 5}}', 'failed rows pass (warn): the query finds 2 rows. Allowed: ≤ 5.'],
    ['{spread > 3: {spread expression: max(price) - min(price)}}', 'spread pass: the query answers 9. Allowed: > 3.'],
    ['{spread = 5: {spread query: select count(*) from orders}}', 'spread pass: the query answers 5. Allowed: = 5.'],
    ['{schema: {fail: {when required column missing: [id, maill], when forbidden column present: [secret_%]}}}', 'schema fail: there is no column "maill".'],
    ['{schema: {warn: {when wrong column type: {price: varchar}}}}', 'schema fail (warn): "price" is DOUBLE, not varchar.'],
    ['{distribution_difference(price) < 0.2: {method: psi, bins: [0, 5, 20], weights: [0.8, 0.2]}}', 'distribution_difference(price) pass: the population stability index of "price" is 0. Allowed: < 0.2.'],
    ['{distribution_difference(price) > 0.05: {method: chi_square, bins: [0, 5, 20], weights: [0.01, 0.99]}}', 'distribution_difference(price) fail: the p-value of the chi-square test of "price" is 1.607e-70. Allowed: > 0.05.'],
    ['{type: duplicate_percent, columns: [id], must_be_less_than: 10}', 'duplicate_percent(id) fail: 1 (20 %) value of "id" is there more than once. Allowed: < 10 %.'],
  ])('%s', async (yaml, verdict) => {
    expect((await verdictsOf(yaml))[0]).toBe(verdict)
  })

  it('is held against what was measured before', async () => {
    const days = (value: (i: number) => number): readonly HistoryPoint[] => Array.from({ length: 20 }, (_, i) => ({ at: NOW - (20 - i) * 86_400_000, value: value(i) }))
    const history = new Map([['anomaly(row_count)', days((i) => 100 + (i % 3))], ['change(row_count)', days(() => 4)]])
    const [anomaly, change] = await verdictsOf('[anomaly detection for row_count, change avg last 7 percent for row_count < 20]', history)
    expect(anomaly).toMatch(/^anomaly\(row_count\) fail: it has 5 rows\. Usual: between \d/u)
    expect(change).toBe('change(row_count) fail: it has 5 rows. That is 25 % from the average of the last 7. Allowed: < 20.')
    expect((await verdictsOf('anomaly detection for row_count'))[0]).toMatch(/ not-run: /u)
  })

  it.each<[string, string]>([
    ['rowcount > 0', '"rowcount" is no metric. Did you mean "row_count"?'],
    ['row_count >> 0', '">> 0" is no threshold (> 5, between 1 and 10, < 5 %)'],
    ['row_count', 'it says no threshold (> 5, between 1 and 10, or warn: when …, fail: when … below it)'],
    ['missing_count(mails) = 0', 'there is no column "mails". Did you mean "mail"?'],
    ['{missing_count(mail) = 0: {missing valus: [x]}}', 'it has no "missing valus". Did you mean "missing values"?'],
    ['invalid_count(mail) = 0', 'it does not say what is valid (valid values, valid format, valid regex, valid min …)'],
    ['{invalid_count(mail) = 0: {valid format: e-mail}}', 'its valid format "e-mail" is not known'],
    ['avg(mail) > 0', '"mail" is string; avg is of numbers'],
    ['values in (person) must exist in persons (key)', 'the product has and reads no data set "persons"'],
    ['{schema: {fail: {when required columns missing: [id]}}}', 'it has no "when required columns missing". Did you mean "when required column missing"?'],
    ['{distribution_difference(price) > 0.05: {method: psi, distribution reference file: ./x.yml}}', 'a check opens no file; write its weights and bins below method'],
    ['{failed rows: {name: none}}', 'it needs a fail condition or a fail query, one of them'],
    ['{type: duplicate_percent, columns: [id], must_be_less_then: 10}', 'it has no "must_be_less_then". Did you mean "must_be_less_than"?'],
  ])('%s is an error with its place', (yaml, why) => {
    const { ok, diagnostics } = compile(yaml)
    expect(ok).toBe(false)
    expect(diagnostics).toMatchObject([{ code: 'check-malformed', severity: 'error', place }])
    expect(diagnostics[0]?.message).toContain(why)
  })

  it.each([
    ['{failed rows: {fail query: "select * from read_csv(\'/etc/passwd\')"}}'],
    ['{failed rows: {fail condition: "price > (select max(key) from shop.people)"}}'],
    ['{row_count > 0: {filter: "1 = 1) or (pg_sleep(1) is null"}}'],
  ])('%s is refused by the gate', async (yaml) => {
    const gated = await gateQueries(valueOf(compile(yaml)), { relation, others: [people], columns: Object.keys(TYPES), parse: (sql) => rig.process.parse(sql) })
    expect(gated).toMatchObject({ ok: false, diagnostics: [{ code: 'check-sql-refused', place }] })
  })
})

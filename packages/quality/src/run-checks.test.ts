import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Json, Place } from '@tulle/kernel'
import type { Engine, EngineProcess } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import type { ContractColumn, QualityRule } from '@tulle/model'
import { compileChecks } from './compile-checks.ts'
import { gateQueries } from './gate-queries.ts'
import { runChecks } from './run-checks.ts'

const place: Place = { file: 'contracts/orders.odcs.yaml', line: 7, column: 3 }
const column = (name: string, type: string, more: Partial<ContractColumn> = {}): ContractColumn => ({ name, type, required: false, unique: false, quality: [], place, ...more })
const rule = (written: Readonly<Record<string, Json>>): QualityRule => ({ rule: written, place })
const relation = { schema: 'shop', name: 'orders' }

let folder: string
let engine: Engine
let process: EngineProcess
beforeAll(async () => {
  folder = await mkdtemp('/tmp/tulle-quality-')
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  const data = join(folder, 'data')
  const started = await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes: 256, threads: 1 })
  if (!started.ok) throw new Error(JSON.stringify(started.diagnostics))
  process = started.value
  const rows = `SELECT * FROM (VALUES
    (1, 'a', 10.50::DECIMAL(9,2), 'x@y.z'), (2, 'a', 3.00, NULL), (2, 'b', NULL, 'nobody'), (NULL, 'c', 1.00, ''), (5, 'c', 1.00, 'n/a')
  ) AS t(id, letter, price, email)`
  const path = join(data, 'orders.parquet')
  const written = await process.write(`SELECT id::BIGINT AS id, letter, price, email FROM (${rows})`, { path, fieldIds: { id: 1, letter: 2, price: 3, email: 4 } })
  if (!written.ok) throw new Error(JSON.stringify(written.diagnostics))
  const defined = await process.define([{ ...relation, files: [{ path }], columns: [
    { name: 'id', type: 'long', fieldId: 1 }, { name: 'letter', type: 'string', fieldId: 2 }, { name: 'price', type: 'decimal(9, 2)', fieldId: 3 }, { name: 'email', type: 'string', fieldId: 4 },
  ] }])
  if (!defined.ok) throw new Error(JSON.stringify(defined.diagnostics))
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

async function expectVerdicts(columns: readonly ContractColumn[], quality: readonly QualityRule[], expected: readonly string[]): Promise<void> {
  const plan = compileChecks({ columns, quality, place }, relation)
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics))
  const gated = await gateQueries(plan.value, { relation, columns: columns.map(({ name }) => name), parse: (sql) => process.parse(sql) })
  if (!gated.ok) throw new Error(JSON.stringify(gated.diagnostics))
  const verdicts = await runChecks(process, { plan: gated.value, relation, dataSet: 'shop.orders' })
  if (!verdicts.ok) throw new Error(JSON.stringify(verdicts.diagnostics))
  expect(verdicts.value.map((v) => `${v.check} ${v.status}: ${v.sentence}`)).toEqual(expected)
}

describe('checks run on the engine', () => {
  it('required, unique and primary key count the rows at fault', () =>
    expectVerdicts([column('id', 'long', { required: true, unique: true }), column('letter', 'string', { primaryKey: 1 })], [], [
      'type(id) pass: "id" is BIGINT.',
      'required(id) fail: "id" is null in 1 of 5 rows.',
      'unique(id) fail: 1 of 5 rows repeats a value of "id".',
      'type(letter) pass: "letter" is VARCHAR.',
      'required(letter) pass: "letter" is null in 0 of 5 rows.',
      'primary-key(letter) fail: 2 of 5 rows repeat a value of "letter".',
    ]))

  it('a key of two columns is one key', () =>
    expectVerdicts([column('letter', 'string', { primaryKey: 2 }), column('price', 'decimal(9, 2)', { primaryKey: 1 })], [], [
      'type(letter) pass: "letter" is VARCHAR.',
      'required(letter) pass: "letter" is null in 0 of 5 rows.',
      'type(price) pass: "price" is DECIMAL(9,2).',
      'required(price) fail: "price" is null in 1 of 5 rows.',
      'primary-key(price, letter) fail: 1 of 5 rows repeats a value of "price", "letter".',
    ]))

  it('a type that is not the promised one fails', () =>
    expectVerdicts([column('price', 'double'), column('gone', 'string')], [], [
      'type(price) fail: "price" is DECIMAL(9,2); the contract says double.',
      'type(gone) fail: there is no column "gone".',
    ]))

  it("ODCS's library metrics are measured", () =>
    expectVerdicts([column('email', 'string', { quality: [
      rule({ metric: 'nullValues', mustBeLessThan: 30, unit: 'percent' }),
      rule({ metric: 'missingValues', arguments: { missingValues: [null, '', 'n/a'] }, mustBe: 0 }),
      rule({ metric: 'invalidValues', arguments: { pattern: '[^@]+@[^@]+' }, mustBeBetween: [1, 3] }),
      rule({ metric: 'invalidValues', arguments: { validValues: ['x@y.z', 'nobody', ''] }, mustBe: 0 }),
      rule({ metric: 'duplicateValues', mustBe: 0 }),
    ] }), column('id', 'long'), column('letter', 'string')], [
      rule({ metric: 'rowCount', mustBeGreaterThan: 5 }),
      rule({ metric: 'duplicateValues', arguments: { properties: ['letter', 'id'] }, mustBe: 0 }),
      rule({ type: 'sql', name: 'total', query: 'select sum(price) from orders where orders.id > 0', mustBe: 14.5 }),
    ], [
      'type(email) pass: "email" is VARCHAR.',
      'nullValues(email) pass: "email" is null in 1 (20 %) of 5 rows. Allowed: < 30 %.',
      'missingValues(email) fail: "email" is missing in 3 of 5 rows.',
      'invalidValues(email) pass: "email" does not match its pattern in 3 of 5 rows. Allowed: between 1 and 3.',
      'invalidValues(email) #2 fail: "email" holds none of the 3 valid values in 1 of 5 rows.',
      'duplicateValues(email) pass: 0 of 5 rows repeat a value of "email".',
      'type(id) pass: "id" is BIGINT.',
      'type(letter) pass: "letter" is VARCHAR.',
      'rowCount fail: it has 5 rows. Allowed: > 5.',
      'duplicateValues(letter, id) pass: 0 of 5 rows repeat a value of "letter", "id".',
      'total pass: the query answers 14.5. Allowed: = 14.5.',
    ]))

  it('what the values of a column are narrowed to is held', () =>
    expectVerdicts([
      column('id', 'long', { narrowed: { options: { minimum: 2, exclusiveMaximum: 5, multipleOf: 2, format: 'i64' } } }),
      column('letter', 'string', { narrowed: { options: { minLength: 1, maxLength: 1, pattern: '^[a-b]' }, values: [{ value: 'a' }, 'b', { value: 'z', label: 'the last' }] } }),
      column('price', 'decimal(9, 2)', { narrowed: { options: { minimum: 1, exclusiveMinimum: true, minLength: 3 } } }),
    ], [], [
      'type(id) pass: "id" is BIGINT.',
      'minimum(id) fail: "id" is not ≥ 2 in 1 of 5 rows.',
      'exclusiveMaximum(id) fail: "id" is not < 5 in 1 of 5 rows.',
      'multipleOf(id) fail: "id" is no multiple of 2 in 2 of 5 rows.',
      'type(letter) pass: "letter" is VARCHAR.',
      'minLength(letter) pass: the length of "letter" is not ≥ 1 in 0 of 5 rows.',
      'maxLength(letter) pass: the length of "letter" is not ≤ 1 in 0 of 5 rows.',
      'pattern(letter) fail: "letter" does not match its pattern in 2 of 5 rows.',
      'enum(letter) fail: "letter" holds none of the 3 valid values in 2 of 5 rows.',
      'type(price) pass: "price" is DECIMAL(9,2).',
      'minimum(price) fail: "price" is not > 1 in 2 of 5 rows.',
      'minLength(price) not-run: Not run: the column is decimal(9, 2); only texts have a length.',
    ]))

  it('a relation that cannot be read is no pass', async () => {
    const plan = compileChecks({ columns: [column('id', 'long')], quality: [], place }, { schema: 'shop', name: 'none' })
    const verdicts = plan.ok ? await runChecks(process, { plan: plan.value, relation: { schema: 'shop', name: 'none' }, dataSet: 'shop.none' }) : plan
    expect(verdicts).toMatchObject({ ok: false, diagnostics: [{ code: 'check-not-readable' }] })
  })

  it('a pattern that would hang a backtracking engine does not', async () => {
    const plan = compileChecks({ columns: [column('letter', 'string', { quality: [rule({ metric: 'invalidValues', mustBe: 0, arguments: { pattern: '(a+)+$b' } })] })], quality: [], place }, relation)
    const started = performance.now()
    expect(plan.ok && (await runChecks(process, { plan: plan.value, relation, dataSet: 'shop.orders', timeoutMilliseconds: 5_000 })).ok).toBe(true)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

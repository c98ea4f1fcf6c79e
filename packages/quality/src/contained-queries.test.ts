import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Place } from '@tulle/kernel'
import type { Relation } from '@tulle/engine'
import { gateQueries } from './gate-queries.ts'
import { planScans } from './plan-scans.ts'
import { runChecks } from './run-checks.ts'
import type { EngineRig } from './testing/engine-rig.ts'
import { engineRig, valueOf } from './testing/engine-rig.ts'
import type { Check, Measure } from './types.ts'

const place: Place = { file: 'c.yaml', line: 1, column: 1 }
const check = (name: string, measure: Measure): Check => ({ name, measure, bound: { operator: '≥', value: 0 }, unit: 'number', action: 'block', place })
const query = (sql: string): Measure => ({ kind: 'query', sql, answers: 'number' })

let rig: EngineRig
let relation: Relation
beforeAll(async () => {
  rig = await engineRig()
  relation = await rig.table('shop', 'orders', { id: { type: 'long', values: [1, 2] }, word: { type: 'string', values: ['1', 'x'] } })
  await rig.define(relation)
})
afterAll(() => rig[Symbol.asyncDispose]())

const gate = (...checks: readonly Check[]) => gateQueries({ checks, scans: planScans(checks, relation) }, { relation, columns: ['id', 'word'], parse: (sql) => rig.process.parse(sql) })

describe('SQL of a check', () => {
  it.each([
    'drop table orders', 'select 1; select 2', "select count(*) from read_csv('/etc/passwd')", "select count(*) from '/etc/passwd'", 'select count(*) from other.secrets', 'select count(*) from duckdb_settings()', 'insert into orders values (3)', "copy orders to '/tmp/x'", "select getenv('HOME')",
  ])('%s is refused before anything runs', async (sql) => {
    const gated = await gate(check('it', query(sql)))
    expect(gated.ok).toBe(false)
    expect(gated.diagnostics[0]?.place).toEqual(place)
  })

  it.each(['id > (select 1)', "id > 1) OR (1 = 1", 'id > 1 -- x', 'idd > 1'])('the condition %s is refused', async (where) => {
    expect((await gate(check('it', { kind: 'rows', where }))).ok).toBe(false)
  })

  it('that never ends fails its own check, and the process goes on', async () => {
    const plan = valueOf(await gate(check('bomb', query('select count(*) from range(100000000000) a, range(100000000000) b where a.range + b.range < 0')), check('rows', query('select count(*) from orders'))))
    const verdicts = valueOf(await runChecks(rig.process, { plan, relation, dataSet: 'shop.orders', queryMilliseconds: 1_000 }))
    expect(verdicts.map(({ check: name, status, measured }) => ({ name, status, measured }))).toEqual([{ name: 'bomb', status: 'fail', measured: undefined }, { name: 'rows', status: 'pass', measured: 2 }])
    expect(verdicts[0]?.sentence).toContain('it could not be measured')
  })

  it('that answers no number, or more than one row, fails', async () => {
    const plan = valueOf(await gate(check('text', query("select 'a'")), check('rows', query('select id from orders')), check('none', query('select id from orders where id > 9'))))
    const verdicts = valueOf(await runChecks(rig.process, { plan, relation, dataSet: 'shop.orders' }))
    expect(verdicts.map(({ status }) => status)).toEqual(['fail', 'fail', 'fail'])
  })
})

describe('one check that cannot be taken', () => {
  it('fails alone, and those that were to share its scan stand', async () => {
    const plan = valueOf(await gate(check('sum', { kind: 'aggregate', of: 'sum', column: 'word' }), check('least', { kind: 'aggregate', of: 'min', column: 'id' })))
    const verdicts = valueOf(await runChecks(rig.process, { plan, relation, dataSet: 'shop.orders' }))
    expect(verdicts.map(({ status }) => status)).toEqual(['fail', 'pass'])
  })
})

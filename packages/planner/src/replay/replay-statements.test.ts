// Recorded statements against tables as they would be, by the real engine.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engineRig } from '@tulle/engine/testing'
import type { EngineRig } from '@tulle/engine/testing'
import type { EngineProcess } from '@tulle/engine'
import { fillPlaceholders } from './fill-placeholders.ts'
import { replayStatements } from './replay-statements.ts'
import type { Replayed, ReplayStatement, ReplayTable } from './types.ts'

let rig: EngineRig
let process: EngineProcess
beforeAll(async () => {
  rig = engineRig()
  process = await rig.process()
})
afterAll(() => rig.close())

const table = (columns: Readonly<Record<string, string>>, name = 'flights'): ReplayTable => ({ schema: name, name, columns: Object.entries(columns).map(([column, type]) => ({ name: column, type })) })
const statement = (text: string): ReplayStatement => ({ text, group: 'ana', who: ['ana'], runs: 1, last: '2026-01-01T00:00:00Z', tables: ['flights.flights'] })
const FLIGHTS = { date: 'timestamp', delay: 'long', origin: 'string' }

async function replay(after: readonly ReplayTable[], texts: readonly string[], limits = {}): Promise<Replayed> {
  const replayed = await replayStatements(process, { before: [table(FLIGHTS)], after }, texts.map(statement), limits)
  if (!replayed.ok) throw new Error(JSON.stringify(replayed.diagnostics))
  return replayed.value
}
const failing = async (after: readonly ReplayTable[], texts: readonly string[]) => (await replay(after, texts)).failing.map(({ text, error }) => [text, error])

const { delay: _gone, ...WITHOUT_DELAY } = FLIGHTS

describe('a statement that was run', () => {
  it.each([
    ['select * from flights.flights limit ?:int', false],
    ['select origin, count(*) from flights.flights where origin = ?:text group by ?:int order by ?:int', false],
    ['select date_trunc(?:text, date) as ?:name, count(*) from flights.flights group by ?:int, origin', false],
    ['select origin, date, count(*) from flights.flights group by ?:int, ?:int', false],
    ['select count(*) from flights.flights where date > timestamp ?:timestamp and origin in (?:text, ?:text)', false],
    ['with ?:name as (select origin from flights.flights) select ?:name2.origin from ?:name as ?:name2 join ?:name as ?:name3 on ?:name2.origin = ?:name3.origin', false],
    ['select avg(delay) from flights.flights where delay > ?:int', true],
    ['select f.delay from flights.flights as f where f.origin = $1', true],
    ['select origin from flights.flights order by "DELAY"', true],
    ['select ?:name.delay from flights.flights as ?:name', true],
  ])('%s: fails without the column: %s', async (text, fails) => {
    const { planned, failing: failed, unknown } = await replay([table(WITHOUT_DELAY)], [text])
    expect({ planned: planned.length, unknown, fails: failed.length > 0 }).toEqual({ planned: 1, unknown: 0, fails })
  })

  it('is told with what the engine says', async () => {
    expect(await failing([table(WITHOUT_DELAY)], ['select delay from flights.flights'])).toEqual([['select delay from flights.flights', 'There is no column "delay" here.']])
  })

  it('fails where a number became a text', async () => {
    expect((await failing([table({ ...FLIGHTS, delay: 'string' })], ['select sum(delay) from flights.flights'])).length).toBe(1)
  })

  it('fails where a new column makes a name mean two', async () => {
    const [airports, wider] = [table({ iata: 'string', city: 'string' }, 'airports'), table({ ...FLIGHTS, city: 'string' })]
    const text = 'select city from flights.flights join airports.airports on origin = iata'
    const replayed = await replayStatements(process, { before: [table(FLIGHTS), airports], after: [wider, airports] }, [statement(text)])
    expect(replayed.ok && replayed.value.failing.length).toBe(1)
  })

  it('fails where its table goes', async () => {
    expect((await failing([], ['select origin from flights.flights'])).length).toBe(1)
  })

  it('that cannot be planned even now says nothing', async () => {
    expect(await replay([table(WITHOUT_DELAY)], ['select nothing_of_that_name, * from flights.flights', 'select delay from flights.flights …', '?:unreadable'])).toMatchObject({ planned: [], failing: [], unknown: 3 })
  })

  it('is left out, and counted, when time is up', async () => {
    let time = 0
    expect(await replay([table(WITHOUT_DELAY)], ['select delay from flights.flights', 'select * from flights.flights'], { milliseconds: 10, clock: () => (time += 20) })).toMatchObject({ planned: [], failing: [], skipped: 2 })
  })
})

describe('a statement that names nothing of what changes', () => {
  it('is not asked of the engine, and does not fail', async () => {
    const asked: string[] = []
    const counting = { define: process.define, prepare: (sql: string) => (asked.push(sql), process.prepare(sql)) }
    const texts = ['select origin, count(*) from flights.flights group by ?:int', 'select delay from flights.flights', 'select * from flights.flights', 'select count(*) from flights.flights natural join flights.flights']
    const replayed = await replayStatements(counting, { before: [table(FLIGHTS)], after: [table(WITHOUT_DELAY)] }, texts.map(statement))
    expect(replayed.ok && replayed.value.planned.length).toBe(4)
    expect(asked.some((sql) => sql.includes('origin'))).toBe(false)
    expect(texts.slice(1).every((text) => asked.includes(text))).toBe(true)
  })
})

describe('placeholders', () => {
  it('of one name are one name, and of one type values of it', () => {
    expect(fillPlaceholders('select ?:name.a, ?:name2.b from t as ?:name, t as ?:name2 where c = ?:decimal and d = ?:bool and e = date ?:date')).toEqual([
      "select replayed_name_1.a, replayed_name_2.b from t as replayed_name_1, t as replayed_name_2 where c = 1.5 and d = true and e = date '2000-01-01'",
    ])
  })
})

// The contract: a statement that wants all of the machine is refused, or ended within two seconds of its limit, and whoever
// works beside it hardly notices.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayRig } from './testing.ts'
import { messages } from './messages.ts'
import { gatewayRig } from './testing.ts'

const LIMIT = 1500
const LATE = 2000

let rig: GatewayRig
beforeAll(async () => {
  rig = await gatewayRig({ limits: { statementMilliseconds: LIMIT, memoryMegabytes: 256, threads: 2 } })
  for (const user of ['ana', 'bo']) rig.grant(user, 'flights')
  await answer('bo', 'select count(*) from flights.flights')
})
afterAll(() => rig?.close())

async function answer(user: string, sql: string): Promise<string> {
  const signal = new AbortController().signal
  const prepared = await rig.governor.prepare(rig.who(user), sql, 'sql')
  if (!prepared.ok) return prepared.diagnostics[0]?.code ?? ''
  const opened = await prepared.value.open({ parameters: [], encoding: { kind: 'ndjson' }, signal })
  if (!opened.ok) return opened.diagnostics[0]?.code ?? ''
  try {
    for (;;) {
      const batch = await opened.value.fetch(10_000, signal)
      if (!batch.ok) return batch.diagnostics[0]?.code ?? ''
      if (batch.value.done) return 'answered'
    }
  } finally {
    await opened.value.close()
  }
}

/** The engine computes what is constant while it plans. */
const PLANNED = 'select list_sum(list_transform(range(3000), x -> list_sum(list_transform(range(100000), y -> (x * y) % 7))))'

const nested = (open: string, close: string, depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`
const REFUSED: readonly (readonly [what: string, sql: string])[] = [
  ['a name of 50,000 parts', `select ${'a.'.repeat(50_000)}a from flights.flights`],
  ['a name of 30,000 parts', `select ${'a.'.repeat(30_000)}a from flights.flights`],
  ['a table of 30,000 parts', `select 1 from ${'a.'.repeat(30_000)}a`],
  ['28 chained arrows', `select '{}'::json${" -> 'a'".repeat(28)}`],
  ['28 chained double arrows', `select '{}'${" ->> 'a'".repeat(28)}`],
  ['900 nested additions', `select ${'1+('.repeat(900)}1${')'.repeat(900)}`],
  ['900 nested functions', `select ${nested('abs(', ')', 900)}`],
  ['900 nested lists', `select ${nested('[', ']', 900)}`],
  ['900 nested queries', `select ${nested('(select ', ')', 900)}`],
  ['12,000 columns', `select ${Array.from({ length: 12_000 }, () => '1').join(', ')}`],
  ['a text of 70 KB', `select '${'x'.repeat(70_000)}'`],
  ['a huge repeat', `select length(repeat('x', 2000000000))`],
  ['a repeat of a repeat', `select length(repeat(repeat('x', 9999), 9999))`],
  ['a huge lpad', `select lpad('x', 2000000000, 'y')`],
  ['a wide format', `select printf('%2000000000d', 1)`],
]
const ENDED: readonly (readonly [what: string, sql: string])[] = [
  ['a cross join', 'select count(*) from flights.flights a, flights.flights b, flights.flights c, flights.flights d'],
  ['a cross join of texts', 'select count(distinct a.origin || b.origin || c.id || d.id) from flights.flights a, flights.flights b, flights.flights c, flights.flights d'],
  ['a recursion without an end', 'with recursive r(i) as (select 1::hugeint union all select i + 1 from r) select count(*) from r'],
  ['a recursion that grows', 'with recursive r(t) as (select [1] union all select list_concat(t, t) from r) select count(*) from r'],
  ['an endless range', 'select count(*) from range(1000000000000000) t(i) where hash(i) = 7'],
  ['a list of everything', 'select list(i || $$ and much more text $$) from range(100000000000) t(i)'],
  ['lists in lists', 'select list_transform(range(100000000), x -> list_transform(range(100000000), y -> x * y))'],
  ['distances of long texts', `select sum(levenshtein(repeat(a.origin, 9000), repeat(b.origin, 9000))) from flights.flights a, flights.flights b`],
  ['a sort of too much', 'select a.id, b.id from flights.flights a, flights.flights b, flights.flights c order by hash(a.id + b.id + c.id) desc limit 5 offset 100000000'],
  ['a window over too much', 'select sum(x) over (order by x) from (select hash(a.id, b.id, c.id) as x from flights.flights a, flights.flights b, flights.flights c)'],
]

describe('a statement that takes long to plan', () => {
  it('ends when its caller says so, with what the caller says, and the next one is answered', async () => {
    const stop = new AbortController()
    const reason = { ...messages['statement-timeout']({}) }
    const timer = setTimeout(() => stop.abort(reason), 300)
    const prepared = await rig.governor.prepare(rig.who('ana'), PLANNED, 'sql', stop.signal)
    clearTimeout(timer)
    expect(prepared.diagnostics.map(({ code }) => code)).toEqual([reason.code])
    expect(await answer('ana', 'select 1')).toBe('answered')
  }, 60_000)
})

describe('a hostile statement', () => {
  it.each(REFUSED)('is refused at once: %s', async (_, sql) => {
    const begun = performance.now()
    expect(await answer('ana', sql)).toMatch(/^(?:sql-|engine-(?:syntax|type|unsupported|undefined))/u)
    expect(performance.now() - begun).toBeLessThan(LIMIT + LATE)
  })

  it.each(ENDED)('is ended within two seconds of its limit, beside others who go on: %s', async (_, sql) => {
    const running = { ended: false }
    const waits: number[] = []
    const neighbour = async (): Promise<void> => {
      while (!running.ended) {
        const begun = performance.now()
        expect(await answer('bo', 'select count(*) from flights.flights where delay > 30')).toBe('answered')
        waits.push(performance.now() - begun)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    const beside = neighbour()
    const begun = performance.now()
    const code = await answer('ana', sql)
    const took = performance.now() - begun
    running.ended = true
    await beside
    expect(['engine-timeout', 'engine-out-of-memory', 'engine-out-of-disk', 'engine-died', 'engine-out-of-range']).toContain(code)
    expect(took).toBeLessThan(LIMIT + LATE)
    expect(Math.max(...waits)).toBeLessThan(LATE)
    expect(await answer('ana', 'select 1')).toBe('answered')
  })
})

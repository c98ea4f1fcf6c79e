import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fakeClock } from '@tulle/kernel/testing'
import type { FakeClock } from '@tulle/kernel/testing'
import { memoryLedger } from './memory-ledger.ts'
import type { Amount, ExportBudget, ExportLedger, Freeze } from './types.ts'
import { watchExports } from './watch-exports.ts'
import type { RunningExportWatch } from './watch-exports.ts'
import type { Asker, GovernedStatement, VisibleTable } from '../types.ts'
import type { GatewayRig } from '../testing.ts'
import { gatewayRig, valueOf } from '../testing.ts'
import { dataQuery } from '../rest/data-query.ts'

const HOUR = 3_600_000
const amount = (rows: number, more: Partial<Amount> = {}): Amount => ({ rows, bytes: 1e12, statements: 1e6, ...more })
const BUDGET: ExportBudget = { most: amount(1000), usual: amount(100), factor: 10, hours: 3 }

const asker = (name = 'ana'): Asker => ({ subject: { id: `id-${name}`, name, kind: 'user', role: 'consumer', teams: [] }, purpose: 'analysis', purposes: ['analysis'] })
const table = (product = 'flights', limits?: VisibleTable['limits']): VisibleTable => ({
  product: { id: `id-${product}`, schema: product, name: product, domain: 'd', team: 't', dataSets: [] }, dataSet: { name: product, columns: [] }, columns: [], ...(limits !== undefined && { limits }),
})

interface Rig { readonly clock: FakeClock; readonly ledger: ExportLedger; readonly told: Freeze[]; readonly watch: RunningExportWatch; again(): RunningExportWatch }
function rig(budget: Partial<ExportBudget> = {}): Rig {
  const clock = fakeClock()
  const ledger = memoryLedger()
  const told: Freeze[] = []
  const again = (): RunningExportWatch => watchExports({ ledger, clock, budget: { ...BUDGET, ...budget }, onSuspicious: async (freeze) => void told.push(freeze) })
  return { clock, ledger, told, watch: again(), again }
}

/** Reads so many rows in batches; answers how many left, and the code of what ended it. */
async function read(watch: RunningExportWatch, rows: number, { who = asker(), of = table(), batch = 100 } = {}): Promise<{ left: number; code: string | undefined }> {
  const begun = await watch.begin(who, [of])
  if (!begun.ok) return { left: 0, code: begun.diagnostics[0]?.code }
  let left = 0
  try {
    while (left < rows) {
      const next = Math.min(begun.value.allowance(batch), rows - left)
      const taken = await begun.value.take(next, next * 10)
      if (!taken.ok) return { left, code: taken.diagnostics[0]?.code }
      left += next
    }
    return { left, code: undefined }
  } finally {
    await begun.value.end()
  }
}

describe('an export', () => {
  it('of what is usual is left alone', async () => {
    const { watch, told } = rig()
    expect(await read(watch, 1000)).toEqual({ left: 1000, code: undefined })
    expect(told).toEqual([])
  })

  it('of more is cut before the row that is too much, told once, and nothing leaves after it', async () => {
    const { watch, told } = rig()
    expect(await read(watch, 5000, { batch: 300 })).toEqual({ left: 1000, code: 'export-cut' })
    expect(told).toMatchObject([{ subject: 'ana', product: 'flights', what: 'rows', allowed: 1000, rule: 'budget' }])
    expect(await read(watch, 1)).toEqual({ left: 0, code: 'export-frozen' })
    expect(told).toHaveLength(1)
  })

  it('in many small statements is the same export', async () => {
    const { watch } = rig()
    let left = 0
    for (let at = 0; at < 500; at += 1) left += (await read(watch, 7)).left
    expect(left).toBe(1000 - (1000 % 7) + (1000 % 7))
  })

  it('by more statements than anybody asks is cut, however little each brings', async () => {
    const { watch, told } = rig({ most: amount(1e9, { statements: 50 }) })
    for (let at = 0; at < 50; at += 1) expect((await read(watch, 0)).code).toBeUndefined()
    expect((await read(watch, 0)).code).toBe('export-cut')
    expect(told).toMatchObject([{ what: 'statements', allowed: 50 }])
  })

  it('of few rows that are large is measured by its bytes', async () => {
    const { watch } = rig({ most: { rows: 1e9, bytes: 5000, statements: 1e9 } })
    expect(await read(watch, 10_000, { batch: 100 })).toEqual({ left: 500, code: 'export-cut' })
  })

  it('of one subject or product says nothing of another', async () => {
    const { watch } = rig()
    await read(watch, 5000)
    expect(await read(watch, 10, { who: asker('bo') })).toEqual({ left: 10, code: undefined })
    expect(await read(watch, 10, { of: table('passengers') })).toEqual({ left: 10, code: undefined })
  })

  it('ends in all open results of the subject at once', async () => {
    const { watch } = rig()
    const open = valueOf(await watch.begin(asker(), [table()]))
    valueOf(await open.take(10, 100))
    await read(watch, 5000)
    expect(await open.take(1, 10)).toMatchObject({ ok: false, diagnostics: [{ code: 'export-frozen' }] })
  })
})

describe('a budget that is declared for a product', () => {
  const watchOf = (most: Partial<Amount>) => {
    const clock = fakeClock()
    return { clock, watch: watchExports({ ledger: memoryLedger(), clock, budget: BUDGET, budgetOf: async (productId) => (productId === 'id-flights' ? most : {}) }) }
  }

  it('narrows the budget of everybody for this product alone, and never widens it', async () => {
    const { watch } = watchOf({ rows: 250 })
    expect(await read(watch, 5000)).toEqual({ left: 250, code: 'export-cut' })
    expect(await watch.freezes()).toMatchObject([{ product: 'flights', allowed: 250, rule: 'budget' }])
    expect(await read(watch, 500, { of: table('passengers') })).toEqual({ left: 500, code: undefined })
    expect(await read(watchOf({ rows: 5_000_000 }).watch, 5000)).toEqual({ left: 1000, code: 'export-cut' })
  })

  it('holds within seconds after it was applied, in what is counted already', async () => {
    let most: Partial<Amount> = {}
    const clock = fakeClock()
    const watch = watchExports({ ledger: memoryLedger(), clock, budget: BUDGET, budgetOf: async () => most })
    expect(await read(watch, 300)).toEqual({ left: 300, code: undefined })
    most = { rows: 310 }
    await clock.advance(11_000)
    expect(await read(watch, 300)).toEqual({ left: 10, code: 'export-cut' })
  })
})

describe('time', () => {
  it('lets the hour pass: what left before it counts no more', async () => {
    const { watch, clock } = rig()
    for (let hour = 0; hour < 5; hour += 1) {
      expect(await read(watch, 90)).toEqual({ left: 90, code: undefined })
      await clock.advance(HOUR + 300_000)
    }
  })

  it('makes a baseline: ten times the fullest hour of one\'s own past is suspicious, though the budget would allow it', async () => {
    const { watch, clock, told } = rig()
    for (let hour = 0; hour < 4; hour += 1) {
      await read(watch, 20)
      await clock.advance(2 * HOUR)
    }
    expect(await read(watch, 900)).toEqual({ left: 200, code: 'export-cut' })
    expect(told).toMatchObject([{ rule: 'baseline', allowed: 200 }])
  })

  it('gives the benefit of the doubt to little that is new, and to whoever has no past', async () => {
    const { watch, clock } = rig()
    expect(await read(watch, 900)).toEqual({ left: 900, code: undefined })
    for (let hour = 0; hour < 4; hour += 1) {
      await clock.advance(2 * HOUR)
      await read(watch, 1, { who: asker('bo') })
    }
    expect(await read(watch, 90, { who: asker('bo') })).toEqual({ left: 90, code: undefined })
  })
})

describe('a restart', () => {
  it('forgets neither what left nor what was closed', async () => {
    const { watch, again } = rig()
    await read(watch, 600)
    await watch.close()
    const second = again()
    expect(await read(second, 5000)).toEqual({ left: 400, code: 'export-cut' })
    expect((await read(again(), 1)).code).toBe('export-frozen')
  })
})

describe('a thaw', () => {
  it('opens the way, begins to count anew, and is once', async () => {
    const { watch, clock, again } = rig()
    await read(watch, 5000)
    const [freeze] = await watch.freezes()
    expect(await watch.thaw(freeze?.id ?? '', 'sam')).toMatchObject({ subject: 'ana', thawedBy: 'sam' })
    expect(await watch.thaw(freeze?.id ?? '', 'sam')).toBeUndefined()
    await clock.advance(1000)
    expect(await read(watch, 5000)).toEqual({ left: 1000, code: 'export-cut' })
    expect((await read(again(), 1)).code).toBe('export-frozen')
  })

  it('is known to another process within seconds', async () => {
    const { watch, clock, again } = rig()
    const other = again()
    await read(other, 1)
    await read(watch, 5000)
    await clock.advance(11_000)
    expect((await read(other, 1)).code).toBe('export-frozen')
    const [freeze] = await watch.freezes()
    await watch.thaw(freeze?.id ?? '', 'sam')
    await clock.advance(11_000)
    expect((await read(other, 1)).code).toBeUndefined()
  })
})

describe('limits of a policy refuse, and freeze nothing:', () => {
  it.each([
    ['rows of a statement', { rows: 50 }, [{ left: 50, code: 'limit-reached' }, { left: 50, code: 'limit-reached' }]],
    ['rows of an hour', { rowsPerHour: 50 }, [{ left: 50, code: 'limit-reached' }, { left: 0, code: 'limit-reached' }]],
    ['statements of a minute', { statementsPerMinute: 1 }, [{ left: 60, code: undefined }, { left: 0, code: 'limit-reached' }]],
  ] as const)('%s', async (_, limits, expected) => {
    const { watch, told, clock } = rig()
    const of = table('flights', limits)
    expect([await read(watch, 60, { of }), await read(watch, 60, { of })]).toEqual(expected)
    expect(told).toEqual([])
    await clock.advance(HOUR + 300_000)
    expect((await read(watch, 10, { of })).code).toBeUndefined()
  })
})

describe('through the gateway', () => {
  let gateway: GatewayRig
  const ledger = memoryLedger()
  beforeAll(async () => {
    const clock = fakeClock()
    gateway = await gatewayRig({ watch: watchExports({ ledger, clock, budget: { most: { rows: 700, bytes: 1e12, statements: 1e6 } } }) })
    for (const who of ['ana', 'bo', 'cy']) gateway.grant(who, 'flights')
    gateway.grant('ana', 'passengers')
  })
  afterAll(() => gateway.close())

  const statement = async (who: string, sql: string): Promise<GovernedStatement> => valueOf(await gateway.governor.prepare(gateway.who(who), sql, 'sql'))
  const rows = async (who: string, sql: string, size = 64): Promise<string> => {
    const open = await (await statement(who, sql)).open({ parameters: [], encoding: { kind: 'ndjson' }, signal: new AbortController().signal })
    if (!open.ok) return `0 ${open.diagnostics[0]?.code}`
    for (let got = 0; ;) {
      const batch = await open.value.fetch(size, new AbortController().signal)
      if (!batch.ok) return `${got} ${batch.diagnostics[0]?.code}`
      got += Buffer.from(batch.value.bytes).toString().split('\n').length - 1
      if (batch.value.done) return `${got} done`
    }
  }

  it('a result is cut in its middle at the budget, with no row past it, and the audit says so', async () => {
    expect(await rows('ana', 'select id from flights.flights limit 300')).toBe('300 done')
    expect(await rows('ana', 'select id from flights.flights')).toBe('400 export-cut')
    expect(await rows('ana', 'select count(*) from flights.flights')).toBe('0 export-frozen')
    expect(await rows('ana', 'select id from passengers.passengers')).toBe('20 done')
    expect(gateway.audit.lines.filter(({ decision }) => decision === 'deny')).toMatchObject([
      { subject: 'ana', outcome: 'export-cut', rows: 400, reads: [{ product: 'flights' }] }, { subject: 'ana', outcome: 'export-frozen', rows: 0 },
    ])
    expect(await ledger.freezes()).toMatchObject([{ subject: 'ana', product: 'flights', what: 'rows' }])
  })

  it('a download by REST is cut the same, and a file leaves whole or not at all', async () => {
    const ask = async (who: string, query: readonly (readonly [string, string])[]): Promise<string> => {
      const answer = await dataQuery({ who: gateway.who(who), product: 'flights', dataSet: 'flights', query: query as [string, string][], signal: new AbortController().signal }, gateway)
      if (!answer.ok) return answer.diagnostics[0]?.code ?? ''
      let text = ''
      try {
        for await (const chunk of answer.value.body) text += Buffer.from(chunk).toString('latin1')
      } catch (error) {
        return `${text.split('\n').length - 1} ${(error as { diagnostics: { code: string }[] }).diagnostics[0]?.code}`
      }
      return `${text.split('\n').length - 1} done`
    }
    expect(await ask('bo', [['format', 'ndjson'], ['limit', '100']])).toBe('100 done')
    expect(await ask('bo', [['format', 'ndjson']])).toBe('600 export-cut')
    expect(await ask('cy', [['format', 'parquet']])).toBe('export-cut')
  })
})

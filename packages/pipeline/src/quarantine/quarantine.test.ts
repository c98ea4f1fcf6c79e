import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'
import { latestSql } from './side-table.ts'
import type { InputRight } from '../types.ts'
import type { RowDecision } from './types.ts'

// Each is several runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 })

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const write = (...rows: readonly string[]): Promise<void> => rig.write({ 'data/a.csv': `id,carrier,delay\n${rows.join('\n')}\n` })
const columns = { id: 'long!*', carrier: 'string!', delay: 'int' }
interface Said { readonly custom?: Readonly<Record<string, unknown>>; readonly onFailureOf?: Readonly<Record<string, string>>; readonly quality?: readonly Readonly<Record<string, unknown>>[] }
const apply = (said: Said): Promise<void> => rig.apply({
  sales: {
    files: { drop: 'data/a.csv' },
    dataSets: {
      raw: { from: 'drop', columns, ...said },
      total: { columns: { carrier: 'string', delays: 'long' }, model: "select carrier, sum(delay) as delays from {{ ref('raw') }} group by carrier" },
    },
  },
})
const run = () => rig.run('sales', { force: true })
const ids = async (): Promise<readonly unknown[]> => (await rig.rows('sales.raw', 'SELECT id FROM sales.raw ORDER BY id')).map((row) => Number((row as { id: unknown }).id))
const side = async (): Promise<readonly Record<string, unknown>[]> => (await rig.rows('sales.raw@quarantine', `SELECT * REPLACE (CAST(_tulle_at AS VARCHAR) AS _tulle_at) FROM (${latestSql('sales."raw@quarantine"')}) ORDER BY id, _tulle_row`)) as readonly Record<string, unknown>[]
const events = async (type: string) => (await rig.store.db.selectFrom('outbox').select('data').where('type', '=', type).orderBy('seq').execute()).map(({ data }) => data)

describe('rows that break a promise', () => {
  it('are set aside with rule, run and number where the contract says so, and the good ones go on', async () => {
    await write('1,A,5', '2,,7', '3,B,1', '3,C,2', '4,A,9')
    await apply({ custom: { onFailure: 'quarantine' } })
    const ended = await run()
    expect(ended).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([1, 3, 4])
    expect(await side()).toMatchObject([
      { id: 2, carrier: null, delay: 7, _tulle_state: 'open', _tulle_rules: 'required(carrier)', _tulle_run: ended.runId, _tulle_number: 2, _tulle_source: 'drop' },
      { id: 3, carrier: 'C', delay: 2, _tulle_state: 'open', _tulle_rules: 'primary-key(id)', _tulle_number: 4 },
    ])
    // What is made of them never saw them.
    expect(await rig.rows('sales.total', 'SELECT carrier, delays FROM sales.total ORDER BY carrier')).toMatchObject([{ carrier: 'A' }, { carrier: 'B' }])
    expect((await events('tulle.rows.quarantined'))).toMatchObject([{ product: 'sales', dataSet: 'raw', runId: ended.runId, rows: 2, rules: { 'required(carrier)': 1, 'primary-key(id)': 1 } }])
  })

  it('are one entry, however often their source delivers them, and gone when it does not', async () => {
    const again = await run()
    expect(again).toMatchObject({ status: 'succeeded' })
    expect((await side()).map((row) => row['_tulle_run'])).not.toContain(again.runId)
    await write('1,A,5', '2,B,7', '3,B,1', '4,A,9')
    await run()
    expect(await ids()).toEqual([1, 2, 3, 4])
    expect((await side()).map((row) => row['_tulle_state'])).toEqual(['gone', 'gone'])
  })

  it('block, where they are more than the contract lets go; readers keep what they had', async () => {
    await write('1,A,5', '5,,7', '6,,8', '7,B,9')
    await apply({ custom: { onFailure: 'quarantine', atMost: '25 %' } })
    const stopped = await run()
    expect(stopped).toMatchObject({ status: 'failed', diagnostics: [{ code: 'check-failed', message: expect.stringContaining('required(carrier)') }] })
    expect(await ids()).toEqual([1, 2, 3, 4])
    expect((await side()).map((row) => row['_tulle_state'])).toEqual(['gone', 'gone'])
    expect(await rig.log(stopped.runId)).toContain('sales.raw: 2 of 4 rows break required(carrier), more than may be set aside.')
    await apply({ custom: { onFailure: 'quarantine', atMost: 2 } })
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([1, 7])
  })

  it('are found again in what a run wrote, published or not, by check, masked and filtered for who asks', async () => {
    await write('1,A,5', '5,,7', '6,,8', '7,B,9', '7,C,3')
    await apply({})
    const stopped = await run()
    expect(stopped).toMatchObject({ status: 'failed' })
    const failing = async (limits?: InputRight['limits'], check?: string, of: { readonly run: string; readonly dataSet?: string } = { run: stopped.runId }) =>
      (await rig.open()).failingRows({ product: 'sales', dataSet: 'raw', ...of, check, limit: 2 }, limits)
    const all = valueOf(await failing())
    expect(all).toMatchObject({ total: 4, columns: ['id', 'carrier', 'delay'] })
    expect(all.rows).toHaveLength(2)
    expect(valueOf(await failing(undefined, 'primary-key(id)')).rows).toEqual(expect.arrayContaining([{ checks: ['primary-key(id)'], values: [7, 'B', 9] }, { checks: ['primary-key(id)'], values: [7, 'C', 3] }]))
    const limits = { columns: ['id', 'carrier'], masks: { carrier: "'***'" }, rowFilter: { condition: 'delay > 7', reads: [] } }
    // Of two rows with one key he may see one: to him there is no second.
    expect(valueOf(await failing(limits))).toEqual({ total: 1, columns: ['id', 'carrier'], rows: [{ checks: ['required(carrier)'], values: [6, '***'] }] })
    expect(await failing(undefined, 'required(carier)')).toMatchObject({ ok: false, diagnostics: [{ code: 'check-without-rows', message: expect.stringContaining('Did you mean "required(carrier)"?') }] })
    expect(await failing(undefined, undefined, { run: 'nobody' })).toMatchObject({ ok: false, diagnostics: [{ code: 'run-rows-gone' }] })
    expect(await failing(undefined, undefined, { run: stopped.runId, dataSet: 'row' })).toMatchObject({ ok: false, diagnostics: [{ code: 'quarantine-data-set' }] })
    await write('1,A,5', '5,,7', '6,,8', '7,B,9')
    await apply({ custom: { onFailure: 'quarantine', atMost: 2 } })
    const went = await run()
    expect(valueOf(await failing(undefined, undefined, { run: went.runId }))).toMatchObject({ total: 0, rows: [] })
  })

  it('only warn, or block, where the narrower word says so', async () => {
    await apply({ custom: { onFailure: 'quarantine' }, onFailureOf: { carrier: 'warn' } })
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([1, 5, 6, 7])
    await apply({ custom: { onFailure: 'quarantine' }, onFailureOf: { carrier: 'block' } })
    expect(await run()).toMatchObject({ status: 'failed' })
    await apply({})
    expect(await run()).toMatchObject({ status: 'failed' })
  })

  it('are built again in private as they were published', async () => {
    await write('1,A,5', '2,,7', '3,B,1')
    await apply({ custom: { onFailure: 'quarantine' } })
    await run()
    const pipeline = await rig.open()
    const snapshot = (await rig.table('sales.raw')).currentSnapshot?.id ?? ''
    const { runId } = valueOf(await pipeline.reproduce('sales', { snapshot, requestedBy: 'test' }))
    const ended = valueOf(await pipeline.wait(runId))
    expect(ended).toMatchObject({ status: 'succeeded' })
    const { output } = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
    expect(output).toMatchObject({ identical: true, dataSets: [{ dataSet: 'sales.raw', rows: { snapshot: 2, rebuilt: 2 } }, {}] })
  })
})

describe('a row that was set aside', () => {
  const decide = async (decision: RowDecision, chosen: Readonly<Record<string, unknown>> = {}) => (await rig.open()).quarantine.decide({ product: 'sales', dataSet: 'raw', by: 'olga', decision, chosen, limits: undefined })
  const rows = async (limits?: InputRight['limits']) => valueOf(await (await rig.open()).quarantine.rows({ product: 'sales', dataSet: 'raw' }, { limit: 100 }, limits))
  const stateOf = async (id: number): Promise<unknown> => (await side()).filter((row) => Number(row['id']) === id).map((row) => row['_tulle_state'])

  it('is corrected by a statement, replayed through the same checks, and published', async () => {
    await write('10,A,5', '11,,7', '12,,8', '13,,9', '14,,1')
    await apply({ custom: { onFailure: 'quarantine' } })
    await run()
    expect(await ids()).toEqual([10])
    expect(valueOf(await decide({ kind: 'repair', set: { carrier: "'B' || delay" } }, { where: 'delay = 7' }))).toBe(1)
    expect(await stateOf(11)).toEqual(['repaired'])
    // Nothing goes out before somebody says so.
    await run()
    expect(await ids()).toEqual([10])
    expect(valueOf(await decide({ kind: 'replay' }))).toBe(1)
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([10, 11])
    expect(await rig.rows('sales.raw', 'SELECT carrier, delay FROM sales.raw WHERE id = 11')).toEqual([{ carrier: 'B7', delay: 7 }])
    expect(await stateOf(11)).toEqual(['published'])
    expect((await events('tulle.rows.replayed'))).toMatchObject([{ dataSet: 'raw', rows: 1 }])
  })

  it('stays corrected in later versions, as long as its source delivers the same row', async () => {
    await run()
    expect(await ids()).toEqual([10, 11])
    await write('10,A,5', '11,Z,7', '12,,8', '13,,9', '14,,1')
    await run()
    expect(await rig.rows('sales.raw', 'SELECT carrier FROM sales.raw WHERE id = 11')).toEqual([{ carrier: 'Z' }])
  })

  it('is corrected by rows with a key; what is at fault still comes back open', async () => {
    expect(valueOf(await decide({ kind: 'repair', corrected: [{ id: 12, carrier: 'C' }, { id: 13, carrier: null }] }))).toBe(2)
    expect(valueOf(await decide({ kind: 'replay' }))).toBe(2)
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([10, 11, 12])
    expect([await stateOf(12), await stateOf(13)]).toEqual([['published'], ['open']])
    expect((await rows()).rows.find(({ values }) => Number(values[0]) === 13)?.reason).toBe('As it was corrected it breaks required(carrier)')
  })

  it('is left out for a reason, and never asked about again', async () => {
    expect(valueOf(await decide({ kind: 'discard', reason: 'a test flight' }, { where: 'id = 14' }))).toBe(1)
    await run()
    expect(await ids()).toEqual([10, 11, 12])
    expect((await rows()).rows.find(({ values }) => Number(values[0]) === 14)).toMatchObject({ state: 'discarded', reason: 'a test flight', by: 'olga', rules: ['required(carrier)'] })
  })

  it.each<[string, RowDecision, Readonly<Record<string, unknown>>, string]>([
    ['a column that is not there', { kind: 'repair', set: { carier: "'A'" } }, {}, 'quarantine-column'],
    ['another table', { kind: 'repair', set: { carrier: '(select 1)' } }, {}, 'condition-not-allowed'],
    ['a file', { kind: 'repair', set: { carrier: "(read_text('/etc/passwd'))" } }, {}, 'sql-function-not-allowed'],
    ['no row', { kind: 'discard', reason: 'x' }, { where: 'id = 999' }, 'quarantine-nothing'],
    ['rows without a key', { kind: 'repair', corrected: [{ carrier: 'A' }] }, {}, 'quarantine-rows'],
    ['a value of another type', { kind: 'repair', corrected: [{ id: 13, delay: 'late' }] }, {}, 'engine-file'],
  ])('is not changed by a correction of %s', async (_case, decision, chosen, code) => {
    const before = await side()
    const refused = await decide(decision, chosen)
    expect(refused.ok ? [] : refused.diagnostics.map((one) => one.code)).toContain(code)
    expect(await side()).toEqual(before)
  })

  it('is shown masked to whom it is masked, and what is masked cannot be asked about', async () => {
    const limits = { columns: ['id', 'carrier'], masks: { carrier: "'***'" } }
    const shown = await rows(limits)
    expect(shown.columns).toEqual(['id', 'carrier'])
    expect(new Set(shown.rows.map(({ values }) => values[1]))).toEqual(new Set(['***']))
    const asked = await (await rig.open()).quarantine.rows({ product: 'sales', dataSet: 'raw' }, { limit: 10, where: "carrier = 'C'" }, limits)
    expect(asked).toMatchObject({ ok: false, diagnostics: [{ code: 'condition-unknown-column' }] })
    const hidden = await (await rig.open()).quarantine.decide({ product: 'sales', dataSet: 'raw', by: 'eve', decision: { kind: 'discard', reason: 'x' }, chosen: { where: 'delay = 9' }, limits })
    expect(hidden).toMatchObject({ ok: false, diagnostics: [{ code: 'condition-unknown-column' }] })
  })
})

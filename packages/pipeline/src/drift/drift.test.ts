import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'
import type { RowDecision } from '../quarantine/types.ts'
import type { InputRight } from '../types.ts'

// Each is several runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 120_000 })

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
})
afterAll(() => rig[Symbol.asyncDispose]())

const write = (text: string): Promise<void> => rig.write({ 'data/a.csv': text })
const columns = { id: 'long!*', name: 'string', day: 'date' }
const apply = (said: { readonly custom?: Readonly<Record<string, unknown>>; readonly columns?: Readonly<Record<string, string>>; readonly port?: Readonly<Record<string, unknown>> } = {}): Promise<void> => rig.apply({
  shop: {
    files: { drop: { path: 'data/a.csv', ...said.port } },
    dataSets: {
      raw: { from: 'drop', columns: said.columns ?? columns, custom: { schemaDrift: 'quarantine', ...said.custom } },
      total: { columns: { rows: 'long' }, model: "select count(*) as rows from {{ ref('raw') }}" },
    },
  },
})
const run = () => rig.run('shop', { force: true })
const published = () => rig.rows('shop.raw', 'SELECT id, name, CAST(day AS VARCHAR) AS day FROM shop.raw ORDER BY id')
const ids = async (): Promise<readonly number[]> => (await published()).map((row) => Number((row as { readonly id: unknown }).id))
const aside = async (limits?: InputRight['limits']) => valueOf(await (await rig.open()).quarantine.rows({ product: 'shop', dataSet: 'raw' }, { limit: 100 }, limits))
const states = async () => (await aside()).rows.map(({ raw, state }) => [raw, state]).toSorted()
const decide = async (decision: RowDecision, chosen: Readonly<Record<string, unknown>> = {}) => (await rig.open()).quarantine.decide({ product: 'shop', dataSet: 'raw', by: 'olga', decision, chosen, limits: undefined })

describe('rows of a source that drifted', () => {
  it('are set aside with what they break and what came; those that fit are published', async () => {
    await write('id,name,day\n1,a,2020-01-02\nx,secret-b,2020-01-02\n3,c\n4,"d\nd",\n5,e,2020-13-01\n')
    await apply()
    const ended = await run()
    expect(ended).toMatchObject({ status: 'succeeded' })
    expect(await published()).toEqual([{ id: 1, name: 'a', day: '2020-01-02' }, { id: 4, name: 'd\nd', day: null }])
    expect(await rig.rows('shop.total', 'SELECT rows FROM shop.total')).toEqual([{ rows: 2 }])
    expect((await aside()).rows).toMatchObject([
      { state: 'open', rules: ['of-type(id)'], run: ended.runId, number: 2, source: 'drop', values: [null, 'secret-b', '2020-01-02'], raw: '{"id":"x","name":"secret-b","day":"2020-01-02"}' },
      { rules: ['readable'], number: 3, values: [null, null, null], raw: '3,c' },
      { rules: ['of-type(day)'], number: 5, values: [5, 'e', null], raw: '{"id":"5","name":"e","day":"2020-13-01"}' },
    ])
    // Whoever is told is told how many and which rules.
    const told = await rig.store.db.selectFrom('outbox').select('data').where('type', '=', 'tulle.rows.quarantined').execute()
    expect(told.map(({ data }) => data)).toMatchObject([{ rows: 3, rules: { 'of-type(id)': 1, 'of-type(day)': 1, readable: 1 } }])
    expect(JSON.stringify([told, await rig.log(ended.runId), await rig.store.db.selectFrom('run_step').selectAll().where('run_id', '=', ended.runId).execute()])).not.toContain('secret-b')
  })

  it('are shown as they came to those alone who see every column as it is', async () => {
    const some: readonly InputRight['limits'][] = [{ columns: ['id', 'name', 'day'], masks: { name: "'***'" } }, { columns: ['id', 'day'], masks: {} }]
    for (const limits of some) {
      const shown = await aside(limits)
      expect(JSON.stringify(shown)).not.toContain('secret-b')
      expect(shown.rows.every(({ raw }) => raw === undefined)).toBe(true)
      expect(await (await rig.open()).quarantine.rows({ product: 'shop', dataSet: 'raw' }, { limit: 10, where: "_tulle_raw like '%secret%'" }, limits)).toMatchObject({ ok: false, diagnostics: [{ code: 'condition-unknown-column' }] })
    }
    expect((await aside({ columns: ['id', 'name', 'day'], masks: {} })).rows.some(({ raw }) => raw?.includes('secret-b'))).toBe(true)
  })

  it('are one entry however often they come, and gone when the contract is mended', async () => {
    await run()
    expect(await states()).toHaveLength(3)
    await apply({ columns: { ...columns, day: 'string' } })
    await run()
    expect(await ids()).toEqual([1, 4, 5])
    expect(await states()).toEqual([['3,c', 'open'], ['{"id":"5","name":"e","day":"2020-13-01"}', 'gone'], ['{"id":"x","name":"secret-b","day":"2020-01-02"}', 'open']])
  })

  it('are corrected, replayed and left out as others are', async () => {
    expect(valueOf(await decide({ kind: 'repair', set: { id: '2' } }, { rule: 'of-type(id)' }))).toBe(1)
    expect(valueOf(await decide({ kind: 'discard', reason: 'a test' }, { rule: 'readable' }))).toBe(1)
    expect(valueOf(await decide({ kind: 'replay' }))).toBe(1)
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await ids()).toEqual([1, 2, 4, 5])
    expect((await states()).map(([, state]) => state)).toEqual(['discarded', 'gone', 'published'])
    await run()
    expect(await ids()).toEqual([1, 2, 4, 5])
  })

  it('are built again in private as they were published', async () => {
    const { runId } = valueOf(await (await rig.open()).reproduce('shop', { snapshot: (await rig.table('shop.raw')).currentSnapshot?.id ?? '', requestedBy: 'test' }))
    expect(valueOf(await (await rig.open()).wait(runId))).toMatchObject({ status: 'succeeded' })
    const { output } = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
    expect(output).toMatchObject({ identical: true })
  })
})

describe('a source that drifted as a whole', () => {
  it.each<[string, string, Readonly<Record<string, unknown>>, string]>([
    ['has other columns', 'id,name,day,more\n1,a,,x\n', {}, 'drift-nothing-fits'],
    ['lacks a column', 'id,day\n1,\n', {}, 'drift-nothing-fits'],
    ['has more rows that do not fit than may be', 'id,name,day\n1,a,\nx,b,\ny,c,\n', { onFailure: 'quarantine', atMost: '50 %' }, 'drift-too-much'],
    ['has a quote without an end', 'id,name,day\n1,"a,\n2,b,\n', {}, 'drift-file'],
  ])('stops the run where it %s', async (_case, text, custom, code) => {
    const before = await ids()
    await write(text)
    await apply({ custom })
    expect((await run()).diagnostics.map((one) => one.code)).toEqual([code])
    expect(await ids()).toEqual(before)
  })
})

describe('a source that adds rows', () => {
  it('delivers one that did not fit once; mended, the contract reads what was kept of it', async () => {
    await rig.write({ 'new/1.csv': 'id,name,day\n1,a,\n' })
    const added = (more: Readonly<Record<string, string>> = {}) => apply({ port: { path: 'new/*.csv', only_new: true }, columns: { ...columns, ...more } })
    await added()
    await run()
    await rig.write({ 'new/2.csv': 'id,name,day,note\n2,b,,first\n', 'new/3.csv': 'id,name,day,note\nx,c,,second\n' })
    await run()
    await run()
    expect(await ids()).toEqual([1])
    const waiting = (await aside()).rows.filter(({ raw }) => raw?.includes('note') === true)
    expect(waiting.map(({ rules }) => rules)).toEqual([['no-other-columns'], ['no-other-columns', 'of-type(id)']])
    // It still does not fit.
    expect(await decide({ kind: 'replay', isOpenToo: true }, { where: 'id = 2' })).toMatchObject({ ok: false, diagnostics: [{ code: 'quarantine-nothing' }] })
    await added({ note: 'string' })
    expect(valueOf(await decide({ kind: 'replay', isOpenToo: true }, { rule: 'no-other-columns' }))).toBe(1)
    expect(await run()).toMatchObject({ status: 'succeeded' })
    expect(await rig.rows('shop.raw', 'SELECT id, note FROM shop.raw ORDER BY id')).toEqual([{ id: 1, note: null }, { id: 2, note: 'first' }])
  })
})

it('a contract that refuses drift goes on to stop the run (the control)', async () => {
  await write('id,name,day\n1,a,2020-01-02\nx,b,2020-01-02\n')
  await apply({ custom: { schemaDrift: 'refuse' } })
  expect(await run()).toMatchObject({ status: 'failed', diagnostics: [{ code: 'engine-file' }] })
})

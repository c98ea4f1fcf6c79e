import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'
import { latestSql } from './side-table.ts'

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

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fakeClock } from '@tulle/kernel/testing'
import { appendEvent } from '@tulle/store'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig } from './testing/pipeline-rig.ts'

// Chains of runs, beside whatever else the machine does.
vi.setConfig({ testTimeout: 180_000 })

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id\n1\n2\n' })
})
afterAll(() => rig[Symbol.asyncDispose]())

const columns = { id: 'long!' }
const chain = {
  a: { files: { drop: 'data/a.csv' }, dataSets: { a: { from: 'drop', columns } } },
  b: { dataSets: { b: { columns, model: "select id from {{ ref('a', 'a') }}" } } },
  c: { dataSets: { c: { columns, model: "select a.id from {{ ref('a', 'a') }} a join {{ ref('b', 'b') }} b using (id)" } } },
  d: { onInputPublished: false, dataSets: { d: { columns, model: "select id from {{ ref('a', 'a') }}" } } },
}
const runsOf = async (product: string): Promise<readonly string[]> => {
  const rows = await rig.store.db.selectFrom('run').select(['status', 'trigger']).where('product', '=', product).orderBy('requested_at').execute()
  return rows.map((row) => `${(row.trigger as { kind: string }).kind} ${row.status}`)
}
const applyFinished = (): Promise<void> =>
  rig.store.db.transaction().execute(async (tx) => {
    await appendEvent(tx, { type: 'tulle.apply.finished', source: '/test', data: {} })
  })

describe('triggers', () => {
  it('an apply builds what is new, inputs before what reads them', async () => {
    await rig.apply(chain)
    const pipeline = await rig.open()
    await pipeline.registerTriggers()
    await applyFinished()
    await pipeline.settled(AbortSignal.timeout(120_000))
    for (const product of ['a', 'b', 'c']) expect([product, await rig.rows(`${product}.${product}`, `SELECT count(*) AS n FROM ${product}.${product}`)]).toEqual([product, [{ n: 2 }]])
    expect(await runsOf('a')).toEqual(['apply succeeded'])
    expect((await runsOf('b'))[0]).toBe('event succeeded')
    const failures = await rig.store.db.selectFrom('run').select('id').where('status', '=', 'failed').execute()
    expect(failures).toEqual([])
  })

  it('an apply that changes nothing builds nothing', async () => {
    const pipeline = await rig.open()
    await pipeline.registerTriggers()
    const before = await runsOf('a')
    await applyFinished()
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect(await runsOf('a')).toEqual(before)
  })

  it('a publish runs the products that read it, down the chain, and not those that would rather wait', async () => {
    const pipeline = await rig.open()
    await pipeline.registerTriggers()
    await rig.write({ 'data/a.csv': 'id\n1\n2\n3\n' })
    const [b, d] = [await runsOf('b'), await runsOf('d')]
    await rig.run('a')
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect(await rig.rows('c.c', 'SELECT count(*) AS n FROM c.c')).toEqual([{ n: 3 }])
    expect((await runsOf('b')).length).toBe(b.length + 1)
    expect(await runsOf('d')).toEqual(d)
  })

  it('a schedule runs its product when it is due', async () => {
    const clock = fakeClock(Date.now() + 60_000)
    await rig.apply({ ...chain, a: { ...chain.a, schedule: '0 * * * *' } })
    const pipeline = await rig.open({ clock })
    await pipeline.registerTriggers()
    await clock.advance(3_700_000)
    await expect.poll(async () => (await runsOf('a')).filter((run) => run === 'cron succeeded').length, { timeout: 10_000 }).toBe(1)
  })
})

describe('what else starts a run', () => {
  const dataSets = (name: string, ...reads: readonly string[]) => ({ [name]: { columns, model: reads.map((read) => `select id from {{ ref('${read}', '${read}') }}`).join(' union all ') } })
  const drop = (name: string) => ({ files: { drop: `data/${name}.csv` }, dataSets: { [name]: { from: 'drop', columns } } })
  const mesh = {
    x: drop('x'), y: drop('y'),
    pair: { workflow: { freshness: 'all' }, dataSets: dataSets('pair', 'x', 'y') },
    either: { dataSets: dataSets('either', 'x', 'y') },
    told: { workflow: { on_event: [{ type: 'tulle.product.published', subject: 'x' }, { type: 'tulle.erasure.finished', subject: 'person' }] }, files: { drop: 'data/x.csv' }, dataSets: { told: { from: 'drop', columns } } },
  }

  it('fresh inputs: one of them, or all of them', async () => {
    await rig.write({ 'data/x.csv': 'id\n1\n', 'data/y.csv': 'id\n1\n' })
    await rig.apply(mesh)
    const pipeline = await rig.open()
    await pipeline.registerTriggers()
    for (const name of ['x', 'y']) await rig.run(name)
    await pipeline.settled(AbortSignal.timeout(120_000))
    const [both, either] = [(await runsOf('pair')).length, (await runsOf('either')).length]
    expect(both).toBeGreaterThan(0)
    await rig.write({ 'data/x.csv': 'id\n1\n2\n' })
    await rig.run('x')
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect([(await runsOf('pair')).length, (await runsOf('either')).length]).toEqual([both, either + 1])
    await rig.write({ 'data/y.csv': 'id\n1\n2\n' })
    await rig.run('y')
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect([(await runsOf('pair')).length, (await runsOf('either')).length]).toEqual([both + 1, either + 2])
    expect(await rig.rows('pair.pair', 'SELECT count(*) AS n FROM pair.pair')).toEqual([{ n: 4 }])
  })

  it('an event of the stream that it names, and no other', async () => {
    const pipeline = await rig.open()
    await pipeline.registerTriggers()
    const before = (await runsOf('told')).length
    const happen = (type: string, subject: string): Promise<void> => rig.store.db.transaction().execute(async (tx) => {
      await appendEvent(tx, { type, source: '/test', subject, data: {} })
    })
    await happen('tulle.erasure.finished', 'somebody else')
    await happen('tulle.erasure.begun', 'person')
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect((await runsOf('told')).length).toBe(before)
    await happen('tulle.erasure.finished', 'person')
    await pipeline.settled(AbortSignal.timeout(120_000))
    expect((await runsOf('told')).slice(before)).toEqual(['event succeeded'])
  })
})

// A data set that is kept in step is, after every change of what it reads, what its statement gives of all of it: rows that come,
// change and go, on both sides of a join, late ones too. What it takes for that is what changed, and the published version says so.

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { renderDiagnostic } from '@tulle/kernel'
import { compact } from '@tulle/tables'
import { RUN_SUMMARY } from '../run-summary.ts'
import { linkInto } from '../sessions.ts'
import type { PipelineRig } from '../testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from '../testing/pipeline-rig.ts'
import type { ProductWords } from '../testing/mesh-words.ts'

type Rows = Map<number, readonly [shop: number, amount: number]>

const BY_CITY = `select s.city, count(*) as orders, sum(o.amount) as amount, max(o.amount) as most from {{ ref('orders') }} o join {{ ref('shops') }} s on s.shop = o.shop group by s.city`
const LARGE = `select o.id, o.amount, s.city from {{ ref('orders') }} o left join {{ ref('shops') }} s on s.shop = o.shop where o.amount > 50`
const SIZES = "select orders as size, count(*) as cities from {{ ref('by_city') }} group by 1"

/** Each data set twice: kept in step, and built as a whole by every run. */
const sales = (byCity = BY_CITY): ProductWords => {
  const [byCityWords, largeWords] = [
    { columns: { city: 'string*', orders: 'long!', amount: 'decimal(38, 0)!', most: 'long' }, model: byCity },
    { columns: { id: 'long*', amount: 'long!', city: 'string' }, model: LARGE },
  ]
  return {
    files: { order_file: 'data/orders.csv', shop_file: 'data/shops.csv' },
    dataSets: {
      orders: { from: 'order_file', columns: { id: 'long*', shop: 'long!', amount: 'long!' } },
      shops: { from: 'shop_file', columns: { shop: 'long*', city: 'string!' } },
      by_city: { ...byCityWords, refresh: 'continuous' },
      by_city_whole: byCityWords,
      large: { ...largeWords, refresh: 'continuous' },
      large_whole: largeWords,
      // Reads in the same run what is kept in step.
      sizes: { columns: { size: 'long*', cities: 'long!' }, model: SIZES, refresh: 'continuous' },
    },
  }
}
/** Reads another product at its snapshots. */
const OF_SALES = SIZES.replace("ref('by_city')", "ref('sales', 'by_city')")
const board: ProductWords = { dataSets: {
  sizes: { columns: { size: 'long*', cities: 'long!' }, model: OF_SALES, refresh: 'continuous' },
  sizes_whole: { columns: { size: 'long*', cities: 'long!' }, model: OF_SALES },
} }
const PAIRS: readonly (readonly [kept: string, whole: string])[] = [['sales.by_city', 'sales.by_city_whole'], ['sales.large', 'sales.large_whole'], ['sales.sizes', 'board.sizes_whole'], ['board.sizes', 'board.sizes_whole']]

let rig: PipelineRig
const orders: Rows = new Map(Array.from({ length: 40 }, (_, i) => [i, [i % 5, (i * 37) % 100] as const]))
const shops = new Map<number, string>([[0, 'Zurich'], [1, 'Geneva'], [2, 'Zurich'], [3, 'Basel']])
const write = (): Promise<void> => rig.write({
  'data/orders.csv': `id,shop,amount\n${[...orders].map(([id, [shop, amount]]) => `${id},${shop},${amount}\n`).join('')}`,
  'data/shops.csv': `shop,city\n${[...shops].map(([shop, city]) => `${shop},${city}\n`).join('')}`,
})
const run = async (product: string): Promise<string> => {
  const { runId, status, diagnostics } = await rig.run(product)
  if (status === 'failed') expect.fail(`${product}: ${diagnostics.map(renderDiagnostic).join(' ')}`)
  return [status, ...await rig.log(runId)].join('\n')
}
const runAll = async (): Promise<string> => {
  await write()
  return `${await run('sales')}\n${await run('board')}`
}
const sorted = async (address: string): Promise<readonly string[]> => (await rig.rows(address)).map((row) => JSON.stringify(row)).toSorted()
const refreshOf = async (address: string): Promise<string | undefined> => (await rig.table(address)).currentSnapshot?.summary[RUN_SUMMARY.refresh]
async function expectInStep(refresh: string): Promise<void> {
  for (const [kept, whole] of PAIRS) expect({ kept, refresh: await refreshOf(kept), rows: await sorted(kept) }).toEqual({ kept, refresh, rows: await sorted(whole) })
}

beforeAll(async () => {
  rig = await pipelineRig()
  await write()
  await rig.apply({ sales: sales(), board })
  await rig.open()
}, 120_000)
afterAll(() => rig?.[Symbol.asyncDispose]())

const STEPS: readonly (readonly [what: string, change: () => void])[] = [
  ['rows come, and one changes', () => { for (let i = 40; i < 46; i += 1) orders.set(i, [i % 4, i]); orders.set(7, [2, 99]) }],
  ['rows go, and with them a group', () => { for (const [id, [shop]] of orders) if (shop === 3) orders.delete(id) }],
  ['the other side of the join changes', () => { shops.set(1, 'Lausanne'); shops.delete(2); shops.set(4, 'Geneva') }],
  ['both sides change', () => { orders.set(200, [5, 60]); orders.delete(1); shops.set(5, 'Basel'); shops.set(0, 'Geneva') }],
]

describe('a data set that is kept in step', () => {
  it('is built as a whole at first', async () => {
    await runAll()
    await expectInStep('whole')
  }, 180_000)

  it.each(STEPS)('is what its statement gives of all of it when %s', async (_what, change) => {
    change()
    await runAll()
    await expectInStep('changes')
  }, 180_000)

  it('says in its log what was touched, and is left alone where nothing changed', async () => {
    orders.set(300, [0, 51])
    expect(await runAll()).toMatch(/Kept sales\.by_city in step: 1 changed rows of what it reads touch 1 of its rows, which are 1 now\./u)
    const again = await rig.run('board')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ name: 'ingest', status: 'skipped' })
  }, 180_000)

  it('goes on by changes where maintenance has brought its files together', async () => {
    const folder = join(rig.folder, 'compaction')
    await mkdir(folder)
    const worker = valueOf(await rig.engine.start({ readPaths: [folder], writePaths: [folder], memoryMegabytes: 256, threads: 1 }))
    let placed = 0
    valueOf(await compact({ lake: rig.lake, process: worker, folder, place: (file) => linkInto(folder, `compact-${placed++}.parquet`, file) }, { namespace: 'sales', name: 'by_city' }, { targetBytes: 1_000_000, minFiles: 1 }))
    await worker.kill()
    expect((await rig.table('sales.by_city')).currentSnapshot?.summary['operation']).toBe('replace')
    orders.delete(2)
    await runAll()
    await expectInStep('changes')
  }, 180_000)

  it('can be built again from its recipe, as a whole', async () => {
    const live = await rig.open()
    const { runId } = valueOf(await live.reproduce('board', { snapshot: (await rig.table('board.sizes')).currentSnapshot?.id ?? '', requestedBy: 'test' }))
    expect((await live.wait(runId)).ok).toBe(true)
    const step = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
    expect(step.output).toMatchObject({ identical: true })
  }, 180_000)

  it('is built as a whole where its statement changes', async () => {
    await rig.apply({ sales: sales(BY_CITY.replace('max(o.amount)', 'min(o.amount)')), board })
    await rig.open()
    expect(await run('sales')).toContain('Builds sales.by_city as a whole: the code of its product changed.')
    expect(await sorted('sales.by_city')).toEqual(await sorted('sales.by_city_whole'))
  }, 180_000)
})

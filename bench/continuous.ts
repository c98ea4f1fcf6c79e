// How long it takes until one changed row of a large input is in a data set that is kept in step, published, beside building the
// whole: node bench/continuous.ts [rows] [rounds]. Both are whole runs: pin, work out, write, check, publish. The answers are compared
// first. The statement joins the input with another and groups by windows of an hour.

import { chmod, link, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { commit, writeMetadata } from '@tulle/lake'
import { pipelineRig } from '@tulle/pipeline/testing'
import { upsert } from '@tulle/tables'

const rows = Number(process.argv[2] ?? 3_000_000)
const rounds = Number(process.argv[3] ?? 9)

const MODEL = `select s.city, date_trunc('hour', o.at) as hour, count(*) as orders, sum(o.amount) as amount, max(o.amount) as most
from {{ ref('orders', 'orders') }} o left join {{ ref('shops', 'shops') }} s on s.shop = o.shop group by 1, 2`
const columns = { city: 'string*', hour: 'timestamp*', orders: 'long!', amount: 'decimal(38, 0)', most: 'long' }

const rig = await pipelineRig()
try {
  const folder = join(rig.folder, 'bench')
  await mkdir(folder)
  await chmod(folder, 0o777)
  const maker = valueOf(await rig.engine.start({ readPaths: [], writePaths: [folder], memoryMegabytes: 1024, threads: 2 }))
  const query = `select i as id, i % 500 as shop, (i * 7919) % 1000 as amount, timestamp '2026-01-01' + to_minutes(i % 129600) as at from range(${rows}) t(i)`
  valueOf(await maker.write(query, { path: join(folder, 'orders.parquet'), fieldIds: { id: 1, shop: 2, amount: 3, at: 4 }, timeoutMilliseconds: 300_000 }))
  await mkdir(join(rig.meshFolder, 'data'))
  await linkFile(join(folder, 'orders.parquet'), join(rig.meshFolder, 'data/orders.parquet'))
  await rig.write({ 'data/shops.csv': `shop,city\n${Array.from({ length: 500 }, (_, i) => `${i},city ${i % 40}\n`).join('')}` })
  await rig.apply({
    orders: { files: { file: 'data/orders.parquet' }, dataSets: { orders: { from: 'file', columns: { id: 'long*', shop: 'long!', amount: 'long!', at: 'timestamp!' } } } },
    shops: { files: { file: 'data/shops.csv' }, dataSets: { shops: { from: 'file', columns: { shop: 'long*', city: 'string!' } } } },
    kept: { dataSets: { by_hour: { columns, model: MODEL, refresh: 'continuous' } } },
    built: { dataSets: { by_hour: { columns, model: MODEL } } },
  })
  await rig.open()
  for (const product of ['orders', 'shops', 'kept', 'built']) await timed(product)
  const orders = await rig.table('orders.orders')
  valueOf(await commit(rig.lake, [valueOf(await writeMetadata(rig.lake, orders, { lastUpdated: orders.metadata.lastUpdated + 1, properties: { ...orders.properties, 'write.merge.mode': 'merge-on-read' } }))]))

  const took = { kept: [] as number[], built: [] as number[] }
  let placed = 0
  for (let round = 0; round < rounds; round += 1) {
    const worker = valueOf(await rig.engine.start({ readPaths: [folder], writePaths: [folder], memoryMegabytes: 1024, threads: 2 }))
    const place = async (file: string): Promise<string> => linkFile(file, join(folder, `placed-${placed++}.parquet`))
    const id = (round * 104_729) % rows
    valueOf(await upsert({ lake: rig.lake, process: worker, place, folder }, { namespace: 'orders', name: 'orders' }, { query: `select ${id}::bigint as id, ${id % 500}::bigint as shop, 1000000::bigint as amount, timestamp '2026-02-02 02:02:02' as at`, relations: [], keys: ['id'] }))
    await worker.kill()
    took.kept.push(await timed('kept'))
    took.built.push(await timed('built'))
    const [kept, built] = await Promise.all(['kept', 'built'].map((product) => rig.rows(`${product}.by_hour`, `select count(*) as n, sum(hash(t)) as h from ${product}.by_hour t`)))
    if (JSON.stringify(kept) !== JSON.stringify(built)) throw new Error(`The answers differ: ${JSON.stringify(kept)} and ${JSON.stringify(built)}`)
  }
  const p50 = (all: readonly number[]): string => `${(all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0).toFixed(0)} ms`
  console.log(`one row of ${rows}, p50 of ${rounds} runs: kept in step ${p50(took.kept)}, built as a whole ${p50(took.built)}`)
} finally {
  await rig[Symbol.asyncDispose]()
}

async function timed(product: string): Promise<number> {
  const begun = performance.now()
  const { status, diagnostics } = await rig.run(product)
  if (status !== 'succeeded') throw new Error(`${product} ${status}: ${diagnostics.map(({ message }) => message).join(' ')}`)
  return performance.now() - begun
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.value
}

async function linkFile(from: string, to: string): Promise<string> {
  await link(from, to)
  return to
}

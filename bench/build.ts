// What a build costs that has nothing to do, and one that has a day to add: `node bench/build.ts [mesh|day]`.
// The mesh is the sample mesh on a living server, each of its products run again with nothing changed: how long the runs took by their
// own record, one after another. The day is the last one of three million flights, which an incremental model appends to all before it.

import { copyFile, mkdir } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join, resolve } from 'node:path'
import { pipelineRig } from '@tulle/pipeline/testing'
import { startTulle } from '@tulle/server/testing'

const FLIGHTS = resolve(import.meta.dirname, '../node_modules/vega-datasets/data/flights-3m.parquet')
const DAY = '2001-06-29'
const parts = process.argv.slice(2)
const asked = (part: string): boolean => parts.length === 0 || parts.includes(part)

if (asked('mesh')) await noOpBuild()
if (asked('day')) await oneDay()
console.log(`load of the machine: ${loadavg().map((load) => load.toFixed(1)).join(', ')}`)

interface Run { readonly id: string; readonly product: string; readonly status: string; readonly startedAt?: string; readonly finishedAt?: string }

async function noOpBuild(): Promise<void> {
  await using tulle = await startTulle()
  const runs = (): readonly Run[] => JSON.parse(tulle.sh('tulle runs list --as ada -o json').stdout) as readonly Run[]
  const products = new Set<string>()
  for (const until = performance.now() + 300_000; ;) {
    const now = runs()
    for (const { product } of now) products.add(product)
    if (products.size >= 8 && now.every(({ status }) => status === 'succeeded')) break
    if (performance.now() > until) throw new Error(`not built: ${JSON.stringify(now)}`)
    await new Promise((wake) => setTimeout(wake, 500))
  }
  const before = new Set(runs().map(({ id }) => id))
  for (const product of products) tulle.sh(`tulle run ${product} --wait --as ada`)
  const again = runs().filter(({ id }) => !before.has(id))
  let sum = 0
  for (const { product, startedAt = '', finishedAt = '' } of again) {
    const took = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000
    sum += took
    console.log(`  ${product}: ${took.toFixed(3)} s`)
  }
  console.log(`no-op build of the sample mesh, ${again.length} products one after another: ${sum.toFixed(3)} s (target ≤ 0.5 s)`)
}

async function oneDay(): Promise<void> {
  await using rig = await pipelineRig()
  const data = join(rig.meshFolder, 'data/flights')
  await mkdir(data, { recursive: true })
  // The engine's user may walk where the rig lies.
  const whole = join(rig.folder, 'whole')
  const flights = join(whole, 'flights.parquet')
  await mkdir(whole)
  await copyFile(FLIGHTS, flights)
  const columns = { date: 'timestamp', delay: 'long', distance: 'long', origin: 'string', destination: 'string' }
  const cut = async (name: string, where: string): Promise<number> => {
    const engine = await rig.engine.start({ readPaths: [whole], writePaths: [data], memoryMegabytes: 512, threads: 2 })
    if (!engine.ok) throw new Error(engine.diagnostics[0]?.message)
    const written = await engine.value.write(`select * from read_parquet('${flights}') where ${where}`, { path: join(data, name), fieldIds: Object.fromEntries(Object.keys(columns).map((column, i) => [column, i + 1])) })
    await engine.value.kill()
    if (!written.ok) throw new Error(written.diagnostics[0]?.message)
    return written.value.rows
  }
  await rig.apply({
    flown: {
      files: { flights: { path: 'data/flights/*.parquet' } },
      dataSets: { flown: { columns, model: `{{ config(materialized='incremental', incremental_strategy='append') }}
select date, delay, distance, origin, destination from {{ source('flights') }}
{% if is_incremental() %}where date > (select max(date) from {{ this }}){% endif %}` } },
    },
  })
  const build = async (what: string, options = {}): Promise<number> => {
    const from = performance.now()
    const run = await rig.run('flown', options)
    if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.diagnostics))
    const took = (performance.now() - from) / 1000
    console.log(`  ${what}: ${took.toFixed(3)} s`)
    return took
  }
  const old = await cut('until.parquet', `date < '${DAY}'`)
  await build('the first run, which starts what a run needs')
  const rows = await cut('day.parquet', `date >= '${DAY}' and date < date '${DAY}' + interval 1 day`)
  const added = await build(`${rows} flights of a day, added to ${old}`)
  const [held] = (await rig.rows('flown.flown', 'select count(*) as n from flown.flown')) as readonly { readonly n: number }[]
  if (held?.n !== old + rows) throw new Error(`${held?.n} flights are held, ${old + rows} are expected`)
  const full = await build('all of them, built anew', { fullRefresh: true })
  console.log(`one day's build is 1/${(full / added).toFixed(1)} of a full build (target ≤ 1/20)`)
}

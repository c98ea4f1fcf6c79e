// How many commits a second one table takes from eight writers, beside PyIceberg with its SQL catalog, and what an append
// costs at ten thousand snapshots against what it costs at ten:
//
//   node bench/commits.ts [appends per writer, 500] [snapshots, 10000] [appends per writer of PyIceberg, 25]
//
// Ours runs as in production: pointers in a PostgreSQL that syncs, objects in a synced folder, a data file of its own for
// every append. PYICEBERG_PYTHON names a Python with pyiceberg[sql-sqlite] and pyarrow; without it there is no peer. Its
// commits slow down with every snapshot, so it makes fewer, which is to its advantage.

import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { commit, commitQueue, createTable, loadTable, newDataPath, openLake, planScan, stageAppend } from '@tulle/lake'
import type { Lake, Table, TableName } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { postgresCatalog } from '@tulle/providers'
import { testPostgres } from '@tulle/store/testing'
import { openStore } from '@tulle/store'

const WRITERS = 8
const [appends = 500, snapshots = 10_000, peerAppends = 25] = process.argv.slice(2).map(Number)
const python = process.env['PYICEBERG_PYTHON']

const folder = await mkdtemp(join(tmpdir(), 'tulle-commits-'))
await using server = await testPostgres({ settings: { fsync: 'on' } })
const store = valueOf(await openStore({ connection: server.postgres.connection, poolSize: 5 }))
const lake = openLake({ catalog: postgresCatalog(store.db), objects: localObjects(join(folder, 'warehouse')) })
const row = python === undefined ? Buffer.from('a row') : await oneRow()

/** A Parquet file of one row, as PyIceberg's own library writes it. */
async function oneRow(): Promise<Buffer> {
  const file = join(folder, 'row.parquet')
  peer('row', file)
  return readFile(file)
}

function peer(...given: readonly string[]): unknown {
  // What it says about its retries is left out.
  const answer = execFileSync(python ?? '', [join(import.meta.dirname, 'commits-pyiceberg.py'), ...given], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return answer === '' ? undefined : JSON.parse(answer)
}

async function newTable(name: string): Promise<{ readonly name: TableName; readonly table: Table }> {
  const named = { namespace: 'bench', name }
  return { name: named, table: valueOf(await createTable(lake, { name: named, folder: 'bench', columns: [{ name: 'id', type: 'long' }] })) }
}

async function append(to: Lake, table: Table): ReturnType<typeof stageAppend> {
  return stageAppend(to, table, { files: [{ path: valueOf(await lake.objects.create(newDataPath(lake, table), row)), rows: 1, bytes: row.length }] })
}

async function manyWriters(): Promise<void> {
  const rates: { readonly tulle: number[]; readonly pyiceberg: number[] } = { tulle: [], pyiceberg: [] }
  for (let round = 0; round < 2; round += 1) {
    const { name } = await newTable(`writers_${round}`)
    const queue = commitQueue(lake)
    const began = performance.now()
    const acknowledged = (await Promise.all(Array.from({ length: WRITERS }, async () => {
      const ids: string[] = []
      for (let i = 0; i < appends; i += 1) ids.push(valueOf(await queue.commit(name, append)).snapshot?.id ?? '')
      return ids
    }))).flat()
    rates.tulle.push(acknowledged.length / ((performance.now() - began) / 1000))
    const table = valueOf(await loadTable(lake, name))
    const files = new Set(valueOf(await planScan(lake, table)).files.map(({ file }) => file.path))
    const there = table.snapshots.map((s) => s.id)
    if (new Set(there).size !== there.length || there.length !== acknowledged.length || acknowledged.some((id) => !there.includes(id))) throw new Error('commits were lost or made twice')
    if (files.size !== acknowledged.length) throw new Error(`${files.size} files are there after ${acknowledged.length} appends`)
    if (python === undefined) continue
    const seen = peer('count', table.metadataLocation) as { rows: number; snapshots: number }
    if (seen.rows !== acknowledged.length || seen.snapshots !== acknowledged.length) throw new Error(`PyIceberg reads ${JSON.stringify(seen)} after ${acknowledged.length} appends of a row`)
    const written = peer('write', join(folder, `peer-${round}`), String(WRITERS), String(peerAppends)) as { seconds: number; rows: number }
    if (written.rows !== WRITERS * peerAppends) throw new Error(`PyIceberg has ${written.rows} rows after ${WRITERS * peerAppends} appends of one`)
    rates.pyiceberg.push(written.rows / written.seconds)
  }
  console.log(`${WRITERS} writers × ${appends} appends on one table, none lost, none twice (target ≥ 200 commits/s):`)
  console.log(`  Tulle      ${shown(rates.tulle)} commits/s`)
  console.log(python === undefined ? '  PyIceberg  not there: PYICEBERG_PYTHON is not set' : `  PyIceberg  ${shown(rates.pyiceberg)} commits/s (${WRITERS} × ${peerAppends} appends, 8 processes, SQLite, nothing synced)`)
}

async function manySnapshots(): Promise<void> {
  const few = await newTable('few')
  const many = await newTable('many')
  const queue = commitQueue(lake)
  await Promise.all(Array.from({ length: 64 }, async (_, writer) => {
    for (let i = writer; i < snapshots; i += 64) valueOf(await queue.commit(many.name, append))
  }))
  for (let i = 0; i < 10; i += 1) await timed(few.name)
  const times: { readonly few: number[]; readonly many: number[] } = { few: [], many: [] }
  let fresh = few
  for (let i = 0; i < 400; i += 1) {
    // A table of about ten snapshots: a new one is begun before they are twenty.
    if (i % 10 === 9) {
      fresh = await newTable(`few_${i}`)
      for (let j = 0; j < 10; j += 1) await timed(fresh.name)
    }
    times.few.push(await timed(fresh.name))
    times.many.push(await timed(many.name))
  }
  const [atFew, atMany] = [median(times.few), median(times.many)]
  const { metadataLocation } = valueOf(await loadTable(lake, many.name))
  const { bytes } = valueOf(await lake.objects.facts(metadataLocation))
  const began = performance.now()
  valueOf(await loadTable(openLake(lake), many.name))
  const cold = performance.now() - began
  console.log(`one append, one writer, median and mean of ${times.few.length} in turns (target ≤ 1.5×):`)
  console.log(`  at 10 snapshots      ${atFew.toFixed(2)} ms, mean ${mean(times.few).toFixed(2)} ms`)
  console.log(`  at ${snapshots} snapshots   ${atMany.toFixed(2)} ms, mean ${mean(times.many).toFixed(2)} ms: ${(atMany / atFew).toFixed(2)}×, mean ${(mean(times.many) / mean(times.few)).toFixed(2)}×`)
  console.log(`  the metadata file then has ${(bytes / 1024).toFixed(0)} KB, and a process that has never seen it loads it in ${cold.toFixed(0)} ms`)
}

/** Milliseconds for one append: the table is loaded, a file written, a snapshot staged, the pointer moved. */
async function timed(name: TableName): Promise<number> {
  const began = performance.now()
  valueOf(await commit(lake, [valueOf(await append(lake, valueOf(await loadTable(lake, name))))]))
  return performance.now() - began
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const shown = (rates: readonly number[]): string => rates.map((rate) => rate.toFixed(0)).join(' and ')

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

try {
  await manyWriters()
  await manySnapshots()
} finally {
  await store.close()
  await rm(folder, { recursive: true, force: true })
}

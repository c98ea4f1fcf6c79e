// What a difference of two versions opens and takes, beside DuckDB's EXCEPT over the whole files of both: node bench/diff.ts
// [rows] [files]. One file of the table is written anew with one row in a hundred of the table changed. Answers are compared
// before anything is timed, and the two take turns.

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import type { EngineProcess, RelationFile } from '@tulle/engine'
import { duckdbEngine } from '@tulle/engine'
import type { Scan, Table } from '@tulle/lake'
import { commit, createTable, fieldIdsOf, loadTable, memoryCatalog, newDataPath, openLake, planScan, stageAppend, stageRowDelta, toDataFile } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { differenceSql, differingFiles, filesOfScan } from '@tulle/tables'

const rows = Number(process.argv[2] ?? 3_000_000)
const files = Number(process.argv[3] ?? 100)
const ROUNDS = 7

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const folder = await mkdtemp(join(tmpdir(), 'tulle-bench-diff-'))
await chmod(folder, 0o711)
const staging = join(folder, 'staging')
await mkdir(staging)
const objects = localObjects(join(folder, 'warehouse'))
const lake = openLake({ catalog: memoryCatalog(), objects })
const engine = duckdbEngine({ folder: join(folder, 'engines') })
const worker = valueOf(await engine.start({ readPaths: [join(folder, 'warehouse')], writePaths: [staging], memoryMegabytes: 2048, threads: 2 }))

const name = { namespace: 'bench', name: 'flights' }
const columns = [{ name: 'id', type: 'long' }, { name: 'origin', type: 'string' }, { name: 'destination', type: 'string' }, { name: 'delay', type: 'int' }, { name: 'distance', type: 'double' }]
const names = columns.map((column) => column.name)

/** Rows of one file; `salt` changes the delay of those that it divides. */
const query = (file: number, salt = 0): string => {
  const each = Math.floor(rows / files)
  return `SELECT i AS id, 'A' || (i % 300) AS origin, 'B' || (i % 301) AS destination, CAST(i % 180 + ${salt} AS INTEGER) AS delay, (i * 7919 % 4000)::DOUBLE AS distance FROM range(${file * each}, ${(file + 1) * each}) AS t(i)`
}

async function write(table: Table, sql: string) {
  const path = join(staging, `${lake.ids.uuid()}.parquet`)
  const written = valueOf(await worker.write(sql, { path, fieldIds: fieldIdsOf(table.schema) }))
  const address = valueOf(await objects.adopt(newDataPath(lake, table), path))
  return toDataFile(table.schema, { ...written, path: address })
}

async function makeVersions(): Promise<Table> {
  const table = valueOf(await createTable(lake, { name, folder: 'bench', columns }))
  const first = []
  for (let file = 0; file < files; file += 1) first.push(await write(table, query(file)))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: first }))]))
  const now = valueOf(await loadTable(lake, name))
  const changed = Math.max(1, Math.round(files / 100))
  const added = []
  for (let file = 0; file < changed; file += 1) added.push(await write(now, query(file, 1)))
  valueOf(await commit(lake, [valueOf(await stageRowDelta(lake, now, { added, removed: first.slice(0, changed) }))]))
  return valueOf(await loadTable(lake, name))
}

const define = (before: readonly RelationFile[], after: readonly RelationFile[], table: Table) => {
  const shown = table.schema.fields.map(({ id, name: column, type }) => ({ name: column, type, fieldId: id }))
  return worker.define([{ schema: 'v', name: 'before', columns: shown, files: before }, { schema: 'v', name: 'after', columns: shown, files: after }])
}

async function counts(of: EngineProcess, sql: string): Promise<string> {
  const cursor = valueOf(await of.open(sql, { encoding: { kind: 'rows' } }))
  const batch = valueOf(await cursor.fetch(10))
  await cursor.close()
  return Buffer.from(batch.bytes).toString('utf8')
}

const sizeOf = (scans: readonly Scan[]): string => {
  const all = scans.flatMap((scan) => scan.files)
  return `${all.length} files, ${(all.reduce((sum, { file }) => sum + file.bytes, 0) / 1e6).toFixed(1)} MB`
}

const table = await makeVersions()
const [was, is] = table.snapshots
const scans = async () => [valueOf(await planScan(lake, table, { snapshotId: was?.id ?? '' })), valueOf(await planScan(lake, table, { snapshotId: is?.id ?? '' }))] as const

/** From two snapshots to the count of what differs, with everything that it takes to know which files to open. */
async function ours(): Promise<string> {
  const [before, after] = await scans()
  const differing = differingFiles(before, after)
  valueOf(await define(valueOf(await filesOfScan(lake, table, differing.before)), valueOf(await filesOfScan(lake, table, differing.after)), table))
  const sql = differenceSql({ before: { schema: 'v', name: 'before' }, after: { schema: 'v', name: 'after' }, columns: names })
  return counts(worker, `SELECT count(*) FILTER (change = 'removed'), count(*) FILTER (change = 'added') FROM (${sql})`)
}

/** The same of all files, as one would write it without knowing the format. */
async function except(): Promise<string> {
  const [before, after] = await scans()
  valueOf(await define(valueOf(await filesOfScan(lake, table, before)), valueOf(await filesOfScan(lake, table, after)), table))
  return counts(worker, 'SELECT (SELECT count(*) FROM (FROM v.before EXCEPT FROM v.after)), (SELECT count(*) FROM (FROM v.after EXCEPT FROM v.before))')
}

const [ourAnswer, theirAnswer] = [await ours(), await except()]
if (ourAnswer !== theirAnswer) throw new Error(`The answers differ: ${ourAnswer} and ${theirAnswer}.`)
const times: { ours: number[]; except: number[] } = { ours: [], except: [] }
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [side, work] of [['ours', ours], ['except', except]] as const) {
    const since = performance.now()
    await work()
    times[side].push(performance.now() - since)
  }
}
const [before, after] = await scans()
const differing = differingFiles(before, after)
console.log(`${rows.toLocaleString('en-US')} rows in ${files} files; ${JSON.parse(ourAnswer)[0].join(' rows removed, ')} added.`)
console.log(`tulle diff     opens ${sizeOf([differing.before, differing.after])}; ${median(times.ours).toFixed(0)} ms (median of ${ROUNDS})`)
console.log(`DuckDB EXCEPT  opens ${sizeOf([before, after])}; ${median(times.except).toFixed(0)} ms (median of ${ROUNDS})`)
await worker.kill()
await engine.close()
await rm(folder, { recursive: true, force: true })

// Plans and reads with our lake the table that PyIceberg partitioned (read_partitioned.py). Usage: read-partitioned.ts <folder>

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { loadTable, memoryCatalog, openLake, planScan } from '@tulle/lake'
import type { Predicate, Scan, Value } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'

interface Theirs { readonly metadata: string; readonly uuid: string; readonly rows: number; readonly filters: Readonly<Record<string, { readonly ids: readonly number[]; readonly files: number }>> }

const folder = process.argv[2] ?? '.'
const theirs = JSON.parse(readFileSync(join(folder, 'foreign-partitioned.json'), 'utf8')) as Theirs
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'ware house')) })
const name = { namespace: 'theirs', name: 'every' }
await lake.catalog.swap([{ name, expected: undefined, next: { uuid: theirs.uuid, metadataLocation: theirs.metadata } }])
const table = valueOf(await loadTable(lake, name))
let [passed, failed] = [0, 0]

function check(what: string, isSo: boolean): void {
  if (isSo) passed += 1
  else {
    failed += 1
    console.log(`FAILED ${what}`)
  }
}

/** The ids of the rows that match, read from the planned files by field id. */
async function idsOf(scan: Scan, condition: string): Promise<readonly number[]> {
  const paths = await Promise.all(scan.files.map(async ({ file }) => `'${valueOf(await lake.objects.localFile(file.path)).replaceAll("'", "''")}'`))
  if (paths.length === 0) return []
  const columns = [['id', 'BIGINT'], ['s', 'VARCHAR'], ['d', 'DECIMAL(9,2)'], ['dt', 'DATE'], ['ts', 'TIMESTAMP'], ['tz', 'TIMESTAMP WITH TIME ZONE']]
    .map(([column, type], i) => `${i + 1}: {name: '${column}', type: '${type}', default_value: NULL}`)
  const rows = await (await connection.run(`SELECT id::DOUBLE AS id FROM read_parquet([${paths.join(', ')}], schema = MAP {${columns.join(', ')}}) WHERE ${condition} ORDER BY id`)).getRowObjectsJson()
  return rows.map((row) => Number(row['id']))
}

const compare = (fieldId: number, operator: '=' | '<' | '>=', value: Value): Predicate => ({ kind: 'compare', fieldId, operator, value })
const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n
const FILTERS: Readonly<Record<string, readonly [filter: Predicate, condition: string]>> = {
  'a text': [compare(2, '=', 'ź'), "s = 'ź'"], 'a beginning': [{ kind: 'starts-with', fieldId: 2, prefix: 'ab ' }, "s LIKE 'ab %'"], 'an id': [compare(1, '=', 17n), 'id = 17'],
  'a time before 1970': [compare(5, '<', 0n), "ts < TIMESTAMP '1970-01-01'"], 'an hour': [compare(5, '=', micros('1970-01-03T18:00:00Z')), "ts = TIMESTAMP '1970-01-03 18:00:00'"],
  'a month': [compare(4, '>=', 31), "dt >= DATE '1970-02-01'"], 'a decimal': [compare(3, '=', 6500n), 'd = 65.00'],
  'a year': [compare(6, '<', micros('1970-06-01T00:00:00Z')), "tz < TIMESTAMPTZ '1970-06-01 00:00:00+00'"], 'no text': [{ kind: 'is-null', fieldId: 2 }, 's IS NULL'],
}

check('all rows', (await idsOf(valueOf(await planScan(lake, table)), 'true')).length === theirs.rows)
for (const [what, { ids, files }] of Object.entries(theirs.filters)) {
  const [filter, condition] = FILTERS[what] ?? []
  if (filter === undefined || condition === undefined) throw new Error(`there is no filter "${what}"`)
  const scan = valueOf(await planScan(lake, table, { filter }))
  check(`${what}: the same rows`, JSON.stringify(await idsOf(scan, condition)) === JSON.stringify(ids))
  check(`${what}: no more files than PyIceberg plans (${scan.files.length} and ${files})`, scan.files.length <= files)
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

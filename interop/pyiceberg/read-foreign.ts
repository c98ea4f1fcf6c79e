// Reads with our lake what PyIceberg wrote (continue_table.py), and appends to its table in turn. Usage: read-foreign.ts <folder>

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { commit, filesAt, loadTable, memoryCatalog, newDataPath, openLake, stageAppend } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Lake, Table } from '@tulle/lake'
import type { Result } from '@tulle/kernel'

interface Step { readonly name: string; readonly metadata: string; readonly uuid: string; readonly snapshot: string; readonly rows: number; readonly ids: number; readonly columns: readonly string[] }

const folder = process.argv[2] ?? '.'
const steps = JSON.parse(readFileSync(join(folder, 'foreign.json'), 'utf8')) as readonly Step[]
const connection = await (await DuckDBInstance.create(':memory:')).connect()
let [passed, failed] = [0, 0]

function check(what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) passed += 1
  else {
    failed += 1
    console.log(`FAILED ${what}: found ${JSON.stringify(found)}, wanted ${JSON.stringify(wanted)}`)
  }
}

/** A lake whose catalogue points at a metadata file of PyIceberg's. */
async function lakeAt(step: Step): Promise<{ readonly lake: Lake; readonly table: Table }> {
  const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'ware house')) })
  const name = { namespace: 'interop', name: 'foreign' }
  await lake.catalog.swap([{ name, expected: undefined, next: { uuid: step.uuid, metadataLocation: step.metadata } }])
  return { lake, table: valueOf(await loadTable(lake, name)) }
}

/** Rows and sum of ids over the files, by field id: a file of any age calls the column as it was called then. */
async function totals(lake: Lake, table: Table, fieldId: number): Promise<{ rows: number; ids: number }> {
  let [rows, ids] = [0, 0]
  for (const file of valueOf(await filesAt(lake, table))) {
    const path = valueOf(await lake.objects.localFile(file.path)).replaceAll("'", "''")
    const sql = `SELECT count(*)::DOUBLE AS n, coalesce(sum(id), 0)::DOUBLE AS s FROM read_parquet('${path}', schema = MAP {${fieldId}: {name: 'id', type: 'BIGINT', default_value: NULL}})`
    const [row] = await (await connection.run(sql)).getRowObjectsJson()
    check(`rows of ${file.path}`, row?.['n'], file.rows)
    rows += Number(row?.['n'])
    ids += Number(row?.['s'])
  }
  return { rows, ids }
}

for (const step of steps) {
  const { lake, table } = await lakeAt(step)
  const key = table.schema.fields.find((f) => f.name === 'identity' || f.name === 'id')
  check(`${step.name}: snapshot`, table.currentSnapshot?.id, step.snapshot)
  check(`${step.name}: columns`, table.schema.fields.map((f) => f.name), step.columns)
  check(`${step.name}: rows and ids`, await totals(lake, table, key?.id ?? 0), { rows: step.rows, ids: step.ids })
}

const last = steps.find((step) => step.name === 'a changed schema') as Step
const { lake, table } = await lakeAt(last)
const key = table.schema.fields.find((f) => f.name === 'identity')
const file = join(folder, 'in-turn.parquet')
await connection.run(`COPY (SELECT 777777::BIGINT AS identity) TO '${file}' (FORMAT parquet, FIELD_IDS {identity: ${key?.id ?? 0}})`)
const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), file))
const [now] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [{ path, rows: 1, bytes: 300 }] }))]))
if (now !== undefined) check('an append of ours in turn', await totals(lake, now, key?.id ?? 0), { rows: last.rows + 1, ids: last.ids + 777_777 })
writeFileSync(join(folder, 'in-turn.json'), JSON.stringify({ metadata: now?.metadataLocation, rows: last.rows + 1, ids: last.ids + 777_777 }))

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

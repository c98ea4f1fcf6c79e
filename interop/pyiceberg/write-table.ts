// Writes a table of every type with our lake, several versions of it, and beside it what a reader must find (JSON lines:
// one per snapshot, rows as DuckDB prints them). Usage: write-table.ts <folder>

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  commit, createTable, fieldIdsOf, filesAt, loadTable, memoryCatalog, newDataPath, openLake, parseType, stageAppend, stageOverwrite, stageSchema, toDataFile,
} from '@tulle/lake'
import type { Column, DataFile, FieldIds, Table } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'

const folder = process.argv[2] ?? '.'
const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'ware house')) })
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const name = { namespace: 'interop', name: 'every type' }

const TYPES: Readonly<Record<string, string>> = {
  id: 'long', b: 'boolean', i: 'int', f: 'float', d: 'double', dec9: 'decimal(9, 2)', dec18: 'decimal(18, 4)', dec38: 'decimal(38, 10)', dt: 'date', t: 'time',
  ts: 'timestamp', tz: 'timestamptz', s: 'string', u: 'uuid', bin: 'binary', li: 'list<int>', st: 'struct<x: int, "y z": list<struct<deep: string>>>', m: 'map<string, double>',
}
const COLUMNS: readonly Column[] = Object.entries(TYPES).map(([column, text]) => ({ name: column, type: valueOf(parseType(text)) }))

/** Rows with nulls, extremes and long texts. */
const rows = (from: number, to: number): string => `
  SELECT i::BIGINT AS id, i % 2 = 0 AS b, (i - 50)::INTEGER AS i, (i / 3)::FLOAT AS f, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 7 END::DOUBLE AS d,
    (i * 1.25 - 60)::DECIMAL(9,2) AS dec9, (-i * 1000.5)::DECIMAL(18,4) AS dec18, (i::DECIMAL(38,10) * 1234567890123456789)::DECIMAL(38,10) AS dec38,
    DATE '1969-12-30' + i::INTEGER AS dt, TIME '00:00:00.000001' + INTERVAL (i) MINUTE AS t, TIMESTAMP '1969-12-31 23:00:00.123456' + INTERVAL (i) HOUR AS ts,
    TIMESTAMPTZ '2001-01-01 00:00:00+00' + INTERVAL (i) DAY AS tz, CASE WHEN i % 5 = 0 THEN NULL ELSE repeat('żółw ' || i || ' ', i::INTEGER % 9) END AS s,
    ('00000000-0000-4000-8000-' || lpad(i::VARCHAR, 12, '0'))::UUID AS u, encode('bytes ' || i) AS bin, CASE WHEN i % 4 = 0 THEN [] ELSE [i::INTEGER, NULL] END AS li,
    {'x': i::INTEGER, 'y z': [{'deep': 'd' || i}]} AS st, MAP {'k' || i: i / 2.0} AS m
  FROM range(${from}, ${to}) r(i)`

async function write(table: Table, sql: string): Promise<DataFile> {
  const file = join(folder, 'written.parquet')
  const result = await connection.run(`COPY (${sql}) TO '${file}' (FORMAT parquet, RETURN_STATS, FIELD_IDS ${idsToSql(fieldIdsOf(table.schema))})`)
  const [row] = await result.getRowObjectsJson()
  const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), file))
  const ids = new Map(table.schema.fields.map((field) => [`"${field.name}"`, field.id]))
  const statistics = (row?.['column_statistics'] ?? []) as unknown as readonly { key: string; value: { key: string; value: string }[] }[]
  const columns = statistics.flatMap(({ key, value }) => {
    const facts = Object.fromEntries(value.map((fact) => [fact.key, fact.value]))
    const fieldId = ids.get(key)
    if (fieldId === undefined) return []
    return [{
      fieldId, bytes: Number(facts['column_size_bytes']), nulls: Number(facts['null_count']),
      ...(facts['min'] !== undefined && { min: facts['min'] }), ...(facts['max'] !== undefined && { max: facts['max'] }),
    }]
  })
  return toDataFile(table.schema, { path, rows: Number(row?.['count']), bytes: Number(row?.['file_size_bytes']), columns })
}

function idsToSql(ids: number | FieldIds): string {
  if (typeof ids === 'number') return String(ids)
  return `{${Object.entries(ids).map(([key, id]) => `${key === '__duckdb_field_id' ? key : `"${key.replaceAll('"', '""')}"`}: ${idsToSql(id)}`).join(', ')}}`
}

const expected: string[] = []
async function expectNow(table: Table, sql: string): Promise<void> {
  const [row] = await (await connection.run(`SELECT count(*)::INTEGER AS n, sum(id)::VARCHAR AS ids, sum(hash(s))::VARCHAR AS h FROM (${sql})`)).getRowObjectsJson()
  const samples = await (await connection.run(`SELECT * FROM (${sql}) ORDER BY id`)).getRowObjectsJson()
  const files = valueOf(await filesAt(lake, table)).length
  expected.push(JSON.stringify({ snapshot: table.currentSnapshot?.id, columns: table.schema.fields.map((f) => f.name), files, rows: row?.['n'], ids: row?.['ids'], samples }))
}

let table = valueOf(await createTable(lake, { name, folder: 'product', columns: COLUMNS }))
async function step(stage: () => ReturnType<typeof stageAppend>, sql: string): Promise<void> {
  valueOf(await commit(lake, [valueOf(await stage())]))
  table = valueOf(await loadTable(lake, name))
  await expectNow(table, sql)
}
await step(async () => stageAppend(lake, table, { files: [await write(table, rows(0, 100))] }), rows(0, 100))
await step(async () => stageAppend(lake, table, { files: [await write(table, rows(100, 150)), await write(table, rows(150, 160))] }), rows(0, 160))
await step(async () => stageOverwrite(lake, table, { files: [await write(table, rows(500, 540))] }), rows(500, 540))

// PyIceberg binds filters to the current schema, also at older snapshots: filters read this older metadata file.
writeFileSync(join(folder, 'before.txt'), table.metadataLocation)

const evolved = valueOf(await stageSchema(lake, table, [
  { name: 'note', type: 'string' }, { name: 'identity', renamedFrom: 'id', type: 'long' }, { name: 'i', type: 'long' }, { name: 'f', type: 'double' },
  { name: 'dec9', type: 'decimal(12, 2)' }, ...COLUMNS.filter((c) => ['s', 'st'].includes(c.name)),
]))
if (evolved === undefined) throw new Error('the schema did not change')
valueOf(await commit(lake, [evolved]))
table = valueOf(await loadTable(lake, name))
const added = "SELECT 'new' AS note, 9000::BIGINT AS identity, 5000000000::BIGINT AS i, 0.1::DOUBLE AS f, 1234567890.12::DECIMAL(12,2) AS dec9, 'later' AS s, NULL::STRUCT(x INTEGER, \"y z\" STRUCT(deep VARCHAR)[]) AS st"
const after = `SELECT * FROM (SELECT NULL AS note, id AS identity, i, f, dec9, s, st FROM (${rows(500, 540)}) UNION ALL ${added})`
valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [await write(table, added)] }))]))
table = valueOf(await loadTable(lake, name))
await expectNow(table, `SELECT *, identity AS id FROM (${after})`)

writeFileSync(join(folder, 'expected.jsonl'), `${expected.join('\n')}\n`)
writeFileSync(join(folder, 'table.txt'), table.metadataLocation)

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

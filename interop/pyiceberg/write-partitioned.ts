// Writes with our lake a table that was partitioned in five ways by every transform, in a sort order, with rows deleted by
// position, and beside it which rows and how many files our own plans find for filters. Usage: write-partitioned.ts <folder>

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import {
  commit, createTable, fieldIdsOf, loadTable, memoryCatalog, newDataPath, openLake, partitionColumns, planScan, stageAppend, stagePartitioning, stageRowDelta, stageSortOrder, toDataFile, transformValue,
} from '@tulle/lake'
import type { Column, DataFile, Partition, PartitionBy, Predicate, Table, Value } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { localObjects } from '@tulle/objects'

const folder = process.argv[2] ?? '.'
const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'ware house')) })
const connection = await (await DuckDBInstance.create(':memory:')).connect()
const name = { namespace: 'interop', name: 'partitioned' }
const DAY = 86_400_000_000n

const COLUMNS: readonly Column[] = [
  { name: 'id', type: 'long', required: true }, { name: 'i', type: 'int' }, { name: 'd', type: 'decimal(9, 2)' }, { name: 's', type: 'string' }, { name: 'bin', type: 'binary' },
  { name: 'dt', type: 'date' }, { name: 'ts', type: 'timestamp' }, { name: 'tz', type: 'timestamptz' }, { name: 'u', type: 'uuid' }, { name: 't', type: 'time' },
]
/** Each column as SQL and as our values, of a row's number; every seventh row has nulls. */
const SQL: readonly string[] = [
  'n', 'n - 40', 'n * 1.25 - 60', "['ab ż', 'ab ó', 'ź', '', 'ab'][1 + n % 5]", "encode('b' || n % 3)", "DATE '1969-12-01' + n::INTEGER", "TIMESTAMP '1969-12-31 20:00:00' + INTERVAL (n) HOUR",
  "TIMESTAMPTZ '1968-01-01 00:00:00+00' + INTERVAL (n * 10) DAY", "('00000000-0000-4000-8000-' || lpad(n::VARCHAR, 12, '0'))::UUID", "TIME '00:00:00' + INTERVAL (n) MINUTE",
]
const valuesOf = (n: number): readonly Value[] => [
  BigInt(n), n - 40, BigInt(n * 125 - 6000), ['ab ż', 'ab ó', 'ź', '', 'ab'][n % 5] ?? '', Buffer.from(`b${n % 3}`), n - 31, BigInt(n - 4) * DAY / 24n,
  BigInt(Date.parse('1968-01-01T00:00:00Z')) * 1000n + BigInt(n * 10) * DAY, Buffer.from(`0000000000004000800${String(n).padStart(13, '0')}`, 'hex'), BigInt(n) * 60_000_000n,
]
const isNull = (column: number, n: number): boolean => column > 0 && n % 7 === 3

async function write(table: Table, from: number, to: number): Promise<readonly DataFile[]> {
  const spec = table.metadata.partitionSpecs.find((s) => s.specId === table.metadata.defaultSpecId)
  const columns = spec === undefined ? [] : partitionColumns(spec, table.metadata)
  const partitionOf = (n: number): Partition => columns.map(({ known }) => {
    if (known === undefined) return null
    const column = known.sourceId - 1
    return transformValue(known.transform, known.sourceType, isNull(column, n) ? null : (valuesOf(n)[column] ?? null))
  })
  const groups = Map.groupBy(Array.from({ length: to - from }, (_, i) => from + i), (n) => JSON.stringify(partitionOf(n).map((v) => (v instanceof Uint8Array ? Buffer.from(v).toString('hex') : v === null ? v : `${v}`))))
  const files: DataFile[] = []
  for (const rows of groups.values()) {
    const file = join(folder, 'written.parquet')
    const shown = COLUMNS.map((column, i) => `CASE WHEN ${i > 0} AND n % 7 = 3 THEN NULL ELSE ${SQL[i]} END::${{ 'decimal(9, 2)': 'DECIMAL(9,2)', binary: 'BLOB', string: 'VARCHAR', long: 'BIGINT' }[String(column.type)] ?? String(column.type).toUpperCase()} AS ${column.name}`)
    const ids = Object.entries(fieldIdsOf(table.schema)).map(([column, id]) => `${column}: ${String(id)}`)
    const copied = await connection.run(`COPY (SELECT ${shown.join(', ')} FROM (SELECT unnest([${rows.join(', ')}])::BIGINT AS n) ORDER BY s, n DESC) TO '${file}' (FORMAT parquet, RETURN_STATS, FIELD_IDS {${ids.join(', ')}})`)
    const [facts] = await copied.getRowObjectsJson()
    const statistics = (facts?.['column_statistics'] ?? []) as unknown as readonly { key: string; value: { key: string; value: string }[] }[]
    const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), file))
    const described = toDataFile(table.schema, { path, rows: rows.length, bytes: Number(facts?.['file_size_bytes']), columns: statistics.map(({ key, value }) => {
      const of = Object.fromEntries(value.map((fact) => [fact.key, fact.value]))
      return { fieldId: COLUMNS.findIndex((c) => `"${c.name}"` === key) + 1, nulls: Number(of['null_count']), ...(of['min'] !== undefined && { min: of['min'] }), ...(of['max'] !== undefined && { max: of['max'] }) }
    }) })
    files.push({ ...described, partition: partitionOf(rows[0] ?? 0), sortOrderId: table.metadata.defaultSortOrderId })
  }
  return files
}

const PARTITIONINGS: readonly (readonly PartitionBy[])[] = [
  [{ source: 's', transform: 'identity' }, { source: 'id', transform: 'bucket[4]' }, { source: 'ts', transform: 'day' }],
  [{ source: 'dt', transform: 'month' }, { source: 'i', transform: 'truncate[10]' }, { source: 's', transform: 'truncate[2]', name: 'first two-letters' }, { source: 'u', transform: 'bucket[3]' }, { source: 'bin', transform: 'identity' }],
  [{ source: 'tz', transform: 'year' }, { source: 'ts', transform: 'hour' }, { source: 'd', transform: 'truncate[5000]' }, { source: 'i', transform: 'void' }, { source: 'bin', transform: 'truncate[1]' }, { source: 't', transform: 'bucket[2]' }],
  [{ source: 'd', transform: 'identity' }, { source: 'dt', transform: 'bucket[5]' }],
  [{ source: 'u', transform: 'identity' }, { source: 'tz', transform: 'identity' }],
]

let table = valueOf(await createTable(lake, { name, folder: 'product', columns: COLUMNS, sortOrder: [{ source: 's' }, { source: 'id', direction: 'desc' }] }))
const snapshots: { readonly snapshot: string | undefined; readonly rows: number }[] = []
for (const [i, fields] of PARTITIONINGS.entries()) {
  const staged = valueOf(await stagePartitioning(lake, table, fields))
  if (staged !== undefined) valueOf(await commit(lake, [staged]))
  table = valueOf(await loadTable(lake, name))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: await write(table, i * 30, i * 30 + 30) }))]))
  table = valueOf(await loadTable(lake, name))
  snapshots.push({ snapshot: table.currentSnapshot?.id, rows: (i + 1) * 30 })
}

/** Rows that a file of positions deletes, one of such files for each data file that they are in. */
const GONE: readonly number[] = [5, 65, 125]
const deletes: DataFile[] = []
for (const { file } of valueOf(await planScan(lake, table)).files) {
  const local = valueOf(await lake.objects.localFile(file.path)).replaceAll("'", "''")
  const positions = `SELECT '${file.path.replaceAll("'", "''")}' AS file_path, file_row_number AS pos FROM read_parquet('${local}', file_row_number = true) WHERE id IN (${GONE.join(', ')})`
  const written = join(folder, 'deletes.parquet')
  const [facts] = await (await connection.run(`COPY (${positions}) TO '${written}' (FORMAT parquet, RETURN_STATS, FIELD_IDS {file_path: 2147483546, pos: 2147483545})`)).getRowObjectsJson()
  if (Number(facts?.['count']) === 0) continue
  const path = valueOf(await lake.objects.adopt(newDataPath(lake, table), written))
  deletes.push({
    path, rows: Number(facts?.['count']), bytes: Number(facts?.['file_size_bytes']), content: 'position-deletes', referencedDataFile: file.path,
    ...(file.specId !== undefined && { specId: file.specId }), ...(file.partition !== undefined && { partition: file.partition }),
  })
}
valueOf(await commit(lake, [valueOf(await stageRowDelta(lake, table, { deletes }))]))
table = valueOf(await loadTable(lake, name))
snapshots.push({ snapshot: table.currentSnapshot?.id, rows: 147 })

const sorted = valueOf(await stageSortOrder(lake, table, [{ source: 'ts', transform: 'day', direction: 'desc' }]))
if (sorted !== undefined) valueOf(await commit(lake, [sorted]))
table = valueOf(await loadTable(lake, name))

const compare = (column: string, operator: '=' | '<' | '>=', value: Value): Predicate => ({ kind: 'compare', fieldId: COLUMNS.findIndex((c) => c.name === column) + 1, operator, value })
/** The same filters as read_partitioned.py has them, by name. */
const FILTERS: Readonly<Record<string, Predicate>> = {
  'a text': compare('s', '=', 'ź'), 'a beginning': { kind: 'starts-with', fieldId: 4, prefix: 'ab ' }, 'an id': compare('id', '=', 17n), 'an id of the second': compare('id', '=', 47n),
  'a time before 1970': compare('ts', '<', 0n), 'an hour': compare('ts', '=', BigInt(70 - 4) * DAY / 24n), 'a month': compare('dt', '>=', 31), 'an int': compare('i', '<', 10),
  'a decimal': compare('d', '=', BigInt(100 * 125 - 6000)), 'a year': compare('tz', '<', BigInt(Date.parse('1970-06-01T00:00:00Z')) * 1000n), 'no text': { kind: 'is-null', fieldId: 4 },
  'bytes': compare('bin', '=', Buffer.from('b1')), 'a uuid': compare('u', '=', valuesOf(46)[8] ?? ''),
}
const filters: Record<string, { readonly files: number; readonly skipped: number }> = {}
for (const [what, filter] of Object.entries(FILTERS)) {
  const scan = valueOf(await planScan(lake, table, { filter }))
  filters[what] = { files: scan.files.length, skipped: scan.skipped.files }
}
writeFileSync(join(folder, 'partitioned.json'), JSON.stringify({ metadata: table.metadataLocation, snapshots, gone: GONE, filters }))

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

// The input rows of one row of `punctuality` over three million flights, as Parquet: `node bench/provenance.ts [FLIGHTS]`. The
// queries are those that narrowing makes; the model is the sample mesh's own.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { narrow } from '@tulle/lineage'
import { printTree } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import { duckdbParser } from '@tulle/sql/testing'

const FLIGHTS = Number(process.argv[2] ?? 3_000_000)
const COLUMNS = { flights: ['date', 'origin', 'destination', 'delay', 'distance'], airports: ['iata', 'name', 'city', 'state'] }
const folder = mkdtempSync(join(tmpdir(), 'provenance-bench-'))
const parser = await duckdbParser()
await parser.texts(`COPY (SELECT TIMESTAMP '2001-01-01' + to_minutes(i // 6) AS date, 'A' || (i * 7919 % 300) AS origin, 'A' || (i * 104729 % 300) AS destination, (i * 31 % 97 - 15)::INTEGER AS delay, (i % 2500)::INTEGER AS distance FROM range(${FLIGHTS}) r(i)) TO '${folder}/flights.parquet'`)
await parser.texts(`COPY (SELECT 'A' || i AS iata, 'Airport ' || i AS name, 'City ' || i AS city, 'S' || i % 50 AS state FROM range(300) r(i)) TO '${folder}/airports.parquet'`)
for (const table of Object.keys(COLUMNS)) await parser.texts(`CREATE VIEW ${table} AS FROM '${folder}/${table}.parquet'`)

const model = readFileSync(join(import.meta.dirname, '../examples/skyline/domains/operations/punctuality/models/punctuality.sql'), 'utf8').replaceAll(/\{\{ ref\('[^']*', '(?<table>[^']*)'\) \}\}/gu, '$<table>')
const treeOf = async (text: string): Promise<Parameters<typeof narrow>[0]> => {
  const tree = await parser.parse(text)
  if (!tree.ok) throw new Error(tree.diagnostics[0]?.message)
  return tree.value
}

const times: number[] = []
let rows = 0
for (let n = 0; n < 20; n += 1) {
  const [probe] = (await treeOf(`select 1 where airport_iata = 'A${(n * 37) % 300}' and day = date '2001-01-${String(1 + n).padStart(2, '0')}'`)).statements
  const condition = (probe?.['node'] as TreeNode | undefined)?.['where_clause'] as TreeNode
  const began = performance.now()
  const narrowed = narrow(await treeOf(model), condition, { columnsOf: ({ name }) => COLUMNS[name as keyof typeof COLUMNS]?.map((one) => ({ name: one })), versionOf: () => undefined })
  if (narrowed.kind === 'refused') throw new Error(narrowed.why)
  for (const { statement } of narrowed.reads) {
    const text = (await parser.texts(`SELECT json_deserialize_sql(CAST('${printTree(statement).replaceAll("'", "''")}' AS JSON))`))[0] ?? ''
    rows += Number((await parser.texts(`SELECT CAST(count(*) AS VARCHAR) FROM (${text})`))[0])
  }
  times.push(performance.now() - began)
}
times.sort((a, b) => a - b)
console.log(`${FLIGHTS} flights, ${(rows / times.length).toFixed(1)} rows of inputs a row: p50 ${(times[10] ?? 0).toFixed(0)} ms, at most ${(times.at(-1) ?? 0).toFixed(0)} ms`)
rmSync(folder, { recursive: true })
process.exit(0)

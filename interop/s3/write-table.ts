// Writes a table with our lake into the bucket "tulle-test" of the S3 on a port, two snapshots of it, and prints what a reader
// must find as one line of JSON. Usage: write-table.ts <folder> <port>

import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Result } from '@tulle/kernel'
import { commit, createTable, fieldIdsOf, loadTable, memoryCatalog, newDataPath, openLake, stageAppend, toDataFile } from '@tulle/lake'
import { openS3Objects } from '@tulle/objects'

const [folder = '', port = ''] = process.argv.slice(2)
const objects = valueOf(await openS3Objects({
  endpoint: `http://127.0.0.1:${port}`, style: 'path', region: 'us-east-1', bucket: 'tulle-test', prefix: 'ware house', credentials: () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
  cache: { folder: join(folder, 'cache'), limitBytes: 1_000_000_000 },
}))
const lake = openLake({ catalog: memoryCatalog(), objects })
const name = { namespace: 'interop', name: 's3' }
const connection = await (await DuckDBInstance.create(':memory:')).connect()

valueOf(await createTable(lake, { name, folder: 'product', columns: [{ name: 'id', type: 'long' }, { name: 's', type: 'string' }] }))
const snapshots: { id: string; rows: number }[] = []
for (const rows of [1000, 500]) {
  const table = valueOf(await loadTable(lake, name))
  const { id, s } = fieldIdsOf(table.schema)
  const file = join(folder, 'written.parquet')
  await connection.run(`COPY (SELECT i AS id, 'żółw ' || i AS s FROM range(${rows}) r(i)) TO '${file}' (FORMAT parquet, FIELD_IDS {id: ${String(id)}, s: ${String(s)}})`)
  const path = valueOf(await objects.adopt(newDataPath(lake, table), file))
  const { bytes } = valueOf(await objects.facts(path))
  const [done] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [toDataFile(table.schema, { path, rows, bytes, columns: [] })] }))]))
  snapshots.push({ id: done?.currentSnapshot?.id ?? '', rows: (snapshots.at(-1)?.rows ?? 0) + rows })
}
process.stdout.write(`${JSON.stringify({ metadata: valueOf(await loadTable(lake, name)).metadataLocation, snapshots })}\n`)
process.exit(0)

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

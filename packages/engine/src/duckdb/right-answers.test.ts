// Where DuckDB itself answers wrongly, its processes are set so that they do not.

import { join } from 'node:path'
import duckdb from '@duckdb/node-bindings'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { engineRig, rowsOf } from '../testing.ts'
import type { EngineRig } from '../testing.ts'

let rig: EngineRig
beforeAll(() => { rig = engineRig() })
afterAll(() => rig.close())

/** Of a join with itself, the sum of one side and that of the other: 30 and 35. */
function sumsOfBothSides(file: string): string {
  const sumOf = (side: string): string => `SELECT CAST(sum(n) AS INTEGER) AS n FROM (SELECT ${side}.n FROM '${file}' l JOIN '${file}' r ON l.a = r.a WHERE l.n IN (SELECT n FROM '${file}' WHERE a = 1))`
  return `${sumOf('l')} UNION ALL ${sumOf('r')} ORDER BY 1`
}

it('does not take two subqueries for one that differ in the columns they give', async () => {
  const file = join(rig.data, 'numbers.parquet')
  const worker = await rig.process()
  await worker.write('SELECT (i % 4)::INTEGER AS a, (i % 5)::INTEGER AS n FROM range(11) r(i)', { path: file, fieldIds: { a: 1, n: 2 } })
  const sql = sumsOfBothSides(file)
  expect(await rowsOf(worker, sql.replaceAll(`'${file}'`, `read_parquet('${file}')`))).toEqual([[30], [35]])
  // The control: once DuckDB answers rightly by itself, the setting can go.
  const plain = await duckdb.connect(await duckdb.open(':memory:'))
  const chunk = await duckdb.fetch_chunk(await duckdb.query(plain, sql))
  const view = new DataView(duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk ?? expect.unreachable(), 0), 8).buffer)
  expect([view.getInt32(0, true), view.getInt32(4, true)]).toEqual([30, 30])
})

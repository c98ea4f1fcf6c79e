// How long it takes to tell what changed between two snapshots of which every file is another one, and so many rows in a hundred differ:
// node bench/changes.ts [rows] [percent] [rounds]. The goal is 3 s for 1 % of 3 million rows of ten columns.

import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { duckdbEngine } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { writeChanges } from '@tulle/streams'

const rows = Number(process.argv[2] ?? 3_000_000)
const percent = Number(process.argv[3] ?? 1)
const rounds = Number(process.argv[4] ?? 3)

const FIELDS = [['id', 'long'], ['origin', 'string'], ['destination', 'string'], ['delay', 'int'], ['distance', 'int'], ['day', 'date'], ['fare', 'double'], ['carrier', 'string'], ['note', 'string'], ['flag', 'boolean']] as const
const schema = { schemaId: 0, fields: FIELDS.map(([name, type], i) => ({ id: i + 1, name, type, required: false })) }
const fieldIds = Object.fromEntries(FIELDS.map(([name], i) => [name, i + 1]))
const every = Math.round(100 / percent)
const query = (changed: boolean): string => `select i as id, 'A' || (i % 300) as origin, 'B' || (i % 311) as destination, ((i % 400) - 30${changed ? ` + case when i % ${every} = 7 then 1000 else 0 end` : ''})::int as delay, (i % 4000)::int as distance,
  date '2001-01-01' + (i % 365)::int as day, i * 0.25 as fare, 'carrier ' || (i % 20) as carrier, 'a note, number ' || i as note, i % 2 = 0 as flag from range(${rows}) t(i)`

const folder = await mkdtemp('/tmp/tulle-bench-changes-')
await chmod(folder, 0o711)
const [data, out] = [join(folder, 'data'), join(folder, 'out')]
await mkdir(data)
await mkdir(out)
const engine = duckdbEngine({ folder: join(folder, 'engines') })
try {
  const writer = valueOf(await engine.start({ readPaths: [], writePaths: [data], memoryMegabytes: 1024, threads: 2 }))
  for (const name of ['before', 'after'] as const) valueOf(await writer.write(query(name === 'after'), { path: join(data, `${name}.parquet`), fieldIds, timeoutMilliseconds: 120_000 }))
  await writer.kill()
  const took: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const begun = performance.now()
    const process = valueOf(await engine.start({ readPaths: [data], writePaths: [out], memoryMegabytes: 1024, threads: 2 }))
    const count = valueOf(await writeChanges({ process, schema, key: ['id'], before: [{ path: join(data, 'before.parquet'), rows }], after: [{ path: join(data, 'after.parquet'), rows }], path: join(out, `${round}.parquet`) }))
    await process.kill()
    took.push(performance.now() - begun)
    console.log(`${count} changes of ${rows} rows: ${(took.at(-1) ?? 0) / 1000} s`)
  }
  console.log(`median ${((took.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0) / 1000).toFixed(2)} s`)
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.value
}

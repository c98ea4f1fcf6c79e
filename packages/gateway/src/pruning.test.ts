// The contract: leaving files out changes neither rows nor errors, and spares what it should.

import { heardAudit } from '@tulle/audit/testing'
import { mkdtemp, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdbEngine } from '@tulle/engine'
import type { Engine, Parameter, RelationFile } from '@tulle/engine'
import { systemClock } from '@tulle/kernel'
import { commit, createTable, loadTable, memoryCatalog, openLake, planScan, stageAppend, writeMetadata } from '@tulle/lake'
import type { Predicate } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Policy } from '@tulle/policy'
import { dataFileOf, filesOfScan, writeRows } from '@tulle/tables'
import type { Asker, DataSource, Governor, ServedProduct } from './types.ts'
import { createAuthorizer } from './authorize.ts'
import { createGovernor } from './execute.ts'
import { column, valueOf } from './testing.ts'

const COLUMNS = [column('id', 'long', 1), column('day', 'date', 2), column('at', 'timestamp', 3), column('origin', 'string', 4), column('price', 'decimal(9, 2)', 5), column('secret', 'string', 6), column('n', 'int', 7)]
const ROWS = `select i::bigint as id, date '2024-01-01' + (i % 40)::int as day, timestamp '2024-01-01' + interval (i % 40) day + interval (i % 24) hour as "at",
  case when i % 7 = 0 then null else ['JFK', 'JAX', 'LAX', 'ä'][1 + (i % 4)::int] end as origin, ((i % 40) * 1.25)::decimal(9,2) as price, 's' || (i % 40) as secret, case when i % 40 < 3 then null else (i % 40)::int end as n
  from range(4000) r(i)`
const PRODUCT: ServedProduct = { id: 'p', schema: 'flights', name: 'flights', domain: 'd', team: 't', dataSets: [{ name: 'flights', columns: COLUMNS }, { name: 'other', columns: COLUMNS }] }

let folder: string
let engine: Engine
let pruned: Governor
let whole: Governor
/** The filter and the files of the last read of a table. */
let last: { filter: Predicate | undefined; files: readonly RelationFile[] } | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-pruning-'))
  await mkdir(join(folder, 'staged'))
  engine = duckdbEngine({ folder: join(folder, 'engines') })
  const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'warehouse')), clock: systemClock })
  const name = { namespace: 'flights', name: 'flights' }
  valueOf(await createTable(lake, { name, folder: 'f', columns: COLUMNS.map((c) => ({ name: c.name, type: c.type as string })) }))
  const created = valueOf(await loadTable(lake, name))
  const parted = valueOf(await writeMetadata(lake, created, { lastUpdated: created.metadata.lastUpdated + 1, partitionSpecs: [...created.metadata.partitionSpecs, { specId: 1, fields: [{ name: 'day', transform: 'identity', sourceIds: [2], fieldId: 1000 }] }], defaultSpecId: 1, lastPartitionId: 1000 }))
  const process = valueOf(await engine.start({ readPaths: [], writePaths: [join(folder, 'staged')], memoryMegabytes: 256, threads: 2 }))
  const written = valueOf(await writeRows(process, parted.table, { query: ROWS, folder: join(folder, 'staged'), name: 'rows' }))
  await process.kill()
  const files = []
  for (const rows of written) files.push(dataFileOf(parted.table, rows, valueOf(await lake.objects.adopt(`${valueOf(lake.objects.pathOf(parted.table.location))}/data/${basename(rows.file.path)}`, rows.file.path))))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, parted.table, { files }))]))
  const table = valueOf(await loadTable(lake, name))

  const governor = (prunes: boolean): Governor => {
    const data: DataSource = {
      products: async () => [PRODUCT],
      snapshot: async () => ({ ok: true, diagnostics: [], value: {
        id: '1',
        files: async (filter) => {
          const scan = valueOf(await planScan(lake, table, prunes && filter !== undefined ? { filter } : {}))
          const read = await filesOfScan(lake, table, scan)
          if (prunes) last = { filter, files: valueOf(read) }
          return read
        },
      } }),
    }
    const policy: Policy = { openPurposes: () => [], decide: () => ({ effect: 'allow', columns: COLUMNS.map((c) => c.name), masks: { secret: `'masked ' || left("secret", 1)` }, obligations: [], reasons: [] }) }
    const authorizer = createAuthorizer({ rights: { version: () => 1, policy: () => policy }, data, clock: systemClock, environment: 'test' })
    return createGovernor({ authorizer, engine, audit: heardAudit(), clock: systemClock, folder: join(folder, `engines-${prunes}`), limits: { memoryMegabytes: 256 } })
  }
  await mkdir(join(folder, 'engines-true'))
  await mkdir(join(folder, 'engines-false'))
  pruned = governor(true)
  whole = governor(false)
})
afterAll(async () => {
  await pruned.close()
  await whole.close()
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const asker: Asker = { subject: { id: 'u', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: undefined, purposes: [] }
async function answerOf(governor: Governor, sql: string, parameters: readonly Parameter[] = []): Promise<unknown> {
  const signal = new AbortController().signal
  const prepared = await governor.prepare(async () => ({ ok: true, diagnostics: [], value: asker }), sql, 'sql')
  if (!prepared.ok) return prepared.diagnostics
  const opened = await prepared.value.open({ parameters, encoding: { kind: 'ndjson' }, signal })
  if (!opened.ok) return opened.diagnostics
  const batch = await opened.value.fetch(100_000, signal)
  await opened.value.close()
  return batch.ok ? Buffer.from(batch.value.bytes).toString('utf8').split('\n').toSorted() : batch.diagnostics
}
const opened = async (sql: string, parameters?: readonly Parameter[]): Promise<number> => {
  last = undefined
  const answer = await answerOf(pruned, sql, parameters)
  expect(answer).toEqual(await answerOf(whole, sql, parameters))
  return (last as { files: readonly RelationFile[] } | undefined)?.files.length ?? -1
}

const FORTY = 40
describe('a condition on a table of 40 daily partitions opens', () => {
  it.each<[files: number, sql: string]>([
    [1, `select count(*) from flights.flights where day = date '2024-01-05'`],
    [1, `select count(*) from flights.flights where day = '2024-01-05'`],
    [1, `select count(*) from flights.flights where '2024-01-05' = flights.day`],
    [1, `select count(*) from flights.flights f where f.day = '2024-01-05' and upper(f.origin) = 'JFK'`],
    [3, `select count(*) from flights.flights where day between '2024-01-05' and '2024-01-07'`],
    [2, `select count(*) from flights.flights where day in ('2024-01-05', '2024-01-07')`],
    [2, `select count(*) from flights.flights where day = '2024-01-05' or day = '2024-01-07'`],
    [1, `select count(*) from flights.flights where "at"::date = '2024-01-05'`],
    [35, `select count(*) from flights.flights where "at"::date > '2024-01-05'`],
    [1, `select count(*) from flights.flights where "at" >= timestamp '2024-02-09 00:00:00'`],
    [1, `select count(*) from flights.flights where price = 2.5`],
    [1, `select count(*) from flights.flights where price = 5.00 and n = 4`],
    [3, `select count(*) from flights.flights where n is null`],
    [20, `select count(*) from flights.flights where origin like 'J%'`],
    [0, `select count(*) from flights.flights where origin like 'Q%'`],
    [1, `select count(*) from flights.flights a join flights.other b on a.id = b.id where a.day = '2024-01-05' and b.day = '2024-01-05'`],
    [1, `with x as (select * from flights.flights where day = '2024-01-05') select count(*) from x`],
    [1, `select count(*) from (select * from flights.flights where day = '2024-01-05') t where t.id > 0`],
  ])('%i files: %s', async (files, sql) => {
    expect(await opened(sql)).toBe(files)
  })

  it.each([
    `select flights.flights.id from flights.flights where flights.flights.day = date '2024-01-05' and flights.flights.id < 5`,
    `select count(flights.flights.id) from flights.flights where day = '2024-01-05' and "flights"."flights"."price" > 1`,
  ])('all files where columns are named by schema and table, with the same answer: %s', async (sql) => {
    const [spared, read] = [await answerOf(pruned, sql), await answerOf(whole, sql)]
    expect(spared).toEqual(read)
    expect(Array.isArray(spared) && typeof spared.at(-1)).toBe('string')
  })

  it('one file where the day is a parameter', async () => {
    expect(await opened(`select count(*) from flights.flights where day = $1`, ['2024-01-05'])).toBe(1)
    expect(await opened(`select count(*) from flights.flights where day = $1`, ['2024-01-06'])).toBe(1)
  })

  it.each([
    `select count(*) from flights.flights where secret = 's5'`,
    `select count(*) from flights.flights where secret is null`,
    `select count(*) from flights.flights where day = '2024-01-05' or upper(origin) = 'JFK'`,
    `select count(*) from flights.flights where not (day = '2024-01-05')`,
    `select count(*) from flights.flights where day <> '2024-01-05'`,
    `select count(*) from flights.flights where date_trunc('month', day) = '2024-01-01'`,
    `select count(*) from flights.flights where day in ('2024-01-05', '2024-01-06') and upper(origin) = 'JFK'`,
    `select count(*) from flights.flights as f(a, b) where b = date '2024-01-05'`,
    `select day as price from flights.flights where price = 2.5`,
    `select count(*) from flights.flights where origin::varchar like 'Q%'`,
    `select count(*) from flights.flights where price = 2.505`,
    `select count(*) from flights.flights where n = 5.5`,
    `select count(*) from flights.flights where "at" = date '2024-01-05' + 1`,
  ])('all files where nothing is sure: %s', async (sql) => {
    last = undefined
    const files = await opened(sql)
    expect([FORTY, -1]).toContain(files)
  })

  it.each([
    `select count(*) from flights.flights a left join flights.other b on a.id = b.id and b.n = 5 where b.n is null`,
    `select count(*) from flights.other a left join flights.flights b on a.id = b.id where b.day = '2024-01-05'`,
    `select count(*) from flights.flights a semi join flights.other b on a.id = b.id`,
    `select count(*) from flights.flights a full join flights.other b on a.id = b.id + 1000 where a.day = '2024-01-05'`,
    `select count(*) from flights.flights positional join (select 1 as one) t where one = 1`,
    `select count(*) from flights.flights a asof join flights.other b on a.id >= b.id where b.day = '2024-01-05'`,
    `select count(*) from flights.flights where day = '2024-01-05' and secret::int > 3`,
    `select count(*) from flights.flights where secret::int > 3 and n = 5`,
    `select (1 / (n - 5))::int from flights.flights where n = 6`,
    `select count(*) from flights.flights where nope = 1 and day = '2024-01-05'`,
    `select count(*) from flights.flights where day = 'yesterday'`,
    `select count(*) from flights.flights where n = '5x'`,
    `select count(*) from flights.flights where day = 5`,
    `select max(day) over () from flights.flights where day < '2024-01-03' qualify row_number() over (order by id) = 1`,
  ])('as many as it needs for the same answer: %s', async (sql) => {
    await opened(sql)
  })
})

const literal: Readonly<Record<string, fc.Arbitrary<string>>> = {
  day: fc.integer({ min: -3, max: 45 }).map((d) => `date '${new Date(Date.UTC(2024, 0, 1 + d)).toISOString().slice(0, 10)}'`),
  id: fc.integer({ min: -5, max: 4005 }).map(String),
  '"at"': fc.tuple(fc.integer({ min: -3, max: 45 }), fc.nat({ max: 23 })).map(([d, h]) => `timestamp '${new Date(Date.UTC(2024, 0, 1 + d, h)).toISOString().slice(0, 19).replace('T', ' ')}'`),
  origin: fc.constantFrom(`'JFK'`, `'JAX'`, `'ä'`, `''`, `'K'`),
  price: fc.integer({ min: -100, max: 5200 }).map((v) => (v / 100).toFixed(2)),
  n: fc.integer({ min: -2, max: 42 }).map(String),
}
const simple = fc.constantFrom(...Object.keys(literal)).chain((name) => fc.oneof(
  fc.tuple(fc.constantFrom('=', '<', '<=', '>', '>=', '<>'), literal[name] as fc.Arbitrary<string>).map(([by, value]) => `${name} ${by} ${value}`),
  fc.tuple(literal[name] as fc.Arbitrary<string>, literal[name] as fc.Arbitrary<string>).map(([a, b]) => `${name} between ${a} and ${b}`),
  fc.array(literal[name] as fc.Arbitrary<string>, { minLength: 1, maxLength: 3 }).map((values) => `${name} in (${values.join(', ')})`),
  fc.constantFrom(`${name} is null`, `${name} is not null`, `origin like 'J%'`, `"at"::date = date '2024-01-09'`, `secret like 'masked%'`),
))
const condition = fc.letrec<{ c: string }>((tie) => ({
  c: fc.oneof({ depthSize: 'small', withCrossShrink: true }, simple, fc.tuple(tie('c'), fc.constantFrom('and', 'or'), tie('c')).map(([a, op, b]) => `(${a} ${op} ${b})`), tie('c').map((c) => `not (${c})`)),
})).c

describe('any statement', () => {
  it('has the same answer with files left out', async () => {
    await fc.assert(fc.asyncProperty(condition, condition, async (a, b) => {
      const sql = `select id, n, secret from flights.flights where ${a} and ${b}`
      expect(await answerOf(pruned, sql)).toEqual(await answerOf(whole, sql))
    }), { numRuns: 50 })
  }, 120_000)
})

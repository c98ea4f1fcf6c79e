// How much the catalogue and the governor add to a scan of 3 million flights, beside DuckDB alone on the same Parquet
// files, and how many bytes a statement about one of 365 days reads: node bench/scan.ts [rows].

import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { duckdbEngine } from '@tulle/engine'
import type { Engine } from '@tulle/engine'
import { createAuthorizer, createGovernor } from '@tulle/gateway'
import type { Asker, DataSource, Governor, ServedProduct } from '@tulle/gateway'
import { ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { commit, createTable, loadTable, memoryCatalog, openLake, planScan, stageAppend, writeMetadata } from '@tulle/lake'
import type { DataFile, Lake, PartitionField, Predicate, Table } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Policy } from '@tulle/policy'
import { dataFileOf, filesOfScan, writeRows } from '@tulle/tables'

const rows = Number(process.argv[2] ?? 3_000_000)
const ROUNDS = 9
const LIMITS = { memoryMegabytes: 1024, threads: 2 }
const COLUMNS = [
  { name: 'id', type: 'long' }, { name: 'day', type: 'date' }, { name: 'departed', type: 'timestamp' }, { name: 'origin', type: 'string' }, { name: 'destination', type: 'string' },
  { name: 'delay', type: 'int' }, { name: 'distance', type: 'int' }, { name: 'price', type: 'decimal(9, 2)' },
] as const
const FLIGHTS = `select i::bigint as id, date '2001-01-01' + (i * 365 // ${rows})::int as day, timestamp '2001-01-01' + interval (i * 525600 // ${rows}) minute as departed,
  chr(65 + (hash(i) % 26)::int) || chr(65 + (hash(i + 1) % 20)::int) || 'X' as origin, chr(65 + (hash(i + 2) % 26)::int) || chr(65 + (hash(i + 3) % 20)::int) || 'Y' as destination,
  (hash(i + 4) % 200)::int - 20 as delay, 100 + (hash(i + 5) % 3000)::int as distance, ((hash(i + 6) % 100000) / 100)::decimal(9,2) as price from range(${rows}) r(i)`
const STATEMENTS = [
  'select count(*), sum(delay), avg(distance), max(price) from flights.T',
  'select origin, count(*), avg(delay) from flights.T group by origin order by origin',
  `select count(*), min(departed), max(destination), sum(id) from flights.T where delay > 30 and upper(origin) <> 'AAX'`,
  'select origin, destination, sum(price) as s from flights.T group by all order by s desc, origin, destination limit 10',
]
const ONE_DAY = `select origin, count(*), sum(price), avg(delay), min(departed), max(distance), max(id), max(destination) from flights.days where day = date '2001-07-04' group by origin order by origin`

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

/** Milliseconds. The CPU's, of the engines and of this process, are stretched less where the machine is busy. */
interface Took { readonly wall: number; readonly cpu: number; readonly all: number }
async function timed(work: () => Promise<unknown>): Promise<Took> {
  const used = await cpuOfEngines()
  const [begun, own] = [performance.now(), process.cpuUsage()]
  await work()
  const [wall, { user, system }] = [performance.now() - begun, process.cpuUsage(own)]
  const cpu = (await cpuOfEngines()) - used
  return { wall, cpu, all: cpu + (user + system) / 1000 }
}
const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`
const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(2)} %`

const folder = await mkdtemp(join(tmpdir(), 'tulle-bench-'))
const engine = duckdbEngine({ folder: join(folder, 'engines') })
try {
  // Engine processes are other users.
  await chmod(folder, 0o711)
  await mkdir(join(folder, 'gateway'))
  const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(join(folder, 'warehouse')), clock: systemClock })
  const whole = await write(lake, engine, 'whole', [])
  const days = await write(lake, engine, 'days', [{ name: 'day', transform: 'identity', sourceIds: [2], fieldId: 1000 }])
  const tables = { whole, days }
  let filter: Predicate | undefined
  const governor = await govern(lake, tables, (asked) => {
    filter = asked
  })
  const alone = await duckdbAlone(lake, tables)

  for (const table of ['whole', 'days']) {
    const files = valueOf(await planScan(lake, tables[table as keyof typeof tables])).files
    process.stdout.write(`\n${rows} flights in ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${megabytes(files.reduce((sum, { file }) => sum + file.bytes, 0))}; governed to DuckDB alone, median of ${ROUNDS} rounds in turns (target ≤ 1.1 ×)\n`)
    for (const template of STATEMENTS) {
      const sql = template.replace('flights.T', `flights.${table}`)
      const [ours, theirs] = [await governed(governor, sql), await alone(sql)]
      if (ours !== theirs || ours === '') throw new Error(`${sql}: the answers differ:\n${ours.slice(0, 300)}\n${theirs.slice(0, 300)}`)
      const [ofOurs, ofTheirs]: [Took[], Took[]] = [[], []]
      for (let round = 0; round < ROUNDS; round += 1) {
        ofOurs.push(await timed(() => governed(governor, sql)))
        ofTheirs.push(await timed(() => alone(sql)))
      }
      const said = (unit: keyof Took, name: string): string => {
        const [a, b] = [ofOurs, ofTheirs].map((took) => median(took.map((one) => one[unit]))) as [number, number]
        return `${a.toFixed(0).padStart(6)} ms to ${b.toFixed(0).padStart(6)} ms ${name}, ${(a / b).toFixed(2)} ×`
      }
      process.stdout.write(`${said('wall', 'wall')}; ${said('cpu', 'CPU of the engine')}; ${said('all', 'CPU in all')}  ${sql.slice(0, 80)}\n`)
    }
  }

  const all = valueOf(await planScan(lake, days)).files
  const before = await readBytes()
  await governed(governor, ONE_DAY)
  const read = (await readBytes()) - before
  const opened = valueOf(await planScan(lake, days, filter === undefined ? {} : { filter })).files
  const sum = (files: typeof all): number => files.reduce((total, { file }) => total + file.bytes, 0)
  process.stdout.write(`\nOne of 365 days: opens ${opened.length} of ${all.length} files, ${percent(sum(opened), sum(all))} of the bytes; its process read ${megabytes(read)}, ${percent(read, sum(all))} (target ≤ 2 %).\n`)
  await governor.close()
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}

async function write(lake: Lake, by: Engine, name: string, fields: readonly PartitionField[]): Promise<Table> {
  const named = { namespace: 'flights', name }
  valueOf(await createTable(lake, { name: named, folder: name, columns: COLUMNS }))
  const created = valueOf(await loadTable(lake, named))
  const { table } = valueOf(await writeMetadata(lake, created, { lastUpdated: created.metadata.lastUpdated + 1, partitionSpecs: [...created.metadata.partitionSpecs, { specId: 1, fields }], defaultSpecId: 1, lastPartitionId: 1000 }))
  const staged = join(folder, `staged-${name}`)
  const worker = valueOf(await by.start({ readPaths: [], writePaths: [staged], ...LIMITS }))
  const written = valueOf(await writeRows(worker, table, { query: FLIGHTS, folder: staged, name: 'rows' }))
  await worker.kill()
  const files: DataFile[] = []
  for (const one of written) files.push(dataFileOf(table, one, valueOf(await lake.objects.adopt(`${valueOf(lake.objects.pathOf(table.location))}/data/${basename(one.file.path)}`, one.file.path))))
  valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files }))]))
  return valueOf(await loadTable(lake, named))
}

async function govern(lake: Lake, tables: Readonly<Record<string, Table>>, onFilter: (filter: Predicate | undefined) => void): Promise<Governor> {
  const columns = COLUMNS.map(({ name, type }, i) => ({ name, type, fieldId: i + 1, required: false }))
  const product: ServedProduct = { id: 'p', schema: 'flights', name: 'flights', domain: 'd', team: 't', dataSets: Object.keys(tables).map((name) => ({ name, columns })) }
  const data: DataSource = {
    products: async () => [product],
    snapshot: async (_, name) => {
      const table = tables[name] as Table
      return { ok: true, diagnostics: [], value: {
        id: table.currentSnapshot?.id ?? '',
        files: async (filter) => {
          onFilter(filter)
          return filesOfScan(lake, table, valueOf(await planScan(lake, table, filter === undefined ? {} : { filter })))
        },
      } }
    },
  }
  const policy: Policy = { openPurposes: () => [], decide: () => ({ effect: 'allow', columns: columns.map(({ name }) => name), masks: {}, obligations: [], reasons: [] }) }
  const authorizer = createAuthorizer({ rights: { version: () => 1, policy: () => policy }, data, clock: systemClock, environment: 'bench' })
  return createGovernor({ authorizer, engine, audit: { record: async () => ok(undefined), ready: () => ok(undefined) }, clock: systemClock, folder: join(folder, 'gateway'), limits: LIMITS })
}

async function governed(governor: Governor, sql: string): Promise<string> {
  const asker: Asker = { subject: { id: 'u', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: undefined, purposes: [] }
  const { signal } = new AbortController()
  const statement = valueOf(await governor.prepare(async () => ({ ok: true, diagnostics: [], value: asker }), sql, 'sql'))
  const opened = valueOf(await statement.open({ parameters: [], encoding: { kind: 'csv' }, signal }))
  const batch = valueOf(await opened.fetch(100_000, signal))
  return Buffer.from(batch.bytes).toString('utf8')
}

/** DuckDB itself, in a process like ours, told to read the same files. */
async function duckdbAlone(lake: Lake, tables: Readonly<Record<string, Table>>): Promise<(sql: string) => Promise<string>> {
  const worker = valueOf(await engine.start({ readPaths: [join(folder, 'warehouse')], writePaths: [], ...LIMITS }))
  const sources = new Map<string, string>()
  for (const [name, table] of Object.entries(tables)) {
    const { files } = valueOf(await planScan(lake, table))
    sources.set(`flights.${name}`, `read_parquet([${files.map(({ file }) => `'${file.path.replace('file://', '')}'`).join(', ')}])`)
  }
  return async (sql) => {
    const cursor = valueOf(await worker.open([...sources].reduce((text, [name, source]) => text.replaceAll(name, source), sql), { encoding: { kind: 'csv' } }))
    const batch = valueOf(await cursor.fetch(100_000))
    await cursor.close()
    return Buffer.from(batch.bytes).toString('utf8')
  }
}

/** What the kernel counts for the engine processes: each one's file of that name. */
async function ofEngines(name: string): Promise<readonly string[]> {
  const pids = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8')).trim().split(' ')
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')))
}

/** Bytes that they have read so far. */
async function readBytes(): Promise<number> {
  return (await ofEngines('io')).reduce((sum, io) => sum + Number(/^rchar: (\d+)/mu.exec(io)?.[1] ?? 0), 0)
}

/** Milliseconds of all their threads, as the scheduler counts them. */
async function cpuOfEngines(): Promise<number> {
  const pids = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8')).trim().split(' ')
  const threads = (await Promise.all(pids.map(async (pid) => (await readdir(`/proc/${pid}/task`).catch(() => [])).map((thread) => `/proc/${pid}/task/${thread}/schedstat`)))).flat()
  const counts = await Promise.all(threads.map((file) => readFile(file, 'utf8').catch(() => '0')))
  return counts.reduce((sum, count) => sum + Number(count.split(' ')[0]) / 1e6, 0)
}

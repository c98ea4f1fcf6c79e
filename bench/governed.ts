// What governing costs: statements under six policies to the same ones written by hand (WHERE and functions) by a subject
// without policies, over the same files through the same SQL port: node bench/governed.ts [--rows=10000000] [--rounds=3]
// [--only=policy] [--no-mask].
// Answers are compared first, then both are asked in turns.

import { access, chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { scramVerifier } from '@tulle/access'
import { duckdbEngine } from '@tulle/engine'
import type { EngineProcess } from '@tulle/engine'
import { createAuthorizer, createGovernor, openSqlPort } from '@tulle/gateway'
import type { Account, DataSource, Governor, Rights, ServedColumn, ServedProduct, SqlPort } from '@tulle/gateway'
import { ok, systemClock } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { Decision, Policy } from '@tulle/policy'

const { values: options } = parseArgs({ options: { rows: { type: 'string', default: '10000000' }, rounds: { type: 'string', default: '3' }, only: { type: 'string' }, mask: { type: 'boolean', default: true } }, allowNegative: true })
const [ROWS, ROUNDS] = [Number(options.rows), Number(options.rounds)]
const PASSWORD = 'bench'
const LIMITS = { memoryMegabytes: 1536, threads: 2, limit: 16, idleMilliseconds: 600_000, sliceMegabytes: 8192 }

const columnsOf = (types: Readonly<Record<string, string>>): readonly ServedColumn[] => Object.entries(types).map(([name, type], i) => ({ name, type, fieldId: i + 1, required: false }))
const EVENTS = columnsOf({ id: 'long', person: 'int', region: 'string', country: 'string', email: 'string', name: 'string', amount: 'decimal(9, 2)', score: 'int', happened: 'timestamp', day: 'date' })
const PERSONS = Math.ceil(ROWS / 20)
const EVENT_ROWS = `select i::bigint as id, (hash(i) % ${PERSONS})::int as person, ['EU', 'NA', 'LA', 'AF', 'AS'][1 + (hash(i + 1) % 5)::int] as region, chr(65 + (hash(i + 2) % 26)::int) || chr(65 + (hash(i + 3) % 8)::int) as country,
  'user' || (hash(i) % ${PERSONS}) || '@example.org' as email, 'Name ' || (hash(i + 4) % 50000) as name, ((hash(i + 5) % 100000) / 100)::decimal(9,2) as amount, (hash(i + 6) % 1000)::int as score,
  timestamp '2024-01-01' + interval (i * 31536000 // ${ROWS}) second as happened, (date '2024-01-01' + (i * 365 // ${ROWS})::int)::date as day from range(${ROWS}) r(i)`
const CONSENTS = columnsOf({ subject: 'int', given: 'boolean' })
const PLACES = columnsOf({ country: 'string', title: 'string' })
const WIDE = 250
const wideRows = (columns: number): string => `select ${Array.from({ length: columns }, (_, i) => `(hash(r + ${i}) % 1000)::int as c${i}`).join(', ')} from range(${Math.ceil(ROWS / 20)}) t(r)`
const wide = (columns: number): readonly ServedColumn[] => columnsOf(Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c${i}`, 'int'])))
const TABLES: Readonly<Record<string, { readonly columns: readonly ServedColumn[]; readonly rows: string }>> = {
  events: { columns: EVENTS, rows: EVENT_ROWS },
  consents: { columns: CONSENTS, rows: `select i::int as subject, hash(i + 9) % 10 < 3 as given from range(${PERSONS}) r(i)` },
  places: { columns: PLACES, rows: `select distinct chr(65 + a::int) || chr(65 + b::int) as country, 'Place ' || a || ' ' || b as title from range(26) x(a), range(8) y(b)` },
  tiny: { columns: EVENTS, rows: `select * from (${EVENT_ROWS}) limit 1000` },
  wide5: { columns: wide(5), rows: wideRows(5) },
  wide250: { columns: wide(WIDE), rows: wideRows(WIDE) },
}

type Allowed = Extract<Decision, { effect: 'allow' }>
interface Governing extends Partial<Pick<Allowed, 'masks' | 'rowFilter'>> { readonly name: string }
const plain = (condition: string): NonNullable<Allowed['rowFilter']> => ({ condition, reads: [] })
const POLICIES: readonly Governing[] = [
  { name: 'rows of a region', rowFilter: plain(`"region" = 'EU'`) },
  { name: 'masked columns', masks: { email: `regexp_replace("email", '^[^@]*', '***')`, name: `left("name", 6) || '***'`, happened: `date_trunc('month', "happened")` } },
  { name: 'rows of half a year, masked', rowFilter: plain(`"day" >= DATE '2024-07-01'`), masks: { email: `CASE WHEN length("email") > 4 THEN left("email", 2) || '***' || right("email", 2) WHEN "email" IS NOT NULL THEN '***' END`, amount: `TRY_CAST(round("amount" / 10) * 10 AS DECIMAL(9, 2))` } },
  { name: 'rows that a function picks', rowFilter: plain(`upper(left("country", 1)) IN ('A', 'B', 'C', 'D', 'E', 'F')`) },
  { name: 'rows that consents allow', rowFilter: { condition: `("person" IN (SELECT "consent"."subject" FROM "consent" WHERE ("consent"."given")))`, reads: [{ productId: 'p', dataSet: 'consents', columns: ['subject', 'given'], as: 'consent' }] } },
  { name: 'two grants at once', rowFilter: plain(`("region" = 'EU' OR "region" = 'LA')`), masks: { amount: `CASE WHEN "region" = 'EU' THEN "amount" END`, name: `CASE WHEN "region" = 'EU' THEN "name" ELSE md5("name") END` } },
]

const STATEMENTS = [
  'select count(*) from EVENTS',
  'select count(*), sum(score), avg(score), max(amount) from EVENTS',
  'select region, count(*), avg(amount) from EVENTS group by region order by region',
  'select country, count(*), sum(score) from EVENTS group by country order by 2 desc, 1 limit 10',
  'select day, count(*) from EVENTS group by day order by day',
  `select extract(month from happened) as m, sum(amount) from EVENTS group by 1 order by 1`,
  'select count(distinct person) from EVENTS',
  'select id, person, region, score from EVENTS where id = 7654321 % RANGE',
  'select count(*), min(email) from EVENTS where person = 4711',
  `select count(*), sum(amount) from EVENTS where day = date '2024-08-15'`,
  `select region, count(*) from EVENTS where happened between timestamp '2024-09-01' and timestamp '2024-09-08' group by region order by region`,
  `select count(*) from EVENTS where name like 'Name 12%'`,
  `select count(*) from EVENTS where email like '%7@example.org'`,
  'select id, score, amount from EVENTS order by score desc, id limit 10',
  'select name, count(*) as n from EVENTS group by name order by n desc, name limit 5',
  'select p.title, sum(e.score) as s from EVENTS e join places p using (country) group by p.title order by s desc, p.title limit 5',
  'select count(*) from EVENTS a join EVENTS b on a.id = b.id + 1 where a.score > 990',
  'select person, max(amount) as m from EVENTS where score > 900 group by person order by m desc nulls last, person limit 5',
  'select region, score, n from (select region, score, count(*) as n, row_number() over (partition by region order by count(*) desc, score) as r from EVENTS group by region, score) where r <= 2 order by region, r',
  'select quantile_cont(score, 0.9), median(amount) from EVENTS',
  `select * from EVENTS where id between 6000000 % RANGE and 6000000 % RANGE + 200 order by id`,
  `select count(*) from EVENTS where region in ('EU', 'AS') and country < 'M' and amount > 500`,
].map((sql) => sql.replaceAll('RANGE', String(ROWS)))

/** The statement as somebody would write it who knows the policy and is trusted to. */
function byHand(sql: string, { masks = {}, rowFilter }: Governing): string {
  if (rowFilter === undefined && Object.keys(masks).length === 0) return sql.replaceAll('EVENTS', 'bench.events')
  const shown = EVENTS.map(({ name }) => (masks[name] === undefined ? `"${name}"` : `${masks[name]} as "${name}"`)).join(', ')
  const where = rowFilter === undefined ? '' : ` where ${rowFilter.condition.replaceAll('FROM "consent"', 'FROM bench.consents AS "consent"')}`
  const rows = `(select ${shown} from bench.events${where})`
  return sql.replaceAll(/EVENTS( [a-z]\b)?/gu, (_, alias: string | undefined) => `${rows}${alias ?? ' e'}`).replaceAll(/\be where\b/gu, 'e where')
}

const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}
const median = (times: readonly number[]): number => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0
const geometric = (ratios: readonly number[]): number => Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

const cache = join(import.meta.dirname, '..', '.test-output', `bench-governed-${ROWS}`)
const folder = await mkdtemp(join(tmpdir(), 'tulle-bench-'))
const engine = duckdbEngine({ folder: join(folder, 'engines') })
const accounts = new Map<string, Account>()

try {
  await chmod(folder, 0o711)
  await makeTables()
  const verifier = await scramVerifier(PASSWORD)
  for (const name of ['plain', ...POLICIES.map((_, i) => `p${i}`), 'fixed']) accounts.set(name, { subject: { id: name, name, kind: 'user', role: 'consumer', teams: [] }, verifier, purposes: [] })
  const [slicing, masking] = [await govern(LIMITS), await govern({ ...LIMITS, sliceMegabytes: 0 })]
  const [bySlice, byMask] = [await connect(slicing), await connect(masking)]
  const all: { readonly wall: number[]; readonly cpu: number[] } = { wall: [], cpu: [] }
  const ofMasks: number[] = []
  for (const [i, policy] of POLICIES.entries()) {
    if (options.only !== undefined && options.only !== String(i)) continue
    const asks = { hand: bySlice('plain'), slice: bySlice(`p${i}`), mask: byMask(`p${i}`) }
    const made = await makeSlice(slicing, asks.slice)
    say(`\n${policy.name}: ${made === undefined ? 'no slice' : `slice of ${(made.bytes / 1e6).toFixed(0)} MB made in ${made.milliseconds.toFixed(0)} ms`}`)
    for (const template of STATEMENTS) {
      const [sql, hand] = [template.replaceAll('EVENTS', 'bench.events').replaceAll('join places', 'join bench.places'), byHand(template, policy).replaceAll('join places', 'join bench.places')]
      const answers = { hand: await asks.hand(hand), slice: await asks.slice(sql), mask: options.mask ? await asks.mask(sql) : undefined }
      if (answers.hand !== answers.slice || (answers.mask !== undefined && answers.hand !== answers.mask)) throw new Error(`${sql}\n${hand}\nthe answers differ:\n${answers.hand.slice(0, 300)}\n${answers.slice.slice(0, 300)}\n${answers.mask?.slice(0, 300) ?? ''}`)
      const times: Record<keyof typeof asks, Took[]> = { hand: [], slice: [], mask: [] }
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const form of ['hand', 'slice', ...(policy.rowFilter === undefined || round > 0 || !options.mask ? [] : ['mask'])] as const) times[form as keyof typeof asks].push(await measured(() => asks[form as keyof typeof asks](form === 'hand' ? hand : sql)))
      }
      const of = (form: keyof typeof asks, unit: keyof Took): number => median(times[form].map((took) => took[unit]))
      all.wall.push(of('slice', 'wall') / of('hand', 'wall'))
      all.cpu.push(of('slice', 'cpu') / of('hand', 'cpu'))
      if (times.mask.length > 0) ofMasks.push(of('mask', 'cpu') / of('hand', 'cpu'))
      const said = (unit: keyof Took, name: string): string => `${of('slice', unit).toFixed(1).padStart(7)} to ${of('hand', unit).toFixed(1).padStart(7)} ms ${name}, ${(of('slice', unit) / of('hand', unit)).toFixed(2)} ×`
      say(`${said('wall', 'wall')}; ${said('cpu', 'CPU')}${times.mask.length > 0 ? `; by mask ${of('mask', 'cpu').toFixed(0).padStart(5)} ms CPU` : ''}  ${template.slice(0, 60)}`)
    }
  }
  say('')
  for (const unit of ['wall', 'cpu'] as const) say(`${all[unit].length} pairs by ${unit === 'cpu' ? 'CPU of engines' : 'the clock'}: geometric mean ${geometric(all[unit]).toFixed(3)} × (target ≤ 1.05), worst ${Math.max(...all[unit]).toFixed(2)} × (target ≤ 1.25), ${all[unit].filter((ratio) => ratio > 1.25).length} beyond it`)
  if (ofMasks.length > 0) say(`by the mask alone, as before a slice is there: geometric mean ${geometric(ofMasks).toFixed(2)} ×, worst ${Math.max(...ofMasks).toFixed(1)} ×, by CPU`)
  await fixedCost(bySlice)
  await breadth(bySlice)
  await slicing.close()
  await masking.close()
} finally {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
}

async function makeTables(): Promise<void> {
  await mkdir(cache, { recursive: true })
  let worker: EngineProcess | undefined
  for (const [name, { columns, rows }] of Object.entries(TABLES)) {
    if (await access(fileOf(name)).then(() => true, () => false)) continue
    const staged = join(folder, 'staged')
    worker ??= valueOf(await engine.start({ readPaths: [], writePaths: [staged], memoryMegabytes: 2048, threads: 2 }))
    const path = join(staged, `${name}.parquet`)
    valueOf(await worker.write(rows, { path, fieldIds: Object.fromEntries(columns.map((column) => [column.name, column.fieldId])) }))
    await rename(path, fileOf(name)).catch(() => copyFile(path, fileOf(name)))
  }
  await worker?.kill()
}
function fileOf(name: string): string {
  return join(cache, `${name}.parquet`)
}

async function govern(limits: typeof LIMITS): Promise<Governor & { readonly port: SqlPort }> {
  const product: ServedProduct = { id: 'p', schema: 'bench', name: 'bench', domain: 'd', team: 't', dataSets: Object.entries(TABLES).map(([name, { columns }]) => ({ name, columns })) }
  const data: DataSource = { products: async () => [product], snapshot: async (_, name) => ok({ id: '1', files: async () => ok([{ path: fileOf(name) }]) }) }
  const decisions = new Map<string, Decision>()
  const decide = (subject: string, dataSet: string): Decision => {
    const policy = POLICIES[Number(subject.slice(1))]
    const columns = (TABLES[dataSet]?.columns ?? []).map(({ name }) => name)
    const wider: Partial<Governing> = subject === 'fixed' && dataSet.startsWith('wide') ? { rowFilter: plain(`"c0" < 500`) } : {}
    const { rowFilter, masks = {} }: Partial<Governing> = policy !== undefined && (dataSet === 'events' || dataSet === 'tiny') ? policy : wider
    return { effect: 'allow', columns, masks, ...(rowFilter !== undefined && { rowFilter }), obligations: [], reasons: [] }
  }
  const policy: Policy = {
    openPurposes: () => [],
    decide: ({ id }, _, { dataSet }) => {
      const key = `${id} ${dataSet?.name ?? ''}`
      const known = decisions.get(key) ?? decide(id, dataSet?.name ?? '')
      decisions.set(key, known)
      return known
    },
  }
  const rights: Rights = { version: () => 1, policy: () => policy }
  const authorizer = createAuthorizer({ rights, data, clock: systemClock, environment: 'bench' })
  const audit = { record: async () => ok(undefined), ready: () => ok(undefined) }
  const own = join(folder, `gateway-${limits.sliceMegabytes}`)
  await mkdir(own, { recursive: true })
  const governor = createGovernor({ authorizer, engine, audit, clock: systemClock, folder: own, limits })
  const opened = valueOf(await openSqlPort({ host: '127.0.0.1', port: 0, database: 'tulle', accounts: { find: async (name) => accounts.get(name) }, rights, governor, audit }))
  return { ...governor, port: opened, close: async () => {
    await opened.close()
    await governor.close()
  } }
}

type Ask = (sql: string) => Promise<string>
async function connect({ port: { port: number } }: { readonly port: SqlPort }): Promise<(user: string) => Ask> {
  const clients = new Map<string, Promise<pg.Client>>()
  return (user) => async (sql) => {
    let client = clients.get(user)
    if (client === undefined) {
      client = (async () => {
        const made = new pg.Client({ host: '127.0.0.1', port: number, user, password: PASSWORD, database: 'tulle' })
        made.on('error', () => undefined)
        await made.connect()
        return made
      })()
      clients.set(user, client)
    }
    return JSON.stringify((await (await client).query({ text: sql, rowMode: 'array' })).rows)
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Milliseconds on the clock, and of the processors in engine processes, which a busy machine stretches less. */
interface Took { readonly wall: number; readonly cpu: number }
async function measured(work: () => Promise<unknown>): Promise<Took> {
  const before = await cpuOfEngines()
  const wall = await timed(work)
  return { wall, cpu: (await cpuOfEngines()) - before }
}

/** Milliseconds, of all threads; the kernel counts in nanoseconds. */
async function cpuOfEngines(): Promise<number> {
  const children = (await readFile(`/proc/self/task/${process.pid}/children`, 'utf8')).trim().split(' ')
  const threads = await Promise.all(children.map(async (pid) => (await readdir(`/proc/${pid}/task`).catch(() => [])).map((thread) => `/proc/${pid}/task/${thread}/schedstat`)))
  const times = await Promise.all(threads.flat().map((path) => readFile(path, 'utf8').catch(() => '0')))
  return times.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0) / 1e6
}

async function makeSlice(governor: Governor, ask: Ask): Promise<{ readonly bytes: number; readonly milliseconds: number } | undefined> {
  const before = governor.slices()
  for (let i = 0; i < 2; i += 1) await ask('select count(*) from bench.events')
  while (governor.slices().making > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  const after = governor.slices()
  return after.made === before.made ? undefined : { bytes: after.bytes - before.bytes, milliseconds: after.milliseconds - before.milliseconds }
}

/** A statement that does nothing worth the name, written anew each time and repeated. */
async function fixedCost(ask: (user: string) => Ask): Promise<void> {
  const [governed, hand] = [ask('p2'), ask('plain')]
  const policy = POLICIES[2] as Governing
  const tiny = (text: string): string => text.replaceAll('bench.events', 'bench.tiny')
  const template = 'select count(*), max(score) from EVENTS where id < 10'
  const [sql, written] = [tiny(template.replaceAll('EVENTS', 'bench.events')), tiny(byHand(template, policy))]
  for (let i = 0; i < 5; i += 1) await Promise.all([governed(sql), hand(written)])
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const both = async (name: string, variant: (text: string, i: number) => string, rounds: number, target: string): Promise<void> => {
    const times: [number[], number[]] = [[], []]
    for (let i = 0; i < rounds; i += 1) {
      times[0].push(await timed(() => governed(variant(sql, i))))
      times[1].push(await timed(() => hand(variant(written, i))))
    }
    const [ours, theirs] = times.map(median) as [number, number]
    say(`${name}: ${ours.toFixed(2)} ms, by hand ${theirs.toFixed(2)} ms: ${(ours - theirs).toFixed(2)} ms (target ≤ ${target})`)
  }
  say('')
  await both('fixed cost, a text for the first time', (text, i) => `${text} and ${i} = ${i}`, 100, '1.5 ms')
  await both('fixed cost, a text again', (text) => text, 300, '0.1 ms')
}

async function breadth(ask: (user: string) => Ask): Promise<void> {
  const governed = ask('fixed')
  const statement = (columns: number): string => `select c1, count(*), sum(c2), max(c3) from bench.wide${columns} group by c1 order by c1 limit 20`
  for (const columns of [5, WIDE]) for (let i = 0; i < 3; i += 1) await governed(statement(columns))
  await new Promise((resolve) => setTimeout(resolve, 4000))
  const times = new Map<number, number[]>([[5, []], [WIDE, []]])
  for (let i = 0; i < 15; i += 1) for (const columns of [5, WIDE]) times.get(columns)?.push(await timed(() => governed(statement(columns))))
  const [narrow, broad] = [5, WIDE].map((columns) => median(times.get(columns) ?? [])) as [number, number]
  say(`${WIDE} columns: ${broad.toFixed(1)} ms, 5 columns ${narrow.toFixed(1)} ms: ${(broad / narrow).toFixed(2)} × (target ≤ 1.2 ×)`)
}

// A living mesh beside a real Flink and a real Kafka. Usage: check.ts <java> <jars of Kafka> <jars of Flink> <work folder>.

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Consumer } from '@platformatic/kafka'
import { startTulle } from '@tulle/server/testing'
import { realBroker } from '../kafka/real-broker.ts'
import { realFlink } from './real-flink.ts'

const [java = '', kafkaJars = '', flinkJars = '', work = ''] = process.argv.slice(2)
let [passed, failed] = [0, 0]
function check(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) passed += 1
  else {
    failed += 1
    console.log(`✗ ${what}\n  found  ${JSON.stringify(found)?.slice(0, 1_500)}\n  wanted ${JSON.stringify(wanted)?.slice(0, 1_500)}`)
  }
}
const until = async (fine: () => Promise<boolean>, seconds = 120): Promise<boolean> => {
  for (const end = Date.now() + seconds * 1_000; Date.now() < end; await sleep(500)) if (await fine().catch(() => false)) return true
  return false
}

const broker = await realBroker({ java, jars: kafkaJars, folder: join(work, 'kafka') })
const flink = await realFlink({ java, jars: flinkJars, folder: join(work, 'flink') })
const mesh = join(work, 'mesh')
const put = (folder: string, path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const contract = (name: string, properties: readonly object[]): string => JSON.stringify({ apiVersion: 'v3.1.0', kind: 'DataContract', id: name, name, version: '1.0.0', status: 'active', schema: [{ name, properties }] })
const product = (name: string, components: readonly string[]): string => `apiVersion: core.oam.dev/v1beta1\nkind: DataProduct\nmetadata: { name: ${name} }\nspec:\n  components:\n    - { name: ${name}, type: data-product, properties: { definition: A product } }\n    - { name: sql, type: sql-output-port }\n${components.map((one) => `    - ${one}\n`).join('')}`
const key = { required: true, primaryKey: true, primaryKeyPosition: 1 }
const topics = (partitions: number): string => `{ name: topics, type: kafka-output-port, properties: { brokers: ['${broker.address}'], tls: 'off', application: crew, partitions: ${partitions}, replicas: 1 } }`

const flight = (id: number, origin: string, at: string, delay: number, fare: string): string => `${id},${origin},${at},${delay},${fare}`
const csvOf = (head: string, rows: readonly string[]): string => `${head}\n${rows.join('\n')}\n`
const flightsCsv = (rows: readonly string[]): string => csvOf('id,origin,departs_at,delay,fare', rows)
const AIRPORTS = ['OSL', 'BGO', 'TRD', 'SVG', 'TOS']
const FLIGHTS = Array.from({ length: 1_500 }, (_, i) => flight(i + 1, AIRPORTS[i % 5] ?? '', `2026-03-0${1 + (i % 3)} ${String(i % 24).padStart(2, '0')}:15:00`, (i * 7) % 90, `${(i * 13) % 400}.25`))

const MODELS = {
  // A join, windows of time, and every aggregate that both have.
  departures: `select a.city, date_trunc('day', f.departs_at) as day, count(*) as flights, sum(f.delay) as delay, max(f.delay) as worst, sum(f.fare) as fares, avg(f.delay) as mean from {{ ref('flights', 'flights') }} f join {{ ref('airports', 'airports') }} a on a.iata = f.origin where f.delay >= 5 group by 1, 2`,
  // Rows with a partner and without one.
  grounded: `select a.iata, a.city from {{ ref('airports', 'airports') }} a semi join {{ ref('flights', 'flights') }} f on f.origin = a.iata anti join {{ ref('flights', 'flights') }} g on g.origin = a.iata and g.delay >= 88`,
} as const
const board = (flinks: string): string => product('board', Object.keys(MODELS).map((name) => `{ name: ${name}, type: data-set, properties: { refresh: continuous${flinks} } }`))
put(mesh, 'mesh.yaml', 'apiVersion: tulle.dev/v1\nkind: Mesh\nmetadata: { name: sky }\nspec:\n  purposes: [{ name: reporting }]\n  demo: { users: [{ name: ada, role: administrator }, { name: dora, role: developer, teams: [ops] }, { name: ana, role: consumer, purposes: [reporting], grants: [board] }] }\n')
put(mesh, 'teams/ops.yaml', 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: ops }\n')
put(mesh, 'domains/ops/domain.yaml', 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: ops }\nspec: { owner: ops }\n')
put(mesh, 'applications/crew.yaml', 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crew }\nspec: { team: ops }\n')
for (const name of ['flights', 'airports']) {
  put(mesh, `grants/crew_${name}.yaml`, `apiVersion: tulle.dev/v1\nkind: AccessGrant\nmetadata: { name: crew_${name} }\nspec: { subject: { application: crew }, product: ${name}, data_set: ${name}, purposes: [reporting] }\n`)
  put(mesh, `domains/ops/${name}/product.yaml`, product(name, [`{ name: file, type: file-input-port, properties: { path: domains/ops/${name}/${name}.csv } }`, `{ name: ${name}, type: data-set, properties: { from: file } }`, topics(name === 'flights' ? 3 : 1)]))
}
put(mesh, 'domains/ops/flights/contracts/flights.odcs.yaml', contract('flights', [{ name: 'id', logicalType: 'integer', physicalType: 'long', unique: true, ...key }, { name: 'origin', logicalType: 'string' }, { name: 'departs_at', logicalType: 'timestamp' }, { name: 'delay', logicalType: 'integer', physicalType: 'int' }, { name: 'fare', logicalType: 'number', physicalType: 'decimal(9,2)' }]))
put(mesh, 'domains/ops/airports/contracts/airports.odcs.yaml', contract('airports', [{ name: 'iata', logicalType: 'string', unique: true, ...key }, { name: 'city', logicalType: 'string' }]))
put(mesh, 'domains/ops/flights/flights.csv', flightsCsv(FLIGHTS))
put(mesh, 'domains/ops/airports/airports.csv', csvOf('iata,city', ['OSL,Oslo', 'BGO,Bergen', 'TRD,Trondheim', 'SVG,Stavanger', 'XXX,Nowhere']))
put(mesh, 'domains/ops/board/product.yaml', board(''))
put(mesh, 'domains/ops/board/contracts/departures.odcs.yaml', contract('departures', [{ name: 'city', logicalType: 'string', ...key }, { name: 'day', logicalType: 'timestamp', ...key, primaryKeyPosition: 2 }, { name: 'flights', logicalType: 'integer', physicalType: 'long' }, { name: 'delay', logicalType: 'integer', physicalType: 'long' }, { name: 'worst', logicalType: 'integer', physicalType: 'int' }, { name: 'fares', logicalType: 'number', physicalType: 'decimal(38,2)' }, { name: 'mean', logicalType: 'number', physicalType: 'double' }]))
put(mesh, 'domains/ops/board/contracts/grounded.odcs.yaml', contract('grounded', [{ name: 'iata', logicalType: 'string', ...key }, { name: 'city', logicalType: 'string' }]))
for (const [name, model] of Object.entries(MODELS)) put(mesh, `domains/ops/board/models/${name}.sql`, `${model}\n`)

const secrets = join(work, 'secrets')
writeFileSync(secrets, '', { mode: 0o600 })
const tulle = await startTulle({ mesh, environment: { TULLE_SOURCE_HOSTS: '127.0.0.1', TULLE_FLINK_GATEWAY: flink.gateway, TULLE_SECRETS_FILE: secrets } })
// The account is made by the first start, so its password is known only now.
writeFileSync(secrets, `SCHEMA_REGISTRY_USER_INFO=dora:${tulle.secret('dora')}\n`, { mode: 0o600 })
chmodSync(secrets, 0o600)
const checkout = join(tulle.checkout, 'examples/skyline')
const edit = (path: string, text: string): void => writeFileSync(join(checkout, path), text)
const sh = (what: string, command: string): string => {
  const { status, stdout, stderr } = tulle.sh(command)
  if (status !== 0) console.log(`${command}\n${stdout}${stderr}`.slice(0, 3_000))
  check(what, status, 0)
  return `${stdout}${stderr}`
}
const apply = (what: string): string => sh(what, 'npx tulle apply examples/skyline --as ada --yes')
const plan = (): string => tulle.sh('npx tulle plan examples/skyline --as ada 2>&1').stdout
const publish = (what: string, csv: string): void => {
  edit('domains/ops/flights/flights.csv', csv)
  sh(what, 'npx tulle run flights --as dora --wait')
}
type Row = Readonly<Record<string, unknown>>
const TEXT: Readonly<Record<string, string>> = { departures: 'city, epoch_us(day) as day, flights, delay, worst, cast(fares as varchar) as fares, cast(round(mean, 6) as varchar) as mean', grounded: 'iata, city' }
const keyed = (row: Row): string => `${String(row['city'] ?? '')} ${String(row['day'] ?? '')} ${String(row['iata'] ?? '')}`
/** What Tulle's own refresh made. */
const own = (name: string): readonly Row[] => (JSON.parse(tulle.sh(`npx tulle sql "select ${TEXT[name]} from board.${name}" --as ana -o json`).stdout || '[]') as Row[]).toSorted((a, b) => (keyed(a) < keyed(b) ? -1 : 1)).map((row) => Object.fromEntries(Object.entries(row).map(([column, value]) => [column, String(value)])))
/** What the topic of the job holds at its end, by key. */
async function held(name: string): Promise<readonly Row[]> {
  const topic = `board.${name}.flink`
  const consumer = new Consumer({ clientId: 'check', groupId: `check-${Math.random()}`, bootstrapBrokers: [broker.address] })
  consumer.on('error', () => undefined)
  const rows = new Map<string, Row>()
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', maxWaitTime: 200 })
    // The last offset may be the end of a transaction, which no reader is given: it is over when nothing comes.
    let idle = setTimeout(() => void stream.close(), IDLE)
    for await (const { key: name, value, partition } of stream as AsyncIterable<{ readonly key: Buffer; readonly value: Buffer | null | undefined; readonly partition: number }>) {
      // A row that stayed in another partition than its tombstone would be a row too many.
      const at = `${partition} ${canonical(name.toString('utf8'))}`
      if (value === null || value === undefined || value.length === 0) rows.delete(at)
      else rows.set(at, JSON.parse(value.toString('utf8').replaceAll(/:(-?\d+(?:\.\d+)?(?:E-?\d+)?)(?=[,}])/gu, ':"$1"')) as Row)
      clearTimeout(idle)
      idle = setTimeout(() => void stream.close(), IDLE)
    }
  } finally {
    await consumer.close(true).catch(() => undefined)
  }
  return [...rows.values()].map((row) => ({ ...row, ...(row['mean'] !== undefined && { mean: shortened(String(row['mean'])) }), ...(row['fares'] !== undefined && { fares: Number(row['fares']).toFixed(2) }) })).toSorted((a, b) => (keyed(a) < keyed(b) ? -1 : 1))
}
const IDLE = 2_500
const canonical = (text: string): string => JSON.stringify(Object.entries(JSON.parse(text) as object).toSorted())
const shortened = (mean: string): string => {
  const rounded = Number(Number(mean).toFixed(6))
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded)
}
const inStep = async (when: string): Promise<void> => {
  for (const name of Object.keys(MODELS)) {
    const same = await until(async () => isDeepStrictEqual(await held(name), own(name)))
    const [found, wanted] = [await held(name), own(name)]
    check(`${when}: the topic of ${name} holds what Tulle's own refresh made, which is ${wanted.length} rows`, found, wanted)
    if (name === 'departures') check(`${when}: that is something`, wanted.length > 5, true)
    if (!same) for (const one of await flink.jobs()) console.log(one.name, one.state, await flink.exceptions(one.jid))
  }
}
const running = async () => (await flink.jobs()).filter(({ state }) => state === 'RUNNING')

try {
  check('nothing runs before a data set asks for it', await flink.jobs(), [])
  edit('domains/ops/board/product.yaml', board(', flink: {}'))
  check('a plan has a job to create', /stream-job:board\.departures/u.test(plan()), true)
  apply('an apply starts the jobs')
  check('two jobs run, by names that say whose they are', await until(async () => (await running()).length === 2), true)
  check('their names hold no secret', (await flink.jobs()).every(({ name }) => /^tulle\/board\.\w+\/[\w-]+\/[0-9a-f]{12}$/u.test(name)), true)
  check('a second plan has nothing to do', plan().includes('stream-job'), false)
  await inStep('at first')

  publish('rows change, appear and go', flightsCsv([...FLIGHTS.slice(100, 1_400), ...FLIGHTS.slice(0, 50).map((row) => row.replace(/,\d+,(\d+\.25)$/u, ',88,$1')), flight(9_001, 'SVG', '2026-03-09 10:00:00', 30, '10.00')]))
  await inStep('after changes and deletes')

  const ids = (await running()).map(({ jid }) => jid)
  edit('domains/ops/board/models/departures.sql', `${MODELS.departures.replace('f.delay >= 5', "f.delay >= 60 and a.city <> 'Oslo'")}\n`)
  check('a changed model is a change of its job', plan().includes('begins from the earliest records'), true)
  apply('the changed model is applied')
  sh('Tulle builds its own anew', 'npx tulle run board --as dora --wait')
  check('one of two jobs is another', [(await running()).length, (await running()).filter(({ jid }) => ids.includes(jid)).length], [2, 1])
  await inStep('after the model changed, with nothing left of what it no longer gives')

  const [victim] = await running()
  await flink.cancel(victim?.jid ?? '')
  check('somebody cancels a job', await until(async () => (await running()).length === 1), true)
  publish('rows go while it is away', flightsCsv([...FLIGHTS.slice(300, 1_300), flight(9_002, 'BGO', '2026-03-10 10:00:00', 70, '0.50')]))
  check('a plan sees that it is gone', plan().includes('is canceled in Flink'), true)
  apply('an apply starts it again')
  check('it runs', await until(async () => (await running()).length === 2), true)
  await inStep('after it was cancelled')

  edit('domains/ops/board/product.yaml', board(''))
  apply('data sets that ask for no job any more')
  check('leave none', await until(async () => (await running()).length === 0, 30), true)
  check('no secret is in what Tulle kept or said', tulle.sh(`grep -rlF -- '${tulle.secret('dora')}' .tulle/logs .tulle/audit 2>/dev/null | wc -l`).stdout.trim(), '0')
} finally {
  await tulle.stop()
  await flink.stop()
  await broker.kill()
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

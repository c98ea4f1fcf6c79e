// A real Superset beside a living mesh, connected as its page in docs/connect tells, and asked as its own pages ask.
// Usage: check.ts <python that has Superset> <work folder>.

import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { freePort, startTulle } from '@tulle/server/testing'

const [python = '', work = ''] = process.argv.slice(2)
let [passed, failed] = [0, 0]
function check(what: string, found: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(found, wanted)) passed += 1
  else {
    failed += 1
    console.log(`✗ ${what}\n  found  ${JSON.stringify(found)?.slice(0, 1_500)}\n  wanted ${JSON.stringify(wanted)?.slice(0, 1_500)}`)
  }
}

const mesh = join(work, 'mesh')
cpSync(join(import.meta.dirname, '../../examples/skyline'), mesh, { recursive: true, filter: (path) => !path.includes('node_modules') })
mkdirSync(join(mesh, 'applications'))
writeFileSync(join(mesh, 'applications/dashboards.yaml'), 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: dashboards }\nspec: { team: mesh_platform }\n')
await using tulle = await startTulle({ mesh })

// Steps of the page.
const made = tulle.sh('npx tulle token create superset --as ada --of application:dashboards -o json')
const { secret: token = '' } = JSON.parse(made.stdout || '{}') as { readonly secret?: string }
check(`the page's second step makes a token ${made.stderr}`, token !== '', true)
const uri = (who: string, password: string): string => `postgresql+psycopg2://${who}:${password}@127.0.0.1:${tulle.sqlPort}/tulle?sslmode=verify-ca&sslrootcert=${join(tulle.home, 'tls/ca.pem')}`
const asAda = async (method: string, path: string, body?: object): Promise<{ readonly id?: string }> => {
  const answer = await fetch(`${tulle.url}/api/v1${path}`, { method, headers: { authorization: `Basic ${btoa(`ada:${tulle.secret('ada')}`)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return answer.status === 204 ? {} : await answer.json() as { readonly id?: string }
}
const grant = (product: string): Promise<{ readonly id?: string }> => asAda('POST', '/grants', { subjectKind: 'application', subject: 'dashboards', product, purposes: ['operations_planning'] })

const program = join(python, '../superset')
const log = openSync(join(work, 'superset.log'), 'a')
const port = await freePort()
const superset = spawn(program, ['run', '-p', String(port), '--with-threads'], { stdio: ['ignore', log, log] })
const base = `http://127.0.0.1:${port}`
let bearer = ''
interface Answer { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly text: string }
async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`${base}/api/v1${path}`, { method, headers: { 'content-type': 'application/json', ...(bearer !== '' && { authorization: `Bearer ${bearer}` }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  const text = await answer.text()
  try {
    return { status: answer.status, text, body: JSON.parse(text) as Answer['body'] }
  } catch {
    return { status: answer.status, text, body: {} }
  }
}
/** What Tulle says itself to the same account. */
async function tulleHas(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const answer = await fetch(`${tulle.url}/data/v1/query`, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: JSON.stringify({ sql, format: 'ndjson' }) })
  return (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
}

try {
  for (let tries = 0; tries < 600 && !(await fetch(`${base}/health`).then(({ ok }) => ok, () => false)); tries += 1) await sleep(200)
  bearer = String((await ask('POST', '/security/login', { username: 'admin', password: 'interop', provider: 'db', refresh: true })).body['access_token'] ?? '')
  check(`Superset runs and lets its administrator in ${bearer === '' ? readFileSync(join(work, 'superset.log'), 'utf8').slice(-2_000) : ''}`, bearer !== '', true)

  const connection = { database_name: 'Tulle', sqlalchemy_uri: uri('application.dashboards', token) }
  const early = await ask('POST', '/database/test_connection', connection)
  check('Test connection, before anything was granted', [early.status, early.text.trim()], [200, '{"message":"OK"}'])
  const wrong = await ask('POST', '/database/test_connection', { ...connection, sqlalchemy_uri: uri('application.dashboards', 'nothing') })
  check('with a wrong password it says so', [wrong.status, /password provided for username .{0,5}application\.dashboards.{0,5} is incorrect/u.test(wrong.text)], [400, true])
  const stranger = await ask('POST', '/database/test_connection', { ...connection, sqlalchemy_uri: connection.sqlalchemy_uri.replace(/sslrootcert=.*$/u, 'sslrootcert=/nowhere/ca.pem') })
  check('without the authority of the certificate nothing is sent', [stranger.status >= 400, stranger.text.includes(token)], [true, false])
  const added = await ask('POST', '/database/', { ...connection, expose_in_sqllab: true, allow_dml: false, allow_ctas: false, allow_cvas: false, allow_file_upload: false })
  const database = Number(added.body['id'])
  check(`the database is added ${database > 0 ? '' : added.text.slice(0, 500)}`, database > 0, true)
  const sql = async (text: string): Promise<unknown> => {
    const answer = await ask('POST', '/sqllab/execute/', { database_id: database, sql: text, runAsync: false, queryLimit: 1_000, client_id: Math.random().toString(36).slice(2, 12) })
    return answer.body['data'] ?? answer.text
  }

  check('a table that is not granted is refused, with what to do', /No grant lets application\.dashboards read flights\.flights\..*tulle access request flights/u.test(String(await sql('select count(*) from flights.flights'))), true)
  const granted = await grant('flights')
  await grant('bookings')
  const schemas = (await ask('GET', `/database/${database}/schemas/?q=(force:!t)`)).body['result'] as readonly string[]
  check('schemas', schemas.filter((name) => !['public', 'information_schema'].includes(name)).toSorted(), ['bookings', 'flights'])
  check('tables', (await ask('GET', `/database/${database}/tables/?q=(force:!t,schema_name:bookings)`)).body['result'], [{ extra: null, type: 'table', value: 'bookings' }])
  const metadata = (await ask('GET', `/database/${database}/table_metadata/?name=bookings&schema=bookings`)).body
  check('what is known of a table', [metadata['comment'], (metadata['columns'] as readonly { name: string; longType: string; comment: string }[]).map(({ name, longType, comment }) => `${name} ${longType} ${comment}`)], ['One row per booking', [
    'booking_id TEXT One booking.', 'passenger_id TEXT Who booked.', 'flight_date DATE Day of the flight.', 'origin TEXT From.', 'destination TEXT To.', 'fare NUMERIC(9, 2) Dollars paid.', 'cabin TEXT economy, business or first.',
  ]])
  const pgCatalog = await sql(`select a.attname, format_type(a.atttypid, a.atttypmod) as type from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_attribute a on a.attrelid = c.oid where n.nspname = 'flights' and a.attnum > 0 order by a.attnum`)
  check('pg_catalog', pgCatalog, [['date', 'timestamp without time zone'], ['delay', 'bigint'], ['distance', 'bigint'], ['origin', 'text'], ['destination', 'text']].map(([attname, type]) => ({ attname, type })))

  const dataSetOf = async (schema: string): Promise<number> => Number((await ask('POST', '/dataset/', { database, schema, table_name: schema })).body['id'])
  const [flights, bookings] = [await dataSetOf('flights'), await dataSetOf('bookings')]
  interface Found { readonly columns?: readonly { readonly column_name: string; readonly type: string; readonly is_dttm: boolean; readonly description: string }[]; readonly main_dttm_col?: string }
  const found = (await ask('GET', `/dataset/${flights}`)).body['result'] as Found | undefined
  check('a data set has the columns with their types and texts', [found?.main_dttm_col, found?.columns?.map((one) => `${one.column_name} ${one.type} ${one.is_dttm}`), found?.columns?.[1]?.description], ['date', [
    'date TIMESTAMP WITHOUT TIME ZONE true', 'delay BIGINT false', 'distance BIGINT false', 'origin TEXT false', 'destination TEXT false',
  ], 'Minutes late at arrival; negative is early.'])

  const most = 'select origin, count(*) as n, avg(delay) as late from flights.flights group by origin order by n desc, origin'
  check('SQL Lab', await sql(`${most} limit 5`).then((rows) => (rows as readonly unknown[]).slice(0, 5)), await tulleHas(`${most} limit 5`))
  const fares = 'select booking_id, flight_date, fare from bookings.bookings order by booking_id'
  const masked = (await tulleHas(`${fares} limit 3`))
  const lab = (await sql(fares)) as readonly Readonly<Record<string, unknown>>[]
  check('a masked column stays masked', lab.slice(0, 3), masked)
  const csv = readFileSync(join(mesh, 'data/bookings.csv'), 'utf8').split('\n').slice(0, 1_001)
  const at = (csv[0] ?? '').split(',').indexOf('fare')
  check('every fare is rounded to 50, and in the source it is not (control)', [lab.every(({ fare }) => Number(fare) % 50 === 0), csv.slice(1).every((line) => Number(line.split(',')[at]) % 50 === 0)], [true, false])
  check('what writes is stopped', /DML_NOT_ALLOWED|does not allow/u.test(String(await sql('delete from flights.flights'))), true)

  interface Query { readonly columns: readonly unknown[]; readonly metrics: readonly unknown[]; readonly filters?: readonly object[]; readonly extras?: object; readonly orderby?: readonly unknown[]; readonly row_limit?: number }
  const chart = async (id: number, query: Query, more: object = {}): Promise<Answer> => ask('POST', '/chart/data', { datasource: { id, type: 'table' }, force: true, result_format: 'json', result_type: 'full', queries: [{ filters: [], orderby: [], extras: { having: '', where: '' }, row_limit: 1_000, ...query }], ...more })
  const dataOf = ({ body, text }: Answer): unknown => (body['result'] as readonly { readonly data: unknown }[] | undefined)?.[0]?.data ?? text.slice(0, 800)
  const byTime = (grain: string, column = 'date'): object => ({ timeGrain: grain, columnType: 'BASE_AXIS', sqlExpression: column, label: column, expressionType: 'SQL' })
  const aggregate = (name: string, column: string, label: string): object => ({ expressionType: 'SIMPLE', column: { column_name: column }, aggregate: name, label })
  const monthly = await chart(flights, {
    columns: [byTime('P1M'), 'origin'], metrics: ['count', aggregate('AVG', 'delay', 'late'), { expressionType: 'SQL', sqlExpression: 'max(distance)', label: 'furthest' }],
    filters: [{ col: 'date', op: 'TEMPORAL_RANGE', val: '2001-01-01 : 2001-03-01' }, { col: 'origin', op: 'IN', val: ['ORD', 'LAX'] }], orderby: [['count', false]], extras: { having: 'count(*) > 1', where: '' },
  })
  check('a chart: a range of time, a grain, aggregates, HAVING', dataOf(monthly), (await tulleHas(`select epoch_ms(date_trunc('month', date)) as date, origin, count(*) as count, avg(delay) as late, max(distance) as furthest from flights.flights
    where date >= '2001-01-01' and date < '2001-03-01' and origin in ('ORD', 'LAX') group by 1, 2 order by count desc`)))
  const daily = await chart(bookings, { columns: [byTime('P1W', 'flight_date')], metrics: [aggregate('SUM', 'fare', 'fares')], filters: [{ col: 'flight_date', op: 'TEMPORAL_RANGE', val: '2001-02-01 : 2001-04-01' }], orderby: [['fares', false]], row_limit: 3 })
  check('a chart of a masked column, by a column of dates', dataOf(daily), await tulleHas(`select epoch_ms(date_trunc('week', flight_date)) as flight_date, sum(fare) as fares from bookings.bookings where flight_date >= date '2001-02-01' and flight_date < date '2001-04-01' group by 1 order by fares desc limit 3`))
  const grains = ((await chart(flights, { columns: ['origin'], metrics: [] }, { result_type: 'timegrains' })).body['result'] as readonly { readonly data: readonly { readonly duration: string | null }[] }[])[0]?.data.flatMap(({ duration }) => duration ?? []) ?? []
  const failing: string[] = []
  for (const grain of grains) {
    const answer = await chart(flights, { columns: [byTime(grain)], metrics: [aggregate('COUNT_DISTINCT', 'origin', 'n')], row_limit: 2, filters: [{ col: 'date', op: 'TEMPORAL_RANGE', val: '2001-01-01 : 2001-01-03' }] })
    if (answer.status !== 200) failing.push(`${grain}: ${answer.text.slice(0, 300)}`)
  }
  check(`each of ${grains.length} time grains`, [grains.length > 10, failing], [true, []])
  check('samples', ((await chart(flights, { columns: [], metrics: [], row_limit: 7 }, { result_type: 'samples' })).body['result'] as readonly { readonly rowcount: number }[])[0]?.rowcount, 7)
  check('values for a filter', ((await ask('GET', `/datasource/table/${flights}/column/origin/values/`)).body['result'] as readonly string[]).length, Number((await tulleHas('select count(distinct origin) as n from flights.flights'))[0]?.['n']))
  check('as a CSV file', (await chart(flights, { columns: ['origin'], metrics: ['count'], orderby: [['count', false]], row_limit: 1 }, { result_format: 'csv' })).text.split('\n')[0], 'origin,COUNT(*)')

  await asAda('DELETE', `/grants/${granted.id}`)
  const revoked = String(await sql('select count(*) from flights.flights'))
  check(`a grant that was revoked: the reason is visible ${revoked.slice(0, 300)}`.slice(0, 60), /No grant lets application\.dashboards read flights\.flights\..*tulle access request flights/u.test(revoked), true)
  check('in charts too, where nothing is kept of before', /No grant lets application\.dashboards read flights/u.test((await chart(flights, { columns: ['origin'], metrics: ['count'] })).text), true)
} finally {
  superset.kill('SIGTERM')
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

// Three stories on one server of the sample mesh. An airport's name is corrected: what is made of it by SQL follows, row by row. A column leaves the flights: the plan stops and says whom it hits, the change goes out
// beside the old version, both answer, and whoever lags is known by name. Bad rows come among the passengers: they are set aside with
// rule and row, the port is unchanged, consumers are told, and corrected rows are published.

import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'

vi.setConfig({ testTimeout: 180_000 })
const FLIGHTS = 'domains/operations/flights'
const DELAY = /      - name: delay\n(?: {8}.*\n)+/u
let tulle: TestTulle

beforeAll(async () => {
  tulle = await startTulle({ timeoutMilliseconds: 240_000 })
}, 300_000)
afterAll(() => tulle?.stop())

const file = (path: string): string => join(tulle.checkout, 'examples/skyline', path)
const edit = (path: string, change: (text: string) => string): void => writeFileSync(file(path), change(readFileSync(file(path), 'utf8')))
const sh = (command: string) => tulle.sh(`tulle ${command}`)
const sql = (who: string, text: string) => tulle.sh(`tulle sql --as ${who} -o csv "${text.replaceAll('"', '\\"')}"`)
interface Planned { readonly plan: { readonly stages: readonly { readonly changes: readonly { readonly ref: string; readonly consumers: readonly { readonly kind: string; readonly name: string }[]; readonly queries?: { readonly total: number; readonly failing: number; readonly examples: readonly { readonly statement: string }[] } }[] }[] }; readonly text: string; readonly applyable: boolean }
const plan = (who: string): Planned => JSON.parse(sh(`plan examples/skyline --as ${who} -o json`).stdout) as Planned
const flightsIn = ({ plan: { stages } }: Planned) => stages.flatMap(({ changes }) => changes).find(({ ref }) => ref === 'data-set:flights.flights')

describe('a data set that is kept in step', () => {
  const named = (airport: string) => sql('dora', `select count(*) from punctuality.punctuality where airport = '${airport}'`).stdout.split('\n')[1]

  it('tells the days of an airport whose name is corrected as updates, and nothing else', async () => {
    await expect.poll(() => named('Seattle-Tacoma Intl'), { timeout: 120_000, interval: 500 }).toBe('181')
    const airports = readFileSync(join(import.meta.dirname, '../../../node_modules/vega-datasets/data/airports.csv'), 'utf8')
    writeFileSync(file('data/airports.csv'), airports.replace(/^SEA,[^,]*,/mu, 'SEA,Sea-Tac,'))
    edit('domains/network/airports/product.yaml', (text) => text.replace('npm:vega-datasets/data/airports.csv', 'data/airports.csv'))
    const since = new Date().toISOString()
    expect(sh('apply examples/skyline --as ada --yes')).toMatchObject({ status: 0 })
    await expect.poll(() => named('Sea-Tac'), { timeout: 120_000, interval: 500 }).toBe('181')
    expect(named('Seattle-Tacoma Intl')).toBe('0')
    expect(sh('product show punctuality --as dora').stdout).toMatch(/kept in step \(last by changes, lag \d/u)
    const told = (): readonly string[] => sh(`stream punctuality.punctuality --from time:${since} --as dora`).stdout.split('\n').filter((line) => /^[-+~] /u.test(line))
    await expect.poll(() => told().length, { timeout: 60_000, interval: 500 }).toBe(181)
    expect(told().every((line) => /^~ .*"airport":"Sea-Tac".* was .*"airport":"Seattle-Tacoma Intl"/u.test(line))).toBe(true)
  })
})

describe('a column that goes', () => {
  it('stops the plan, which names the products, the grants and the queries that use it', () => {
    for (const [who, text] of [
      ['ana', "select avg(delay) from flights.flights where origin = 'SFO'"],
      ['ana', "select avg(delay) from flights.flights where origin = 'OAK'"],
      ['ana', 'select count(*) from flights.flights'],
      ['bo', 'select x.origin, max(x.delay) as worst from flights.flights as x group by 1'],
    ] as const) expect(sql(who, text)).toMatchObject({ status: 0 })
    edit(`${FLIGHTS}/contracts/flights.odcs.yaml`, (text) => text.replace(DELAY, ''))
    const planned = plan('ada')
    expect(planned.applyable).toBe(false)
    const change = flightsIn(planned)
    const hit = change?.consumers.map(({ kind, name }) => `${kind} ${name}`) ?? []
    // Strike risk reads the flights too, but not their delay; its grant is of the whole product.
    expect(hit).toEqual(expect.arrayContaining(['product punctuality', 'user ana', 'user bo']))
    expect(change?.queries).toMatchObject({ failing: 2, total: 3 })
    expect(change?.queries?.examples.map(({ statement }) => statement).toSorted()).toEqual([
      'select ?:name.origin, max(?:name.delay) as ?:name2 from flights.flights as ?:name group by ?:int',
      'select avg(delay) from flights.flights where origin = ?:text',
    ])
    expect(planned.text).not.toMatch(/SFO|OAK/u)
    expect(planned.text).toContain('contracts/flights.odcs.yaml:')
    expect(planned.text).toContain('a data set flights_v2 with version-of: flights and a contract of version 2.0.0')
    expect(sh('plan examples/skyline --as ada')).toMatchObject({ status: 1 })
    expect(sh('apply examples/skyline --as ada --yes').status).toBe(1)
  })

  it('is counted, without texts and names, for whoever does not keep the product', () => {
    const change = flightsIn(plan('olga'))
    expect(change?.queries).toMatchObject({ failing: 2, total: 3, examples: [] })
  })
})

describe('what the platform counts', () => {
  const days = (who: string) => sql(who, "select product, subject, purpose, statements > 0 from mesh_usage.usage_days where product = 'flights' order by 2")

  it('is a product of the mesh, with the names of readers for its team and a mask for everybody else', () => {
    expect(sh('run mesh_usage --as ada --wait')).toMatchObject({ status: 0 })
    expect(days('ada').stdout).toContain('flights,ana,flight_safety,t')
    expect(days('ada').stdout).toContain('flights,bo,operations_planning,t')
    expect(sql('ada', "select product, consumers_active, read_by from mesh_usage.product_kpis where product = 'flights'").stdout).toContain('flights,2,2')
    expect(days('bo')).toMatchObject({ status: 1, stderr: expect.stringContaining('No grant lets bo read mesh_usage') as string })
    expect(sh('grant bo mesh_usage --purpose operations_planning --as ada')).toMatchObject({ status: 0 })
    const seen = days('bo').stdout
    expect([seen.match(/^flights,[0-9a-f]{16,},/gmu)?.length, seen]).toEqual([2, expect.not.stringMatching(/,(?:ana|bo),/u)])
  })

  it('is refused to a product that the mesh does not name', () => {
    edit('mesh.yaml', (text) => text.replace('  usage: [mesh_usage]\n', ''))
    expect(sh('plan examples/skyline --as ada')).toMatchObject({ status: 1, stderr: expect.stringContaining('reads who uses what, which the mesh does not let this product do') as string })
    edit('mesh.yaml', (text) => text.replace('  environments:', '  usage: [mesh_usage]\n  environments:'))
  })
})

describe('the next major version', () => {
  it('is published beside the old one, and both answer', async () => {
    cpSync(file(`${FLIGHTS}/contracts/flights.odcs.yaml`), file(`${FLIGHTS}/contracts/flights_v2.odcs.yaml`))
    edit(`${FLIGHTS}/contracts/flights_v2.odcs.yaml`, (text) => text.replace('version: 1.0.0', 'version: 2.0.0').replace('id: flights.flights', 'id: flights.flights.v2'))
    cpSync(join(import.meta.dirname, '../../../examples/skyline', FLIGHTS, 'contracts/flights.odcs.yaml'), file(`${FLIGHTS}/contracts/flights.odcs.yaml`))
    edit(`${FLIGHTS}/product.yaml`, (text) => text.replace('        from: flights_file\n', `        from: flights_file
        retires: 2027-03-31

    - name: flights_v2
      type: data-set
      properties:
        description: One row per flight that was flown, without its delay
        version-of: flights
        from: flights_file
`))
    expect(sh('apply examples/skyline --as ada --yes')).toMatchObject({ status: 0 })
    await expect.poll(() => sql('ana', 'select count(*) from "flights@2".flights').stdout.split('\n')[1], { timeout: 120_000, interval: 500 }).toBe('3000000')
    expect(sql('ana', 'select delay from "flights@1".flights limit 1').status).toBe(0)
    expect(sql('ana', 'select delay from flights.flights limit 1').status).toBe(0)
    expect(sql('ana', 'select delay from "flights@2".flights limit 1')).toMatchObject({ status: 1, stderr: expect.stringContaining('no column "delay"') as string })
  })

  it('has its own addresses at the REST port and in the Iceberg catalogue, under the same grants', async () => {
    const get = (path: string, who: string) => fetch(`${tulle.url}${path}`, { headers: { authorization: `Basic ${Buffer.from(`${who}:${tulle.secret(who)}`).toString('base64')}` } })
    const rows = async (product: string) => (await get(`/data/v1/${product}/flights?limit=1`, 'ana')).text()
    expect(await rows('flights@1')).toContain('delay')
    expect(await rows('flights@2')).not.toContain('delay')
    expect(await rows('flights@2')).toContain('origin')
    expect((await get('/data/v1/flights@3/flights', 'ana')).status).toBe(404)
    expect((await get('/data/v1/flights@2/flights', 'olga')).status).toBe(403)
    const columns = async (namespace: string): Promise<readonly string[]> => {
      const answer = (await (await get(`/iceberg/v1/namespaces/${encodeURIComponent(namespace)}/tables/flights`, 'ana')).json()) as { metadata: { schemas: { fields: { name: string }[] }[] } }
      return answer.metadata.schemas.at(-1)?.fields.map(({ name }) => name) ?? []
    }
    expect(await columns('flights@1')).toContain('delay')
    expect(await columns('flights@2')).not.toContain('delay')
    expect(await columns('flights')).toContain('delay')
  })

  it('tells those who read the old one, and who still lags is known by name', () => {
    const told = sh('notices --as ana')
    expect(told.stdout).toContain('Version 1 of flights.flights retires on 2027-03-31')
    const lag = JSON.parse(sh('consumers flights@1 --as ada -o json').stdout) as { version: number; retires?: string; consumers: { kind: string; name: string; lastUsed?: string; uses: string }[] }
    expect(lag).toMatchObject({ version: 1, retires: '2027-03-31' })
    const of = (name: string) => lag.consumers.find((one) => one.name === name)
    expect(of('punctuality')).toMatchObject({ kind: 'product' })
    expect(of('ana')?.lastUsed).toMatch(/^20\d\d-/u)
    const other = JSON.parse(sh('consumers flights@2 --as ada -o json').stdout) as typeof lag
    expect(other.consumers.some(({ name }) => name === 'punctuality')).toBe(false)
    expect(sh('consumers flights@7 --as ada').status).toBe(1)
  })

  it('gets the plain name when its owner says so, which the plan tells with the queries that this breaks', async () => {
    edit(`${FLIGHTS}/product.yaml`, (text) => text.replace('        version-of: flights\n', '        version-of: flights\n        plain-name: true\n'))
    const planned = plan('ada')
    expect(planned).toMatchObject({ applyable: true })
    expect(planned.text).toContain('It gets the plain name.')
    expect(planned.text).toMatch(/\d of \d saved queries/u)
    expect(sh('apply examples/skyline --as ada --yes')).toMatchObject({ status: 0 })
    await expect.poll(() => sql('ana', 'select delay from flights.flights limit 1').status, { timeout: 30_000, interval: 300 }).toBe(1)
    expect(sql('ana', 'select delay from "flights@1".flights limit 1').status).toBe(0)
    expect(sql('ana', 'select origin from flights.flights limit 1').status).toBe(0)
  })
})

describe('bad rows among the passengers', () => {
  const PASSENGERS = 'data/passengers.csv'
  const told = (who: string): readonly string[] => (JSON.parse(sh(`notices --as ${who} -o json`).stdout) as { notices: { product: string; reason: string; sentence: string }[] }).notices
    .filter(({ product, reason }) => product === 'passengers' && reason === 'quarantine').map(({ sentence }) => sentence)
  const answer = <T>(command: string): T => JSON.parse(sh(`${command} -o json`).stdout) as T
  const shown = (who: string) => answer<{ total: number; columns: string[]; rows: { row: string; run: string; state: string; number: number; rules: string[]; values: unknown[] }[] }>(`quarantine show passengers --as ${who}`)
  const port = (who: string) => sql(who, 'select count(*) as n, min(passenger_id) as first, max(passenger_id) as last, max(email) as email from passengers.passengers').stdout
  let before: readonly string[]

  it('are set aside with rule and row, and the port is as it was', () => {
    before = ['ana', 'olga'].map(port)
    expect(before[1]).toContain('2000,P000001,P002000')
    appendFileSync(file(PASSENGERS), ['P009001,,anon@example.org,,,1970-01-01,CA', 'P000001,Second Person,second@example.org,,,1980-01-01,CA', 'P009003,Third Person,third@example.org,,,1990-01-01,CA', ''].join('\n').replace('third@example.org', 'verlie.kautzer.1@example.org'))
    expect(sh('run passengers --as olga --wait')).toMatchObject({ status: 0 })
    expect(shown('olga').rows.map(({ number, rules, state }) => [number, rules, state]).toSorted()).toEqual([
      [2001, ['required(name)'], 'open'], [2002, ['primary-key(passenger_id)'], 'open'], [2003, ['unique(email)'], 'open'],
    ])
    expect(['ana', 'olga'].map(port)).toEqual(before)
  })

  it('are told to the consumers, who see no value of them', () => {
    for (const who of ['ana', 'bo', 'olga']) expect(told(who)).toEqual([expect.stringMatching(/^3 rows of passengers\.passengers were set aside, because they break its contract \(.*required\(name\).*\)\. The others are published\.$/u)])
    expect(told('dora')).toEqual([])
    for (const command of ['quarantine list passengers', 'quarantine show passengers', 'quarantine discard passengers --reason x']) expect(sh(`${command} --as ana`).status).toBe(1)
    for (const who of ['ana', 'olga']) expect(sql(who, 'select * from passengers."passengers@quarantine"').status).toBe(1)
  })

  it('block where they are too many, which the port does not show, and an incident is open', async () => {
    const good = readFileSync(file(PASSENGERS), 'utf8')
    appendFileSync(file(PASSENGERS), Array.from({ length: 50 }, (_, i) => `P01${1000 + i},,x${i}@example.org,,,1970-01-01,CA\n`).join(''))
    expect(sh('run passengers --as olga --wait').status).toBe(1)
    expect(['ana', 'olga'].map(port)).toEqual(before)
    await expect.poll(() => answer<{ incidents: { product: string; cause: string }[] }>('incidents list --state unresolved --as olga').incidents.filter(({ product }) => product === 'passengers').map(({ cause }) => cause), { timeout: 20_000 }).toEqual(['gate'])
    writeFileSync(file(PASSENGERS), good)
  })

  it('are corrected, replayed through the same checks and published, and consumers hear of it', async () => {
    expect(sh(`quarantine repair passengers --as olga --where "name is null" --set "name='Ann Other'" --note "asked her"`)).toMatchObject({ status: 0 })
    writeFileSync(file('corrected.csv'), 'passenger_id,email\nP009003,third@example.org\n')
    expect(sh('quarantine repair passengers --as olga --from examples/skyline/corrected.csv')).toMatchObject({ status: 0 })
    expect(sh('quarantine discard passengers --as olga --rule "primary-key(passenger_id)" --reason "a second P000001"')).toMatchObject({ status: 0 })
    expect(answer<{ rows: number; status: string }>('quarantine replay passengers --as olga --wait')).toMatchObject({ rows: 2, status: 'succeeded' })
    expect(sql('olga', "select name from passengers.passengers where passenger_id = 'P009001'").stdout).toContain('Ann Other')
    expect(port('olga')).toContain('2002,P000001,P009003')
    expect(shown('olga').rows.map(({ state }) => state).toSorted()).toEqual(['discarded', 'published', 'published'])
    await expect.poll(() => told('ana')[0], { timeout: 20_000 }).toBe('passengers.passengers has 2 rows more that had been set aside and were corrected.')
    await expect.poll(() => answer<{ incidents: { product: string }[] }>('incidents list --state unresolved --as olga').incidents.filter(({ product }) => product === 'passengers'), { timeout: 20_000 }).toEqual([])
    const events = sh('audit list --limit 300 --as ada -o json').stdout
    for (const type of ['tulle.rows.quarantined', 'tulle.rows.repaired', 'tulle.rows.discarded', 'tulle.rows.replay-asked', 'tulle.rows.replayed']) expect(events).toContain(type)
    expect(events).not.toContain('Ann Other')
  })
})

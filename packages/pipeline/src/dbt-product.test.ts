import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { tableFromArrays, tableFromIPC, tableToIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { ancestorsOf, filesAt } from '@tulle/lake'
import { loadMesh, readMeshFolder } from '@tulle/model'
import { readProductProject } from '@tulle/dbt'
import { dbtProject } from './testing/dbt-words.ts'
import { meshFiles } from './testing/mesh-words.ts'
import { allowing } from './testing/source-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

// Each test runs products, with an engine process for each.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 })

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ ...dbtProject('domains/shop/shop/'), 'data/orders.csv': ORDERS, 'data/customers.csv': CUSTOMERS })
  await rig.apply(PRODUCTS)

})
afterAll(() => rig[Symbol.asyncDispose]())

const ORDERS = 'id,customer,cents,day\n1,1,1050,2026-01-01\n2,2,325,2026-01-02\n'
const CUSTOMERS = 'id,name\n1,zoe\n2,bob\n'

const SCD = { dbt_scd_id: 'string!', dbt_updated_at: 'timestamp!', dbt_valid_from: 'timestamp!', dbt_valid_to: 'timestamp' }
const PRODUCTS = {
  rates: { files: { rates: { path: 'data/rates.csv' } }, dataSets: { rates: { from: 'rates', columns: { country: 'string!', rate: 'double!' } } } },
  shop: {
    files: { orders: { path: 'data/orders.csv' }, raw_customers: { path: 'data/customers.csv' } },
    dataSets: {
      order_totals: { columns: { id: 'long!*', customer: 'string!', amount: 'double!', day: 'date!' } },
      customer_totals: { columns: { customer: 'string!', amount: 'double!', euros: 'double' } },
      countries: { columns: { customer: 'string!', country: 'string!' } },
      customers_snapshot: { columns: { id: 'long!', name: 'string!', ...SCD } },
    },
  },
}

const change = (path: string, change: (text: string) => string): Promise<void> => rig.write({ [`domains/shop/shop/${path}`]: change(dbtProject('')[path] ?? '') })
const reapply = (): Promise<void> => rig.applyFolder()
const operations = async (address: string): Promise<readonly unknown[]> => {
  const table = await rig.table(address)
  return ancestorsOf(table, table.currentSnapshot?.id ?? '').map(({ summary }) => summary['operation'])
}

describe('a product with a dbt project', () => {
  it('fills its data sets from its ports, its seeds and other products', async () => {
    await rig.write({ 'data/rates.csv': 'country,rate\nfr,1\nus,0.5\n' })
    await rig.run('rates')
    const run = await rig.run('shop')
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('shop.order_totals', 'SELECT * FROM shop.order_totals ORDER BY id')).toEqual([
      { id: 1, customer: 'zoe', amount: 10.5, day: '2026-01-01' },
      { id: 2, customer: 'bob', amount: 3.25, day: '2026-01-02' },
    ])
    expect(await rig.rows('shop.customer_totals', 'SELECT * FROM shop.customer_totals ORDER BY customer')).toEqual([{ customer: 'bob', amount: 3.25, euros: 1.625 }, { customer: 'zoe', amount: 10.5, euros: 10.5 }])
    expect(await rig.rows('shop.countries', 'SELECT * FROM shop.countries ORDER BY customer')).toEqual([{ customer: 'bob', country: 'us' }, { customer: 'zoe', country: 'fr' }])
    expect(await rig.rows('shop.customers_snapshot', 'SELECT count(*) AS n FROM shop.customers_snapshot WHERE dbt_valid_to IS NULL')).toEqual([{ n: 2 }])
  })

  it('is left alone where nothing changed', async () => {
    const run = await rig.run('shop')
    expect(new Set((await rig.steps(run.runId)).map((step) => step.status))).toEqual(new Set(['skipped']))
  })

  it('appends to an incremental model only files, and keeps the history of a snapshot', async () => {
    const before = new Set(valueOf(await filesAt(rig.lake, await rig.table('shop.order_totals'))).map(({ path }) => path))
    await rig.write({ 'data/orders.csv': `${ORDERS}3,1,200,2026-01-03\n`, 'data/customers.csv': CUSTOMERS.replace('bob', 'bobby') })
    await rig.write({ 'domains/shop/shop/seeds/countries.csv': `${dbtProject('')['seeds/countries.csv']}bobby,us\n` })
    await reapply()
    const run = await rig.run('shop')
    expect(run).toMatchObject({ status: 'succeeded' })
    expect(run.diagnostics.map((one) => [one.severity, one.message])).toEqual([])
    const after = valueOf(await filesAt(rig.lake, await rig.table('shop.order_totals'))).map(({ path }) => path)
    expect(after.filter((path) => before.has(path))).toHaveLength(before.size)
    expect((await operations('shop.order_totals'))[0]).toBe('append')
    expect(await rig.rows('shop.order_totals', 'SELECT id, customer FROM shop.order_totals ORDER BY id')).toEqual([{ id: 1, customer: 'zoe' }, { id: 2, customer: 'bob' }, { id: 3, customer: 'zoe' }])
    expect(await rig.rows('shop.customers_snapshot', 'SELECT id, name, dbt_valid_to IS NULL AS current FROM shop.customers_snapshot ORDER BY id, current')).toEqual([
      { id: 1, name: 'zoe', current: true }, { id: 2, name: 'bob', current: false }, { id: 2, name: 'bobby', current: true },
    ])
  })

  it('is built again from what it was built from, previous rows included', async () => {
    const { currentSnapshot } = await rig.table('shop.order_totals')
    const pipeline = await rig.open()
    const { runId } = valueOf(await pipeline.reproduce('shop', { snapshot: currentSnapshot?.id ?? '', requestedBy: 'test' }))
    const run = valueOf(await pipeline.wait(runId, { signal: AbortSignal.timeout(60_000) }))
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect((await rig.log(runId)).filter((line) => line.includes('identical'))).toHaveLength(4)
  })

  it('rebuilds incremental models from all of their inputs when it is asked to', async () => {
    const run = await rig.run('shop', { fullRefresh: true })
    expect(run.status).toBe('succeeded')
    expect((await operations('shop.order_totals'))[0]).toBe('overwrite')
    expect(await rig.rows('shop.order_totals', 'SELECT customer FROM shop.order_totals ORDER BY id')).toEqual([{ customer: 'zoe' }, { customer: 'bobby' }, { customer: 'zoe' }])
    expect(await rig.rows('shop.customers_snapshot', 'SELECT count(*) AS n FROM shop.customers_snapshot')).toEqual([{ n: 3 }])
  })

  it('publishes nothing where a test fails, and publishes with a warning where one only warns', async () => {
    const published = (await rig.table('shop.order_totals')).currentSnapshot?.id
    await rig.write({ 'data/orders.csv': `${ORDERS}3,1,200,2026-01-03\n4,1,100,2031-01-01\n` })
    const failed = await rig.run('shop')
    expect(failed.status).toBe('failed')
    expect(failed.diagnostics.map(({ code, severity, message, place }) => [code, severity, message, place?.file])).toContainEqual(['dbt-test-failed', 'error', 'The test no_future_orders failed: 1 row.', 'domains/shop/shop/tests/no_future_orders.sql'])
    expect((await rig.table('shop.order_totals')).currentSnapshot?.id).toBe(published)
    expect((await rig.steps(failed.runId)).find(({ status }) => status === 'failed')?.name).toBe('check')
    await change('models/models.yml', (text) => text.replace('values: [zoe, bob]', 'values: [zoe]'))
    await change('tests/no_future_orders.sql', (text) => text.replace('2030', '2040'))
    await reapply()
    const warned = await rig.run('shop')
    expect(warned.status).toBe('succeeded')
    expect(warned.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['dbt-test-warns', 'warning']])
  })

  it('builds nothing where a unit test or a test of what lives only in the run fails', async () => {
    await change('macros/money.sql', (text) => text.replace(' / ', ' * '))
    await reapply()
    const run = await rig.run('shop')
    expect(run.diagnostics.map(({ code, message }) => [code, message])).toEqual([['dbt-test-failed', 'The test cents_become_units failed: 2 rows.']])
    expect((await rig.steps(run.runId)).find(({ status }) => status === 'failed')?.name).toBe('transform')
    await change('macros/money.sql', (text) => text)
    await rig.write({ 'data/customers.csv': `${CUSTOMERS}2,rob\n` })
    await reapply()
    const doubled = await rig.run('shop')
    expect(doubled.diagnostics.map(({ code, message }) => [code, message])).toEqual([['dbt-test-failed', 'The test unique_stg_customers_id failed: 1 row.']])
    await rig.write({ 'data/customers.csv': CUSTOMERS })
  })
})

const SCHEMAS = join(import.meta.dirname, '../../../../shared/corpora/dbt-artifact-schemas/dbt')

describe('what tools of dbt read', () => {
  it.skipIf(!existsSync(SCHEMAS))('is there for every run that built, as dbt’s own schemas have it (skipped where the corpora are absent)', async () => {
    const { currentSnapshot } = await rig.table('shop.order_totals')
    const pipeline = await rig.open()
    const { manifest, runResults, catalog } = valueOf(await pipeline.dbtArtifacts(currentSnapshot?.summary['tulle.run-id'] ?? ''))
    const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false })
    for (const [schema, artifact] of [['manifest/v12', manifest], ['run-results/v6', runResults], ['catalog/v1', catalog]] as const) {
      const valid = ajv.compile(JSON.parse(readFileSync(join(SCHEMAS, `${schema}.json`), 'utf8')) as object)
      valid(artifact)
      expect([schema, (valid.errors ?? []).slice(0, 5).map((error) => `${error.instancePath} ${error.message ?? ''}`)]).toEqual([schema, []])
      expect(valid({ ...(artifact as object), metadata: undefined, unknown: 1 })).toBe(false)
    }
    const ids = (runResults as { results: readonly { unique_id: string; status: string }[] }).results.map(({ unique_id: id, status }) => `${id.split('.').slice(0, 3).join('.')} ${status}`)
    expect(ids).toEqual(expect.arrayContaining(['model.shop_models.order_totals success', 'test.shop_models.no_future_orders pass', 'unit_test.shop_models.stg_orders pass']))
    expect(Object.keys((catalog as { nodes: object }).nodes).toSorted()).toEqual(['model.shop_models.customer_totals', 'model.shop_models.order_totals', 'seed.shop_models.countries', 'snapshot.shop_models.customers_snapshot'])
  })

  it('is not there for a run that built none', async () => {
    const pipeline = await rig.open()
    expect((await pipeline.dbtArtifacts(crypto.randomUUID())).diagnostics.map(({ code }) => code)).toEqual(['run-without-models'])
    const { currentSnapshot } = await rig.table('rates.rates')
    expect((await pipeline.dbtArtifacts(currentSnapshot?.summary['tulle.run-id'] ?? '')).diagnostics.map(({ code }) => code)).toEqual(['run-without-models'])
  })
})

describe('only what changed is built', () => {
  it('model by model: the others stay the files that they are, in a version of the new run', async () => {
    await rig.write({ ...dbtProject('domains/shop/shop/'), 'data/orders.csv': ORDERS, 'data/customers.csv': CUSTOMERS })
    await reapply()
    expect(await rig.run('shop', { fullRefresh: true })).toMatchObject({ status: 'succeeded' })
    const filesOf = async (address: string): Promise<readonly string[]> => valueOf(await filesAt(rig.lake, await rig.table(address))).map(({ path }) => path).toSorted()
    const [totals, countries] = [await filesOf('shop.order_totals'), await filesOf('shop.countries')]
    await change('models/customer_totals.sql', (text) => text.replace('sum(t.amount)', 'max(t.amount)'))
    await reapply()
    const run = await rig.run('shop')
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect([await filesOf('shop.order_totals'), await filesOf('shop.countries')]).toEqual([totals, countries])
    expect((await rig.table('shop.countries')).currentSnapshot?.summary['tulle.run-id']).toBe(run.runId)
    const log = (await rig.log(run.runId)).filter((line) => line.startsWith('Left ') || line.startsWith('Built '))
    expect(log.map((line) => line.replace(/ at snapshot \d+/u, '').replace(/: \d+ rows$/u, '')).toSorted()).toEqual([
      'Built 2 rows of shop.customer_totals.',
      'Left shop.countries as it is: same code, same inputs.', 'Left shop.customers_snapshot as it is: same code, same inputs.', 'Left shop.order_totals as it is: same code, same inputs.',
    ])
    expect(await rig.rows('shop.order_totals', 'SELECT count(*) AS n FROM shop.order_totals')).toEqual([{ n: 2 }])
  })

  it('and what reads what changed', async () => {
    await rig.write({ 'data/customers.csv': `${CUSTOMERS}3,ann\n` })
    const run = await rig.run('shop')
    expect(run).toMatchObject({ status: 'succeeded' })
    expect((await rig.log(run.runId)).filter((line) => line.startsWith('Left ')).map((line) => line.split(' ')[1])).toEqual(['shop.countries'])
  })

  it('a comment builds nothing, in a model or in a macro', async () => {
    await change('models/order_totals.sql', (text) => `-- Orders, one by one.\n${text}`)
    await change('macros/money.sql', (text) => `{# cents are whole #}\n${text}`)
    await reapply()
    const run = await rig.run('shop')
    expect((await rig.steps(run.runId))[0]?.reason).toContain('Nothing changed')
  })
})

describe('a dbt project that is wrong is refused before anything is applied', () => {
  const findings = async (files: Readonly<Record<string, string>>): Promise<readonly unknown[]> => {
    const there = new Map(valueOf(await readMeshFolder(rig.meshFolder)))
    for (const [path, text] of Object.entries({ ...dbtProject('domains/shop/shop/'), ...files })) there.set(path, text)
    return loadMesh(there, { modelReads: readProductProject }).diagnostics.filter((one) => one.severity === 'error').map(({ code, message, place }) => [code, message, `${place?.file}:${place?.line}:${place?.column}`])
  }
  const at = (path: string): string => `domains/shop/shop/${path}`

  it.each<[string, Readonly<Record<string, string>>, readonly (readonly [string, string, string])[]]>([
    ['nothing', {}, []],
    ['a reference that leads nowhere', { [at('models/customer_totals.sql')]: "select 1 as x\nfrom {{ ref('order_total') }}" }, [['dbt-ref-unknown', 'The model "customer_totals" reads "order_total", which is nowhere. Did you mean "order_totals"?', `${at('models/customer_totals.sql')}:2:14`]]],
    ['a data set of another product that is not there', { [at('models/customer_totals.sql')]: "select 1 as x\nfrom {{ ref('rates', 'rate') }}" }, [['unknown-ref', `The model ${at('models/customer_totals.sql')} refers to "rates.rate", which the mesh does not have.`, `${at('models/customer_totals.sql')}:2:23`]]],
    ['a source without a port', { [at('models/staging/sources.yml')]: dbtProject('')['models/staging/sources.yml']?.replace('name: customers', 'name: customers2') ?? '', [at('models/staging/stg_customers.sql')]: "select id, name\nfrom {{ source('raw', 'customers2') }}" }, [['dbt-source-port', 'The source "raw.customers2" leads to no input port of the product.', `${at('models/staging/stg_customers.sql')}:2:24`]]],
    ['a template that does not close', { [at('models/customer_totals.sql')]: 'select 1\n{% if true %}' }, [['dbt-template', 'The template is wrong: This "if" has no "endif".', `${at('models/customer_totals.sql')}:2:1`]]],
    ['a data set that is ephemeral', { [at('models/customer_totals.sql')]: "{{ config(materialized='ephemeral') }}select 1 as x" }, [['dbt-data-set-ephemeral', '"customer_totals" is a data set of the product, and ephemeral: nothing would be kept of it.', `${at('models/customer_totals.sql')}:1:1`]]],
    ['a snapshot that would forget', { [at('snapshots/more.sql')]: "{% snapshot forgetful %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select * from {{ ref('stg_orders') }}{% endsnapshot %}", [at('models/customer_totals.sql')]: "select 1 as x from {{ ref('forgetful') }}" }, [['dbt-snapshot-forgets', 'The snapshot "forgetful" is no data set of the product, so its history would end with every run.', `${at('snapshots/more.sql')}:1:1`]]],
  ])('%s', async (_, files, expected) => {
    expect(await findings(files)).toEqual(expected)
  })
})

const PEAKS = `import type { Inputs } from './peaks.d.ts'

/** The dearest order of each customer. */
export const reads = { orders: 'source.sales', names: 'fair.names' }
export const lineage = { cents: ['orders.cents'] }

export default function* peaks({ orders, names }: Inputs): Iterable<{ customer: string; cents: number }> {
  const known = new Map([...names.rows()].map(({ id, name }) => [id, name]))
  const most = new Map<number, number>()
  for (const { customer, cents } of orders.rows()) most.set(customer, Math.max(most.get(customer) ?? 0, cents))
  for (const [customer, cents] of most) yield { customer: known.get(customer)!, cents }
}
`
const programs = (peaks: string) => ({
  fair: {
    files: { sales: { path: 'data/sales.csv', columns: { id: 'long', customer: 'long', cents: 'long' } }, people: 'data/people.csv' },
    dataSets: {
      names: { from: 'people', columns: { id: 'long!', name: 'string!' } },
      peaks: { program: peaks, columns: { customer: 'string!', cents: 'long!' } },
      top: { model: "select customer from {{ ref('peaks') }} order by cents desc limit 1", columns: { customer: 'string!' } },
    },
  },
})

describe('a product with a model in TypeScript', () => {
  const apply = async (peaks = PEAKS): Promise<void> => {
    await rig.write({ 'domains/shop/fair/models/peaks.d.ts': 'export interface Inputs { orders: any; names: any }\n' })
    await rig.apply(programs(peaks))
  }

  it('is filled by it, from its ports and data sets, and read on by others', async () => {
    await rig.write({ 'data/sales.csv': 'id,customer,cents\n1,1,1050\n2,2,325\n3,2,400\n', 'data/people.csv': CUSTOMERS })
    await apply()
    expect(await rig.run('fair')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('fair.peaks', 'SELECT * FROM fair.peaks ORDER BY cents')).toEqual([{ customer: 'bob', cents: 400 }, { customer: 'zoe', cents: 1050 }])
    expect(await rig.rows('fair.top')).toEqual([{ customer: 'zoe' }])
  })

  it('is left alone where only a comment or a type changed, and built where its code did', async () => {
    await apply(PEAKS.replace('The dearest order', 'What was dearest').replace('const most = new Map<number, number>()', 'const most: Map<number, number> = new Map()'))
    const same = await rig.run('fair')
    expect((await rig.steps(same.runId)).filter(({ name }) => name === 'transform').map(({ status }) => status)).toEqual(['skipped'])
    await apply(PEAKS.replace('Math.max', 'Math.min').replace('?? 0', '?? Infinity'))
    const other = await rig.run('fair')
    expect(other).toMatchObject({ status: 'succeeded' })
    expect(await rig.rows('fair.peaks', 'SELECT * FROM fair.peaks ORDER BY cents')).toEqual([{ customer: 'bob', cents: 325 }, { customer: 'zoe', cents: 1050 }])
    await apply()
  })

  it('says where its columns come from as far as its author does, and that the rest is taken to come from everything', async () => {
    const pipeline = await rig.open()
    const code = valueOf(await pipeline.code('fair'))
    expect(code.programs).toEqual([{ schema: 'fair', name: 'peaks', columns: ['customer', 'cents'], reads: [{ input: 'orders', schema: 'source', name: 'sales' }, { input: 'names', schema: 'fair', name: 'names' }], declared: { cents: [{ input: 'orders', column: 'cents' }] } }])
    expect(code.statements.map(({ name }) => name)).toEqual(['top'])
  })

  it('fails with the line of its file, and what is published stays', async () => {
    await apply(PEAKS.replace('known.get(customer)!', 'known.get(customer)!.nothing.more'))
    const run = await rig.run('fair')
    expect(run).toMatchObject({ status: 'failed' })
    expect(run.diagnostics.map(({ code, message, place }) => [code, message, `${place?.file}:${place?.line}:${place?.column}`])).toEqual([
      ['program-failed', "The program of fair.peaks failed: TypeError: Cannot read properties of undefined (reading 'more').", 'domains/shop/fair/models/peaks.ts:11:87'],
    ])
    expect(await rig.rows('fair.top')).toEqual([{ customer: 'zoe' }])
  })

  it.each<[string, (text: string) => string, string, string]>([
    ['that gives Arrow of other types than promised', (text) => `import { tableFromArrays } from 'apache-arrow'\n${text.slice(0, text.indexOf('export default'))}export default () => tableFromArrays({ customer: ['a'], cents: [1.5] })`, 'model-column-type', 'fair.peaks'],
    ['that leaves out what is required', (text) => text.replace('yield { customer: known.get(customer)!, cents }', 'yield { customer: null, cents } as any'), 'check-failed', 'fair.peaks'],
  ])('publishes nothing of a program %s', async (_, change, code, about) => {
    await apply(change(PEAKS))
    const run = await rig.run('fair')
    expect(run.status).toBe('failed')
    expect(run.diagnostics.map((one) => one.code)).toContain(code)
    expect(JSON.stringify(run.diagnostics)).toContain(about)
  })

  it('is built again from its recipe, exactly', async () => {
    await apply()
    await rig.run('fair', { force: true })
    const pipeline = await rig.open()
    const table = await rig.table('fair.peaks')
    const started = valueOf(await pipeline.reproduce('fair', { snapshot: table.currentSnapshot?.id ?? '', requestedBy: 'test' }))
    expect(valueOf(await pipeline.wait(started.runId))).toMatchObject({ status: 'succeeded', diagnostics: [] })
  })

  it.each<[string, string, string, number]>([
    ['reads a data set that is nowhere', "export const reads = { a: 'nowhere.nothing' }\nexport default () => []", 'unknown-ref', 1],
    ['reads a port that its product does not have', "export const reads = { a: 'source.sale' }\nexport default () => []", 'unknown-source', 1],
    ['imports what is not there', "import fs from 'node:fs'\nexport const reads = {}\nexport default () => []", 'program-import', 1],
    ['computes what it reads', "const of = 'fair'\nexport const reads = { a: `${of}.names` }\nexport default () => []", 'program-literal', 2],
    ['cannot be parsed', 'export const reads = {}\nexport default function* ( {', 'program-syntax', 2],
    ['has no function', 'export const reads = {}', 'program-function', 1],
  ])('is refused before anything runs where it %s, at its place', async (_, text, code, line) => {
    await rig.write({ 'domains/shop/fair/models/peaks.ts': text })
    const mesh = loadMesh(valueOf(await readMeshFolder(rig.meshFolder)), { modelReads: readProductProject })
    expect(mesh.ok).toBe(false)
    expect(mesh.diagnostics.filter((one) => one.code === code).map(({ place }) => `${place?.file}:${place?.line}`)).toEqual([`domains/shop/fair/models/peaks.ts:${line}`])
  })
})

describe('a product with a model that is a call of a program elsewhere', () => {
  interface Got { readonly type: string; readonly key: string; readonly signed: string; readonly rows: readonly Record<string, unknown>[] }
  const got: Got[] = []
  let answer: (got: Got) => { readonly status?: number; readonly type?: string; readonly body: string | Uint8Array } = () => ({ body: '' })
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      const type = request.headers['content-type'] ?? ''
      const body = Buffer.concat(chunks)
      const rows = type.includes('arrow') ? tableFromIPC(body).toArray().map((row) => ({ ...row.toJSON() }) as Record<string, unknown>) : body.toString().split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
      const one = { type, key: String(request.headers['idempotency-key']), signed: String(request.headers['authorization']), rows }
      got.push(one)
      const said = answer(one)
      response.writeHead(said.status ?? 200, { 'content-type': said.type ?? type })
      response.end(said.body)
    })
  })
  let host = ''
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    await rig.write({ 'data/sales.csv': 'id,customer,cents\n1,1,1050\n2,2,325\n', 'data/people.csv': CUSTOMERS, 'domains/shop/fair/models/peaks.ts': PEAKS })
  })
  afterAll(() => server.close())

  const product = (call: object) => ({
    scored: {
      files: { sales: { path: 'data/sales.csv', columns: { id: 'long', customer: 'long', cents: 'long' } } },
      dataSets: { scores: { columns: { id: 'long!', score: 'double' }, call: { url: `http://${host}/score`, reads: { sales: 'source.sales' }, headers: { authorization: { secret: 'SCORING' } }, ...call } } },
    },
  })
  const run = async (call: object, hosts = [host, '127.0.0.0/8']) => {
    got.length = 0
    await rig.apply(product(call))
    await rig.open({ sources: allowing(hosts, { SCORING: 'Bearer planted' }) })
    return rig.run('scored', { force: true })
  }
  const scores = ({ rows }: Got): readonly { readonly id: number; readonly score: number }[] => rows.map(({ id, cents }) => ({ id: Number(id), score: Number(cents) / 100 }))

  it('is filled by what it answers, in lines of JSON', async () => {
    answer = (one) => ({ body: scores(one).map((row) => `${JSON.stringify(row)}\n`).join('') })
    const done = await run({ format: 'ndjson' })
    expect(done).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(got).toEqual([{ type: 'application/x-ndjson', key: `${done.runId}/scores`, signed: 'Bearer planted', rows: [{ id: 1, customer: 1, cents: 1050 }, { id: 2, customer: 2, cents: 325 }] }])
    expect(await rig.rows('scored.scores', 'SELECT * FROM scored.scores ORDER BY id')).toEqual([{ id: 1, score: 10.5 }, { id: 2, score: 3.25 }])
  })

  it('is filled by what it answers, in Arrow', async () => {
    answer = (one) => ({ body: tableToIPC(tableFromArrays({ id: BigInt64Array.from(scores(one).map(({ id }) => BigInt(id))), score: Float64Array.from(scores(one).map(({ score }) => score * 2)) }), 'stream') })
    expect(await run({})).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('scored.scores', 'SELECT * FROM scored.scores ORDER BY id')).toEqual([{ id: 1, score: 21 }, { id: 2, score: 6.5 }])
  })

  it.each<[string, object, typeof answer, string]>([
    ['a host that the operator does not list', {}, () => ({ body: '' }), 'source-host-refused'],
    ['an answer that is no such rows', { format: 'ndjson' }, () => ({ body: '{"id": "x"}\n' }), 'engine-file'],
    ['an answer of another kind', { format: 'ndjson' }, () => ({ type: 'text/html', body: '<p>hello</p>' }), 'program-call-type'],
    ['an answer that is too large', { format: 'ndjson', most_megabytes: 1 }, () => ({ body: '{"id":1}\n'.repeat(200_000) }), 'program-call-large'],
    ['a refusal', {}, () => ({ status: 403, body: 'Bearer planted is not welcome' }), 'source-refused'],
    ['columns that nobody promised', {}, () => ({ body: tableToIPC(tableFromArrays({ id: Int32Array.of(1), scor: Float64Array.of(1) }), 'stream') }), 'model-column-extra'],
    ['no time', { timeout: '1s' }, () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_500); return { body: '' } }, 'program-late'],
  ])('publishes nothing of %s, says where, and shows no secret', async (_, call, said, code) => {
    answer = said
    const done = await run(call, code === 'source-host-refused' ? [] : undefined)
    expect(done.status).toBe('failed')
    expect(done.diagnostics.filter((one) => one.code === code).map(({ place }) => place?.file)).toEqual([code === 'engine-file' ? 'the answer for scored.scores' : 'domains/shop/scored/models/scores.http.yaml'])
    expect(JSON.stringify(done.diagnostics)).not.toContain('planted')
    expect(await rig.rows('scored.scores', 'SELECT count(*) AS n FROM scored.scores')).toEqual([{ n: 2 }])
  })

  it.each<[string, object, string, number]>([
    ['a secret that is written out', { headers: { authorization: 'Bearer abc' } }, 'program-secret', 7],
    ['an address with a user', { url: 'https://me:pw@x/y' }, 'program-shape', 2],
    ['a key that is misspelt', { tiemout: '2s' }, 'program-key', 11],
    ['two inputs', { reads: { a: 'source.sales', b: 'source.sales' } }, 'program-shape', 3],
    ['a port that is not there', { reads: { a: 'source.sale' } }, 'unknown-source', 4],
  ])('is refused before anything runs for %s', async (_, call, code, line) => {
    await rig.apply(product({ format: 'ndjson' }))
    await rig.write({ 'domains/shop/scored/models/scores.http.yaml': meshFiles(product(call)).get('domains/shop/scored/models/scores.http.yaml') ?? '' })
    const mesh = loadMesh(valueOf(await readMeshFolder(rig.meshFolder)), { modelReads: readProductProject })
    expect(mesh.ok).toBe(false)
    const [found] = mesh.diagnostics.filter((one) => one.code === code)
    expect(`${found?.place?.file}:${found?.place?.line}`).toBe(`domains/shop/scored/models/scores.http.yaml:${line}`)
    expect(JSON.stringify(found)).not.toContain('abc')
  })
})

it('the example of a model in TypeScript gives its streaks', async () => {
  const example = join(import.meta.dirname, '../../../examples/streaks')
  await rig.write({ 'data/flights.csv': readFileSync(join(example, 'data/flights.csv')) })
  await rig.applyFolder(example)
  expect(await rig.run('streaks')).toMatchObject({ status: 'succeeded', diagnostics: [] })
  expect(await rig.rows('streaks.streaks')).toEqual([{ origin: 'ABQ', began: '2001-01-01T06:00:00', flights: 3, worst: 31 }])
})

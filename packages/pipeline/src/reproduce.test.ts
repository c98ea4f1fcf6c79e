import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ok } from '@tulle/kernel'
import type { Table } from '@tulle/lake'
import { findUnusedKept, keptObjects } from '@tulle/providers'
import type { Comparison } from './compare.ts'
import type { DataProduct } from '@tulle/model'
import { loadMesh } from '@tulle/model'
import { readProductProject } from '@tulle/dbt'
import { rehearsalLake } from './rehearse/rehearsal-lake.ts'
import type { Rehearsed } from './rehearse/compare-rehearsal.ts'
import type { DataSetWords } from './testing/mesh-words.ts'
import { meshFiles } from './testing/mesh-words.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id,amount\n1,1.5\n2,2.5\n2,2.5\n3,\n', 'data/rates.csv': 'id,rate\n1,0.5\n2,0.25\n' })
  await rig.apply({ rates: { files: { drop: 'data/rates.csv' }, dataSets: { rates: { from: 'drop', columns: { id: 'long!*', rate: 'double' } } } } })
  await rig.run('rates')
})
afterAll(() => rig[Symbol.asyncDispose]())

const MODEL = "select r.id, r.amount, x.rate from {{ ref('raw') }} as r left join {{ ref('rates', 'rates') }} as x on x.id = r.id"
const sales = (model = MODEL, total: Readonly<Record<string, string>> = { id: 'long!', amount: 'double', rate: 'double' }): Readonly<Record<string, DataSetWords>> => ({
  raw: { from: 'drop', columns: { id: 'long!', amount: 'double' } },
  total: { columns: total, model },
})
const apply = (model?: string, total?: Readonly<Record<string, string>>): Promise<void> =>
  rig.apply({ sales: { files: { drop: 'data/a.csv' }, dataSets: sales(model, total) } })
const current = async (address = 'sales.total'): Promise<string> => (await rig.table(address)).currentSnapshot?.id ?? ''

async function reproduce(snapshot: string) {
  const live = await rig.open()
  const started = await live.reproduce('sales', { snapshot, requestedBy: 'ana' })
  if (!started.ok) return { status: 'refused', diagnostics: started.diagnostics }
  const { runId } = started.value
  const ended = valueOf(await live.wait(runId))
  const step = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
  return { status: ended.status, diagnostics: ended.diagnostics, ...(step.output as unknown as { identical: boolean; dataSets: readonly Comparison[] }) }
}

describe('a snapshot', () => {
  it('is built again, identical, after files, contracts, models and inputs have all moved on', async () => {
    await apply()
    await rig.run('sales')
    const snapshot = await current()
    await rig.write({ 'data/a.csv': 'id,amount\n7,7\n', 'data/rates.csv': 'id,rate\n7,7\n' })
    await rig.run('rates')
    await apply('select id, 2 as doubled from {{ ref(\'raw\') }}', { id: 'long!', doubled: 'int' })
    await rig.run('sales')
    await rm(`${rig.meshFolder}/data/a.csv`)

    const before = { total: await rig.table('sales.total'), raw: await rig.table('sales.raw') }
    expect(await reproduce(snapshot)).toMatchObject({
      status: 'succeeded',
      identical: true,
      dataSets: [
        { dataSet: 'sales.raw', identical: true, rows: { snapshot: 4, rebuilt: 4 }, onlyInSnapshot: 0, onlyInRebuilt: 0, columns: [] },
        { dataSet: 'sales.total', snapshot, identical: true, rows: { snapshot: 4, rebuilt: 4 } },
      ],
    })
    // Nothing was published, and no table was touched.
    expect((await rig.table('sales.total')).metadataLocation).toBe(before.total.metadataLocation)
    expect((await rig.table('sales.raw')).metadataLocation).toBe(before.raw.metadataLocation)
    await rig.write({ 'data/a.csv': 'id,amount\n1,1.5\n' })

    // And the statements that made it are still those of then.
    const live = await rig.open()
    const [then, now] = [valueOf(await live.code('sales', snapshot)), valueOf(await live.code('sales'))]
    expect([then, now].map(({ statements, reads, unread }) => [statements.map(({ sql }) => /left join|doubled/u.exec(sql)?.[0]), Object.keys(reads), unread])).toEqual([[['left join'], ['rates.rates'], []], [['doubled'], [], []]])
    expect([then.dataSets, then.snapshots['total']]).toEqual([[{ name: 'raw', columns: ['id', 'amount'], from: { schema: 'source', name: 'drop' } }, { name: 'total', columns: ['id', 'amount', 'rate'], from: { schema: 'sales', name: 'total' } }], snapshot])
  })

  it('is found by any data set of its run', async () => {
    await apply()
    await rig.run('sales', { force: true })
    expect(await reproduce(await current('sales.raw'))).toMatchObject({ identical: true, dataSets: [{ dataSet: 'sales.raw' }, { dataSet: 'sales.total' }] })
  })

  it.each([['chance', 'select id, random() as amount, 0.0 as rate from {{ ref(\'raw\') }}'], ['the clock', 'select id, epoch(now()) as amount, 0.0 as rate from {{ ref(\'raw\') }}']])(
    'of a model that asks %s is said to differ, with the columns that do', async (_what, model) => {
      await apply(model)
      await rig.run('sales')
      expect(await reproduce(await current())).toMatchObject({
        status: 'succeeded',
        identical: false,
        dataSets: [{ identical: true }, { dataSet: 'sales.total', identical: false, onlyInSnapshot: 1, onlyInRebuilt: 1, columns: ['amount'] }],
      })
    })

  it('keeps what it was made from as long as it is there, and nothing else', async () => {
    await apply()
    await rig.write({ 'data/a.csv': 'id,amount\n5,5\n' })
    await rig.run('sales')
    const { objects } = rig.lake
    const { id } = await rig.store.db.selectFrom('resource').select('id').where('ref', '=', 'data-product:sales').executeTakeFirstOrThrow()
    const [raw, total] = [await rig.table('sales.raw'), await rig.table('sales.total')]
    const pathOf = (address: string): string => valueOf(objects.pathOf(address))
    const listed: string[] = []
    for (const folder of ['inputs', 'recipes']) for await (const address of objects.list(`${id}/${folder}`)) listed.push(pathOf(address))
    const kept = new Set([...valueOf(await keptObjects(objects, raw)), ...valueOf(await keptObjects(objects, total))])
    expect([...kept].toSorted()).toEqual(listed.toSorted())
    const unused = async (tables: readonly Table[], before = Number.MAX_SAFE_INTEGER): Promise<readonly string[]> =>
      valueOf(await findUnusedKept(objects, id, { before, loadTables: async () => ok(tables) })).map(pathOf).toSorted()
    expect(await unused([raw, total])).toEqual([])
    // With only the newest snapshot left, what only older ones were made from is free; what is young may be a run's that is at work.
    const newest = { ...raw, snapshots: raw.snapshots.slice(-1) }
    const own = valueOf(await keptObjects(objects, newest))
    expect(own.size).toBe(2)
    expect(await unused([newest])).toEqual(listed.filter((path) => !own.has(path)).toSorted())
    expect(await unused([newest], 0)).toEqual([])
  })

  it('whose kept file or recipe was changed is not called reproduced', async () => {
    await apply()
    await rig.run('sales', { force: true })
    const { currentSnapshot } = await rig.table('sales.total')
    const { 'tulle.inputs': inputs = '', 'tulle.recipe': recipe = '' } = currentSnapshot?.summary ?? {}
    const { objects } = rig.lake
    const { id } = await rig.store.db.selectFrom('resource').select('id').where('ref', '=', 'data-product:sales').executeTakeFirstOrThrow()
    const [, hash = ''] = /"input-port:sales.drop":"([0-9a-f]{64})"/u.exec(inputs) ?? []
    const file = fileURLToPath(objects.address(`${id}/inputs/${hash}`))
    await rm(file)
    await writeFile(file, 'id,amount\n9,9\n')
    expect(await reproduce(currentSnapshot?.id ?? '')).toMatchObject({ status: 'failed', diagnostics: [{ code: 'input-lost', message: expect.stringContaining('was changed') as string }] })
    await rm(file)
    expect(await reproduce(currentSnapshot?.id ?? '')).toMatchObject({ status: 'failed', diagnostics: [{ code: 'input-lost', message: expect.stringContaining('is gone') as string }] })
    const path = fileURLToPath(objects.address(`${id}/recipes/${recipe}.json`))
    await rm(path)
    await writeFile(path, '{}')
    expect(await reproduce(currentSnapshot?.id ?? '')).toMatchObject({ status: 'failed', diagnostics: [{ code: 'recipe-lost' }] })
  })

  it('that nobody knows is refused with a name that may be meant', async () => {
    const id = await current()
    const asked = `${id.slice(0, -1)}${id.endsWith('1') ? '2' : '1'}`
    expect(await reproduce(asked)).toMatchObject({ status: 'refused', diagnostics: [{ code: 'product-snapshot-unknown', message: expect.stringContaining(`Did you mean "${id}"?`) as string }] })
  })

  it('is no run of the product: an apply that follows builds what it changed', async () => {
    await apply()
    await rig.run('sales', { force: true })
    await apply('select id, amount, 1.0 as rate from {{ ref(\'raw\') }}')
    const live = await rig.open()
    const { runId } = valueOf(await live.reproduce('sales', { snapshot: await current(), requestedBy: 'ana' }))
    await live.wait(runId)
    expect(await live.build('test')).toHaveLength(1)
    await live.settled()
  })
})

describe('a rehearsal', () => {
  const words = (dataSets: Readonly<Record<string, DataSetWords>>) => ({ stage: { files: { drop: 'data/stage.csv' }, dataSets } })
  const RAW: DataSetWords = { from: 'drop', columns: { id: 'long!', amount: 'double' } }
  const TOTAL: DataSetWords = { columns: { id: 'long!', amount: 'double' }, model: "select id, amount from {{ ref('raw') }}" }
  const TOP: DataSetWords = { columns: { amount: 'double' }, model: "select max(amount) as amount from {{ ref('total') }}" }

  /** A folder that nobody applies. */
  const declared = (dataSets: Readonly<Record<string, DataSetWords>>) => {
    const rates = { files: { drop: 'data/rates.csv' }, dataSets: { rates: { from: 'drop', columns: { id: 'long!*', rate: 'double' } } } }
    const mesh = valueOf(loadMesh(meshFiles({ ...words(dataSets), rates }), { modelReads: readProductProject }))
    return { product: mesh.products.get('stage') as DataProduct, others: Object.fromEntries([...mesh.products.values()].map((one) => [one.name, one.dataSets.map(({ name }) => name)])) }
  }
  const rehearse = async (dataSets: Readonly<Record<string, DataSetWords>>) => {
    const live = await rig.open()
    const { product, others } = declared(dataSets)
    const started = await live.rehearse('stage', { product, others, requestedBy: 'ana' })
    if (!started.ok) return { status: 'refused', diagnostics: started.diagnostics, dataSets: [] }
    const ended = valueOf(await live.wait(started.value.runId))
    const step = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', started.value.runId).where('name', '=', 'compare').executeTakeFirst()
    return { runId: started.value.runId, status: ended.status, diagnostics: ended.diagnostics, dataSets: (step?.output as unknown as { dataSets?: readonly Rehearsed[] } | null)?.dataSets ?? [] }
  }
  /** All that production is: pointers, objects, verdicts, events of the product. */
  const production = async () => {
    const { db } = rig.store
    const objects: string[] = []
    for await (const address of rig.providers.context.objects.list('')) objects.push(address)
    return {
      pointers: await db.selectFrom('table_pointer').select(['name', 'metadata_location']).orderBy('name').execute(),
      objects: objects.toSorted(),
      resources: await db.selectFrom('resource').select(['ref', 'fingerprint']).orderBy('ref').execute(),
      events: (await db.selectFrom('outbox').select('type').where('type', 'not like', 'tulle.run.%').execute()).length,
    }
  }

  beforeAll(async () => {
    await rig.write({ 'data/stage.csv': 'id,amount\n1,1.5\n2,2.5\n3,4\n' })
    await rig.apply(words({ raw: RAW, total: TOTAL, top: TOP }))
    await rig.run('stage')
  })

  it('builds what changed and what reads it, from production’s snapshots, says how it differs, and leaves production as it is', async () => {
    // Its source has moved on; the code alone is to make the difference.
    await rig.write({ 'data/stage.csv': 'id,amount\n9,9\n' })
    const before = await production()
    const done = await rehearse({ raw: RAW, total: { columns: { id: 'long!', amount: 'double', half: 'double' }, model: "select id, case when id = 3 then 5 else amount end as amount, amount / 2 as half from {{ ref('raw') }} where id > 1" }, top: TOP })
    expect(done).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(done.dataSets).toEqual([
      { dataSet: 'stage.total', snapshot: await current('stage.total'), rows: { production: 3, rehearsed: 2 }, onlyInProduction: 2, onlyInRehearsed: 1, columns: ['id', 'amount'], added: ['half'], removed: [], retyped: [], failing: [] },
      { dataSet: 'stage.top', snapshot: await current('stage.top'), rows: { production: 1, rehearsed: 1 }, onlyInProduction: 1, onlyInRehearsed: 1, columns: ['amount'], added: [], removed: [], retyped: [], failing: [] },
    ])
    expect(await production()).toEqual(before)
    expect(await rig.rows('stage.top')).toEqual([{ amount: 4 }])
  })

  it('builds nothing but what changed, and a data set that is new', async () => {
    const done = await rehearse({ raw: RAW, total: TOTAL, top: TOP, fresh: { columns: { n: 'long!' }, model: "select count(*) as n from {{ ref('top') }}" } })
    expect(done).toMatchObject({ status: 'succeeded', dataSets: [{ dataSet: 'stage.fresh', rows: { rehearsed: 1 }, added: ['n'], failing: [] }] })
  })

  it('says what its contract’s checks would say, and what is of another type', async () => {
    const done = await rehearse({ raw: RAW, total: { columns: { id: 'long!', amount: 'string!' }, model: "select id, case when id > 1 then cast(amount as varchar) end as amount from {{ ref('raw') }}" }, top: { ...TOP, model: "select 1.5::double as amount" } })
    expect(done).toMatchObject({ status: 'succeeded', dataSets: [{ dataSet: 'stage.total', retyped: ['amount'], onlyInProduction: 0, onlyInRehearsed: 0 }, { dataSet: 'stage.top' }] })
    expect(done.dataSets[0]?.failing.join(' ')).toContain('amount')
  })

  it('has a model that does not run, at its place', async () => {
    const done = await rehearse({ raw: RAW, total: { ...TOTAL, model: 'select nowhere from {{ ref(\'raw\') }}' }, top: TOP })
    expect(done.status).toBe('failed')
    expect(done.diagnostics[0]?.place?.file).toBe('domains/shop/stage/models/total.sql')
  })

  it.each<[string, Readonly<Record<string, DataSetWords>>, string]>([
    ['nothing changed', { raw: RAW, total: TOTAL, top: TOP }, 'rehearsal-same'],
    ['what comes straight from a source changed', { raw: { ...RAW, columns: { id: 'long!' } }, total: { ...TOTAL, model: "select id, 1.0::double as amount from {{ ref('raw') }}" }, top: TOP }, 'rehearsal-source'],
    ['a program elsewhere would be asked', { raw: RAW, total: { columns: TOTAL.columns, call: { url: 'http://127.0.0.1:9/x', reads: { raw: 'raw' } } }, top: TOP }, 'rehearsal-call'],
  ])('is refused where %s', async (_, dataSets, code) => {
    const done = await rehearse(dataSets)
    expect([done.status, done.diagnostics.map((one) => one.code)]).toEqual(['refused', [code]])
  })

  it('reads as the product that is applied, whatever team its folder names', async () => {
    const asked: string[] = []
    const live = await rig.open({ inputRights: { read: async ({ reader }) => { asked.push(reader.team); return ok({}) } } })
    const { product, others } = declared({ raw: RAW, total: { ...TOTAL, model: "select id, rate as amount from {{ ref('rates', 'rates') }}" }, top: TOP })
    const started = valueOf(await live.rehearse('stage', { product: { ...product, team: 'others' }, others, requestedBy: 'ana' }))
    expect(valueOf(await live.wait(started.runId)).status).toBe('succeeded')
    expect([...new Set(asked)]).toEqual(['ops'])
  })

  it('has no way to write what production has', async () => {
    const lake = valueOf(await rehearsalLake(rig.lake, []))
    const { metadataLocation, name, uuid } = await rig.table('stage.top')
    expect(await lake.catalog.swap([{ name, expected: { uuid, metadataLocation }, next: { uuid, metadataLocation: 'x' } }])).toBe('conflict')
    expect((await lake.objects.remove(metadataLocation)).diagnostics.map((one) => one.code)).toEqual(['rehearsal-writes'])
    expect((await lake.objects.create('x/y', new Uint8Array(1))).ok).toBe(true)
    expect((await rig.lake.objects.read(rig.lake.objects.address('x/y'))).ok).toBe(false)
    expect((await rig.table('stage.top')).metadataLocation).toBe(metadataLocation)
  })
})

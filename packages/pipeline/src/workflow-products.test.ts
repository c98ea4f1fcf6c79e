// Products that run by documents: the mesh's templates, and their own.

import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '@tulle/kernel'
import { HOUSE_FUNCTIONS } from '@tulle/model'
import { localObjects } from '@tulle/objects'
import { memoryRuntime, openJq, storeRecorder } from '@tulle/workflow'
import { runProductWorkflow } from './run-product.ts'
import { withBetween } from './testing/between-steps.ts'
import type { ProductWords } from './testing/mesh-words.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import type { Workshop } from './types.ts'

const template = (version: string, more = ''): string => `
document: {dsl: '1.0.3', namespace: house, name: refresh, version: '${version}'}
input:
  schema:
    document:
      type: object
      additionalProperties: false
      properties:
        least: {type: integer, default: 0}
        note: {type: string, default: none}
do:
  - ingest: {call: ingest}
  - transform: {call: sql}
  - write: {call: write}
  - check: {call: check}
${more}  - publish: {call: publish}
  - notify: {call: notify}
`

const OWN = `
document: {dsl: '1.0.3', namespace: shop, name: careful, version: '0.1.0'}
do:
  - prepare:
      set: {rounds: [1, 2, 3], sum: 0}
  - count:
      for: {each: one, in: .rounds}
      do: [{add: {set: {rounds: '\${ .rounds }', sum: '\${ .sum + $one }'}}}]
      export: {as: '\${ {sum: .sum} }'}
  - ways:
      fork:
        branches:
          - left: {set: {way: left}}
          - right: {set: {way: right}}
  - read:
      try:
        - once: {call: ingest}
      catch:
        retry: {delay: {milliseconds: 1}, limit: {attempt: {count: 2}}}
  - which:
      switch:
        - enough: {when: '$context.sum == 6', then: build}
        - otherwise: {then: end}
  - never: {raise: {error: {type: 'https://example.com/never', status: 500}}}
  - build: {call: sql}
  - write: {call: write}
  - check: {call: check}
  - publish: {call: publish}
`

const calling = (name: string, tasks: string): string => `
document: {dsl: '1.0.3', namespace: shop, name: ${name}, version: '0.1.0'}
do:
${tasks}`

const CORE = (least: number): string => `
document: {dsl: '1.0.3', namespace: house, name: core, version: '1.0.0'}
input:
  schema:
    document:
      type: object
      additionalProperties: false
      properties:
        least: {type: integer, default: ${least}}
do:
  - ingest: {call: ingest}
  - transform: {call: sql}
  - write: {call: write}
  - check: {call: check}
  - publish: {call: publish}
`

const columns = { id: 'long!*' }
const using = (workflow: Readonly<Record<string, unknown>>): ProductWords => ({ files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns } }, workflow })
const PRODUCTS = {
  plain: using({}),
  first: using({ use: 'refresh@1' }),
  second: using({ use: 'refresh@1', with: { least: 2 } }),
  asked: { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns }, some: { columns, model: "select id from {{ ref('raw') }} where id >= {{ var('least', 0) }}" } }, workflow: { use: 'refresh@1' } },
  careful: using({}),
  hasty: using({}),
  waiting: using({}),
  late: using({}),
  handing: using({}),
  whole: { files: { drop: 'data/a.csv' }, dataSets: { raw: { from: 'drop', columns }, some: { columns, model: "select id from {{ ref('raw') }} where id >= {{ var('least', 0) }}" } } },
} satisfies Readonly<Record<string, ProductWords>>

let rig: PipelineRig
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write({ 'data/a.csv': 'id\n1\n2\n3\n', 'workflows/refresh.yaml': template('1.0.0'), 'domains/shop/careful/workflow.yaml': OWN, 'domains/shop/hasty/workflow.yaml': template('0.0.1').replace('  - check: {call: check}\n', '').replace('name: refresh', 'name: hasty') })
  await rig.write({
    'domains/shop/waiting/workflow.yaml': calling('wait', '  - wait: {call: wait-for-product, with: {product: late, atMost: PT30S}}\n  - seen: {call: wait-for-product, with: {product: late, after: "${ .output.snapshots.raw }", atMost: PT1S}}\n'),
    'workflows/core.yaml': CORE(2),
    'domains/shop/whole/workflow.yaml': calling('whole', "  - core: {run: {workflow: {namespace: house, name: core, version: '1', input: {}}}}\n  - told: {if: '.status == \"succeeded\"', set: {told: true}}\n"),
    'domains/shop/handing/workflow.yaml': calling('hand', '  - ingest: {call: ingest}\n  - write: {call: write}\n  - check: {call: check}\n  - publish: {call: publish}\n  - files: {call: export, with: {to: partners}}\n  - lines: {call: export, with: {to: partners, dataSet: raw, format: csv}}\n  - again: {call: export, with: {to: partners}}\n  - where: {call: export, with: {to: partner}}\n'),
  })
  await rig.apply(PRODUCTS)
})
afterAll(() => rig[Symbol.asyncDispose]())

const documentOf = async (runId: string): Promise<unknown> => (await rig.store.db.selectFrom('run').select('document').where('id', '=', runId).executeTakeFirstOrThrow()).document
const stepsOf = async (runId: string): Promise<readonly string[]> => (await rig.steps(runId)).map(({ name, status }) => `${name} ${status}`)

describe('a product that names a template', () => {
  it('runs by it, as one that names nothing runs by what the platform ships', async () => {
    const [plain, first] = [await rig.run('plain'), await rig.run('first')]
    expect([plain.status, first.status]).toEqual(['succeeded', 'succeeded'])
    expect(await documentOf(plain.runId)).toMatchObject({ name: 'daily-refresh', version: '1.1.0', from: 'platform' })
    expect(await documentOf(first.runId)).toMatchObject({ name: 'refresh', version: '1.0.0', from: 'mesh' })
    expect([...(await stepsOf(first.runId)), 'profile succeeded']).toEqual(await stepsOf(plain.runId))
    expect(await rig.rows('first.raw', 'SELECT count(*) AS n FROM first.raw')).toEqual([{ n: 3 }])
  })

  it('says of every step why it was left out where nothing changed', async () => {
    const { runId } = await rig.run('first')
    expect(new Set((await rig.steps(runId)).map(({ status, reason }) => `${status}: ${reason?.replace(/[0-9a-f-]{36}/u, '…')}`))).toEqual(new Set(['skipped: Nothing changed since run …: same code, same inputs.']))
  })

  it('goes by a new version after an apply; a run on its way keeps the one that it began with', async () => {
    const edited = template('1.1.0', "  - say: {emit: {event: {with: {source: 'https://example.com/house', type: com.example.refreshed}}}}\n")
    await rig.open({ openRuntime: (workflows) => memoryRuntime({
      workflows: withBetween(workflows, { before: { publish: async () => {
        await rig.write({ 'workflows/refresh.yaml': edited })
        await rig.applyFolder()
      } } }), recorder: storeRecorder(rig.store, systemClock), clock: systemClock, newRunId: randomUUID,
    }) })
    const going = await rig.run('first', { force: true })
    expect(going.status).toBe('succeeded')
    expect(await documentOf(going.runId)).toMatchObject({ version: '1.0.0' })
    await rig.open()
    for (const product of ['first', 'second']) {
      const next = await rig.run(product, { force: true })
      expect(await documentOf(next.runId)).toMatchObject({ version: '1.1.0' })
      expect(await stepsOf(next.runId)).toContain('say succeeded')
    }
    const said = await rig.store.db.selectFrom('workflow_event').select('event').execute()
    expect(said.filter(({ event }) => (event as { type?: string }).type === 'com.example.refreshed')).toHaveLength(2)
  })
})

describe('parameters', () => {
  it('reach models as var, by hand over those of the folder, and another value is another input', async () => {
    const ids = (): Promise<readonly unknown[]> => rig.rows('asked.some', 'SELECT id FROM asked.some ORDER BY id')
    await rig.run('asked')
    expect(await ids()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    await rig.run('asked', { parameters: { least: 3 } })
    expect(await ids()).toEqual([{ id: 3 }])
    const pipeline = await rig.open()
    const { currentSnapshot } = await rig.table('asked.some')
    const { runId } = valueOf(await pipeline.reproduce('asked', { snapshot: currentSnapshot?.id ?? '', requestedBy: 'test' }))
    expect(valueOf(await pipeline.wait(runId, { signal: AbortSignal.timeout(60_000) }))).toMatchObject({ status: 'succeeded', diagnostics: [] })
  })

  it.each([
    ['of another type', { least: 'many' }, 'The parameter least of first must be integer.'],
    ['that it does not take', { most: 1 }, 'What the workflow is given of first must NOT have additional properties.'],
  ])('%s are refused before anything is queued', async (_, parameters, message) => {
    const pipeline = await rig.open()
    const before = await rig.store.db.selectFrom('run').select('id').where('product', '=', 'first').execute()
    expect((await pipeline.run('first', { requestedBy: 'test', parameters })).diagnostics.map((one) => [one.code, one.message])).toEqual([['run-parameter', message]])
    expect(await rig.store.db.selectFrom('run').select('id').where('product', '=', 'first').execute()).toEqual(before)
  })
})

describe('a product with a workflow of its own', () => {
  it('goes through its loop, its fork, its try and its switch, and says which tasks had no turn', async () => {
    const run = await rig.run('careful')
    expect(run).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await documentOf(run.runId)).toMatchObject({ name: 'careful', version: '0.1.0', from: 'product' })
    expect(await stepsOf(run.runId)).toEqual(['prepare succeeded', 'count succeeded', 'ways succeeded', 'read succeeded', 'which succeeded', 'never skipped', 'build skipped', 'write succeeded', 'check succeeded', 'publish succeeded'])
    expect(await rig.rows('careful.raw', 'SELECT count(*) AS n FROM careful.raw')).toEqual([{ n: 3 }])
  })

  it('publishes nothing that was not checked', async () => {
    const run = await rig.run('hasty')
    expect(run.status).toBe('failed')
    expect(run.diagnostics.map((one) => one.message).join()).toContain('"publish" works on what "check" did, which this run has not done.')
    expect((await rig.table('hasty.raw')).currentSnapshot).toBeUndefined()
  })
})

describe('a workflow that runs another one of the mesh', () => {
  it('gives and is given, ends with it where nothing changed, and goes by its edit after an apply', async () => {
    const ids = (): Promise<readonly unknown[]> => rig.rows('whole.some', 'SELECT id FROM whole.some ORDER BY id')
    const first = await rig.run('whole')
    expect(first).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await stepsOf(first.runId)).toEqual(['core succeeded', 'told succeeded'])
    expect(await ids()).toEqual([{ id: 2 }, { id: 3 }])
    const again = await rig.run('whole')
    expect(await stepsOf(again.runId)).toEqual(['core succeeded', 'told skipped'])
    await rig.write({ 'workflows/core.yaml': CORE(3) })
    await rig.applyFolder()
    expect(await stepsOf((await rig.run('whole')).runId)).toEqual(['core succeeded', 'told succeeded'])
    expect(await ids()).toEqual([{ id: 3 }])
  })
})

describe('functions of the house', () => {
  it('wait-for-product lets others go meanwhile, goes on when the other one is published, and says its limit where nothing newer comes', async () => {
    const say = (runs: object) => sql`update resource set spec = spec || jsonb_build_object('runs', ${JSON.stringify(runs)}::jsonb) where kind = 'mesh'`.execute(rig.store.db)
    const waits = async (runId: string) => (await rig.store.db.selectFrom('run').select('waits').where('id', '=', runId).executeTakeFirstOrThrow()).waits
    const pipeline = await rig.open()
    // With its place kept, the run that it waits for would never go.
    await say({ atOnce: 1 })
    const { runId } = valueOf(await pipeline.run('waiting', { requestedBy: 'test' }))
    await expect.poll(() => rig.log(runId), { timeout: 20_000 }).toContain('Waits for late: it was never published.')
    await expect.poll(() => waits(runId), { timeout: 20_000 }).toBe('late: it was never published')
    const late = valueOf(await pipeline.run('late', { requestedBy: 'test' }))
    await pipeline.wait(late.runId)
    const run = valueOf(await pipeline.wait(runId, { signal: AbortSignal.timeout(60_000) }))
    await say({})
    expect(await stepsOf(runId)).toEqual(['wait succeeded', 'seen failed'])
    expect(await waits(runId)).toBeNull()
    expect(run.diagnostics.map((one) => [one.code, one.message])).toEqual([['product-not-there', 'late was waited for 0 minutes, the limit: what it serves is no newer.']])
  })

  it('export writes what is published once for each snapshot, to listed places alone', async () => {
    const folder = join(rig.folder, 'partners')
    await mkdir(folder)
    await rig.open({ exports: new Map([['partners', localObjects(folder)]]) })
    const run = await rig.run('handing')
    expect(await stepsOf(run.runId)).toEqual(['ingest succeeded', 'write succeeded', 'check succeeded', 'publish succeeded', 'files succeeded', 'lines succeeded', 'again succeeded', 'where failed'])
    expect(run.diagnostics.map((one) => one.message)).toEqual(['The operator of this platform lists no place "partner" to export to. Did you mean "partners"?'])
    const snapshot = (await rig.table('handing.raw')).currentSnapshot?.id ?? ''
    expect((await readdir(join(folder, 'handing/raw'))).toSorted()).toEqual([`${snapshot}.csv`, `${snapshot}.parquet`])
    expect(await readFile(join(folder, `handing/raw/${snapshot}.csv`), 'utf8')).toBe('id\n1\n2\n3\n')
    expect((await rig.log(run.runId)).filter((line) => line.includes('already'))).toEqual([`handing.raw is in partners already: handing/raw/${snapshot}.parquet.`])
  })
})

describe('one edit of a template and one apply', () => {
  it('reach the next run of every product that names it, which builds no model that did not change; the others go as before', async () => {
    const pipeline = await rig.open()
    await rig.run('plain')
    for (const product of ['first', 'second', 'asked']) await rig.run(product)
    const runsOf = (product: string) => rig.store.db.selectFrom('run').select(['id', 'trigger', 'document']).where('product', '=', product).orderBy('requested_at', 'desc').execute()
    const before = (await rig.table('asked.some')).currentSnapshot?.id
    await rig.write({ 'workflows/refresh.yaml': template('1.2.0', "  - say: {emit: {event: {with: {source: 'https://example.com/house', type: com.example.again}}}}\n") })
    await rig.applyFolder()
    const started = await pipeline.build('apply')
    for (const { runId } of started) await pipeline.wait(runId, { signal: AbortSignal.timeout(120_000) })
    for (const product of ['first', 'second', 'asked']) {
      const [last] = await runsOf(product)
      expect(last).toMatchObject({ trigger: { kind: 'apply' }, document: { name: 'refresh', version: '1.2.0' } })
      expect(await stepsOf(last?.id ?? '')).toContain('say succeeded')
    }
    const [asked] = await runsOf('asked')
    expect(await rig.log(asked?.id ?? '')).toContain(`Left asked.some as it is at snapshot ${before}: same code, same inputs.`)
    // The control: by the platform's document nothing changed, and after the run nothing is to be done any more.
    expect((await runsOf('plain'))[0]?.trigger).toEqual({ kind: 'manual' })
    expect(new Set((await rig.steps((await rig.run('first')).runId)).map(({ status }) => status))).toEqual(new Set(['skipped']))
    const count = (await runsOf('first')).length
    for (const { runId } of await pipeline.build('apply')) await pipeline.wait(runId, { signal: AbortSignal.timeout(120_000) })
    expect(await runsOf('first')).toHaveLength(count)
  })
})

it('the house has exactly the functions that the mesh is told of', async () => {
  const jq = openJq()
  const defined = valueOf(runProductWorkflow({} as Workshop, { limits: { memoryMegabytes: 1, threads: 1, stepMilliseconds: 1 }, jq, doors: { http: () => Promise.reject(new Error('nobody is called')), secret: () => undefined } }))
  await jq.close()
  expect(Object.keys(defined.flow?.functions ?? {}).toSorted()).toEqual(Object.keys(HOUSE_FUNCTIONS).toSorted())
})

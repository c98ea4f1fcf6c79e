// One job for each data set that asks for it, whatever dies, lies or repeats itself in between; and no secret in anything that is kept or said.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readProductProject } from '@tulle/dbt'
import { fail, ok, systemClock } from '@tulle/kernel'
import { loadMesh } from '@tulle/model'
import type { MeshModel } from '@tulle/model'
import { desiredMesh, embeddedProviders, meshObserver } from '@tulle/providers'
import type { ProviderContext, Resource } from '@tulle/providers'
import { dyingAfter, providerRig } from '@tulle/providers/testing'
import type { ProviderRig } from '@tulle/providers/testing'
import { duckdbParser } from '@tulle/sql/testing'
import type { DuckdbParser } from '@tulle/sql/testing'
import { desiredJobs } from './desired-jobs.ts'
import { flinkJobProvider } from './job-provider.ts'
import type { FlinkJobProvider, FlinkRoom } from './job-provider.ts'
import { startGateway } from './testing.ts'
import type { TestGateway } from './testing.ts'

const SECRET = `it's "the" one`
const REF = 'stream-job:board.board'

const product = (name: string, components: string): string => `apiVersion: core.oam.dev/v1beta1\nkind: DataProduct\nmetadata: { name: ${name} }\nspec:\n  components:\n    - { name: ${name}, type: data-product, properties: { definition: A product. } }\n${components}`
const contract = (name: string, columns: string): string => `apiVersion: v3.1.0\nkind: DataContract\nid: ${name}\nname: ${name}\nversion: 1.0.0\nstatus: active\nschema:\n  - name: ${name}\n    properties:\n${columns}`
interface Words { readonly least?: number; readonly brokers?: string }
const filesOf = ({ least = 1, brokers = 'kafka.example.com:9093' }: Words): Readonly<Record<string, string>> => ({
  'mesh.yaml': 'apiVersion: tulle.dev/v1\nkind: Mesh\nmetadata: { name: m }\nspec: { purposes: [{ name: reporting }] }\n',
  'teams/ops.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: ops }\n',
  'applications/crew.yaml': 'apiVersion: tulle.dev/v1\nkind: ProcessDomain\nmetadata: { name: crew }\nspec: { team: ops }\n',
  'domains/ops/domain.yaml': 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: ops }\nspec: { owner: ops }\n',
  'domains/ops/flights/product.yaml': product('flights', `    - { name: file, type: file-input-port, properties: { path: data/flights.csv } }\n    - { name: flights, type: data-set, properties: { from: file } }\n    - { name: topics, type: kafka-output-port, properties: { brokers: ['${brokers}'], application: crew, sasl: { mechanism: PLAIN, user: tulle, password: { secret: KAFKA } } } }\n`),
  'domains/ops/flights/contracts/flights.odcs.yaml': contract('flights', '      - { name: id, logicalType: integer, physicalType: long, required: true, primaryKey: true, primaryKeyPosition: 1 }\n      - { name: origin, logicalType: string }\n'),
  'domains/ops/board/product.yaml': product('board', '    - { name: board, type: data-set, properties: { refresh: continuous, flink: {} } }\n'),
  'domains/ops/board/contracts/board.odcs.yaml': contract('board', '      - { name: origin, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1 }\n      - { name: flights, logicalType: integer, physicalType: long }\n'),
  'domains/ops/board/models/board.sql': `select origin, count(*) as flights from {{ ref('flights', 'flights') }} where id >= ${least} group by origin\n`,
})

let rig: ProviderRig
let parser: DuckdbParser
let gateway: TestGateway
let prepared: { readonly name: string; readonly isEmptied: boolean }[]
let provider: FlinkJobProvider

const room = (more: Partial<FlinkRoom> = {}): FlinkRoom => ({
  gateway: { url: gateway.url, clock: systemClock, answerMilliseconds: 2_000 },
  parse: (sql) => parser.parse(sql),
  valueFor: (name) => (name === 'TULLE_SCHEMA_REGISTRY_URL' ? 'https://tulle.example.com/schema-registry' : SECRET),
  prepareTopic: async ({ name, isEmptied }) => {
    prepared.push({ name, isEmptied })
    return ok(undefined)
  },
  ...more,
})

beforeAll(async () => {
  [rig, parser] = await Promise.all([providerRig(), duckdbParser()])
})
beforeEach(async () => {
  await using previous = gateway
  await rig.store.db.deleteFrom('resource').execute()
  gateway = await startGateway()
  prepared = []
  provider = flinkJobProvider(room())
  expect(previous).not.toBe(gateway)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})

/** Applies everything but the job, which is given back. */
async function applied(words: Words = {}): Promise<Resource> {
  const mesh = loadMesh(new Map(Object.entries(filesOf(words))), { modelReads: readProductProject })
  if (!mesh.ok) throw new Error(JSON.stringify(mesh.diagnostics))
  await settle(mesh.value)
  const jobs = await desiredJobs(mesh.value.products, { parse: (sql) => parser.parse(sql), isSet: true })
  if (!jobs.ok || jobs.value.resources[0] === undefined) throw new Error(JSON.stringify(jobs.diagnostics))
  return jobs.value.resources[0]
}

async function settle(mesh: MeshModel): Promise<void> {
  for (const resource of desiredMesh(mesh, { providers: embeddedProviders }).resources.values()) {
    const made = await rig.provider(resource.kind).create(rig.context, resource)
    if (!made.ok) throw new Error(JSON.stringify(made.diagnostics))
  }
}

const live = () => gateway.jobs.filter(({ status }) => status === 'RUNNING')
const observed = async () => (await meshObserver([...embeddedProviders, provider])(rig.context)).resources.get(REF)

describe('a job of Flink', () => {
  it('runs once, with the tables before it and secrets nowhere but in them, and is as it should be', async () => {
    const job = await applied()
    expect(await provider.create(rig.context, job)).toMatchObject({ ok: true, value: { changed: true, note: 'The job of board.board begins from the earliest records.' } })
    expect(live()).toHaveLength(1)
    expect(live()[0]?.statements.map((one) => one.split(' ').slice(0, 2).join(' '))).toEqual(['CREATE TEMPORARY', 'CREATE TEMPORARY', 'INSERT INTO'])
    expect(live()[0]?.statements[0]).toContain(`password="it''s \\"the\\" one";'`)
    expect(prepared).toEqual([{ name: 'board.board.flink', isEmptied: true }])
    expect(await provider.create(rig.context, job)).toMatchObject({ ok: true, value: { changed: false } })
    expect([live().length, (await observed())?.drift]).toEqual([1, undefined])
    const kept = JSON.stringify([await rig.store.db.selectFrom('resource').selectAll().execute(), await rig.store.db.selectFrom('outbox').selectAll().execute(), live()[0]?.name])
    expect([kept.includes('one"'), kept.includes('${TULLE_SECRET_KAFKA}')]).toEqual([false, true])
  })

  it('is another one where its model changes, from an empty topic', async () => {
    await provider.create(rig.context, await applied())
    const next = await applied({ least: 2 })
    expect(provider.diff(next, (await observed()) as NonNullable<Awaited<ReturnType<typeof observed>>>).fields).toMatchObject([{ path: 'insert', sentence: 'What it does changes: the job is stopped, its topic emptied, and another begins from the earliest records.' }])
    expect(await provider.update(rig.context, next)).toMatchObject({ ok: true })
    expect(gateway.jobs.map(({ status }) => status)).toEqual(['CANCELED', 'RUNNING'])
    expect([prepared.at(-1)?.isEmptied, live()[0]?.settings['execution.savepoint.path'], (await observed())?.drift]).toEqual([true, undefined, undefined])
  })

  it('goes on from a savepoint where only the way to the brokers changes', async () => {
    await provider.create(rig.context, await applied())
    expect(await provider.update(rig.context, await applied({ brokers: 'other.example.com:9093' }))).toMatchObject({ ok: true, value: { note: 'The job of board.board goes on from its savepoint.' } })
    expect(gateway.jobs.map(({ status }) => status)).toEqual(['FINISHED', 'RUNNING'])
    expect([prepared.at(-1)?.isEmptied, live()[0]?.settings['execution.savepoint.path']]).toEqual([false, `file:/savepoints/${gateway.jobs[0]?.id}`])
  })

  it('is missed where somebody cancelled it, and started again', async () => {
    const job = await applied()
    await provider.create(rig.context, job)
    for (const [status, drift] of [['CANCELED', 'The job of board.board is canceled in Flink.'], ['FAILED', 'The job of board.board is failed in Flink.']] as const) {
      for (const one of live()) one.status = status
      expect((await observed())?.drift).toMatchObject({ reason: 'job-gone', message: drift })
      expect(await provider.heal(rig.context, job)).toMatchObject({ ok: true, value: { changed: true } })
      expect([live().length, (await observed())?.drift]).toEqual([1, undefined])
    }
    gateway.jobs.push({ ...(live()[0] as (typeof gateway.jobs)[number]), id: 'f'.repeat(32) })
    expect((await observed())?.drift).toMatchObject({ reason: 'job-stray' })
    await provider.heal(rig.context, job)
    expect(live()).toHaveLength(1)
  })

  it('leaves with its data set, and leaves the jobs of others alone', async () => {
    const job = await applied()
    gateway.jobs.push({ id: 'a'.repeat(32), name: 'tulle/board.board/of-another-mesh/0123456789ab', status: 'RUNNING', settings: {}, statements: [] }, { id: 'b'.repeat(32), name: 'somebody else', status: 'RUNNING', settings: {}, statements: [] })
    await provider.create(rig.context, job)
    expect(await provider.archive(rig.context, REF)).toMatchObject({ ok: true, value: { changed: true } })
    expect(live().map(({ id }) => id)).toEqual(['a'.repeat(32), 'b'.repeat(32)])
    expect(await provider.restore(rig.context, job)).toMatchObject({ ok: true })
    expect(live()).toHaveLength(3)
    expect(await provider.destroy(rig.context, REF)).toMatchObject({ ok: true, value: { changed: true } })
    expect([live().length, await observed()]).toEqual([2, undefined])
  })

  it('is none that a plan made up', async () => {
    const job = await applied()
    const forged = { ...job, spec: { ...job.spec, insert: 'INSERT INTO `x` SELECT * FROM `default_catalog`.`hr`.`salaries`' } }
    for (const one of [forged, { ...forged, fingerprint: 'f'.repeat(64) }]) expect(await provider.create(rig.context, one)).toMatchObject({ ok: false, diagnostics: [{ code: 'flink-plan-differs' }] })
    expect([gateway.statements, await observed()]).toEqual([[], undefined])
  })

  it('is not begun without its secrets, or where its topic cannot be had', async () => {
    const job = await applied()
    expect(await flinkJobProvider(room({ valueFor: () => undefined })).create(rig.context, job)).toMatchObject({ ok: false, diagnostics: [{ code: 'flink-secret-missing', message: 'The job of board.board needs TULLE_SCHEMA_REGISTRY_URL, TULLE_SCHEMA_REGISTRY_USER_INFO, TULLE_SECRET_KAFKA, which are not set.' }] })
    expect(await observed()).toBeUndefined()
    const away = fail({ code: 'kafka-unreachable', severity: 'error' as const, message: 'nobody is there' })
    expect(await flinkJobProvider(room({ prepareTopic: async () => away })).create(rig.context, job)).toMatchObject({ ok: false, diagnostics: [{ code: 'kafka-unreachable' }] })
    expect([gateway.jobs, (await observed())?.drift?.reason]).toEqual([[], 'job-gone'])
  })

  it('is only written down where there is no Flink', async () => {
    const { gateway: _, ...without } = room()
    provider = flinkJobProvider(without)
    const job = await applied()
    expect(await provider.create(rig.context, job)).toMatchObject({ ok: true, value: { changed: true } })
    expect(await provider.archive(rig.context, REF)).toMatchObject({ ok: true, value: { note: expect.stringContaining('TULLE_FLINK_GATEWAY') as string } })
    expect(gateway.statements).toEqual([])
  })
})

describe('whoever dies', () => {
  /** Dies after 0, 1, 2 … steps in the database, or when Flink took the job and its answer was lost, and applies again. */
  async function dying(job: Resource): Promise<void> {
    for (let steps = 0; ; steps += 1) {
      const done = await create(dyingAfter(steps, rig.context).context, job)
      if (done) break
    }
    gateway.before = (statement) => (statement.startsWith('INSERT') ? 'vanish' : undefined)
    for (const one of live()) one.status = 'CANCELED'
    await create(rig.context, job)
    gateway.before = undefined
    await create(rig.context, job)
  }
  const create = async (context: ProviderContext, job: Resource): Promise<boolean> => provider.create(context, job).then(({ ok: done }) => done, () => false)

  it('between what was written down, what was started and what was answered leaves one job', async () => {
    await dying(await applied())
    expect([live().length, (await observed())?.drift]).toEqual([1, undefined])
  })

  it('between another statement and its job never goes on from where the old one was', async () => {
    await provider.create(rig.context, await applied())
    const next = await applied({ least: 2 })
    const { gateway: _, ...without } = room()
    await flinkJobProvider(without).update(rig.context, next)
    expect(await provider.heal(rig.context, next)).toMatchObject({ ok: true, value: { note: expect.stringContaining('earliest') as string } })
    expect([gateway.jobs.map(({ status }) => status), prepared.at(-1)?.isEmptied]).toEqual([['CANCELED', 'RUNNING'], true])
  })

  it('would leave two, if names were not looked for (control)', async () => {
    gateway.shown = () => false
    provider = flinkJobProvider(room({ startMilliseconds: 0 }))
    await dying(await applied())
    expect(live().length).toBeGreaterThan(1)
  })
})

describe('a gateway', () => {
  it.each<readonly [what: string, answer: NonNullable<TestGateway['answer']>, code: string, told: string]>([
    ['that says no JSON', (_, response) => void response.end('<html>'), 'flink-unreachable', 'no SQL gateway'],
    ['that says something else', (_, response) => void response.end('{"sessionHandle":"../../x"}'), 'flink-unreachable', 'no SQL gateway'],
    ['that leads elsewhere', (_, response) => void response.writeHead(307, { location: 'http://169.254.169.254/' }).end(), 'flink-unreachable', 'redirect'],
    ['that does not stop', (_, response) => { for (let i = 0; i < 10; i += 1) response.write('x'.repeat(1_000_000)) }, 'flink-unreachable', 'more than 8 MB'],
    ['that answers nothing', () => undefined, 'flink-unreachable', 'timeout'],
    ['behind a proxy that is down', (_, response) => void response.writeHead(502).end('bad gateway'), 'flink-unreachable', '502'],
  ])('%s begins nothing, and says so', async (_, answer, code, told) => {
    const job = await applied()
    gateway.answer = answer
    const outcome = await provider.create(rig.context, job)
    expect([outcome.ok, outcome.diagnostics[0]?.code, outcome.diagnostics[0]?.message]).toEqual([false, code, expect.stringContaining(told)])
    expect(await observed()).toBeUndefined()
  })

  it('that does not answer a look is no drift, and told', async () => {
    await provider.create(rig.context, await applied())
    gateway.answer = (_, response) => void response.end('<html>')
    expect([(await observed())?.drift, provider.trouble()?.code]).toEqual([undefined, 'flink-unseen'])
    gateway.answer = undefined
    expect([(await observed())?.drift, provider.trouble()]).toEqual([undefined, undefined])
  })

  it('that repeats a statement in its errors repeats no secret through us', async () => {
    const job = await applied()
    let said = ''
    gateway.before = (statement) => {
      if (!statement.startsWith('CREATE')) return undefined
      said = statement.replaceAll('\n', ' ')
      return { error: `org.apache.flink.table.api.ValidationException: Cannot run ${said} of ${SECRET}` }
    }
    const outcome = await provider.create(rig.context, job)
    expect(outcome.diagnostics[0]?.code).toBe('flink-gateway-refused')
    const told = JSON.stringify(outcome.diagnostics)
    expect([said.includes(`it''s`), told.includes('the\\"'), told.includes(`it's`), told.includes(`it''s`)]).toEqual([true, false, false, false])
    gateway.before = undefined
    expect(await provider.heal(rig.context, job)).toMatchObject({ ok: true })
    expect(live()).toHaveLength(1)
  })
})

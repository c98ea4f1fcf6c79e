// The contract: a product reads another team's data as itself, by a grant that names it: not without one, masked where policies
// mask, not after it was revoked, and all the same when folders move. Its own team's data it reads freely.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AccessControl } from '@tulle/access'
import { accessControl, revoke } from '@tulle/access'
import { systemClock } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { readMeshFolder } from '@tulle/model'
import type { PipelineRig } from '@tulle/pipeline/testing'
import { pipelineRig } from '@tulle/pipeline/testing'
import type { RegoDesk, Subject } from '@tulle/policy'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { grantedPurposes, inputRights } from './input-rights.ts'
import type { Planning } from './planning.ts'
import { openPlanning } from './planning.ts'

const doc = (kind: string, name: string, spec: Json): string => JSON.stringify({ apiVersion: 'tulle.dev/v1', kind, metadata: { name, title: name }, spec })
const product = (name: string, components: readonly Json[]): string => JSON.stringify({
  apiVersion: 'core.oam.dev/v1beta1', kind: 'DataProduct', metadata: { name, title: name },
  spec: { components: [{ name, type: 'data-product', properties: { definition: name } }, ...components, { name: 'sql', type: 'sql-output-port', properties: { description: 'SQL' } }] },
})
const contract = (name: string, columns: readonly (readonly [string, string, string?])[]): string => JSON.stringify({
  apiVersion: 'v3.1.0', kind: 'DataContract', id: name, name, version: '1.0.0', status: 'active',
  schema: [{ name, properties: columns.map(([column, logicalType, classification]) => ({ name: column, logicalType, ...(classification !== undefined && { classification }) })) }],
})
const GUESTS = [['id', 'integer'], ['name', 'string', 'personal'], ['city', 'string']] as const
const reading = (from: string, purpose?: string): readonly Json[] => [
  { name: 'guests', type: 'product-input-port', properties: { product: from, ...(purpose !== undefined && { purpose }) } }, { name: 'visits', type: 'data-set', properties: { description: 'visits' } },
]
const MESH: Readonly<Record<string, string>> = {
  'mesh.yaml': doc('Mesh', 'test', { purposes: [{ name: 'planning' }, { name: 'care' }], classifications: ['personal'], environments: ['dev', 'prod'] }),
  'teams/hosts.yaml': doc('TechnicalTeam', 'hosts', {}), 'teams/planners.yaml': doc('TechnicalTeam', 'planners', {}),
  'domains/house/domain.yaml': doc('DataDomain', 'house', { owner: 'hosts' }), 'domains/plans/domain.yaml': doc('DataDomain', 'plans', { owner: 'planners' }),
  'data/guests.csv': 'id,name,city\n1,zoe,Rome\n2,bob,Oslo\n',
  'domains/house/guests/product.yaml': product('guests', [{ name: 'drop', type: 'file-input-port', properties: { path: 'data/guests.csv' } }, { name: 'guests', type: 'data-set', properties: { description: 'guests', from: 'drop' } }]),
  'domains/house/guests/contracts/guests.odcs.yaml': contract('guests', GUESTS),
  'domains/house/own/product.yaml': product('own', reading('guests')),
  'domains/house/own/contracts/visits.odcs.yaml': contract('visits', [['id', 'integer'], ['name', 'string']]),
  'domains/house/own/models/visits.sql': "select id, name from {{ ref('guests', 'guests') }}",
  'domains/plans/visits/product.yaml': product('visits', reading('guests')),
  'domains/plans/visits/contracts/visits.odcs.yaml': contract('visits', [['id', 'integer'], ['name', 'string']]),
  'domains/plans/visits/models/visits.sql': "select id, name from {{ ref('guests', 'guests') }}",
}
const GRANT = 'grants/visits_read_guests.yaml'
const grant = (spec: Readonly<Record<string, Json>> = {}): string => doc('AccessGrant', 'visits_read_guests', { subject: { product: 'visits' }, product: 'guests', purposes: ['planning'], ...spec })
const POLICY = 'policies/names.yaml'
const policy = (rule: Readonly<Record<string, Json>>): string => doc('Policy', 'names', { status: 'enforced', rules: [{ name: 'names', to: { 'own-team': false }, ...rule }] })

let rig: PipelineRig
let access: AccessControl
let planning: Planning
const rego: RegoDesk = { ask: async () => [] }
beforeAll(async () => {
  rig = await pipelineRig()
  await rig.write(MESH)
  access = await accessControl(rig.store, { secret: 'of this test' })
  const room = { access, clock: systemClock, environment: 'prod' }
  planning = openPlanning({ store: rig.store, objects: rig.providers.context.objects, clock: systemClock, cache: {}, conditions: { check: async () => ({ ok: true, value: [], diagnostics: [] }) }, opaServers: new Set(), allowsProcesses: false, mayRead: grantedPurposes(room) })
  await rig.open({ inputRights: inputRights({ ...room, store: rig.store, rego }) })
  expect(await apply()).toEqual([WARNED])
  expect((await rig.run('guests')).status).toBe('succeeded')
})
afterAll(async () => {
  await access?.close()
  await rig?.[Symbol.asyncDispose]()
})
const WARNED = 'input-not-granted: visits reads guests, which the team hosts keeps, and nothing of it was granted to visits: its runs will be refused.'

/** Applies the folder; what the plan warned of. */
async function apply(): Promise<readonly string[]> {
  const files = await readMeshFolder(rig.meshFolder)
  if (!files.ok) throw new Error(JSON.stringify(files.diagnostics))
  const plan = await planning.plan(files.value, { prune: true, allowDestroy: false, allowBreaking: true })
  if (!plan.ok) throw new Error(JSON.stringify(plan.diagnostics))
  const applied = await planning.apply(plan.value as unknown as Json, { startedBy: 'test' })
  if (!applied.ok) throw new Error(JSON.stringify(applied.diagnostics))
  await access.caughtUp()
  return plan.diagnostics.filter(({ code }) => code === 'input-not-granted').map(({ code, message }) => `${code}: ${message}`)
}
const said = (run: { readonly diagnostics: readonly { readonly code: string; readonly message: string; readonly help?: string | undefined }[] }): readonly string[] => run.diagnostics.map(({ code, message }) => `${code}: ${message}`)
const rows = (address = 'visits.visits'): Promise<readonly unknown[]> => rig.rows(address, `select id, name from ${address} order by id`)

describe('a product that reads another', () => {
  it('of its own team needs no grant, and sees it as it is', async () => {
    await rig.write({ [POLICY]: policy({ on: { columns: ['name'] }, mask: { kind: 'null' } }) })
    await apply()
    expect((await rig.run('own')).status).toBe('succeeded')
    expect(await rows('own.visits')).toEqual([{ id: 1, name: 'zoe' }, { id: 2, name: 'bob' }])
    await rm(join(rig.meshFolder, POLICY))
    await apply()
  })

  it('of another team is refused without a grant, with what to do', async () => {
    const run = await rig.run('visits')
    expect(run.status).toBe('failed')
    expect(said(run)[0]).toMatch(/^input-denied: visits may not read guests\.guests\. /u)
    expect(run.diagnostics[0]?.help).toContain('npx tulle access request guests --subject product:visits --purpose <purpose>')
  })

  it('is not helped by what was granted to its team', async () => {
    await rig.write({ 'grants/planners.yaml': doc('AccessGrant', 'planners', { subject: { team: 'planners' }, product: 'guests', purposes: ['planning'] }) })
    expect(await apply()).toEqual([WARNED])
    expect((await rig.run('visits')).status).toBe('failed')
  })

  it('runs with one, and the plan warns no more', async () => {
    await rig.write({ [GRANT]: grant() })
    expect(await apply()).toEqual([])
    const run = await rig.run('visits')
    expect([run.status, said(run)]).toEqual(['succeeded', []])
    expect((await rig.log(run.runId)).join('\n')).toMatch(/Reads guests\.guests at snapshot \d+ for planning\./u)
    expect(await rows()).toEqual([{ id: 1, name: 'zoe' }, { id: 2, name: 'bob' }])
    expect((await rig.steps((await rig.run('visits')).runId))[0]?.status).toBe('skipped')
  })

  it('has masked what a policy masks for it, and is built anew when that changes', async () => {
    await rig.write({ [POLICY]: policy({ on: { columns: ['name'] }, mask: { kind: 'partial', first: 1 } }) })
    await apply()
    const run = await rig.run('visits')
    expect((await rig.log(run.runId)).join('\n')).toContain('for planning, 3 columns, 1 of them masked.')
    const shown = (await rows()) as readonly { readonly name: string }[]
    expect(shown.map(({ name }) => name[0])).toEqual(['z', 'b'])
    expect(shown.some(({ name }) => name === 'zoe' || name === 'bob')).toBe(false)
    await rm(join(rig.meshFolder, POLICY))
    await apply()
    await rig.run('visits')
    expect(await rows()).toEqual([{ id: 1, name: 'zoe' }, { id: 2, name: 'bob' }])
  })

  it('sees the columns and rows of its grant and no others', async () => {
    await rig.write({ [GRANT]: grant({ data_set: 'guests', columns: ['id', 'name'], rows: "city = 'Oslo'" }) })
    await apply()
    await rig.run('visits')
    expect(await rows()).toEqual([{ id: 2, name: 'bob' }])
    await rig.write({ [GRANT]: grant({ data_set: 'guests', columns: ['id'] }) })
    await apply()
    const run = await rig.run('visits')
    expect(run.status).toBe('failed')
    expect(said(run).join()).toContain('name')
    expect(await rows()).toEqual([{ id: 2, name: 'bob' }])
  })

  it('says for what where several purposes are open', async () => {
    await rig.write({ [GRANT]: grant({ purposes: ['planning', 'care'] }) })
    await apply()
    expect(said(await rig.run('visits'))).toEqual(['input-purposes: visits may read guests.guests for care or planning, and its input port does not say which.'])
    await rig.write({ 'domains/plans/visits/product.yaml': product('visits', reading('guests', 'care')) })
    await apply()
    const run = await rig.run('visits')
    expect([run.status, said(run)]).toEqual(['succeeded', []])
    expect((await rig.log(run.runId)).join('\n')).toContain(' for care.')
  })

  it('keeps its right when either folder moves to another domain', async () => {
    const given = () => rig.store.db.selectFrom('access_grant').select('id').where('subject_kind', '=', 'product').where('revoked_at', 'is', null).execute()
    const before = await given()
    await rig.write({ 'domains/trips/domain.yaml': doc('DataDomain', 'trips', { owner: 'drivers' }), 'teams/drivers.yaml': doc('TechnicalTeam', 'drivers', {}) })
    await rename(join(rig.meshFolder, 'domains/house/guests'), join(rig.meshFolder, 'domains/trips/guests'))
    // What belonged to the same team does no more.
    expect(await apply()).toEqual(['input-not-granted: own reads guests, which the team drivers keeps, and nothing of it was granted to own: its runs will be refused.'])
    await rename(join(rig.meshFolder, 'domains/plans/visits'), join(rig.meshFolder, 'domains/house/visits'))
    await apply()
    expect(before).toHaveLength(1)
    expect(await given()).toEqual(before)
    expect((await rig.run('visits', { force: true })).status).toBe('succeeded')
    expect((await rig.run('own', { force: true })).diagnostics.map(({ code }) => code)).toEqual(['input-denied'])
  })

  it('may be granted what it reads by the plan that makes it', async () => {
    await rig.write({
      'domains/plans/trips/product.yaml': product('trips', reading('guests')), 'domains/plans/trips/contracts/visits.odcs.yaml': contract('visits', [['id', 'integer']]),
      'domains/plans/trips/models/visits.sql': "select id from {{ ref('guests', 'guests') }}",
      'grants/a_trips.yaml': doc('AccessGrant', 'a_trips', { subject: { product: 'trips' }, product: 'guests', purposes: ['planning'] }),
    })
    expect((await apply()).filter((warning) => warning.includes('trips reads'))).toEqual([])
    expect((await rig.run('trips')).status).toBe('succeeded')
  })

  it('as a dbt project sees exactly that through its views, its questions and its tests', async () => {
    const folder = 'domains/plans/digest'
    await rig.write({
      [`${folder}/product.yaml`]: product('digest', reading('guests')), [`${folder}/contracts/visits.odcs.yaml`]: contract('visits', [['id', 'integer'], ['name', 'string']]),
      [`${folder}/dbt_project.yml`]: "name: digest\nversion: '1.0'\n",
      [`${folder}/models/seen.sql`]: "{{ config(materialized='view') }}select * from {{ ref('guests', 'guests') }}",
      [`${folder}/models/visits.sql`]: `{% set names = run_query("select name from " ~ ref('seen') ~ " order by 1").columns[0].values() if execute else [] %}select id, name || ' of {{ names | join(",") }}' as name from {{ ref('seen') }}`,
      [`${folder}/tests/only_one.sql`]: "select n from (select count(*) as n from {{ ref('seen') }}) as counted where n <> 1",
      'grants/digest.yaml': doc('AccessGrant', 'digest', { subject: { product: 'digest' }, product: 'guests', data_set: 'guests', columns: ['id', 'name'], rows: "city = 'Oslo'", purposes: ['planning'] }),
      [POLICY]: policy({ on: { columns: ['name'] }, mask: { kind: 'partial', first: 1 } }),
    })
    await apply()
    const run = await rig.run('digest')
    expect([run.status, said(run)]).toEqual(['succeeded', []])
    const shown = (await rows('digest.visits')) as readonly { readonly id: number; readonly name: string }[]
    expect(shown.map(({ id }) => id)).toEqual([2])
    expect(shown[0]?.name).toMatch(/^b[^a-z]+ of b[^a-z]+$/u)
    await rig.write({ [`${folder}/models/visits.sql`]: "select id, city as name from {{ ref('seen') }}" })
    await apply()
    const refused = await rig.run('digest')
    expect([refused.status, said(refused).join()]).toEqual(['failed', expect.stringContaining('There is no column "city" here.')])
    expect(await rows('digest.visits')).toEqual(shown)
    await rm(join(rig.meshFolder, POLICY))
    await apply()
  })

  it('is refused from the next run on when the grant is revoked, and keeps what it published', async () => {
    const before = await rows()
    const [given] = await rig.store.db.selectFrom('access_grant').select('id').where('subject_kind', '=', 'product').where('declared_by', 'like', '%visits_read_guests').where('revoked_at', 'is', null).execute()
    const ada: Subject = { id: 'ada', name: 'ada', kind: 'user', role: 'administrator', teams: [] }
    const revoked = await revoke(access, { grantId: given?.id ?? '', by: ada })
    expect(revoked.diagnostics).toEqual([])
    const run = await rig.run('visits')
    expect([run.status, run.diagnostics[0]?.code]).toEqual(['failed', 'input-denied'])
    expect(before).toHaveLength(2)
    expect(await rows()).toEqual(before)
  })
})

// Every endpoint with every status that it may answer, each answer held against the protocol's own description.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { JsonObject } from '@tulle/lake'
import { memoryObjects } from '@tulle/objects'
import { giveToken } from './give-token.ts'
import { ROUTES } from './routes.ts'
import { FLIGHTS, FREE, openRig, valueOf } from './testing/rig.ts'
import type { CallerName, Rig } from './testing/rig.ts'
import type { CatalogAnswer, Operation } from './types.ts'

const FILE = join(import.meta.dirname, '../../../../shared/corpora/iceberg-java-fixtures/open-api/rest-catalog-open-api.yaml')
const present = existsSync(FILE)
if (!present) console.warn(`SKIPPED: the answers are not held against the protocol's description, which is not at ${FILE}.`)

const SCHEMA = { type: 'struct', 'schema-id': 0, fields: [{ id: 1, name: 'id', required: true, type: 'long' }, { id: 2, name: 'tags', required: false, type: { type: 'list', 'element-id': 3, element: 'string', 'element-required': false } }] }
const SPEC = { fields: [{ 'source-id': 1, 'field-id': 1000, name: 'id_bucket', transform: 'bucket[4]' }] }
const VERSION = { 'version-id': 1, 'timestamp-ms': 1, 'schema-id': 0, summary: { engine: 'test' }, 'default-namespace': ['scratch'], representations: [{ type: 'sql', sql: 'select 1 as id', dialect: 'trino' }] }
const REPORT = { 'report-type': 'commit-report', 'table-name': 'scratch.notes', 'snapshot-id': 1, 'sequence-number': 1, operation: 'append', metrics: {} }
const SCHEMALESS = { name: 'x', schema: { type: 'struct', fields: [{ id: 1, name: 'a', required: false, type: 'money' }] } }

interface Case {
  readonly on: Operation
  readonly status: number
  readonly as?: CallerName
  readonly request: string
  readonly body?: unknown
  /** What must be so before. */
  readonly after?: (rig: Rig) => Promise<unknown>
  /** The exception of an error answer. */
  readonly type?: string
}

const view = (rig: Rig): Promise<CatalogAnswer> => rig.send('administrator', 'POST /v1/namespaces/scratch/views', { name: 'v', schema: SCHEMA, 'view-version': VERSION, properties: {} })
const broken = async ({ lake }: Rig): Promise<void> => {
  const address = await lake.objects.create('free/scratch/bad-1/metadata/1.json', Buffer.from('{'))
  await lake.catalog.swap([{ name: { namespace: 'scratch', name: 'bad' }, expected: undefined, next: { uuid: 'u', metadataLocation: address.ok ? address.value : '' } }])
}
const lose = async ({ lake }: Rig): Promise<void> => {
  lake.catalog.swap = () => Promise.reject(new Error('the connection broke'))
}
const properties = { requirements: [], updates: [{ action: 'set-properties', updates: { a: 'b' } }] }
const stale = { requirements: [{ type: 'assert-current-schema-id', 'current-schema-id': 7 }], updates: [] }
const unknownUpdate = { requirements: [], updates: [{ action: 'add-magic' }] }
const at = (name: string, change: JsonObject): JsonObject => ({ 'table-changes': [{ identifier: { namespace: ['scratch'], name }, ...change }] })
const rename = (from: string, to: string, space = 'scratch'): JsonObject => ({ source: { namespace: ['scratch'], name: from }, destination: { namespace: [space], name: to } })

const CASES: readonly Case[] = [
  { on: 'getConfig', status: 200, as: 'stranger', request: 'GET /v1/config?warehouse=shop' },
  { on: 'getConfig', status: 404, request: 'GET /v1/config?warehouse=other', type: 'NoSuchWarehouseException' },
  { on: 'listNamespaces', status: 200, request: 'GET /v1/namespaces?pageToken=&pageSize=1' },
  { on: 'listNamespaces', status: 400, request: 'GET /v1/namespaces?pageSize=0', type: 'BadRequestException' },
  { on: 'listNamespaces', status: 404, request: 'GET /v1/namespaces?parent=nowhere', type: 'NoSuchNamespaceException' },
  { on: 'createNamespace', status: 200, request: 'POST /v1/namespaces', body: { namespace: ['a', 'b'], properties: { owner: 'x' } } },
  { on: 'createNamespace', status: 400, request: 'POST /v1/namespaces', body: { namespace: 'a' }, type: 'BadRequestException' },
  { on: 'createNamespace', status: 403, as: 'reader', request: 'POST /v1/namespaces', body: { namespace: ['a'] }, type: 'ForbiddenException' },
  { on: 'createNamespace', status: 409, request: 'POST /v1/namespaces', body: { namespace: ['flights'] }, type: 'AlreadyExistsException' },
  { on: 'loadNamespaceMetadata', status: 200, as: 'reader', request: 'GET /v1/namespaces/flights' },
  { on: 'loadNamespaceMetadata', status: 400, request: 'GET /v1/namespaces/a%2Fb', type: 'BadRequestException' },
  { on: 'loadNamespaceMetadata', status: 404, as: 'stranger', request: 'GET /v1/namespaces/flights', type: 'NoSuchNamespaceException' },
  { on: 'namespaceExists', status: 204, request: 'HEAD /v1/namespaces/scratch' },
  { on: 'namespaceExists', status: 400, request: 'HEAD /v1/namespaces/..' },
  { on: 'namespaceExists', status: 404, as: 'stranger', request: 'HEAD /v1/namespaces/scratch' },
  { on: 'dropNamespace', status: 204, request: 'DELETE /v1/namespaces/empty', after: (rig) => rig.room.namespaces.create({ name: 'empty', properties: {} }) },
  { on: 'dropNamespace', status: 400, request: 'DELETE /v1/namespaces/%00', type: 'BadRequestException' },
  { on: 'dropNamespace', status: 403, request: 'DELETE /v1/namespaces/flights', type: 'ForbiddenException' },
  { on: 'dropNamespace', status: 404, as: 'stranger', request: 'DELETE /v1/namespaces/flights', type: 'NoSuchNamespaceException' },
  { on: 'dropNamespace', status: 409, request: 'DELETE /v1/namespaces/scratch', type: 'NamespaceNotEmptyException' },
  { on: 'updateProperties', status: 200, request: 'POST /v1/namespaces/scratch/properties', body: { removals: ['owner', 'none'], updates: { team: 'x' } } },
  { on: 'updateProperties', status: 400, request: 'POST /v1/namespaces/scratch/properties', body: { updates: { team: 1 } }, type: 'BadRequestException' },
  { on: 'updateProperties', status: 403, request: 'POST /v1/namespaces/flights/properties', body: {}, type: 'ForbiddenException' },
  { on: 'updateProperties', status: 404, request: 'POST /v1/namespaces/nowhere/properties', body: {}, type: 'NoSuchNamespaceException' },
  { on: 'updateProperties', status: 422, request: 'POST /v1/namespaces/scratch/properties', body: { removals: ['a'], updates: { a: 'b' } }, type: 'UnprocessableEntityException' },
  { on: 'listTables', status: 200, as: 'reader', request: 'GET /v1/namespaces/flights/tables?pageToken=&pageSize=1' },
  { on: 'listTables', status: 400, request: 'GET /v1/namespaces/flights/tables?pageSize=x', type: 'BadRequestException' },
  { on: 'listTables', status: 404, as: 'stranger', request: 'GET /v1/namespaces/flights/tables', type: 'NoSuchNamespaceException' },
  { on: 'createTable', status: 200, request: 'POST /v1/namespaces/scratch/tables', body: { name: 'made', schema: SCHEMA, 'partition-spec': SPEC, properties: { 'format-version': '2', owner: 'x' } } },
  { on: 'createTable', status: 200, request: 'POST /v1/namespaces/scratch/tables', body: { name: 'made', schema: SCHEMA, 'stage-create': true } },
  { on: 'createTable', status: 400, request: 'POST /v1/namespaces/scratch/tables', body: SCHEMALESS, type: 'BadRequestException' },
  { on: 'createTable', status: 403, request: 'POST /v1/namespaces/flights/tables', body: { name: 'made', schema: SCHEMA }, type: 'ForbiddenException' },
  { on: 'createTable', status: 404, request: 'POST /v1/namespaces/nowhere/tables', body: { name: 'made', schema: SCHEMA }, type: 'NoSuchNamespaceException' },
  { on: 'createTable', status: 409, request: 'POST /v1/namespaces/scratch/tables', body: { name: 'notes', schema: SCHEMA }, type: 'AlreadyExistsException' },
  { on: 'loadTable', status: 200, as: 'reader', request: 'GET /v1/namespaces/flights/tables/flights?snapshots=refs' },
  { on: 'loadTable', status: 200, as: 'reader', request: 'GET /v1/namespaces/flights/tables/tickets' },
  { on: 'loadTable', status: 304, as: 'reader', request: 'GET /v1/namespaces/flights/tables/flights' },
  { on: 'loadTable', status: 400, request: 'GET /v1/namespaces/flights/tables/flights?snapshots=some', type: 'BadRequestException' },
  { on: 'loadTable', status: 403, as: 'reader', request: 'GET /v1/namespaces/flights/tables/passengers', type: 'ForbiddenException' },
  { on: 'loadTable', status: 404, as: 'stranger', request: 'GET /v1/namespaces/flights/tables/flights', type: 'NoSuchTableException' },
  { on: 'loadTable', status: 500, request: 'GET /v1/namespaces/scratch/tables/bad', after: broken, type: 'InternalServerError' },
  { on: 'tableExists', status: 204, as: 'reader', request: 'HEAD /v1/namespaces/flights/tables/passengers' },
  { on: 'tableExists', status: 400, request: 'HEAD /v1/namespaces/flights/tables/a%1Fb' },
  { on: 'tableExists', status: 404, as: 'stranger', request: 'HEAD /v1/namespaces/flights/tables/flights' },
  { on: 'updateTable', status: 200, request: 'POST /v1/namespaces/flights/tables/flights', body: properties },
  { on: 'updateTable', status: 400, request: 'POST /v1/namespaces/scratch/tables/notes', body: unknownUpdate, type: 'BadRequestException' },
  { on: 'updateTable', status: 403, as: 'reader', request: 'POST /v1/namespaces/flights/tables/flights', body: properties, type: 'ForbiddenException' },
  { on: 'updateTable', status: 403, request: 'POST /v1/namespaces/flights/tables/tickets', body: properties, type: 'ForbiddenException' },
  { on: 'updateTable', status: 404, as: 'stranger', request: 'POST /v1/namespaces/flights/tables/flights', body: properties, type: 'NoSuchTableException' },
  { on: 'updateTable', status: 409, request: 'POST /v1/namespaces/scratch/tables/notes', body: stale, type: 'CommitFailedException' },
  { on: 'updateTable', status: 500, request: 'POST /v1/namespaces/scratch/tables/notes', body: properties, after: lose, type: 'CommitStateUnknownException' },
  { on: 'dropTable', status: 204, request: 'DELETE /v1/namespaces/scratch/tables/notes?purgeRequested=true' },
  { on: 'dropTable', status: 400, request: "DELETE /v1/namespaces/scratch/tables/'", type: 'BadRequestException' },
  { on: 'dropTable', status: 403, request: 'DELETE /v1/namespaces/flights/tables/flights', type: 'ForbiddenException' },
  { on: 'dropTable', status: 404, as: 'stranger', request: 'DELETE /v1/namespaces/flights/tables/flights', type: 'NoSuchTableException' },
  { on: 'registerTable', status: 200, request: 'POST /v1/namespaces/scratch/register', body: { name: 'back', 'metadata-location': 'LEFT' } },
  { on: 'registerTable', status: 400, request: 'POST /v1/namespaces/scratch/register', body: { name: 'back', 'metadata-location': 'file:///etc/passwd' }, type: 'BadRequestException' },
  { on: 'registerTable', status: 403, as: 'reader', request: 'POST /v1/namespaces/scratch/register', body: { name: 'back', 'metadata-location': 'x' }, type: 'ForbiddenException' },
  { on: 'registerTable', status: 404, request: 'POST /v1/namespaces/nowhere/register', body: { name: 'back', 'metadata-location': 'x' }, type: 'NoSuchNamespaceException' },
  { on: 'registerTable', status: 409, request: 'POST /v1/namespaces/scratch/register', body: { name: 'notes', 'metadata-location': 'x' }, type: 'AlreadyExistsException' },
  { on: 'reportMetrics', status: 204, request: 'POST /v1/namespaces/scratch/tables/notes/metrics', body: REPORT },
  { on: 'reportMetrics', status: 400, request: 'POST /v1/namespaces/scratch/tables/notes/metrics', body: { 'report-type': 'commit-report' }, type: 'BadRequestException' },
  { on: 'reportMetrics', status: 404, request: 'POST /v1/namespaces/scratch/tables/none/metrics', body: REPORT, type: 'NoSuchTableException' },
  { on: 'renameTable', status: 204, request: 'POST /v1/tables/rename', body: rename('notes', 'a') },
  { on: 'renameTable', status: 400, request: 'POST /v1/tables/rename', body: { source: {} }, type: 'BadRequestException' },
  { on: 'renameTable', status: 403, request: 'POST /v1/tables/rename', body: rename('notes', 'a', 'flights'), type: 'ForbiddenException' },
  { on: 'renameTable', status: 404, request: 'POST /v1/tables/rename', body: rename('none', 'a'), type: 'NoSuchTableException' },
  { on: 'renameTable', status: 409, request: 'POST /v1/tables/rename', body: rename('notes', 'v'), after: view, type: 'AlreadyExistsException' },
  { on: 'commitTransaction', status: 204, request: 'POST /v1/transactions/commit', body: at('notes', properties) },
  { on: 'commitTransaction', status: 400, request: 'POST /v1/transactions/commit', body: at('notes', unknownUpdate), type: 'BadRequestException' },
  { on: 'commitTransaction', status: 403, as: 'reader', request: 'POST /v1/transactions/commit', body: { 'table-changes': [{ identifier: { namespace: ['flights'], name: 'flights' }, ...properties }] }, type: 'ForbiddenException' },
  { on: 'commitTransaction', status: 404, request: 'POST /v1/transactions/commit', body: at('none', properties), type: 'NoSuchTableException' },
  { on: 'commitTransaction', status: 409, request: 'POST /v1/transactions/commit', body: at('notes', stale), type: 'CommitFailedException' },
  { on: 'commitTransaction', status: 500, request: 'POST /v1/transactions/commit', body: at('notes', properties), after: lose, type: 'CommitStateUnknownException' },
  { on: 'listViews', status: 200, request: 'GET /v1/namespaces/scratch/views', after: view },
  { on: 'listViews', status: 400, request: 'GET /v1/namespaces/scratch/views?pageSize=-1', type: 'BadRequestException' },
  { on: 'listViews', status: 404, as: 'stranger', request: 'GET /v1/namespaces/scratch/views', type: 'NoSuchNamespaceException' },
  { on: 'createView', status: 200, request: 'POST /v1/namespaces/scratch/views', body: { name: 'v', schema: SCHEMA, 'view-version': VERSION, properties: { a: 'b' } } },
  { on: 'createView', status: 400, request: 'POST /v1/namespaces/scratch/views', body: { name: 'v', schema: SCHEMA, 'view-version': { ...VERSION, representations: [...VERSION.representations, ...VERSION.representations] }, properties: {} }, type: 'BadRequestException' },
  { on: 'createView', status: 403, as: 'reader', request: 'POST /v1/namespaces/flights/views', body: { name: 'v', schema: SCHEMA, 'view-version': VERSION, properties: {} }, type: 'ForbiddenException' },
  { on: 'createView', status: 404, request: 'POST /v1/namespaces/nowhere/views', body: { name: 'v', schema: SCHEMA, 'view-version': VERSION, properties: {} }, type: 'NoSuchNamespaceException' },
  { on: 'createView', status: 409, request: 'POST /v1/namespaces/scratch/views', body: { name: 'notes', schema: SCHEMA, 'view-version': VERSION, properties: {} }, type: 'AlreadyExistsException' },
  { on: 'loadView', status: 200, request: 'GET /v1/namespaces/scratch/views/v', after: view },
  { on: 'loadView', status: 400, request: 'GET /v1/namespaces/scratch/views/%E2%80%AEv', type: 'BadRequestException' },
  { on: 'loadView', status: 404, as: 'stranger', request: 'GET /v1/namespaces/scratch/views/v', after: view, type: 'NoSuchViewException' },
  { on: 'viewExists', status: 204, request: 'HEAD /v1/namespaces/scratch/views/v', after: view },
  { on: 'viewExists', status: 400, request: 'HEAD /v1/namespaces/scratch/views/%22' },
  { on: 'viewExists', status: 404, request: 'HEAD /v1/namespaces/scratch/views/none' },
  { on: 'replaceView', status: 200, request: 'POST /v1/namespaces/scratch/views/v', after: view, body: { updates: [{ action: 'add-view-version', 'view-version': { ...VERSION, 'version-id': 2 } }, { action: 'set-current-view-version', 'view-version-id': -1 }] } },
  { on: 'replaceView', status: 400, request: 'POST /v1/namespaces/scratch/views/v', after: view, body: { updates: [{ action: 'set-location', location: 'memory:///elsewhere' }] }, type: 'BadRequestException' },
  { on: 'replaceView', status: 404, request: 'POST /v1/namespaces/scratch/views/none', body: { updates: [] }, type: 'NoSuchViewException' },
  { on: 'replaceView', status: 409, request: 'POST /v1/namespaces/scratch/views/v', after: view, body: { requirements: [{ type: 'assert-view-uuid', uuid: 'another' }], updates: [] }, type: 'CommitFailedException' },
  { on: 'dropView', status: 204, request: 'DELETE /v1/namespaces/scratch/views/v', after: view },
  { on: 'dropView', status: 400, request: 'DELETE /v1/namespaces/scratch/views/..', type: 'BadRequestException' },
  { on: 'dropView', status: 404, request: 'DELETE /v1/namespaces/scratch/views/none', type: 'NoSuchViewException' },
  { on: 'renameView', status: 204, request: 'POST /v1/views/rename', after: view, body: rename('v', 'w') },
  { on: 'renameView', status: 400, request: 'POST /v1/views/rename', body: {}, type: 'BadRequestException' },
  { on: 'renameView', status: 404, request: 'POST /v1/views/rename', body: rename('none', 'w'), type: 'NoSuchViewException' },
  { on: 'renameView', status: 409, request: 'POST /v1/views/rename', after: view, body: rename('v', 'notes'), type: 'AlreadyExistsException' },
]

let rig: Rig
beforeEach(async () => {
  rig = await openRig()
})

async function answerTo({ as = 'administrator', request, body, after, on, status }: Case): Promise<CatalogAnswer> {
  await after?.(rig)
  const headers = on === 'loadTable' && status === 304 ? { ifNoneMatch: (await rig.send(as, request)).headers['etag'] ?? '' } : {}
  const isRegister = (body as JsonObject | undefined)?.['metadata-location'] === 'LEFT'
  if (!isRegister) return rig.send(as, request, body, headers)
  const left = await rig.lake.catalog.find(FREE)
  await rig.send('administrator', 'DELETE /v1/namespaces/scratch/tables/notes')
  return rig.send(as, request, { ...(body as JsonObject), 'metadata-location': left?.metadataLocation ?? '' })
}

describe('an endpoint', () => {
  it('has a case for each status that it may answer', () => {
    const listed = (pairs: readonly (readonly [string, number])[]): string[] => [...new Set(pairs.map(([operation, status]) => `${operation} ${status}`))].toSorted()
    expect(listed(CASES.map(({ on, status }) => [on, status]))).toEqual(listed(ROUTES.flatMap(({ operation, statuses }) => statuses.map((status) => [operation, status] as const))))
  })

  it.each(CASES.map((one) => [`${one.on} answers ${one.status} to ${one.as ?? 'administrator'}: ${one.request}`, one] as const))('%s', async (_, one) => {
    const answer = await answerTo(one)
    expect([answer.status, answer.body === undefined ? undefined : (JSON.parse(answer.body) as { error?: { type: string } }).error?.type]).toEqual([one.status, one.type])
    if (present) expect(problemsOf(one.on, answer)).toEqual([])
  })

  it.skipIf(!present)('answers an OAuth2 token or an OAuth2 error', async () => {
    const expiresAt = new Date(3_600_000)
    const signIn = async (client: string) => (client === 'ana' ? ({ ok: true, value: { token: 't', expiresAt }, diagnostics: [] } as const) : ({ ok: false, diagnostics: [{ code: 'wrong-password', severity: 'error', message: 'No.' }] } as const))
    const ask = (body: string, authorization?: string): Promise<CatalogAnswer> => giveToken(signIn, { body, authorization }, 0)
    const good = await ask('grant_type=client_credentials&client_id=ana&client_secret=s&scope=catalog')
    expect(JSON.parse(good.body ?? '')).toMatchObject({ access_token: 't', token_type: 'bearer', expires_in: 3600 })
    const answers = [good, await ask('grant_type=client_credentials', `Basic ${btoa('ana:s')}`), await ask('grant_type=client_credentials&client_id=bo&client_secret=s'), await ask('grant_type=client_credentials'), await ask('grant_type=password')]
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 401, 400, 400])
    expect(answers.flatMap((answer) => problemsOf('getToken', answer))).toEqual([])
  })

  it.skipIf(!present)('is caught where its answer is not as described', () => {
    expect(problemsOf('loadTable', { status: 200, headers: {}, body: '{"metadata":{"format-version":2}}' })).not.toEqual([])
    expect(problemsOf('loadTable', { status: 418, headers: {}, body: '{}' })).toEqual(['loadTable does not answer 418'])
  })

  it('advertises nothing that it does not serve, and serves nothing that it does not advertise', async () => {
    const { endpoints } = JSON.parse((await rig.send('stranger', 'GET /v1/config')).body ?? '') as { endpoints: string[] }
    expect(endpoints).toHaveLength(ROUTES.length - 1)
    if (present) expect(endpoints.filter((endpoint) => !documented().some(([method, path]) => endpoint === `${method} ${path}`))).toEqual([])
  })
})

describe('a commit', () => {
  const commit = (snapshot: JsonObject, ref: bigint | null): JsonObject => ({
    requirements: [{ type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': ref }],
    updates: [{ action: 'add-snapshot', snapshot }, { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshot['snapshot-id'] as bigint }],
  })

  it('of a snapshot moves main, with every digit of its id', async () => {
    const { snapshot } = await rig.snapshotFor(FLIGHTS)
    const answer = await rig.send('administrator', 'POST /v1/namespaces/flights/tables/flights', commit(snapshot, null))
    expect(answer.status).toBe(200)
    expect(answer.body).toContain(`"current-snapshot-id": ${String(snapshot['snapshot-id'])}`)
    expect((await rig.send('reader', 'GET /v1/namespaces/flights/tables/flights')).body).toBe(answer.body)
  })

  it('may take main away, and the table is empty', async () => {
    const { snapshot } = await rig.snapshotFor(FREE)
    await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', commit(snapshot, null))
    const answer = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', { requirements: [], updates: [{ action: 'remove-snapshot-ref', 'ref-name': 'main' }] })
    expect(answer.status).toBe(200)
    expect(answer.body).not.toContain('current-snapshot-id')
    expect((await rig.send('administrator', 'GET /v1/namespaces/scratch/tables/notes')).body).toBe(answer.body)
  })

  it('that another one overtook is refused, and the table is as the other left it', async () => {
    const [first, second] = [await rig.snapshotFor(FREE), await rig.snapshotFor(FREE)]
    const won = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', commit(first.snapshot, null))
    const lost = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', commit(second.snapshot, null))
    expect([won.status, lost.status]).toEqual([200, 409])
    expect((await rig.send('administrator', 'GET /v1/namespaces/scratch/tables/notes')).body).toBe(won.body)
  })

  it('goes through where the pointer moved but everything that it requires still holds', async () => {
    const { snapshot } = await rig.snapshotFor(FREE)
    await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', properties)
    const { find } = rig.lake.catalog
    let raced = false
    rig.lake.catalog.find = async (name) => {
      const found = await find(name)
      if (!raced) {
        raced = true
        await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', { requirements: [], updates: [{ action: 'set-properties', updates: { meanwhile: 'yes' } }] })
      }
      return found
    }
    const answer = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', commit(snapshot, null))
    expect(answer.status).toBe(200)
    expect(answer.body).toContain('"meanwhile": "yes"')
  })

  it('of several tables is all or nothing', async () => {
    const { snapshot } = await rig.snapshotFor(FREE)
    const changes = (flights: JsonObject): JsonObject => ({ 'table-changes': [{ identifier: { namespace: ['scratch'], name: 'notes' }, ...commit(snapshot, null) }, { identifier: { namespace: ['flights'], name: 'flights' }, ...flights }] })
    const before = await Promise.all([FREE, FLIGHTS].map((name) => rig.lake.catalog.find(name)))
    expect((await rig.send('administrator', 'POST /v1/transactions/commit', changes(stale))).status).toBe(409)
    expect(await Promise.all([FREE, FLIGHTS].map((name) => rig.lake.catalog.find(name)))).toEqual(before)
    expect((await rig.send('administrator', 'POST /v1/transactions/commit', changes(properties))).status).toBe(204)
    expect((await Promise.all([FREE, FLIGHTS].map((name) => rig.lake.catalog.find(name)))).map((now, i) => now?.metadataLocation !== before[i]?.metadataLocation)).toEqual([true, true])
  })

  it('makes a table that was staged', async () => {
    const staged = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables', { name: 'made', schema: SCHEMA, 'stage-create': true })
    const { metadata } = JSON.parse(staged.body ?? '') as { metadata: JsonObject }
    const create = {
      requirements: [{ type: 'assert-create' }],
      updates: [
        { action: 'assign-uuid', uuid: metadata['table-uuid'] }, { action: 'upgrade-format-version', 'format-version': 2 }, { action: 'set-location', location: metadata['location'] },
        { action: 'add-schema', schema: SCHEMA }, { action: 'set-current-schema', 'schema-id': -1 }, { action: 'add-spec', spec: { 'spec-id': 0, ...SPEC } }, { action: 'set-default-spec', 'spec-id': -1 },
        { action: 'add-sort-order', 'sort-order': { 'order-id': 0, fields: [] } }, { action: 'set-default-sort-order', 'sort-order-id': -1 },
      ],
    }
    expect((await rig.send('administrator', 'GET /v1/namespaces/scratch/tables/made')).status).toBe(404)
    const made = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/made', create)
    expect((JSON.parse(made.body ?? '') as { metadata: JsonObject }).metadata).toMatchObject({ 'table-uuid': metadata['table-uuid'], location: metadata['location'], 'last-partition-id': 1000 })
    expect((await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/made', create)).status).toBe(409)
  })

  it.each([
    ['outside the table', (list: string) => list.replace(/notes-[^/]*/u, 'others'), /lies outside memory:/u],
    ['that is not there', (list: string) => `${list}x`, /is not there/u],
    ['that is no such file', (list: string) => list.replace(/[^/]*$/u, 'garbage.avro'), /is not a readable Avro file/u],
  ])('of a manifest list %s is refused, and the table is as before', async (_, place, why) => {
    const { snapshot, base } = await rig.snapshotFor(FREE)
    const list = place(String(snapshot['manifest-list']))
    await rig.lake.objects.create(`${valueOf(rig.lake.objects.pathOf(base.location))}/metadata/garbage.avro`, Buffer.from('garbage'))
    const answer = await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', commit({ ...snapshot, 'manifest-list': list }, null))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatch(why)
    expect(await rig.lake.catalog.find(FREE)).toEqual(base.base)
  })

  it.each([
    ['the schema', [{ action: 'add-schema', schema: { type: 'struct', fields: [{ id: 1, name: 'id', required: true, type: 'long' }] } }, { action: 'set-current-schema', 'schema-id': -1 }]],
    ['the partitioning', [{ action: 'add-spec', spec: SPEC }]],
    ['the sort order', [{ action: 'add-sort-order', 'sort-order': { 'order-id': 1, fields: [{ 'source-id': 1, transform: 'identity', direction: 'asc', 'null-order': 'nulls-first' }] } }]],
  ])("to %s of a product's table is refused: the product's folder declares it", async (_, updates) => {
    const answer = await rig.send('administrator', 'POST /v1/namespaces/flights/tables/flights', { requirements: [], updates })
    expect([answer.status, JSON.parse(answer.body ?? '')]).toMatchObject([403, { error: { type: 'ForbiddenException' } }])
  })
})

describe('a table whose branch waits to be published', () => {
  it('is shown with it to those who may write, and to readers as it is published', async () => {
    const { snapshot } = await rig.snapshotFor(FLIGHTS)
    const change = (ref: string, waiting: JsonObject): JsonObject => ({ requirements: [], updates: [{ action: 'add-snapshot', snapshot: waiting }, { action: 'set-snapshot-ref', 'ref-name': ref, type: 'branch', 'snapshot-id': waiting['snapshot-id'] as bigint }] })
    const address = '/v1/namespaces/flights/tables/flights'
    expect((await rig.send('administrator', `POST ${address}`, change('main', snapshot))).status).toBe(200)
    const { snapshot: unaudited } = await rig.snapshotFor(FLIGHTS)
    expect((await rig.send('administrator', `POST ${address}`, change('run-1', unaudited))).status).toBe(200)
    const [writer, reader] = [await rig.send('administrator', `GET ${address}`), await rig.send('reader', `GET ${address}`)]
    const hidden = [String(unaudited['snapshot-id']), 'run-1']
    expect(hidden.map((text) => writer.body?.includes(text))).toEqual([true, true])
    expect(hidden.map((text) => reader.body?.includes(text))).toEqual([false, false])
    expect(reader.body).toContain(`"current-snapshot-id": ${String(snapshot['snapshot-id'])}`)
    // Neither may be answered with what the other has seen.
    expect(reader.headers['etag']).not.toBe(writer.headers['etag'])
    expect((await rig.send('reader', `GET ${address}`, undefined, { ifNoneMatch: writer.headers['etag'] ?? '' })).status).toBe(200)
    expect((await rig.send('reader', `GET ${address}`, undefined, { ifNoneMatch: reader.headers['etag'] ?? '' })).status).toBe(304)
  })
})

describe('what is recorded', () => {
  it('is every load, commit and refusal, with the tables that it touched', async () => {
    await rig.send('reader', 'GET /v1/namespaces/flights/tables/flights')
    await rig.send('reader', 'GET /v1/namespaces/flights/tables/passengers')
    await rig.send('stranger', 'POST /v1/transactions/commit', { 'table-changes': [] })
    await rig.send('administrator', 'POST /v1/tables/rename', rename('notes', 'n2'))
    expect(rig.deeds.map(({ operation, tables, outcome }) => [operation, tables.map((t) => `${t.namespace}.${t.name}`), outcome])).toEqual([
      ['loadTable', ['flights.flights'], 'ok'], ['loadTable', ['flights.passengers'], 'catalog-forbidden'], ['commitTransaction', [], 'ok'], ['renameTable', ['scratch.notes', 'scratch.n2'], 'ok'],
    ])
  })
})

describe('a hostile request', () => {
  const HOSTILE = ['%00', '%1F', '..', '%2e%2e', 'a%2Fb', "'", '%22', '*', 'a.b', '%E2%80%AEx', 'a%20b', '%25%32%66', 'x'.repeat(64), 'a%CC%81']
  it.each(HOSTILE)('with the name %s is refused everywhere, and opens no file', async (name) => {
    const objects = memoryObjects()
    const read: string[] = []
    const guarded = await openRig({ objects: { ...objects, read: (address) => (read.push(address), objects.read(address)) } })
    read.length = 0
    for (const path of [`/v1/namespaces/${name}`, `/v1/namespaces/flights/tables/${name}`, `/v1/namespaces/${name}/tables/x`, `/v1/namespaces/scratch/views/${name}`]) {
      expect([400, 404]).toContain((await guarded.send('administrator', `GET ${path}`)).status)
    }
    expect(read).toEqual([])
  })

  it.each(['GET /v1/CONFIG', 'GET //v1/config', 'GET /v1/config/', 'GET /v1/config;x', 'GET /v1/../v1/config', 'GET /v1%2fconfig', 'GET /v1/./config', 'PUT /v1/config', 'GET /v1/namespaces//tables'])('%s is no endpoint', async (request) => {
    expect((await rig.send('administrator', request)).status).toBe(404)
  })

  it.each(['', '{', '[]', 'null', '{"requirements":[],"updates":[],"updates":[{}]}', `{"requirements":${'['.repeat(50_000)}`])('with the body %.20s is refused', async (body) => {
    expect((await rig.send('administrator', 'POST /v1/namespaces/scratch/tables/notes', body)).status).toBe(400)
  })
})

type Document = { readonly paths: Record<string, Record<string, { operationId?: string; responses: Record<string, Described> }>>; readonly components: { readonly responses: Record<string, Described> } }
interface Described { readonly $ref?: string; readonly content?: { readonly 'application/json': { readonly schema: object } } }
const document = present ? (parse(readFileSync(FILE, 'utf8')) as Document) : undefined
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
if (document !== undefined) ajv.addSchema(document, 'api')

function documented(): readonly (readonly [string, string])[] {
  return Object.entries(document?.paths ?? {}).flatMap(([path, item]) => Object.keys(item).map((method) => [method.toUpperCase(), path] as const))
}

/** What of an answer is not as the description of its operation says. */
function problemsOf(operationId: string, { status, body }: CatalogAnswer): string[] {
  const found = Object.values(document?.paths ?? {}).flatMap((item) => Object.values(item)).find((operation) => operation.operationId === operationId)
  const described = found?.responses[status] ?? (status >= 500 ? found?.responses['5XX'] : undefined)
  if (described === undefined) return [`${operationId} does not answer ${status}`]
  const response = described.$ref === undefined ? described : document?.components.responses[described.$ref.split('/').at(-1) ?? '']
  const schema = response?.content?.['application/json'].schema
  if (schema === undefined || body === undefined) return schema === undefined && body !== undefined ? ['a body that is not described'] : []
  const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object)
  return validate(JSON.parse(body)) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`)
}

// The Iceberg catalogue of a running Tulle: who sees what, what a commit from outside does, and who does not get in.

import { request } from 'node:http'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { API_ROOT } from '@tulle/api'
import { listEntries } from '@tulle/audit'
import { restCatalog } from '@tulle/catalog'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { commitWithRetry, createTable, loadTable, openLake, stageAppend } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { loadOverHttp, objectsOf, readFiles } from './testing-part.ts'
import type { LoadedTable } from './testing-part.ts'
import { GOOD_ORDERS, ORDERS_CONTRACT, ORDERS_CSV, shopMesh } from './testing-mesh.ts'

let tulle: TestTulle
let mesh: string

beforeAll(async () => {
  mesh = shopMesh()
  tulle = await startTulle({ mesh })
}, 120_000)

afterAll(async () => {
  await tulle?.stop()
  rmSync(mesh, { recursive: true, force: true })
})

interface Answer { readonly status: number; readonly body: string; readonly etag: string | null }

async function call(who: string | undefined, method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const authorization = who === undefined ? {} : { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}` }
  const response = await fetch(`${tulle.url}/iceberg/v1/${path}`, { method, headers: { ...authorization, ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
  return { status: response.status, body: await response.text(), etag: response.headers.get('etag') }
}

const listed = async (who: string, what = 'namespaces'): Promise<unknown> => Object.values(JSON.parse((await call(who, 'GET', what)).body) as Record<string, unknown>)[0]
const typeOf = ({ body }: Answer): string => (JSON.parse(body) as { error: { type: string } }).error.type
const api = (who: string, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${tulle.url}${API_ROOT}${path}`, { method, headers: { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}`, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
const auditLines = async (): Promise<readonly { port: string; subject: string; decision: string; outcome: string; purpose: string | null; reads: { product: string; dataSet: string }[]; reasons: string[] }[]> =>
  (await listEntries(join(tulle.home, 'audit'), { kind: 'line', limit: 1000 })).entries.map(({ body }) => body as never)

describe('a table of a product', () => {
  it('is there for whoever may read it, and for nobody else', async () => {
    expect(await Promise.all(['ana', 'bo', 'dora', 'ada'].map((who) => listed(who)))).toEqual([[['orders'], ['totals']], [], [['orders'], ['totals']], []])
    expect((await call('ana', 'GET', 'namespaces/orders/tables/orders')).status).toBe(200)
    const missing = await call('bo', 'GET', 'namespaces/orders/tables/orders')
    expect([missing.status, typeOf(missing)]).toEqual([404, 'NoSuchTableException'])
  })

  it('is not loaded for a purpose that was not granted', async () => {
    expect((await call('ana', 'GET', 'namespaces/orders/tables/orders', undefined, { 'x-tulle-purpose': 'marketing' })).status).toBe(404)
    expect((await call('ana', 'GET', 'namespaces/orders/tables/orders', undefined, { 'x-tulle-purpose': 'reporting' })).status).toBe(200)
  })

  it('answers nothing anew to whoever has it already', async () => {
    const { etag } = await call('ana', 'GET', 'namespaces/orders/tables/orders')
    expect(await call('ana', 'GET', 'namespaces/orders/tables/orders', undefined, { 'if-none-match': etag ?? '' })).toMatchObject({ status: 304, body: '' })
  })

  it('takes commits of its own team alone, and what they publish starts its readers', async () => {
    const { metadata } = JSON.parse((await call('dora', 'GET', 'namespaces/orders/tables/orders')).body.replace(/("(?:current-)?snapshot-id": )(\d+)/gu, '$1"$2"')) as { metadata: { 'current-snapshot-id': string } }
    // The same snapshot again as a tag: a commit that needs no file.
    const commit = (name: string): string => `{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":${metadata['current-snapshot-id']}}],"updates":[{"action":"set-snapshot-ref","ref-name":"${name}","type":"tag","snapshot-id":${metadata['current-snapshot-id']}}]}`
    const send = (who: string, body: string): Promise<Response> => fetch(`${tulle.url}/iceberg/v1/namespaces/orders/tables/orders`, { method: 'POST', headers: { authorization: `Basic ${btoa(`${who}:${tulle.secret(who)}`)}`, 'content-type': 'application/json' }, body })
    expect([(await send('ana', commit('a'))).status, (await send('dora', commit('kept'))).status]).toEqual([403, 200])
    expect((await call('ana', 'GET', 'namespaces/orders/tables/orders')).body).toContain('"kept"')
  })

  it('cannot be dropped, renamed or joined by others from here', async () => {
    for (const [method, path, body] of [
      ['DELETE', 'namespaces/orders/tables/orders?purgeRequested=true', undefined],
      ['POST', 'tables/rename', { source: { namespace: ['orders'], name: 'orders' }, destination: { namespace: ['orders'], name: 'gone' } }],
      ['POST', 'namespaces/orders/tables', { name: 'more', schema: { type: 'struct', fields: [{ id: 1, name: 'a', required: false, type: 'int' }] } }],
    ] as const) {
      expect((await call('dora', method, path, body)).status).toBe(403)
    }
  })
})

describe('a table for whoever may read a part', () => {
  const NAME = ['orders', 'orders'] as const
  const basic = (who: string): string => `Basic ${btoa(`${who}:${tulle.secret(who)}`)}`
  const load = async (who: string): Promise<LoadedTable> => {
    const loaded = await loadOverHttp(tulle.url, basic(who), NAME)
    if (!('metadata' in loaded)) throw new Error(loaded.text)
    return loaded
  }
  const grant = async (who: string, columns: readonly string[]): Promise<string> => {
    const given = await api('olga', 'POST', '/grants', { subjectKind: 'user', subject: who, product: 'orders', dataSet: 'orders', columns, purposes: ['reporting'] })
    expect(given.status).toBe(201)
    return ((await given.json()) as { id: string }).id
  }
  const revoke = (id: string): Promise<Response> => api('olga', 'DELETE', `/grants/${id}`)
  const files = async (loaded: LoadedTable, snapshot?: string) => valueOf(await readFiles(loaded, tulle.home, snapshot))
  /** The columns that the file itself holds, and whether it holds a value. */
  const holds = (bytes: Buffer, text: string): boolean => bytes.includes(text)
  /** What an address of the bucket gives under these credentials: `given`, `denied`, or a code. */
  const fetched = async (loaded: LoadedTable, address: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const objects = await objectsOf({ config: { ...loaded.config, ...more } }, tulle.home)
    const read = await objects.read(address)
    if (read.ok) return 'given'
    const [first] = read.diagnostics
    return first?.code === 'object-unreadable' && /permission is denied|secret key is not accepted|session token is not accepted|access key is not known/u.test(first.message) ? 'denied' : (first?.code ?? 'nothing')
  }

  it('is made of what they may read, and says nothing of anything else', async () => {
    const id = await grant('bo', ['id'])
    const [part, whole] = [await load('bo'), await load('ana')]
    const [file] = await files(part)
    expect([file?.rows, part.metadata.schemas]).toEqual([3, [{ schemaId: 0, fields: [{ id: 1, name: 'id', required: false, type: 'long' }] }]])
    expect(['customer', 'Ada'].map((text) => holds(file?.bytes ?? Buffer.alloc(0), text))).toEqual([false, false])
    // Control: the table's own metadata names all of these.
    const { uuid, location, properties } = whole.metadata
    const own = ['customer', 'amount', 'total-records', 'file://', uuid, location, ...Object.keys(properties), ...Object.values(whole.metadata.snapshots.at(-1)?.summary ?? {}).filter((text) => text.length > 6 && text !== 'overwrite').map((text) => JSON.stringify(text).slice(1, -1))]
    expect(own.filter((text) => !whole.text.includes(text) || part.text.includes(text))).toEqual([])
    await revoke(id)
    expect((await call('bo', 'GET', 'namespaces/orders/tables/orders')).status).toBe(404)
  })

  it('has every snapshot that was published, by its own id', async () => {
    const id = await grant('bo', ['id', 'customer'])
    const [part, whole] = [await load('bo'), await load('ana')]
    expect(part.metadata.snapshots.map((one) => one.id)).toEqual(whole.metadata.snapshots.map((one) => one.id))
    for (const { id: snapshot } of part.metadata.snapshots) expect((await files(part, snapshot)).map(({ rows }) => rows)).toEqual([3])
    await revoke(id)
  })

  it('is not written', async () => {
    const id = await grant('bo', ['id'])
    const { status, body } = await call('bo', 'POST', 'namespaces/orders/tables/orders', { requirements: [], updates: [] })
    expect([status, body]).toEqual([403, expect.stringContaining('only in part')])
    await revoke(id)
  })

  it("gives nobody another one's files, none of the table itself, and none under other credentials", async () => {
    const ids = [await grant('bo', ['id']), await grant('ada', ['id', 'amount'])]
    const [bo, ada, whole] = [await load('bo'), await load('ada'), await load('ana')]
    const [[bos], [adas]] = [await files(bo), await files(ada)]
    const mine = bos?.address ?? ''
    // Control: each has their own, and shares it with whoever is decided alike.
    expect([await fetched(bo, mine), await fetched(ada, adas?.address ?? ''), await fetched(bo, bo.metadataLocation)]).toEqual(['given', 'given', 'given'])
    expect(await fetched(bo, adas?.address ?? '')).toBe('denied')
    expect(await fetched(bo, ada.metadataLocation)).toBe('denied')
    const inWarehouse = whole.metadataLocation.replace(/^.*\/warehouse\//u, '')
    for (const guess of [inWarehouse, inWarehouse.replace(/^[^/]*\//u, mine.replace('s3://tulle-tables/', '').replace(/\/.*/u, '/'))]) expect(await fetched(bo, `s3://tulle-tables/${guess}`)).toBe('object-missing')
    expect(await fetched(bo, mine.replace(/-[0-9a-f]+\.parquet$/u, `-${'0'.repeat(32)}.parquet`))).toBe('object-missing')
    expect(await fetched(bo, mine, { 's3.secret-access-key': ada.config['s3.secret-access-key'] ?? '' })).toBe('denied')
    expect(await fetched(bo, mine, { 's3.session-token': ada.config['s3.session-token'] ?? '' })).toBe('denied')
    expect((await fetch(mine.replace('s3:/', tulle.url))).status).toBe(403)
    for (const id of ids) await revoke(id)
  })

  it('is over with the right, in a table that is loaded already, and begins anew with another one', async () => {
    const wide = await grant('bo', ['id', 'customer'])
    const before = await load('bo')
    const [file] = await files(before)
    expect([holds(file?.bytes ?? Buffer.alloc(0), 'Ada'), await fetched(before, file?.address ?? '')]).toEqual([true, 'given'])
    await revoke(wide)
    expect([await fetched(before, file?.address ?? ''), await fetched(before, before.metadataLocation)]).toEqual(['denied', 'denied'])
    const narrow = await grant('bo', ['id'])
    expect([await fetched(before, file?.address ?? ''), await fetched(before, before.metadataLocation)]).toEqual(['denied', 'denied'])
    const [now] = await files(await load('bo'))
    expect(holds(now?.bytes ?? Buffer.alloc(0), 'Ada')).toBe(false)
    await revoke(narrow)
  })
})

describe('what belongs to no product', () => {
  it('is made, seen and dropped by administrators alone', async () => {
    const schema = { type: 'struct', fields: [{ id: 1, name: 'a', required: false, type: 'int' }] }
    expect((await call('dora', 'POST', 'namespaces', { namespace: ['lab'] })).status).toBe(403)
    expect((await call('ada', 'POST', 'namespaces', { namespace: ['lab'], properties: { owner: 'ada' } })).status).toBe(200)
    const made = await call('ada', 'POST', 'namespaces/lab/tables', { name: 'notes', schema })
    expect(made.status).toBe(200)
    expect(made.body).toContain(`file://${tulle.home}/warehouse/free/lab/notes-`)
    expect((await call('dora', 'GET', 'namespaces/lab/tables/notes')).status).toBe(404)
    expect(await listed('dora')).toEqual([['orders'], ['totals']])
    expect((await call('ada', 'POST', 'tables/rename', { source: { namespace: ['lab'], name: 'notes' }, destination: { namespace: ['lab'], name: 'a' } })).status).toBe(204)
    expect((await call('ada', 'DELETE', 'namespaces/lab')).status).toBe(409)
    expect((await call('ada', 'DELETE', 'namespaces/lab/tables/a?purgeRequested=true')).status).toBe(204)
    expect((await call('ada', 'DELETE', 'namespaces/lab')).status).toBe(204)
  })

  it("never leads to a product's files", async () => {
    await call('ada', 'POST', 'namespaces', { namespace: ['spy'] })
    const { 'metadata-location': location } = JSON.parse((await call('ana', 'GET', 'namespaces/orders/tables/orders')).body) as { 'metadata-location': string }
    const registered = await call('ada', 'POST', 'namespaces/spy/register', { name: 'copy', 'metadata-location': location })
    expect([registered.status, typeOf(registered)]).toEqual([400, 'BadRequestException'])
    const made = await call('ada', 'POST', 'namespaces/spy/tables', { name: 'copy', location: location.replace(/\/metadata\/.*/u, ''), schema: { type: 'struct', fields: [{ id: 1, name: 'a', required: false, type: 'int' }] } })
    expect(made.status).toBe(400)
  })
})

describe('another Tulle', () => {
  it('may keep its tables here', async () => {
    const objects = localObjects(join(tulle.home, 'warehouse'))
    const lake = openLake({ catalog: restCatalog({ uri: `${tulle.url}/iceberg`, warehouse: 'tulle', credential: `ada:${tulle.secret('ada')}`, objects }), objects })
    const name = { namespace: 'other.mesh', name: 'orders' }
    valueOf(await createTable(lake, { name, folder: 'free/other', columns: [{ name: 'id', type: 'long' }] }))
    const append = async (): Promise<void> => void valueOf(await commitWithRetry(lake, async () => {
      const table = await loadTable(lake, name)
      const staged = table.ok ? await stageAppend(lake, table.value, { files: [] }) : table
      return staged.ok ? ok([staged.value]) : staged
    }))
    await Promise.all(Array.from({ length: 6 }, append))
    expect(valueOf(await loadTable(lake, name)).snapshots).toHaveLength(6)
    expect(await lake.catalog.list('other.mesh')).toEqual([name])
  })
})

describe('signing in', () => {
  const token = async (form: Record<string, string>): Promise<{ status: number; body: { access_token?: string; error?: string } }> => {
    const response = await fetch(`${tulle.url}/iceberg/v1/oauth/tokens`, { method: 'POST', body: new URLSearchParams({ grant_type: 'client_credentials', ...form }) })
    return { status: response.status, body: (await response.json()) as never }
  }

  it('gives a token for a name and a password, and takes a token for a password', async () => {
    const given = await token({ client_id: 'ana', client_secret: tulle.secret('ana') })
    expect(given.status).toBe(200)
    const again = await token({ client_id: 'ana', client_secret: given.body.access_token ?? '' })
    expect(again.body.access_token).toBe(given.body.access_token)
    expect((await call(undefined, 'GET', 'namespaces', undefined, { authorization: `Bearer ${given.body.access_token}` })).status).toBe(200)
    expect(await token({ client_id: 'bo', client_secret: given.body.access_token ?? '' })).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  })

  // Paths as they are, since a client of the platform would tidy them up.
  const raw = (path: string): Promise<number> => new Promise((done, fail) => {
    const { hostname, port } = new URL(tulle.url)
    request({ host: hostname, port, path, method: 'GET' }, (response) => done(response.resume().statusCode ?? 0)).on('error', fail).end()
  })

  it.each([
    '/iceberg/v1/config', '/iceberg/v1/config;v1%2foauth%2ftokens', '/iceberg/v1/oauth/tokens', '/iceberg//v1/config', '/iceberg/v1/oauth/tokens/../../config', '/iceberg/v1%2fconfig', '/iceberg/V1/CONFIG', '/iceberg/v1/config.',
    '/iceberg/v1/%6eamespaces', '/iceberg/v1/namespaces/orders/tables/orders', '/iceberg/', '/iceberg/v1/%252e%252e/config', '/iceberg/v1/config?x=/v1/oauth/tokens',
  ])('is asked of a stranger at %s', async (path) => {
    expect(await raw(path)).toBe(401)
  })
})

describe('a table whose files hold columns that its contract does not name', () => {
  it('is loaded without them', async () => {
    const edit = (path: string, before: string, after: string): void => {
      const file = join(tulle.checkout, 'examples/skyline', path)
      writeFileSync(file, readFileSync(file, 'utf8').replace(before, after))
    }
    edit(ORDERS_CONTRACT, 'schema:', 'customProperties: [{ property: schemaDrift, value: evolve }]\nschema:')
    expect(tulle.sh('npx tulle apply examples/skyline --as ada --yes').status).toBe(0)
    expect((await call('ana', 'GET', 'namespaces/orders/tables/orders')).status).toBe(200)
    edit(ORDERS_CSV, GOOD_ORDERS, 'id,customer,amount,card\n1,Ada,12.50,4111\n')
    expect(tulle.sh('npx tulle run orders --wait --as ada')).toMatchObject({ status: 0 })
    const part = await loadOverHttp(tulle.url, `Basic ${btoa(`ana:${tulle.secret('ana')}`)}`, ['orders', 'orders'])
    if (!('metadata' in part)) throw new Error(part.text)
    const [file] = valueOf(await readFiles(part, tulle.home))
    expect([part.text.includes('card'), file?.bytes.includes('4111'), file?.bytes.includes('Ada')]).toEqual([false, false, true])
    expect(tulle.sh("npx tulle sql 'select * from orders.orders' --as ana").stdout).not.toContain('4111')
  }, 120_000)
})

describe('the audit', () => {
  it('holds loads, commits and refusals of the catalogue, with purpose and reason', async () => {
    const lines = (await auditLines()).filter((line) => line.port === 'iceberg')
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'ana', decision: 'allow', outcome: 'ok', purpose: 'reporting', reads: [expect.objectContaining({ product: 'orders', dataSet: 'orders', columns: ['id', 'customer', 'amount'] })], reasons: ['loadTable'] }))
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'bo', decision: 'deny', outcome: 'table-not-there' }))
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'dora', decision: 'allow', reasons: ['updateTable'] }))
    expect(lines).toContainEqual(expect.objectContaining({ subject: 'ada', decision: 'deny', outcome: 'location-refused' }))
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}

// The client as an adapter of the lake's catalogue, on our own server; and as the store of a lake, when replies are lost.

import { beforeAll, describe, expect, it } from 'vitest'
import { commit, commitWithRetry, createTable, dropTable, loadTable, memoryCatalog, openLake, printMetadata, readMetadataFile, stageAppend, stageRef, stageSchema } from '@tulle/lake'
import type { Lake, Pointer, Table, TableName } from '@tulle/lake'
import { describeCatalog, uuidOf } from '@tulle/lake/testing'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { memoryObjects } from '@tulle/objects'
import type { Exchange } from '@tulle/objects'
import { memoryNamespaces } from '../memory-namespaces.ts'
import { exchangeInProcess, IN_PROCESS, replyOf } from '../testing/in-process.ts'
import { valueOf } from '../testing/rig.ts'
import { restCatalog } from './rest-catalog.ts'
import { tableDifference } from './table-difference.ts'

const objects = memoryObjects()
const room = (catalog = memoryCatalog()) => ({ lake: openLake({ catalog, objects }), views: memoryCatalog(), namespaces: memoryNamespaces(), warehouse: 'other' })

const reader = openLake({ catalog: memoryCatalog(), objects })
const NAMES = ['a_b', 'A', '_', 'ä', 'a-b']
const TABLES: readonly TableName[] = [['flights', 'flights'], ['flights', 'delays'], ['weather', 'stations'], ...NAMES.map((odd) => [odd, odd])].map(([namespace = '', name = '']) => ({ namespace, name }))
const VERSIONS = [...Array.from({ length: 41 }, (_, i) => i), 100]
const pointers = new Map<string, Pointer>()
const keyOf = ({ namespace, name }: TableName, version: number): string => `${namespace}/${name}/${version}`

/** A table that has every version's snapshot; a version is where main stands. So every version may follow every other one. */
async function writeVersions(name: TableName): Promise<void> {
  let first = true
  const random = openLake({ catalog: memoryCatalog(), objects }).ids
  const uuid = (): string => {
    if (!first) return random.uuid()
    first = false
    return uuidOf(name)
  }
  const lake = openLake({ catalog: memoryCatalog(), objects, ids: { ...random, uuid } })
  let table: Table = valueOf(await createTable(lake, { name, folder: `free/${name.namespace}`, columns: [{ name: 'id', type: 'long' }] }))
  for (const _ of VERSIONS) table = valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [] }))]))[0] as Table
  for (const [i, version] of VERSIONS.entries()) {
    const snapshotId = table.snapshots[i]?.id as string
    const text = printMetadata({ ...table.metadata, currentSnapshotId: snapshotId, refs: { main: { snapshotId, type: 'branch' } } })
    const metadataLocation = valueOf(await objects.create(`${valueOf(objects.pathOf(table.location))}/metadata/version-${version}.metadata.json`, Buffer.from(text)))
    pointers.set(keyOf(name, version), { uuid: uuidOf(name), metadataLocation })
  }
}

beforeAll(async () => {
  for (const name of TABLES) await writeVersions(name)
})

describeCatalog('Our own REST catalogue', async () => ({ catalog: restCatalog({ ...IN_PROCESS, objects, exchange: exchangeInProcess(room()) }), close: async () => undefined }), {
  names: NAMES,
  versionOf: async ({ metadataLocation }) => {
    const metadata = valueOf(await readMetadataFile(reader, metadataLocation))
    return VERSIONS[metadata.snapshots.findIndex((snapshot) => snapshot.id === metadata.currentSnapshotId)] ?? -1
  },
  at: (table, version) => pointers.get(keyOf(table, version)) ?? { uuid: uuidOf(table), metadataLocation: `${keyOf(table, version)} was not written` },
})

describe('a lake whose catalogue is elsewhere', () => {
  const name = { namespace: 'shop.orders', name: 'orders' }
  const columns = [{ name: 'id', type: 'long' }]
  const lakeOn = (exchange: Exchange, more: object = {}): Lake => openLake({ catalog: restCatalog({ ...IN_PROCESS, objects, exchange, ...more }), objects })
  const append = async (lake: Lake): Promise<Result<readonly Table[]>> => commitWithRetry(lake, async () => {
    const table = await loadTable(lake, name)
    if (!table.ok) return table
    const path = await objects.create(`${valueOf(objects.pathOf(table.value.location))}/data/${lake.ids.uuid()}.parquet`, Buffer.from('x'))
    if (!path.ok) return path
    const staged = await stageAppend(lake, table.value, { files: [{ path: path.value, rows: 1, bytes: 1 }] })
    return staged.ok ? ok([staged.value]) : staged
  })
  const rowsOf = ({ currentSnapshot }: Table): string | undefined => currentSnapshot?.summary['total-records']

  it('makes a table, changes it and gives it up', async () => {
    const lake = lakeOn(exchangeInProcess(room()))
    let table = valueOf(await createTable(lake, { name, folder: 'free/shop', columns }))
    table = valueOf(await append(lake))[0] as Table
    table = valueOf(await commit(lake, [valueOf(await stageSchema(lake, table, [...columns, { name: 'note', type: 'string' }])) as never]))[0] as Table
    table = valueOf(await commit(lake, [valueOf(await stageRef(lake, table, 'kept', { snapshotId: table.currentSnapshot?.id ?? '', type: 'tag' }))]))[0] as Table
    const loaded = valueOf(await loadTable(lake, name))
    expect([rowsOf(loaded), loaded.schema.fields.map((f) => f.name), Object.keys(loaded.metadata.refs)]).toEqual(['1', ['id', 'note'], ['main', 'kept']])
    expect(await lake.catalog.list()).toEqual([name])
    valueOf(await dropTable(lake, name))
    expect(await lake.catalog.find(name)).toBeUndefined()
  })

  it('takes up what another writer committed there', async () => {
    const shared = room()
    const [mine, others] = [lakeOn(exchangeInProcess(shared)), lakeOn(exchangeInProcess(shared))]
    valueOf(await createTable(mine, { name, folder: 'free/turns', columns }))
    for (const lake of [mine, others, others, mine]) valueOf(await append(lake))
    await Promise.all([mine, others].flatMap((lake) => [lake, lake, lake]).map(async (lake) => valueOf(await append(lake))))
    expect(rowsOf(valueOf(await loadTable(mine, name)))).toBe('10')
  })

  it('loses nothing and does nothing twice where replies are lost after the commit', async () => {
    const through = exchangeInProcess(room())
    let sent = 0
    const lossy: Exchange = async (request) => {
      const reply = await through(request)
      if (request.method !== 'POST' || !request.url.href.includes('/tables/') || (sent += 1) % 2 === 0) return reply
      throw new TypeError('the connection broke')
    }
    const lake = lakeOn(lossy)
    valueOf(await createTable(lake, { name, folder: 'free/lossy', columns }))
    for (let i = 0; i < 6; i += 1) valueOf(await append(lake))
    const table = valueOf(await loadTable(lake, name))
    expect([rowsOf(table), table.snapshots.length]).toEqual(['6', 6])
  })

  it('signs in again where its token grew old, and asks again where the other side is out of breath', async () => {
    const through = exchangeInProcess(room())
    const clock = fakeClock()
    let [sent, asked] = [0, 0]
    const tired: Exchange = async (request) => {
      if (request.url.href.endsWith('/tokens')) asked += 1
      sent += 1
      if (sent === 4) return replyOf(503, '')
      if (sent === 6) return replyOf(401, '')
      return through(request)
    }
    const lake = lakeOn(tired, { clock: { ...clock, sleep: async () => undefined } })
    for (let i = 0; i < 4; i += 1) expect(await lake.catalog.list()).toEqual([])
    expect(asked).toBe(2)
  })

  it.each([
    ['no JSON', () => replyOf(200, '<html>')],
    ['a table without a place', () => replyOf(200, '{"metadata":{"table-uuid":"u"}}')],
    ['a server in trouble', () => replyOf(500, '{"error":{"message":"No space left","type":"X","code":500}}')],
    ['a redirect', () => ({ ...replyOf(302, ''), headers: { location: 'http://169.254.169.254/' } })],
  ])('throws, and believes nothing, on %s', async (_, reply) => {
    const through = exchangeInProcess(room())
    const catalog = restCatalog({ ...IN_PROCESS, objects, clock: { ...fakeClock(), sleep: async () => undefined }, exchange: async (request) => (request.url.href.includes('/tables/') ? reply() : through(request)) })
    await expect(catalog.find(name)).rejects.toThrow()
  })
})

describe('a catalogue of a stranger', () => {
  const name = { namespace: 'shop', name: 'orders' }
  const asked = (answer: (path: string) => ReturnType<typeof replyOf>) => {
    let sent = 0
    const catalog = restCatalog({
      uri: IN_PROCESS.uri, token: 'let-me-in', objects, clock: { ...fakeClock(), sleep: async () => undefined },
      exchange: async ({ url }) => {
        sent += 1
        return url.pathname.endsWith('/config') ? replyOf(200, '{"defaults":{},"overrides":{}}') : answer(url.href)
      },
    })
    return { catalog, sent: () => sent }
  }

  it('is asked once for an answer that is too large', async () => {
    const { catalog, sent } = asked(() => ({ ...replyOf(200, '{}'), headers: { 'content-length': String(2 ** 40) } }))
    await expect(catalog.find(name)).rejects.toThrow('the answer is larger than 268435456 bytes')
    expect(sent()).toBe(2)
  })

  it('does not make a list of its tables that never ends', async () => {
    let page = 0
    const { catalog } = asked(() => replyOf(200, `{"identifiers":[],"next-page-token":"${(page += 1)}"}`))
    await expect(catalog.list('shop')).rejects.toThrow('more than 1000 pages')
  })

  it('is not quoted with what it was sent', async () => {
    const { catalog } = asked(() => replyOf(403, '{"error":{"message":"You sent Bearer let-me-in.","type":"X","code":403}}'))
    await expect(catalog.find(name)).rejects.toThrow('(403): You sent Bearer ….')
  })
})

describe('a difference', () => {
  it('of a table and itself is no update, held to main', async () => {
    const metadata = valueOf(await readMetadataFile(reader, pointers.get(keyOf(TABLES[0] as TableName, 3))?.metadataLocation ?? ''))
    const { requirements, updates } = tableDifference(metadata, metadata)
    expect([requirements.map((one) => one['type']), updates]).toEqual([['assert-table-uuid', 'assert-ref-snapshot-id'], []])
  })
})

// Products that read tables of another platform, over HTTP, and what becomes of them where that platform does not mean well.

import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { commit, expireSnapshots, stageRef } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import type { Comparison } from './compare.ts'
import { publicLookup } from './public-lookup.ts'
import { foreignPlatform, ORDERS, SECRET } from './testing/foreign-platform.ts'
import type { ForeignPlatform } from './testing/foreign-platform.ts'
import { pipelineRig, valueOf } from './testing/pipeline-rig.ts'
import type { PipelineRig } from './testing/pipeline-rig.ts'
import type { ForeignCatalogues } from './types.ts'

let rig: PipelineRig
let other: ForeignPlatform
let allowed: ForeignCatalogues
beforeAll(async () => {
  rig = await pipelineRig()
  other = await foreignPlatform(rig.folder, rig.engine)
  allowed = { hosts: new Set([other.host]), storage: [localObjects(join(rig.folder, 'nowhere')), other.storage], secret: (name) => (name === 'LAKEHOUSE' ? SECRET : undefined) }
  await other.append("SELECT * FROM (VALUES (1::bigint, 'north', 1.5::double), (2, 'south', 2.5), (3, 'north', NULL), (4, NULL, 4.5)) AS v(id, region, amount)")
  await other.delete([3])
})
afterAll(async () => {
  await other[Symbol.asyncDispose]()
  await rig[Symbol.asyncDispose]()
})
beforeEach(async () => {
  other.answer = undefined
  other.asked.length = 0
  await rig.open({ foreign: allowed })
})

const MODEL = "select region, count(*) as orders from {{ source('orders') }} where region is not null group by region"
const apply = (port: Readonly<Record<string, unknown>> = {}): Promise<void> => rig.apply({
  shop: {
    tables: { orders: { uri: other.uri, warehouse: 'prod', namespace: 'sales.eu', table: 'orders', secret: 'LAKEHOUSE', ...port } },
    files: { regions: 'data/regions.csv' },
    dataSets: {
      copied: { from: 'orders', columns: { id: 'long!*', amount: 'double' } },
      counted: { columns: { region: 'string', orders: 'long' }, model: MODEL },
      names: { columns: { region: 'string', orders: 'long' }, model: "select r.region, count(o.id) as orders from {{ source('regions') }} r left join {{ source('orders') }} o on o.region = r.region group by 1" },
    },
  },
})
const failed = async (): Promise<readonly string[]> => {
  const run = await rig.run('shop')
  expect(run.status).toBe('failed')
  return run.diagnostics.map(({ code, message }) => `${code}: ${message}`)
}
const ids = async (): Promise<readonly unknown[]> => rig.rows('shop.copied', 'SELECT id FROM shop.copied ORDER BY id')

describe('a product that reads a table of another platform', () => {
  beforeAll(async () => {
    await rig.write({ 'data/regions.csv': 'region\nnorth\nwest\n' })
    await rig.open({ foreign: allowed })
    await apply()
  })

  it('has its rows, without those that were deleted there, straight and by models', async () => {
    expect(await rig.run('shop')).toMatchObject({ status: 'succeeded', diagnostics: [] })
    expect(await rig.rows('shop.copied', 'SELECT * FROM shop.copied ORDER BY id')).toEqual([{ id: 1, amount: 1.5 }, { id: 2, amount: 2.5 }, { id: 4, amount: 4.5 }])
    expect(await rig.rows('shop.counted', 'SELECT * FROM shop.counted ORDER BY region')).toEqual([{ region: 'north', orders: 1 }, { region: 'south', orders: 1 }])
    expect(await rig.rows('shop.names', 'SELECT * FROM shop.names ORDER BY region')).toEqual([{ region: 'north', orders: 1 }, { region: 'west', orders: 0 }])
  })

  it('names the snapshot that it read, is not run again for the same one, and is for the next', async () => {
    const inputs = async (): Promise<unknown> => JSON.parse((await rig.table('shop.copied')).currentSnapshot?.summary['tulle.inputs'] ?? '{}')
    expect(await inputs()).toMatchObject({ 'iceberg:sales.eu.orders': (await other.table()).currentSnapshot?.id })
    const again = await rig.run('shop')
    expect((await rig.steps(again.runId))[0]).toMatchObject({ status: 'skipped' })
    const next = await other.append("SELECT 5::bigint AS id, 'west' AS region, 5.5::double AS amount")
    await rig.run('shop')
    expect([await ids(), await inputs()]).toMatchObject([[{ id: 1 }, { id: 2 }, { id: 4 }, { id: 5 }], { 'iceberg:sales.eu.orders': next.currentSnapshot?.id }])
  })

  it('is built again from the snapshot of then, and told where the other platform has let it expire', async () => {
    const [snapshot, was] = [(await rig.table('shop.copied')).currentSnapshot?.id ?? '', (await other.table()).currentSnapshot?.id ?? '']
    await other.append("SELECT 6::bigint AS id, 'west' AS region, 6.5::double AS amount")
    const reproduce = async () => {
      const live = await rig.open({ foreign: allowed })
      const { runId } = valueOf(await live.reproduce('shop', { snapshot, requestedBy: 'ana' }))
      return valueOf(await live.wait(runId))
    }
    const same = await reproduce()
    const step = await rig.store.db.selectFrom('run_step').select('output').where('run_id', '=', same.runId).where('name', '=', 'compare').executeTakeFirstOrThrow()
    expect([same.status, (step.output as unknown as { identical: boolean; dataSets: readonly Comparison[] }).identical]).toEqual(['succeeded', true])

    valueOf(await commit(other.lake, [valueOf(await stageRef(other.lake, await other.table(), 'kept', { snapshotId: (await other.table()).snapshots[0]?.id ?? '', type: 'tag' }))]))
    valueOf(await expireSnapshots(other.lake, ORDERS, { maxAge: 0, minToKeep: 1, grace: 0 }))
    expect((await reproduce()).diagnostics.map((one) => `${one.code}: ${one.message}`)).toEqual([`foreign-snapshot-gone: shop.orders reads sales.eu.orders at snapshot ${was}, which its catalogue does not have any more.`])
  })

  it('reads the tag or the snapshot that it names', async () => {
    await apply({ ref: 'kept' })
    await rig.run('shop')
    expect(await ids()).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }])
    await apply({ snapshot: (await other.table()).currentSnapshot?.id })
    await rig.run('shop')
    expect(await ids()).toHaveLength(5)
  })
})

const sends = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) => (path: string, response: ServerResponse): boolean => {
  if (!path.includes('/tables/')) return false
  response.writeHead(status, headers).end(body)
  return true
}
const metadataAt = (address: string): string => JSON.stringify({ 'metadata-location': address, metadata: { 'table-uuid': '11111111-1111-4111-8111-111111111111' } })

describe('the last good version stays where', () => {
  let before: string | undefined
  beforeAll(async () => {
    await rig.open({ foreign: allowed })
    await apply()
    await rig.run('shop')
    before = (await rig.table('shop.copied')).metadataLocation
  })

  it.each<[string, Readonly<Record<string, unknown>>, Partial<ForeignCatalogues>, string]>([
    ['the table is unknown', { table: 'order' }, {}, 'foreign-table-unreadable: shop.orders cannot read sales.eu.order: its catalogue has no such table'],
    ['the table is masked', { table: 'masked' }, {}, 'refused the table sales.eu.masked (403): A mask hides part of sales.eu.masked.'],
    ['the branch is unknown', { ref: 'audit' }, {}, 'foreign-table-unreadable: shop.orders cannot read sales.eu.orders: '],
    ['the snapshot is unknown', { snapshot: '12' }, {}, 'foreign-snapshot-gone: '],
    ['nobody listens', { uri: 'http://127.0.0.1:1' }, { hosts: new Set(['127.0.0.1']) }, 'cannot read sales.eu.orders: connect ECONNREFUSED 127.0.0.1:1'],
    ['the secret is not held', { secret: 'OTHER' }, {}, 'foreign-secret-missing: '],
    ['the secret is wrong', {}, { secret: () => 'ada:guessed wrongly' }, 'foreign-table-unreadable: '],
    ['the host is not listed', {}, { hosts: new Set(['catalog.example.com']) }, 'foreign-host-refused: shop.orders may not ask the catalogue at 127.0.0.1:'],
    ['the host is the one that knows the keys of a machine', { uri: 'http://169.254.169.254' }, {}, 'foreign-host-refused: '],
    ['the storage is not listed', {}, { storage: [] }, 'foreign-storage-refused: shop.orders may not read sales.eu.orders: its metadata is at file://'],
  ])('%s', async (_, port, settings, finding) => {
    await rig.open({ foreign: { ...allowed, ...settings } })
    await apply(port)
    const findings = await failed()
    expect(findings).toHaveLength(1)
    expect(findings[0]).toContain(finding)
    expect(findings[0]).not.toMatch(/let me in|guessed wrongly/u)
    expect((await rig.table('shop.copied')).metadataLocation).toBe(before)
  })

  let newest = 100
  it.each<[string, ForeignPlatform['answer'], string]>([
    ['sends on to the keys of the machine', sends(302, '', { location: 'http://169.254.169.254/latest/meta-data/' }), '(302)'],
    ['answers without end', sends(200, '{}', { 'content-length': String(2 ** 40) }), 'the answer is larger than 268435456 bytes'],
    ['answers no JSON', sends(200, '<html>'), 'foreign-table-unreadable: '],
    ['names metadata that is not a table\'s', sends(200, metadataAt('file:///etc/passwd')), 'foreign-storage-refused: '],
    ['names metadata on the way out of its folder', (path, response) => sends(200, metadataAt(other.storage.address('orders/../../../mesh/mesh.yaml')))(path, response), 'foreign-storage-refused: '],
    ['names metadata by another protocol', sends(200, metadataAt('http://169.254.169.254/latest')), 'foreign-storage-refused: '],
    ['names metadata that is not there', (path, response) => sends(200, metadataAt(other.storage.address('orders/metadata/no.metadata.json')))(path, response), 'foreign-table-unreadable: '],
    ['repeats what it was sent', (path, response) => sends(403, '{"error":{"message":"You sent a-token-that-nobody-guesses","type":"X","code":403}}')(path, response), '(403): You sent …'],
  ])('the catalogue %s', async (_, answer, finding) => {
    await apply()
    other.answer = answer
    await other.append(`SELECT ${newest++}::bigint AS id, 'west' AS region, 7.5::double AS amount`)
    const findings = await failed()
    expect(findings).toHaveLength(1)
    expect(findings[0]).toContain(finding)
    expect((await rig.table('shop.copied')).metadataLocation).toBe(before)
    expect(other.asked.filter((one) => one.includes('meta-data'))).toEqual([])
  })

  it('it is only then that they fail', async () => {
    await apply()
    expect((await rig.run('shop')).status).toBe('succeeded')
    expect((await rig.table('shop.copied')).metadataLocation).not.toBe(before)
  })
})

describe('a name', () => {
  const look = (host: string): Promise<string> => new Promise((resolve) => {
    publicLookup(host, { all: true }, (error, found) => resolve(error?.message ?? JSON.stringify(found)))
  })

  it.each(['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1', 'fd00:ec2::254'])('that leads to %s is not followed', async (address) => {
    expect(await look(address)).toContain("address of this machine's own")
  })

  it('that leads elsewhere is', async () => {
    expect(await look('127.0.0.1')).toBe('[{"address":"127.0.0.1","family":4}]')
  })
})

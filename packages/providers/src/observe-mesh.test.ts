import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fingerprintOf } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import { desiredMesh } from './desired-mesh.ts'
import type { DesiredCache } from './desired-mesh.ts'
import { embeddedProviders } from './embedded.ts'
import { meshObserver } from './observe-mesh.ts'
import type { ObserveMesh } from './observe-mesh.ts'
import { meshOf } from './testing/mesh-of.ts'
import type { MeshWords } from './testing/mesh-of.ts'
import { effectOf, providerRig } from './testing/provider-rig.ts'
import type { ProviderRig } from './testing/provider-rig.ts'

let rig: ProviderRig
beforeAll(async () => {
  rig = await providerRig()
  await rig.create(meshOf(words))
})
afterAll(() => rig[Symbol.asyncDispose]())

const words: MeshWords = { products: { flights: { dataSets: { flights: { columns: { delay: 'int' } } } }, late: { dataSets: { late: { columns: { n: 'long' }, reads: ['flights.flights'] } } } } }
const run = (statement: string) => sql.raw(statement).execute(rig.store.db)

describe('an observer that looked before', () => {
  it('sees what a fresh one sees, whatever was done by hand in between', async () => {
    const HANDS = [
      `update resource set spec = jsonb_set(spec, '{title}', '"x"') where ref = 'data-product:flights'`,
      `update resource set archived_at = now() where ref = 'output-port:flights.sql'`,
      `update resource set archived_at = null where ref = 'output-port:flights.sql'`,
      `delete from resource where ref = 'workflow:late'`,
      `update resource set product = 'late' where ref = 'control-port:flights'`,
      `insert into resource (id, kind, ref, product, spec, fingerprint) values ('new', 'workflow', 'workflow:late', 'late', '{}', 'x')`,
      `delete from table_pointer where namespace = 'late'`,
      `delete from resource where product = 'late'`,
    ]
    for (const hand of HANDS) {
      const before = await rig.observe()
      await run(hand)
      const seen = await rig.observe()
      expect(seen, hand).toEqual(await meshObserver(embeddedProviders)(rig.context))
      expect(seen.basis, hand).not.toBe(before.basis)
    }
  })

  it('says the same twice where nothing happened, and that a run published is nothing', async () => {
    const before = await rig.observe()
    await run(`update table_pointer set version = version + 1`)
    expect(await rig.observe()).toEqual(before)
  })

  it('misses a metadata file that somebody removed', async () => {
    const warm = await rig.observe()
    expect(warm.resources.get('data-set:flights.flights')?.drift).toBeUndefined()
    await rm(join(rig.warehouse, warm.resources.get('data-product:flights')?.id ?? ''), { recursive: true })
    expect((await rig.observe()).resources.get('data-set:flights.flights')?.drift?.reason).toBe('metadata-missing')
  })
})

describe('an observer of a mesh with more than a thousand data sets', () => {
  let large: ProviderRig
  beforeAll(async () => {
    large = await providerRig()
    await large.create(meshOf(words))
    const spec = { name: 'bare' }
    await sql`insert into resource (id, kind, ref, product, spec, fingerprint)
      select 'bare' || i, 'data-set', 'data-set:late.bare_' || i, 'late', ${JSON.stringify(spec)}::jsonb, ${fingerprintOf(spec)} from generate_series(1, 1005) as i`.execute(large.store.db)
  })
  afterAll(() => large[Symbol.asyncDispose]())
  const ref = 'data-set:flights.flights'
  const look = async (observe: ObserveMesh) => (await observe(large.context)).resources.get(ref)?.drift?.reason
  const fresh = () => meshObserver(embeddedProviders)
  const metadataFile = async () => {
    const pointer = await large.store.db.selectFrom('table_pointer').select('metadata_location').where('namespace', '=', 'flights').executeTakeFirstOrThrow()
    return pointer.metadata_location.slice('file://'.length)
  }

  it('takes the word of rows that nobody edited, until it is their turn: a file overwritten by hand is seen then', async () => {
    const file = await metadataFile()
    const before = await readFile(file)
    await writeFile(file, 'no metadata')
    const observe = fresh()
    const looks: (string | undefined)[] = []
    for (let i = 0; i < 20; i += 1) looks.push(await look(observe))
    const seenAt = looks.indexOf('metadata-missing')
    expect(seenAt).toBeGreaterThan(0)
    expect(new Set(looks.slice(seenAt))).toEqual(new Set(['metadata-missing']))
    await writeFile(file, before)
    expect(await look(observe)).toBeUndefined()
  })

  it('that it has seen drift keeps seeing it, whoever\'s turn it is', async () => {
    const file = await metadataFile()
    const before = await readFile(file)
    await rm(file)
    const observe = fresh()
    expect([await look(observe), await look(observe), await look(observe)]).toEqual(['metadata-missing', 'metadata-missing', 'metadata-missing'])
    await writeFile(file, before)
  })

  it('misses a metadata file that somebody removed, at its first look', async () => {
    const file = await metadataFile()
    const before = await readFile(file)
    await rm(file)
    expect(await look(fresh())).toBe('metadata-missing')
    await writeFile(file, before)
    expect(await look(fresh())).toBeUndefined()
  })

  it('takes nobody\'s word for a pointer that moved: it reads where it leads to', async () => {
    const change = (to: string) => sql`update table_pointer set metadata_location = ${to} where namespace = 'flights'`.execute(large.store.db)
    const file = await metadataFile()
    const table = JSON.parse(await readFile(file, 'utf8')) as { schemas: { fields: { name: string }[] }[] }
    for (const field of table.schemas[0]?.fields ?? []) field.name = 'other'
    await writeFile(`${file}.other`, JSON.stringify(table))
    const observe = fresh()
    expect(await look(observe)).toBeUndefined()
    await change(`file://${file}.other`)
    expect([await look(observe), await look(fresh())]).toEqual(['schema-differs', 'schema-differs'])
    await change(`file://${file}`)
    expect([await look(observe), await look(fresh())]).toEqual([undefined, undefined])
  })

  it('misses a pointer that somebody deleted', async () => {
    const observe = fresh()
    expect(await look(observe)).toBeUndefined()
    await sql`delete from table_pointer where namespace = 'flights'`.execute(large.store.db)
    expect([await look(observe), await look(fresh())]).toEqual(['table-missing', 'table-missing'])
  })
})

describe('grants', () => {
  it('are seen by the name of who has them; revoked and expired ones are not', async () => {
    await run(`insert into account values ('a1', 'ana', 'consumer', 'Ana', 'v', '[]', now(), null)`)
    await run(`insert into access_grant (id, subject_kind, subject, product_id, data_set, columns, purposes, granted_by, revoked_at, expires_at) values
      ('g1', 'user', 'a1', 'p', 'flights', '["delay"]', '["x"]', 'o', null, null), ('g2', 'team', 'ops', 'p', null, null, '["x"]', 'o', null, now() + interval '1 day'),
      ('g3', 'user', 'a1', 'p', null, null, '["x"]', 'o', now(), null), ('g4', 'user', 'a1', 'p', null, null, '["x"]', 'o', null, now() - interval '1 day')`)
    expect((await rig.observe()).grants).toEqual([
      { id: 'g1', subjectKind: 'user', subject: 'ana', productId: 'p', dataSet: 'flights', columns: ['delay'] },
      { id: 'g2', subjectKind: 'team', subject: 'ops', productId: 'p' },
    ])
  })
})

describe('a contract\'s text', () => {
  it('goes through PostgreSQL without a change, whatever JSON it is', async () => {
    const storable = fc.jsonValue().filter((value) => !/\\u(?:0000|d[89a-f])/iu.test(JSON.stringify(value)))
    await fc.assert(fc.asyncProperty(storable, async (document) => {
      const mesh = meshOf({ products: { text: { dataSets: { rows: { columns: { a: 'int' }, document: document as Json } } } } })
      const desired = rig.desired(mesh, 'data-set:text.rows')
      effectOf(await rig.provider('data-product').create(rig.context, rig.desired(mesh, 'data-product:text')))
      effectOf(await rig.provider('data-set').update(rig.context, desired))
      const observed = await rig.observed('data-set:text.rows')
      expect([observed?.fingerprint, observed?.drift]).toEqual([desired.fingerprint, undefined])
    }), { numRuns: 40 })
  })
})

describe('what products ask for', () => {
  const list = (of: MeshWords, cache?: DesiredCache) => desiredMesh(meshOf(of), { providers: embeddedProviders, ...(cache !== undefined && { cache }) })

  it('is the same with a memory and without, product by product, as they come, change, move and go', () => {
    const cache: DesiredCache = new Map()
    const flights = words.products?.['flights'] ?? {}
    for (const products of [words.products, { flights }, { flights: { ...flights, title: 'x' } }, { flights: { ...flights, domain: 'network' } }, { flights: { ...flights, team: 'net' } }, {}, words.products]) {
      const of: MeshWords = { domains: { operations: {}, network: {} }, teams: ['ops', 'net'], products: products ?? {} }
      expect([...list(of, cache).resources.values()].map(({ ref, fingerprint }) => [ref, fingerprint])).toEqual([...list(of).resources.values()].map(({ ref, fingerprint }) => [ref, fingerprint]))
      expect([...cache.keys()]).toEqual(Object.keys(products ?? {}))
    }
  })

  it('is not made again for a product that did not change', () => {
    const cache: DesiredCache = new Map()
    const [first, second] = [list(words, cache), list({ ...words, products: { ...words.products, flights: { title: 'x' } } }, cache)]
    expect(second.resources.get('workflow:late')).toBe(first.resources.get('workflow:late'))
    expect(second.resources.get('workflow:flights')).not.toBe(first.resources.get('workflow:flights'))
  })
})

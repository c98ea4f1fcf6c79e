import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMesh, readMeshFolder } from '@tulle/model'
import type { DataProduct, MeshModel } from '@tulle/model'
import { exampleMesh } from '@tulle/model/testing'
import { listProducts, readersOf } from './list-products.ts'
import { listPorts } from './list-ports.ts'
import { readProductDefinition, readProductDefinitions } from './product-definition.ts'
import { meshOf } from './testing/mesh-of.ts'
import { effectOf, providerRig } from './testing/provider-rig.ts'
import type { ProviderRig } from './testing/provider-rig.ts'

let rig: ProviderRig
let mesh: MeshModel
beforeAll(async () => {
  rig = await providerRig()
  mesh = loaded(loadMesh(exampleMesh()))
  await rig.create(mesh)
})
afterAll(() => rig[Symbol.asyncDispose]())

function loaded(result: ReturnType<typeof loadMesh>): MeshModel {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map((diagnostic) => diagnostic.message).join('\n'))
}

/** What a definition keeps of a product: all but places and what names them. Components are rows of their own. */
const facts = (product: DataProduct): unknown => JSON.parse(JSON.stringify({ ...product, fingerprint: '', components: [] }, (key, value: unknown) => (key === 'place' ? undefined : value)))

describe('a product\'s definition', () => {
  it('is the product as it was declared, read back from what was applied', async () => {
    for (const product of mesh.products.values()) {
      const definition = await readProductDefinition(rig.store.db, product.name)
      if (!definition.ok) throw new Error(definition.diagnostics[0]?.message)
      const wanted = facts({ ...product, dataSets: product.dataSets.toSorted(byName), inputPorts: product.inputPorts.toSorted(byName), outputPorts: product.outputPorts.toSorted(byName) })
      expect(facts(definition.value.product)).toEqual(wanted)
    }
  })

  it('names the table of each data set that has one, and where its files are', async () => {
    const definition = await readProductDefinition(rig.store.db, 'flights')
    const id = (await rig.observed('data-product:flights'))?.id
    if (!definition.ok) throw new Error(definition.diagnostics[0]?.message)
    const { tables } = definition.value
    expect(definition.value.id).toBe(id)
    expect(Object.keys(tables)).toEqual(['flights', 'raw_flights'])
    expect(tables['raw_flights']).toMatchObject({ name: { namespace: 'flights', name: 'raw_flights' }, fieldIds: { date: 1, delay: 2, origin: 3 } })
    expect(tables['raw_flights']?.location).toBe(`file://${rig.warehouse}/${id}/raw_flights-${tables['raw_flights']?.uuid.slice(0, 8)}`)
  })

  it('has another fingerprint when a run would do something else, and the same when it only moved', async () => {
    const words = { title: 'x', dataSets: { rows: { columns: { a: 'int' } } } }
    const printOf = async (changes: object): Promise<string> => {
      for (const ref of ['data-product:moving', 'data-set:moving.rows', 'workflow:moving']) {
        const wanted = rig.desired(meshOf({ domains: { operations: {}, network: {} }, products: { moving: { ...words, ...changes } } }), ref)
        effectOf(await rig.provider(wanted.kind).create(rig.context, wanted))
      }
      return (await readProductDefinitions(rig.store.db, ['moving']))[0]?.fingerprint ?? ''
    }
    const first = await printOf({})
    expect(await printOf({ domain: 'network', title: 'y' })).toBe(first)
    expect(await printOf({ schedule: '0 5 * * *' })).not.toBe(first)
    expect(await printOf({ dataSets: { rows: { columns: { a: 'long' } } } })).not.toBe(first)
    expect(await printOf({})).toBe(first)
    await rig.store.db.deleteFrom('resource').where('product', '=', 'moving').execute()
  })

  it('that is not there is a finding that names a near one', async () => {
    expect(await readProductDefinition(rig.store.db, 'flihgts')).toMatchObject({ ok: false, diagnostics: [{ code: 'unknown-product', message: 'There is no data product "flihgts" in the mesh. Did you mean "flights"?' }] })
  })

  it('that is archived is a finding of its own', async () => {
    const gone = meshOf({ products: { gone: {} } })
    await rig.create(gone)
    effectOf(await rig.provider('data-product').archive(rig.context, 'data-product:gone'))
    expect(await readProductDefinition(rig.store.db, 'gone')).toMatchObject({ ok: false, diagnostics: [{ code: 'product-archived' }] })
    expect((await readProductDefinitions(rig.store.db)).map(({ product }) => product.name)).toEqual(['airports', 'flights'])
  })
})

const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1)

describe('the list of products', () => {
  it('says what a list shows and a trigger needs', async () => {
    const [airports, flights] = await listProducts(rig.store.db)
    expect(airports).toMatchObject({ name: 'airports', title: 'Airports', domain: 'network', team: 'network', certified: true, dataSets: ['airports'], outputPorts: ['sql_port_of_airports'], workflow: { onInputPublished: true }, reads: [] })
    expect(flights).toMatchObject({ name: 'flights', owner: 'olga', tags: ['flights'], workflow: { schedule: '0 5 * * *', onInputPublished: false }, reads: [{ product: 'airports', dataSet: 'airports' }] })
  })

  it('knows who reads whom', async () => {
    expect(await readersOf(rig.store.db, 'airports')).toEqual(['flights'])
    expect(await readersOf(rig.store.db, 'flights')).toEqual([])
  })
})

describe('the list of ports', () => {
  it('says which way each goes, of what kind it is, and what product it reads', async () => {
    const ports = (await listPorts(rig.store.db)).filter(({ product }) => mesh.products.has(product))
    const declared = [...mesh.products.values()].flatMap((product) => [
      ...product.inputPorts.map(({ name, kind, ...port }) => ({ product: product.name, direction: 'in', name, kind, ...(kind === 'product' && 'product' in port && { reads: port.product }) })),
      ...product.outputPorts.map(({ name, kind }) => ({ product: product.name, direction: 'out', name, kind })),
    ])
    const sorted = (list: readonly object[]): readonly string[] => list.map((port) => JSON.stringify(Object.entries(port).toSorted())).toSorted()
    expect(sorted(ports)).toEqual(sorted(declared))
    expect(ports).toContainEqual(expect.objectContaining({ product: 'flights', direction: 'in', reads: 'airports' }))
  })
})

describe('the sample mesh', () => {
  it('is as declared once it was created: no fact is lost or changed on the way through PostgreSQL', async () => {
    const files = await readMeshFolder(join(import.meta.dirname, '../../../examples/skyline'))
    if (!files.ok) throw new Error(files.diagnostics[0]?.message)
    const skyline = loaded(loadMesh(files.value))
    await using own = await providerRig()
    await own.create(skyline)
    const { resources } = await own.observe()
    expect([...resources.values()].filter(({ drift }) => drift !== undefined)).toEqual([])
    for (const product of skyline.products.keys()) {
      const desired = own.desired(skyline, `data-product:${product}`)
      expect(resources.get(desired.ref)?.fingerprint).toBe(desired.fingerprint)
    }
    expect(resources.size).toBeGreaterThan(60)
  })
})

// What a mesh folder becomes.

import { describe, expect, it } from 'vitest'
import { SHIPPED_CAPABILITIES } from './capabilities/shipped.ts'
import { loadMesh } from './index.ts'
import { corpus, readCorpus } from './testing/corpora.ts'
import { exampleMesh, exampleMeshWith, findingsOf, literalModelReads } from './testing/index.ts'
import type { MeshFiles, MeshModel } from './types.ts'

const load = (files: MeshFiles): MeshModel => {
  const mesh = loadMesh(files, { modelReads: literalModelReads })
  if (!mesh.ok) throw new Error(findingsOf(mesh).join('\n'))
  return mesh.value
}
const FLIGHTS = 'domains/operations/flights/product.yaml'

describe('a mesh', () => {
  const mesh = load(exampleMesh())

  it('is read without a finding', () => {
    expect(mesh.diagnostics).toEqual([])
  })

  it('has what mesh.yaml agrees on, with names for missing titles', () => {
    expect(mesh).toMatchObject({
      name: 'skyline',
      title: 'Skyline',
      purposes: [{ name: 'flight_safety', title: 'Flight safety' }, { name: 'marketing', title: 'marketing' }],
      classifications: ['public', 'internal', 'restricted'],
      environments: ['dev', 'test', 'prod'],
      demoUsers: [
        { name: 'ana', title: 'Ana', role: 'consumer', teams: [], purposes: ['flight_safety'], grants: ['flights', 'airports.airports'] },
        { name: 'olga', title: 'olga', role: 'owner', teams: ['ops'], purposes: [], grants: [] },
      ],
    })
    expect([...mesh.businessKeys.values()]).toEqual([{ name: 'airport_iata', type: 'string', description: 'The three letters of an airport' }])
  })

  it('has its teams and domains', () => {
    expect(mesh.teams.get('ops')).toMatchObject({ title: 'Operations data', email: 'ops@skyline.example' })
    expect(mesh.domains.get('network')).toMatchObject({ title: 'Network', owner: 'network', quotas: { storage_gb: 5 } })
  })

  it('has products with the domain of their folder and the team of their component, else of their domain', () => {
    expect([...mesh.products.values()].map((p) => [p.name, p.domain, p.team, p.certified, p.owner, p.folder])).toEqual([
      ['airports', 'network', 'network', true, undefined, 'domains/network/airports'],
      ['flights', 'operations', 'ops', false, 'olga', 'domains/operations/flights'],
    ])
  })

  it('describes a product by its metadata, else by its definition', () => {
    expect(mesh.products.get('flights')?.description).toBe('The flights of 2001')
    expect(mesh.products.get('airports')?.description).toBe('Airports that we fly to')
  })

  it('has input ports with the formats of their endings and the presets of their capability', () => {
    expect(mesh.products.get('flights')?.inputPorts).toMatchObject([
      { name: 'flights_file', kind: 'file', path: 'npm:vega-datasets/data/flights-3m.parquet', format: 'parquet', options: {} },
      { name: 'airports', kind: 'product', product: 'airports', dataSet: 'airports' },
    ])
    expect(mesh.products.get('airports')?.inputPorts).toMatchObject([{ name: 'drop', kind: 'file', path: 'data/airports.csv', format: 'csv', options: { delimiter: ';' } }])
  })

  it('keeps the properties that the platform team added, on the component', () => {
    expect(mesh.products.get('airports')?.components[1]).toMatchObject({ type: 'nightly-csv-drop', baseType: 'file-input-port', properties: { format: 'csv', delimiter: ';', path: 'data/airports.csv', source_system: 'erp' } })
  })

  it('has data sets with contract and model, found by the data set\'s name', () => {
    const [raw, flights] = mesh.products.get('flights')?.dataSets ?? []
    expect(raw).toMatchObject({ name: 'raw_flights', from: 'flights_file', contract: { id: 'raw-flights', major: 1 } })
    expect(raw?.model).toBeUndefined()
    expect(flights).toMatchObject({ name: 'flights', model: { file: 'domains/operations/flights/models/flights.sql', refs: [{ product: 'flights', name: 'raw_flights' }], sources: [{ name: 'airports' }] } })
    expect(flights?.contract?.columns.map((c) => [c.name, c.type, c.required, c.classification, c.businessKey])).toEqual([
      ['date', 'timestamp', true, undefined, undefined],
      ['delay', 'long', false, undefined, undefined],
      ['origin', 'string', false, 'internal', 'airport_iata'],
    ])
    expect(flights?.contract?.quality.map((rule) => rule.metric)).toEqual(['rowCount'])
  })

  it('has output ports that offer what they name, else every data set with a contract', () => {
    expect(mesh.products.get('flights')?.outputPorts).toMatchObject([{ name: 'sql', kind: 'sql', dataSets: ['flights'] }, { name: 'rest', kind: 'rest', dataSets: ['raw_flights', 'flights'] }])
    expect(mesh.products.get('airports')?.outputPorts).toMatchObject([{ name: 'sql_port_of_airports', title: 'SQL port of airports', dataSets: ['airports'] }])
  })

  it('has workflows; without one a product runs when its inputs publish', () => {
    expect(mesh.products.get('flights')?.workflow).toEqual({ schedule: '0 5 * * *', onInputPublished: false })
    expect(mesh.products.get('airports')?.workflow).toEqual({ onInputPublished: true })
  })

  it('knows the place of every noun, and prints it as JSON', () => {
    const column = mesh.products.get('flights')?.dataSets[1]?.contract?.columns[2]
    expect(JSON.parse(JSON.stringify(column?.place))).toEqual({ file: 'domains/operations/flights/contracts/flights.odcs.yaml', line: 12, column: 15, length: 6, source: '      - name: origin' })
  })

  it('lists the platform team\'s capabilities beside the shipped ones', () => {
    const own = mesh.capabilities.find('nightly-csv-drop')
    expect(own).toMatchObject({ title: 'Nightly CSV drop', presets: 'file-input-port', baseType: 'file-input-port', targets: ['embedded', 'lakehouse'] })
    expect(own?.schema).toMatchObject({ required: ['path', 'source_system'], properties: { format: { default: 'csv' }, source_system: {} } })
    expect(mesh.capabilities.list().map(({ type }) => type).toSorted()).toEqual(['nightly-csv-drop', ...SHIPPED_CAPABILITIES.map(({ type }) => type)].toSorted())
  })
})

describe('references by title', () => {
  it('an associated output port resolves to the product that offers it', () => {
    const mesh = load(exampleMeshWith(FLIGHTS, 'type: product-input-port\n      properties: { product: airports, data_set: airports }', 'type: input-port\n      properties: { associated_output_port: { value: SQL port of airports } }'))
    expect(mesh.products.get('flights')?.inputPorts[1]).toMatchObject({ kind: 'product', product: 'airports', dataSet: 'airports' })
  })

  it.skipIf(corpus('oam-data-product/sample.yaml') === undefined)('a document as others publish it loads as it is, and what cannot be served here is said', () => {
    const sample = readCorpus('oam-data-product/sample.yaml')
    const mesh = load(new Map([
      ['mesh.yaml', 'apiVersion: tulle.dev/v1\nkind: Mesh\nmetadata: { name: acme }\nspec: {}\n'],
      ['domains/supply/domain.yaml', 'apiVersion: tulle.dev/v1\nkind: DataDomain\nmetadata: { name: supply }\n'],
      ['domains/supply/inventory/product.yaml', sample],
    ]))
    const product = mesh.products.get('inventory')
    expect(product).toMatchObject({ title: 'inventory', description: 'Stock levels per article and site', owner: 'u-1042', type: 'Source Oriented', certified: false, team: '' })
    expect(product?.components.map((c) => [c.title, c.baseType])).toHaveLength(9)
    expect(product?.dataSets).toMatchObject([{ name: 'dataset_of_dp_inventory', title: 'Dataset of DP inventory' }])
    expect(product?.inputPorts).toMatchObject([{ title: 'Input from ERP stock', kind: 'external' }, { title: 'Input from DP articles', kind: 'external' }])
    expect(product?.outputPorts).toMatchObject([{ name: 'jdbc_port_of_dp_inventory', title: 'JDBC-Port of DP inventory', kind: 'external', dataSets: [] }])
    expect(mesh.diagnostics.map((d) => [d.severity, d.code])).toEqual([
      ['info', 'data-set-elsewhere'],
      ['warning', 'no-team'],
      ['info', 'input-elsewhere'],
      ['warning', 'unknown-output-port'],
      ['info', 'port-elsewhere'],
    ])
  })
})

describe('a fingerprint', () => {
  const fingerprint = (files: MeshFiles, product = 'flights'): string | undefined => load(files).products.get(product)?.fingerprint
  const before = fingerprint(exampleMesh())
  const same: readonly (readonly [string, MeshFiles])[] = [
    ['a comment', exampleMeshWith(FLIGHTS, 'kind: DataProduct', '# ours\nkind: DataProduct')],
    ['the layout', exampleMeshWith(FLIGHTS, 'metadata: { name: flights, title: Flights, description: The flights of 2001 }', 'metadata:\n  title: "Flights"\n  name: flights\n  description: The flights of 2001')],
    ['another product', exampleMeshWith('domains/network/airports/product.yaml', 'title: Airports', 'title: Aerodromes')],
    ['the folder of another domain', new Map([...exampleMesh()].map(([path, text]) => [path.replace('operations/flights/', 'network/flights/'), text]))],
  ]
  it.each(same)('does not change with %s', (_, files) => {
    expect(fingerprint(files)).toBe(before)
  })
  const other: readonly (readonly [string, MeshFiles])[] = [
    ['a property', exampleMeshWith(FLIGHTS, 'owner: olga', 'owner: ana')],
    ['a contract', exampleMeshWith('domains/operations/flights/contracts/flights.odcs.yaml', 'name: Flights', 'name: All flights')],
    ['a model', exampleMeshWith('domains/operations/flights/models/flights.sql', 'raw.delay', 'raw.delay + 0')],
  ]
  it.each(other)('changes with %s', (_, files) => {
    expect(fingerprint(files)).not.toBe(before)
  })
  it('changes with a capability of the platform team that the product uses, and only then', () => {
    const files = exampleMeshWith('capabilities/nightly-csv-drop.yaml', "delimiter: ';'", "delimiter: ','")
    expect(fingerprint(files)).toBe(before)
    expect(fingerprint(files, 'airports')).not.toBe(fingerprint(exampleMesh(), 'airports'))
  })
})

it('the corpora are where the tests look for them', () => {
  if (corpus('odcs') === undefined) console.warn('The corpora are absent: tests that read them are skipped.')
})

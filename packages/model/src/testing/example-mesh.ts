// A small whole mesh as texts: one file of every kind. Tests change one thing in it and say what follows.

import type { MeshFiles } from '../types.ts'

/** The example, with some files replaced, or left out where the text is undefined. */
export function exampleMesh(changes: Readonly<Record<string, string | undefined>> = {}): MeshFiles {
  const files = new Map(Object.entries(EXAMPLE))
  for (const [path, text] of Object.entries(changes)) {
    if (text === undefined) files.delete(path)
    else files.set(path, text)
  }
  return files
}

/** The example with a text of one of its files replaced by another; a text that is not there is a mistake of the test. */
export function exampleMeshWith(path: string, before: string, after: string): MeshFiles {
  const text = EXAMPLE[path]
  if (text?.includes(before) !== true) throw new Error(`The example's ${path} has no ${JSON.stringify(before)}.`)
  return exampleMesh({ [path]: text.replace(before, () => after) })
}

const EXAMPLE: Readonly<Record<string, string>> = {
  'mesh.yaml': `apiVersion: tulle.dev/v1
kind: Mesh
metadata:
  name: skyline
  title: Skyline
  description: An airline's mesh
spec:
  purposes:
    - name: flight_safety
      title: Flight safety
    - name: marketing
  classifications: [public, internal, restricted]
  businessKeys:
    - { name: airport_iata, type: string, description: The three letters of an airport }
  environments: [dev, test, prod]
  demo:
    users:
      - { name: ana, title: Ana, role: consumer, teams: [], purposes: [flight_safety], grants: [flights, airports.airports] }
      - { name: olga, role: owner, teams: [ops] }
`,
  'teams/ops.yaml': `apiVersion: tulle.dev/v1
kind: TechnicalTeam
metadata: { name: ops, title: Operations data }
spec: { email: ops@skyline.example }
`,
  'teams/network.yaml': `apiVersion: tulle.dev/v1
kind: TechnicalTeam
metadata: { name: network }
`,
  'capabilities/nightly-csv-drop.yaml': `apiVersion: tulle.dev/v1
kind: ComponentDefinition
metadata:
  name: nightly-csv-drop
  title: Nightly CSV drop
  description: A CSV file that appears every night
spec:
  presets: file-input-port
  properties: { format: csv, delimiter: ';' }
  schema:
    type: object
    properties:
      source_system: { type: string, minLength: 2 }
    required: [source_system]
`,
  'domains/network/domain.yaml': `apiVersion: tulle.dev/v1
kind: DataDomain
metadata: { name: network, title: Network }
spec:
  owner: network
  quotas: { storage_gb: 5 }
`,
  'domains/network/airports/product.yaml': `apiVersion: core.oam.dev/v1beta1
kind: DataProduct
metadata: { name: airports, title: Airports }
spec:
  components:
    - name: airports
      type: data-product
      properties:
        definition: { value: Airports that we fly to }
        certified: { value: 'Yes' }
    - name: drop
      type: nightly-csv-drop
      properties: { path: data/airports.csv, source_system: erp }
    - name: airports
      type: data-set
      properties: { from: drop }
    - name: SQL port of airports
      type: sql-output-port
`,
  'domains/network/airports/contracts/airports.odcs.yaml': `apiVersion: v3.1.0
kind: DataContract
id: airports
name: Airports
version: 2.1.0
status: active
schema:
  - name: airports
    properties:
      - name: iata
        logicalType: string
        required: true
        primaryKey: true
        classification: public
        customProperties:
          - { property: businessKey, value: airport_iata }
      - name: latitude
        logicalType: number
`,
  'domains/operations/domain.yaml': `apiVersion: tulle.dev/v1
kind: DataDomain
metadata: { name: operations, title: Operations }
spec: { owner: ops }
`,
  'domains/operations/flights/product.yaml': `apiVersion: tulle.dev/v1
kind: DataProduct
metadata: { name: flights, title: Flights, description: The flights of 2001 }
spec:
  components:
    - name: Operations
      type: domain
    - name: flights
      type: data-product
      properties: { team: ops, data_product_owner: olga, tags: [flights] }
    - name: flights_file
      type: file-input-port
      properties: { path: 'npm:vega-datasets/data/flights-3m.parquet' }
    - name: airports
      type: product-input-port
      properties: { product: airports, data_set: airports }
    - name: raw_flights
      type: data-set
      properties: { from: flights_file }
    - name: flights
      type: data-set
      properties: { description: One row per flight }
    - name: sql
      type: sql-output-port
      properties: { data_sets: [flights] }
    - name: rest
      type: rest-output-port
    - name: refresh
      type: workflow
      properties: { schedule: '0 5 * * *', on_input_published: No }
`,
  'domains/operations/flights/contracts/raw_flights.odcs.yaml': `apiVersion: v3.1.0
kind: DataContract
id: raw-flights
version: 1.0.0
status: active
schema:
  - name: raw_flights
    properties:
      - { name: date, logicalType: timestamp, required: true }
      - { name: delay, logicalType: integer }
      - { name: origin, logicalType: string }
`,
  'domains/operations/flights/contracts/flights.odcs.yaml': `apiVersion: v3.1.0
kind: DataContract
id: flights
name: Flights
version: 1.0.0
status: active
schema:
  - name: flights
    properties:
      - { name: date, logicalType: timestamp, required: true }
      - { name: delay, logicalType: integer }
      - name: origin
        logicalType: string
        classification: internal
        authoritativeDefinitions:
          - { type: businessKey, url: airport_iata }
    quality:
      - { metric: rowCount, mustBeGreaterThan: 0 }
`,
  'domains/operations/flights/models/flights.sql': `select raw.date, raw.delay, raw.origin
from {{ ref('raw_flights') }} as raw
join {{ source('airports') }} as airport on airport.iata = raw.origin
`,
}

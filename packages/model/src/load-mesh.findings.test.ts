// Everything that can be wrong across the files of a mesh, as: one change to the whole example → exactly these findings.

import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMesh, exampleMeshWith, findingsOf, literalModelReads } from './testing/index.ts'
import type { MeshFiles } from './types.ts'

const MESH = 'mesh.yaml'
const AIRPORTS = 'domains/network/airports/product.yaml'
const FLIGHTS = 'domains/operations/flights/product.yaml'
const FLIGHTS_CONTRACT = 'domains/operations/flights/contracts/flights.odcs.yaml'
const FLIGHTS_MODEL = 'domains/operations/flights/models/flights.sql'
const DROP = 'capabilities/nightly-csv-drop.yaml'

const FILE_PORT = "type: file-input-port\n      properties: { path: 'npm:vega-datasets/data/flights-3m.parquet' }"
const icebergPort = (said: string): string => `type: iceberg-input-port\n      properties: { uri: 'https://catalog.example.com/iceberg', ${said} }`

interface Case {
  readonly fact: string
  readonly files: MeshFiles
  /** `file:line:column severity code: message` */
  readonly findings: readonly string[]
}

const CASES: readonly Case[] = [
  {
    fact: 'a folder without mesh.yaml is no mesh',
    files: exampleMesh({ [MESH]: undefined }),
    findings: [
      '- error no-mesh-file: The folder has no mesh.yaml.',
    ],
  },
  {
    fact: 'an unknown type is answered with the nearest one, and what refers to the component is no second finding',
    files: exampleMeshWith(FLIGHTS, 'type: file-input-port', 'type: file-inputport'),
    findings: [
      'domains/operations/flights/product.yaml:12:13 error unknown-type: The registry has no capability "file-inputport". Did you mean "file-input-port"?',
    ],
  },
  {
    fact: 'an unknown property is answered with the nearest one',
    files: exampleMeshWith(FLIGHTS, 'data_product_owner', 'data_product_ownr'),
    findings: [
      'domains/operations/flights/product.yaml:10:32 error unknown-key: Unknown key "data_product_ownr". Did you mean "data_product_owner"?',
    ],
  },
  {
    fact: 'an unknown key of the envelope is an error',
    files: exampleMeshWith(FLIGHTS, 'metadata: { name: flights, ', 'metadata: { name: flights, titel: x, '),
    findings: [
      'domains/operations/flights/product.yaml:3:28 error unknown-key: Unknown key "titel". Did you mean "title"?',
    ],
  },
  {
    fact: 'another kind is one finding',
    files: exampleMeshWith(FLIGHTS, 'kind: DataProduct', 'kind: DataProdukt'),
    findings: [
      'domains/operations/flights/product.yaml:2:7 error unknown-kind: Kind "DataProdukt" is not one that belongs here. Did you mean "DataProduct"?',
    ],
  },
  {
    fact: 'another apiVersion is one finding',
    files: exampleMeshWith(FLIGHTS, 'tulle.dev/v1', 'tulle.dev/v2'),
    findings: [
      'domains/operations/flights/product.yaml:1:13 error unknown-api-version: apiVersion "tulle.dev/v2" is unknown. Did you mean "tulle.dev/v1"?',
    ],
  },
  {
    fact: 'a product without components is told so',
    files: exampleMesh({ [FLIGHTS]: 'apiVersion: tulle.dev/v1\nkind: DataProduct\nmetadata: { name: flights }\nspec: {}\n' }),
    findings: [
      'domains/operations/flights/product.yaml:4:1 error missing-key: "components" is missing.',
    ],
  },
  {
    fact: 'a document that is a list is told so',
    files: exampleMesh({ [FLIGHTS]: '- a\n- b\n' }),
    findings: [
      'domains/operations/flights/product.yaml:1:1 error wrong-type: "document" must be an object, but is a list.',
    ],
  },
  {
    fact: 'a hostile name is refused',
    files: exampleMeshWith(FLIGHTS, 'metadata: { name: flights', 'metadata: { name: "../flights"'),
    findings: [
      'domains/operations/flights/product.yaml:3:20 error bad-value: "name" must start with a lower-case letter and have only a-z, 0-9 and _, at most 63 characters, but is "../flights".',
    ],
  },
  {
    fact: 'an unknown team of a product',
    files: exampleMeshWith(FLIGHTS, 'team: ops', 'team: opss'),
    findings: [
      'domains/operations/flights/product.yaml:10:27 error unknown-team: There is no technical team "opss". Did you mean "ops"?',
    ],
  },
  {
    fact: 'an unknown owner of a domain',
    files: exampleMeshWith('domains/network/domain.yaml', 'owner: network', 'owner: nettwork'),
    findings: [
      'domains/network/domain.yaml:5:10 error unknown-team: There is no technical team "nettwork". Did you mean "network"?',
    ],
  },
  {
    fact: 'a product that neither names a team nor inherits one stays, with a warning',
    files: exampleMeshWith('domains/network/domain.yaml', '  owner: network\n', ''),
    findings: [
      'domains/network/airports/product.yaml:3:19 warning no-team: No team owns the product airports: neither its data-product component nor the domain network names one.',
    ],
  },
  {
    fact: 'a domain without a file',
    files: exampleMesh({ 'domains/network/domain.yaml': undefined }),
    findings: [
      'domains/network/airports/product.yaml:1:1 error no-domain-file: The domain "network" has products but no domain.yaml.',
    ],
  },
  {
    fact: 'a domain called unlike its folder',
    files: exampleMeshWith('domains/network/domain.yaml', 'name: network, ', 'name: net, '),
    findings: [
      'domains/network/domain.yaml:3:19 error name-differs-from-folder: The domain is called "net", but its folder "network".',
    ],
  },
  {
    fact: 'a domain component that says another domain',
    files: exampleMeshWith(FLIGHTS, '- name: Operations', '- name: Network'),
    findings: [
      'domains/operations/flights/product.yaml:6:13 warning domain-differs: The domain component says "Network", but the product stands in the folder of domain "operations"; the folder counts.',
    ],
  },
  {
    fact: 'two products of one name',
    files: exampleMesh({ 'domains/operations/again/product.yaml': 'apiVersion: tulle.dev/v1\nkind: DataProduct\nmetadata: { name: airports }\nspec: { components: [{ name: airports, type: data-product }] }\n' }),
    findings: [
      'domains/operations/again/product.yaml:3:19 error duplicate-name: There are two products named "airports".',
    ],
  },
  {
    fact: 'a product called like a schema of SQL clients',
    files: exampleMesh({ 'domains/operations/again/product.yaml': 'apiVersion: tulle.dev/v1\nkind: DataProduct\nmetadata: { name: pg_catalog }\nspec: { components: [{ name: x, type: data-product }] }\n' }),
    findings: [
      'domains/operations/again/product.yaml:3:19 error reserved-schema: A product may not be called "pg_catalog": SQL clients own a schema of that name.',
    ],
  },
  {
    fact: 'two data sets of one name',
    files: exampleMeshWith(FLIGHTS, '    - name: sql\n', '    - { name: flights, type: data-set }\n    - name: sql\n'),
    findings: [
      'domains/operations/flights/product.yaml:23:15 error duplicate-name: There are two data sets named "flights".',
    ],
  },
  {
    fact: 'two titles that come down to one name',
    files: exampleMeshWith(FLIGHTS, '- name: rest\n', '- name: SQL\n'),
    findings: [
      'domains/operations/flights/product.yaml:26:13 error duplicate-name: There are two output ports named "sql".',
    ],
  },
  {
    fact: 'two teams of one name',
    files: exampleMesh({ 'teams/again.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: ops }\n' }),
    findings: [
      'teams/ops.yaml:3:19 error duplicate-name: There are two technical teams named "ops".',
    ],
  },
  {
    fact: 'two purposes of one name',
    files: exampleMeshWith(MESH, 'name: marketing', 'name: flight_safety'),
    findings: [
      'mesh.yaml:11:13 error duplicate-name: There are two purposes named "flight_safety".',
    ],
  },
  {
    fact: 'two components of type data-product',
    files: exampleMeshWith(FLIGHTS, '    - name: sql\n', '    - { name: other, type: data-product }\n    - name: sql\n'),
    findings: [
      'domains/operations/flights/product.yaml:23:15 error duplicate-name: There are two components of type data-product named "other".',
    ],
  },
  {
    fact: 'a product without a data-product component',
    files: exampleMeshWith(FLIGHTS, '    - name: flights\n      type: data-product\n      properties: { team: ops, data_product_owner: olga, tags: [flights] }\n', ''),
    findings: [
      'domains/operations/flights/product.yaml:3:19 warning no-product-component: The product flights has no component of type data-product.',
    ],
  },
  {
    fact: 'an input port of an unknown product',
    files: exampleMeshWith(FLIGHTS, 'product: airports, ', 'product: airprots, '),
    findings: [
      'domains/operations/flights/product.yaml:16:30 error unknown-product: There is no product "airprots". Did you mean "airports"?',
    ],
  },
  {
    fact: 'an input port of an unknown data set',
    files: exampleMeshWith(FLIGHTS, 'data_set: airports', 'data_set: airport'),
    findings: [
      'domains/operations/flights/product.yaml:16:50 error unknown-data-set: The product airports has no data set "airport". Did you mean "airports"?',
    ],
  },
  {
    fact: 'an input port that leaves open which data set it reads',
    files: new Map([...exampleMeshWith(FLIGHTS, ', data_set: airports', ''), ...[...exampleMeshWith(AIRPORTS, '- name: SQL port', '- { name: runways, type: data-set }\n    - name: SQL port')].filter(([path]) => path === AIRPORTS)]),
    findings: [
      'domains/network/airports/product.yaml:17:15 info data-set-elsewhere: The data set "runways" has no contract, model or input port: it is described, not stored here.',
      'domains/operations/flights/product.yaml:16:30 error which-data-set: The product airports has more than one data set, so the port must say which it reads.',
    ],
  },
  {
    fact: 'an associated output port that nobody offers',
    files: exampleMeshWith(FLIGHTS, 'type: product-input-port\n      properties: { product: airports, data_set: airports }', 'type: input-port\n      properties: { associated_output_port: SQL port of airport }'),
    findings: [
      'domains/operations/flights/product.yaml:16:45 warning unknown-output-port: No product of the mesh has an output port "SQL port of airport". Did you mean "SQL port of airports"?',
      'domains/operations/flights/models/flights.sql:3:9 error unstored-ref: The model domains/operations/flights/models/flights.sql reads airports, which is described only and has no rows here.',
    ],
  },
  {
    fact: 'an output port of an unknown data set',
    files: exampleMeshWith(FLIGHTS, 'data_sets: [flights]', 'data_sets: [flight]'),
    findings: [
      'domains/operations/flights/product.yaml:25:33 error unknown-data-set: The product flights has no data set "flight". Did you mean "flights"?',
    ],
  },
  {
    fact: 'a data set filled from an unknown input port',
    files: exampleMeshWith(FLIGHTS, 'from: flights_file', 'from: flight_file'),
    findings: [
      'domains/operations/flights/product.yaml:19:27 error unknown-input-port: The product flights has no input port "flight_file". Did you mean "flights_file"?',
    ],
  },
  {
    fact: 'a table of another platform that is read is no finding',
    files: exampleMeshWith(FLIGHTS, FILE_PORT, icebergPort('namespace: ops.eu, table: flights, secret: LAKEHOUSE')),
    findings: [],
  },
  {
    fact: 'a table of another platform that is named wrongly is told part by part',
    files: exampleMeshWith(FLIGHTS, FILE_PORT, icebergPort('namespace: ops..eu, tabel: flights, secret: "ADA_PW", snapshot: 12')),
    findings: [
      'domains/operations/flights/product.yaml:13:76 error bad-value: "namespace" must be names joined by dots, but is "ops..eu".',
      'domains/operations/flights/product.yaml:13:7 error missing-key: "table" is missing.',
      'domains/operations/flights/product.yaml:13:129 error wrong-type: "snapshot" must be a text, but is 12.',
      'domains/operations/flights/product.yaml:13:85 error unknown-key: Unknown key "tabel". Did you mean "table"?',
    ],
  },
  {
    fact: 'a port that names a branch and a snapshot',
    files: exampleMeshWith(FLIGHTS, FILE_PORT, icebergPort("namespace: ops, table: flights, ref: audit, snapshot: '12'")),
    findings: [
      'domains/operations/flights/product.yaml:13:120 error ref-and-snapshot: The input port flights_file names both a ref and a snapshot to read.',
    ],
  },
  {
    fact: 'a data set filled from a port that only describes',
    files: exampleMeshWith(FLIGHTS, FILE_PORT, 'type: input-port'),
    findings: [
      'domains/operations/flights/product.yaml:11:13 info input-elsewhere: The input port "flights_file" describes a source outside of Tulle; nothing is read from it.',
      'domains/operations/flights/product.yaml:18:27 error external-source: The data set raw_flights is filled from "flights_file", which only describes a source outside of Tulle.',
    ],
  },
  {
    fact: 'a data set that is filled but has no contract',
    files: exampleMesh({ 'domains/operations/flights/contracts/raw_flights.odcs.yaml': undefined }),
    findings: [
      'domains/operations/flights/product.yaml:17:13 error no-contract: The data set raw_flights is filled but has no contract.',
    ],
  },
  {
    fact: 'a data set that has a contract but nothing fills it',
    files: exampleMesh({ [FLIGHTS_MODEL]: undefined }),
    findings: [
      'domains/operations/flights/product.yaml:20:13 error no-source: Nothing fills the data set flights: it has neither a model nor an input port in `from`.',
    ],
  },
  {
    fact: 'a data set that is filled twice',
    files: exampleMeshWith(FLIGHTS, 'properties: { description: One row per flight }', 'properties: { from: flights_file }'),
    findings: [
      'domains/operations/flights/product.yaml:22:27 error two-sources: The data set flights is filled twice: by `from` and by domains/operations/flights/models/flights.sql.',
    ],
  },
  {
    fact: 'a data set that names a contract which is not there',
    files: exampleMeshWith(FLIGHTS, 'properties: { from: flights_file }', 'properties: { from: flights_file, contract: contracts/raw_flight.odcs.yaml }'),
    findings: [
      `domains/operations/flights/product.yaml:19:51 error missing-file: There is no file contracts/raw_flight.odcs.yaml in the product's folder. Did you mean "contracts/raw_flights.odcs.yaml"?`,
      'domains/operations/flights/contracts/raw_flights.odcs.yaml:1:1 warning unused-file: No data set uses domains/operations/flights/contracts/raw_flights.odcs.yaml.',
    ],
  },
  {
    fact: 'a contract and a model that no data set uses',
    files: exampleMesh({ 'domains/network/airports/contracts/other.yaml': 'x', 'domains/network/airports/models/other.sql': 'select 1' }),
    findings: [
      'domains/network/airports/contracts/other.yaml:1:1 warning unused-file: No data set uses domains/network/airports/contracts/other.yaml.',
      'domains/network/airports/models/other.sql:1:1 warning unused-file: No data set uses domains/network/airports/models/other.sql.',
    ],
  },
  {
    fact: 'a file input port that leads out of the mesh',
    files: exampleMeshWith(AIRPORTS, 'path: data/airports.csv', 'path: ../../etc/passwd'),
    findings: [
      'domains/network/airports/product.yaml:13:27 error file-path-escapes: "../../etc/passwd" leads out of the mesh folder.',
    ],
  },
  {
    fact: 'a file input port with an absolute path',
    files: exampleMeshWith(AIRPORTS, 'path: data/airports.csv', 'path: /etc/passwd'),
    findings: [
      'domains/network/airports/product.yaml:13:27 error file-path-escapes: "/etc/passwd" leads out of the mesh folder.',
    ],
  },
  {
    fact: 'a file input port with an address instead of a path',
    files: exampleMeshWith(AIRPORTS, 'path: data/airports.csv', "path: 'ftp://example.com/a.csv'"),
    findings: [
      'domains/network/airports/product.yaml:13:28 error file-path-escapes: "ftp://example.com/a.csv" leads out of the mesh folder.',
    ],
  },
  {
    fact: 'a file input port that leads out of its package',
    files: exampleMeshWith(FLIGHTS, 'npm:vega-datasets/data/flights-3m.parquet', 'npm:vega-datasets/../../x.parquet'),
    findings: [
      'domains/operations/flights/product.yaml:13:28 error file-path-escapes: "npm:vega-datasets/../../x.parquet" leads out of the mesh folder.',
    ],
  },
  {
    fact: 'a file whose format nobody says',
    files: exampleMeshWith(FLIGHTS, 'flights-3m.parquet', 'flights-3m.dat'),
    findings: [
      'domains/operations/flights/product.yaml:13:28 error file-format-unknown: The ending of "npm:vega-datasets/data/flights-3m.dat" does not say its format.',
    ],
  },
  {
    fact: 'a model that refers to nothing',
    files: exampleMeshWith(FLIGHTS_MODEL, "ref('raw_flights')", "ref('raw_flight')"),
    findings: [
      'domains/operations/flights/models/flights.sql:2:9 error unknown-ref: The model domains/operations/flights/models/flights.sql refers to "raw_flight", which the mesh does not have. Did you mean "raw_flights"?',
    ],
  },
  {
    fact: 'a model that refers to an unknown data set of a known product',
    files: exampleMeshWith(FLIGHTS_MODEL, "ref('raw_flights')", "ref('airports', 'airport')"),
    findings: [
      'domains/operations/flights/models/flights.sql:2:9 error unknown-ref: The model domains/operations/flights/models/flights.sql refers to "airports.airport", which the mesh does not have.',
    ],
  },
  {
    fact: 'a model that reads an unknown source',
    files: exampleMeshWith(FLIGHTS_MODEL, "source('airports')", "source('airport')"),
    findings: [
      'domains/operations/flights/models/flights.sql:3:9 error unknown-source: The model domains/operations/flights/models/flights.sql reads the source "airport", which is no input port of its product. Did you mean "airports"?',
    ],
  },
  {
    fact: 'an empty model',
    files: exampleMesh({ [FLIGHTS_MODEL]: ' \n' }),
    findings: [
      'domains/operations/flights/models/flights.sql:1:1 error empty-file: domains/operations/flights/models/flights.sql is empty.',
    ],
  },
  {
    fact: 'products that need each other in a circle, through a port and a model',
    files: exampleMeshWith(AIRPORTS, '- name: SQL port', '- { name: flights, type: product-input-port, properties: { product: flights, data_set: flights } }\n    - name: SQL port'),
    findings: [
      'domains/network/airports/product.yaml:17:15 error product-circle: Products need each other in a circle: airports → flights → airports.',
    ],
  },
  {
    fact: 'a product that needs itself',
    files: exampleMeshWith(FLIGHTS, 'product: airports, data_set: airports', 'product: flights, data_set: flights'),
    findings: [
      'domains/operations/flights/product.yaml:14:13 error product-circle: Products need each other in a circle: flights → flights.',
    ],
  },
  {
    fact: 'data sets of a product that need each other in a circle',
    files: new Map([...exampleMeshWith(FLIGHTS, ' { from: flights_file }', ' {}'), ['domains/operations/flights/models/raw_flights.sql', "select * from {{ ref('flights') }}"]]),
    findings: [
      'domains/operations/flights/models/raw_flights.sql:1:18 error data-set-circle: Data sets of flights need each other in a circle: raw_flights → flights → raw_flights.',
    ],
  },
  {
    fact: 'a schedule that is none',
    files: exampleMeshWith(FLIGHTS, "'0 5 * * *'", "'0 25 * * *'"),
    findings: [
      'domains/operations/flights/product.yaml:30:32 error bad-cron: "0 25 * * *" is no schedule: the hour "25" is not within 0-23.',
    ],
  },
  {
    fact: 'an unknown business key',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'url: airport_iata', 'url: airport_iato'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:12:15 error unknown-business-key: mesh.yaml declares no business key "airport_iato". Did you mean "airport_iata"?',
    ],
  },
  {
    fact: 'two types for one business key',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'name: origin\n        logicalType: string', 'name: origin\n        logicalType: integer'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:12:15 error business-key-type: The business key airport_iata has the type string, but the column origin has long.',
    ],
  },
  {
    fact: 'an unknown classification',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'classification: internal', 'classification: intern'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:12:15 warning unknown-classification: mesh.yaml does not list the classification "intern". Did you mean "internal"?',
    ],
  },
  {
    fact: 'a column that is declared twice, in another case',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'name: delay', 'name: Date'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:11:17 error duplicate-column: The column "Date" is declared twice.',
    ],
  },
  {
    fact: 'a column name that would break references',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'name: delay', 'name: "de.lay"'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:11:18 error bad-column-name: "de.lay" cannot name a column.',
    ],
  },
  {
    fact: 'a column of no known type',
    files: exampleMeshWith(FLIGHTS_CONTRACT, '{ name: delay, logicalType: integer }', '{ name: delay, physicalType: geography }'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:11:9 warning untyped-column: The column "delay" has no type that Tulle knows, so it is stored as text.',
    ],
  },
  {
    fact: 'a contract without columns',
    files: exampleMesh({ [FLIGHTS_CONTRACT]: 'apiVersion: v3.1.0\nkind: DataContract\nid: x\nversion: 1.0.0\nstatus: active\n' }),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:1:1 error contract-without-columns: The contract of flights describes no columns.',
    ],
  },
  {
    fact: `a contract of several tables, none of the data set's name`,
    files: exampleMeshWith(FLIGHTS_CONTRACT, '  - name: flights\n', '  - name: other\n    properties: []\n  - name: flight\n'),
    findings: [
      `domains/operations/flights/contracts/flights.odcs.yaml:7:1 error which-schema-object: None of the contract's schema objects is called "flights". Did you mean "flight"?`,
    ],
  },
  {
    fact: 'a misspelt check of a contract',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'metric: rowCount', 'metric: rowcount'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:18:19 error not-one-of: "metric" may not be "rowcount". Did you mean "rowCount"?',
    ],
  },
  {
    fact: 'an unknown key of a contract is kept, with a warning',
    files: exampleMeshWith(FLIGHTS_CONTRACT, 'status: active', 'status: active\nstatuz: x'),
    findings: [
      'domains/operations/flights/contracts/flights.odcs.yaml:7:1 warning contract-unknown-key: The standard has no key "statuz" here; it is kept, but nothing acts on it. Did you mean "status"?',
    ],
  },
  {
    fact: 'a business key of no known type',
    files: exampleMeshWith(MESH, 'type: string, description', 'type: txt, description'),
    findings: [
      'mesh.yaml:14:35 error bad-column-type: "txt" is no column type.',
    ],
  },
  {
    fact: 'demo users with teams, purposes and grants that do not exist',
    files: exampleMeshWith(MESH, 'teams: [], purposes: [flight_safety], grants: [flights, airports.airports]', 'teams: [opz], purposes: [flight_safty], grants: [flight, airports.airport, "a b"]'),
    findings: [
      'mesh.yaml:18:58 error unknown-team: There is no technical team "opz". Did you mean "ops"?',
      'mesh.yaml:18:75 error unknown-purpose: There is no purpose "flight_safty". Did you mean "flight_safety"?',
      'mesh.yaml:18:99 error unknown-grant: The grant "flight" names no product or data set of the mesh. Did you mean "flights"?',
      'mesh.yaml:18:107 error unknown-grant: The grant "airports.airport" names no product or data set of the mesh. Did you mean "airports.airports"?',
      'mesh.yaml:18:126 error unknown-grant: The grant "a b" names no product or data set of the mesh.',
    ],
  },
  {
    fact: 'an unknown role of a demo user',
    files: exampleMeshWith(MESH, 'role: consumer', 'role: consumr'),
    findings: [
      'mesh.yaml:18:40 error not-one-of: "role" may not be "consumr". Did you mean "consumer"?',
    ],
  },
  {
    fact: 'a capability that presets an unknown one',
    files: exampleMeshWith(DROP, 'presets: file-input-port', 'presets: file-inputport'),
    findings: [
      'capabilities/nightly-csv-drop.yaml:8:12 error unknown-base: The capability "nightly-csv-drop" presets "file-inputport", which the registry does not have. Did you mean "file-input-port"?',
    ],
  },
  {
    fact: 'capabilities that preset each other in a circle',
    files: new Map([...exampleMeshWith(DROP, 'presets: file-input-port', 'presets: other-drop'), ['capabilities/other-drop.yaml', 'apiVersion: tulle.dev/v1\nkind: ComponentDefinition\nmetadata: { name: other-drop }\nspec: { presets: nightly-csv-drop }\n']]),
    findings: [
      'capabilities/nightly-csv-drop.yaml:8:12 error preset-circle: Capabilities preset each other in a circle: nightly-csv-drop → other-drop → nightly-csv-drop.',
    ],
  },
  {
    fact: 'a capability that takes the name of a shipped one',
    files: exampleMeshWith(DROP, 'name: nightly-csv-drop', 'name: data-set'),
    findings: [
      'capabilities/nightly-csv-drop.yaml:4:9 error shipped-capability: "data-set" is a shipped capability and cannot be defined anew.',
      'domains/network/airports/product.yaml:12:13 error unknown-type: The registry has no capability "nightly-csv-drop".',
    ],
  },
  {
    fact: 'a capability whose schema is none',
    files: exampleMeshWith(DROP, 'type: object', 'type: objekt'),
    findings: [
      'capabilities/nightly-csv-drop.yaml:10:3 error bad-json-schema: This is not a usable JSON Schema: schema is invalid: data/type must be equal to one of the allowed values, data/type must be array, data/type must match a schema in anyOf.',
    ],
  },
  {
    fact: 'a preset that the shipped capability refuses',
    files: exampleMeshWith(DROP, "delimiter: ';'", "delimiter: ';;'"),
    findings: [
      'capabilities/nightly-csv-drop.yaml:9:42 error bad-value: "delimiter" must be one character, but is ";;".',
    ],
  },
  {
    fact: 'a component that lacks what the platform team demands',
    files: exampleMeshWith(AIRPORTS, ', source_system: erp', ''),
    findings: [
      `domains/network/airports/product.yaml:13:19 error schema-refuses: The capability nightly-csv-drop refuses this: the component must have required property 'source_system'.`,
    ],
  },
  {
    fact: `a component that breaks the platform team's schema`,
    files: exampleMeshWith(AIRPORTS, 'source_system: erp', 'source_system: { value: e }'),
    findings: [
      'domains/network/airports/product.yaml:13:70 error schema-refuses: The capability nightly-csv-drop refuses this: "source_system" must NOT have fewer than 2 characters.',
    ],
  },
  {
    fact: 'a file that would have no effect',
    files: exampleMesh({ 'policies/drafts/strict.yaml': 'kind: Policy' }),
    findings: [
      'policies/drafts/strict.yaml:1:1 error policy-misplaced: policies/drafts/strict.yaml lies among policies, but not where one is read.',
    ],
  },
  {
    fact: 'a file where none belongs',
    files: exampleMesh({ 'domains/operations/flights/contract/x.yaml': 'a: 1', 'README.md': '# Hello' }),
    findings: [
      'domains/operations/flights/contract/x.yaml:1:1 warning stray-file: domains/operations/flights/contract/x.yaml stands where no file of a mesh belongs, so it is not read.',
    ],
  },
  {
    fact: 'a path that leads out of the folder',
    files: exampleMesh({ 'domains/../../etc/x.yaml': 'a: 1' }),
    findings: [
      '- error bad-path: "domains/../../etc/x.yaml" is no path inside a mesh folder.',
    ],
  },
  {
    fact: 'parts of OAM that nothing acts on',
    files: exampleMeshWith(FLIGHTS, '    - name: rest\n', '    - name: rest\n      traits: []\n'),
    findings: [
      'domains/operations/flights/product.yaml:27:7 warning oam-part-not-used: "traits" is part of the Open Application Model that Tulle does not act on.',
    ],
  },
  {
    fact: 'a service level indicator of an unknown service level',
    files: exampleMeshWith(FLIGHTS, '    - name: rest\n', '    - { name: i, type: service-level-indicator, properties: { service_level_name: Fresh } }\n    - name: rest\n'),
    findings: [
      'domains/operations/flights/product.yaml:26:83 warning unknown-service-level: No service-level-asset of the product is called "Fresh".',
    ],
  },
  {
    fact: 'every mistake of several files at once',
    files: new Map([...exampleMeshWith(FLIGHTS, 'team: ops', 'team: opss'), ['teams/ops.yaml', 'a: [1'], ['domains/network/domain.yaml', 'kind: Domain']]),
    findings: [
      'teams/ops.yaml:1:6 error bad-yaml: This is not YAML 1.2: unexpected end of the stream within a flow collection.',
      'domains/network/domain.yaml:1:7 error unknown-kind: Kind "Domain" is not one that belongs here.',
      'domains/operations/flights/product.yaml:10:27 error unknown-team: There is no technical team "opss".',
    ],
  },
]

describe('loadMesh finds', () => {
  it.each(CASES.map((c) => [c.fact, c] as const))('%s', (_, { files, findings }) => {
    const mesh = loadMesh(files, { modelReads: literalModelReads })
    expect(findingsOf(mesh)).toEqual(findings)
    expect(mesh.ok).toBe(!findings.some((finding) => finding.includes(' error ')))
  })

  it('where the other places are', () => {
    const circle = loadMesh(exampleMeshWith(AIRPORTS, '- name: SQL port', '- { name: flights, type: product-input-port, properties: { product: flights, data_set: flights } }\n    - name: SQL port'))
    expect(circle.diagnostics[0]?.related).toMatchObject([{ message: 'flights needs airports here.', place: { file: FLIGHTS, line: 14, column: 13 } }])
    const twice = loadMesh(exampleMesh({ 'teams/again.yaml': 'apiVersion: tulle.dev/v1\nkind: TechnicalTeam\nmetadata: { name: ops }\n' }))
    expect(twice.diagnostics[0]?.related).toMatchObject([{ message: 'The other one is here.', place: { file: 'teams/again.yaml', line: 3, column: 19 } }])
  })

  it('nothing about models when nobody can read them', () => {
    expect(findingsOf(loadMesh(exampleMeshWith(FLIGHTS_MODEL, "ref('raw_flights')", "ref('nowhere')")))).toEqual([])
  })
})

// What a mesh folder may not say of connected input ports, and that no secret in it is ever repeated.

import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMeshWith, findingsOf, literalModelReads } from './testing/index.ts'

const FLIGHTS = 'domains/operations/flights/product.yaml'
const FLIGHTS_MODEL = 'domains/operations/flights/models/flights.sql'
const FILE_PORT = "type: file-input-port\n      properties: { path: 'npm:vega-datasets/data/flights-3m.parquet' }"
const database = (said: string): string => `type: postgres-input-port\n      properties: { host: db.example.com, database: shop, user: tulle, ${said} }`
const found = (port: string): readonly string[] => findingsOf(loadMesh(exampleMeshWith(FLIGHTS, FILE_PORT, port), { modelReads: literalModelReads })).filter((finding) => finding.includes(' error '))

describe('a connected input port', () => {
  it.each<[string, string, readonly string[]]>([
    ['with neither a query nor a table', database('tls: off'), ['names neither a query nor a table']],
    ['with both', database('query: select 1, table: orders'), ['names both a query and a table']],
    ['that follows the changes of a query', database('query: select 1, changes: true'), ['follows the changes of a query', 'has no primary key to find rows by']],
    ['with a cursor beside changes', database('table: orders, cursor: at, changes: true'), ['names a cursor beside changes', 'has no primary key to find rows by']],
    ['that follows changes into a data set without a key', database('table: orders, changes: true'), ['brings updates and deletes, but the contract of flights.raw_flights has no primary key']],
  ])('is refused %s', (_, port, findings) => {
    const all = found(port)
    expect(all).toHaveLength(findings.length)
    findings.forEach((finding, i) => expect(all[i]).toContain(finding))
  })

  it.each([
    ['a password', database('table: orders, password: planted-secret'), 14],
    ['a password that is wrapped', database('table: orders, password: {value: planted-secret}'), 14],
    ['a password where the name of a secret belongs', database('table: orders, password: {secret: planted-secret}'), 14],
    ['a token as a number', database('table: orders, api_token: 8437298472398'), 14],
    ['a secret among headers', "type: rest-input-port\n      properties: { url: 'https://x', headers: { authorization: Bearer planted-secret } }", 14],
    ['a secret among parameters', "type: rest-input-port\n      properties: { url: 'https://x', parameters: { api_key: planted-secret } }", 14],
    ['a secret in an address', "type: iceberg-input-port\n      properties: { uri: 'https://ada:planted-secret@x', namespace: a, table: b }", 14],
    ['a secret in the query of an address', "type: iceberg-input-port\n      properties: { uri: 'https://x?api_key=planted-secret', namespace: a, table: b }", 14],
  ])('with %s is refused at its place, which is all that is said of it', (_, port) => {
    const { diagnostics } = loadMesh(exampleMeshWith(FLIGHTS, FILE_PORT, port), { modelReads: literalModelReads })
    expect(JSON.stringify(diagnostics)).not.toMatch(/planted|8437298472398/u)
    const all = found(port)
    expect(all).toHaveLength(1)
    expect(all[0]).toMatch(/product\.yaml:13:\d+ error literal-secret: "[a-z_]+" holds what looks like a secret; a specification never does\.$/u)
    expect(all.join()).not.toMatch(/planted|8437298472398/u)
  })

  it('that brings only what is new is refused to a model', () => {
    const files = new Map(exampleMeshWith(FLIGHTS, FILE_PORT, database('table: orders, cursor: at')))
    files.set(FLIGHTS_MODEL, `${files.get(FLIGHTS_MODEL) ?? ''} -- {{ source('flights_file') }}`)
    const all = findingsOf(loadMesh(files, { modelReads: literalModelReads })).filter((finding) => finding.includes('port-only-straight'))
    expect(all).toHaveLength(1)
    expect(all[0]).toContain('brings only what is new, so exactly one data set takes it in, by from; here a model reads it.')
  })

  it('may name a secret', () => {
    expect(found(database('table: orders, password: {secret: SHOP_DB}')).filter((finding) => finding.includes('literal-secret'))).toEqual([])
  })
})

// What the public draft of 3.2 adds is read, kept and acted on; a contract of 3.1 may not have it.

import { describe, expect, it } from 'vitest'
import { parseContract } from './parse-contract.ts'

const contract = (version: string): string => `apiVersion: ${version}
kind: DataContract
id: a.b
version: 1.0.0
context: For dashboards
servers:
  - { server: lake, type: iceberg, id: "größe" }
  - { server: pg, type: postgresql, host: db, port: "\${DB_PORT}", database: d, schema: s }
schema:
  - name: trips
    logicalType: object
    synonyms: [{ synonym: rides }]
    context: { instructions: One row per trip }
    properties:
      - name: state
        logicalType: string
        deprecated: true
        semanticType: dimension
        enum: [{ value: open, label: Open }, { value: closed }]
        relationships: [{ id: r1, to: other.states.name }]
      - { name: facts, logicalType: map, map: { key: { logicalType: string }, value: { logicalType: integer } } }
      - { name: place, logicalType: vector, logicalTypeOptions: { dimensions: 3 } }
slaProperties: [{ property: latency, value: 4, unit: d, customProperties: [{ property: x, value: 1, vendor: soda }] }]
`

describe('a contract of the draft of 3.2', () => {
  it('is read without a finding, and what it adds is acted on', () => {
    const read = parseContract(contract('v3.2.0'), 'c.yaml')
    expect(read.diagnostics).toEqual([])
    expect(read.ok && read.value.columns).toMatchObject([
      { name: 'state', type: 'string', narrowed: { values: [{ value: 'open', label: 'Open' }, { value: 'closed' }] } },
      { name: 'facts', type: 'string' },
      { name: 'place', type: 'list<float>', narrowed: { options: { dimensions: 3 } } },
    ])
    expect(read.ok && read.value.references).toMatchObject([{ columns: ['state'], to: ['other.states.name'] }])
  })

  it('is refused where it says that it is of 3.1', () => {
    expect(parseContract(contract('v3.1.0'), 'c.yaml').diagnostics.filter(({ severity }) => severity === 'error').map(({ place }) => place?.line)).toEqual(expect.arrayContaining([1, 7, 8]))
  })
})

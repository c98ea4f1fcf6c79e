// How ports call versions, and what a folder may say of them.

import { describe, expect, it } from 'vitest'
import { loadMesh } from '../load-mesh.ts'
import { exampleMesh, literalModelReads } from '../testing/index.ts'
import { dataSetVersions } from './data-set-versions.ts'

const dataSet = (name: string, major: number, more = {}) => ({ name, contract: { major }, ...more })

describe('the names of data sets', () => {
  it('are their own, without a major version, where there is no other version', () => {
    expect(dataSetVersions([dataSet('flights', 3), dataSet('delays', 1)])).toEqual([
      { name: 'flights', stored: 'flights', isPlain: true }, { name: 'delays', stored: 'delays', isPlain: true },
    ])
  })

  it('are shared by versions: the plain one is that of the first, until another has it', () => {
    const [one, two] = [dataSet('flights', 1, { retires: '2027-01-01' }), dataSet('flights_v2', 2, { versionOf: 'flights' })]
    expect(dataSetVersions([one, two])).toEqual([
      { name: 'flights', stored: 'flights', major: 1, isPlain: true, retires: '2027-01-01', next: 2 }, { name: 'flights', stored: 'flights_v2', major: 2, isPlain: false },
    ])
    expect(dataSetVersions([one, { ...two, plainName: true }]).map(({ isPlain }) => isPlain)).toEqual([false, true])
  })

  it('stay when the first version is gone', () => {
    expect(dataSetVersions([dataSet('flights_v2', 2, { versionOf: 'flights' }), dataSet('flights_v3', 3, { versionOf: 'flights' })])).toEqual([
      { name: 'flights', stored: 'flights_v2', major: 2, isPlain: true, next: 3 }, { name: 'flights', stored: 'flights_v3', major: 3, isPlain: false },
    ])
  })
})

const FLIGHTS = 'domains/operations/flights/product.yaml'
const CONTRACT = 'domains/operations/flights/contracts/flights.odcs.yaml'

describe('versions in a folder', () => {
  const found = (properties: string, version: string): readonly string[] => {
    const files = exampleMesh({})
    const component = `\n    - name: flights_v2\n      type: data-set\n      properties: { ${properties}, model: models/flights.sql }\n`
    const changed = new Map([...files, [FLIGHTS, `${(files.get(FLIGHTS) ?? '').trimEnd()}${component}`], ['domains/operations/flights/contracts/flights_v2.odcs.yaml', (files.get(CONTRACT) ?? '').replace(/version: \S+/u, `version: ${version}`)]])
    return loadMesh(changed, { modelReads: literalModelReads }).diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  }

  it('may lie beside each other', () => {
    expect(found('version-of: flights', '2.0.0')).toEqual([])
  })

  it.each([
    ['version-of: flights', '1.7.0', 'same-major'],
    ['version-of: flights_v2', '2.0.0', 'version-of-version'],
  ])('%s with the contract of version %s is %s', (properties, version, code) => {
    expect(found(properties, version)).toContain(code)
  })
})

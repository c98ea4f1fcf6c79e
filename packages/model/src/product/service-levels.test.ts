// What is misspelt or cannot be measured of a promise is a finding, at its place; what can be is a level with its indicators.

import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMeshWith, literalModelReads } from '../testing/index.ts'
import { serviceLevelsOf } from './service-levels.ts'

const FLIGHTS = 'domains/operations/flights/product.yaml'
const asset = (properties = '') => `    - { name: Kept, type: service-level-asset${properties} }\n`
const indicator = (properties: string, level = 'Kept') => `    - { name: Measured, type: service-level-indicator, properties: { service_level_name: ${level}, ${properties} } }\n`
const read = (written: string) => loadMesh(exampleMeshWith(FLIGHTS, '    - name: rest\n', `${written}    - name: rest\n`), { modelReads: literalModelReads })
const findings = (written: string): readonly (readonly [string, number | undefined])[] => read(written).diagnostics.map(({ code, place }) => [code, place?.line])

describe('a promise', () => {
  it.each<readonly [string, string, readonly (readonly [string, number])[]]>([
    ['that nothing measures', asset(', properties: { objective: 90 }'), [['service-level-unmeasured', 26]]],
    ['that is measured under another name', asset(', properties: { objective: 90 }') + indicator('indicator: quality, at_least: 90', 'Kapt'), [['unknown-service-level', 27], ['service-level-unmeasured', 26]]],
    ['of freshness without an age', asset() + indicator('indicator: freshness'), [['indicator-needs', 27]]],
    ['of freshness with a percentile', asset() + indicator('indicator: freshness, within: 1d, percentile: p95'), [['indicator-without-use', 27]]],
    ['of latency without a limit', asset() + indicator('indicator: latency'), [['indicator-needs', 27]]],
    ['of more than all values', asset() + indicator('indicator: completeness, at_least: 101'), [['indicator-percent', 27]]],
    ['of a number of rows that there is not', asset() + indicator('indicator: volume, at_least: 5, at_most: 4'), [['indicator-range', 27]]],
    ['of a data set that there is not', asset() + indicator('indicator: volume, at_least: 5, data_set: flihgts'), [['unknown-data-set', 27]]],
    ['of a port that is not served', asset() + indicator('indicator: availability, port: sqk'), [['unknown-served-port', 27]]],
    ['that is measured too often for its window', asset(', properties: { window: 365d }') + indicator('indicator: availability, every: 1m'), [['too-many-samples', 27]]],
    ['that is measured less often than once in its window', asset(', properties: { window: 1h }') + indicator('indicator: quality, at_least: 90, every: 1d'), [['window-too-short', 27]]],
    ['that can be measured', asset() + indicator('indicator: availability, port: sql'), []],
  ])('%s: %j', (_fact, written, found) => {
    expect(findings(written)).toEqual(found)
  })

  it('has the usual objective, window and periods where nobody says others', () => {
    const mesh = read(asset() + indicator('indicator: availability'))
    const flights = mesh.ok ? mesh.value.products.get('flights') : undefined
    expect(flights === undefined ? [] : serviceLevelsOf(flights)).toMatchObject([{ title: 'Kept', objective: 99, window: 30 * 86_400_000, from: 'product', indicators: [{ title: 'Measured', every: 300_000, measured: { kind: 'availability' } }] }])
  })
})

import { describe, expect, it } from 'vitest'
import { loadMesh } from '../index.ts'
import { exampleMesh, findingsOf, literalModelReads } from '../testing/index.ts'

const FOLDER = 'domains/operations/flights/checks'
const load = (files: Readonly<Record<string, string>>) => loadMesh(exampleMesh(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${FOLDER}/${name}`, text]))), { modelReads: literalModelReads })
const rulesOf = (files: Readonly<Record<string, string>>) => {
  const mesh = load(files)
  if (!mesh.ok) throw new Error(findingsOf(mesh).join('\n'))
  const contract = mesh.value.products.get('flights')?.dataSets.find(({ name }) => name === 'flights')?.contract
  return [...(contract?.columns ?? []).flatMap(({ name, quality }) => quality.map((one) => ({ column: name, ...one }))), ...(contract?.quality ?? [])].filter(({ place }) => place.file.startsWith(FOLDER))
}

describe("a product's own checks", () => {
  it('in SodaCL name their data set', () => {
    expect(rulesOf({ 'anything.yaml': 'checks for flights:\n  - row_count > 0\n  - missing_count(delay) = 0:\n      name: no delay is missing\n' })).toMatchObject([
      { rule: { type: 'custom', engine: 'soda', implementation: 'row_count > 0' }, place: { line: 2, column: 5 } },
      { rule: { type: 'custom', engine: 'soda', implementation: { 'missing_count(delay) = 0': { name: 'no delay is missing' } } }, place: { line: 3, column: 5 } },
    ])
  })

  it('in the words of Great Expectations are of the data set that their file is named after', () => {
    expect(rulesOf({ 'flights.suite.yaml': '{"expectations": [{"type": "expect_table_row_count_to_equal", "kwargs": {"value": 3}, "severity": "warning"}]}' })).toMatchObject([
      { rule: { type: 'custom', engine: 'greatExpectations', severity: 'warning', implementation: { type: 'expect_table_row_count_to_equal', kwargs: { value: 3 } } } },
    ])
  })

  it('in the words of contracts may be about columns', () => {
    expect(rulesOf({ 'flights.yaml': 'properties:\n  - name: delay\n    quality:\n      - { metric: nullValues, mustBe: 0 }\nquality:\n  - { metric: rowCount, mustBeGreaterThan: 1 }\n' })).toMatchObject([
      { column: 'delay', metric: 'nullValues', rule: { mustBe: 0 }, place: { line: 4 } },
      { metric: 'rowCount', rule: { mustBeGreaterThan: 1 }, place: { line: 6 } },
    ])
  })

  it('as a query find the rows at fault', () => {
    expect(rulesOf({ 'flights.too_late.sql': 'select * from flights where delay > 2000' })).toMatchObject([
      { rule: { engine: 'soda', implementation: { 'failed rows': { name: 'flights.too_late', 'fail query': 'select * from flights where delay > 2000' } } }, place: { file: `${FOLDER}/flights.too_late.sql`, line: 1 } },
    ])
  })

  it('change the fingerprint of their product, and no other', () => {
    const fingerprintsOf = (files: Readonly<Record<string, string>>) => {
      const mesh = load(files)
      return mesh.ok ? [...mesh.value.products.values()].map(({ name, fingerprint }) => `${name} ${fingerprint}`) : []
    }
    const [before, after] = [fingerprintsOf({}), fingerprintsOf({ 'flights.yaml': 'quality: [{metric: rowCount, mustBe: 1}]' })]
    expect(after.filter((one) => before.includes(one)).map((one) => one.split(' ')[0])).toEqual(['airports'])
  })

  it.each([
    ['x.yaml', 'checks for flightz: [row_count > 0]', '1:1 error checks-of-nothing: The product has no data set "flightz" with a contract, so there is nothing to check. Did you mean "flights"?'],
    ['flight.yaml', 'quality: []', '1:1 error checks-of-nothing: The product has no data set "flight" with a contract, so there is nothing to check. Did you mean "flights"?'],
    ['flights.yaml', 'check for flights: []', `1:1 error checks-malformed: The checks of ${FOLDER}/flights.yaml cannot be read: "check for flights" is none of "checks for <data set>", expectations, quality, properties.`],
    ['flights.yaml', 'checks for flights: row_count > 0', `1:1 error checks-malformed: The checks of ${FOLDER}/flights.yaml cannot be read: what stands below "checks for flights" is no list of checks.`],
    ['flights.yaml', 'properties:\n  - name: delays\n    quality: []', `2:5 error checks-malformed: The checks of ${FOLDER}/flights.yaml cannot be read: flights has no column "delays". Did you mean "delay"?`],
    ['flights.yaml', '- row_count > 0', `1:1 error checks-malformed: The checks of ${FOLDER}/flights.yaml cannot be read: it is no map.`],
  ])('%s: %j is an error at its place', (name, text, finding) => {
    expect(findingsOf(load({ [name]: text }))).toEqual([`${FOLDER}/${name}:${finding}`])
  })
})

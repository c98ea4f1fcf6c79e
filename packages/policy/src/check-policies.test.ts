// Policies of a mesh folder, as: their specs → exactly these findings.

import { loadMesh } from '@tulle/model'
import { exampleMesh, findingsOf, literalModelReads } from '@tulle/model/testing'
import { describe, expect, it } from 'vitest'
import { checkMeshPolicies, tryPolicyCases, writtenConditions } from './index.ts'

const document = (kind: string, name: string, spec: string): string => `apiVersion: tulle.dev/v1\nkind: ${kind}\nmetadata: { name: ${name} }\nspec:\n${spec}\n`
function meshOf(rules: readonly string[], { status = 'enforced', cases = '' } = {}) {
  const files = exampleMesh({ 'policies/p.yaml': document('Policy', 'p', `  status: ${status}\n  rules:\n${rules.map((rule) => `    - { ${rule} }`).join('\n')}`), ...(cases !== '' && { 'policies/cases/p.yaml': document('PolicyCases', 'p', `  cases:\n${cases}`) }) })
  const mesh = loadMesh(files, { modelReads: literalModelReads })
  if (!mesh.ok) throw new Error(findingsOf(mesh).join('\n'))
  return mesh.value
}
const findings = (rules: readonly string[], options?: { status?: string }): readonly string[] => findingsOf({ diagnostics: checkMeshPolicies(meshOf(rules, options)) })
const iata = 'on: { columns: [iata] }'

describe('what is wrong with policies', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['nothing', [`name: r, ${iata}, when: 'subject.role == "consumer"', mask: { kind: hash }`], []],
    ['a condition that cannot be read', [`name: r, ${iata}, when: 'subject.(', deny: true`], ['policies/p.yaml:7:50 error cel-refused: This is no condition in CEL: <input>:1:8: found . but expecting end of input.']],
    ['a row condition that reaches beyond the row', ["name: r, on: { products: [airports] }, rows: { where: 'iata in (select iata from flights)' }"], ['policies/p.yaml:7:64 error condition-refused: This is no condition over a row: the word SELECT may not stand in it.']],
    ['a row condition of an unknown column', ["name: r, on: { products: [airports] }, rows: { where: 'latitud > 0' }"], ['policies/p.yaml:7:64 error condition-column: airports.airports has no column "latitud". Did you mean "latitude"?']],
    ['a mask that does not fit its column', ['name: r, on: { columns: [latitude] }, mask: { kind: hash }'], ['policies/p.yaml:7:53 error mask-type: p.r cannot mask airports.airports.latitude (double) by hash: only string, long and uuid can be hashed.']],
    ['a pattern that cannot be read', [`name: r, ${iata}, mask: { kind: redact, pattern: '(' }`], ['policies/p.yaml:7:75 error pattern-refused: This is no regular expression of RE2: error parsing regexp: missing closing ): `(`.']],
    ['a mask of an unknown column', [`name: r, ${iata}, mask: { kind: custom, sql: 'upper(nowhere)' }`], ['policies/p.yaml:7:71 error condition-column: airports.airports has no column "nowhere".']],
    ['a consent about an unknown column', ['name: r, on: { products: [airports] }, rows: { consent: { data-set: flights.raw_flights, column: person, matches: origin } }'], ['policies/p.yaml:7:106 error condition-column: airports.airports has no column "person".']],
    ['a rule that concerns nothing', ['name: r, on: { products: [airports], classifications: [restricted] }, deny: true'], ['policies/p.yaml:7:15 warning rule-selects-nothing: The rule p.r concerns no data of this mesh.']],
    ['a rule that a denial always overrules', ['name: a, on: { products: [airports] }, deny: true', `name: b, ${iata}, for: [marketing], mask: { kind: hash }`], ['policies/p.yaml:8:15 warning rule-unreachable: The rule p.b can never change anything: p.a already decides wherever it fits.']],
    ['a mask under a stricter one', [`name: a, ${iata}, mask: { kind: hash }`, `name: b, ${iata}, to: { roles: [consumer] }, mask: { kind: partial, first: 1 }`], ['policies/p.yaml:8:15 warning rule-unreachable: The rule p.b can never change anything: p.a already decides wherever it fits.']],
    ['two rules that say the same, once', [`name: a, ${iata}, mask: { kind: hash }`, `name: b, ${iata}, mask: { kind: hash }`], ['policies/p.yaml:8:15 warning rule-unreachable: The rule p.b can never change anything: p.a already decides wherever it fits.']],
    ['masks that are equally strict', [`name: a, ${iata}, for: [marketing], mask: { kind: constant, value: x }`, `name: b, ${iata}, to: { roles: [consumer] }, mask: { kind: constant, value: y }`], ['policies/p.yaml:8:15 warning rules-conflict: The rules p.b and p.a both concern airports.airports.iata; p.a wins.']],
    ['a rule that allows what another denies', [`name: a, on: { products: [airports] }, for: [marketing], allow: true`, 'name: b, on: { products: [airports] }, to: { roles: [consumer] }, deny: true'], ['policies/p.yaml:8:15 warning rules-conflict: The rules p.a and p.b both concern airports.airports; p.b wins.']],
    ['no conflict between purposes', [`name: a, ${iata}, for: [marketing], mask: { kind: constant, value: x }`, `name: b, ${iata}, for: [flight_safety], mask: { kind: constant, value: y }`], []],
    ['no conflict between a mask and its exception', [`name: a, ${iata}, not-for: [marketing], mask: { kind: hash }`, `name: b, ${iata}, for: [marketing], mask: { kind: partial, first: 1 }`], []],
  ])('%s', (_what, rules, expected) => expect(findings(rules)).toEqual(expected))

  it('is not looked for in retired ones', () => expect(findings([`name: r, ${iata}, when: 'subject.(', deny: true`], { status: 'retired' })).toEqual([]))
})

describe('cases', () => {
  const rules = [`name: hide, ${iata}, not-for: [marketing], mask: { kind: 'null' }`, "name: north, on: { products: [airports] }, rows: { where: 'latitude > 0' }"]
  const one = (more: string): string => `    - { name: c, subject: { name: ana }, read: airports.airports, purpose: flight_safety, ${more} }`
  const tried = (more: string) => tryPolicyCases(meshOf(rules, { cases: one(more) })).map(({ passed, differences }) => [passed, ...differences])

  it('pass where the answer is as they say', () => {
    expect(tried(`grants: [airports], expect: { effect: allow, columns: [iata, latitude], masked: [iata], rows: '("latitude" > 0)', rules: [p.hide, p.north] }`)).toEqual([[true]])
    expect(tried('grants: [{ on: airports, unmasked: [iata], columns: [iata] }], expect: { effect: allow, columns: [iata], masked: [] }')).toEqual([[true]])
    expect(tried('expect: { effect: deny }')).toEqual([[true]])
  })

  it('fail where it is not, and say in what', () => {
    expect(tried('grants: [airports], expect: { effect: deny, columns: [iata], masked: [], rows: all, rules: [] }')).toEqual([[
      false, 'effect: allow, not deny', 'columns: iata, latitude, not iata', 'masked: iata, not none', 'rows: ("latitude" > 0), not all', 'rules: p.hide, p.north, not none',
    ]])
    expect(tried('expect: { effect: allow }')).toEqual([[false, 'effect: deny, not allow', 'No grant lets ana read airports.airports.']])
  })
})

describe('cases of rules that ask Rego', () => {
  const tried = (more: string) => tryPolicyCases(meshOf(['name: board, rego: { entrypoint: tulle/decision, server: "https://opa.example.com" }'], {
    cases: `    - { name: c, subject: { name: ana }, grants: [airports], read: airports.airports, purpose: flight_safety, ${more} }`,
  })).map(({ passed, differences }) => [passed, ...differences])

  it('say what Rego answers, or are denied', () => {
    expect(tried('answers: { p.board: { allow: true, hide: [iata] } }, expect: { effect: allow, columns: [latitude], rules: [p.board] }')).toEqual([[true]])
    expect(tried('answers: { p.board: false }, expect: { effect: deny, rules: [p.board] }')).toEqual([[true]])
    expect(tried('expect: { effect: allow }')).toEqual([[false, 'effect: deny, not allow', 'The policy p.board was not asked, so nothing is given.']])
  })
})

describe('SQL that policies hold', () => {
  it('is handed to whoever has an engine, with null for values of the question', () => {
    const mesh = meshOf(["name: a, on: { products: [airports] }, rows: { where: 'latitude > {subject.level} and iata in {subject.codes}' }", `name: b, ${iata}, mask: { kind: custom, sql: 'lower(iata)' }`, `name: c, ${iata}, mask: { kind: hash }`])
    const columns = [{ name: 'iata', type: 'string' }, { name: 'latitude', type: 'double' }]
    expect(writtenConditions(mesh)).toMatchObject([{ text: '"latitude" > NULL and "iata" in (NULL)', columns, place: { line: 7 } }, { text: '(lower("iata")) IS NULL', columns, place: { line: 8 } }])
  })
})

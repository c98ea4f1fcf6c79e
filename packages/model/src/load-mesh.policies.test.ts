// Policies of a mesh folder, as: one policy beside the example → exactly these findings, or what it declares.

import { describe, expect, it } from 'vitest'
import { loadMesh } from './index.ts'
import { exampleMesh, findingsOf, literalModelReads } from './testing/index.ts'

const FILE = 'policies/strict.yaml'
const policy = (spec: string): string => `apiVersion: tulle.dev/v1\nkind: Policy\nmetadata: { name: strict }\nspec:\n${spec.split('\n').map((line) => `  ${line}`).join('\n')}\n`
const load = (spec: string, file = FILE, more: Readonly<Record<string, string>> = {}) => loadMesh(exampleMesh({ [file]: policy(spec), ...more }), { modelReads: literalModelReads })

const RULE = 'status: enforced\nrules:\n'
const FINDINGS: Readonly<Record<string, readonly [spec: string, ...findings: string[]]>> = {
  'a policy of known words has none': [`${RULE}  - { name: r, on: { domains: [network], products: [airports], data-sets: [airports], columns: [iata], classifications: [public] }, to: { teams: [ops] }, for: [marketing], environments: [prod], mask: { kind: hash } }`],
  'unknown words are answered with the nearest': [
    `${RULE}  - name: r\n    on: { domains: [networ], products: [flight], classifications: [publik] }\n    to: { teams: [op], domains: [operation] }\n    for: [marketin]\n    environments: [live]\n    deny: true`,
    'policies/strict.yaml:8:23 error unknown-policy-word: There is no domain "networ" that this could mean. Did you mean "network"?',
    'policies/strict.yaml:8:43 error unknown-policy-word: There is no product "flight" that this could mean. Did you mean "flights"?',
    'policies/strict.yaml:8:70 error unknown-policy-word: There is no classification "publik" that this could mean. Did you mean "public"?',
    'policies/strict.yaml:9:21 error unknown-policy-word: There is no team "op" that this could mean.',
    'policies/strict.yaml:9:36 error unknown-policy-word: There is no domain "operation" that this could mean. Did you mean "operations"?',
    'policies/strict.yaml:10:13 error unknown-policy-word: There is no purpose "marketin" that this could mean. Did you mean "marketing"?',
    'policies/strict.yaml:11:22 error unknown-policy-word: There is no environment "live" that this could mean.',
  ],
  'a column must be of the data that is selected': [
    `${RULE}  - { name: r, on: { products: [airports], columns: [iata, delays] }, deny: true }`,
    'policies/strict.yaml:7:62 error unknown-policy-word: There is no column "delays" that this could mean.',
  ],
  'a rule has one effect': [
    `${RULE}  - { name: r, deny: true, allow: true }`,
    'policies/strict.yaml:7:15 error bad-value: "name" must have exactly one of allow, deny, mask, rows, limits, rego, approval beside it, but is "r".',
  ],
  'a mask is of columns, and has the parameters of its kind': [
    `${RULE}  - { name: a, mask: { kind: hash } }\n  - { name: b, on: { columns: [iata] }, mask: { kind: hash, first: 3 } }\n  - { name: c, on: { columns: [iata] }, mask: { kind: round } }`,
    'policies/strict.yaml:7:24 error bad-value: "mask" needs "columns" or "classifications" in "on", but is an object.',
    'policies/strict.yaml:8:70 error bad-value: "first" does not belong to a mask of the kind hash, but is 3.',
    'policies/strict.yaml:9:57 error bad-value: "kind" needs "nearest", but is "round".',
  ],
  'a status is one of four': ['status: active', 'policies/strict.yaml:5:11 error not-one-of: "status" may not be "active".'],
  'a consent data set is one of the mesh': [
    `${RULE}  - { name: r, rows: { consent: { data-set: consents.consents, column: iata } } }\n  - { name: s, rows: { consent: { data-set: flights.raw_flights, column: iata } } }`,
    'policies/strict.yaml:7:47 error unknown-policy-word: There is no product "consents" that this could mean.',
    'policies/strict.yaml:8:35 error unknown-policy-word: There is no column "iata" that this could mean.',
  ],
  'a standard stops the mesh where it is not met': [
    'status: enforced\nstandards:\n  - { name: owners, require: owner, because: Somebody must answer. }',
    'domains/network/airports/product.yaml:3:19 error standard-not-met: The product airports has no data_product_owner: the standard strict.owners is not met. Somebody must answer.',
  ],
  'a standard in grace warns': [
    'status: grace\nstandards:\n  - { name: owners, require: owner }',
    'domains/network/airports/product.yaml:3:19 warning standard-in-grace: The product airports has no data_product_owner: the standard strict.owners, which is in grace, is not met.',
  ],
  'a standard asks for classifications, descriptions and names': [
    "status: enforced\nstandards:\n  - { name: a, on: { products: [airports] }, require: classification }\n  - { name: b, on: { products: [flights] }, require: description }\n  - { name: c, require: names, of: columns, matching: '[a-z]{1,6}' }",
    'domains/network/airports/contracts/airports.odcs.yaml:17:15 error standard-not-met: The column airports.airports.latitude has no classification: the standard strict.a is not met.',
    'domains/operations/flights/product.yaml:17:13 error standard-not-met: The data set flights.raw_flights has no description: the standard strict.b is not met.',
    'domains/network/airports/contracts/airports.odcs.yaml:17:15 error standard-not-met: The column airports.airports.latitude is not called as [a-z]{1,6} says: the standard strict.c is not met.',
  ],
  'a standard asks for masks that hold for everybody': [
    'status: enforced\nrules:\n  - { name: some, on: { classifications: [internal] }, for: [marketing], mask: { kind: hash } }\n  - { name: all, on: { classifications: [public] }, except: { roles: [steward] }, mask: { kind: hash } }\nstandards:\n  - { name: masks, require: mask, classifications: [public, internal] }',
    'domains/operations/flights/contracts/flights.odcs.yaml:12:15 error standard-not-met: The column flights.flights.origin is internal, but no enforced rule masks or hides it for everybody: the standard strict.masks is not met.',
  ],
  'a pattern of RE2 does not look around': [
    "status: enforced\nstandards:\n  - { name: c, require: names, of: columns, matching: '(?=a)' }",
    'policies/strict.yaml:7:58 error bad-pattern: "(?=a)" is no regular expression of RE2.',
  ],
  'a draft is only checked, a retired one is history': ['status: retired\nrules:\n  - { name: r, on: { products: [gone] }, deny: true }\nstandards:\n  - { name: owners, require: owner }'],
}

describe('a policy of a mesh folder', () => {
  it.each(Object.entries(FINDINGS))('%s', (_fact, [spec, ...findings]) => {
    expect(findingsOf(load(spec))).toEqual(findings)
  })

  it('of a domain cannot concern what is beyond it', () => {
    expect(findingsOf(load(`${RULE}  - { name: r, on: { products: [airports], domains: [operations] }, deny: true }`, 'domains/network/policies/strict.yaml'))).toEqual([
      'domains/network/policies/strict.yaml:7:56 error policy-beyond-domain: A policy of the domain network cannot concern the domain operations.',
    ])
  })

  it('is read with its domain, its rules and its cases', () => {
    const cases = 'apiVersion: tulle.dev/v1\nkind: PolicyCases\nmetadata: { name: strict }\nspec:\n  cases:\n    - { name: one, subject: { name: ana }, grants: [airports], read: airports.airports, expect: { effect: deny } }\n'
    const mesh = load(`${RULE}  - { name: r, deny: true }`, 'domains/network/policies/strict.yaml', { 'domains/network/policies/cases/strict.yaml': cases })
    if (!mesh.ok) throw new Error(findingsOf(mesh).join('\n'))
    expect([...mesh.value.policies.values()]).toMatchObject([{ name: 'strict', title: 'strict', domain: 'network', status: 'enforced', rules: [{ name: 'r', on: {}, to: {}, effect: { kind: 'deny' } }] }])
    expect(mesh.value.policyCases).toMatchObject([{ name: 'one', subject: { id: 'ana', role: 'consumer' }, grants: [{ product: 'airports' }], product: 'airports', dataSet: 'airports', expect: { effect: 'deny' } }])
  })

  it('has a name of its own', () => {
    expect(findingsOf(load('status: draft', FILE, { 'domains/network/policies/other.yaml': policy('status: draft') }))).toEqual(['policies/strict.yaml:3:19 error duplicate-name: There are two policies named "strict".'])
  })

  it('wants examples that are about nobody', () => {
    const contract = exampleMesh().get('domains/network/airports/contracts/airports.odcs.yaml') ?? ''
    const withExample = (example: string) => load('status: enforced\nstandards:\n  - { name: nobody, require: synthetic-examples }', FILE, {
      'domains/network/airports/contracts/airports.odcs.yaml': contract.replace('classification: public', `classification: public\n        examples: ['${example}']`),
    })
    const real = { 'jane.roe@gmail.com': 'an e-mail address', '536-22-8765': 'a social security number', 'DE89 3704 0044 0532 0130 00': 'an IBAN', '4929 1234 5678 9015': 'a card number', '+49 30 901820': 'a telephone number' }
    for (const [example, what] of Object.entries(real)) {
      expect(findingsOf(withExample(example)), example).toEqual([`domains/network/airports/contracts/airports.odcs.yaml:10:15 error standard-not-met: An example of the column airports.airports.iata looks like ${what} of a real person: the standard strict.nobody is not met.`])
    }
    for (const example of ['ORD', 'jane@example.org', 'a@b.example', '000-12-3456', 'DE89 3704 0044 0532 0130 01', '4929 1234 5678 9016', '+1-555-623-1296', '20010101']) expect(findingsOf(withExample(example)), example).toEqual([])
  })
})

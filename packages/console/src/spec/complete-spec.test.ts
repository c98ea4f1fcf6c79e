// `|` is where somebody writes.

import { expect, it } from 'vitest'
import { completeSpec, schemaOf } from './complete-spec.ts'
import type { Schemas } from './schema-types.ts'
import { whereInYaml } from './where-in-yaml.ts'

const SCHEMAS: Schemas = {
  'data-product': {
    title: 'DataProduct', required: ['kind', 'metadata', 'spec'],
    properties: {
      kind: { enum: ['DataProduct', 'Application'], description: 'What the document declares.' },
      metadata: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, title: { type: 'string' } } },
      spec: { properties: { components: { items: { required: ['name', 'type'], properties: { name: { type: 'string' }, type: { type: 'string' }, properties: { type: 'object' } } } } } },
    },
  },
  'capability.data-set': { title: 'data-set', properties: { from: { type: 'string' }, retention: { anyOf: [{ type: 'string' }, { properties: { days: { type: 'integer' } } }] } } },
  'capability.sql-output-port': { properties: { dataSets: { type: 'array', items: { $ref: '#/$defs/kind' } }, open: { type: 'boolean' } }, $defs: { kind: { enum: ['one', 'two'] } } },
}

const offered = (marked: string, path = 'domains/a/b/product.yaml'): readonly string[] | undefined => {
  const [before = '', after = ''] = marked.split('|')
  const spot = whereInYaml(before + after, before.length)
  const schema = schemaOf(path, before + after, SCHEMAS)
  return spot === undefined || schema === undefined ? undefined : completeSpec(schema, SCHEMAS, spot).map(({ label }) => label)
}

const HEAD = 'kind: DataProduct\nmetadata:\n  name: flights\nspec:\n  components:\n'

it.each<readonly [what: string, text: string, expected: readonly string[]]>([
  ['keys of the root that are not there yet', 'kind: DataProduct\n|', ['metadata', 'spec']],
  ['values of a closed list', 'kind: |', ['DataProduct', 'Application']],
  ['keys below a key', 'kind: DataProduct\nmetadata:\n  |', ['name', 'title']],
  ['keys beside a key', `kind: DataProduct\nmetadata:\n  name: x\n  t|`, ['title']],
  ['keys of an item', `${HEAD}    - |`, ['name', 'type', 'properties']],
  ['keys of an item whose dash stands under its key', 'kind: DataProduct\nspec:\n  components:\n  - name: a\n    |', ['type', 'properties']],
  ['capabilities as types', `${HEAD}    - name: a\n      type: |`, ['data-set', 'sql-output-port']],
  ['properties by the type before them', `${HEAD}    - name: a\n      type: data-set\n      properties:\n        |`, ['from', 'retention']],
  ['properties by a type behind them', `${HEAD}    - name: a\n      properties:\n        fr|\n      type: data-set\n`, ['from', 'retention']],
  ['properties of the right item of several', `${HEAD}    - name: a\n      type: data-set\n    - name: b\n      type: sql-output-port\n      properties:\n        |`, ['dataSets', 'open']],
  ['what one of several shapes has', `${HEAD}    - name: a\n      type: data-set\n      properties:\n        retention:\n          |`, ['days']],
  ['yes or no', `${HEAD}    - name: a\n      type: sql-output-port\n      properties:\n        open: |`, ['true', 'false']],
  ['items of a list by a reference', `${HEAD}    - { name: a, type: sql-output-port, properties: { dataSets: [], | } }`, ['open']],
  ['keys within brackets', `${HEAD}    - { name: a, | }`, ['type', 'properties']],
  ['types within brackets', `${HEAD}    - { name: a, type: | }`, ['data-set', 'sql-output-port']],
  ['properties within brackets within brackets', `${HEAD}    - { name: a, type: data-set, properties: { | } }`, ['from', 'retention']],
  ['nothing of a type that nobody knows', `${HEAD}    - name: a\n      type: nope\n      properties:\n        |`, []],
])('offers %s', (_what, text, expected) => expect(offered(text)).toEqual(expected))

it.each([['a comment', `${HEAD}  # n|`], ['a quoted text', 'kind: "Da|'], ['words of a text', 'kind: Data Prod|']])('offers nothing within %s', (_what, text) => expect(offered(text)).toBeUndefined())

it('knows the words of a contract by its name or by its kind', () => {
  expect(offered('kind: DataContract\nschema:\n  - name: flights\n    properties:\n      - name: delay\n        logicalType: |', 'x.yaml')).toContain('integer')
  expect(offered('sta|', 'contracts/flights.odcs.yaml')).toContain('status')
})

it('begins at the word, so that the whole of it is replaced', () => expect(whereInYaml('kind: Dat', 9)?.from).toBe(6))

import { describe, expect, it } from 'vitest'
import type { Diagnostic, Json } from '@tulle/kernel'
import { loadMesh } from '../load-mesh.ts'
import { exampleMeshWith } from '../testing/example-mesh.ts'
import { parseYaml } from '../yaml/parse-yaml.ts'
import { shreddingOf } from './shredding.ts'

const COLUMNS = [
  { name: 'guest', type: 'string', required: true, primaryKey: 1, businessKey: 'guest_id' }, { name: 'name', type: 'string', required: true, classification: 'personal' }, { name: 'born', type: 'date', required: false, classification: 'personal' },
  { name: 'nights', type: 'int', required: true }, { name: 'photo', type: 'binary', required: false }, { name: 'city', type: 'string', required: false }, { name: 'floor', type: 'string', required: false }, { name: 'room', type: 'int', required: false, businessKey: 'room' },
] as const
const LAYOUT = { partitioning: [{ column: 'city', transform: 'identity' }], sortOrder: [{ column: 'floor', direction: 'asc' }] } as const

function shredding(value: Json): unknown {
  const document = parseYaml(JSON.stringify({ customProperties: [{ property: 'shredding', value }] }), 'c.yaml')
  if (!document.ok) throw new Error('no YAML')
  const diagnostics: Diagnostic[] = []
  const found = shreddingOf(document.value, [], { columns: COLUMNS, layout: LAYOUT }, diagnostics)
  return diagnostics.length > 0 ? diagnostics.map(({ code }) => code) : found
}

describe('which columns are shredded', () => {
  it.each<[string, Json, unknown]>([
    ['the key alone', { key: 'guest' }, { key: 'guest', columns: ['guest'] }],
    ['what is classified so', { key: 'guest', classified: ['personal'] }, { key: 'guest', columns: ['guest', 'name', 'born'] }],
    ['what is named, with a word', { key: 'guest', columns: ['name'], word: 'forgotten' }, { key: 'guest', columns: ['guest', 'name'], word: 'forgotten' }],
    ['a key that is no text', { key: 'room' }, { key: 'room', columns: ['room'] }],
  ])('may be %s', (_what, value, said) => expect(shredding(value)).toEqual(said))

  it.each<[string, Json]>([
    ['nothing', {}], ['a text', 'guest'], ['a key that is none', { key: 'name' }], ['a key that is not there', { key: 'nobody' }], ['a word that it does not know', { key: 'guest', column: ['name'] }],
    ['a column that is not there', { key: 'guest', columns: ['nope'] }], ['a class that no column has', { key: 'guest', classified: ['secret'] }], ['no list', { key: 'guest', columns: 'name' }],
    ['a column of bytes', { key: 'guest', columns: ['photo'] }], ['a number that must be there', { key: 'guest', columns: ['nights'] }], ['what the table is partitioned by', { key: 'guest', columns: ['city'] }],
    ['what the table is sorted by', { key: 'guest', columns: ['floor'] }], ['a word of many lines', { key: 'guest', word: 'a\nb' }], ['a number for a word', { key: 'guest', word: 5 }],
  ])('is not said by %s', (_what, value) => expect(shredding(value)).toEqual(['bad-shredding']))
})

describe('the key that columns are shredded by', () => {
  const FLIGHTS = 'domains/operations/flights/contracts/flights.odcs.yaml'
  const shredded = exampleMeshWith(FLIGHTS, 'schema:\n  - name: flights\n', 'schema:\n  - name: flights\n    customProperties: [{property: shredding, value: {key: origin}}]\n')
  const said = (files: ReturnType<typeof exampleMeshWith>): unknown => loadMesh(files).diagnostics.map(({ code, message, place }) => [code, message, place?.line])

  it('identifies persons, or a plan says at its column that nobody could be erased by it', () => {
    expect(said(shredded)).toEqual([['shredding-key-of-nobody', 'Columns are shredded by "origin", and its business key airport_iata identifies no person, so an erasure would never destroy a key.', 13]])
    const person = new Map(shredded)
    person.set('mesh.yaml', (person.get('mesh.yaml') ?? '').replace('{ name: airport_iata,', '{ name: airport_iata, identifies: person,'))
    expect(said(person)).toEqual([])
  })
})

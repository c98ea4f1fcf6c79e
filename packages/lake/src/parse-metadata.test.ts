// What a metadata file may and may not say. The files of the Java implementation are the oracle.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMetadata } from './parse-metadata.ts'
import { printMetadata } from './print-metadata.ts'
import { tableMetadata } from './testing/arbitraries.ts'

const FIXTURES = join(import.meta.dirname, '../../../../shared/corpora/iceberg-java-fixtures/core/src/test/resources')
const present = existsSync(FIXTURES)
if (!present) console.warn(`SKIPPED: the fixtures of the Java implementation are not at ${FIXTURES}.`)

const read = (file: string): string => readFileSync(join(FIXTURES, file), 'utf8')

const VALID = [
  'TableMetadataV1Valid.json', 'TableMetadataV2Valid.json', 'TableMetadataV2ValidMinimal.json', 'TableMetadataV3ValidMinimal.json',
  'TableMetadataStatisticsFiles.json', 'TableMetadataPartitionStatisticsFiles.json',
]
const INVALID: readonly (readonly [file: string, code: string, message: string])[] = [
  ['TableMetadataV2MissingSortOrder.json', 'metadata-invalid', 'x at /sort-orders: a list is required and missing.'],
  ['TableMetadataUnsupportedVersion.json', 'metadata-version', 'x has format version 42; versions 1, 2 and 3 can be read.'],
  ['TableMetadataV2CurrentSchemaNotFound.json', 'metadata-invalid', 'x at /current-schema-id: there is no schema 2.'],
  ['TableMetadataV2MissingPartitionSpecs.json', 'metadata-invalid', 'x at /partition-specs: a list is required and missing.'],
  ['TableMetadataV2MissingSchemas.json', 'metadata-invalid', 'x at /schemas: a list is required and missing.'],
  ['TableMetadataV1MissingSchemaType.json', 'metadata-invalid', 'x at /schema/type: "struct" is required and missing.'],
  ['TableMetadataV2MissingLastPartitionId.json', 'metadata-invalid', 'x at /last-partition-id: a whole number is required and missing.'],
]

describe('a metadata file of another writer', () => {
  it.skipIf(!present).each(VALID)('%s is read, and written back without losing a value', (file) => {
    const metadata = valueOf(read(file))
    expect(valueOf(printMetadata(metadata))).toEqual({ ...metadata, formatVersion: Math.max(2, metadata.formatVersion) })
  })

  it.skipIf(!present).each(INVALID)('%s is refused: %s', (file, code, message) => {
    const result = parseMetadata(read(file), 'x')
    expect(result.diagnostics.map((d) => [d.code, d.message])).toContainEqual([code, message])
    expect(result.ok).toBe(false)
  })

  it.skipIf(!present)('is held to every fixture that there is', () => {
    expect([...VALID, ...INVALID.map(([file]) => file)].toSorted()).toEqual(readdirSync(FIXTURES).filter((file) => file.endsWith('.json')).toSorted())
  })

  it.skipIf(!present).each(VALID)('%s, cut short anywhere, is refused', (file) => {
    const text = read(file).trimEnd()
    for (let end = 0; end < text.length; end += 1 + (end % 5)) expect(parseMetadata(text.slice(0, end), 'x').ok, `cut at ${end}`).toBe(false)
  })

  it.skipIf(!present)('keeps 63-bit ids exact', () => {
    expect(valueOf(read('TableMetadataV2Valid.json')).currentSnapshotId).toBe('3055729675574597004')
  })

  it.skipIf(!present)('of version 1 gets the ids that the specification gives it', () => {
    expect(valueOf(read('TableMetadataV1Valid.json'))).toMatchObject({
      currentSchemaId: 0, schemas: [{ schemaId: 0 }], defaultSpecId: 0, lastPartitionId: 1000, sortOrders: [{ orderId: 0 }], lastSequenceNumber: 0, refs: {},
    })
  })

  it.skipIf(!present)('carries what has no word of its own', () => {
    const metadata = valueOf(read('TableMetadataV3ValidMinimal.json'))
    expect(metadata.carried).toEqual({ 'next-row-id': 0 })
    expect(metadata.schemas[0]?.fields[0]?.carried).toEqual({ 'initial-default': 1, 'write-default': 1 })
  })
})

const MINIMAL = {
  'format-version': 2, 'table-uuid': 'u', location: 'file:///t', 'last-sequence-number': 1, 'last-updated-ms': 1, 'last-column-id': 2, 'current-schema-id': 0,
  schemas: [{ type: 'struct', 'schema-id': 0, fields: [{ id: 1, name: 'a', required: false, type: 'int' }] }],
  'default-spec-id': 0, 'partition-specs': [{ 'spec-id': 0, fields: [] }], 'last-partition-id': 999, 'default-sort-order-id': 0, 'sort-orders': [{ 'order-id': 0, fields: [] }],
  snapshots: [{ 'snapshot-id': 7, 'sequence-number': 1, 'timestamp-ms': 1, summary: { operation: 'append' }, 'manifest-list': 'file:///t/l.avro', 'schema-id': 0 }],
  'current-snapshot-id': 7,
}
const withField = (field: unknown): unknown => ({ ...MINIMAL, schemas: [{ type: 'struct', 'schema-id': 0, fields: [field] }] })

describe('a metadata file', () => {
  it('without refs has its current snapshot as main', () => {
    expect(valueOf(JSON.stringify(MINIMAL)).refs).toEqual({ main: { snapshotId: '7', type: 'branch' } })
  })

  it('may say -1 for no snapshot, as Java does', () => {
    expect(valueOf(JSON.stringify({ ...MINIMAL, 'current-snapshot-id': -1 })).currentSnapshotId).toBeUndefined()
  })

  it.each([
    ['nothing', '', 'x is not JSON: JSON value expected but reached end of input at position 0.'],
    ['half of itself', JSON.stringify(MINIMAL).slice(0, 200), undefined],
    ['a list', '[]', 'x at /: an object is expected, not a list.'],
    ['a key twice', '{"location":"a","location":"b"}', 'x is not JSON: the key "location" occurs twice (at character 17).'],
    ['a number beyond all bounds', '{"a":1e999}', 'x is not JSON: the number 1e999 is out of range.'],
    ['ten thousand nested lists', '['.repeat(10_000) + ']'.repeat(10_000), undefined],
    ['a snapshot id of 65 bits', JSON.stringify({ ...MINIMAL, 'current-snapshot-id': 'ID' }).replace('"ID"', '18446744073709551616'), 'x at /current-snapshot-id: a 64-bit integer is expected, not 18446744073709551616.'],
    ['a fraction for an id', JSON.stringify({ ...MINIMAL, 'current-snapshot-id': 7.5 }), 'x at /current-snapshot-id: a 64-bit integer is expected, not 7.5.'],
    ['a snapshot that is not there', JSON.stringify({ ...MINIMAL, 'current-snapshot-id': 8 }), 'x at /current-snapshot-id: there is no snapshot 8.'],
    ['a ref to nothing', JSON.stringify({ ...MINIMAL, refs: { old: { type: 'tag', 'snapshot-id': 8 } } }), 'x at /refs/old: there is no snapshot 8.'],
    ['a main that is not current', JSON.stringify({ ...MINIMAL, 'current-snapshot-id': -1, refs: { main: { type: 'branch', 'snapshot-id': 7 } } }), 'x at /refs/main: main is not the current snapshot.'],
    ['an unknown type', JSON.stringify(withField({ id: 1, name: 'a', required: false, type: 'varchar' })), 'x at /schemas/0/fields/0/type: "varchar" is no type.'],
    ['two columns with one id', JSON.stringify({ ...MINIMAL, schemas: [{ type: 'struct', 'schema-id': 0, fields: [1, 1].map((id, i) => ({ id, name: `c${i}`, required: false, type: 'int' })) }] }), 'x at /schemas/0/fields: the columns "c0" and "c1" have the same id 1.'],
    ['properties that are no texts', JSON.stringify({ ...MINIMAL, properties: { a: 1 } }), 'x at /properties/a: a text is expected, not 1.'],
    ['a snapshot ahead of the table', JSON.stringify({ ...MINIMAL, 'last-sequence-number': 0 }), 'x at /last-sequence-number: the snapshot 7 has the higher sequence number 1.'],
    ['members only of its prototype', `{"__proto__":${JSON.stringify(MINIMAL)}}`, undefined],
  ])('with %s is refused', (_, text, message) => {
    const result = parseMetadata(text, 'x')
    expect(result.ok).toBe(false)
    if (message !== undefined) expect(result.diagnostics.map((d) => d.message)).toContain(message)
    expect(({} as Record<string, unknown>)['format-version']).toBeUndefined()
  })

  it('prints so that it reads back equal, whatever it holds', () => {
    fc.assert(fc.property(tableMetadata, (metadata) => {
      expect(valueOf(printMetadata(metadata))).toEqual(metadata)
    }), { numRuns: 200 })
  })

  it('with any value put in the place of another is read or refused, and never breaks the reader', () => {
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom<unknown>(null, -1, 1e15, '', '__proto__', [], {}, [null], [[]], { fields: null }, { type: 'struct' }, { type: 'list' }, { type: 'map', fields: [{}] }))
    const paths = pathsOf({ ...MINIMAL, properties: { a: 'b' }, refs: { main: { type: 'branch', 'snapshot-id': 7 } }, 'snapshot-log': [{ 'snapshot-id': 7, 'timestamp-ms': 1 }] })
    fc.assert(fc.property(fc.constantFrom(...paths), odd, (path, value) => {
      const result = parseMetadata(JSON.stringify(replaced(MINIMAL, path, value)), 'x')
      expect(result.ok || result.diagnostics.length > 0).toBe(true)
      if (result.ok) expect(parseMetadata(printMetadata(result.value), 'x')).toEqual(result)
    }), { numRuns: 1000 })
  })

  it('with a thousand mistakes names a hundred of them', () => {
    const result = parseMetadata(JSON.stringify({ ...MINIMAL, snapshots: Array.from({ length: 1000 }, () => ({})) }), 'x')
    expect(result.diagnostics).toHaveLength(100)
  })

  it('keeps a property called __proto__', () => {
    const text = JSON.stringify({ ...MINIMAL, properties: JSON.parse('{"__proto__":"x"}') as unknown })
    const metadata = valueOf(text)
    expect(Object.entries(metadata.properties)).toEqual([['__proto__', 'x']])
    expect(Object.entries(valueOf(printMetadata(metadata)).properties)).toEqual([['__proto__', 'x']])
  })
})

/** The path of every value in a JSON value. */
const pathsOf = (value: unknown): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, inner]) => [[key], ...pathsOf(inner).map((path) => [key, ...path])]) : []

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...(value as unknown[])] : { ...(value as Record<string, unknown>) }
  Object.assign(copy, { [key]: replaced((copy as Record<string, unknown>)[key], rest, by) })
  return copy
}

function valueOf(text: string): Extract<ReturnType<typeof parseMetadata>, { ok: true }>['value'] {
  const result = parseMetadata(text, 'x')
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}

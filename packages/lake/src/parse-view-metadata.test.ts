// What the metadata file of a view may and may not say. The files of the Java implementation are the oracle.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ViewMetadata } from './types.ts'
import { parseViewMetadata, printViewMetadata } from './parse-view-metadata.ts'

const FIXTURES = join(import.meta.dirname, '../../../../shared/corpora/iceberg-java-fixtures/core/src/test/resources/org/apache/iceberg/view')
const present = existsSync(FIXTURES)
if (!present) console.warn(`SKIPPED: the view fixtures of the Java implementation are not at ${FIXTURES}.`)

const read = (file: string): string => readFileSync(join(FIXTURES, file), 'utf8')
const MINIMAL = {
  'view-uuid': 'u', 'format-version': 1, location: 'file:///v', 'current-version-id': 1,
  schemas: [{ type: 'struct', 'schema-id': 0, fields: [] }],
  versions: [{ 'version-id': 1, 'timestamp-ms': 1, 'schema-id': 0, summary: {}, 'default-namespace': ['n'], representations: [{ type: 'sql', sql: 'select 1', dialect: 'duckdb' }] }],
  'version-log': [{ 'version-id': 1, 'timestamp-ms': 1 }],
}

describe("a view's metadata file of another writer", () => {
  // Two statements for one dialect may be read, though no writer may add them.
  it.skipIf(!present).each(['ValidViewMetadata.json', 'ViewMetadataMultipleSQLsForDialect.json'])('%s is read, and written back without losing a value', (file) => {
    const metadata = valueOf(read(file))
    expect(valueOf(printViewMetadata(metadata))).toEqual(metadata)
  })

  it.skipIf(!present).each([
    ['ViewMetadataInvalidCurrentSchema.json', 'x at /versions/1/schema-id: there is no schema 1234.'],
    ['ViewMetadataInvalidCurrentVersion.json', 'x at /current-version-id: there is no version 1234.'],
    ['ViewMetadataMissingCurrentVersion.json', 'x at /current-version-id: a whole number is required and missing.'],
    ['ViewMetadataMissingLocation.json', 'x at /location: a text is required and missing.'],
  ])('%s is refused: %s', (file, message) => {
    expect(parseViewMetadata(read(file), 'x').diagnostics.map((d) => [d.code, d.message])).toContainEqual(['metadata-invalid', message])
  })
})

describe("a view's metadata", () => {
  it('keeps what has no word of its own', () => {
    const metadata = valueOf(JSON.stringify({ ...MINIMAL, 'current-schema-id': 0 }))
    expect(metadata.carried).toEqual({ 'current-schema-id': 0 })
    expect(valueOf(printViewMetadata(metadata))).toEqual(metadata)
  })

  it.each([
    ['a format of the future', { 'format-version': 2 }, 'view-version', 'x has the view format version 2; only version 1 can be read.'],
    ['two versions of one id', { versions: [...MINIMAL.versions, ...MINIMAL.versions] }, 'metadata-invalid', 'x at /versions/1/version-id: the id 1 occurs twice.'],
    ['what is no statement', { versions: [{ ...MINIMAL.versions[0], representations: [{ type: 'python' }] }] }, 'metadata-invalid', 'x at /versions/0/representations/0/type: "sql" is expected, not "python".'],
  ])('with %s is refused', (_, change, code, message) => {
    expect(parseViewMetadata(JSON.stringify({ ...MINIMAL, ...change }), 'x').diagnostics.map((d) => [d.code, d.message])).toContainEqual([code, message])
  })
})

function valueOf(text: string): ViewMetadata {
  const result = parseViewMetadata(text, 'x')
  if (!result.ok) throw new Error(result.diagnostics.map((d) => d.message).join('\n'))
  return result.value
}

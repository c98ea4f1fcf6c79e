// Files that were damaged or forged, byte by byte: each is read or refused, nothing throws, and no few bytes become many values.

import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { DataFile, Lake, ManifestFile, Table } from './types.ts'
import type { AvroSchema } from './avro-types.ts'
import { commit } from './commit.ts'
import { createTable } from './create-table.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { parseMetadata } from './parse-metadata.ts'
import { partitionColumns, type PartitionColumn } from './partition-columns.ts'
import { planScan } from './scan.ts'
import { printMetadata } from './print-metadata.ts'
import { readAvroFile } from './avro-file.ts'
import { readManifest } from './manifest.ts'
import { readManifestList } from './manifest-list.ts'
import { Sink, writeValue } from './avro-codec.ts'
import { stageAppend } from './stage-snapshot.ts'

let lake: Lake
let table: Table
let columns: readonly PartitionColumn[]
let listBytes: Uint8Array
let manifestBytes: Uint8Array
let listed: ManifestFile

beforeAll(async () => {
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  const name = { namespace: 'n', name: 't' }
  const empty = valueOf(await createTable(lake, {
    name, folder: 'p', columns: [{ name: 'a', type: 'int' }, { name: 'b', type: 'decimal(9, 2)' }, { name: 'c', type: 'string' }],
    partitioning: [{ source: 'a', transform: 'bucket[4]' }, { source: 'b', transform: 'identity' }, { source: 'c', transform: 'truncate[2]' }],
  }))
  const file = (i: number): DataFile => ({
    path: lake.objects.address(newDataPath(lake, empty)), rows: 3, bytes: 10, partition: [i % 4, 100n, 'ab'], valueCounts: new Map([[1, 3]]), nullCounts: new Map([[1, 0]]),
    lowerBounds: new Map([[1, Uint8Array.of(1, 0, 0, 0)]]), upperBounds: new Map([[1, Uint8Array.of(9, 0, 0, 0)]]), splitOffsets: [4], sortOrderId: 0,
  })
  ;[table] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, empty, { files: [0, 1, 2, 3].map(file) }))])) as [Table]
  columns = partitionColumns(table.metadata.partitionSpecs[0] ?? { specId: 0, fields: [] }, table.metadata)
  const list = table.currentSnapshot?.manifestList ?? ''
  listBytes = valueOf(await lake.objects.read(list))
  listed = valueOf(readManifestList(listBytes, list))[0] as ManifestFile
  manifestBytes = valueOf(await lake.objects.read(listed.path))
})

/** The same container without compression, so that damage reaches the values. */
function unpacked(bytes: Uint8Array): Uint8Array {
  const { header, records } = valueOf(readAvroFile(bytes, 'f'))
  const schema = JSON.parse(Buffer.from(header.get('avro.schema') ?? []).toString()) as AvroSchema
  const [sink, body] = [new Sink(), new Sink()]
  for (const record of records) writeValue(body, schema, record)
  sink.put(Buffer.from('Obj\u0001', 'latin1'))
  const members = [...header, ['avro.codec', Buffer.from('null')] as const].filter(([key], i, all) => all.findLastIndex(([other]) => other === key) === i)
  sink.long(members.length)
  for (const [key, value] of members) {
    sink.sized(Buffer.from(key))
    sink.sized(value)
  }
  sink.long(0)
  const sync = Buffer.alloc(16, 7)
  sink.put(sync)
  sink.long(records.length)
  sink.sized(body.bytes)
  sink.put(sync)
  return Uint8Array.from(sink.bytes)
}

const CODES = ['avro-invalid', 'avro-codec', 'manifest-invalid']
const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 })
const damaged = (bytes: Uint8Array, flips: readonly (readonly [at: number, mask: number])[]): Uint8Array => {
  const copy = Uint8Array.from(bytes)
  for (const [at, mask] of flips) copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ mask
  return copy
}
const readOrRefused = (read: Result<readonly unknown[]>, bytes: Uint8Array): void => {
  if (read.ok) expect(read.value.length).toBeLessThanOrEqual(bytes.length)
  else expect(CODES).toContain(read.diagnostics[0]?.code)
}

describe.each([
  ['a manifest', () => manifestBytes, (bytes: Uint8Array) => readManifest(bytes, listed, columns)],
  ['a manifest list', () => listBytes, (bytes: Uint8Array) => readManifestList(bytes, 'l')],
] as const)('%s', (_, whole, read) => {
  it('is read, packed and unpacked, before it is damaged', () => {
    expect(read(unpacked(whole()))).toEqual(read(whole()))
    expect(read(whole()).ok).toBe(true)
  })

  it('with flipped bytes is read or refused', () => {
    const plain = unpacked(whole())
    const outcomes = { read: 0, refused: 0 }
    fc.assert(fc.property(damage, fc.boolean(), (flips, packed) => {
      const bytes = damaged(packed ? whole() : plain, flips)
      const result: Result<readonly unknown[]> = read(bytes)
      readOrRefused(result, bytes)
      outcomes[result.ok ? 'read' : 'refused'] += 1
    }), { numRuns: 2000 })
    // The control: were no damage to reach the reader, or all of it stopped at the door, this would test nothing.
    expect(Math.min(outcomes.read, outcomes.refused)).toBeGreaterThan(50)
  })

  it('cut short anywhere is refused', () => {
    for (const bytes of [whole(), unpacked(whole())]) {
      for (let end = 0; end < bytes.length; end += 1) {
        const result = read(bytes.subarray(0, end))
        // Between header and first block the file is whole, and empty.
        if (result.ok) expect(result.value).toEqual([])
        else expect(CODES).toContain(result.diagnostics[0]?.code)
      }
    }
  })

  it('whose schema claims more than there is, is refused', () => {
    const forged = (schema: unknown, body: string): Uint8Array => {
      const sink = new Sink()
      sink.put(Buffer.from('Obj\u0001', 'latin1'))
      sink.long(1)
      sink.sized(Buffer.from('avro.schema'))
      sink.sized(Buffer.from(JSON.stringify(schema)))
      sink.long(0)
      sink.put(Buffer.alloc(16))
      sink.put(Buffer.from(body, 'hex'))
      return Uint8Array.from(sink.bytes)
    }
    const record = (type: unknown): unknown => ({ type: 'record', name: 'manifest_entry', fields: [{ name: 'x', type, 'field-id': 0 }] })
    for (const [schema, body] of [
      [record({ type: 'array', items: 'null' }), `020c${'feffffff0f'}00${'00'.repeat(16)}`],
      [record({ type: 'fixed', name: 'f', size: 2 ** 40 }), `020200${'00'.repeat(16)}`],
      [record({ type: 'record', name: 'empty', fields: [] }), `feffffffffffffffff0100${'00'.repeat(16)}`],
      [record('manifest_entry'), `020200${'00'.repeat(16)}`],
      [Array.from({ length: 100 }).reduce<unknown>((inner) => ({ type: 'array', items: inner }), 'int'), ''],
      [record(null), '0202'], [[], '020200'], ['manifest_entry', '020200'],
    ] as const) readOrRefused(read(forged(schema, body)), forged(schema, body))
  })
})

describe('a metadata file', () => {
  it('cut short anywhere is refused', () => {
    const text = printMetadata(table.metadata)
    for (let end = 0; end < text.length; end += 7) expect(parseMetadata(text.slice(0, end), 'x').ok, `cut at ${end}`).toBe(false)
    expect(parseMetadata(text, 'x').ok).toBe(true)
  })

  it('with flipped characters is read or refused, and its table is planned or refused', async () => {
    const text = printMetadata(table.metadata)
    await fc.assert(fc.asyncProperty(fc.nat({ max: text.length - 1 }), fc.constantFrom('"', '{', '}', '[', ']', '0', '9', '-', ',', ':', 'x', ' ', '\\', '\u0000', '\u202e'), async (at, by) => {
      const parsed = parseMetadata(text.slice(0, at) + by + text.slice(at + 1), 'x')
      if (!parsed.ok) {
        expect(parsed.diagnostics.length).toBeGreaterThan(0)
        return
      }
      const schema = parsed.value.schemas.find((s) => s.schemaId === parsed.value.currentSchemaId)
      const snapshot = parsed.value.snapshots.find((s) => s.id === parsed.value.currentSnapshotId)
      if (schema === undefined || snapshot === undefined) return
      const forged: Table = { ...table, location: parsed.value.location, metadata: parsed.value, schema, schemas: parsed.value.schemas, snapshots: parsed.value.snapshots, currentSnapshot: snapshot }
      const scan = await planScan(lake, forged, { filter: { kind: 'compare', fieldId: 1, operator: '=', value: 2 } })
      expect(scan.ok || scan.diagnostics.length > 0).toBe(true)
    }), { numRuns: 500 })
  })
})

describe('a hostile name', () => {
  it.each(['*', '"', "'; DROP TABLE t; --", '../../etc/passwd', '\u202etxt.exe', '%00', 'a/b', '?', '\\', '$(x)', '__proto__', 'constructor', '🙂'])('%j of a column, a partition field and a table stays a name', async (odd) => {
    const own = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
    const name = { namespace: odd, name: odd }
    const created = valueOf(await createTable(own, { name, folder: 'p', columns: [{ name: odd, type: 'string' }], partitioning: [{ source: odd, transform: 'identity', name: `${odd} by` }], sortOrder: [{ source: odd }] }))
    const file = { path: own.objects.address(newDataPath(own, created)), rows: 1, bytes: 1, partition: [odd] }
    valueOf(await commit(own, [valueOf(await stageAppend(own, created, { files: [file] }))]))
    const loaded = valueOf(await loadTable(own, name))
    expect(loaded.schema.fields.map((f) => f.name)).toEqual([odd])
    const scan = valueOf(await planScan(own, loaded, { filter: { kind: 'compare', fieldId: 1, operator: '=', value: odd } }))
    expect(scan.files.map((f) => f.file.partition)).toEqual([[odd]])
    // No value and no name of the table becomes part of a path.
    expect(own.objects.pathOf(file.path)).toMatchObject({ ok: true, value: expect.stringMatching(/^p\/[A-Za-z0-9_]*-[0-9a-f]{8}\/data\/[0-9a-f-]{36}\.parquet$/u) as string })
  })

  it.each(['a\u0000b', 'a\nb', '\u007f', ''])('%j is refused for a column', async (odd) => {
    expect(await createTable(lake, { name: { namespace: 'n', name: 'other' }, folder: 'p', columns: [{ name: odd, type: 'string' }] })).toMatchObject({ ok: false, diagnostics: [{ code: 'bad-column-name' }] })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

// What each update does to a table's metadata, and what the format forbids.

import { describe, expect, it } from 'vitest'
import { JsonReader, parseExactJson, parseMetadata, printMetadata } from '@tulle/lake'
import type { TableMetadata } from '@tulle/lake'
import type { Result } from '@tulle/kernel'
import { applyUpdates, emptyMetadata } from './apply-updates.ts'
import { readTableChange } from './parse-commit.ts'
import { valueOf } from './testing/rig.ts'

const NOW = 2_000
const field = (id: number, name: string, type: unknown = 'int', required = false): object => ({ id, name, type, required })
const schema = (...fields: object[]): object => ({ type: 'struct', 'schema-id': 0, fields })
const snapshot = (id: number | string, sequence: number, more: object = {}): object =>
  ({ 'snapshot-id': id, 'sequence-number': sequence, 'timestamp-ms': 1_000 + sequence, 'manifest-list': `file:///t/metadata/${id}.avro`, summary: { operation: 'append' }, 'schema-id': 0, ...more })
const branch = (name: string, id: number, type = 'branch'): object => ({ action: 'set-snapshot-ref', 'ref-name': name, type, 'snapshot-id': id })

const CREATE = [
  { action: 'add-schema', schema: schema(field(1, 'a'), field(2, 'b', 'string', true), field(3, 'c', 'float')) }, { action: 'set-current-schema', 'schema-id': -1 },
  { action: 'add-spec', spec: { fields: [{ name: 'a_bucket', transform: 'bucket[4]', 'source-id': 1 }] } }, { action: 'set-default-spec', 'spec-id': -1 },
]
const TWO = [{ action: 'add-snapshot', snapshot: snapshot(1, 1) }, branch('main', 1), { action: 'add-snapshot', snapshot: snapshot(2, 2, { 'parent-snapshot-id': 1 }) }, branch('main', 2), branch('old', 1, 'tag')]

const apply = (base: TableMetadata, updates: readonly object[], isNew = false): Result<TableMetadata> => {
  const body = new JsonReader(valueOf(parseExactJson(JSON.stringify({ requirements: [], updates }), 'x')), 'x')
  const change = readTableChange(body)
  if (body.findings.length > 0) throw new Error(body.findings.map((f) => f.message).join('\n'))
  return applyUpdates(base, change.updates, { now: NOW, isNew })
}
const empty = emptyMetadata('u-1', 'file:///t', 1_000)
const created = valueOf(apply(empty, CREATE, true))
const table = valueOf(apply(created, TWO))

describe('updates', () => {
  it('make a table of nothing, with ids that the catalogue gives', () => {
    expect(created).toMatchObject({
      currentSchemaId: 0, lastColumnId: 3, defaultSpecId: 0, lastPartitionId: 1000, defaultSortOrderId: 0,
      partitionSpecs: [{ specId: 0, fields: [{ fieldId: 1000, transform: 'bucket[4]' }] }], sortOrders: [{ orderId: 0, fields: [] }],
    })
  })

  it('of snapshots move main and keep its log, also where a branch took part', () => {
    expect(table).toMatchObject({ currentSnapshotId: '2', lastSequenceNumber: 2, snapshotLog: [{ snapshotId: '1', timestamp: 1_001 }, { snapshotId: '2', timestamp: 1_002 }], refs: { main: { snapshotId: '2' }, old: { type: 'tag' } } })
    expect(valueOf(apply(table, [branch('audit', 1), branch('main', 1)]))).toMatchObject({ currentSnapshotId: '1', lastUpdated: NOW, snapshotLog: [{}, {}, { snapshotId: '1', timestamp: NOW }] })
  })

  it.each([
    ['a schema that is there already is not added twice', [CREATE[0]], { schemas: table.schemas, currentSchemaId: 0 }],
    ['a schema may widen a column and drop another', [{ action: 'add-schema', schema: schema(field(1, 'a', 'long'), field(2, 'b', 'string', true)) }, { action: 'set-current-schema', 'schema-id': -1 }], { currentSchemaId: 1, lastColumnId: 3 }],
    ['a spec that is there already is not added twice', [CREATE[2], { action: 'set-default-spec', 'spec-id': -1 }], { partitionSpecs: table.partitionSpecs, defaultSpecId: 0 }],
    ['a partition field that another spec has keeps its id', [{ action: 'add-spec', spec: { fields: [{ name: 'x', transform: 'identity', 'source-id': 2 }, { name: 'y', transform: 'bucket[4]', 'source-id': 1 }] } }], { lastPartitionId: 1001, partitionSpecs: [{}, { specId: 1, fields: [{ fieldId: 1001 }, { fieldId: 1000 }] }] }],
    ['a sort order gets the next number', [{ action: 'add-sort-order', 'sort-order': { 'order-id': 9, fields: [{ 'source-id': 1, transform: 'identity', direction: 'desc', 'null-order': 'nulls-last' }] } }, { action: 'set-default-sort-order', 'sort-order-id': -1 }], { defaultSortOrderId: 1 }],
    ['snapshots go with the log before them', [{ action: 'remove-snapshot-ref', 'ref-name': 'old' }, { action: 'remove-snapshots', 'snapshot-ids': [1] }], { snapshots: [{ id: '2' }], snapshotLog: [{ snapshotId: '2' }] }],
    ['main may go, and the table is empty', [{ action: 'remove-snapshot-ref', 'ref-name': 'main' }], { snapshotLog: [], refs: { old: {} } }],
    ['properties come and go', [{ action: 'set-properties', updates: { a: '1', b: '2', __proto__x: '3' } }, { action: 'remove-properties', removals: ['a', 'none'] }], { properties: { b: '2', __proto__x: '3' } }],
    ['statistics are carried, one file for each snapshot', [1, 2].map((n) => ({ action: 'set-statistics', statistics: { 'snapshot-id': 2, 'statistics-path': `file:///t/metadata/${n}.puffin`, 'file-size-in-bytes': n, 'file-footer-size-in-bytes': 1, 'blob-metadata': [] } })), { carried: { statistics: [{ 'file-size-in-bytes': 2 }] } }],
    ['a schema that nobody uses may go', [{ action: 'add-schema', schema: schema(field(4, 'd')) }, { action: 'remove-schemas', 'schema-ids': [1] }], { schemas: table.schemas, lastColumnId: 4 }],
  ])('%s', (_, updates, wanted) => {
    const next = valueOf(apply(table, updates as object[]))
    expect(next).toMatchObject(wanted)
    expect(parseMetadata(printMetadata(next), 'x').diagnostics).toEqual([])
  })

  it.each([
    ['another identity', [{ action: 'assign-uuid', uuid: 'u-2' }], 'the table is u-1, and keeps its identity'],
    ['format 3', [{ action: 'upgrade-format-version', 'format-version': 3 }], 'only version 2 is written here, not 3'],
    ['another place', [{ action: 'set-location', location: 'file:///' }], 'a table stays where it is'],
    ['no columns', [{ action: 'add-schema', schema: schema() }], 'it has no columns'],
    ['two columns of one name', [{ action: 'add-schema', schema: schema(field(1, 'a'), field(4, 'A')) }], 'two columns are called "A" by engines that ignore case'],
    ['a narrower type', [{ action: 'add-schema', schema: schema(field(1, 'a', 'string')) }, { action: 'set-current-schema', 'schema-id': -1 }], 'the column "a" is int and cannot become string'],
    ['nulls in a required column', [{ action: 'add-schema', schema: schema(field(1, 'a', 'int', true)) }, { action: 'set-current-schema', 'schema-id': -1 }], 'the column "a" is optional and cannot become required'],
    ['a new required column', [{ action: 'add-schema', schema: schema(field(4, 'd', 'int', true)) }, { action: 'set-current-schema', 'schema-id': -1 }], 'the column "d" is new and required, but rows already written have no value for it'],
    ['the id of a column that was dropped', [{ action: 'add-schema', schema: schema(field(1, 'a')) }, { action: 'set-current-schema', 'schema-id': -1 }, { action: 'add-schema', schema: schema(field(1, 'a'), field(3, 'back', 'date')) }, { action: 'set-current-schema', 'schema-id': -1 }], 'the column "back" is float and cannot become date'],
    ['floating-point numbers as identity', [{ action: 'add-schema', schema: { ...schema(field(2, 'b', 'string', true), field(3, 'c', 'float')), 'identifier-field-ids': [3] } }, { action: 'set-current-schema', 'schema-id': -1 }], 'the column "c" cannot identify rows: it must be required, of a simple type and not a floating-point number'],
    ['a schema that is not there', [{ action: 'set-current-schema', 'schema-id': 9 }], 'there is no schema 9'],
    ['-1 where nothing was added', [{ action: 'set-default-spec', 'spec-id': -1 }], 'there is no partition spec -1'],
    ['a transform of its own', [{ action: 'add-spec', spec: { fields: [{ name: 'x', transform: 'zorder', 'source-id': 1 }] } }], '"zorder" is no transform'],
    ['a transform of another type', [{ action: 'add-spec', spec: { fields: [{ name: 'x', transform: 'hour', 'source-id': 1 }] } }], 'hour does not apply to "a", which is int'],
    ['a partition by no column', [{ action: 'add-spec', spec: { fields: [{ name: 'x', transform: 'identity', 'source-id': 9 }] } }], 'there is no column with the id 9'],
    ['a partition field id of another', [{ action: 'add-spec', spec: { fields: [{ name: 'x', 'field-id': 1000, transform: 'identity', 'source-id': 2 }] } }], 'the partition field id 1000 belongs to "a_bucket"'],
    ['a snapshot twice', [{ action: 'add-snapshot', snapshot: snapshot(1, 3) }], 'the table has a snapshot 1 already'],
    ['a snapshot of no schema', [{ action: 'add-snapshot', snapshot: snapshot(3, 3, { 'schema-id': 7 }) }], 'there is no schema 7'],
    ['a branch at nothing', [branch('main', 9)], 'there is no snapshot 9'],
    ['main as a tag', [branch('main', 1, 'tag')], 'main is a branch'],
    ['a branch called __proto__', [branch('__proto__', 1)], '"__proto__" cannot be the name of a branch or tag'],
    ['a snapshot that a tag holds', [{ action: 'remove-snapshots', 'snapshot-ids': [1] }], '"old" is at the snapshot 1'],
    ['the current schema', [{ action: 'remove-schemas', 'schema-ids': [0] }], 'the current schema stays'],
    ['the default spec', [{ action: 'remove-partition-specs', 'spec-ids': [0] }], 'the default partition spec stays'],
  ])('to or without %s are refused', (_, updates, problem) => {
    const result = apply(table, updates)
    expect(result.diagnostics.map((d) => [d.code, d.message.replace(/^The update \d+ \([a-z-]+\) is refused: |\.$/gu, '')])).toEqual([['update-refused', problem]])
  })

  it('with a sequence number that another commit took are to be tried again', () => {
    expect(apply(table, [{ action: 'add-snapshot', snapshot: snapshot(3, 2) }]).diagnostics.map((d) => d.code)).toEqual(['requirement-failed'])
  })
})

// Random schemas and metadata for property tests.

import fc from 'fast-check'
import type { Column, FieldType, JsonObject, Snapshot, TableMetadata, Value } from '../types.ts'
import { assignFieldIds } from '../assign-field-ids.ts'
import { PRIMITIVE_TYPES } from '../type-text.ts'

const decimalType = fc.integer({ min: 1, max: 38 }).chain((p) => fc.integer({ min: 0, max: p }).map((s) => `decimal(${p}, ${s})`))
const primitive = fc.oneof(fc.constantFrom(...PRIMITIVE_TYPES), decimalType, fc.integer({ min: 1, max: 64 }).map((n) => `fixed[${n}]`))

/** A value of a primitive type. */
export function valueOf(type: string): fc.Arbitrary<Value> {
  const decimal = /^decimal\((\d+),/u.exec(type)
  const fixed = /^fixed\[(\d+)\]$/u.exec(type)
  if (decimal !== null) return fc.bigInt({ min: 1n - 10n ** BigInt(decimal[1] ?? 1), max: 10n ** BigInt(decimal[1] ?? 1) - 1n })
  if (fixed !== null || type === 'uuid') return fc.uint8Array({ minLength: Number(fixed?.[1] ?? 16), maxLength: Number(fixed?.[1] ?? 16) })
  switch (type) {
    case 'boolean':
      return fc.boolean()
    case 'int':
    case 'date':
      return fc.integer()
    case 'float':
      return fc.float()
    case 'double':
      return fc.double()
    case 'string':
      return fc.string({ unit: 'grapheme' })
    case 'binary':
      return fc.uint8Array()
    default:
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  }
}

export const typedValue: fc.Arbitrary<{ readonly type: string; readonly value: Value }> = primitive.chain((type) => valueOf(type).map((value) => ({ type, value })))

/** Names that a person, a spreadsheet or an attacker could give a column. */
const fieldName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/u),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((s) => !/[\u0000-\u001f\u007f-\u009f]/u.test(s)),
  fc.constantFrom('"', 'a: b', '__proto__', 'not null', ',', '>', 'constructor', 'ŁÓDŹ', '𝕏'),
)

const distinct = { selector: (c: { name: string }) => c.name.toLowerCase() }

/** Types as text gives them: every id is 0. */
export const fieldType: fc.Arbitrary<FieldType> = fc.letrec<{ type: FieldType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive,
    fc.record({ type: fc.constant('list' as const), elementId: fc.constant(0), element: tie('type'), elementRequired: fc.boolean() }),
    fc.record({ type: fc.constant('map' as const), keyId: fc.constant(0), key: tie('type'), valueId: fc.constant(0), value: tie('type'), valueRequired: fc.boolean() }),
    fc.record({
      type: fc.constant('struct' as const),
      fields: fc.uniqueArray(fc.record({ id: fc.constant(0), name: fieldName, required: fc.boolean(), type: tie('type') }), { ...distinct, maxLength: 4 }),
    }),
  ),
})).type

export const columns: fc.Arbitrary<readonly Column[]> = fc.uniqueArray(
  fc.record({ name: fieldName, type: fieldType, required: fc.boolean() }), { ...distinct, minLength: 1, maxLength: 6 },
)

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const snapshotId = int64.filter((id) => id !== '-1')
const time = fc.nat({ max: 2 ** 45 })
const texts = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4, noNullPrototype: true })
const carried: fc.Arbitrary<JsonObject> = fc.dictionary(fc.stringMatching(/^x-[a-z]{1,5}$/u), fc.oneof(fc.string(), fc.boolean(), fc.constant(9007199254740993n), fc.constant(1.5)), { maxKeys: 3, noNullPrototype: true })

const transform = fc.constantFrom('identity', 'bucket[16]', 'truncate[4]', 'year', 'month', 'day', 'hour', 'void', 'a transform of tomorrow')
const sources = fc.array(fc.nat({ max: 50 }), { minLength: 1, maxLength: 2 })
const ids = { minLength: 1, maxLength: 3 }

/** Metadata that holds together: every id that it names is there. */
export const tableMetadata: fc.Arbitrary<TableMetadata> = fc.record({
  schemaColumns: fc.array(columns, ids),
  specs: fc.array(fc.array(fc.record({ name: fieldName, transform, sourceIds: sources, fieldId: fc.integer({ min: 1000, max: 1050 }) }), { maxLength: 3 }), ids),
  orders: fc.array(fc.array(fc.record({
    transform, sourceIds: sources, direction: fc.constantFrom('asc' as const, 'desc' as const), nullOrder: fc.constantFrom('nulls-first' as const, 'nulls-last' as const),
  }), { maxLength: 3 }), ids),
  snapshots: fc.uniqueArray(fc.record({ id: snapshotId, timestamp: time, summary: texts, manifestList: fc.string(), hasSchema: fc.boolean(), carried }), { maxLength: 5, selector: (s) => s.id }),
  log: fc.array(fc.record({ metadataFile: fc.string(), timestamp: time }), { maxLength: 3 }),
  tag: fc.option(fc.record({ minSnapshotsToKeep: fc.nat(), maxSnapshotAgeMs: time, maxRefAgeMs: time }, { requiredKeys: [] })),
  formatVersion: fc.constantFrom(2 as const, 3 as const),
  lastUpdated: time, properties: texts, uuid: fc.uuid(), carried,
}).map((made) => {
  const schemas = made.schemaColumns.map((declared, schemaId) => {
    const assigned = assignFieldIds(declared)
    if (!assigned.ok) throw new Error(assigned.diagnostics.map((d) => d.message).join('\n'))
    return { schemaId, fields: assigned.value.fields, lastColumnId: assigned.value.lastColumnId }
  })
  const snapshots: readonly Snapshot[] = made.snapshots.map((s, i) => ({
    id: s.id, sequenceNumber: i + 1, timestamp: s.timestamp, summary: s.summary, manifestList: s.manifestList,
    ...(i > 0 && { parentId: made.snapshots[i - 1]?.id ?? '' }), ...(s.hasSchema && { schemaId: 0 }), ...(Object.keys(s.carried).length > 0 && { carried: s.carried }),
  }))
  const current = snapshots.at(-1)?.id
  return {
    formatVersion: made.formatVersion, uuid: made.uuid, location: 'file:///warehouse/t', lastSequenceNumber: snapshots.length, lastUpdated: made.lastUpdated,
    lastColumnId: Math.max(...schemas.map((s) => s.lastColumnId)), currentSchemaId: schemas.length - 1, schemas: schemas.map(({ schemaId, fields }) => ({ schemaId, fields })),
    defaultSpecId: 0, partitionSpecs: made.specs.map((fields, specId) => ({ specId, fields })), lastPartitionId: 1050, defaultSortOrderId: 0,
    sortOrders: made.orders.map((fields, orderId) => ({ orderId, fields })), properties: made.properties, ...(current !== undefined && { currentSnapshotId: current }),
    snapshots, snapshotLog: snapshots.map((s) => ({ snapshotId: s.id, timestamp: s.timestamp })), metadataLog: made.log,
    refs: current === undefined ? {} : { main: { snapshotId: current, type: 'branch' as const }, ...(made.tag !== null && { old: { snapshotId: current, type: 'tag' as const, ...made.tag } }) },
    carried: made.carried,
  }
})

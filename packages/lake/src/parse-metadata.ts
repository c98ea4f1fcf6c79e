// The text of a metadata file (format 1, 2 or 3) to the noun. Every reference inside it is checked, so that whoever holds
// a TableMetadata may follow its ids without looking.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type {
  PartitionField, PartitionSpec, Schema, Snapshot, SnapshotRef, SortField, SortOrder, TableMetadata,
} from './types.ts'
import { JsonReader } from './json-reader.ts'
import { messages } from './messages.ts'
import { parseExactJson } from './exact-json.ts'
import { readSchema } from './schema-json.ts'

const KNOWN: ReadonlySet<string> = new Set([
  'format-version', 'table-uuid', 'location', 'last-sequence-number', 'last-updated-ms', 'last-column-id', 'current-schema-id', 'schemas',
  'schema', 'default-spec-id', 'partition-specs', 'partition-spec', 'last-partition-id', 'default-sort-order-id', 'sort-orders', 'properties',
  'current-snapshot-id', 'snapshots', 'snapshot-log', 'metadata-log', 'refs',
])
const SNAPSHOT_KEYS: ReadonlySet<string> = new Set([
  'snapshot-id', 'parent-snapshot-id', 'sequence-number', 'timestamp-ms', 'summary', 'schema-id', 'manifest-list', 'manifests',
])
/** Partition fields of version 1 may have no id; the specification gives them these. */
const FIRST_PARTITION_ID = 1000
/** What Java writes for "no snapshot" in place of leaving the field out. */
const NO_SNAPSHOT = '-1'

/** Reads a metadata file. `file` is only named in diagnostics. */
export function parseMetadata(text: string, file: string): Result<TableMetadata> {
  const json = parseExactJson(text, file)
  if (!json.ok) return json
  const root = new JsonReader(json.value, file)
  root.object()
  const version = root.get('format-version')
  if (root.findings.length === 0 && version.present && ![1, 2, 3].includes(Number(version.value))) {
    return fail(messages['metadata-version']({ file, version: String(version.value).slice(0, 40) }))
  }
  const metadata = readMetadata(root, version.integer() as 1 | 2 | 3)
  return root.findings.length > 0 ? fail(...root.findings) : ok(metadata)
}

function readMetadata(root: JsonReader, formatVersion: 1 | 2 | 3): TableMetadata {
  const first = formatVersion === 1
  const optional = <T>(key: string, read: (json: JsonReader) => T, otherwise: T): T => (root.get(key).present ? read(root.get(key)) : otherwise)
  const current = optional('current-snapshot-id', (json) => json.long(), NO_SNAPSHOT)
  const schemas = readSchemas(root, first)
  const specs = readSpecs(root, first)
  const orders = first && !root.get('sort-orders').present ? [{ orderId: 0, fields: [] }] : root.get('sort-orders').list().map(readSortOrder)
  const metadata: TableMetadata = {
    formatVersion,
    uuid: first ? optional('table-uuid', (json) => json.text(), '') : root.get('table-uuid').text(),
    location: root.get('location').text().replace(/\/+$/u, ''),
    lastSequenceNumber: first ? 0 : root.get('last-sequence-number').integer(0),
    lastUpdated: root.get('last-updated-ms').integer(),
    lastColumnId: root.get('last-column-id').integer(0),
    currentSchemaId: first ? optional('current-schema-id', (json) => json.integer(0), schemas[0]?.schemaId ?? 0) : root.get('current-schema-id').integer(0),
    schemas,
    defaultSpecId: first ? optional('default-spec-id', (json) => json.integer(0), 0) : root.get('default-spec-id').integer(0),
    partitionSpecs: specs,
    lastPartitionId: first ? optional('last-partition-id', (json) => json.integer(), lastPartitionId(specs)) : root.get('last-partition-id').integer(),
    defaultSortOrderId: first ? optional('default-sort-order-id', (json) => json.integer(0), 0) : root.get('default-sort-order-id').integer(0),
    sortOrders: orders,
    properties: optional('properties', (json) => json.texts(), {}),
    ...(current !== NO_SNAPSHOT && { currentSnapshotId: current }),
    snapshots: optional('snapshots', (json) => json.list().map((s) => readSnapshot(s, first)), []),
    snapshotLog: optional('snapshot-log', (json) => json.list().map((e) => ({ snapshotId: e.get('snapshot-id').long(), timestamp: e.get('timestamp-ms').integer() })), []),
    metadataLog: optional('metadata-log', (json) => json.list().map((e) => ({ metadataFile: e.get('metadata-file').text(), timestamp: e.get('timestamp-ms').integer() })), []),
    refs: optional('refs', readRefs, {}),
    carried: root.carried(KNOWN),
  }
  checkReferences(root, metadata)
  return withMain(metadata)
}

function readSchemas(root: JsonReader, first: boolean): readonly Schema[] {
  if (!first || root.get('schemas').present) return root.get('schemas').list().map((schema) => readSchema(schema))
  root.get('schema').object()
  return [readSchema(root.get('schema'), 0)]
}

function readSpecs(root: JsonReader, first: boolean): readonly PartitionSpec[] {
  if (!first || root.get('partition-specs').present) {
    return root.get('partition-specs').list().map((spec) => ({ specId: spec.get('spec-id').integer(0), fields: spec.get('fields').list().map(readPartitionField) }))
  }
  return [{ specId: 0, fields: root.get('partition-spec').list().map(readPartitionField) }]
}

/** A field of a partition spec, in its place among the fields. */
export function readPartitionField(json: JsonReader, index: number): PartitionField {
  const id = json.get('field-id')
  return { name: json.get('name').text(), transform: json.get('transform').text(), sourceIds: readSources(json), fieldId: id.present ? id.integer() : FIRST_PARTITION_ID + index }
}

/** Version 3 lets a transform have several sources. */
const readSources = (json: JsonReader): readonly number[] =>
  json.get('source-ids').present ? json.get('source-ids').list().map((id) => id.integer()) : [json.get('source-id').integer()]

const lastPartitionId = (specs: readonly PartitionSpec[]): number => Math.max(FIRST_PARTITION_ID - 1, ...specs.flatMap((s) => s.fields.map((f) => f.fieldId)))

/** A sort order with its id. */
export const readSortOrder = (json: JsonReader): SortOrder => ({ orderId: json.get('order-id').integer(0), fields: json.get('fields').list().map(readSortField) })

const readSortField = (json: JsonReader): SortField => ({
  transform: json.get('transform').text(), sourceIds: readSources(json),
  direction: json.get('direction').oneOf(['asc', 'desc']), nullOrder: json.get('null-order').oneOf(['nulls-first', 'nulls-last']),
})

/** A snapshot; `first`: as version 1 writes it. */
export function readSnapshot(json: JsonReader, first: boolean): Snapshot {
  const [parent, schemaId, list, manifests] = [json.get('parent-snapshot-id'), json.get('schema-id'), json.get('manifest-list'), json.get('manifests')]
  const summary = json.get('summary')
  const carried = json.carried(SNAPSHOT_KEYS)
  return {
    id: json.get('snapshot-id').long(),
    ...(parent.present && { parentId: parent.long() }),
    sequenceNumber: first ? 0 : json.get('sequence-number').integer(0),
    timestamp: json.get('timestamp-ms').integer(),
    summary: summary.present ? summary.texts() : {},
    ...(schemaId.present && { schemaId: schemaId.integer(0) }),
    ...(first && manifests.present && !list.present ? { manifests: manifests.list().map((m) => m.text()) } : { manifestList: list.text() }),
    ...(Object.keys(carried).length > 0 && { carried }),
  }
}

function readRefs(json: JsonReader): Readonly<Record<string, SnapshotRef>> {
  return Object.fromEntries(json.members().map(([name, ref]) => [name, readSnapshotRef(ref)] as const))
}

/** A branch or a tag. */
export function readSnapshotRef(json: JsonReader): SnapshotRef {
  const [keep, snapshotAge, refAge] = [json.get('min-snapshots-to-keep'), json.get('max-snapshot-age-ms'), json.get('max-ref-age-ms')]
  return {
    snapshotId: json.get('snapshot-id').long(),
    type: json.get('type').oneOf(['branch', 'tag']),
    ...(keep.present && { minSnapshotsToKeep: keep.integer() }),
    ...(snapshotAge.present && { maxSnapshotAgeMs: snapshotAge.integer() }),
    ...(refAge.present && { maxRefAgeMs: refAge.integer() }),
  }
}

function checkReferences(root: JsonReader, metadata: TableMetadata): void {
  const need = (key: string, what: string, found: boolean, id: number | string): void => {
    if (!found) root.get(key).wrong(`there is no ${what} ${id}`)
  }
  const snapshots = new Set(metadata.snapshots.map((s) => s.id))
  need('current-schema-id', 'schema', metadata.schemas.some((s) => s.schemaId === metadata.currentSchemaId), metadata.currentSchemaId)
  need('default-spec-id', 'partition spec', metadata.partitionSpecs.some((s) => s.specId === metadata.defaultSpecId), metadata.defaultSpecId)
  need('default-sort-order-id', 'sort order', metadata.defaultSortOrderId === 0 || metadata.sortOrders.some((s) => s.orderId === metadata.defaultSortOrderId), metadata.defaultSortOrderId)
  const { currentSnapshotId } = metadata
  if (currentSnapshotId !== undefined) need('current-snapshot-id', 'snapshot', snapshots.has(currentSnapshotId), currentSnapshotId)
  for (const [name, ref] of Object.entries(metadata.refs)) {
    if (!snapshots.has(ref.snapshotId)) root.get('refs').get(name).wrong(`there is no snapshot ${ref.snapshotId}`)
  }
  if (metadata.refs['main'] !== undefined && metadata.refs['main'].snapshotId !== currentSnapshotId) root.get('refs').get('main').wrong('main is not the current snapshot')
  unique(root.get('schemas'), metadata.schemas.map((s) => s.schemaId))
  unique(root.get('partition-specs'), metadata.partitionSpecs.map((s) => s.specId))
  unique(root.get('sort-orders'), metadata.sortOrders.map((s) => s.orderId))
  unique(root.get('snapshots'), metadata.snapshots.map((s) => s.id))
  const ahead = metadata.snapshots.find((s) => s.sequenceNumber > metadata.lastSequenceNumber)
  if (ahead !== undefined) root.get('last-sequence-number').wrong(`the snapshot ${ahead.id} has the higher sequence number ${ahead.sequenceNumber}`)
}

function unique(json: JsonReader, ids: readonly (number | string)[]): void {
  const seen = new Set<number | string>()
  const twice = ids.find((id) => seen.size === seen.add(id).size)
  if (twice !== undefined) json.wrong(`the id ${twice} occurs twice`)
}

/** Writers older than refs leave main out; it is the current snapshot. */
function withMain(metadata: TableMetadata): TableMetadata {
  const { currentSnapshotId } = metadata
  if (currentSnapshotId === undefined || Object.hasOwn(metadata.refs, 'main')) return metadata
  return { ...metadata, refs: { ...metadata.refs, main: { snapshotId: currentSnapshotId, type: 'branch' } } }
}

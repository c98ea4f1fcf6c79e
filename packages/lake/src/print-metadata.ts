// The noun to the text of a metadata file of format 2 or 3. Version 1 is never written: a commit raises it to 2, which the
// format allows, and every reader of 2 reads it.

import type { JsonObject, PartitionSpec, Snapshot, SnapshotRef, SortOrder, TableMetadata } from './types.ts'
import type { Block } from './gzip-blocks.ts'
import { gzipOf, packBlock } from './gzip-blocks.ts'
import { printCompactJson, printExactJson } from './exact-json.ts'
import { schemaToJson } from './schema-json.ts'

/** Prints metadata so that `parseMetadata` reads it back equal, with two spaces for people. */
export function printMetadata(metadata: TableMetadata): string {
  return printExactJson({
    ...headToJson(metadata), snapshots: metadata.snapshots.map(snapshotToJson), 'snapshot-log': metadata.snapshotLog.map(entryToJson), 'metadata-log': metadata.metadataLog.map(fileToJson),
  })
}

/** Items in a block of their own: many, so that blocks are few; fewer at the end, where items are added; and the last ones alone. */
const [LONG_RUN, SHORT_RUN] = [256, 8]

/**
 * What `printMetadata` prints, as a gzip file and without the spaces. Snapshots never change, so those that were packed
 * before are not packed again: with ten thousand of them a commit costs what it costs with ten.
 */
export function packMetadata(metadata: TableMetadata): Uint8Array {
  const lists = [
    ...packList('snapshots', metadata.snapshots, snapshotToJson, LONG_RUN), ...packList('snapshot-log', metadata.snapshotLog, entryToJson, LONG_RUN),
    // Of this one the first item goes when one is added, so no longer run would be met again.
    ...packList('metadata-log', metadata.metadataLog, fileToJson, 1),
  ]
  return gzipOf([packFixed('{'), ...lists, packBlock(printCompactJson(headToJson(metadata)).slice(1))])
}

function packList<T extends object>(name: string, items: readonly T[], toJson: (item: T) => JsonObject, longest: number): readonly Block[] {
  const blocks = [packFixed(`"${name}":[`)]
  for (let start = 0; start < items.length;) {
    const left = items.length - start
    const length = left >= longest ? longest : left >= SHORT_RUN ? SHORT_RUN : 1
    blocks.push(packRun(items, start, length, toJson))
    start += length
  }
  return [...blocks, packFixed('],')]
}

/** Texts that are in every file. */
const fixedBlocks = new Map<string, Block>()

function packFixed(text: string): Block {
  const known = fixedBlocks.get(text) ?? packBlock(text)
  fixedBlocks.set(text, known)
  return known
}

interface PackedRun { readonly items: readonly object[]; readonly comma: string; readonly block: Block }

/** Runs are found again by their first item, as long as it is followed by the same ones and led by a comma or not. */
const packedRuns = new WeakMap<object, PackedRun>()

function packRun<T extends object>(items: readonly T[], start: number, length: number, toJson: (item: T) => JsonObject): Block {
  const first = items[start] as T
  const comma = start > 0 ? ',' : ''
  const before = packedRuns.get(first)
  if (before?.comma === comma && before.items.length === length && isAt(items, start, before.items)) return before.block
  const run = items.slice(start, start + length)
  const block = packBlock(`${comma}${run.map((item) => printCompactJson(toJson(item))).join(',')}`)
  packedRuns.set(first, { items: run, comma, block })
  return block
}

function isAt(items: readonly object[], start: number, run: readonly object[]): boolean {
  for (let i = 0; i < run.length; i += 1) if (items[start + i] !== run[i]) return false
  return true
}

/** Everything but the lists that grow with every commit. */
const headToJson = (metadata: TableMetadata): JsonObject => ({
  'format-version': Math.max(2, metadata.formatVersion),
  'table-uuid': metadata.uuid,
  location: metadata.location,
  'last-sequence-number': metadata.lastSequenceNumber,
  'last-updated-ms': metadata.lastUpdated,
  'last-column-id': metadata.lastColumnId,
  'current-schema-id': metadata.currentSchemaId,
  schemas: metadata.schemas.map(schemaToJson),
  'default-spec-id': metadata.defaultSpecId,
  'partition-specs': metadata.partitionSpecs.map(specToJson),
  'last-partition-id': metadata.lastPartitionId,
  'default-sort-order-id': metadata.defaultSortOrderId,
  'sort-orders': metadata.sortOrders.map(sortOrderToJson),
  properties: metadata.properties,
  ...(metadata.currentSnapshotId !== undefined && { 'current-snapshot-id': BigInt(metadata.currentSnapshotId) }),
  refs: Object.fromEntries(Object.entries(metadata.refs).map(([name, ref]) => [name, refToJson(ref)])),
  ...metadata.carried,
})

const entryToJson = (entry: TableMetadata['snapshotLog'][number]): JsonObject => ({ 'timestamp-ms': entry.timestamp, 'snapshot-id': BigInt(entry.snapshotId) })

const fileToJson = (entry: TableMetadata['metadataLog'][number]): JsonObject => ({ 'timestamp-ms': entry.timestamp, 'metadata-file': entry.metadataFile })

const sourcesToJson = (ids: readonly number[]): JsonObject => (ids.length === 1 ? { 'source-id': ids[0] ?? 0 } : { 'source-ids': ids })

const specToJson = (spec: PartitionSpec): JsonObject => ({
  'spec-id': spec.specId,
  fields: partitionFieldsToJson(spec),
})

/** The fields of a spec, as the headers of manifests hold them too. */
export const partitionFieldsToJson = (spec: PartitionSpec): readonly JsonObject[] =>
  spec.fields.map((f) => ({ ...sourcesToJson(f.sourceIds), 'field-id': f.fieldId, name: f.name, transform: f.transform }))

const sortOrderToJson = (order: SortOrder): JsonObject => ({
  'order-id': order.orderId,
  fields: order.fields.map((f) => ({ ...sourcesToJson(f.sourceIds), transform: f.transform, direction: f.direction, 'null-order': f.nullOrder })),
})

const snapshotToJson = (snapshot: Snapshot): JsonObject => ({
  'snapshot-id': BigInt(snapshot.id),
  ...(snapshot.parentId !== undefined && { 'parent-snapshot-id': BigInt(snapshot.parentId) }),
  'sequence-number': snapshot.sequenceNumber,
  'timestamp-ms': snapshot.timestamp,
  summary: snapshot.summary,
  ...(snapshot.manifestList !== undefined && { 'manifest-list': snapshot.manifestList }),
  ...(snapshot.manifests !== undefined && { manifests: snapshot.manifests }),
  ...(snapshot.schemaId !== undefined && { 'schema-id': snapshot.schemaId }),
  ...snapshot.carried,
})

const refToJson = (ref: SnapshotRef): JsonObject => ({
  'snapshot-id': BigInt(ref.snapshotId),
  type: ref.type,
  ...(ref.minSnapshotsToKeep !== undefined && { 'min-snapshots-to-keep': ref.minSnapshotsToKeep }),
  ...(ref.maxSnapshotAgeMs !== undefined && { 'max-snapshot-age-ms': ref.maxSnapshotAgeMs }),
  ...(ref.maxRefAgeMs !== undefined && { 'max-ref-age-ms': ref.maxRefAgeMs }),
})

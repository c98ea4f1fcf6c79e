// The body of a commit to its nouns: what must hold, and what is to change. An update or a requirement that is not known is
// refused, never skipped, because skipping one would commit something else than was asked.

import type { JsonObject, JsonReader, PartitionField, Schema, Snapshot, SnapshotId, SnapshotRef, SortOrder } from '@tulle/lake'
import { readPartitionField, readSchema, readSnapshot, readSnapshotRef, readSortOrder } from '@tulle/lake'

export type Requirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  /** `snapshotId` undefined: the ref must not exist. */
  | { readonly type: 'assert-ref-snapshot-id'; readonly ref: string; readonly snapshotId: SnapshotId | undefined }
  | { readonly type: 'assert-last-assigned-field-id' | 'assert-last-assigned-partition-id' | 'assert-current-schema-id' | 'assert-default-spec-id' | 'assert-default-sort-order-id'; readonly id: number }

/** A field's id is the catalogue's to give where the client left it out. */
export type NewPartitionField = Omit<PartitionField, 'fieldId'> & { readonly fieldId?: number }

export type TableUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly version: number }
  | { readonly action: 'add-schema'; readonly schema: Schema; readonly lastColumnId: number }
  | { readonly action: 'add-spec'; readonly fields: readonly NewPartitionField[] }
  | { readonly action: 'add-sort-order'; readonly fields: SortOrder['fields'] }
  /** -1: the one that was added last in the same commit. */
  | { readonly action: 'set-current-schema' | 'set-default-spec' | 'set-default-sort-order'; readonly id: number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'set-snapshot-ref'; readonly name: string; readonly ref: SnapshotRef }
  | { readonly action: 'remove-snapshots'; readonly ids: readonly SnapshotId[] }
  | { readonly action: 'remove-snapshot-ref'; readonly name: string }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly properties: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly keys: readonly string[] }
  | { readonly action: 'set-statistics' | 'set-partition-statistics'; readonly file: JsonObject; readonly snapshotId: SnapshotId }
  | { readonly action: 'remove-statistics' | 'remove-partition-statistics'; readonly snapshotId: SnapshotId }
  | { readonly action: 'remove-partition-specs' | 'remove-schemas'; readonly ids: readonly number[] }

export interface TableChange { readonly requirements: readonly Requirement[]; readonly updates: readonly TableUpdate[] }

/** Reads `requirements` and `updates`; what is wrong is noted in the reader's findings. */
export function readTableChange(json: JsonReader): TableChange {
  return {
    requirements: json.get('requirements').list().map(readRequirement),
    updates: json.get('updates').list().map(readUpdate),
  }
}

const ID_OF = {
  'assert-last-assigned-field-id': 'last-assigned-field-id',
  'assert-last-assigned-partition-id': 'last-assigned-partition-id',
  'assert-current-schema-id': 'current-schema-id',
  'assert-default-spec-id': 'default-spec-id',
  'assert-default-sort-order-id': 'default-sort-order-id',
} as const

function readRequirement(json: JsonReader): Requirement {
  const type = json.get('type').oneOf(['assert-create', 'assert-table-uuid', 'assert-ref-snapshot-id', ...Object.keys(ID_OF) as (keyof typeof ID_OF)[]])
  switch (type) {
    case 'assert-create':
      return { type }
    case 'assert-table-uuid':
      return { type, uuid: json.get('uuid').text() }
    case 'assert-ref-snapshot-id': {
      const id = json.get('snapshot-id')
      return { type, ref: json.get('ref').text(), snapshotId: id.present ? id.long() : undefined }
    }
    default:
      return { type, id: json.get(ID_OF[type]).integer() }
  }
}

const READERS: { readonly [A in TableUpdate['action']]: (json: JsonReader) => TableUpdate } = {
  'assign-uuid': (json) => ({ action: 'assign-uuid', uuid: json.get('uuid').text() }),
  'upgrade-format-version': (json) => ({ action: 'upgrade-format-version', version: json.get('format-version').integer() }),
  'add-schema': (json) => {
    const last = json.get('last-column-id')
    return { action: 'add-schema', schema: readSchema(json.get('schema'), 0), lastColumnId: last.present ? last.integer(0) : 0 }
  },
  'add-spec': (json) => ({ action: 'add-spec', fields: readSpecFields(json.get('spec')) }),
  'add-sort-order': (json) => ({ action: 'add-sort-order', fields: readSortOrder(json.get('sort-order')).fields }),
  'set-current-schema': (json) => ({ action: 'set-current-schema', id: json.get('schema-id').integer() }),
  'set-default-spec': (json) => ({ action: 'set-default-spec', id: json.get('spec-id').integer() }),
  'set-default-sort-order': (json) => ({ action: 'set-default-sort-order', id: json.get('sort-order-id').integer() }),
  'add-snapshot': (json) => ({ action: 'add-snapshot', snapshot: readSnapshot(json.get('snapshot'), false) }),
  'set-snapshot-ref': (json) => ({ action: 'set-snapshot-ref', name: json.get('ref-name').text(), ref: readSnapshotRef(json) }),
  'remove-snapshots': (json) => ({ action: 'remove-snapshots', ids: json.get('snapshot-ids').list().map((id) => id.long()) }),
  'remove-snapshot-ref': (json) => ({ action: 'remove-snapshot-ref', name: json.get('ref-name').text() }),
  'set-location': (json) => ({ action: 'set-location', location: json.get('location').text() }),
  'set-properties': (json) => ({ action: 'set-properties', properties: json.get('updates').texts() }),
  'remove-properties': (json) => ({ action: 'remove-properties', keys: json.get('removals').list().map((key) => key.text()) }),
  'set-statistics': (json) => readStatistics('set-statistics', json.get('statistics')),
  'set-partition-statistics': (json) => readStatistics('set-partition-statistics', json.get('partition-statistics')),
  'remove-statistics': (json) => ({ action: 'remove-statistics', snapshotId: json.get('snapshot-id').long() }),
  'remove-partition-statistics': (json) => ({ action: 'remove-partition-statistics', snapshotId: json.get('snapshot-id').long() }),
  'remove-partition-specs': (json) => ({ action: 'remove-partition-specs', ids: json.get('spec-ids').list().map((id) => id.integer()) }),
  'remove-schemas': (json) => ({ action: 'remove-schemas', ids: json.get('schema-ids').list().map((id) => id.integer()) }),
}

const readUpdate = (json: JsonReader): TableUpdate => READERS[json.get('action').oneOf(Object.keys(READERS) as TableUpdate['action'][])](json)

function readStatistics(action: 'set-statistics' | 'set-partition-statistics', json: JsonReader): TableUpdate {
  json.get('statistics-path').text()
  json.get('file-size-in-bytes').integer(0)
  return { action, file: json.object(), snapshotId: json.get('snapshot-id').long() }
}

/** The fields of a partition spec that is to be added. */
export function readSpecFields(spec: JsonReader): readonly NewPartitionField[] {
  return spec.get('fields').list().map((json, i) => {
    const { fieldId, ...field } = readPartitionField(json, i)
    return json.get('field-id').present ? { ...field, fieldId } : field
  })
}

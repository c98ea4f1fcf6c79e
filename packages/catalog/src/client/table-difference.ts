// What a commit of the protocol says so that a table becomes what its next metadata says: requirements that hold the table
// to what it was, and updates. Pure.

import { isDeepStrictEqual } from 'node:util'
import { parseExactJson, printMetadata } from '@tulle/lake'
import type { ExactJson, JsonObject, TableMetadata } from '@tulle/lake'
import { Bug } from '@tulle/kernel'

export interface TableDifference { readonly requirements: readonly JsonObject[]; readonly updates: readonly JsonObject[] }

/** `before` undefined: the table is to be made. */
export function tableDifference(before: TableMetadata | undefined, after: TableMetadata): TableDifference {
  const [was, will] = [before === undefined ? undefined : jsonOf(before), jsonOf(after)]
  const updates = [...(was === undefined ? identityOf(after) : []), ...shapeUpdates(was, will), ...propertyUpdates(before, after), ...snapshotUpdates(before, after, will)]
  return { requirements: before === undefined ? [{ type: 'assert-create' }] : requirementsOf(before, after, updates), updates }
}

const identityOf = ({ uuid, location }: TableMetadata): readonly JsonObject[] => [
  { action: 'assign-uuid', uuid }, { action: 'upgrade-format-version', 'format-version': 2 }, { action: 'set-location', location },
]

function jsonOf(metadata: TableMetadata): JsonObject {
  const json = parseExactJson(printMetadata(metadata), metadata.location)
  if (!json.ok) throw new Bug(`the metadata of ${metadata.location} does not print.`)
  return json.value as JsonObject
}

const itemsOf = (json: JsonObject | undefined, list: string): readonly JsonObject[] => (json?.[list] ?? []) as readonly JsonObject[]

interface Shape { readonly list: string; readonly id: string; readonly current: string; readonly add: string; readonly item: string; readonly set: string; readonly setId: string }
const SHAPES: readonly Shape[] = [
  { list: 'schemas', id: 'schema-id', current: 'current-schema-id', add: 'add-schema', item: 'schema', set: 'set-current-schema', setId: 'schema-id' },
  { list: 'partition-specs', id: 'spec-id', current: 'default-spec-id', add: 'add-spec', item: 'spec', set: 'set-default-spec', setId: 'spec-id' },
  { list: 'sort-orders', id: 'order-id', current: 'default-sort-order-id', add: 'add-sort-order', item: 'sort-order', set: 'set-default-sort-order', setId: 'sort-order-id' },
]

/** Each list's new items, the one that becomes current last, so that it is called -1 whatever number it is given. */
function shapeUpdates(was: JsonObject | undefined, will: JsonObject): readonly JsonObject[] {
  return SHAPES.flatMap((shape) => {
    const known = new Set(itemsOf(was, shape.list).map((item) => item[shape.id]))
    const current = will[shape.current] as number
    const isCurrent = (item: JsonObject): number => (item[shape.id] === current ? 1 : 0)
    const added = itemsOf(will, shape.list).filter((item) => !known.has(item[shape.id] as number)).toSorted((a, b) => isCurrent(a) - isCurrent(b))
    const lastIsCurrent = added.at(-1)?.[shape.id] === current
    return [
      ...added.map((item): JsonObject => ({ action: shape.add, [shape.item]: item })),
      ...(was?.[shape.current] === current ? [] : [{ action: shape.set, [shape.setId]: lastIsCurrent ? -1 : current }]),
    ]
  })
}

function propertyUpdates(before: TableMetadata | undefined, { properties }: TableMetadata): readonly JsonObject[] {
  const was = before?.properties ?? {}
  const changed = Object.fromEntries(Object.entries(properties).filter(([key, value]) => was[key] !== value))
  const removed = Object.keys(was).filter((key) => !Object.hasOwn(properties, key))
  return [
    ...(Object.keys(changed).length > 0 ? [{ action: 'set-properties', updates: changed }] : []),
    ...(removed.length > 0 ? [{ action: 'remove-properties', removals: removed }] : []),
  ]
}

function snapshotUpdates(before: TableMetadata | undefined, after: TableMetadata, will: JsonObject): readonly JsonObject[] {
  const known = new Set(before?.snapshots.map((s) => s.id))
  const kept = new Set(after.snapshots.map((s) => s.id))
  const texts = itemsOf(will, 'snapshots')
  const added = after.snapshots.map((snapshot, i) => ({ snapshot, json: texts[i] as JsonObject })).filter(({ snapshot }) => !known.has(snapshot.id)).toSorted((a, b) => a.snapshot.sequenceNumber - b.snapshot.sequenceNumber)
  const removed = [...known].filter((id) => !kept.has(id))
  const refs = will['refs'] as JsonObject
  return [
    ...added.map(({ json }): JsonObject => ({ action: 'add-snapshot', snapshot: json })),
    ...changedRefs(before, after).map((name): JsonObject => (Object.hasOwn(refs, name) ? { action: 'set-snapshot-ref', 'ref-name': name, ...(refs[name] as JsonObject) } : { action: 'remove-snapshot-ref', 'ref-name': name })),
    ...(removed.length > 0 ? [{ action: 'remove-snapshots', 'snapshot-ids': removed.map(BigInt) }] : []),
  ]
}

const changedRefs = (before: TableMetadata | undefined, after: TableMetadata): readonly string[] =>
  [...new Set([...Object.keys(before?.refs ?? {}), ...Object.keys(after.refs)])].filter((name) => !isDeepStrictEqual(before?.refs[name], after.refs[name]))

/** Main is always held fast: whoever moved it in the meantime has changed what this change was made from. */
function requirementsOf(before: TableMetadata, after: TableMetadata, updates: readonly JsonObject[]): readonly JsonObject[] {
  const touches = (...actions: readonly string[]): boolean => updates.some((update) => actions.includes(update['action'] as string))
  const refs = [...new Set(['main', ...changedRefs(before, after)])]
  const at = (name: string): ExactJson => (before.refs[name] === undefined ? null : BigInt(before.refs[name].snapshotId))
  return [
    { type: 'assert-table-uuid', uuid: before.uuid },
    ...refs.map((ref): JsonObject => ({ type: 'assert-ref-snapshot-id', ref, 'snapshot-id': at(ref) })),
    ...(touches('add-schema', 'set-current-schema') ? [{ type: 'assert-current-schema-id', 'current-schema-id': before.currentSchemaId }, { type: 'assert-last-assigned-field-id', 'last-assigned-field-id': before.lastColumnId }] : []),
    ...(touches('add-spec', 'set-default-spec') ? [{ type: 'assert-default-spec-id', 'default-spec-id': before.defaultSpecId }, { type: 'assert-last-assigned-partition-id', 'last-assigned-partition-id': before.lastPartitionId }] : []),
    ...(touches('add-sort-order', 'set-default-sort-order') ? [{ type: 'assert-default-sort-order-id', 'default-sort-order-id': before.defaultSortOrderId }] : []),
  ]
}

// The updates of a commit, applied to a table's metadata. Pure: reads no clock and no file. What the format forbids is
// refused with the place of the update, and then nothing of the commit is applied.

import { isDeepStrictEqual } from 'node:util'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { mayTransform, parseTransform, walkFields } from '@tulle/lake'
import type { ExactJson, JsonObject, PartitionField, Schema, SnapshotId, TableMetadata } from '@tulle/lake'
import type { TableUpdate } from './parse-commit.ts'
import { forbiddenChange } from './check-schema-change.ts'
import { messages } from './messages.ts'

interface State {
  readonly metadata: TableMetadata
  /** Milliseconds: when the commit is made. */
  readonly now: number
  /** True until the table has been committed once. */
  readonly isNew: boolean
  /** What was added last in this commit: what -1 means. */
  readonly last: { readonly schema?: number; readonly spec?: number; readonly order?: number }
  readonly added: ReadonlySet<SnapshotId>
}
/** The state after an update, or what is wrong with it. */
type Applied = State | string

const NONE = -1
const FIRST_PARTITION_ID = 1000

/** The metadata of a table before its first updates. */
export const emptyMetadata = (uuid: string, location: string, now: number): TableMetadata => ({
  formatVersion: 2, uuid, location, lastSequenceNumber: 0, lastUpdated: now, lastColumnId: 0, currentSchemaId: NONE, schemas: [],
  defaultSpecId: NONE, partitionSpecs: [], lastPartitionId: FIRST_PARTITION_ID - 1, defaultSortOrderId: NONE, sortOrders: [],
  properties: {}, snapshots: [], snapshotLog: [], metadataLog: [], refs: {}, carried: {},
})

/** Applies all updates in order, or none. */
export function applyUpdates(base: TableMetadata, updates: readonly TableUpdate[], { now, isNew }: Pick<State, 'now' | 'isNew'>): Result<TableMetadata> {
  let state: State = { metadata: { ...base, lastUpdated: Math.max(now, base.lastUpdated) }, now, isNew, last: {}, added: new Set() }
  for (const [at, update] of updates.entries()) {
    // Others may have committed to another branch since: the client can take the next number and try again.
    if (update.action === 'add-snapshot' && update.snapshot.sequenceNumber <= state.metadata.lastSequenceNumber) {
      return fail(messages['requirement-failed']({ table: 'The table', requirement: 'sequence number', found: `its last is ${state.metadata.lastSequenceNumber}, and the snapshot has ${update.snapshot.sequenceNumber}` }))
    }
    const next = apply(state, update)
    if (typeof next === 'string') return fail(messages['update-refused']({ at, action: update.action, problem: next }))
    state = next
  }
  return ok(isNew ? withDefaults(state.metadata) : state.metadata)
}

const change = (state: State, metadata: Partial<TableMetadata>, rest: Partial<State> = {}): State => ({ ...state, ...rest, metadata: { ...state.metadata, ...metadata } })

function apply(state: State, update: TableUpdate): Applied {
  const { metadata, isNew } = state
  switch (update.action) {
    case 'assign-uuid':
      return isNew || update.uuid.toLowerCase() === metadata.uuid.toLowerCase() ? change(state, { uuid: update.uuid.toLowerCase() }) : `the table is ${metadata.uuid}, and keeps its identity`
    case 'upgrade-format-version':
      return update.version === 1 || update.version === 2 ? state : `only version 2 is written here, not ${update.version}`
    case 'add-schema':
      return addSchema(state, update.schema, update.lastColumnId)
    case 'add-spec':
      return addSpec(state, update.fields)
    case 'add-sort-order':
      return addSortOrder(state, update.fields)
    case 'set-current-schema':
      return setCurrentSchema(state, update.id)
    case 'set-default-spec': {
      const id = update.id === NONE ? state.last.spec : update.id
      return metadata.partitionSpecs.some((s) => s.specId === id) ? change(state, { defaultSpecId: id as number }) : `there is no partition spec ${id ?? update.id}`
    }
    case 'set-default-sort-order': {
      const id = update.id === NONE ? state.last.order : update.id
      return metadata.sortOrders.some((s) => s.orderId === id) ? change(state, { defaultSortOrderId: id as number }) : `there is no sort order ${id ?? update.id}`
    }
    case 'add-snapshot':
      return addSnapshot(state, update.snapshot)
    case 'set-snapshot-ref':
      return setRef(state, update)
    case 'remove-snapshot-ref':
      return removeRef(state, update.name)
    case 'remove-snapshots':
      return removeSnapshots(state, new Set(update.ids))
    case 'set-location': {
      const location = update.location.replace(/\/+$/u, '')
      return isNew || location === metadata.location ? change(state, { location }) : 'a table stays where it is'
    }
    case 'set-properties':
      return change(state, { properties: { ...metadata.properties, ...update.properties } })
    case 'remove-properties':
      return change(state, { properties: Object.fromEntries(Object.entries(metadata.properties).filter(([key]) => !update.keys.includes(key))) })
    case 'set-statistics':
      return setStatistics(state, 'statistics', update.snapshotId, update.file)
    case 'set-partition-statistics':
      return setStatistics(state, 'partition-statistics', update.snapshotId, update.file)
    case 'remove-statistics':
      return setStatistics(state, 'statistics', update.snapshotId)
    case 'remove-partition-statistics':
      return setStatistics(state, 'partition-statistics', update.snapshotId)
    case 'remove-partition-specs':
      return update.ids.includes(metadata.defaultSpecId) ? 'the default partition spec stays'
        : change(state, { partitionSpecs: metadata.partitionSpecs.filter((s) => !update.ids.includes(s.specId)) })
    case 'remove-schemas':
      return update.ids.includes(metadata.currentSchemaId) ? 'the current schema stays'
        : change(state, { schemas: metadata.schemas.filter((s) => !update.ids.includes(s.schemaId)) })
  }
}

/** A schema that the table has already is not added twice; its number is the catalogue's to give. */
function addSchema(state: State, schema: Schema, lastColumnId: number): Applied {
  const { metadata } = state
  if (schema.fields.length === 0) return 'it has no columns'
  const ids = [...walkFields(schema)].map((field) => field.id)
  if (ids.some((id) => id < 1)) return 'the ids of columns are positive'
  const bad = badName(schema)
  if (bad !== undefined) return bad
  const same = metadata.schemas.find((s) => isDeepStrictEqual({ ...s, schemaId: 0 }, { ...schema, schemaId: 0 }))
  const schemaId = same?.schemaId ?? Math.max(NONE, ...metadata.schemas.map((s) => s.schemaId)) + 1
  return change(state, {
    schemas: same === undefined ? [...metadata.schemas, { ...schema, schemaId }] : metadata.schemas,
    lastColumnId: Math.max(metadata.lastColumnId, lastColumnId, ...ids),
  }, { last: { ...state.last, schema: schemaId } })
}

function badName({ fields }: Schema): string | undefined {
  const seen = new Set<string>()
  for (const { name } of fields) {
    if (name === '' || name.length > 255 || /\p{Cc}/u.test(name)) return `${JSON.stringify(name.slice(0, 100))} cannot be the name of a column`
    if (seen.has(name.toLowerCase())) return `two columns are called "${name}" by engines that ignore case`
    seen.add(name.toLowerCase())
  }
  return undefined
}

function setCurrentSchema(state: State, asked: number): Applied {
  const id = asked === NONE ? state.last.schema : asked
  const schema = state.metadata.schemas.find((s) => s.schemaId === id)
  if (schema === undefined) return `there is no schema ${id ?? asked}`
  return forbiddenChange(state.metadata, schema) ?? change(state, { currentSchemaId: schema.schemaId })
}

function addSpec(state: State, fields: Extract<TableUpdate, { action: 'add-spec' }>['fields']): Applied {
  const { metadata } = state
  const schema = metadata.schemas.find((s) => s.schemaId === metadata.currentSchemaId)
  const columns = new Map(schema === undefined ? [] : [...walkFields(schema)].map((f) => [f.id, f]))
  let next = metadata.lastPartitionId
  const known = metadata.partitionSpecs.flatMap((s) => s.fields)
  const given: PartitionField[] = []
  for (const field of fields) {
    const problem = badSources(field, columns)
    if (problem !== undefined) return problem
    if (given.some((f) => f.name === field.name)) return `two partition fields are called "${field.name}"`
    const same = known.find((f) => f.transform === field.transform && isDeepStrictEqual(f.sourceIds, field.sourceIds))
    const fieldId = field.fieldId ?? same?.fieldId ?? (next += 1)
    const owner = known.find((f) => f.fieldId === fieldId)
    if (owner !== undefined && !isDeepStrictEqual(owner.sourceIds, field.sourceIds)) return `the partition field id ${fieldId} belongs to "${owner.name}"`
    if (fieldId < FIRST_PARTITION_ID || given.some((f) => f.fieldId === fieldId)) return `the partition field id ${fieldId} cannot be used`
    given.push({ ...field, fieldId })
  }
  const same = metadata.partitionSpecs.find((s) => isDeepStrictEqual(s.fields, given))
  const specId = same?.specId ?? Math.max(NONE, ...metadata.partitionSpecs.map((s) => s.specId)) + 1
  return change(state, {
    partitionSpecs: same === undefined ? [...metadata.partitionSpecs, { specId, fields: given }] : metadata.partitionSpecs,
    lastPartitionId: Math.max(next, metadata.lastPartitionId, ...given.map((f) => f.fieldId)),
  }, { last: { ...state.last, spec: specId } })
}

function badSources({ transform, sourceIds }: { readonly transform: string; readonly sourceIds: readonly number[] }, columns: ReadonlyMap<number, { readonly type: unknown; readonly repeated: boolean; readonly path: string }>): string | undefined {
  const parsed = parseTransform(transform)
  if (!parsed.ok) return `"${transform.slice(0, 60)}" is no transform`
  for (const id of sourceIds) {
    const column = columns.get(id)
    // A void field outlives its column.
    if (column === undefined && parsed.value.kind !== 'void') return `there is no column with the id ${id}`
    if (column === undefined) continue
    if (typeof column.type !== 'string' || column.repeated) return `the column "${column.path}" holds no single value`
    if (!mayTransform(parsed.value, column.type)) return `${transform} does not apply to "${column.path}", which is ${column.type}`
  }
  return undefined
}

/** Order 0 is "unsorted" and has no fields; no other may have none. */
function addSortOrder(state: State, fields: TableMetadata['sortOrders'][number]['fields']): Applied {
  const { metadata } = state
  const schema = metadata.schemas.find((s) => s.schemaId === metadata.currentSchemaId)
  const columns = new Map(schema === undefined ? [] : [...walkFields(schema)].map((f) => [f.id, f]))
  const problem = fields.map((field) => badSources(field, columns)).find((p) => p !== undefined)
  if (problem !== undefined) return problem
  const same = metadata.sortOrders.find((s) => isDeepStrictEqual(s.fields, fields))
  const orderId = fields.length === 0 ? 0 : (same?.orderId ?? Math.max(0, ...metadata.sortOrders.map((s) => s.orderId)) + 1)
  return change(state, { sortOrders: metadata.sortOrders.some((s) => s.orderId === orderId) ? metadata.sortOrders : [...metadata.sortOrders, { orderId, fields }] },
    { last: { ...state.last, order: orderId } })
}

function addSnapshot(state: State, snapshot: TableMetadata['snapshots'][number]): Applied {
  const { metadata } = state
  if (metadata.snapshots.some((s) => s.id === snapshot.id)) return `the table has a snapshot ${snapshot.id} already`
  if (snapshot.schemaId !== undefined && !metadata.schemas.some((s) => s.schemaId === snapshot.schemaId)) return `there is no schema ${snapshot.schemaId}`
  if (snapshot.summary['operation'] === undefined) return 'its summary does not name the operation'
  return change(state, {
    snapshots: [...metadata.snapshots, snapshot],
    lastSequenceNumber: snapshot.sequenceNumber,
    lastUpdated: Math.max(metadata.lastUpdated, snapshot.timestamp),
  }, { added: new Set([...state.added, snapshot.id]) })
}

function setRef(state: State, { name, ref }: Extract<TableUpdate, { action: 'set-snapshot-ref' }>): Applied {
  const { metadata, added, now } = state
  if (name === '' || name.length > 255 || /\p{Cc}/u.test(name) || name === '__proto__') return `${JSON.stringify(name.slice(0, 100))} cannot be the name of a branch or tag`
  const snapshot = metadata.snapshots.find((s) => s.id === ref.snapshotId)
  if (snapshot === undefined) return `there is no snapshot ${ref.snapshotId}`
  if (name !== 'main') return change(state, { refs: { ...metadata.refs, [name]: ref } })
  if (ref.type !== 'branch') return 'main is a branch'
  const timestamp = added.has(snapshot.id) ? snapshot.timestamp : now
  const moves = metadata.currentSnapshotId !== snapshot.id
  return change(state, {
    refs: { ...metadata.refs, main: ref },
    currentSnapshotId: snapshot.id,
    snapshotLog: moves ? [...metadata.snapshotLog, { snapshotId: snapshot.id, timestamp }] : metadata.snapshotLog,
  })
}

function removeRef(state: State, name: string): Applied {
  const { [name]: _, ...refs } = state.metadata.refs
  if (name !== 'main') return change(state, { refs })
  const { currentSnapshotId: __, ...metadata } = state.metadata
  return { ...state, metadata: { ...metadata, refs, snapshotLog: [] } }
}

/** Log entries before one that is gone are dropped: what was current between two entries must be known. */
function removeSnapshots(state: State, ids: ReadonlySet<SnapshotId>): Applied {
  const { metadata } = state
  const named = Object.entries(metadata.refs).find(([, ref]) => ids.has(ref.snapshotId))
  if (named !== undefined) return `"${named[0]}" is at the snapshot ${named[1].snapshotId}`
  const lastGone = metadata.snapshotLog.findLastIndex((entry) => ids.has(entry.snapshotId))
  const kept = change(state, { snapshots: metadata.snapshots.filter((s) => !ids.has(s.id)), snapshotLog: metadata.snapshotLog.slice(lastGone + 1) })
  return (['statistics', 'partition-statistics'] as const).reduce((now, kind) => withStatistics(now, kind, (file) => !ids.has(String(file['snapshot-id']))), kept)
}

type Statistics = 'statistics' | 'partition-statistics'

function setStatistics(state: State, kind: Statistics, snapshotId: SnapshotId, file?: JsonObject): Applied {
  if (file !== undefined && !state.metadata.snapshots.some((s) => s.id === snapshotId)) return `there is no snapshot ${snapshotId}`
  return withStatistics(state, kind, (other) => String(other['snapshot-id']) !== snapshotId, file)
}

function withStatistics(state: State, kind: Statistics, keep: (file: JsonObject) => boolean, file?: JsonObject): State {
  const { [kind]: had, ...carried } = state.metadata.carried
  const files = [...(Array.isArray(had) ? (had as readonly ExactJson[]) : []).filter((one) => keep(one as JsonObject)), ...(file === undefined ? [] : [file])]
  return change(state, { carried: files.length === 0 ? carried : { ...carried, [kind]: files } })
}

/** A new table that says nothing of them is neither partitioned nor sorted. */
function withDefaults(metadata: TableMetadata): TableMetadata {
  const { partitionSpecs, sortOrders } = metadata
  return {
    ...metadata,
    ...(partitionSpecs.length === 0 && { partitionSpecs: [{ specId: 0, fields: [] }], defaultSpecId: 0 }),
    ...(sortOrders.length === 0 && { sortOrders: [{ orderId: 0, fields: [] }], defaultSortOrderId: 0 }),
  }
}

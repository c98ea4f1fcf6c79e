// The updates of a view's commit, applied to its metadata. Pure.

import { isDeepStrictEqual } from 'node:util'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { JsonReader, Schema, ViewMetadata, ViewVersion } from '@tulle/lake'
import { readSchema, readViewVersion } from '@tulle/lake'
import { messages } from './messages.ts'

export type ViewUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly version: number }
  | { readonly action: 'add-schema'; readonly schema: Schema }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly properties: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly keys: readonly string[] }
  | { readonly action: 'add-view-version'; readonly version: ViewVersion }
  | { readonly action: 'set-current-view-version'; readonly id: number }

const READERS: { readonly [A in ViewUpdate['action']]: (json: JsonReader) => ViewUpdate } = {
  'assign-uuid': (json) => ({ action: 'assign-uuid', uuid: json.get('uuid').text() }),
  'upgrade-format-version': (json) => ({ action: 'upgrade-format-version', version: json.get('format-version').integer() }),
  'add-schema': (json) => ({ action: 'add-schema', schema: readSchema(json.get('schema'), 0) }),
  'set-location': (json) => ({ action: 'set-location', location: json.get('location').text() }),
  'set-properties': (json) => ({ action: 'set-properties', properties: json.get('updates').texts() }),
  'remove-properties': (json) => ({ action: 'remove-properties', keys: json.get('removals').list().map((key) => key.text()) }),
  'add-view-version': (json) => ({ action: 'add-view-version', version: readViewVersion(json.get('view-version')) }),
  'set-current-view-version': (json) => ({ action: 'set-current-view-version', id: json.get('view-version-id').integer() }),
}

/** Reads one update; what is wrong is noted in the reader's findings. */
export const readViewUpdate = (json: JsonReader): ViewUpdate => READERS[json.get('action').oneOf(Object.keys(READERS) as ViewUpdate['action'][])](json)

const NONE = -1

interface State { readonly metadata: ViewMetadata; readonly lastSchema?: number; readonly lastVersion?: number }

/** Applies all updates in order, or none. */
export function applyViewUpdates(base: ViewMetadata, updates: readonly ViewUpdate[]): Result<ViewMetadata> {
  let state: State = { metadata: base }
  for (const [at, update] of updates.entries()) {
    const next = apply(state, update)
    if (typeof next === 'string') return fail(messages['update-refused']({ at, action: update.action, problem: next }))
    state = next
  }
  return ok(state.metadata)
}

function apply(state: State, update: ViewUpdate): State | string {
  const { metadata } = state
  const change = (changed: Partial<ViewMetadata>): State => ({ ...state, metadata: { ...metadata, ...changed } })
  switch (update.action) {
    case 'assign-uuid':
      return update.uuid.toLowerCase() === metadata.uuid ? state : `the view is ${metadata.uuid}, and keeps its identity`
    case 'upgrade-format-version':
      return update.version === 1 ? state : `there is no view format version ${update.version}`
    case 'add-schema':
      return addSchema(state, update.schema)
    case 'set-location':
      return update.location.replace(/\/+$/u, '') === metadata.location ? state : 'a view stays where it is'
    case 'set-properties':
      return change({ properties: { ...metadata.properties, ...update.properties } })
    case 'remove-properties':
      return change({ properties: Object.fromEntries(Object.entries(metadata.properties).filter(([key]) => !update.keys.includes(key))) })
    case 'add-view-version':
      return addVersion(state, update.version)
    case 'set-current-view-version': {
      const id = update.id === NONE ? state.lastVersion : update.id
      const version = metadata.versions.find((v) => v.versionId === id)
      if (version === undefined) return `there is no version ${id ?? update.id}`
      return change({ currentVersionId: version.versionId, versionLog: [...metadata.versionLog, { versionId: version.versionId, timestamp: version.timestamp }] })
    }
  }
}

function addSchema(state: State, schema: Schema): State {
  const { schemas } = state.metadata
  const same = schemas.find((s) => isDeepStrictEqual({ ...s, schemaId: 0 }, { ...schema, schemaId: 0 }))
  const schemaId = same?.schemaId ?? Math.max(NONE, ...schemas.map((s) => s.schemaId)) + 1
  return { ...state, lastSchema: schemaId, ...(same === undefined && { metadata: { ...state.metadata, schemas: [...schemas, { ...schema, schemaId }] } }) }
}

/** A version's number is the catalogue's to give: what the client numbered 1 may be the third. */
function addVersion(state: State, version: ViewVersion): State | string {
  const { versions, schemas } = state.metadata
  const schemaId = version.schemaId === NONE ? state.lastSchema : version.schemaId
  if (!schemas.some((s) => s.schemaId === schemaId)) return `there is no schema ${schemaId ?? version.schemaId}`
  const dialects = version.representations.map((one) => one.dialect.toLowerCase())
  if (dialects.length === 0) return 'it has no statement'
  if (new Set(dialects).size < dialects.length) return 'it has two statements in one dialect'
  const versionId = Math.max(0, ...versions.map((v) => v.versionId)) + 1
  return { ...state, lastVersion: versionId, metadata: { ...state.metadata, versions: [...versions, { ...version, versionId, schemaId: schemaId as number }] } }
}

// The text of a view's metadata file to the noun and back (view specification, version 1). References inside it are
// checked, so that whoever holds a ViewMetadata may follow its ids without looking.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { JsonObject, ViewMetadata, ViewVersion } from './types.ts'
import { JsonReader } from './json-reader.ts'
import { messages } from './messages.ts'
import { parseExactJson, printExactJson } from './exact-json.ts'
import { readSchema, schemaToJson } from './schema-json.ts'

const KNOWN: ReadonlySet<string> = new Set([
  'view-uuid', 'format-version', 'location', 'current-version-id', 'versions', 'version-log', 'schemas', 'properties',
])

/** Reads the metadata file of a view. `file` is only named in diagnostics. */
export function parseViewMetadata(text: string, file: string): Result<ViewMetadata> {
  const json = parseExactJson(text, file)
  if (!json.ok) return json
  const root = new JsonReader(json.value, file)
  root.object()
  const version = root.get('format-version')
  if (root.findings.length === 0 && version.present && version.value !== 1) {
    return fail(messages['view-version']({ file, version: String(version.value).slice(0, 40) }))
  }
  version.integer()
  const metadata: ViewMetadata = {
    uuid: root.get('view-uuid').text(),
    location: root.get('location').text().replace(/\/+$/u, ''),
    currentVersionId: root.get('current-version-id').integer(),
    versions: root.get('versions').list().map(readViewVersion),
    versionLog: root.get('version-log').list().map((e) => ({ versionId: e.get('version-id').integer(), timestamp: e.get('timestamp-ms').integer() })),
    schemas: root.get('schemas').list().map((schema) => readSchema(schema)),
    properties: root.get('properties').present ? root.get('properties').texts() : {},
    carried: root.carried(KNOWN),
  }
  checkReferences(root, metadata)
  return root.findings.length > 0 ? fail(...root.findings) : ok(metadata)
}

/** A version of a view. */
export function readViewVersion(json: JsonReader): ViewVersion {
  const catalog = json.get('default-catalog')
  return {
    versionId: json.get('version-id').integer(),
    timestamp: json.get('timestamp-ms').integer(),
    schemaId: json.get('schema-id').integer(),
    summary: json.get('summary').texts(),
    representations: json.get('representations').list().map((one) => {
      one.get('type').oneOf(['sql'])
      return { sql: one.get('sql').text(), dialect: one.get('dialect').text() }
    }),
    ...(catalog.present && { defaultCatalog: catalog.text() }),
    defaultNamespace: json.get('default-namespace').list().map((level) => level.text()),
  }
}

function checkReferences(root: JsonReader, { versions, schemas, currentVersionId }: ViewMetadata): void {
  if (!versions.some((v) => v.versionId === currentVersionId)) root.get('current-version-id').wrong(`there is no version ${currentVersionId}`)
  for (const [i, at] of root.get('versions').list().entries()) {
    const { schemaId, versionId } = versions[i] as ViewVersion
    if (!schemas.some((s) => s.schemaId === schemaId)) at.get('schema-id').wrong(`there is no schema ${schemaId}`)
    if (versions.findIndex((v) => v.versionId === versionId) !== i) at.get('version-id').wrong(`the id ${versionId} occurs twice`)
  }
}

/** Prints a view's metadata so that `parseViewMetadata` reads it back equal. */
export function printViewMetadata(metadata: ViewMetadata): string {
  return printExactJson({
    'view-uuid': metadata.uuid,
    'format-version': 1,
    location: metadata.location,
    'current-version-id': metadata.currentVersionId,
    versions: metadata.versions.map(versionToJson),
    'version-log': metadata.versionLog.map((e) => ({ 'timestamp-ms': e.timestamp, 'version-id': e.versionId })),
    schemas: metadata.schemas.map(schemaToJson),
    properties: metadata.properties,
    ...metadata.carried,
  })
}

const versionToJson = (version: ViewVersion): JsonObject => ({
  'version-id': version.versionId,
  'timestamp-ms': version.timestamp,
  'schema-id': version.schemaId,
  summary: version.summary,
  representations: version.representations.map(({ sql, dialect }) => ({ type: 'sql', sql, dialect })),
  ...(version.defaultCatalog !== undefined && { 'default-catalog': version.defaultCatalog }),
  'default-namespace': version.defaultNamespace,
})

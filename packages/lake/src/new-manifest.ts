// Entries to a finished manifest, and to the line by which a manifest list names it.

import type { Result } from '@tulle/kernel'
import { Bug, fail, ok } from '@tulle/kernel'
import type { Lake, ManifestFile, Schema, Snapshot, TableMetadata } from './types.ts'
import type { NewEntry } from './manifest.ts'
import type { NewObject } from './write-metadata.ts'
import { messages } from './messages.ts'
import { partitionColumns, partitionSummaries } from './partition-columns.ts'
import { walkFields } from './walk-fields.ts'
import { writeManifest } from './manifest.ts'

export interface NewManifest { readonly object: NewObject; readonly listed: ManifestFile }

/** Where a manifest goes (a path of objects), whose files it names and which snapshot adds it. */
export interface ManifestPlace {
  readonly path: string
  readonly specId: number
  readonly content: ManifestFile['content']
  readonly snapshot: Pick<Snapshot, 'id' | 'sequenceNumber'>
}

/** What a manifest needs to know of its table. */
type Described = Pick<TableMetadata, 'schemas' | 'currentSchemaId' | 'partitionSpecs'>

/** Writes nothing yet. All entries are of one spec and one content; counts, least sequence number and partition summaries follow from them. */
export function newManifest(lake: { readonly objects: Pick<Lake['objects'], 'address'> }, metadata: Described, entries: readonly NewEntry[], { path, specId, content, snapshot }: ManifestPlace): Result<NewManifest> {
  const spec = metadata.partitionSpecs.find((s) => s.specId === specId)
  if (spec === undefined) return fail(messages['spec-missing']({ spec: specId, named: 'a data file' }))
  const columns = partitionColumns(spec, metadata)
  const bytes = writeManifest(entries, { schema: schemaOfSpec(metadata, spec.fields.flatMap((f) => f.sourceIds)), spec, columns, content })
  if (!bytes.ok) return bytes
  const of = (status: NewEntry['status']): readonly NewEntry[] => entries.filter((e) => e.status === status)
  const [added, existing, deleted] = [of('added'), of('existing'), of('deleted')]
  const listed: ManifestFile = {
    path: lake.objects.address(path), bytes: bytes.value.length, specId, content, sequenceNumber: snapshot.sequenceNumber,
    minSequenceNumber: [...added, ...existing].reduce((least, e) => Math.min(least, e.sequenceNumber ?? least), snapshot.sequenceNumber), addedSnapshotId: snapshot.id,
    addedFiles: added.length, existingFiles: existing.length, deletedFiles: deleted.length,
    addedRows: rowsOf(added), existingRows: rowsOf(existing), deletedRows: rowsOf(deleted),
    ...(columns.length > 0 && { partitions: partitionSummaries(columns, entries.map((e) => e.file)) }),
  }
  return ok({ object: { path, bytes: bytes.value }, listed })
}

const rowsOf = (entries: readonly NewEntry[]): number => entries.reduce((sum, e) => sum + e.file.rows, 0)

/** Readers take the types of the sources from the manifest's own schema: the current one, or else the newest that has them all. */
function schemaOfSpec({ schemas, currentSchemaId }: Described, sources: readonly number[]): Schema {
  const current = schemas.find((s) => s.schemaId === currentSchemaId)
  const has = (schema: Schema): boolean => {
    const ids = new Set([...walkFields(schema)].map((f) => f.id))
    return sources.every((id) => ids.has(id))
  }
  const found = [...(current === undefined ? [] : [current]), ...schemas.toReversed()].find(has) ?? current
  if (found === undefined) throw new Bug(`the metadata has no schema ${currentSchemaId}.`)
  return found
}

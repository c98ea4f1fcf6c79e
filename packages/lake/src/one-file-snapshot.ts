// A snapshot of one file that belongs to no table of the lake: what a reader of the format needs to find it, made when it is asked
// for, and kept by nobody.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { DataFile, Schema, SnapshotId } from './types.ts'
import { newManifest } from './new-manifest.ts'
import { writeManifestList } from './manifest-list.ts'

export interface OneFileSnapshot {
  readonly id: SnapshotId
  readonly schema: Schema
  readonly file: DataFile
  /** Where readers will find the manifest. */
  readonly manifestAddress: string
}

/** The bytes of its manifest, and of the list that names it. They say of the file no more than `file` does. */
export function oneFileSnapshot({ id, schema, file, manifestAddress }: OneFileSnapshot): Result<{ readonly manifest: Uint8Array; readonly list: Uint8Array }> {
  // The table has no other rows and no deletes, so one number does for every snapshot, and tells of no commit that nobody saw.
  const snapshot = { id, sequenceNumber: 1 }
  const made = newManifest(
    { objects: { address: (path) => path } }, { schemas: [schema], currentSchemaId: schema.schemaId, partitionSpecs: [{ specId: 0, fields: [] }] },
    [{ status: 'added', snapshotId: id, file }], { path: manifestAddress, specId: 0, content: 'data', snapshot },
  )
  return made.ok ? ok({ manifest: made.value.object.bytes, list: writeManifestList([made.value.listed], snapshot) }) : made
}

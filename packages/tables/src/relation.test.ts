// What only format v3 has in the way from a scan to a relation. Deletes and constants of version 2 are tested with the engine.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { createTable, memoryCatalog, newDataPath, openLake } from '@tulle/lake'
import type { DataFile, Schema } from '@tulle/lake'
import { localObjects } from '@tulle/objects'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { tableRelation } from './relation.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-relation-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** The rows 1, 3, 5, 7 and 9, as the Java implementation writes them. */
const VECTOR = Buffer.from('0000002ad1d339640100000000000000000000003a30000001000000000004001000000001000300050007000900b3fb20be', 'hex')

it('a deletion vector becomes deleted rows, and a default what files from before its column show', async () => {
  const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(folder) })
  const table = valueOf(await createTable(lake, { name: { namespace: 'n', name: 't' }, folder: 'p', columns: [{ name: 'a', type: 'int' }] }))
  const file: DataFile = { path: valueOf(await lake.objects.create(newDataPath(lake, table), Buffer.from('parquet'))), rows: 20, bytes: 7, specId: 0 }
  const puffin = valueOf(await lake.objects.create(newDataPath(lake, table), Buffer.concat([Buffer.from('PFA1'), VECTOR])))
  const deletes: DataFile = { path: puffin, rows: 5, bytes: 54, content: 'position-deletes', referencedDataFile: file.path, vector: { offset: 4, bytes: VECTOR.length } }
  const schema: Schema = { schemaId: 0, fields: [
    { id: 1, name: 'a', required: false, type: 'int' },
    { id: 2, name: 'b', required: false, type: 'decimal(4, 2)', carried: { 'initial-default': '14.20' } }, { id: 3, name: 'c', required: false, type: 'binary', carried: { 'initial-default': '00ff' } },
  ] }
  const scan = { snapshot: undefined, schema, files: [{ file, sequenceNumber: 1, deletes: [deletes] }], skipped: { files: 0, bytes: 0 } }
  const relation = valueOf(await tableRelation(lake, table, scan))
  expect(relation.files.map(({ deletedRows, positionDeletes, constants }) => ({ deletedRows, positionDeletes, constants }))).toEqual([
    { deletedRows: [1, 3, 5, 7, 9], positionDeletes: undefined, constants: { 2: '14.20', 3: String.raw`\x00\xFF` } },
  ])
  const damaged = { ...scan, files: [{ file, sequenceNumber: 1, deletes: [{ ...deletes, rows: 4 }] }] }
  expect(await tableRelation(lake, table, damaged)).toMatchObject({ ok: false, diagnostics: [{ code: 'deletion-vector-invalid' }] })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

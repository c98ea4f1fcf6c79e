// Tables whose files lie: manifests and metadata that somebody else wrote, or damaged.

import { gzipSync } from 'node:zlib'
import type { Result } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, Lake, ManifestFile, Table } from './types.ts'
import { commit } from './commit.ts'
import { createTable } from './create-table.ts'
import { filesAt } from './files-at.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { printMetadata } from './print-metadata.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'
import { writeAvroFile } from './avro-file.ts'
import { writeManifest } from './manifest.ts'
import { writeManifestList } from './manifest-list.ts'

const NAME = { namespace: 'n', name: 't' }
let lake: Lake
let table: Table
let file: DataFile

beforeEach(async () => {
  lake = openLake({ catalog: memoryCatalog(), objects: memoryObjects() })
  const empty = valueOf(await createTable(lake, { name: NAME, folder: 'p', columns: [{ name: 'a', type: 'int' }] }))
  file = { path: lake.objects.address(newDataPath(lake, empty)), rows: 3, bytes: 10 }
  ;[table] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, empty, { files: [file] }))])) as [Table]
})

const below = (path: string): string => `${table.location.slice(lake.objects.address('').length)}/${path}`

/** The table with a snapshot of the given manifests, as a foreign writer would have left it. */
async function withManifests(manifests: readonly Partial<ManifestFile>[]): Promise<Table> {
  const whole: ManifestFile[] = manifests.map((m) => ({
    path: '', bytes: 1, specId: 0, content: 'data', sequenceNumber: 1, minSequenceNumber: 1, addedSnapshotId: '1', addedFiles: 1, existingFiles: 0, deletedFiles: 0, ...m,
  }))
  const path = below('metadata/foreign-list.avro')
  return withList(valueOf(await lake.objects.create(path, writeManifestList(whole, { id: '1', sequenceNumber: 1 }))))
}

function withList(manifestList: string): Table {
  const currentSnapshot = { id: '1', sequenceNumber: 1, timestamp: 1, summary: {}, manifestList }
  return { ...table, currentSnapshot, snapshots: [currentSnapshot] }
}

async function manifestOf(files: readonly DataFile[], path = below('metadata/foreign.avro'), content: ManifestFile['content'] = 'data'): Promise<string> {
  const entries = files.map((f) => ({ status: 'added' as const, snapshotId: '1', file: f }))
  return valueOf(await lake.objects.create(path, valueOf(writeManifest(entries, { schema: table.schema, spec: { specId: 0, fields: [] }, columns: [], content }))))
}

describe('a snapshot', () => {
  it.each([
    ['in another table', () => lake.objects.address('p/other/data/x.parquet')],
    ['above the table', () => `${table.location}/../other/x.parquet`],
    ['beside the table, with its name as a beginning', () => `${table.location}-2/x.parquet`],
    ['in the file system', () => 'file:///etc/passwd'],
    ['in the cloud', () => 's3://bucket/x.parquet'],
  ])('whose data file lies %s is refused', async (_, path) => {
    const foreign = await withManifests([{ path: await manifestOf([{ ...file, path: path() }]) }])
    expect(await filesAt(lake, foreign)).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
    expect(await stageOverwrite(lake, foreign, { files: [] })).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('whose manifest lies outside the table is refused', async () => {
    const path = await manifestOf([file], 'p/elsewhere/m.avro')
    expect(await filesAt(lake, await withManifests([{ path }]))).toMatchObject({
      ok: false, diagnostics: [{ code: 'outside-root', message: `"${path}", named by a manifest list, lies outside ${table.location}.` }],
    })
  })

  it('whose manifest list lies outside the table is refused', async () => {
    const list = valueOf(await lake.objects.create('p/elsewhere/l.avro', writeManifestList([], { id: '1', sequenceNumber: 1 })))
    expect(await filesAt(lake, withList(list))).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('with delete files is refused, because its data files alone would show deleted rows', async () => {
    const path = await manifestOf([file])
    const deletes = await manifestOf([{ ...file, path: `${file.path}-deletes`, content: 'position-deletes' }], below('metadata/deletes.avro'), 'deletes')
    expect(await filesAt(lake, await withManifests([{ path }, { path: deletes, content: 'deletes' }]))).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'delete-files-unsupported', message: 'The snapshot 1 of n.t marks rows as deleted in separate delete files, so its data files alone are not its rows.' }],
    })
  })

  it('whose delete manifests are empty by now is read, and they are not opened', async () => {
    const path = await manifestOf([file])
    expect(valueOf(await filesAt(lake, await withManifests([{ path }, { path: `${path}-d`, content: 'deletes', addedFiles: 0, deletedFiles: 2 }])))).toHaveLength(1)
  })

  it.each([
    ['data', 'equality-deletes', 'a manifest of data names a file of equality-deletes'],
    ['deletes', 'data', 'a manifest of deletes names a file of data'],
  ] as const)('with a manifest of %s that names %s is refused', async (content, of, problem) => {
    const path = await manifestOf([{ ...file, content: of }])
    expect(await filesAt(lake, await withManifests([{ path, content }]))).toMatchObject({ ok: false, diagnostics: [{ code: 'manifest-invalid', message: `${path} is not a manifest of this format: ${problem}.` }] })
  })

  it('with a manifest of a spec that the table does not have is refused', async () => {
    const path = await manifestOf([file])
    expect(await filesAt(lake, await withManifests([{ path, specId: 7 }]))).toMatchObject({ ok: false, diagnostics: [{ code: 'spec-missing' }] })
  })

  it.each([
    ['a manifest that is missing', async () => withManifests([{ path: lake.objects.address(below('metadata/none.avro')) }]), 'object-missing'],
    ['a manifest that is no Avro', async () => withManifests([{ path: valueOf(await lake.objects.create(below('metadata/x.avro'), Buffer.from('{}'))) }]), 'avro-invalid'],
    ['a manifest without files', async () => withManifests([{
      path: valueOf(await lake.objects.create(below('metadata/x.avro'), writeAvroFile(
        { type: 'record', name: 'manifest_entry', fields: [{ name: 'status', type: 'int', 'field-id': 0 }] }, [new Map([[0, 1]])], {},
      ))),
    }]), 'manifest-invalid'],
    ['a list that is cut short', async () => {
      const list = writeManifestList([], { id: '1', sequenceNumber: 1 })
      return withList(valueOf(await lake.objects.create(below('metadata/cut.avro'), list.slice(0, list.length - 5))))
    }, 'avro-invalid'],
  ])('with %s is refused', async (_, foreign, code) => {
    expect(await filesAt(lake, await foreign())).toMatchObject({ ok: false, diagnostics: [{ code }] })
  })

  it('that is not there is refused', async () => {
    expect(await filesAt(lake, table, '42')).toMatchObject({ ok: false, diagnostics: [{ code: 'snapshot-missing', message: 'The table n.t has no snapshot 42.' }] })
  })
})

describe('metadata', () => {
  const repoint = async (metadataLocation: string, uuid = table.uuid): Promise<Result<Table>> => {
    const pointer = { uuid: table.uuid, metadataLocation: table.metadataLocation }
    expect(await lake.catalog.swap([{ name: NAME, expected: pointer, next: { uuid, metadataLocation } }])).toBe('swapped')
    return loadTable(lake, NAME)
  }
  const write = async (path: string, text: string | Uint8Array): Promise<string> => valueOf(await lake.objects.create(path, Buffer.from(text)))

  it.each(['file:///etc/passwd', 'p/x.json', 's3://b/x.json', ''])('at %j, outside the warehouse, is refused', async (location) => {
    expect(await repoint(location)).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('outside its own table’s location is refused', async () => {
    expect(await repoint(await write('p/other/00009-x.metadata.json', printMetadata(table.metadata)))).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('whose table’s location lies outside the warehouse is refused', async () => {
    const forged = printMetadata({ ...table.metadata, location: 'file:///etc' })
    expect(await repoint(await write(below('metadata/00009-x.metadata.json'), forged))).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
  })

  it('of another table is refused', async () => {
    const forged = printMetadata({ ...table.metadata, uuid: 'another' })
    expect(await repoint(await write(below('metadata/00009-x.metadata.json'), forged))).toMatchObject({ ok: false, diagnostics: [{ code: 'metadata-of-another-table' }] })
  })

  it('cut short is refused, and the table is readable as before when the pointer is put back', async () => {
    const cut = await write(below('metadata/00009-x.metadata.json'), printMetadata(table.metadata).slice(0, 300))
    expect(await repoint(cut)).toMatchObject({ ok: false, diagnostics: [{ code: 'metadata-not-json' }] })
    await lake.catalog.swap([{ name: NAME, expected: { uuid: table.uuid, metadataLocation: cut }, next: table.base }])
    expect(valueOf(await filesAt(lake, valueOf(await loadTable(lake, NAME))))).toHaveLength(1)
  })

  it('may be packed with gzip', async () => {
    const packed = await write(below('metadata/00009-x.gz.metadata.json'), gzipSync(printMetadata(table.metadata)))
    expect(valueOf(await repoint(packed)).currentSnapshot).toEqual(table.currentSnapshot)
  })

  it('packed and cut short, or not UTF-8, is refused', async () => {
    expect(await repoint(await write(below('metadata/1.json'), gzipSync(printMetadata(table.metadata)).subarray(0, 50)))).toMatchObject({ ok: false, diagnostics: [{ code: 'metadata-not-json' }] })
  })
})

describe('a foreign table', () => {
  it('of version 1, with manifests but no list, is read', async () => {
    const path = await manifestOf([file])
    const first: Table = { ...table, currentSnapshot: { id: '1', sequenceNumber: 0, timestamp: 1, summary: {}, manifests: [path] } }
    expect(valueOf(await filesAt(lake, first)).map((f) => f.path)).toEqual([file.path])
    // Which spec its manifests were written by, only they themselves say.
    const evolved = { ...first, metadata: { ...first.metadata, defaultSpecId: 1, partitionSpecs: [...first.metadata.partitionSpecs, { specId: 1, fields: [{ name: 'a', transform: 'identity', sourceIds: [1], fieldId: 1000 }] }] } }
    expect(valueOf(await filesAt(lake, evolved)).map((f) => [f.specId, f.partition])).toEqual([[0, undefined]])
  })

  it('of version 1, whose lists leave counts out, is appended to without losing a file', async () => {
    const path = await manifestOf([file])
    const list = writeAvroFile(
      { type: 'record', name: 'manifest_file', fields: [
        { name: 'manifest_path', type: 'string', 'field-id': 500 }, { name: 'manifest_length', type: 'long', 'field-id': 501 }, { name: 'partition_spec_id', type: 'int', 'field-id': 502 },
        { name: 'added_snapshot_id', type: ['null', 'long'], 'field-id': 503 },
      ] },
      [new Map<number, string | number | bigint>([[500, path], [501, 9], [502, 0], [503, 1n]])], {},
    )
    const manifestList = valueOf(await lake.objects.create(below('metadata/v1.avro'), list))
    const snapshot = { id: '1', sequenceNumber: 0, timestamp: 1, summary: {}, manifestList }
    const first: Table = { ...table, currentSnapshot: snapshot, snapshots: [snapshot], metadata: { ...table.metadata, formatVersion: 1, lastSequenceNumber: 0, currentSnapshotId: '1', snapshots: [snapshot] } }
    const other = { ...file, path: `${file.path}-2` }
    const [now] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, first, { files: [other] }))])) as [Table]
    expect(now.metadata.formatVersion).toBe(2)
    expect(valueOf(await filesAt(lake, now)).map((f) => f.path)).toEqual([other.path, file.path])
  })

  it.each([
    ['of version 3', () => ({ ...table.metadata, formatVersion: 3 as const }), 'format-not-writable'],
    ['that is partitioned, by a file without a partition', () => ({ ...table.metadata, partitionSpecs: [{ specId: 0, fields: [{ name: 'a', transform: 'identity', sourceIds: [1], fieldId: 1000 }] }] }), 'partition-mismatch'],
    ['that is partitioned by a transform of tomorrow', () => ({ ...table.metadata, partitionSpecs: [{ specId: 0, fields: [{ name: 'a', transform: 'zorder', sourceIds: [1], fieldId: 1000 }] }] }), 'spec-not-writable'],
  ])('%s is not written', async (_, metadata, code) => {
    expect(await stageAppend(lake, { ...table, metadata: metadata() }, { files: [file] })).toMatchObject({ ok: false, diagnostics: [{ code }] })
  })
})

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

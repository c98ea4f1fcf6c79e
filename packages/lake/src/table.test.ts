// The life of a table, from its first metadata file to the last snapshot, on disk and in memory.

import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fakeClock } from '@tulle/kernel/testing'
import { localObjects, memoryObjects } from '@tulle/objects'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Column, DataFile, Lake, Table } from './types.ts'
import { commit } from './commit.ts'
import { createTable } from './create-table.ts'
import { stageCreate } from './stage-create.ts'
import { dropTable } from './drop-table.ts'
import { filesAt } from './files-at.ts'
import { loadTable } from './load-table.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { metadataMemory } from './metadata-memory.ts'
import { newDataPath } from './new-data-path.ts'
import { openLake } from './open-lake.ts'
import { schemaAt, snapshotAt } from './table.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'
import { stageSchema } from './stage-schema.ts'

const NAME = { namespace: 'flights', name: 'flights' }
const COLUMNS: readonly Column[] = [{ name: 'id', type: 'int', required: true }, { name: 'delay', type: 'double' }]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tulle-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe.each([
  ['on disk', () => localObjects(join(folder, Math.random().toString(36).slice(2)))],
  ['in memory', () => memoryObjects()],
])('a table %s', (_, objects) => {
  const newLake = (): Lake => openLake({ catalog: memoryCatalog(), objects: objects(), clock: fakeClock() })
  const newTable = async (lake: Lake): Promise<Table> => valueOf(await createTable(lake, { name: NAME, folder: 'p1', columns: COLUMNS }))

  it('is empty when it is created, and loads as it was created', async () => {
    const lake = newLake()
    const created = await newTable(lake)
    const loaded = valueOf(await loadTable(lake, NAME))
    expect(loaded).toEqual(created)
    expect(loaded.schema.fields.map((f) => [f.id, f.name, f.type, f.required])).toEqual([[1, 'id', 'int', true], [2, 'delay', 'double', false]])
    expect(loaded.currentSnapshot).toBeUndefined()
    expect(valueOf(await filesAt(lake, loaded))).toEqual([])
    expect(loaded.location).toBe(lake.objects.address(`p1/flights-${loaded.uuid.slice(0, 8)}`))
    expect(loaded.metadataLocation).toMatch(/\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/u)
  })

  it('is created only once', async () => {
    const lake = newLake()
    await newTable(lake)
    expect(await createTable(lake, { name: NAME, folder: 'p1', columns: COLUMNS })).toMatchObject({
      ok: false, diagnostics: [{ code: 'table-exists', message: 'There is a table flights.flights already.' }],
    })
  })

  it('keeps every version through appends and overwrites', async () => {
    const lake = newLake()
    let table = await newTable(lake)
    const [a, b, c] = [fileOf(lake, table, 10), fileOf(lake, table, 20), fileOf(lake, table, 5)]
    const versions: string[] = []
    for (const stage of [() => stageAppend(lake, table, { files: [a] }), () => stageAppend(lake, table, { files: [b] }), () => stageOverwrite(lake, table, { files: [c] })]) {
      const staged = valueOf(await stage())
      valueOf(await commit(lake, [staged]))
      table = valueOf(await loadTable(lake, NAME))
      versions.push(table.currentSnapshot?.id ?? '')
    }
    expect(valueOf(await filesAt(lake, table)).map((f) => f.path)).toEqual([c.path])
    expect(valueOf(await filesAt(lake, table, versions[0]))).toEqual([{ ...a, specId: 0 }])
    expect(valueOf(await filesAt(lake, table, versions[1])).map((f) => f.path).toSorted()).toEqual([a.path, b.path].toSorted())
    expect(table.snapshots.map((s) => [s.sequenceNumber, s.parentId, s.summary['operation'], s.summary['total-records'], s.summary['total-data-files']])).toEqual([
      [1, undefined, 'append', '10', '1'], [2, versions[0], 'append', '30', '2'], [3, versions[1], 'overwrite', '5', '1'],
    ])
    expect(table.metadata.refs).toEqual({ main: { type: 'branch', snapshotId: versions[2] } })
    expect(table.metadata.metadataLog).toHaveLength(3)
    expect(table.metadataLocation).toMatch(/\/00003-/u)
  })

  it.each([[{ 'write.metadata.compression-codec': 'gzip' }, '.gz.metadata.json'], [{ 'write.metadata.compression-codec': 'none' }, '.metadata.json'], [{}, '.metadata.json']])(
    'with the properties %j writes metadata that others open by its name (%s)', async (properties, ending) => {
      const lake = newLake()
      const created = valueOf(await createTable(lake, { name: NAME, folder: 'p1', columns: COLUMNS, properties }))
      expect(created.metadataLocation).toMatch(new RegExp(`/00000-[0-9a-f-]{36}${ending.replaceAll('.', '[.]')}$`, 'u'))
      expect(valueOf(await loadTable({ ...lake, memory: metadataMemory() }, NAME))).toEqual(created)
    },
  )

  it('keeps a summary’s own words, and lets nobody forge the format’s', async () => {
    const lake = newLake()
    const table = await newTable(lake)
    const staged = valueOf(await stageAppend(lake, table, { files: [fileOf(lake, table, 3)], summary: { 'tulle.run-id': 'r1', 'added-records': '999' } }))
    expect(staged.snapshot?.summary).toMatchObject({ 'tulle.run-id': 'r1', 'added-records': '3' })
  })

  it('is created and filled in one commit', async () => {
    const lake = newLake()
    const created = valueOf(await stageCreate(lake, { name: NAME, folder: 'p1', columns: COLUMNS }))
    const filled = valueOf(await stageAppend(lake, created.table, { files: [fileOf(lake, created.table, 3)] }))
    expect(await loadTable(lake, NAME)).toMatchObject({ ok: false, diagnostics: [{ code: 'table-missing' }] })
    const [table] = valueOf(await commit(lake, [filled]))
    expect(table).toEqual(valueOf(await loadTable(lake, NAME)))
    expect(table?.metadata.metadataLog).toEqual([])
    expect(valueOf(await filesAt(lake, table as Table))).toHaveLength(1)
  })

  it('takes a new schema and its first rows in one commit, and keeps the old schema for older snapshots', async () => {
    const lake = newLake()
    const before = await newTable(lake)
    const [old] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, before, { files: [fileOf(lake, before, 3)] }))])) as [Table]
    const widened = valueOf(await stageSchema(lake, old, [{ name: 'id', type: 'long', required: true }, { name: 'note', type: 'string' }]))
    if (widened === undefined) throw new Error('nothing was staged')
    const staged = valueOf(await stageOverwrite(lake, widened.table, { files: [fileOf(lake, old, 4)] }))
    const [table] = valueOf(await commit(lake, [staged])) as [Table]
    expect(table).toEqual(valueOf(await loadTable(lake, NAME)))
    expect(table.schema.fields.map((f) => [f.id, f.name, f.type])).toEqual([[1, 'id', 'long'], [3, 'note', 'string']])
    expect(valueOf(schemaAt(table, old.currentSnapshot?.id)).fields.map((f) => f.name)).toEqual(['id', 'delay'])
    expect(table.metadata.metadataLog.map((e) => e.metadataFile)).toEqual([before.metadataLocation, old.metadataLocation])
  })

  it('stages nothing for the schema that it has', async () => {
    const lake = newLake()
    expect(valueOf(await stageSchema(lake, await newTable(lake), COLUMNS))).toBeUndefined()
  })

  it('finds the snapshot of a moment', async () => {
    const clock = fakeClock(1000)
    const lake = openLake({ catalog: memoryCatalog(), objects: objects(), clock })
    let table = await newTable(lake)
    expect(snapshotAt(table, 5000)).toMatchObject({ ok: false, diagnostics: [{ message: 'The table flights.flights has no snapshot yet.' }] })
    for (let i = 0; i < 2; i += 1) {
      await clock.advance(1000)
      ;[table] = valueOf(await commit(lake, [valueOf(await stageAppend(lake, table, { files: [fileOf(lake, table, 3)] }))])) as [Table]
    }
    expect([2000, 2999, 3000, 9999].map((t) => valueOf(snapshotAt(table, t)).sequenceNumber)).toEqual([1, 1, 2, 2])
    expect(snapshotAt(table, 1999)).toMatchObject({
      ok: false, diagnostics: [{ code: 'no-snapshot-then', message: 'The table flights.flights had no snapshot at 1970-01-01T00:00:01.999Z; its history begins at 1970-01-01T00:00:02.000Z.' }],
    })
  })

  it('leaves the catalogue when it is dropped, and its files stay', async () => {
    const lake = newLake()
    const table = await newTable(lake)
    valueOf(await dropTable(lake, NAME))
    expect(await loadTable(lake, NAME)).toMatchObject({ ok: false, diagnostics: [{ code: 'table-missing' }] })
    expect((await lake.objects.read(table.metadataLocation)).ok).toBe(true)
    expect(await dropTable(lake, NAME)).toMatchObject({ ok: false, diagnostics: [{ code: 'table-missing' }] })
  })

  it('refuses a name that is not there, with the nearest that is', async () => {
    const lake = newLake()
    await newTable(lake)
    expect(await loadTable(lake, { namespace: 'flights', name: 'flihgts' })).toMatchObject({
      ok: false, diagnostics: [{ message: 'There is no table flights.flihgts. Did you mean "flights.flights"?' }],
    })
  })

  it('refuses files outside its own location, and files named twice', async () => {
    const lake = newLake()
    const table = await newTable(lake)
    const other = { ...fileOf(lake, table, 1), path: lake.objects.address('p2/other/data/x.parquet') }
    expect(await stageAppend(lake, table, { files: [other] })).toMatchObject({ ok: false, diagnostics: [{ code: 'outside-root' }] })
    const file = fileOf(lake, table, 1)
    expect(await stageAppend(lake, table, { files: [file, file] })).toMatchObject({ ok: false, diagnostics: [{ code: 'file-named-twice' }] })
  })

  it('tells the loser of a race, and shows nothing of its change', async () => {
    const lake = newLake()
    const table = await newTable(lake)
    const [mine, theirs] = [valueOf(await stageAppend(lake, table, { files: [fileOf(lake, table, 1)] })), valueOf(await stageAppend(lake, table, { files: [fileOf(lake, table, 2)] }))]
    valueOf(await commit(lake, [theirs]))
    expect(await commit(lake, [mine])).toMatchObject({
      ok: false, diagnostics: [{ code: 'commit-conflict', message: 'Somebody else changed flights.flights in the meantime, so nothing was committed.' }],
    })
    const now = valueOf(await loadTable(lake, NAME))
    expect(now.snapshots.map((s) => s.id)).toEqual([theirs.snapshot?.id])
  })
})

it('a hostile name never reaches the file system', async () => {
  const root = join(folder, 'hostile')
  const lake = openLake({ catalog: memoryCatalog(), objects: localObjects(root) })
  for (const name of ['../../etc', 'a\0b', "x'; --", '*', '\u202etxt', '.', '']) {
    const table = valueOf(await createTable(lake, { name: { namespace: 'n', name }, folder: 'p', columns: COLUMNS }))
    expect(valueOf(await loadTable(lake, { namespace: 'n', name })).name.name).toBe(name)
    expect(table.location.slice(lake.objects.address('p/').length)).toMatch(/^[A-Za-z0-9_]*-[0-9a-f]{8}$/u)
  }
  expect(await readdir(root)).toEqual(['p'])
})

function fileOf(lake: Lake, table: Table, rows: number): DataFile {
  return {
    path: lake.objects.address(newDataPath(lake, table)), rows, bytes: rows * 100,
    columnSizes: new Map([[1, 40]]), valueCounts: new Map([[1, rows], [2, rows]]), nullCounts: new Map([[2, 1]]),
    lowerBounds: new Map([[1, Uint8Array.of(1, 0, 0, 0)]]), upperBounds: new Map([[1, Uint8Array.of(9, 0, 0, 0)]]),
  }
}

function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.diagnostics.map((d) => `${d.code}: ${d.message}`).join('\n'))
  return result.value
}

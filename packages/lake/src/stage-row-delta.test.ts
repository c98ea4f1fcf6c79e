// Rows deleted, rewritten and compacted, alone and while others change the same table.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, ManifestEntry, ScanFile, StagedCommit, Table } from './types.ts'
import type { RowDelta } from './stage-row-delta.ts'
import { commitWithRetry } from './commit.ts'
import { liveEntries, manifestsOf } from './live-entries.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { planScan } from './scan.ts'
import { snapshotOfRef } from './refs.ts'
import { stageAppend } from './stage-snapshot.ts'
import { stageReplace, stageRowDelta } from './stage-row-delta.ts'

let rig: OneTable
let a: DataFile
let b: DataFile
beforeEach(async () => {
  rig = await OneTable.open()
  const table = await rig.load()
  ;[a, b] = [rig.file(table), rig.file(table)]
  await append(a)
  await append(b)
})

const append = (...files: readonly DataFile[]): Promise<Table> => rig.change((lake, table) => stageAppend(lake, table, { files }))
const delta = (change: (table: Table) => RowDelta): Promise<Table> => rig.change((lake, table) => stageRowDelta(lake, table, change(table)))
const positions = (table: Table, of?: DataFile): DataFile => rig.file(table, { content: 'position-deletes', rows: 2, ...(of !== undefined && { referencedDataFile: of.path }) })
const equality = (table: Table): DataFile => rig.file(table, { content: 'equality-deletes', rows: 3, equalityIds: [1] })
const headOf = (table: Table): string => table.currentSnapshot?.id ?? ''
const scan = async (table: Table, snapshotId = headOf(table)): Promise<readonly ScanFile[]> => valueOf(await planScan(rig.lake, table, { snapshotId })).files
const shown = async (table: Table): Promise<readonly (readonly string[])[]> => (await scan(table)).map(({ file, deletes }) => [file.path, ...deletes.map((d) => d.path)]).toSorted()
const entriesOf = async (table: Table): Promise<readonly ManifestEntry[]> => valueOf(await liveEntries(rig.lake, table))
const conflict = { ok: false, diagnostics: [{ code: 'change-conflict' }] }

describe('a change of rows', () => {
  it('deletes rows by files of deletes, and counts them', async () => {
    const table = await delta((now) => ({ deletes: [positions(now, a), equality(now)] }))
    expect((await scan(table)).find((f) => f.file.path === a.path)?.deletes).toHaveLength(2)
    expect(table.currentSnapshot?.summary).toMatchObject({
      operation: 'delete', 'added-delete-files': '2', 'added-position-delete-files': '1', 'added-position-deletes': '2', 'added-equality-delete-files': '1', 'added-equality-deletes': '3',
      'total-data-files': '2', 'total-records': '20', 'total-delete-files': '2', 'total-position-deletes': '2', 'total-equality-deletes': '3', 'total-files-size': '400',
    })
  })

  it('writes rows anew in place of a file, and leaves the manifests of other files as they are', async () => {
    const before = await rig.load()
    const manifests = valueOf(await manifestsOf(rig.lake, before, valueOf(snapshotOfRef(before, 'main'))))
    const fresh = rig.file(before, { rows: 9 })
    const table = await delta(() => ({ added: [fresh], removed: [a] }))
    expect(await shown(table)).toEqual([[b.path], [fresh.path]].toSorted())
    expect((await entriesOf(table)).find((e) => e.file.path === b.path)).toMatchObject({ status: 'added', sequenceNumber: 2, snapshotId: before.snapshots[1]?.id })
    expect(valueOf(await manifestsOf(rig.lake, table, valueOf(snapshotOfRef(table, 'main'))))).toContainEqual(manifests.find((m) => m.sequenceNumber === 2))
    expect(table.currentSnapshot?.summary).toMatchObject({
      operation: 'overwrite', 'deleted-data-files': '1', 'deleted-records': '10', 'removed-files-size': '100', 'total-records': '19', 'total-data-files': '2',
    })
    expect(await shown({ ...table, currentSnapshot: valueOf(snapshotOfRef(before, 'main')) })).toEqual([[a.path], [b.path]].toSorted())
  })

  it('takes one of several files out of a manifest, and the others stay as old as they are', async () => {
    const now = await rig.load()
    const [c, d] = [rig.file(now), rig.file(now)]
    const before = await append(c, d)
    const table = await delta(() => ({ removed: [c] }))
    expect((await entriesOf(table)).find((e) => e.file.path === d.path)).toMatchObject({ status: 'existing', sequenceNumber: 3, fileSequenceNumber: 3, snapshotId: headOf(before) })
    expect(table.currentSnapshot?.summary['operation']).toBe('delete')
  })

  it('of new rows alone is an append', async () => {
    expect((await delta((now) => ({ added: [rig.file(now)] }))).currentSnapshot?.summary).toMatchObject({ operation: 'append', 'total-data-files': '3' })
  })

  it('drops the deletes of a file with it, and those for others stay', async () => {
    await delta((now) => ({ deletes: [positions(now, a), positions(now, b)] }))
    await delta((now) => ({ deletes: [equality(now)] }))
    const one = await delta(() => ({ removed: [a] }))
    expect((await scan(one)).map((f) => f.deletes.length)).toEqual([2])
    expect(one.currentSnapshot?.summary).toMatchObject({ 'removed-delete-files': '1', 'removed-position-deletes': '2', 'total-delete-files': '2', 'total-equality-deletes': '3' })
    const none = await delta(() => ({ removed: [b] }))
    expect(await entriesOf(none)).toEqual([])
    expect(none.currentSnapshot?.summary).toMatchObject({ 'total-delete-files': '0', 'total-position-deletes': '0', 'total-equality-deletes': '0', 'total-files-size': '0' })
  })

  it('happens on the branch that it names', async () => {
    const table = await delta(() => ({ removed: [a], branch: 'audit' }))
    expect(await scan(table)).toHaveLength(2)
    expect(await scan(table, valueOf(snapshotOfRef(table, 'audit')).id)).toHaveLength(1)
  })

  it.each<[string, (table: Table) => RowDelta]>([
    ['deletes among the rows', (now) => ({ added: [positions(now)] })],
    ['rows among the deletes', (now) => ({ deletes: [rig.file(now)] })],
    ['equality deletes by no column', (now) => ({ deletes: [rig.file(now, { content: 'equality-deletes' })] })],
    ['equality deletes by a column that is not there', (now) => ({ deletes: [rig.file(now, { content: 'equality-deletes', equalityIds: [99] })] })],
  ])('with %s is refused', async (_, change) => {
    const table = await rig.load()
    expect(await stageRowDelta(rig.lake, table, change(table))).toMatchObject({ ok: false, diagnostics: [{ code: 'file-content' }] })
  })
})

describe('a change of rows that was made from an older snapshot', () => {
  const remove = (table: Table, level: 'serializable' | 'snapshot' = 'serializable') => (from: string): RowDelta =>
    ({ removed: [a], added: [rig.file(table)], validate: { from, level } })
  const update = (table: Table): ((from: string) => RowDelta) => (from) => ({ added: [rig.file(table)], deletes: [positions(table, a)], validate: { from, level: 'snapshot' } })
  const compaction = async (): Promise<Table> => rig.change(async (lake, now) => stageReplace(lake, now, { removed: [b], added: [rig.file(now)], from: headOf(now) }))
  /** A filter that only files with an id of 5 can match. */
  const idIs5 = { kind: 'compare' as const, fieldId: 1, operator: '=' as const, value: 5 }
  const idBounds = (id: number): Partial<DataFile> => {
    const bytes = new Uint8Array(Int32Array.of(id).buffer)
    return { lowerBounds: new Map([[1, bytes]]), upperBounds: new Map([[1, bytes]]) }
  }

  it.each<[string, () => Promise<unknown>, (table: Table) => (from: string) => RowDelta, boolean]>([
    ['nothing came', async () => undefined, remove, true],
    ['rows came', async () => append(rig.file(await rig.load())), remove, false],
    ['rows came, and only what it read counts', async () => append(rig.file(await rig.load())), (t) => remove(t, 'snapshot'), true],
    ['rows came that its filter leaves out', async () => append(rig.file(await rig.load(), idBounds(6))), () => (from) => ({ removed: [a], validate: { from, filter: idIs5 } }), true],
    ['rows came that its filter may hold', async () => append(rig.file(await rig.load(), idBounds(5))), () => (from) => ({ removed: [a], validate: { from, filter: idIs5 } }), false],
    ['its file went', async () => delta(() => ({ removed: [a] })), (t) => remove(t, 'snapshot'), false],
    ['another file went', async () => delta(() => ({ removed: [b] })), (t) => remove(t, 'snapshot'), true],
    ['other files were compacted', compaction, remove, true],
    ['rows of its file were deleted by position', async () => delta((now) => ({ deletes: [positions(now, a)] })), (t) => remove(t, 'snapshot'), false],
    ['rows of its file may have been deleted by position', async () => delta((now) => ({ deletes: [positions(now)] })), (t) => remove(t, 'snapshot'), false],
    ['rows of its file may have been deleted by value', async () => delta((now) => ({ deletes: [equality(now)] })), (t) => remove(t, 'snapshot'), false],
    ['rows of another file were deleted', async () => delta((now) => ({ deletes: [positions(now, b)] })), (t) => remove(t, 'snapshot'), true],
    ['the file of its deletes went', async () => delta(() => ({ removed: [a] })), (t) => (from) => ({ deletes: [positions(t, a)], validate: { from, level: 'snapshot' } }), false],
    ['any file may have moved that its deletes are of', compaction, (t) => (from) => ({ deletes: [positions(t)], validate: { from, level: 'snapshot' } }), false],
    ['rows came beside those that it deletes', async () => append(rig.file(await rig.load())), (t) => (from) => ({ deletes: [positions(t)], validate: { from, level: 'snapshot' } }), true],
    ['rows were deleted that it deletes too', async () => delta((now) => ({ deletes: [positions(now, a)] })), (t) => (from) => ({ deletes: [positions(t, a)], validate: { from } }), true],
    ['rows were deleted that it writes again', async () => delta((now) => ({ deletes: [positions(now, a)] })), update, false],
  ])('while %s is checked', async (_, meanwhile, change, fine) => {
    const from = headOf(await rig.load())
    await meanwhile()
    const table = await rig.load()
    const staged = await stageRowDelta(rig.lake, table, change(table)(from))
    if (fine) expect(staged.ok).toBe(true)
    else expect(staged).toMatchObject(conflict)
  })

  it('is refused where that snapshot is no part of the branch any more', async () => {
    const table = await append(rig.file(await rig.load()))
    expect(await stageRowDelta(rig.lake, { ...table, currentSnapshot: table.snapshots[0] as never }, { removed: [a], validate: { from: headOf(table) } })).toMatchObject({
      ok: false, diagnostics: [{ code: 'change-conflict', message: `n.t was changed while this change was made: the snapshot ${headOf(table)} that it was made from is no part of it any more. Nothing was committed.` }],
    })
  })

  it('is checked again by every retry: the loser of a race for one file commits nothing', async () => {
    const from = headOf(await rig.load())
    const attempts: string[] = []
    const rewrite = async (): Promise<Result<readonly StagedCommit[]>> => {
      const table = await rig.load()
      const staged = await stageRowDelta(rig.lake, table, remove(table)(from))
      attempts.push(staged.ok ? 'staged' : (staged.diagnostics[0]?.code ?? ''))
      // Somebody else takes the same file out after the first check and before the swap.
      if (attempts.length === 1) await delta(() => ({ removed: [a] }))
      return staged.ok ? ok([staged.value]) : staged
    }
    expect(await commitWithRetry(rig.lake, rewrite)).toMatchObject(conflict)
    expect(attempts).toEqual(['staged', 'change-conflict'])
    expect(await shown(await rig.load())).toEqual([[b.path]])
  })
})

describe('compaction', () => {
  const compact = async (from: string): ReturnType<typeof stageReplace> => {
    const table = await rig.load()
    return stageReplace(rig.lake, table, { removed: [a, b], added: [rig.file(table, { rows: 20 })], from })
  }

  it('puts other files in place of some, as old as what was read', async () => {
    const read = await append(rig.file(await rig.load()))
    await append(rig.file(await rig.load()))
    const table = await rig.change(() => compact(headOf(read)))
    expect(table.currentSnapshot?.summary).toMatchObject({ operation: 'replace', 'total-records': '40', 'total-data-files': '3', 'added-records': '20', 'deleted-records': '20' })
    expect((await entriesOf(table)).find((e) => e.file.rows === 20)).toMatchObject({ sequenceNumber: 3, fileSequenceNumber: 5 })
    expect(valueOf(await manifestsOf(rig.lake, table, valueOf(snapshotOfRef(table, 'main')))).find((m) => m.addedFiles === 1 && m.sequenceNumber === 5)?.minSequenceNumber).toBe(3)
  })

  it('stays under the equality deletes that came meanwhile, and loses those that were applied', async () => {
    const read = await delta((now) => ({ deletes: [equality(now)] }))
    const later = equality(read)
    await delta(() => ({ deletes: [later] }))
    const table = await rig.change(() => compact(headOf(read)))
    expect((await scan(table)).map((f) => f.deletes.map((d) => d.path))).toEqual([[later.path]])
  })

  it.each<[string, () => Promise<unknown>]>([
    ['rows of its files were deleted by position', () => delta((now) => ({ deletes: [positions(now, b)] }))],
    ['one of its files went', () => delta(() => ({ removed: [b] }))],
  ])('is refused where %s meanwhile', async (_, meanwhile) => {
    const from = headOf(await rig.load())
    await meanwhile()
    expect(await compact(from)).toMatchObject(conflict)
  })

  it('from a snapshot that is not there is refused', async () => {
    expect(await compact('7')).toMatchObject({ ok: false, diagnostics: [{ code: 'snapshot-missing' }] })
  })
})

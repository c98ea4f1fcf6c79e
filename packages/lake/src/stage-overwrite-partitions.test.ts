// Partitions that are written anew, and those beside them that stay.

import { beforeEach, describe, expect, it } from 'vitest'
import type { DataFile, Table } from './types.ts'
import type { Validation } from './check-conflicts.ts'
import { liveEntries } from './live-entries.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { stageAppend } from './stage-snapshot.ts'
import { stageOverwritePartitions } from './stage-overwrite-partitions.ts'
import { stageReplace, stageRowDelta } from './stage-row-delta.ts'

let rig: OneTable
let first: Table
beforeEach(async () => {
  rig = await OneTable.open()
  await rig.partition([], ['bucket[4]'])
  first = await rig.change((lake, table) => stageAppend(lake, table, { files: [file(table, 1), file(table, 1), file(table, 2), file(table, null), rig.file(table, { specId: 0 })] }))
})

const file = (table: Table, bucket: number | null, more: Partial<DataFile> = {}): DataFile => rig.file(table, { partition: [bucket], ...more })
const overwrite = (files: readonly DataFile[], validate?: Validation): ReturnType<typeof stageOverwritePartitions> =>
  rig.load().then((table) => stageOverwritePartitions(rig.lake, table, { files, ...(validate !== undefined && { validate }) }))
const live = async (table: Table): Promise<readonly unknown[]> => valueOf(await liveEntries(rig.lake, table)).map(({ file: { specId, partition, rows, content } }) => [specId, partition?.[0], rows, content ?? 'data']).toSorted()

describe('new files of partitions', () => {
  it('replace what is in those partitions, deletes too, and nothing else', async () => {
    await rig.change((lake, table) => stageRowDelta(lake, table, { deletes: [file(table, 1, { content: 'position-deletes', rows: 1 }), file(table, 2, { content: 'position-deletes', rows: 1 })] }))
    const table = await rig.change((_, now) => overwrite([file(now, 1, { rows: 7 }), file(now, 3, { rows: 8 })]))
    expect(await live(table)).toEqual([[0, undefined, 10, 'data'], [1, null, 10, 'data'], [1, 1, 7, 'data'], [1, 2, 10, 'data'], [1, 2, 1, 'position-deletes'], [1, 3, 8, 'data']].toSorted())
    expect(table.currentSnapshot?.summary).toMatchObject({
      operation: 'overwrite', 'deleted-data-files': '2', 'deleted-records': '20', 'removed-delete-files': '1', 'total-data-files': '5', 'changed-partition-count': '2',
    })
  })

  it('replace the partition of nulls', async () => {
    const table = await rig.change((_, now) => overwrite([file(now, null, { rows: 7 })]))
    expect((await live(table)).filter((e) => (e as readonly unknown[])[1] === null)).toEqual([[1, null, 7, 'data']])
  })

  it.each<[string, (lake: OneTable['lake'], table: Table) => ReturnType<typeof stageAppend>, 'serializable' | 'snapshot', boolean]>([
    ['rows came into one of them', (lake, table) => stageAppend(lake, table, { files: [file(table, 1)] }), 'serializable', false],
    ['rows came into one of them that nobody read', (lake, table) => stageAppend(lake, table, { files: [file(table, 1)] }), 'snapshot', true],
    ['rows came into another one', (lake, table) => stageAppend(lake, table, { files: [file(table, 2)] }), 'serializable', true],
    ['rows of one of them were deleted', (lake, table) => stageRowDelta(lake, table, { deletes: [file(table, 1, { content: 'position-deletes' })] }), 'snapshot', false],
    ['a file of one of them went', async (lake, table) => stageRowDelta(lake, table, { removed: [await fileIn(table, 1)] }), 'serializable', false],
    ['a file of another one went', async (lake, table) => stageRowDelta(lake, table, { removed: [await fileIn(table, 2)] }), 'serializable', true],
    ['one of them was compacted', async (lake, table) => stageReplace(lake, table, { removed: [await fileIn(table, 1)], added: [file(table, 1)], from: table.currentSnapshot?.id ?? '' }), 'serializable', true],
  ])('where %s meanwhile are checked', async (_, meanwhile, level, fine) => {
    await rig.change(meanwhile)
    const staged = await overwrite([file(first, 1)], { from: first.currentSnapshot?.id, level })
    if (fine) expect(staged.ok).toBe(true)
    else expect(staged).toMatchObject({ ok: false, diagnostics: [{ code: 'change-conflict' }] })
  })
})

async function fileIn(table: Table, bucket: number): Promise<DataFile> {
  const found = valueOf(await liveEntries(rig.lake, table)).find((e) => e.file.partition?.[0] === bucket)
  if (found === undefined) throw new Error(`no file in ${bucket}`)
  return found.file
}

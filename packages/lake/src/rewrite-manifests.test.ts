import { beforeEach, describe, expect, it } from 'vitest'
import type { Lake, Table } from './types.ts'
import { filesAt } from './files-at.ts'
import { liveEntries, manifestsOf } from './live-entries.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { rewriteManifests } from './rewrite-manifests.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'

let rig: OneTable
beforeEach(async () => {
  rig = await OneTable.open()
})

const appendIn = (partition?: number): Promise<Table> =>
  rig.change((lake, table) => stageAppend(lake, table, { files: [rig.file(table, partition === undefined ? {} : { partition: [partition] })] }))
const manifests = async (table: Table): Promise<number> => valueOf(await manifestsOf(rig.lake, table, table.currentSnapshot as never)).length

describe('manifests written anew', () => {
  it('name the same files with the same ages, in one snapshot that says so', async () => {
    for (let i = 0; i < 12; i += 1) await appendIn()
    const before = await rig.load()
    const replaced = valueOf(await rewriteManifests(rig.lake, before.name))
    const after = await rig.load()
    expect([replaced.length, await manifests(before), await manifests(after)]).toEqual([12, 12, 1])
    expect(after.currentSnapshot).toMatchObject({ parentId: before.currentSnapshot?.id, summary: { operation: 'replace', 'manifests-created': '1', 'manifests-replaced': '12', 'manifests-kept': '0', 'total-data-files': '12' } })
    const ages = async (table: Table): Promise<readonly unknown[]> =>
      valueOf(await liveEntries(rig.lake, table)).map(({ file, snapshotId, sequenceNumber, fileSequenceNumber }) => [file.path, snapshotId, sequenceNumber, fileSequenceNumber]).toSorted()
    expect(await ages(after)).toEqual(await ages(before))
    expect(valueOf(await filesAt(rig.lake, after, before.currentSnapshot?.id))).toHaveLength(12)
  })

  it('are left alone where they are few', async () => {
    for (let i = 0; i < 9; i += 1) await appendIn()
    const before = await rig.load()
    expect(valueOf(await rewriteManifests(rig.lake, before.name))).toEqual([])
    expect((await rig.load()).metadataLocation).toBe(before.metadataLocation)
  })

  it('hold each partition together, as many as fit', async () => {
    await rig.partition(['identity'])
    for (let i = 0; i < 24; i += 1) await appendIn(i % 3)
    const table = await rig.load()
    const whole = valueOf(await manifestsOf(rig.lake, table, table.currentSnapshot as never)).reduce((sum, m) => sum + m.bytes, 0)
    valueOf(await rewriteManifests(rig.lake, table.name, { targetBytes: Math.ceil(whole / 3), minCount: 2 }))
    const after = await rig.load()
    const kept = valueOf(await manifestsOf(rig.lake, after, after.currentSnapshot as never))
    expect(kept.map(({ existingFiles, partitions }) => [existingFiles, partitions?.[0]?.lowerBound?.[0], partitions?.[0]?.upperBound?.[0]])).toEqual([[8, 0, 0], [8, 1, 1], [8, 2, 2]])
  })

  it('leave out what went, and nothing that came meanwhile', async () => {
    for (let i = 0; i < 11; i += 1) await appendIn()
    await rig.change((lake, table) => stageOverwrite(lake, table, { files: [rig.file(table)] }))
    for (let i = 0; i < 11; i += 1) await appendIn()
    let raced = false
    const slow: Lake = { ...rig.lake, catalog: { ...rig.lake.catalog, swap: async (swaps) => {
      if (!raced) {
        raced = true
        await appendIn()
      }
      return rig.lake.catalog.swap(swaps)
    } } }
    valueOf(await rewriteManifests(slow, (await rig.load()).name))
    const after = await rig.load()
    expect([await manifests(after), valueOf(await filesAt(rig.lake, after)).length]).toEqual([1, 13])
  })
})

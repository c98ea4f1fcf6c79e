// Tables that are appended to very often: few manifests, and every file as old as it was.

import { describe, expect, it } from 'vitest'
import type { DataFile, ManifestEntry, Table } from './types.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { liveEntries, manifestsOf } from './live-entries.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'

/** Ten files make a manifest worth merging, so that short tests merge often. */
const OFTEN = { 'commit.manifest.min-count-to-merge': '10' }

async function appended(times: number, properties: Readonly<Record<string, string>>): Promise<{ readonly rig: OneTable; readonly table: Table }> {
  const rig = await OneTable.open(properties)
  for (let i = 0; i < times; i += 1) await rig.change((lake, table) => stageAppend(lake, table, { files: [rig.file(table)] }))
  return { rig, table: await rig.load() }
}
const manifestCount = async (rig: OneTable, table: Table): Promise<number> =>
  table.currentSnapshot === undefined ? 0 : valueOf(await manifestsOf(rig.lake, table, table.currentSnapshot)).length
const ages = (entries: readonly ManifestEntry[]): readonly unknown[] =>
  entries.map((e) => [e.snapshotId, e.sequenceNumber, e.fileSequenceNumber]).toSorted((a, b) => Number(a[1]) - Number(b[1]))

describe('the manifests of a table that is appended to', () => {
  it('are few, and every file is as old as it was and named once', async () => {
    const { rig, table } = await appended(120, OFTEN)
    expect(await manifestCount(rig, table)).toBeLessThan(15)
    const entries = valueOf(await liveEntries(rig.lake, table))
    expect(ages(entries)).toEqual(table.snapshots.map((s) => [s.id, s.sequenceNumber, s.sequenceNumber]))
    expect(new Set(entries.map((e) => e.file.path)).size).toBe(120)
  })

  it('say how old the oldest of their files is, and how many are new', async () => {
    const { rig, table } = await appended(40, OFTEN)
    const manifests = valueOf(await manifestsOf(rig.lake, table, table.currentSnapshot ?? never()))
    expect(Math.min(...manifests.map((m) => m.minSequenceNumber))).toBe(1)
    expect(manifests.reduce((sum, m) => sum + (m.addedFiles ?? 0) + (m.existingFiles ?? 0), 0)).toBe(40)
    expect(manifests.filter((m) => m.addedSnapshotId === table.currentSnapshot?.id).map((m) => m.addedFiles)).toContain(1)
  })

  it('leave older snapshots as they were', async () => {
    const { rig, table } = await appended(25, OFTEN)
    for (const [i, { id }] of table.snapshots.entries()) expect(valueOf(await liveEntries(rig.lake, table, id))).toHaveLength(i + 1)
  })

  it.each([
    ['where merging is off', { ...OFTEN, 'commit.manifest-merge.enabled': 'false' }],
    ['where they are fewer than the least number to merge', { 'commit.manifest.min-count-to-merge': '31' }],
    ['where two would be larger than the target size', { ...OFTEN, 'commit.manifest.target-size-bytes': '2' }],
    ['where the least number is no number', { 'commit.manifest.min-count-to-merge': 'few' }],
  ])('stay apart %s', async (_, properties) => {
    const { rig, table } = await appended(30, properties)
    expect(await manifestCount(rig, table)).toBe(30)
  })

  it('are forgotten where all of their files went with an earlier snapshot', async () => {
    const { rig } = await appended(3, {})
    await rig.change((lake, table) => stageOverwrite(lake, table, { files: [] }))
    const table = await rig.change((lake, now) => stageAppend(lake, now, { files: [rig.file(now)] }))
    expect(await manifestCount(rig, table)).toBe(1)
  })

  it('of different specs are not merged with each other', async () => {
    const rig = await OneTable.open(OFTEN)
    await rig.partition(['identity'], [])
    const file = (table: Table, i: number): DataFile => rig.file(table, i % 2 === 0 ? { specId: 0, partition: [i] } : {})
    for (let i = 0; i < 40; i += 1) await rig.change((lake, table) => stageAppend(lake, table, { files: [file(table, i)] }))
    const entries = valueOf(await liveEntries(rig.lake, await rig.load()))
    expect(entries.map((e) => [e.file.specId, e.file.partition]).toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? [0, [i]] : [1, undefined])).toSorted())
  })
})

function never(): never {
  throw new Error('there is a snapshot')
}

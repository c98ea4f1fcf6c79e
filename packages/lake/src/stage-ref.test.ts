// Branches and tags: made, written to, moved and removed, with main as everybody reads it in between.

import { beforeEach, describe, expect, it } from 'vitest'
import type { SnapshotRef, Table } from './types.ts'
import { ancestorsOf, snapshotOfRef } from './refs.ts'
import { OneTable, valueOf } from './testing/one-table.ts'
import { filesAt } from './files-at.ts'
import { snapshotAt } from './table.ts'
import { stageAppend, stageOverwrite } from './stage-snapshot.ts'
import { stageFastForward, stageRef, stageRollback } from './stage-ref.ts'

let rig: OneTable
beforeEach(async () => {
  rig = await OneTable.open()
})

const append = (branch?: string): Promise<Table> =>
  rig.change((lake, table) => stageAppend(lake, table, { files: [rig.file(table)], ...(branch !== undefined && { branch }) }))
const headIn = (table: Table, ref: string): string => valueOf(snapshotOfRef(table, ref)).id
const tag = (snapshotId: string): SnapshotRef => ({ type: 'tag', snapshotId })

describe('a snapshot on a branch', () => {
  it('follows main where the branch is new, then the branch, and main stays', async () => {
    const first = await append()
    await append('audit')
    const table = await append('audit')
    expect(table.currentSnapshot).toEqual(first.currentSnapshot)
    expect(table.metadata.snapshotLog).toEqual(first.metadata.snapshotLog)
    const line = ancestorsOf(table, headIn(table, 'audit'))
    expect(line.map((s) => [s.sequenceNumber, s.summary['total-records']])).toEqual([[3, '30'], [2, '20'], [1, '10']])
    expect(line.map((s) => s.id)).toEqual(table.snapshots.map((s) => s.id).toReversed())
    expect(valueOf(await filesAt(rig.lake, table))).toHaveLength(1)
    expect(valueOf(await filesAt(rig.lake, table, headIn(table, 'audit')))).toHaveLength(3)
  })

  it('of an empty table has no parent, and main is still empty', async () => {
    const table = await append('audit')
    expect(table.currentSnapshot).toBeUndefined()
    expect(valueOf(snapshotOfRef(table, 'audit')).parentId).toBeUndefined()
    expect(snapshotOfRef(table, 'main')).toMatchObject({ ok: false, diagnostics: [{ code: 'ref-missing' }] })
  })

  it('may replace everything there, and nothing on main', async () => {
    const first = await append()
    const table = await rig.change((lake, now) => stageOverwrite(lake, now, { files: [rig.file(now, { rows: 3 })], branch: 'audit' }))
    expect(valueOf(await filesAt(rig.lake, table, headIn(table, 'audit'))).map((f) => f.rows)).toEqual([3])
    expect(valueOf(await filesAt(rig.lake, table))).toEqual(valueOf(await filesAt(rig.lake, first)))
  })

  it('keeps what the branch says about retention', async () => {
    const first = await append()
    const kept: SnapshotRef = { type: 'branch', snapshotId: headIn(first, 'main'), minSnapshotsToKeep: 3, maxSnapshotAgeMs: 1000, maxRefAgeMs: 5000 }
    await rig.change((lake, table) => stageRef(lake, table, 'audit', kept))
    const table = await append('audit')
    expect(table.metadata.refs['audit']).toEqual({ ...kept, snapshotId: table.snapshots[1]?.id })
  })

  it('is refused where the branch is a tag', async () => {
    const first = await append()
    const table = await rig.change((lake, now) => stageRef(lake, now, 'v1', tag(headIn(first, 'main'))))
    expect(await stageAppend(rig.lake, table, { files: [], branch: 'v1' })).toMatchObject({
      ok: false, diagnostics: [{ code: 'ref-is-tag', message: '"v1" is a tag of n.t, and nothing is written to a tag.' }],
    })
  })
})

describe('a tag or branch', () => {
  it('is made, moved and removed; its snapshots stay', async () => {
    await append()
    const two = await append()
    const [a, b] = two.snapshots.map((s) => s.id) as [string, string]
    expect(headIn(await rig.change((lake, table) => stageRef(lake, table, 'v1', { ...tag(a), maxRefAgeMs: 7 })), 'v1')).toBe(a)
    expect((await rig.change((lake, table) => stageRef(lake, table, 'v1', tag(b)))).metadata.refs['v1']).toEqual(tag(b))
    const table = await rig.change((lake, now) => stageRef(lake, now, 'v1', undefined))
    expect(table.metadata.refs).toEqual({ main: { type: 'branch', snapshotId: b } })
    expect(table.snapshots).toEqual(two.snapshots)
  })

  it.each(['constructor', '__proto__', 'a/b', 'Łódź', '*', "'; --"])('may be named %j, and is found by that name alone', async (name) => {
    const first = await append()
    expect(snapshotOfRef(first, name)).toMatchObject({ ok: false, diagnostics: [{ code: 'ref-missing' }] })
    await rig.change((lake, now) => stageRef(lake, now, name, tag(headIn(now, 'main'))))
    const table = await rig.loadFromDisk()
    expect(Object.keys(table.metadata.refs).toSorted()).toEqual(['main', name].toSorted())
    expect(headIn(table, name)).toBe(headIn(table, 'main'))
  })

  it.each([
    ['', 'it is empty'], ['  ', 'it is empty'], ['a ', 'it begins or ends with a space'], ['a\0b', 'it holds a character that cannot be seen'],
    ['a\u202eb', 'it holds a character that cannot be seen'], ['\ud800', 'it is not Unicode'], ['x'.repeat(256), 'it is longer than 255 bytes'],
    ['123', 'it would be taken for a snapshot id'],
  ])('cannot be named %j: %s', async (name, problem) => {
    const table = await append()
    const refused = { ok: false, diagnostics: [{ code: 'bad-ref-name', message: `${JSON.stringify(name.slice(0, 100))} cannot be the name of a branch or tag: ${problem}.` }] }
    expect(await stageRef(rig.lake, table, name, tag(headIn(table, 'main')))).toMatchObject(refused)
    expect(await stageAppend(rig.lake, table, { files: [], branch: name })).toMatchObject(refused)
    expect(await stageFastForward(rig.lake, table, { from: 'main', to: name })).toMatchObject(refused)
  })

  it.each([
    ['names a snapshot that is not there', 'v1', { snapshotId: '7' }, 'snapshot-missing'],
    ['is main and no branch', 'main', {}, 'bad-ref'],
    ['is a tag with rules for more than one snapshot', 'v1', { minSnapshotsToKeep: 2 }, 'bad-ref'],
    ['has an age of zero', 'v1', { maxRefAgeMs: 0 }, 'bad-ref'],
    ['changes its kind', 'audit', {}, 'ref-kind'],
  ])('is refused where it %s', async (_, name, wrong, code) => {
    await append()
    const table = await append('audit')
    expect(await stageRef(rig.lake, table, name, { ...tag(headIn(table, 'main')), ...wrong })).toMatchObject({ ok: false, diagnostics: [{ code }] })
  })

  it('that is not there cannot be removed, and main never can', async () => {
    const table = await append()
    expect(await stageRef(rig.lake, table, 'mains', undefined)).toMatchObject({
      ok: false, diagnostics: [{ code: 'ref-missing', message: 'The table n.t has no branch or tag "mains". Did you mean "main"?' }],
    })
    expect(await stageRef(rig.lake, table, 'main', undefined)).toMatchObject({ ok: false, diagnostics: [{ code: 'main-needed' }] })
  })
})

describe('a fast-forward', () => {
  it('publishes what is on a branch, with its log', async () => {
    await append()
    const audited = await append('audit')
    const table = await rig.change((lake, now) => stageFastForward(lake, now, { from: 'audit' }))
    expect(headIn(table, 'main')).toBe(headIn(audited, 'audit'))
    expect(table.currentSnapshot?.id).toBe(headIn(audited, 'audit'))
    expect(table.metadata.snapshotLog.map((e) => e.snapshotId)).toEqual(table.snapshots.map((s) => s.id))
  })

  it('fills a main that was empty', async () => {
    await append('audit')
    const table = await rig.change((lake, now) => stageFastForward(lake, now, { from: 'audit', to: 'main' }))
    expect(table.currentSnapshot?.id).toBe(headIn(table, 'audit'))
  })

  it('to where it is already adds nothing to the log', async () => {
    await append('audit')
    const once = await rig.change((lake, now) => stageFastForward(lake, now, { from: 'audit' }))
    const twice = await rig.change((lake, now) => stageFastForward(lake, now, { from: 'audit' }))
    expect(twice.metadata.snapshotLog).toEqual(once.metadata.snapshotLog)
  })

  it('is refused where main has moved on', async () => {
    await append()
    await append('audit')
    const table = await append()
    expect(await stageFastForward(rig.lake, table, { from: 'audit' })).toMatchObject({
      ok: false, diagnostics: [{ code: 'branches-diverged', message: '"main" of n.t has snapshots that "audit" does not follow, and would lose them.' }],
    })
  })
})

describe('a rollback', () => {
  it('makes an older snapshot current, and the log says when', async () => {
    await append()
    await append()
    const third = await append()
    const [a, , c] = third.snapshots.map((s) => s.id) as [string, string, string]
    const table = await rig.change((lake, now) => stageRollback(lake, now, a))
    expect(table.currentSnapshot?.id).toBe(a)
    expect(table.metadata.snapshotLog.map((e) => e.snapshotId)).toEqual([...third.snapshots.map((s) => s.id), a])
    expect(table.snapshots.map((s) => s.id)).toContain(c)
    expect(valueOf(snapshotAt(table, table.metadata.lastUpdated)).id).toBe(a)
    const next = await append()
    expect(next.currentSnapshot).toMatchObject({ parentId: a, sequenceNumber: 4, summary: { 'total-records': '20' } })
  })

  it('is refused to a snapshot that main never was, or was rolled back behind', async () => {
    await append()
    await append()
    const branched = await append('audit')
    const [a, b, other] = branched.snapshots.map((s) => s.id) as [string, string, string]
    const back = await rig.change((lake, now) => stageRollback(lake, now, a))
    for (const id of [b, other]) expect(await stageRollback(rig.lake, back, id)).toMatchObject({ ok: false, diagnostics: [{ code: 'not-an-ancestor' }] })
    expect(await stageRollback(rig.lake, back, '7')).toMatchObject({ ok: false, diagnostics: [{ code: 'snapshot-missing' }] })
  })
})

it('a forged table whose snapshots are each other’s parents has an end', async () => {
  await append()
  const table = await append()
  const [a, b] = table.snapshots as [Table['snapshots'][0], Table['snapshots'][0]]
  const forged: Table = { ...table, snapshots: [{ ...a, parentId: b.id }, b] }
  expect(ancestorsOf(forged, b.id).map((s) => s.id)).toEqual([b.id, a.id])
})

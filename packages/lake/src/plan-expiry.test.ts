// Which snapshots go, by which rule; and what never goes, whatever the policy.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExpiryPolicy } from './cleaning-types.ts'
import type { SnapshotRef, TableMetadata } from './types.ts'
import { planExpiry, withoutExpired } from './plan-expiry.ts'

const DAY = 86_400_000
const NOW = 100 * DAY
const POLICY: ExpiryPolicy = { maxAge: 30 * DAY, minToKeep: 1, grace: 0 }

interface Given { readonly days: readonly number[]; readonly refs?: Readonly<Record<string, SnapshotRef>>; readonly properties?: Readonly<Record<string, string>>; readonly parents?: Readonly<Record<string, string>> }

/** One snapshot for each day on which one was committed, named by it, each the child of the one before. */
function tableWith({ days, refs = {}, properties = {}, parents = {} }: Given): TableMetadata {
  const ids = days.map(String)
  const current = ids.at(-1)
  const parentOf = (i: number): string | undefined => parents[ids[i] ?? ''] ?? ids[i - 1]
  return {
    formatVersion: 2, uuid: 'u', location: 'memory:/t', lastSequenceNumber: days.length, lastUpdated: NOW, lastColumnId: 0, currentSchemaId: 0, schemas: [], defaultSpecId: 0,
    partitionSpecs: [], lastPartitionId: 0, defaultSortOrderId: 0, sortOrders: [], properties, metadataLog: [],
    ...(current !== undefined && { currentSnapshotId: current }),
    snapshots: days.map((day, i) => ({ id: String(day), ...(parentOf(i) !== undefined && { parentId: parentOf(i) ?? '' }), sequenceNumber: i + 1, timestamp: day * DAY, summary: {}, manifestList: `l${day}` })),
    snapshotLog: days.map((day) => ({ snapshotId: String(day), timestamp: day * DAY })),
    refs: { ...(current !== undefined && { main: { snapshotId: current, type: 'branch' as const } }), ...refs },
    carried: { statistics: days.map((day) => ({ 'snapshot-id': day, 'statistics-path': `s${day}` })), other: [1] },
  }
}

const going = (given: Given, policy: Partial<ExpiryPolicy> = {}): readonly string[] =>
  planExpiry(tableWith(given), { ...POLICY, ...policy }, NOW).snapshots.map(({ snapshot, rule }) => `${snapshot.id} ${rule}`)

describe('a snapshot', () => {
  it.each<[string, Given, Partial<ExpiryPolicy>, readonly string[]]>([
    ['goes when it is older than the policy says', { days: [10, 60, 80, 99] }, {}, ['10 max-age', '60 max-age']],
    ['stays, however old, while it is among the newest', { days: [10, 20, 30, 40] }, { minToKeep: 3 }, ['10 max-age']],
    ['goes, however young, when there are too many', { days: [95, 96, 97, 98] }, { maxToKeep: 2 }, ['95 max-count', '96 max-count']],
    ['stays where the least is more than the most', { days: [95, 96, 97, 98] }, { maxToKeep: 2, minToKeep: 3 }, ['95 max-count']],
    ['stays as the current one, even alone and old', { days: [1] }, { maxAge: 0 }, []],
    ['stays while somebody may still read it', { days: [10, 20, 99] }, { grace: 2 * DAY }, ['10 max-age']],
    ['stays with its tag, and without what led to it', { days: [10, 20, 30, 99], refs: { v1: { snapshotId: '20', type: 'tag' } } }, {}, ['10 max-age', '30 max-age']],
    ['goes with a tag that is too old', { days: [10, 20, 99], refs: { v1: { snapshotId: '20', type: 'tag' } } }, { maxTagAge: 50 * DAY }, ['10 max-age', '20 max-age']],
    ['of a branch is counted there', { days: [10, 20, 30, 99], refs: { b: { snapshotId: '30', type: 'branch', minSnapshotsToKeep: 2 } } }, {}, ['10 max-age']],
    ['of a branch lives as long as the branch says', { days: [10, 20, 30, 99], refs: { b: { snapshotId: '30', type: 'branch', maxSnapshotAgeMs: 85 * DAY } } }, {}, ['10 max-age']],
    ['that no branch leads to goes by its age', { days: [10, 20, 80, 99], parents: { 99: '10' } }, { minToKeep: 5 }, ['20 unreferenced']],
    ['goes sooner where the table says so', { days: [80, 90, 99], properties: { 'history.expire.max-snapshot-age-ms': String(15 * DAY) } }, {}, ['80 max-age']],
    ['goes later where the table says so', { days: [10, 20, 99], properties: { 'history.expire.min-snapshots-to-keep': '2' } }, {}, ['10 max-age']],
    ['is not touched by a property that is no number', { days: [80, 90, 99], properties: { 'history.expire.max-snapshot-age-ms': '-1' } }, {}, []],
    ['whose parents go in a circle is looked at once', { days: [10, 20], parents: { 10: '20' } }, {}, ['10 max-age']],
  ])('%s', (_, given, policy, expected) => {
    expect(going(given, policy)).toEqual(expected)
  })
})

describe('a branch or tag', () => {
  const refs = { old: { snapshotId: '10', type: 'tag', maxRefAgeMs: 50 * DAY }, kept: { snapshotId: '20', type: 'tag' }, side: { snapshotId: '20', type: 'branch' } } as const
  const refsGoing = (given: Given, policy: Partial<ExpiryPolicy> = {}): readonly string[] => planExpiry(tableWith(given), { ...POLICY, ...policy }, NOW).refs.map(({ name }) => name)

  it('goes when it says so itself', () => {
    expect(refsGoing({ days: [10, 20, 99], refs })).toEqual(['old'])
  })

  it('goes when the table says so, but never main', () => {
    expect(refsGoing({ days: [10, 20], refs, properties: { 'history.expire.max-ref-age-ms': String(70 * DAY) } })).toEqual(['old', 'kept', 'side'])
  })

  it('goes by the policy only where it is a tag', () => {
    expect(refsGoing({ days: [10, 20, 99], refs }, { maxTagAge: DAY })).toEqual(['old', 'kept'])
  })
})

describe('metadata without what expired', () => {
  it('has no statistics of it, and a log that begins after the gap', () => {
    const table = tableWith({ days: [10, 20, 80, 99], refs: { v1: { snapshotId: '10', type: 'tag' } } })
    const left = withoutExpired(table, planExpiry(table, POLICY, NOW))
    expect(left.snapshots.map((s) => s.id)).toEqual(['10', '80', '99'])
    expect(left.snapshotLog.map((e) => e.snapshotId)).toEqual(['80', '99'])
    expect(left.carried).toEqual({ statistics: [10, 80, 99].map((day) => ({ 'snapshot-id': day, 'statistics-path': `s${day}` })), other: [1] })
  })

  it('holds whatever a branch or tag names, and what is left expires no further', () => {
    const policy = fc.record({ maxAge: fc.nat(50), minToKeep: fc.integer({ min: 1, max: 5 }), maxToKeep: fc.nat(5), maxTagAge: fc.nat(90), grace: fc.nat(20) })
    const given = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 12 }).map((days) => days.toSorted((a, b) => a - b)).chain((days) => fc.record({
      days: fc.constant(days),
      parents: fc.dictionary(fc.constantFrom(...days.map(String)), fc.constantFrom(...days.map(String)), { maxKeys: 2 }),
      refs: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.record({ snapshotId: fc.constantFrom(...days.map(String)), type: fc.constantFrom('tag' as const, 'branch' as const) }), { maxKeys: 3 }),
    }))
    fc.assert(fc.property(given, policy, (table, days) => {
      const asked = { ...days, maxAge: days.maxAge * DAY, maxTagAge: days.maxTagAge * DAY, grace: days.grace * DAY }
      const metadata = tableWith(table)
      const left: TableMetadata = { ...metadata, ...withoutExpired(metadata, planExpiry(metadata, asked, NOW)) }
      const there = new Set(left.snapshots.map((s) => s.id))
      expect([left.currentSnapshotId, ...Object.values(left.refs).map((ref) => ref.snapshotId), ...left.snapshotLog.map((e) => e.snapshotId)].filter((id) => !there.has(id ?? ''))).toEqual([])
      expect(left.snapshots.length + planExpiry(metadata, asked, NOW).snapshots.length).toBe(metadata.snapshots.length)
      expect(planExpiry(left, asked, NOW)).toEqual({ snapshots: [], refs: [] })
    }))
  })
})

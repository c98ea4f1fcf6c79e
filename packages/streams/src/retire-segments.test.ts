// A stream that is kept for a time: whoever has not read what goes is named before, and told after.

import { randomUUID } from 'node:crypto'
import { ok, systemClock } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { testStore, valueOf } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { appendSegment, findStream, holdStream } from './log.ts'
import { openStreams } from './open-streams.ts'
import type { OpenStreams } from './open-streams.ts'
import { positionSeal } from './position.ts'
import { foreseeRetirement, retireSegments } from './retire-segments.ts'

const DAY = 86_400_000
const BEGUN = Date.parse('2026-01-01T00:00:00Z')
const KEY = { productId: 'p-1', dataSet: 'orders' }
const address = { product: 'sales', dataSet: 'orders' }
const objects = memoryObjects()
let rig: TestStore
let streams: OpenStreams
let streamId: string

beforeEach(async () => {
  rig = await testStore()
  const subject = { kind: 'user' as const, id: 'ana', name: 'ana', roles: [], teams: [], domains: [], attributes: {} }
  streams = await openStreams({
    store: rig.store, snapshots: { size: async () => ok(0) }, secret: 's', clock: systemClock,
    governed: { target: async () => ok({ productId: KEY.productId, stored: KEY.dataSet, subject: subject as never, rights: 'r' }), rows: async () => ok({ rows: [], rights: 'r' }) },
  })
  // One a day: what there was, and three days of changes.
  for (let day = 0; day < 4; day += 1) {
    const file = valueOf(await objects.create(`segments/${randomUUID()}`, Uint8Array.of(day)))
    await rig.store.db.transaction().execute(async (tx) => appendSegment(tx, await holdStream(tx, KEY), { kind: day === 0 ? 'base' : 'changes', eventId: `e${day}`, at: BEGUN + day * DAY, toSnapshot: `s${day}`, count: 10, ...(day > 0 && { fromSnapshot: `s${day - 1}`, file }) }))
  }
  streamId = (await findStream(rig.store.db, KEY))?.id ?? ''
  const at = (consumer: string, phase: string, number: number) => ({ owner_id: 'ana', owner_name: 'ana', stream_id: streamId, consumer, address: JSON.stringify(address), phase, number: String(number), ordinal: '0', saved_at: new Date() })
  await rig.store.db.insertInto('stream_position').values([at('slow', 'log', 1), at('beginner', 'initial', 1), at('just-there', 'log', 3), at('quick', 'log', 4)]).execute()
})
afterEach(async () => {
  await streams.close()
  await rig.close()
})

const codeAt = async (number: number): Promise<string> => {
  const page = await streams.read({ reader: async () => ok({ subject: { id: 'ana' } as never, purpose: undefined, purposes: [] }), address, from: { position: positionSeal('s').print(streamId, { phase: 'log', number, ordinal: 0 }) }, limit: 10, port: 'stream', signal: new AbortController().signal })
  return page.ok ? 'ok' : (page.diagnostics[0]?.code ?? '')
}
const TOLD = { segments: 3, entries: 30, oldest: '2026-01-01T00:00:00.000Z', newest: '2026-01-03T00:00:00.000Z', behind: ['ana/beginner', 'ana/slow'] }

it('names who has not read what goes, changes nothing by that, and tells them alone afterwards', async () => {
  expect(await foreseeRetirement(rig.store.db, KEY, BEGUN + 2.5 * DAY)).toMatchObject(TOLD)
  expect(await Promise.all([1, 3, 4].map(codeAt))).toEqual(['ok', 'ok', 'ok'])
  expect(await retireSegments({ store: rig.store, objects }, KEY, BEGUN + 2.5 * DAY)).toMatchObject(TOLD)
  expect(await Promise.all([1, 3, 4].map(codeAt))).toEqual(['position-too-old', 'ok', 'ok'])
  // They have been told of already.
  expect(await foreseeRetirement(rig.store.db, KEY, BEGUN + 9 * DAY)).toBeUndefined()
})

it.each([
  ['nothing is that old', 0, undefined], ['the oldest is', 0.5, 1], ['everything is, but what the next change is told from stays', 99, 3],
])('loses as much as it should where %s', async (_where, days, segments) => {
  expect((await retireSegments({ store: rig.store, objects }, KEY, BEGUN + days * DAY))?.segments).toBe(segments)
  expect((await rig.store.db.selectFrom('stream_segment').select('number').execute()).length).toBe(4 - (segments ?? 0))
})

it('takes the files of segments along', async () => {
  const files = async (): Promise<number> => (await rig.store.db.selectFrom('stream_segment').select('file').where('file', 'is not', null).execute()).length
  const before = await files()
  await retireSegments({ store: rig.store, objects }, KEY, BEGUN + 2.5 * DAY)
  expect([before, await files()]).toEqual([3, 1])
  for (const { file } of await rig.store.db.selectFrom('stream_segment').select('file').where('file', 'is not', null).execute()) valueOf(await objects.facts(file ?? ''))
})

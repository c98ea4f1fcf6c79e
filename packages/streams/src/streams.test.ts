import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { fail, ok, systemClock } from '@tulle/kernel'
import { testStore, valueOf } from '@tulle/store/testing'
import type { TestStore } from '@tulle/store/testing'
import { appendSegment, holdStream } from './log.ts'
import { openStreams } from './open-streams.ts'
import type { OpenStreams } from './open-streams.ts'
import { comparePlaces, positionSeal } from './position.ts'
import type { From, GovernedChanges, GovernedRow, NewSegment, Place, Reader, StreamEntry, StreamPage } from './types.ts'

const place = fc.record<Place>({ phase: fc.constantFrom('initial', 'log'), number: fc.integer({ min: 0, max: 2 ** 40 - 1 }), ordinal: fc.integer({ min: 0, max: 2 ** 48 - 1 }) })

describe('a position', () => {
  const seal = positionSeal('a secret')
  it('leads back to its place, in its own stream alone', () => {
    fc.assert(fc.property(place, (one) => {
      const text = seal.print('s', one)
      expect(seal.parse('s', text)).toEqual(one)
      expect(seal.parse('another', text)).toBeUndefined()
      expect(positionSeal('another secret').parse('s', text)).toBeUndefined()
    }))
  })
  it('that is made up or altered is known as such', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[A-Za-z0-9_-]{22}$/)), (text) => {
      expect(seal.parse('s', text)).toBeUndefined()
    }))
    fc.assert(fc.property(place, fc.nat(21), fc.constantFrom('A', 'b', '7', '-'), (one, at, letter) => {
      const text = seal.print('s', one)
      const altered = text.slice(0, at) + letter + text.slice(at + 1)
      // The last letter has two bits that say nothing.
      if (Buffer.from(altered, 'base64url').equals(Buffer.from(text, 'base64url'))) return
      expect(seal.parse('s', altered)).toBeUndefined()
    }))
  })
  it('comes after the rows that a reader begins with, and orders are total', () => {
    expect(comparePlaces({ phase: 'initial', number: 3, ordinal: 99 }, { phase: 'log', number: 3, ordinal: 0 })).toBeLessThan(0)
    expect(comparePlaces({ phase: 'log', number: 2, ordinal: 99 }, { phase: 'initial', number: 3, ordinal: 0 })).toBeLessThan(0)
    fc.assert(fc.property(place, place, (one, other) => {
      expect(Math.sign(comparePlaces(one, other)) + Math.sign(comparePlaces(other, one))).toBe(0)
    }))
  })
})

const address = { product: 'sales', dataSet: 'orders' }
const key = { productId: 'p-1', dataSet: 'orders' }
const subject = (id: string) => ({ kind: 'user' as const, id, name: id, roles: [], teams: [], domains: [], attributes: {} })
const as = (id: string): Reader => async () => ok({ subject: subject(id) as never, purpose: undefined, purposes: [] })

let rig: TestStore
let streams: OpenStreams
const parts = new Map<string, readonly GovernedRow[]>()
const sizes = new Map<string, number>()
let denied = false
const governed: GovernedChanges = {
  target: async (reader) => {
    const asker = await reader()
    if (!asker.ok) return asker
    return denied ? fail({ code: 'read-denied', severity: 'error', message: 'No.' } as never) : ok({ productId: key.productId, stored: key.dataSet, subject: asker.value.subject, rights: 'r' })
  },
  rows: async ({ part, after, upTo, limit }) => ok({ rights: 'r', rows: (parts.get(part.kind === 'segment' ? part.file : part.snapshot) ?? []).filter(({ ordinal }) => ordinal > after && ordinal <= upTo).slice(0, limit) }),
}
beforeAll(async () => {
  rig = await testStore()
  streams = await openStreams({ store: rig.store, governed, snapshots: { size: async (_, __, snapshot) => ok(sizes.get(snapshot)) }, secret: 's', clock: systemClock })
})
afterAll(async () => {
  await streams.close()
  await rig.close()
})

const append = (segment: Omit<NewSegment, 'at'> & { readonly at?: number }) => rig.store.db.transaction().execute(async (tx) => appendSegment(tx, await holdStream(tx, key), { at: Date.now(), ...segment }))
const read = async (from: From, limit = 100): Promise<StreamPage> => valueOf(await streams.read({ reader: as('ana'), address, from, limit, port: 'stream', signal: new AbortController().signal }))
const rowsAt = (file: string, count: number, op: GovernedRow['op'] = 'insert', step = 1) => parts.set(file, Array.from({ length: count }, (_, i) => ({ ordinal: (i + 1) * step, op, after: JSON.stringify({ id: `${file}-${i}` }) })))
const shown = (entries: readonly StreamEntry[]): readonly string[] => entries.map((entry) => (entry.kind === 'event' ? entry.type : JSON.parse(entry.after ?? '{}').id as string))
async function walk(from: From, limit: number): Promise<readonly StreamEntry[]> {
  const all: StreamEntry[] = []
  for (let page = await read(from, limit); ; page = await read({ position: page.next }, limit)) {
    expect(page.entries.length).toBeLessThanOrEqual(limit)
    all.push(...page.entries)
    if (page.end) return all
  }
}

describe('a stream', () => {
  it('that nothing was appended to is unknown, and says what its product needs', async () => {
    const none = await streams.read({ reader: as('ana'), address, from: 'start', limit: 1, port: 'stream', signal: new AbortController().signal })
    expect(none.diagnostics[0]).toMatchObject({ code: 'stream-unknown' })
  })

  it('gives the rows of the newest snapshot, then what changed, without gap or overlap, in batches of any size', async () => {
    await append({ kind: 'base', eventId: 'e1', toSnapshot: '1', count: 3 })
    rowsAt('1', 3)
    sizes.set('1', 3)
    await append({ kind: 'event', eventId: 'e1', toSnapshot: '1', count: 1, event: { type: 'tulle.product.published', data: {} } })
    await append({ kind: 'changes', eventId: 'e2', fromSnapshot: '1', toSnapshot: '2', count: 10, file: 'f2' })
    // Only every second is this reader's to see.
    rowsAt('f2', 5, 'insert', 2)
    await append({ kind: 'event', eventId: 'e2', toSnapshot: '2', count: 1, event: { type: 'tulle.schema.changed', data: {} } })
    rowsAt('2', 4)
    sizes.set('2', 4)
    await append({ kind: 'changes', eventId: 'e3', fromSnapshot: '2', toSnapshot: '3', count: 2, file: 'f3' })
    rowsAt('f3', 2, 'delete')
    sizes.set('3', 2)
    rowsAt('3', 2)

    const log = ['1-0', '1-1', '1-2', 'tulle.product.published', 'f2-0', 'f2-1', 'f2-2', 'f2-3', 'f2-4', 'tulle.schema.changed', 'f3-0', 'f3-1']
    for (const limit of [1, 2, 3, 7, 100]) {
      expect(shown(await walk('start', limit))).toEqual(['3-0', '3-1'])
      expect(shown(await walk({ time: 0 }, limit))).toEqual(log)
      expect(shown(await walk({ snapshot: '1' }, limit))).toEqual(log.slice(3))
      expect(shown(await walk({ snapshot: '3' }, limit))).toEqual([])
    }
    const ids = (await walk({ time: 0 }, 2)).map(({ id }) => id)
    expect((await walk({ time: 0 }, 5)).map(({ id }) => id)).toEqual(ids)
    expect(new Set(ids).size).toBe(ids.length)
    expect((await read('now')).entries).toEqual([])
  })

  it('goes on from the position of any entry with the one after it', async () => {
    const all = await walk({ time: 0 }, 100)
    for (const [i, { position }] of all.entries()) expect(shown(await walk({ position }, 3))).toEqual(shown(all.slice(i + 1)))
  })

  it('takes an event once, however often it is appended', async () => {
    expect(await append({ kind: 'changes', eventId: 'e3', fromSnapshot: '2', toSnapshot: '3', count: 2, file: 'again' })).toBeUndefined()
    expect((await walk({ snapshot: '2' }, 9)).length).toBe(3)
  })

  it('refuses positions of others, from ahead, and from before what is kept', async () => {
    const seal = positionSeal('s')
    const { id } = await rig.store.db.selectFrom('stream').select('id').executeTakeFirstOrThrow()
    const codes = async (position: string) => (await streams.read({ reader: as('ana'), address, from: { position }, limit: 1, port: 'stream', signal: new AbortController().signal })).diagnostics[0]?.code
    expect(await codes('nonsense')).toBe('position-unknown')
    expect(await codes(seal.print('another', { phase: 'log', number: 1, ordinal: 0 }))).toBe('position-unknown')
    expect(await codes(seal.print(id, { phase: 'log', number: 99, ordinal: 0 }))).toBe('position-ahead')
    expect(await codes(seal.print(id, { phase: 'log', number: 1, ordinal: 0 }))).toBeUndefined()
    const old = (await read({ time: 0 }, 1)).next
    await rig.store.db.transaction().execute(async (tx) => {
      const { dropSegments } = await import('./log.ts')
      expect(await dropSegments(tx, await holdStream(tx, key), 4)).toEqual(['f2'])
    })
    expect(await codes(seal.print(id, { phase: 'log', number: 1, ordinal: 0 }))).toBe('position-too-old')
    expect(await codes(old)).toBe('position-too-old')
    expect(shown(await walk({ snapshot: '3' }, 9))).toEqual([])
    expect((await streams.read({ reader: as('ana'), address, from: { time: 0 }, limit: 1, port: 'stream', signal: new AbortController().signal })).diagnostics[0]?.code).toBe('position-too-old')
  })

  it('with a new beginning sends who has rows back to the start, and others on', async () => {
    const before = (await read('now')).next
    await append({ kind: 'base', eventId: 'e4', fromSnapshot: '3', toSnapshot: '4', count: 1 })
    rowsAt('4', 1)
    sizes.set('4', 1)
    expect((await streams.read({ reader: as('ana'), address, from: { position: before }, limit: 1, port: 'stream', signal: new AbortController().signal })).diagnostics[0]?.code).toBe('position-too-old')
    expect(shown(await walk('start', 9))).toEqual(['4-0'])
  })

  it('wakes who waits when something is appended, and asks whether he still may', async () => {
    const woken = streams.appended(60_000, new AbortController().signal)
    await append({ kind: 'event', eventId: 'e5', count: 1, event: { type: 'tulle.incident.opened', data: {} } })
    await woken
    denied = true
    expect((await streams.read({ reader: as('ana'), address, from: 'now', limit: 1, port: 'stream', signal: new AbortController().signal })).diagnostics[0]?.code).toBe('read-denied')
    denied = false
  })
})

describe('a named position', () => {
  it('is kept by its owner, moves forward, and back on purpose alone', async () => {
    const [early, late] = [(await read('start', 1)).next, (await read('now')).next]
    const { positions } = streams
    const save = async (position: string, more: { readonly replay?: boolean; readonly consumer?: string; readonly who?: string } = {}) =>
      positions.save({ reader: as(more.who ?? 'ana'), address, consumer: more.consumer ?? 'copy', position, ...(more.replay && { replay: true }) })
    expect(valueOf(await positions.read(as('ana'), address, 'copy'))).toBeUndefined()
    expect(valueOf(await save(early))).toMatchObject({ consumer: 'copy', position: early, lag: { entries: 1 } })
    expect(valueOf(await save(late))).toMatchObject({ position: late, lag: { entries: 0, milliseconds: 0 } })
    expect((await save(early)).diagnostics[0]?.code).toBe('position-backward')
    expect(valueOf(await positions.read(as('ana'), address, 'copy'))).toMatchObject({ position: late })
    expect(valueOf(await save(early, { replay: true }))).toMatchObject({ position: early })
    expect((await save('made up')).diagnostics[0]?.code).toBe('position-unknown')
    expect((await save(early, { consumer: '../x' })).diagnostics[0]?.code).toBe('bad-consumer-name')
    expect(valueOf(await save(late, { who: 'bo' }))).toMatchObject({ position: late })
    expect(valueOf(await positions.list(as('ana'))).map(({ position }) => position)).toEqual([early])
    const subscribers = await streams.subscribers(key.productId)
    expect(subscribers.map(({ accountId, consumer, address: at, lag }) => ({ accountId, consumer, at, behind: lag.entries }))).toEqual([{ accountId: 'ana', consumer: 'copy', at: address, behind: 1 }, { accountId: 'bo', consumer: 'copy', at: address, behind: 0 }])
    expect(JSON.stringify(subscribers), 'a position is its reader\'s own').not.toContain(early)
    expect(await streams.subscribers('another')).toEqual([])
    expect([await streams.lagAt(key.productId, early), await streams.lagAt('another', early), await streams.lagAt(key.productId, 'nothing that anybody was given')]).toEqual([{ entries: 1, milliseconds: expect.any(Number) }, undefined, undefined])
    valueOf(await positions.forget(as('ana'), address, 'copy'))
    expect(valueOf(await positions.list(as('ana')))).toEqual([])
  })
})

import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { ok } from '@tulle/kernel'
import type { StreamEntry, StreamRead } from '@tulle/streams'
import { toJson } from './envelope.ts'
import { keepMembers } from './keep-members.ts'
import { eitherFeed, streamFeed } from './stream-feed.ts'
import { outboxFeed } from './outbox-feed.ts'
import type { Seen, Webhook } from './types.ts'

const seen: Seen = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: 'reporting', product: 'flights', dataSets: new Map([['legs', { columns: new Set(['id', 'delay']), whole: false }]]) }
const webhook = { id: 'wh', productId: 'p', dataSet: 'legs', kinds: ['insert', 'update', 'delete', 'published', 'schema-changed'], filter: {}, position: 'begin:"start"' } as unknown as Webhook
const at = { snapshot: '7', time: '2026-01-01T00:00:00.000Z' }
const ENTRIES: readonly StreamEntry[] = [
  { kind: 'row', id: 'e1', position: 'p1', op: 'insert', isInitial: true, key: '{"id":12345678901234567890}', after: '{"id":12345678901234567890,"delay":1.10}', ...at },
  { kind: 'row', id: 'e2', position: 'p2', op: 'update', before: '{"id":1,"delay":1.10}', after: '{"id":1,"delay":2}', ...at },
  { kind: 'event', id: 'e3', position: 'p3', type: 'tulle.schema.changed', data: { dataSet: 'legs', breaking: false, changes: ['the column salary goes'] }, time: at.time },
  { kind: 'event', id: 'e4', position: 'p4', type: 'tulle.resource.changed', data: {}, time: at.time },
]

const readAll = async (of: Webhook = webhook, as: Seen = seen) => {
  const asked: StreamRead[] = []
  const feed = streamFeed({ appended: async () => undefined, read: async (read) => (asked.push(read), ok({ entries: ENTRIES, next: 'p5', end: true, rights: 'r' })) })
  const read = await feed.read(of, as, { after: of.position, limit: 10, signal: new AbortController().signal })
  if (!read.ok) throw new Error('not read')
  return { asked, ...read.value }
}

describe('a change of a row', () => {
  it('is an event with the row as its consumer sees it, and numbers keep every digit', async () => {
    const { events, position, more, asked } = await readAll()
    expect(asked[0]).toMatchObject({ from: 'start', address: { product: 'flights', dataSet: 'legs' }, port: 'webhook' })
    expect([position, more, events.map(({ id, kind, position: place }) => [id, kind, place])]).toEqual(['p5', false, [['e1', 'insert', 'p1'], ['e2', 'update', 'p2'], ['e3', 'schema-changed', 'p3']]])
    expect(toJson(events[0] as (typeof events)[number], 'https://mesh.test/products/flights')).toBe(
      '{"specversion":"1.0","id":"e1","source":"https://mesh.test/products/flights","type":"tulle.row.insert","subject":"flights.legs","time":"2026-01-01T00:00:00.000Z","datacontenttype":"application/json",'
      + '"data":{"product":"flights","dataSet":"legs","operation":"insert","initial":true,"snapshot":"7","key":{"id":12345678901234567890},"after":{"id":12345678901234567890,"delay":1.10}}}')
  })

  it('of a second major version is read by that version\'s address, and says so', async () => {
    const { asked, events } = await readAll({ ...webhook, dataSet: 'legs_v2' }, { ...seen, dataSets: new Map([['legs_v2', { columns: new Set(['id', 'delay']), whole: false, address: { product: 'flights@2', dataSet: 'legs' } }]]) })
    expect(asked[0]?.address).toEqual({ product: 'flights@2', dataSet: 'legs' })
    expect(events[0]).toMatchObject({ subject: 'flights@2.legs', dataSet: 'legs_v2' })
  })

  it('has only the columns that its consumer wants', async () => {
    const { events } = await readAll({ ...webhook, filter: { columns: ['delay'] } })
    expect(events.map(({ dataText }) => dataText?.replace(/^.*"snapshot":"7"/u, ''))).toEqual([',"key":{},"after":{"delay":1.10}}', ',"before":{"delay":1.10},"after":{"delay":2}}', undefined])
  })

  it('stands in one order with what happens to the data set, of which hidden columns are not named', async () => {
    expect((await readAll()).events.at(-1)?.data).toEqual({ product: 'flights', dataSet: 'legs', breaking: false })
  })

  it('is wanted of one data set', async () => {
    const rows = streamFeed({ appended: async () => undefined, read: async () => ok({ entries: [], next: 'p0', end: true, rights: 'r' }) })
    const feed = eitherFeed(outboxFeed({} as never), rows)
    const refused = await feed.placeOf({ productId: 'p', kinds: ['insert'] }, { at: 'now' }, seen)
    expect(refused.ok ? [] : refused.diagnostics.map(({ code }) => code)).toEqual(['webhook-rows-of-what'])
    expect(await feed.placeOf({ productId: 'p', dataSet: 'legs', kinds: ['insert'] }, { at: 'now' }, seen)).toMatchObject({ value: 'p0' })
    expect(await feed.placeOf({ productId: 'p', dataSet: 'legs', kinds: ['insert'] }, { at: 'start' }, seen)).toMatchObject({ value: 'begin:"start"' })
  })
})

describe('members of an object', () => {
  it('are kept as a parser would keep them, whatever is in them', () => {
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 6 }), fc.array(fc.string()), fc.boolean(), (object, other, some) => {
      const names = new Set([...other, ...Object.keys(object).filter((_, i) => some === (i % 2 === 0))])
      const text = JSON.stringify(object)
      expect(JSON.parse(keepMembers(text, names))).toEqual(JSON.parse(JSON.stringify(Object.fromEntries(Object.entries(object).filter(([name]) => names.has(name))))))
    }))
  })
})

import { randomUUID } from 'node:crypto'
import { HTTP } from 'cloudevents'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Json } from '@tulle/kernel'
import type { FakeClock } from '@tulle/kernel/testing'
import { fakeClock } from '@tulle/kernel/testing'
import { openNetwork } from '@tulle/sources'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore, valueOf } from '@tulle/store/testing'
import { askAgain, deleteWebhook, findWebhook, listDeadLetters, listDeliveries, openWebhooks, outboxFeed, pauseWebhook, replayFrom, resumeWebhook, rotateSecret, secretOf, subscribe } from './index.ts'
import type { Answer, Target } from './testing.ts'
import { openTarget, verify } from './testing.ts'
import type { Limits, Seen, Webhook } from './types.ts'
import type { Wish } from './subscribe.ts'
import type { Webhooks } from './webhooks.ts'

const MESH_SECRET = 'of the mesh'
const HOUR = 3_600_000

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
  await rig.store.db.deleteFrom('webhook').execute()
})

const seenAs = (dataSets: readonly string[] = ['legs', 'fares'], whole = true): Seen =>
  ({ subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] }, purpose: 'reporting', product: 'flights', dataSets: new Map(dataSets.map((name) => [name, { columns: new Set(['id', 'delay']), whole }])) })

interface World {
  readonly target: Target
  readonly clock: FakeClock
  readonly hooks: Webhooks
  readonly productId: string
  readonly paused: string[]
  rights: Seen | undefined
  want(wish?: Partial<Wish>): Promise<Webhook>
  /** Something happens to the product, `count` times; resolves with the events' ids. */
  happen(count?: number, data?: Record<string, Json>, type?: string): Promise<readonly string[]>
  read(id: string): Promise<Webhook>
}

async function world({ answer, hosts, limits }: { readonly answer?: Answer; readonly hosts?: readonly string[]; readonly limits?: Partial<Limits> } = {}): Promise<World> {
  const target = await openTarget(answer)
  const clock = fakeClock(Date.now())
  const network = openNetwork(hosts ?? ['127.0.0.1'])
  const feed = outboxFeed(rig.store)
  const productId = randomUUID()
  const paused: string[] = []
  const made: World = {
    target, clock, productId, paused,
    rights: seenAs(),
    hooks: openWebhooks({ store: rig.store, clock, feed, network, meshSecret: MESH_SECRET, publicUrl: 'https://mesh.test', random: () => 0.5, see: async () => made.rights, onPaused: async (_webhook, why) => void paused.push(why), ...(limits !== undefined && { limits }) }),
    want: async (wish = {}) => valueOf(await subscribe({ store: rig.store, clock, network, feed }, { accountId: 'ana', productId, url: target.url, ...wish }, made.rights ?? seenAs())),
    async happen(count = 1, data = { snapshots: { legs: '1' } }, type = 'tulle.product.published') {
      const ids: string[] = []
      for (let i = 0; i < count; i += 1) ids.push(await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type, source: '/test', subject: 'flights', data: { productId, product: 'flights', ...data } })))
      return ids
    },
    read: async (id) => (await findWebhook(rig.store, id)) as Webhook,
  }
  closers.push(() => target.close(), () => made.hooks.close())
  return made
}

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] => events.map(({ id }) => id)

describe('an event', () => {
  it('reaches the target as a CloudEvent, signed as Standard Webhooks has it', async () => {
    const { target, want, happen, hooks } = await world()
    const webhook = await want()
    const [id] = await happen()
    await hooks.settle()
    const [request] = target.requests as [(typeof target.requests)[number]]
    verify(secretOf(MESH_SECRET, webhook), request)
    const event = HTTP.toEvent({ headers: request.headers as Record<string, string>, body: request.body })
    expect(event).toMatchObject({ id, specversion: '1.0', source: 'https://mesh.test/products/flights', type: 'tulle.product.published', data: { product: 'flights', snapshots: { legs: '1' } } })
    expect(request.headers['webhook-id']).toBe(`${webhook.id}.${id}`)
    expect(() => verify(secretOf('another mesh', webhook), request)).toThrow()
  })

  it('comes in a batch with others, in their order', async () => {
    const { target, want, happen, hooks } = await world()
    await want({ batch: { size: 3 } })
    const ids = await happen(7)
    await hooks.settle()
    expect(target.requests.map(({ events }) => events.length)).toEqual([3, 3, 1])
    expect(idsOf(target.taken)).toEqual(ids)
    expect(HTTP.toEvent({ headers: target.requests[0]?.headers as Record<string, string>, body: target.requests[0]?.body ?? '' })).toHaveLength(3)
  })

  it('waits for others only as long as it was told to', async () => {
    const { target, clock, want, happen, hooks } = await world()
    await want({ batch: { size: 3, milliseconds: 5_000 } })
    await happen(2)
    await hooks.settle()
    expect(target.requests).toHaveLength(0)
    await clock.advance(5_000)
    await hooks.settle()
    expect(target.requests.map(({ events }) => events.length)).toEqual([2])
  })

  it('that was there before is not sent, unless the consumer begins earlier', async () => {
    const { target, want, happen, hooks } = await world()
    const before = await happen(2)
    await want()
    await hooks.settle()
    expect(target.requests).toHaveLength(0)
    await want({ from: { at: 'start' } })
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual(before)
  })

  it.each([
    ['of a kind that is not wanted', { kinds: ['incident'] }, {}],
    ['of another data set', { dataSet: 'fares' }, {}],
    ['of another product', {}, { productId: 'other', product: 'other' }],
  ])('%s is not sent, and the place moves on', async (_case, wish, data) => {
    const { target, want, happen, hooks, read } = await world()
    const { id, position } = await want(wish)
    await happen(1, { snapshots: { legs: '1' }, ...data } as Record<string, Json>)
    await hooks.settle()
    expect(target.requests).toHaveLength(0)
    expect(BigInt((await read(id)).position)).toBeGreaterThan(BigInt(position))
  })

  it('says nothing of what is hidden from its consumer', async () => {
    const made = await world()
    made.rights = seenAs(['legs'], false)
    await made.want({ kinds: ['published', 'schema-changed', 'quarantined', 'deprecated'] })
    await made.happen(1, { snapshots: { legs: '1', fares: '2' } })
    await made.happen(1, { snapshots: { fares: '2' } })
    await made.happen(1, { dataSet: 'legs', breaking: true, schemaId: 3, changes: ['the column salary goes'] }, 'tulle.schema.changed')
    await made.happen(1, { dataSet: 'fares', retires: '2027-03-31' }, 'tulle.data-set.deprecated')
    await made.happen(1, { dataSet: 'legs', retires: '2027-03-31' }, 'tulle.data-set.deprecated')
    await made.happen(1, { dataSet: 'legs', rows: 2, rules: { 'required(salary)': 2 } }, 'tulle.rows.quarantined')
    await made.hooks.settle()
    expect(made.target.taken.map(({ data }) => data)).toEqual([
      { product: 'flights', snapshots: { legs: '1' } },
      { product: 'flights', dataSet: 'legs', breaking: true, schemaId: 3 },
      { product: 'flights', dataSet: 'legs', retires: '2027-03-31' },
      { product: 'flights', dataSet: 'legs', rows: 2 },
    ])
    made.rights = seenAs(['legs'], true)
    await made.happen(1, { dataSet: 'legs', breaking: true, schemaId: 3, changes: ['the column delay goes'] }, 'tulle.schema.changed')
    await made.hooks.settle()
    expect(made.target.taken.at(-1)?.data).toMatchObject({ changes: ['the column delay goes'] })
  })
})

describe('rights', () => {
  it('are asked before each request: whoever lost them is told nothing, and goes on where it stopped when they are back', async () => {
    const made = await world()
    await made.want()
    await made.happen()
    await made.hooks.settle()
    made.rights = undefined
    const later = await made.happen(2)
    await made.hooks.settle()
    expect(made.target.taken).toHaveLength(1)
    made.rights = seenAs()
    await made.hooks.settle()
    expect(idsOf(made.target.taken.slice(1))).toEqual(later)
  })

  it('taken between two requests of one stream end it there', async () => {
    const made = await world({ answer: ({ events }) => {
      if (events[0]?.data['snapshots'] !== undefined && made.target.taken.length === 1) made.rights = undefined
      return 204
    } })
    await made.want()
    await made.happen(5)
    await made.hooks.settle()
    expect(made.target.taken).toHaveLength(2)
  })
})

describe('a target that fails', () => {
  it('is asked again later and later, with the same ids, and nothing overtakes', async () => {
    let status = 500
    const { target, clock, want, happen, hooks, read } = await world({ answer: () => status })
    const { id } = await want()
    const ids = await happen(2)
    await hooks.settle()
    await hooks.settle()
    expect(target.requests).toHaveLength(1)
    expect(await read(id)).toMatchObject({ failures: 1, trouble: 'it answered 500' })
    await clock.advance(1_000)
    await hooks.settle()
    await clock.advance(2_999)
    await hooks.settle()
    expect(target.requests).toHaveLength(2)
    status = 200
    await clock.advance(1)
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual(ids)
    expect(new Set(target.requests.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    const after = await read(id)
    expect(after).toMatchObject({ failures: 0, delivered: '2' })
    expect([after.trouble, after.failingSince, after.nextAt]).toEqual([undefined, undefined, undefined])
  })

  it('for a day is paused, its consumer is told, and it goes on from there when it is resumed', async () => {
    let status = 500
    const { target, clock, want, happen, hooks, read, paused } = await world({ answer: () => status })
    const webhook = await want()
    const ids = await happen()
    for (let hours = 0; hours <= 24; hours += 1) {
      await hooks.settle()
      if (hours === 23) expect((await read(webhook.id)).state).toBe('active')
      await clock.advance(HOUR)
    }
    await hooks.settle()
    expect(await read(webhook.id)).toMatchObject({ state: 'paused', paused: { by: 'tulle', why: expect.stringContaining('it answered 500') as unknown } })
    expect(paused).toEqual([expect.stringContaining('for a day')])
    const asked = target.requests.length
    await clock.advance(HOUR)
    await hooks.settle()
    expect(target.requests).toHaveLength(asked)
    status = 200
    valueOf(await resumeWebhook({ store: rig.store, clock }, await read(webhook.id)))
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual(ids)
  })

  it.each([
    ['that redirects is not followed', (() => ({ location: 'http://169.254.169.254/latest/meta-data' })) as Answer, 'it answered 302, and redirects are not followed'],
    ['that says when is asked then', (() => 503) as Answer, 'it answered 503'],
  ])('%s', async (_case, answer, trouble) => {
    const { want, happen, hooks, read } = await world({ answer })
    const { id } = await want()
    await happen()
    await hooks.settle()
    expect(await read(id)).toMatchObject({ failures: 1, trouble })
  })

  it('that says it is gone is paused at once', async () => {
    const { want, happen, hooks, read, paused } = await world({ answer: () => 410 })
    const { id } = await want()
    await happen()
    await hooks.settle()
    expect((await read(id)).state).toBe('paused')
    expect(paused).toEqual(['it answered 410: it is gone'])
  })

  it('that never answers holds up nobody else', async () => {
    const silent = await openTarget(() => 'never')
    closers.push(() => silent.close())
    const { target, clock, want, happen, hooks, read } = await world({ limits: { slowAtOnce: 1, atOnce: 2 } })
    const { id } = await want({ url: silent.url })
    await want()
    const ids = await happen(3)
    const settled = hooks.settle()
    await expect.poll(() => idsOf(target.taken)).toEqual(ids)
    expect(silent.requests).toHaveLength(1)
    await expect.poll(async () => {
      await clock.advance(20_000)
      return (await read(id)).trouble
    }).toBe('it did not answer within 20 s')
    await settled
  })
})

describe('an address inside of a network', () => {
  const wish = { accountId: 'ana', productId: 'p' }
  it.each([
    ['http://example.com/', 'it has no TLS'],
    ['https://127.0.0.1/', 'an address inside'],
    ['https://2130706433/', 'an address inside'],
    ['https://[::1]/', 'an address inside'],
    ['https://[::ffff:10.0.0.1]/', 'an address inside'],
    ['https://169.254.169.254/', 'an address inside'],
    ['https://user:pass@example.com/', 'a user name or a password'],
    ['ftp://example.com/', 'not of the web'],
    ['nowhere', 'cannot be read'],
  ])('is refused where it is written: %s', async (url, why) => {
    const refused = await subscribe({ store: rig.store, clock: fakeClock(), network: openNetwork([]), feed: outboxFeed(rig.store) }, { ...wish, url }, seenAs())
    expect(refused.ok ? [] : refused.diagnostics).toMatchObject([{ code: 'webhook-address', message: expect.stringContaining(why) as unknown }])
  })

  it('is refused where a name leads to it, at the moment of connecting', async () => {
    const { target, want, happen, hooks, read } = await world({ hosts: ['localhost'] })
    const { id } = await want({ url: target.url.replace('127.0.0.1', 'localhost') })
    await happen()
    await hooks.settle()
    expect(target.requests).toHaveLength(0)
    expect((await read(id)).trouble).toContain('leads to an address inside of a network')
  })

  it('is asked where the operator lists it: the control', async () => {
    const { target, want, happen, hooks } = await world({ hosts: ['localhost', '127.0.0.0/8', '::1'] })
    await want({ url: target.url.replace('127.0.0.1', 'localhost') })
    await happen()
    await hooks.settle()
    expect(target.taken).toHaveLength(1)
  })
})

describe('a dead letter', () => {
  it('is the one event of a batch that its target refuses; the others arrive', async () => {
    let poison = ''
    const { target, clock, want, happen, hooks } = await world({ answer: ({ events }) => (events.some(({ id }) => id === poison) ? 422 : 204) })
    const webhook = await want({ batch: { size: 8 } })
    const ids = await happen(8)
    poison = ids[4] ?? ''
    for (let tries = 0; tries < 8; tries += 1) {
      await hooks.settle()
      await clock.advance(60_000)
    }
    expect(idsOf(target.taken)).toEqual(ids.filter((id) => id !== poison))
    expect(await listDeadLetters(rig.store, webhook.id, { limit: 10 })).toMatchObject([{ event: poison, reason: 'refused: it answered 422', state: 'dead' }])

    poison = ''
    expect(await askAgain({ store: rig.store, clock }, webhook)).toBe(1)
    await hooks.settle()
    expect(target.taken.at(-1)?.id).toBe(ids[4])
    expect(await listDeadLetters(rig.store, webhook.id, { limit: 10 })).toMatchObject([{ state: 'delivered' }])
  })

  it('is an event that is too large, with the limit that it broke', async () => {
    const { target, want, happen, hooks } = await world({ limits: { eventBytes: 2_000 } })
    const webhook = await want({ kinds: ['incident'] })
    const [first, large, last] = [...await happen(1, { sentence: 'It is late.' }, 'tulle.incident.opened'), ...await happen(1, { sentence: 'x'.repeat(5_000) }, 'tulle.incident.opened'), ...await happen(1, { sentence: 'It is over.' }, 'tulle.incident.resolved')]
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual([first, last])
    expect(await listDeadLetters(rig.store, webhook.id, { limit: 10 })).toMatchObject([{ event: large, reason: expect.stringMatching(/^webhook-event-too-large: it has 5\d\d\d bytes, and 2000 is the most/u) as unknown }])
  })
})

describe('a replay', () => {
  it('sends everything after a place once more, under the same ids', async () => {
    const { target, clock, want, happen, hooks, read } = await world()
    const { id, position } = await want()
    const ids = await happen(3)
    await hooks.settle()
    valueOf(await replayFrom({ store: rig.store, clock, feed: outboxFeed(rig.store) }, await read(id), { at: 'position', position }))
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual([...ids, ...ids])
    expect(new Set(target.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  })

  it('is not undone by a request that was on its way meanwhile', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<number>()
    const { target, clock, want, happen, hooks, read } = await world({ answer: () => answered })
    const { id, position } = await want()
    const ids = await happen()
    const settled = hooks.settle()
    await expect.poll(() => target.requests.length).toBe(1)
    valueOf(await replayFrom({ store: rig.store, clock, feed: outboxFeed(rig.store) }, await read(id), { at: 'position', position }))
    answer(204)
    await settled
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual([...ids, ...ids])
  })
})

describe('its consumer', () => {
  it('turns the secret: for a while both sign, then the new one alone', async () => {
    const { target, clock, want, happen, hooks } = await world()
    const before = await want()
    const after = valueOf(await rotateSecret({ store: rig.store, clock }, before, 60_000))
    await happen()
    await hooks.settle()
    const [both] = target.requests as [(typeof target.requests)[number]]
    verify(secretOf(MESH_SECRET, before), both)
    verify(secretOf(MESH_SECRET, after), both)
    await clock.advance(60_000)
    await happen()
    await hooks.settle()
    const [, alone] = target.requests as [unknown, (typeof target.requests)[number]]
    verify(secretOf(MESH_SECRET, after), alone)
    expect(() => verify(secretOf(MESH_SECRET, before), alone)).toThrow()
  })

  it('pauses it, and what happens meanwhile comes later', async () => {
    const { target, clock, want, happen, hooks, read } = await world()
    const webhook = await want()
    valueOf(await pauseWebhook({ store: rig.store, clock }, webhook, 'ana', 'moving house'))
    const ids = await happen(2)
    await hooks.settle()
    expect(target.requests).toHaveLength(0)
    valueOf(await resumeWebhook({ store: rig.store, clock }, await read(webhook.id)))
    await hooks.settle()
    expect(idsOf(target.taken)).toEqual(ids)
  })

  it('tests it, and reads in the history what became of everything', async () => {
    let status = 204
    const { want, happen, hooks } = await world({ answer: () => status })
    const webhook = await want()
    expect(await hooks.test(webhook, seenAs())).toMatchObject({ kind: 'test', outcome: 'delivered', status: 204 })
    await happen()
    await hooks.settle()
    status = 401
    expect(await hooks.test(webhook, seenAs())).toMatchObject({ outcome: 'failed', status: 401, trouble: 'it answered 401' })
    expect((await listDeliveries(rig.store, webhook.id, { limit: 9 })).map(({ kind, outcome, events }) => [kind, outcome, events])).toEqual([['test', 'failed', 1], ['events', 'delivered', 1], ['test', 'delivered', 1]])
  })

  it('deletes it, with everything that was kept of it', async () => {
    const { target, clock, want, happen, hooks } = await world()
    const { id } = await want()
    await happen()
    await hooks.settle()
    await deleteWebhook({ store: rig.store, clock }, id)
    await happen()
    await hooks.settle()
    expect(target.taken).toHaveLength(1)
    expect(await listDeliveries(rig.store, id, { limit: 9 })).toEqual([])
  })

  it.each([
    ['a kind that is none', { kinds: ['publish'] }, 'webhook-kind'],
    ['a data set that is hidden', { dataSet: 'salaries' }, 'webhook-data-set'],
    ['a column that is hidden', { filter: { columns: ['salary'] } }, 'webhook-column'],
    ['a condition that cannot be read', { filter: { condition: 'row.delay >' } }, 'cel-refused'],
    ['a batch of nothing', { batch: { size: 0 } }, 'webhook-batch'],
    ['a place that is none', { from: { at: 'position', position: 'x' } }, 'webhook-place'],
  ])('hears what is wrong with %s', async (_case, wish, code) => {
    const clock = fakeClock()
    const refused = await subscribe({ store: rig.store, clock, network: openNetwork(['127.0.0.1']), feed: outboxFeed(rig.store) }, { accountId: 'ana', productId: 'p', url: 'http://127.0.0.1/', ...(wish as Partial<Wish>) }, seenAs())
    expect(refused.ok ? [] : refused.diagnostics.map((one) => one.code)).toEqual([code])
  })
})

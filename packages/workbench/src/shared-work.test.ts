// On a real PostgreSQL: who overwrites whom is what it is about.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fakeClock } from '@tulle/kernel/testing'
import { readEvents } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { listEntries, say, withdraw } from './discussion.ts'
import { dropWork, findWork, keepWork, listWork } from './shared-work.ts'

let rig: TestStore
const clock = fakeClock(Date.UTC(2026, 0, 10, 12))
const ana = { id: 'account-ana', name: 'ana' }
const bo = { id: 'account-bo', name: 'bo' }
const busiest = { kind: 'query' as const, productId: 'id-flights', product: 'flights', name: 'busiest', title: 'Busiest airports', body: { sql: 'select 1' } }

beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())
beforeEach(async () => {
  for (const table of ['shared_work', 'discussion_entry', 'outbox'] as const) await rig.store.db.deleteFrom(table).execute()
})

const codesOf = (result: { readonly ok: boolean; readonly diagnostics: readonly { readonly code: string }[] }): readonly string[] => (result.ok ? ['ok'] : result.diagnostics.map(({ code }) => code))

describe('shared work', () => {
  it('is kept under its name, counts its versions, and says so in the outbox', async () => {
    const made = await keepWork(rig.store, clock, { ...busiest, by: ana })
    expect(made).toMatchObject({ ok: true, value: { version: 1, createdBy: ana, changedBy: 'ana', body: { sql: 'select 1' } } })
    const changed = await keepWork(rig.store, clock, { ...busiest, body: { sql: 'select 2' }, description: 'By departures.', by: bo, version: 1 })
    expect(changed).toMatchObject({ ok: true, value: { version: 2, createdBy: ana, changedBy: 'bo', description: 'By departures.' } })
    expect(await findWork(rig.store, busiest)).toMatchObject({ ok: true, value: { version: 2, body: { sql: 'select 2' } } })
    const events = await readEvents(rig.store.db, { after: '0', limit: 10 })
    expect(events.map(({ type, subject, data }) => ({ type, subject, data }))).toEqual(['ana', 'bo'].map((by) => ({ type: 'tulle.query.saved', subject: 'flights', data: { product: 'flights', productId: 'id-flights', name: 'busiest', by } })))
  })

  it.each([
    ['a new piece under a name that is taken', { }, 'work-exists'],
    ['a change of a version that is no longer the last', { version: 7 }, 'work-changed'],
    ['a change of what is not there', { name: 'busyest', version: 1 }, 'unknown-work'],
  ])('refuses %s, and leaves all as it was', async (_what, wish, code) => {
    await keepWork(rig.store, clock, { ...busiest, by: ana })
    expect(codesOf(await keepWork(rig.store, clock, { ...busiest, ...wish, title: 'Mine', by: bo }))).toEqual([code])
    expect(await listWork(rig.store, 'query', ['id-flights'])).toMatchObject([{ title: 'Busiest airports', version: 1 }])
    expect(await readEvents(rig.store.db, { after: '0', limit: 10 })).toHaveLength(1)
  })

  it('lets one of two win that save the same version, or the same new name, at once', async () => {
    const both = async (version?: number) => (await Promise.all([ana, bo].map((by) => keepWork(rig.store, clock, { ...busiest, by, version })))).flatMap(codesOf).toSorted()
    expect(await both()).toEqual(['ok', 'work-exists'])
    expect(await both(1)).toEqual(['ok', 'work-changed'])
  })

  it('has names of its own in each product and kind, and goes when it is deleted', async () => {
    for (const place of [busiest, { ...busiest, productId: 'id-airports' }, { ...busiest, kind: 'dashboard' as const }]) expect(codesOf(await keepWork(rig.store, clock, { ...place, by: ana }))).toEqual(['ok'])
    expect(await dropWork(rig.store, { ...busiest, by: 'ana' })).toBe(true)
    expect(await dropWork(rig.store, { ...busiest, by: 'ana' })).toBe(false)
    expect(await listWork(rig.store, 'query', ['id-flights', 'id-airports'])).toMatchObject([{ productId: 'id-airports' }])
    expect(await listWork(rig.store, 'dashboard', ['id-flights'])).toHaveLength(1)
    expect(await listWork(rig.store, 'query', [])).toEqual([])
  })

  it('says what was meant where a name is not known', async () => {
    await keepWork(rig.store, clock, { ...busiest, by: ana })
    const found = await findWork(rig.store, { ...busiest, name: 'bussiest' })
    expect(found.diagnostics.map(({ message }) => message)).toEqual(['There is no query "bussiest" of this product. Did you mean "busiest"?'])
  })
})

describe('a discussion', () => {
  const about = { productId: 'id-flights', product: 'flights' }

  it('keeps who answered whom, in order, and says so in the outbox without a word of it', async () => {
    const first = await say(rig.store, clock, { ...about, text: 'Why is \u202eit late?', by: ana })
    const thread = first.ok ? first.value : ''
    expect(codesOf(await say(rig.store, clock, { ...about, thread, text: 'Snow.', by: bo }))).toEqual(['ok'])
    expect((await listEntries(rig.store, ['id-flights'])).map(({ thread: of, text, by }) => [of, text, by.name])).toEqual([[thread, 'Why is \u202eit late?', 'ana'], [thread, 'Snow.', 'bo']])
    expect(await listEntries(rig.store, ['id-airports'])).toEqual([])
    const events = await readEvents(rig.store.db, { after: '0', limit: 10 })
    expect(events.map(({ type }) => type)).toEqual(['tulle.discussion.said', 'tulle.discussion.said'])
    expect(JSON.stringify(events)).not.toContain('Snow')
  })

  it('answers only a thread of the same product, and lets nobody say more than sixty things an hour', async () => {
    const first = await say(rig.store, clock, { ...about, text: 'One.', by: ana })
    expect(codesOf(await say(rig.store, clock, { productId: 'id-airports', product: 'airports', thread: first.ok ? first.value : '', text: 'Two.', by: ana }))).toEqual(['unknown-thread'])
    for (let i = 0; i < 59; i++) await say(rig.store, clock, { ...about, text: 'More.', by: ana })
    expect(codesOf(await say(rig.store, clock, { ...about, text: 'Too much.', by: ana }))).toEqual(['said-much'])
    expect(codesOf(await say(rig.store, clock, { ...about, text: 'Mine.', by: bo }))).toEqual(['ok'])
  })

  it('leaves the place of what is withdrawn and no word of it', async () => {
    const first = await say(rig.store, clock, { ...about, text: 'A secret.', by: ana })
    const id = first.ok ? first.value : ''
    expect(await withdraw(rig.store, { ...about, productId: 'id-airports', id, by: 'ana' })).toBe(false)
    expect(await withdraw(rig.store, { ...about, id, by: 'ana' })).toBe(true)
    expect(await withdraw(rig.store, { ...about, id, by: 'ana' })).toBe(false)
    expect(await listEntries(rig.store, ['id-flights'])).toEqual([{ id, productId: 'id-flights', thread: id, by: ana, at: expect.any(Date) as Date }])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Kysely, Transaction } from 'kysely'
import { appendEvent, lastEventPlace, readEvents } from './outbox.ts'
import type { Database } from './schema.ts'
import type { TestStore } from './testing.ts'
import { testStore, withClient } from './testing.ts'

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

const event = (subject: string) => ({ type: 'tulle.test', source: '/test', subject, data: { subject } })
const append = (subject: string): Promise<string> => rig.store.db.transaction().execute((tx) => appendEvent(tx, event(subject)))
const gate = (): { open: () => void; opened: Promise<void> } => {
  let open = (): void => undefined
  return { opened: new Promise<void>((resolve) => (open = resolve)), open: () => open() }
}
const read = async (db: Kysely<Database>, after: string): Promise<readonly (string | undefined)[]> => (await readEvents(db, { after, limit: 1000 })).map((e) => e.subject)

describe('an event', () => {
  it('is a CloudEvent with its place', async () => {
    const after = await lastEventPlace(rig.store.db)
    const id = await append('one')
    expect(await readEvents(rig.store.db, { after, limit: 9 })).toEqual([{
      specversion: '1.0', id, type: 'tulle.test', source: '/test', subject: 'one', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/u), datacontenttype: 'application/json',
      data: { subject: 'one' }, seq: await lastEventPlace(rig.store.db),
    }])
  })

  it('of a transaction that fails never happened', async () => {
    const after = await lastEventPlace(rig.store.db)
    await expect(rig.store.db.transaction().execute(async (tx) => {
      await appendEvent(tx, event('never'))
      throw new Error('no')
    })).rejects.toThrow('no')
    expect(await read(rig.store.db, after)).toEqual([])
  })

  it('is not seen before its transaction commits, not even by place', async () => {
    const after = await lastEventPlace(rig.store.db)
    const written = gate()
    const end = gate()
    const slow = rig.store.db.transaction().execute(async (tx) => {
      await appendEvent(tx, event('slow'))
      written.open()
      await end.opened
    })
    await written.opened
    expect(await read(rig.store.db, after)).toEqual([])
    end.open()
    await slow
    expect(await read(rig.store.db, after)).toEqual(['slow'])
  })

  it('that was written first but became true last comes last', async () => {
    const after = await lastEventPlace(rig.store.db)
    const written = gate()
    const end = gate()
    const slow = rig.store.db.transaction().execute(async (tx) => {
      await appendEvent(tx, event('slow'))
      written.open()
      await end.opened
    })
    await written.opened
    // A follower that reads now sees "fast" and moves on; "slow" must not appear behind its back.
    await append('fast')
    const [seen] = await readEvents(rig.store.db, { after, limit: 9 })
    end.open()
    await slow
    expect([seen?.subject, await read(rig.store.db, seen?.seq ?? '')]).toEqual(['fast', ['slow']])
  })

  it('does not hold up other writers while its transaction goes on, nor deadlock with them over rows', async () => {
    await withClient(rig.connection, (client) => client.query('create table if not exists item (id int primary key, n int); insert into item values (1, 0), (2, 0) on conflict do nothing'))
    const touch = (tx: Transaction<Database>, id: number) => (tx as unknown as Transaction<{ item: { id: number; n: number } }>).updateTable('item').set((e) => ({ n: e('n', '+', 1) })).where('id', '=', id).execute()
    const both = gate()
    let arrived = 0
    const write = (first: 'event' | 'row'): Promise<void> => rig.store.db.transaction().execute(async (tx) => {
      if (first === 'event') await appendEvent(tx, event(first))
      else await touch(tx, 1)
      if ((arrived += 1) === 2) both.open()
      await both.opened
      if (first === 'event') await touch(tx, 1)
      else await appendEvent(tx, event(first))
    })
    await expect(Promise.all([write('event'), write('row')])).resolves.toHaveLength(2)
  })

  it('among many concurrent ones is missed by no reader that only goes forward', async () => {
    let after = await lastEventPlace(rig.store.db)
    const expected = Array.from({ length: 200 }, (_, i) => `w${i}`)
    const seen: (string | undefined)[] = []
    const written = new AbortController()
    const reading = (async () => {
      for (let more = true; more || !written.signal.aborted;) {
        const events = await readEvents(rig.store.db, { after, limit: 7 })
        more = events.length > 0
        after = events.at(-1)?.seq ?? after
        seen.push(...events.map((e) => e.subject))
      }
    })()
    const queue = [...expected]
    await Promise.all(Array.from({ length: 4 }, async () => {
      for (let subject = queue.pop(); subject !== undefined; subject = queue.pop()) {
        const name = subject
        await rig.store.db.transaction().execute(async (tx) => {
          await appendEvent(tx, event(name))
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 4))
        })
      }
    }))
    written.abort()
    await reading
    expect(seen.toSorted()).toEqual(expected.toSorted())
  })
})

describe('numbers given at insert instead of at commit', () => {
  it('would lose events to a reader that only goes forward', async () => {
    await withClient(rig.connection, async (writer) => {
      await writer.query('create table naive (seq bigint generated always as identity, subject text)')
      await writer.query('begin')
      await writer.query(`insert into naive (subject) values ('slow')`)
      await withClient(rig.connection, (other) => other.query(`insert into naive (subject) values ('fast')`))
      const seen = await withClient(rig.connection, async (reader) => (await reader.query<{ seq: string }>('select seq from naive order by seq')).rows)
      await writer.query('commit')
      const later = await withClient(rig.connection, async (reader) => (await reader.query('select subject from naive where seq > $1', [seen.at(-1)?.seq])).rows)
      expect([seen.length, later]).toEqual([1, []])
    })
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FollowOptions } from './follow-outbox.ts'
import { followOutbox, watchOutbox } from './follow-outbox.ts'
import { appendEvent, lastEventPlace } from './outbox.ts'
import type { Store } from './open-store.ts'
import { openStore } from './open-store.ts'
import type { TestStore } from './testing.ts'
import { testPostgres, testStore, valueOf } from './testing.ts'
import type { Following, OutboxEvent } from './types.ts'

let keep: TestStore
let rig: TestStore
const open: Following[] = []
beforeEach(async () => {
  keep ??= await testStore()
  rig = await testStore()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((following) => following.stop()))
  await rig.close()
})

async function append(...subjects: readonly string[]): Promise<void> {
  for (const subject of subjects) await rig.store.db.transaction().execute((tx) => appendEvent(tx, { type: `tulle.${subject.slice(0, 1)}`, source: '/test', subject, data: {} }))
}

/** Follows and notes what was handled. */
function follow(store: Store, options: Partial<FollowOptions> = {}): { following: Following; seen: string[] } {
  const seen: string[] = []
  const following = followOutbox(store, { consumer: 'c', handle: async (event) => void seen.push(event.subject ?? ''), ...options })
  open.push(following)
  return { following, seen }
}

describe('a follower', () => {
  it('handles what was there before it, and then what comes, in order', async () => {
    await append('a1', 'a2')
    const { following, seen } = follow(rig.store)
    await following.caughtUp()
    await append('a3')
    await following.caughtUp()
    expect(seen).toEqual(['a1', 'a2', 'a3'])
  })

  it('is woken by a commit, not by its poll', async () => {
    const { following, seen } = follow(rig.store)
    await following.caughtUp()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const start = performance.now()
    await append('a1')
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(performance.now() - start).toBeLessThan(400)
  })

  it('begins now where it is told so', async () => {
    await append('a1')
    const { following, seen } = follow(rig.store, { from: 'now' })
    await following.caughtUp()
    await append('a2')
    await following.caughtUp()
    expect(seen).toEqual(['a2'])
  })

  it('goes on after a restart where it was', async () => {
    await append('a1', 'a2')
    const first = follow(rig.store)
    await first.following.caughtUp()
    await first.following.stop()
    await append('a3')
    const second = follow(rig.store)
    await second.following.caughtUp()
    expect([first.seen, second.seen]).toEqual([['a1', 'a2'], ['a3']])
  })

  it('passes over types that it did not ask for, and its cursor too', async () => {
    await append('a1', 'b1', 'a2', 'b2')
    const { following, seen } = follow(rig.store, { types: ['tulle.a'] })
    await following.caughtUp()
    expect(seen).toEqual(['a1', 'a2'])
    expect(await rig.store.db.selectFrom('outbox_cursor').selectAll().execute()).toEqual([{ consumer: 'c', seq: await lastEventPlace(rig.store.db) }])
  })

  it('reads long journals in parts', async () => {
    await rig.store.db.transaction().execute(async (tx) => {
      for (let i = 0; i < 257; i += 1) await appendEvent(tx, { type: 'tulle.a', source: '/test', subject: `a${i}`, data: {} })
    })
    const { following, seen } = follow(rig.store)
    await following.caughtUp()
    expect(seen).toEqual(Array.from({ length: 257 }, (_, i) => `a${i}`))
  })

  it('tries an event again until its handler succeeds, and tells', async () => {
    await append('a1', 'a2')
    const failures: unknown[] = []
    let tries = 0
    const seen: string[] = []
    const { following } = follow(rig.store, {
      handle: async (event) => {
        tries += 1
        if (tries < 3) throw new Error(`try ${tries}`)
        seen.push(event.subject ?? '')
      },
      onFailure: (error, event) => failures.push([(error as Error).message, event?.subject]),
    })
    await following.caughtUp()
    expect([seen, failures]).toEqual([['a1', 'a2'], [['try 1', 'a1'], ['try 2', 'a1']]])
  })

  it('does not stop in the middle of an event', async () => {
    await append('a1', 'a2')
    const log: string[] = []
    const { following } = follow(rig.store, {
      handle: async (event) => {
        log.push(`${event.subject} begins`)
        await new Promise((resolve) => setTimeout(resolve, 50))
        log.push(`${event.subject} ends`)
      },
    })
    await expect.poll(() => log).toEqual(['a1 begins'])
    await following.stop()
    expect(log).toEqual(['a1 begins', 'a1 ends'])
  })

  it('ends with its store', async () => {
    const store = await rig.another()
    const { following } = follow(store, { onFailure: (error) => { throw error } })
    await following.caughtUp()
    await store.close()
    await following.stop()
  })

  it('can be stopped while the database is away', async () => {
    await using own = await testPostgres()
    const store = valueOf(await openStore({ connection: own.postgres.connection }))
    const { following } = follow(store)
    await following.caughtUp()
    await own.postgres.stop()
    await new Promise((resolve) => setTimeout(resolve, 300))
    const start = performance.now()
    await following.stop()
    await store.close()
    expect(performance.now() - start).toBeLessThan(3000)
  })

  it('shares its name with standbys, of which one takes over', async () => {
    const replica = await rig.another()
    const first = follow(rig.store)
    await first.following.caughtUp()
    const second = follow(replica)
    await append('a1')
    await first.following.caughtUp()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(second.seen).toEqual([])
    await first.following.stop()
    await append('a2')
    await second.following.caughtUp()
    expect([first.seen, second.seen]).toEqual([['a1'], ['a2']])
  })

  it('follows beside another one of a different name', async () => {
    await append('a1')
    const [one, two] = [follow(rig.store, { consumer: 'one' }), follow(rig.store, { consumer: 'two' })]
    await Promise.all([one.following.caughtUp(), two.following.caughtUp()])
    expect([one.seen, two.seen]).toEqual([['a1'], ['a1']])
  })

  it('goes on when its sessions are cut, and when PostgreSQL is killed', async () => {
    await using own = await testPostgres()
    const store = valueOf(await openStore({ connection: own.postgres.connection }))
    const write = (subject: string): Promise<unknown> => store.db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.a', source: '/test', subject, data: {} }))
    const { following, seen } = follow(store)
    await write('a1')
    await following.caughtUp()
    await store.pool.query('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = $1', ['client backend'])
    await write('a2')
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['a1', 'a2'])
    process.kill(own.postgres.pid, 'SIGKILL')
    await expect.poll(() => write('a3').then(() => 'written', () => 'away'), { timeout: 10_000 }).toBe('written')
    await expect.poll(() => [...new Set(seen)], { timeout: 10_000 }).toEqual(['a1', 'a2', 'a3'])
    await following.stop()
    await store.close()
  })
})

describe('a crash between an event and its cursor', () => {
  /** Handles until the crash: an error that no one may catch, after which nothing of this life goes on. */
  async function crashOn(order: 'handle, then move' | 'move, then handle'): Promise<readonly string[]> {
    await append('a1', 'a2', 'a3')
    const seen: string[] = []
    let crashed = false
    const move = (event: OutboxEvent) => rig.store.db.insertInto('outbox_cursor').values({ consumer: 'c', seq: event.seq }).onConflict((c) => c.column('consumer').doUpdateSet({ seq: event.seq })).execute()
    const { following } = follow(rig.store, {
      handle: async (event) => {
        if (order === 'move, then handle') await move(event)
        if (event.subject === 'a2' && !crashed) {
          crashed = true
          throw new Error('crash')
        }
        seen.push(event.subject ?? '')
      },
    })
    await expect.poll(() => crashed).toBe(true)
    await following.stop()
    const second = follow(rig.store)
    await second.following.caughtUp()
    return [...seen, ...second.seen]
  }

  it('repeats the event and loses none', async () => {
    expect(await crashOn('handle, then move')).toEqual(['a1', 'a2', 'a3'])
  })

  it('would lose the event if the cursor moved first', async () => {
    expect(await crashOn('move, then handle')).toEqual(['a1', 'a3'])
  })
})

describe('a watcher', () => {
  it('sees what comes from now on, in every process that watches', async () => {
    await append('a1')
    const seen: string[] = []
    const [here, there] = [rig.store, await rig.another()].map((store, i) => watchOutbox(store, { handle: async (event) => void seen.push(`${i} ${event.subject}`) }))
    open.push(here as Following, there as Following)
    await Promise.all([here?.caughtUp(), there?.caughtUp()])
    await append('a2')
    await Promise.all([here?.caughtUp(), there?.caughtUp()])
    expect(seen.toSorted()).toEqual(['0 a2', '1 a2'])
    expect(await rig.store.db.selectFrom('outbox_cursor').selectAll().execute()).toEqual([])
  })

  it('is told when it has caught up, and since when', async () => {
    const moments: number[] = []
    const before = Date.now()
    const watching = watchOutbox(rig.store, { handle: async () => undefined, onCaughtUp: (since) => void moments.push(since) })
    open.push(watching)
    await watching.caughtUp()
    expect(moments.every((since) => since >= before && since <= Date.now()) && moments.length > 0).toBe(true)
  })
})

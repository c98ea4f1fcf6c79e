// Real processes that are killed: what is published is in the stream once and in its order, and what a consumer was told to be
// saved is saved.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '@tulle/kernel/testing'
import { appendEvent } from '@tulle/store'
import type { TestStore } from '@tulle/store/testing'
import { testStore } from '@tulle/store/testing'
import { holdStream } from './log.ts'

let rig: TestStore
beforeAll(async () => {
  rig = await testStore()
})
afterAll(() => rig.close())

const FOLLOWER = await bundledProgram('packages/streams/src/testing/follower.ts')
const ACKNOWLEDGER = await bundledProgram('packages/streams/src/testing/acknowledger.ts')
const start = (program: string, ...args: readonly string[]) => spawn(process.execPath, [program, rig.connectionString, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })

const EVENTS = 60

/** Snapshots that are published, and those that the stream leads to after three kills, in its order. */
async function publishWhileKilled(order: 'follow' | 'acknowledge-first'): Promise<{ readonly published: readonly string[]; readonly streamed: readonly string[]; readonly numbers: readonly number[] }> {
  const productId = `p-${order}`
  const { db } = rig.store
  const published: string[] = []
  // The place of the outbox is one for all: what the other order left is passed over.
  await db.deleteFrom('outbox').execute()
  for (let n = 1; n <= EVENTS; n += 1) {
    await db.transaction().execute((tx) => appendEvent(tx, { type: 'tulle.product.published', source: '/test', subject: 'sales', data: { productId, snapshots: { rows: String(n) } } }))
    published.push(String(n))
  }
  const segments = () => db.selectFrom('stream_segment as s').innerJoin('stream as t', 't.id', 's.stream_id').select(['s.number', 's.kind', 's.to_snapshot']).where('t.product_id', '=', productId).orderBy('s.number').execute()
  const last = (await db.selectFrom('outbox').select((e) => e.fn.max('seq').as('seq')).executeTakeFirstOrThrow()).seq
  for (const killAt of [5, 10, 20]) {
    const follower = start(FOLLOWER, productId, order)
    const died = once(follower, 'exit')
    await expect.poll(async () => (await segments()).length >= killAt || (order === 'acknowledge-first' && killAt > 5), { timeout: 60_000, interval: 5 }).toBe(true)
    follower.kill('SIGKILL')
    await died
  }
  const follower = start(FOLLOWER, productId, order)
  try {
    await expect.poll(async () => (await db.selectFrom('outbox_cursor').select('seq').where('consumer', '=', 'streams').executeTakeFirst())?.seq, { timeout: 60_000, interval: 20 }).toBe(String(last))
    const found = await segments()
    return { published, streamed: found.flatMap(({ kind, to_snapshot: snapshot }) => (kind === 'event' ? [] : [snapshot ?? ''])), numbers: found.map(({ number }) => Number(number)) }
  } finally {
    follower.kill('SIGKILL')
  }
}

describe('a process that is killed while it takes in what is published', () => {
  it('loses nothing, doubles nothing, and leaves no gap', async () => {
    const { published, streamed, numbers } = await publishWhileKilled('follow')
    expect(streamed).toEqual(published)
    // A publication is its rows, and the word of it.
    expect(numbers).toEqual(Array.from({ length: 2 * EVENTS }, (_, i) => i + 1))
  }, 120_000)

  it('loses some where the place of the outbox moves first: the control', async () => {
    const { published, streamed } = await publishWhileKilled('acknowledge-first')
    expect(streamed.length).toBeLessThan(published.length)
  }, 120_000)
})

/** What a consumer was told to be saved last, and what is, after each of four kills. */
async function saveWhileKilled(order: 'save' | 'say-first'): Promise<readonly { readonly told: number; readonly saved: number }[]> {
  const productId = `positions-${order}`
  const { db } = rig.store
  const stream = await db.transaction().execute(async (tx) => holdStream(tx, { productId, dataSet: 'rows' }))
  await db.updateTable('stream').set({ head: '1000000' }).where('id', '=', stream.id).execute()
  const found: { told: number; saved: number }[] = []
  for (const lines of [3, 17, 40, 8]) {
    const consumer = start(ACKNOWLEDGER, productId, order)
    const died = once(consumer, 'exit')
    let [told, heard] = [0, 0]
    for await (const line of createInterface({ input: consumer.stdout })) {
      told = Number(line)
      heard += 1
      if (heard === lines) consumer.kill('SIGKILL')
    }
    await died
    const row = await db.selectFrom('stream_position').select('number').where('stream_id', '=', stream.id).where('consumer', '=', 'copy').executeTakeFirst()
    found.push({ told, saved: Number(row?.number ?? 0) })
  }
  return found
}

describe('a consumer that is killed while it saves how far it has come', () => {
  it('finds what it was told to be saved, and at most one step more', async () => {
    const found = await saveWhileKilled('save')
    expect(found.filter(({ told, saved }) => saved < told || saved > told + 1)).toEqual([])
    // Each goes on from where the one before was.
    expect(found.map(({ saved }) => saved)).toEqual(found.map(({ saved }) => saved).toSorted((a, b) => a - b))
  }, 120_000)

  it('misses some where it is told first: the control', async () => {
    expect((await saveWhileKilled('say-first')).some(({ told, saved }) => saved < told)).toBe(true)
  }, 120_000)
})

// A process that takes what is published into a stream until it is killed. `acknowledge-first` lets the place of the outbox move before
// anything is appended: the control of what kills show.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '@tulle/engine'
import { ok, systemClock } from '@tulle/kernel'
import { memoryObjects } from '@tulle/objects'
import { followOutbox, openStore } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import { followPublications } from '../follow-publications.ts'
import { appendSegment, holdStream } from '../log.ts'

const [connection = '', productId = '', order] = process.argv.slice(2)
const store = valueOf(await openStore({ connection, poolSize: 4 }))
const of = { productId, dataSet: 'rows' }
/** So that a kill meets an event that is half taken. */
const PAUSE = 10

if (order === 'acknowledge-first') {
  let work = Promise.resolve()
  followOutbox(store, {
    consumer: 'streams',
    types: ['tulle.product.published'],
    clock: systemClock,
    handle: async ({ id, time, data }) => {
      work = work.then(async () => {
        await sleep(PAUSE)
        const { rows } = data['snapshots'] as { readonly rows: string }
        await store.db.transaction().execute(async (tx) => void (await appendSegment(tx, await holdStream(tx, of), { kind: 'changes', eventId: id, at: Date.parse(time), count: 0, toSnapshot: rows })))
      })
    },
  })
} else {
  followPublications({
    store, clock: systemClock, objects: memoryObjects(), workFolder: '/nowhere', warn: (message, why) => process.stderr.write(`${message} ${why}\n`),
    // Publications without rows need none.
    engine: undefined as unknown as Engine,
    source: {
      streamed: async () => [of],
      current: async () => ok(undefined),
      snapshot: async () => {
        await sleep(PAUSE)
        return ok({ rows: 0 })
      },
      difference: async () => ok({ schema: { schemaId: 0, fields: [] }, key: [], before: [], after: [] }),
    },
  })
}

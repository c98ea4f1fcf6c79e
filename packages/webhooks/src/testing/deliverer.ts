// A process that delivers until it is killed: what a server does, and nothing besides. `before` moves the position before anything
// is sent: the control of what kills show.

import { systemClock } from '@tulle/kernel'
import { openNetwork } from '@tulle/sources'
import type { Store } from '@tulle/store'
import { openStore } from '@tulle/store'
import { valueOf } from '@tulle/store/testing'
import { outboxFeed } from '../outbox-feed.ts'
import type { Feed } from '../types.ts'
import { openWebhooks } from '../webhooks.ts'

const [connection = '', product = '', order] = process.argv.slice(2)
const store = valueOf(await openStore({ connection, poolSize: 3 }))
const feed = outboxFeed(store)
const seen = { subject: { id: 'ana', name: 'ana', kind: 'user', role: 'consumer', teams: [] } as const, purpose: undefined, product, dataSets: new Map([['legs', { columns: new Set(['id']), whole: true }]]) }
openWebhooks({
  store, clock: systemClock, network: openNetwork(['127.0.0.1']), meshSecret: 'of the mesh', publicUrl: 'https://mesh.test', see: async () => seen, random: () => 0,
  feed: order === 'before' ? movingBefore(store, feed) : feed,
}).start()

function movingBefore({ db }: Store, inner: Feed): Feed {
  return {
    ...inner,
    async read(webhook, by, options) {
      const read = await inner.read(webhook, by, { ...options, limit: webhook.batch.size })
      if (read.ok) await db.updateTable('webhook').set({ position: read.value.position }).where('id', '=', webhook.id).execute()
      return read
    },
  }
}

// The catalogue as writers from outside see it: what they commit to a product's table is published like what a run made,
// with the event in the transaction of the swap, so that every port, every reader and the next run see it.

import type { Kysely } from 'kysely'
import { readMetadataFile } from '@tulle/lake'
import type { Catalog, Lake, Pointer, PointerSwap } from '@tulle/lake'
import { publishedEvent } from '@tulle/pipeline'
import { listProducts, postgresCatalog } from '@tulle/providers'
import { appendEvent } from '@tulle/store'
import type { Database, NewEvent } from '@tulle/store'

export function announcingCatalog(db: Kysely<Database>, lake: Lake): Catalog {
  const catalog = postgresCatalog(db)
  return {
    list: (namespace) => catalog.list(namespace),
    find: (name) => catalog.find(name),
    swap: async (swaps) => {
      const events = await eventsOf(db, lake, swaps)
      try {
        return await db.transaction().execute(async (tx) => {
          if ((await catalog.swapIn(tx, swaps)) === 'conflict') throw new Conflict()
          for (const event of events) await appendEvent(tx, event)
          return 'swapped' as const
        })
      } catch (error) {
        if (error instanceof Conflict) return 'conflict'
        throw error
      }
    },
  }
}

class Conflict extends Error {}

async function eventsOf(db: Kysely<Database>, lake: Lake, swaps: readonly PointerSwap[]): Promise<readonly NewEvent[]> {
  const products = await listProducts(db)
  const events: NewEvent[] = []
  for (const product of products) {
    const snapshots: Record<string, string> = {}
    for (const { name, expected, next } of swaps) {
      if (name.namespace !== product.name || !product.dataSets.includes(name.name)) continue
      const [before, after] = [await currentOf(lake, expected), await currentOf(lake, next)]
      if (after !== undefined && after !== before) snapshots[name.name] = after
    }
    if (Object.keys(snapshots).length > 0) events.push(publishedEvent({ product: product.name, productId: product.id, snapshots }))
  }
  return events
}

async function currentOf(lake: Lake, pointer: Pointer | undefined): Promise<string | undefined> {
  const metadata = pointer === undefined ? undefined : await readMetadataFile(lake, pointer.metadataLocation)
  return metadata?.ok === true ? metadata.value.currentSnapshotId : undefined
}

// What happens to a product, out of the journal, as a consumer may see it: nothing of data sets that are hidden from it, and no
// sentence that names a hidden column.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import type { OutboxEvent, Store } from '@tulle/store'
import { lastEventPlace, readEvents, watchOutbox } from '@tulle/store'
import { sql } from 'kysely'
import { messages } from './messages.ts'
import type { Feed, FeedEvent, From, Kind, Seen } from './types.ts'

export const KIND_OF: Readonly<Record<string, Kind>> = {
  'tulle.product.published': 'published',
  'tulle.schema.changed': 'schema-changed',
  'tulle.data-set.deprecated': 'deprecated',
  'tulle.rows.quarantined': 'quarantined',
  'tulle.rows.replayed': 'quarantined',
  'tulle.incident.opened': 'incident',
  'tulle.incident.acknowledged': 'incident',
  'tulle.incident.resolved': 'incident',
  'tulle.erasure.finished': 'erased',
}
/** Types of the events that webhooks carry beside changes of rows. */
export const EVENT_TYPES: readonly string[] = Object.keys(KIND_OF)

type Data = Readonly<Record<string, Json | undefined>>

/** The product that an event is about, by id or by name; some say the one, some the other. */
const isAbout = ({ data, subject }: OutboxEvent, productId: string, product: string): boolean =>
  data['productId'] === productId || (data['productId'] === undefined && (data['product'] === productId || data['product'] === product || subject === product))

export function outboxFeed(store: Store): Feed {
  return {
    placeOf: (_webhook, from) => placeOf(store, from),
    async read({ productId, dataSet }, all, { after, limit }) {
      const seen = dataSet === undefined ? all : { ...all, dataSets: new Map([...all.dataSets].filter(([name]) => name === dataSet)) }
      let found = await readEvents(store.db, { after, limit, types: EVENT_TYPES })
      let position = found.at(-1)?.seq
      if (position === undefined) {
        // Passed over is only what was there before a look that finds nothing.
        const head = await lastEventPlace(store.db)
        found = await readEvents(store.db, { after, limit, types: EVENT_TYPES })
        position = found.at(-1)?.seq ?? laterOf(head, after)
      }
      const events = found.flatMap((event) => (isAbout(event, productId, seen.product) ? asSeen(event, seen) : []))
      return ok({ events, position, more: found.length === limit })
    },
    async lag({ position, productId }) {
      const { rows } = await sql<{ events: string; oldest: Date | null }>`
        select count(*) as events, min(time) as oldest from (select time from outbox where seq > ${position}::bigint and type = any(${EVENT_TYPES}) and data->>'productId' = ${productId} order by seq limit 1000) waiting`.execute(store.db)
      const [row] = rows
      return { events: Number(row?.events ?? 0), milliseconds: row?.oldest == null ? 0 : Math.max(0, systemClock.now() - row.oldest.getTime()) }
    },
    listen(hear) {
      // Whoever is rung reads the events; here it is enough to know of which products there are any, however many they are.
      let heard: string | undefined
      const following = watchOutbox(store, { onCaughtUp: async () => {
        if (heard === undefined) {
          heard = await lastEventPlace(store.db)
          return hear(undefined)
        }
        const { rows } = await sql<{ ours: boolean; product: string | null; seq: string }>`
          select type = any(${EVENT_TYPES}) as ours, case when type = any(${EVENT_TYPES}) then data->>'productId' end as product, max(seq)::text as seq from outbox where seq > ${heard}::bigint group by 1, 2`.execute(store.db)
        for (const { ours, product, seq } of rows) {
          heard = laterOf(seq, heard)
          if (ours) hear(product ?? undefined)
        }
      } })
      return () => void following.stop()
    },
  }
}

const laterOf = (a: string, b: string): string => (BigInt(a) > BigInt(b) ? a : b)

async function placeOf(store: Store, from: From): Promise<Result<string>> {
  switch (from.at) {
    case 'start':
      return ok('0')
    case 'now':
      return ok(await lastEventPlace(store.db))
    case 'time': {
      const row = await store.db.selectFrom('outbox').select((e) => e.fn.max('seq').as('seq')).where('time', '<', from.time).executeTakeFirst()
      return ok(row?.seq ?? '0')
    }
    case 'position':
      return /^\d{1,18}$/u.test(from.position) ? ok(from.position) : fail(messages['webhook-place']({ from: from.position.slice(0, 100) }))
  }
}

/** None, where it is about nothing that the consumer may see. */
function asSeen({ id, type, subject, time, data, seq }: OutboxEvent, seen: Seen): readonly FeedEvent[] {
  const kind = KIND_OF[type]
  const shaped = kind === undefined ? undefined : shape(kind, data, seen)
  if (kind === undefined || shaped === undefined) return []
  const dataSet = typeof shaped['dataSet'] === 'string' ? shaped['dataSet'] : undefined
  return [{ id, kind, type, time, position: seq, subject: dataSet === undefined ? (subject ?? seen.product) : `${seen.product}.${dataSet}`, ...(dataSet !== undefined && { dataSet }), data: { product: seen.product, ...shaped } }]
}

/** What of an event's data a consumer may see; undefined where that is nothing. */
export function shape(kind: Kind, data: Data, { dataSets }: Seen): Data | undefined {
  const dataSet = nameOf(data['dataSet'])
  switch (kind) {
    case 'published': {
      const snapshots = Object.entries((data['snapshots'] ?? {}) as Record<string, Json>).filter(([name]) => dataSets.has(name))
      return snapshots.length === 0 ? undefined : { snapshots: Object.fromEntries(snapshots), ...(data['runId'] !== undefined && { runId: data['runId'] }) }
    }
    case 'schema-changed': {
      const seen = dataSets.get(dataSet)
      return seen && { dataSet, breaking: data['breaking'], schemaId: data['schemaId'], ...(seen.whole && { changes: data['changes'] }) }
    }
    case 'deprecated':
      return dataSets.has(dataSet) ? { dataSet, ...(data['retires'] !== undefined && { retires: data['retires'] }) } : undefined
    // Rules name columns; how many rows it is says enough.
    case 'quarantined':
      return dataSets.has(dataSet) ? { dataSet, rows: data['rows'], ...(data['runId'] !== undefined && { runId: data['runId'] }) } : undefined
    case 'incident':
      return { incident: data['incident'], cause: data['cause'], sentence: data['sentence'] }
    case 'erased':
      return { erasure: data['erasure'] ?? data['id'] }
    default:
      return undefined
  }
}

/** Some events name a data set by its address. */
const nameOf = (dataSet: Json | undefined): string => (typeof dataSet === 'string' ? dataSet.slice(dataSet.indexOf('.') + 1) : '')

// The journal: what happened, as CloudEvents, in the order in which it became true. An event is written by the transaction that makes it true, or not at all.

import { randomUUID } from 'node:crypto'
import type { Kysely, Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Database, OutboxTable } from './schema.ts'
import type { NewEvent, OutboxEvent } from './types.ts'

/**
 * Writes an event within a transaction. It gets its place, and followers are woken, when the transaction commits.
 * `data` holds references, never row values. Resolves with the event's id.
 */
export async function appendEvent(tx: Transaction<Database>, event: NewEvent): Promise<string> {
  const id = randomUUID()
  await tx.insertInto('outbox').values({
    id,
    type: event.type,
    source: event.source,
    subject: event.subject ?? null,
    time: sql<Date>`clock_timestamp()`,
    data: JSON.stringify(event.data),
  }).execute()
  return id
}

export interface ReadEventsOptions {
  /** The place after which to read; '0' for the start. */
  readonly after: string
  readonly limit: number
  readonly types?: readonly string[] | undefined
}

/** Events after a place, oldest first. What is read here is final: nothing will appear before it later. */
export async function readEvents(db: Kysely<Database>, { after, limit, types }: ReadEventsOptions): Promise<readonly OutboxEvent[]> {
  let query = db.selectFrom('outbox').selectAll().where('seq', '>', after).orderBy('seq').limit(limit)
  if (types !== undefined) query = query.where('type', 'in', [...types])
  return (await query.execute()).map(toEvent)
}

/** The place of the newest event; '0' where there is none. */
export async function lastEventPlace(db: Kysely<Database>): Promise<string> {
  const row = await db.selectFrom('outbox').select((e) => e.fn.max('seq').as('seq')).executeTakeFirst()
  return row?.seq ?? '0'
}

function toEvent(row: Selectable<OutboxTable>): OutboxEvent {
  return {
    specversion: '1.0',
    id: row.id,
    type: row.type,
    source: row.source,
    ...(row.subject !== null && { subject: row.subject }),
    time: row.time.toISOString(),
    datacontenttype: 'application/json',
    data: row.data as OutboxEvent['data'],
    seq: row.seq,
  }
}

// The log in PostgreSQL: which segments a stream has, in which order. Rows lie in files; here are references alone.

import type { Kysely, Selectable, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { Database, StreamSegmentTable, StreamTable } from '@tulle/store'
import type { NewSegment, Segment, SegmentKind, Stream } from './types.ts'

export interface StreamKey { readonly productId: string; readonly dataSet: string }

export async function findStream(db: Kysely<Database>, { productId, dataSet }: StreamKey): Promise<Stream | undefined> {
  const row = await db.selectFrom('stream').selectAll().where('product_id', '=', productId).where('data_set', '=', dataSet).executeTakeFirst()
  return row === undefined ? undefined : toStream(row)
}

export async function streamsOf(db: Kysely<Database>, productId: string): Promise<readonly Stream[]> {
  return (await db.selectFrom('stream').selectAll().where('product_id', '=', productId).execute()).map(toStream)
}

/** The stream, begun where it was not there. Held until the transaction ends, so that numbers rise without a gap. */
export async function holdStream(tx: Transaction<Database>, { productId, dataSet }: StreamKey): Promise<Stream> {
  await tx.insertInto('stream').values({ product_id: productId, data_set: dataSet }).onConflict((c) => c.columns(['product_id', 'data_set']).doNothing()).execute()
  return toStream(await tx.selectFrom('stream').selectAll().where('product_id', '=', productId).where('data_set', '=', dataSet).forUpdate().executeTakeFirstOrThrow())
}

/** Appends within a transaction that holds the stream. Undefined where this event has its segment already. */
export async function appendSegment(tx: Transaction<Database>, stream: Stream, segment: NewSegment): Promise<Segment | undefined> {
  const there = await tx.selectFrom('stream_segment').select('number').where('stream_id', '=', stream.id).where('event_id', '=', segment.eventId).where('kind', '=', segment.kind).executeTakeFirst()
  if (there !== undefined) return undefined
  const { head } = await tx.updateTable('stream').set({ head: sql<string>`head + 1` }).where('id', '=', stream.id).returning('head').executeTakeFirstOrThrow()
  await tx.insertInto('stream_segment').values({
    stream_id: stream.id,
    number: head,
    kind: segment.kind,
    event_id: segment.eventId,
    from_snapshot: segment.fromSnapshot ?? null,
    to_snapshot: segment.toSnapshot ?? null,
    run_id: segment.runId ?? null,
    contract_version: segment.contractVersion ?? null,
    at: new Date(segment.at),
    entries: String(segment.count),
    file: segment.file ?? null,
    event: segment.event === undefined ? null : JSON.stringify(segment.event),
  }).execute()
  return { ...segment, streamId: stream.id, number: Number(head) }
}

export async function readSegment(db: Kysely<Database>, stream: Pick<Stream, 'id'>, number: number): Promise<Segment | undefined> {
  const row = await db.selectFrom('stream_segment').selectAll().where('stream_id', '=', stream.id).where('number', '=', String(number)).executeTakeFirst()
  return row === undefined ? undefined : toSegment(row)
}

/** The newest segment that leads to a snapshot: to this one, or to any. */
export async function newestSnapshot(db: Kysely<Database>, stream: Pick<Stream, 'id'>, snapshot?: string): Promise<Segment | undefined> {
  let query = db.selectFrom('stream_segment').selectAll().where('stream_id', '=', stream.id).where('kind', 'in', ['base', 'changes'])
  if (snapshot !== undefined) query = query.where('to_snapshot', '=', snapshot)
  const row = await query.orderBy('number', 'desc').limit(1).executeTakeFirst()
  return row === undefined ? undefined : toSegment(row)
}

/** The number of the last segment of that time or before; 0 where there is none. */
export async function segmentBefore(db: Kysely<Database>, stream: Pick<Stream, 'id'>, time: number): Promise<number> {
  const row = await db.selectFrom('stream_segment').select((e) => e.fn.max('number').as('number')).where('stream_id', '=', stream.id).where('at', '<=', new Date(time)).executeTakeFirst()
  return Number(row?.number ?? 0)
}

/** Drops segments before `number`, and answers their files. */
export async function dropSegments(tx: Transaction<Database>, stream: Stream, number: number): Promise<readonly string[]> {
  const gone = await tx.deleteFrom('stream_segment').where('stream_id', '=', stream.id).where('number', '<', String(number)).returning('file').execute()
  await tx.updateTable('stream').set({ oldest: sql<string>`greatest(oldest, ${number}::bigint)` }).where('id', '=', stream.id).execute()
  return gone.flatMap(({ file }) => file ?? [])
}

export const toStream = (row: Selectable<StreamTable>): Stream => ({ id: row.id, productId: row.product_id, dataSet: row.data_set, head: Number(row.head), oldest: Number(row.oldest) })

function toSegment(row: Selectable<StreamSegmentTable>): Segment {
  return {
    streamId: row.stream_id,
    number: Number(row.number),
    kind: row.kind as SegmentKind,
    eventId: row.event_id,
    ...(row.from_snapshot !== null && { fromSnapshot: row.from_snapshot }),
    ...(row.to_snapshot !== null && { toSnapshot: row.to_snapshot }),
    ...(row.run_id !== null && { runId: row.run_id }),
    ...(row.contract_version !== null && { contractVersion: row.contract_version }),
    at: row.at.getTime(),
    count: Number(row.entries),
    ...(row.file !== null && { file: row.file }),
    ...(row.event !== null && { event: row.event as unknown as NonNullable<Segment['event']> }),
  }
}

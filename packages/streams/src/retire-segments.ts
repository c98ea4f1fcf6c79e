// How long a stream can be replayed: older segments go. Whoever has not read them is named before, and told when he asks
// (`position-too-old`); nobody passes over them unawares.

import type { Kysely } from 'kysely'
import type { Objects } from '@tulle/objects'
import type { Database, Store } from '@tulle/store'
import { dropSegments, findStream, holdStream, newestSnapshot } from './log.ts'
import type { StreamKey } from './log.ts'
import type { Stream } from './types.ts'

/** What a time leaves of a stream, or would. */
export interface RetiredSegments {
  readonly segments: number
  readonly entries: number
  /** ISO 8601: when the first and the last of them became true. */
  readonly oldest: string
  readonly newest: string
  /** Consumers that have not read them all, as `account/consumer`. */
  readonly behind: readonly string[]
}

interface Due extends RetiredSegments { readonly before: number }

/** Segments from before a time (milliseconds since 1970), but never what the next change is told from. Undefined: none. */
export async function foreseeRetirement(db: Kysely<Database>, of: StreamKey, before: number): Promise<RetiredSegments | undefined> {
  const stream = await findStream(db, of)
  return stream === undefined ? undefined : dueIn(db, stream, before)
}

/** A process that dies in between leaves files that no segment names. */
export async function retireSegments({ store, objects }: { readonly store: Store; readonly objects: Objects }, of: StreamKey, before: number): Promise<RetiredSegments | undefined> {
  if ((await foreseeRetirement(store.db, of, before)) === undefined) return undefined
  const gone = await store.db.transaction().execute(async (tx) => {
    const stream = await holdStream(tx, of)
    const due = await dueIn(tx, stream, before)
    return due === undefined ? undefined : { due, files: await dropSegments(tx, stream, due.before) }
  })
  for (const file of gone?.files ?? []) await objects.remove(file)
  return gone?.due
}

async function dueIn(db: Kysely<Database>, stream: Stream, time: number): Promise<Due | undefined> {
  const newest = await newestSnapshot(db, stream)
  const old = await db.selectFrom('stream_segment').select((e) => e.fn.max('number').as('number')).where('stream_id', '=', stream.id).where('at', '<', new Date(time)).executeTakeFirst()
  const before = Math.min(Number(old?.number ?? 0) + 1, newest?.number ?? 0)
  if (before <= stream.oldest) return undefined
  const facts = await db.selectFrom('stream_segment').select((e) => [e.fn.countAll<string>().as('segments'), e.fn.sum<string>('entries').as('entries'), e.fn.min('at').as('oldest'), e.fn.max('at').as('newest')])
    .where('stream_id', '=', stream.id).where('number', '<', String(before)).executeTakeFirstOrThrow()
  if (Number(facts.segments) === 0) return undefined
  const behind = await db.selectFrom('stream_position').select(['owner_name', 'consumer']).where('stream_id', '=', stream.id)
    .where((e) => e.or([e.and([e('phase', '=', 'log'), e('number', '<', String(before - 1)), e('number', '>=', String(stream.oldest - 1))]), e.and([e('phase', '=', 'initial'), e('number', '<', String(before)), e('number', '>=', String(stream.oldest))])]))
    .orderBy('owner_name').orderBy('consumer').execute()
  return { before, segments: Number(facts.segments), entries: Number(facts.entries ?? 0), oldest: facts.oldest.toISOString(), newest: facts.newest.toISOString(), behind: behind.map(({ owner_name: owner, consumer }) => `${owner}/${consumer}`) }
}

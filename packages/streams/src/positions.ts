// Named positions: how far each consumer says that it has come. Each reader has names of his own; back is gone only on purpose,
// and no position is believed that the stream has not given.

import type { Kysely, Selectable } from 'kysely'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Database, StreamPositionTable } from '@tulle/store'
import { findStream } from './log.ts'
import { messages } from './messages.ts'
import type { PositionSeal } from './position.ts'
import { comparePlaces } from './position.ts'
import type { GovernedChanges, Place, Positions, Reader, SavedPosition, Stream, StreamAddress, Subscriber } from './types.ts'

export interface PositionsOptions { readonly db: Kysely<Database>; readonly governed: GovernedChanges; readonly seal: PositionSeal; readonly clock: Clock }

const NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/u
/** Of one reader. */
export const MOST_POSITIONS = 1000

type Row = Selectable<StreamPositionTable>

export function namedPositions({ db, governed, seal, clock }: PositionsOptions): Positions {
  const find = async (reader: Reader, address: StreamAddress, consumer: string): Promise<Result<{ readonly stream: Stream; readonly owner: { readonly id: string; readonly name: string } }>> => {
    if (!NAME.test(consumer)) return fail(messages['bad-consumer-name']({ consumer }))
    const target = await governed.target(reader, address, 'stream')
    if (!target.ok) return target
    const stream = await findStream(db, { productId: target.value.productId, dataSet: target.value.stored })
    if (stream === undefined) return fail(messages['stream-unknown']({ address: printAddress(address) }))
    return ok({ stream, owner: target.value.subject })
  }
  const saved = async (row: Row, stream: Stream): Promise<SavedPosition> => ({ ...await standingOf(db, row, stream, clock.now()), position: seal.print(stream.id, placeOf(row)) })
  return {
    async save({ reader, address, consumer, position, replay = false }) {
      const found = await find(reader, address, consumer)
      if (!found.ok) return found
      const { stream, owner } = found.value
      const place = checkPlace(stream, address, seal.parse(stream.id, position))
      if (!place.ok) return place
      const { phase, number, ordinal } = place.value
      return db.transaction().execute(async (tx): Promise<Result<SavedPosition>> => {
        const { count } = await tx.selectFrom('stream_position').select((e) => e.fn.countAll<string>().as('count')).where('owner_id', '=', owner.id).executeTakeFirstOrThrow()
        const of = { owner_id: owner.id, stream_id: stream.id, consumer }
        const now = { owner_name: owner.name, address: JSON.stringify(address), phase, number: String(number), ordinal: String(ordinal), saved_at: new Date(clock.now()) }
        const begun = Number(count) >= MOST_POSITIONS ? undefined : await tx.insertInto('stream_position').values({ ...of, ...now }).onConflict((c) => c.columns(['owner_id', 'stream_id', 'consumer']).doNothing()).returningAll().executeTakeFirst()
        if (begun !== undefined) return ok(await saved(begun, stream))
        const there = await tx.selectFrom('stream_position').selectAll().where('owner_id', '=', owner.id).where('stream_id', '=', stream.id).where('consumer', '=', consumer).forUpdate().executeTakeFirst()
        if (there === undefined) return fail(messages['too-many-positions']({ most: MOST_POSITIONS }))
        if (!replay && comparePlaces(place.value, placeOf(there)) < 0) return fail(messages['position-backward']({ consumer }))
        const moved = await tx.updateTable('stream_position').set(now).where('owner_id', '=', owner.id).where('stream_id', '=', stream.id).where('consumer', '=', consumer).returningAll().executeTakeFirstOrThrow()
        return ok(await saved(moved, stream))
      })
    },
    async read(reader, address, consumer) {
      const found = await find(reader, address, consumer)
      if (!found.ok) return found
      const { stream, owner } = found.value
      const row = await db.selectFrom('stream_position').selectAll().where('owner_id', '=', owner.id).where('stream_id', '=', stream.id).where('consumer', '=', consumer).executeTakeFirst()
      return ok(row === undefined ? undefined : await saved(row, stream))
    },
    async list(reader) {
      const asker = await reader()
      if (!asker.ok) return asker
      const rows = await all(db).where('p.owner_id', '=', asker.value.subject.id).orderBy('p.consumer').execute()
      return ok(await Promise.all(rows.map((row) => saved(row, streamOf(row)))))
    },
    async forget(reader, address, consumer) {
      const found = await find(reader, address, consumer)
      if (!found.ok) return found
      await db.deleteFrom('stream_position').where('owner_id', '=', found.value.owner.id).where('stream_id', '=', found.value.stream.id).where('consumer', '=', consumer).execute()
      return ok(undefined)
    },
  }
}

export async function subscribersOf(db: Kysely<Database>, productId: string, now: number): Promise<readonly Subscriber[]> {
  const rows = await all(db).where('s.product_id', '=', productId).orderBy('p.owner_name').orderBy('p.consumer').execute()
  const told = await Promise.all(rows.map(async (row): Promise<Subscriber> => ({ accountId: row.owner_id, account: row.owner_name, ...await standingOf(db, row, streamOf(row), now) })))
  return told.toSorted((a, b) => b.lag.entries - a.lag.entries)
}

/** How far each consumer of a product's streams is behind. A position that its stream no longer reaches back to is nobody's who reads. */
export async function lagsOf(db: Kysely<Database>, productId: string, now: number): Promise<readonly ({ readonly dataSet: string } & SavedPosition['lag'])[]> {
  const rows = await all(db).where('s.product_id', '=', productId).whereRef('p.number', '>=', (e) => e('s.oldest', '-', '1')).execute()
  return Promise.all(rows.map(async (row) => ({ dataSet: row.data_set, ...await lagOf(db, streamOf(row), placeOf(row), now) })))
}

const standingOf = async (db: Kysely<Database>, row: Row, stream: Stream, now: number): Promise<Omit<SavedPosition, 'position'>> =>
  ({ consumer: row.consumer, address: row.address as unknown as StreamAddress, savedAt: row.saved_at.toISOString(), lag: await lagOf(db, stream, placeOf(row), now) })

const all = (db: Kysely<Database>) => db.selectFrom('stream_position as p').innerJoin('stream as s', 's.id', 'p.stream_id').selectAll('p').select(['s.product_id', 's.data_set', 's.head', 's.oldest'])
const streamOf = (row: { readonly stream_id: string; readonly product_id: string; readonly data_set: string; readonly head: string; readonly oldest: string }): Stream =>
  ({ id: row.stream_id, productId: row.product_id, dataSet: row.data_set, head: Number(row.head), oldest: Number(row.oldest) })

export const printAddress = ({ product, dataSet }: StreamAddress): string => `${product}.${dataSet}`

const placeOf = (row: Pick<Row, 'phase' | 'number' | 'ordinal'>): Place => ({ phase: row.phase as Place['phase'], number: Number(row.number), ordinal: Number(row.ordinal) })

/** Refuses what no reader of this stream can have been given. */
export function checkPlace(stream: Stream, address: StreamAddress, place: Place | undefined): Result<Place> {
  const name = { address: printAddress(address) }
  if (place === undefined) return fail(messages['position-unknown'](name))
  const { phase, number, ordinal } = place
  if (number > stream.head || (phase === 'log' && number === stream.head && ordinal > 0)) return fail(messages['position-ahead'](name))
  if (phase === 'log' && number < stream.oldest - 1) return fail(messages['position-too-old'](name))
  return ok(place)
}

/** What came since. Rows of a snapshot that is still being read count as one entry. */
export async function lagOf(db: Kysely<Database>, stream: Stream, place: Place, now: number): Promise<SavedPosition['lag']> {
  const row = await db.selectFrom('stream_segment').select((e) => [e.fn.sum<string>('entries').as('entries'), e.fn.min('at').as('since')])
    .where('stream_id', '=', stream.id).where('number', '>', String(place.number)).executeTakeFirst()
  const entries = Number(row?.entries ?? 0) + (place.phase === 'initial' ? 1 : -place.ordinal)
  return { entries, milliseconds: entries === 0 || row?.since == null ? 0 : Math.max(0, now - row.since.getTime()) }
}

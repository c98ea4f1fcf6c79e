// A place in a stream → the next entries that its reader sees, and where to go on. Segments come one after the other; a
// snapshot to begin with comes before what changed after it.

import type { Kysely } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Database } from '@tulle/store'
import { findStream, newestSnapshot, readSegment, segmentBefore } from './log.ts'
import { messages } from './messages.ts'
import type { PositionSeal } from './position.ts'
import { checkPlace, printAddress } from './positions.ts'
import type { From, GovernedChanges, GovernedRow, Place, Segment, Stream, StreamEntry, StreamPage, StreamRead, StreamSnapshots } from './types.ts'

export interface ReadingOptions { readonly db: Kysely<Database>; readonly governed: GovernedChanges; readonly snapshots: StreamSnapshots; readonly seal: PositionSeal }

/** Entries of one batch. */
export const MOST_ENTRIES = 10_000
/** Entries that are looked at in one go, whether the reader sees them or not. */
const WINDOW = 100_000
/** Looks for one batch; then it is handed over as it is. */
const LOOKS = 32

export async function readStream(options: ReadingOptions, read: StreamRead): Promise<Result<StreamPage>> {
  const { db, governed, seal } = options
  const target = await governed.target(read.reader, read.address, read.port)
  if (!target.ok) return target
  const stream = await findStream(db, { productId: target.value.productId, dataSet: target.value.stored })
  if (stream === undefined) return fail(messages['stream-unknown']({ address: printAddress(read.address) }))
  const begin = await placeOf(options, stream, read)
  if (!begin.ok) return begin
  const limit = Math.max(1, Math.min(read.limit, MOST_ENTRIES))
  const entries: StreamEntry[] = []
  let [place, rights] = [begin.value, target.value.rights]
  for (let looks = 0; looks < LOOKS && entries.length < limit && !read.signal.aborted; looks += 1) {
    const step = await next(options, { stream, place, read, limit: limit - entries.length })
    if (!step.ok) return step
    if (step.value === undefined) return ok({ entries, next: seal.print(stream.id, place), end: true, rights })
    entries.push(...step.value.entries)
    place = step.value.place
    // Rows under other rights than those before are another batch.
    if (step.value.rights !== undefined && step.value.rights !== rights) {
      rights = step.value.rights
      break
    }
  }
  return ok({ entries, next: seal.print(stream.id, place), end: false, rights })
}

async function placeOf({ db, seal }: ReadingOptions, stream: Stream, { address, from }: Pick<StreamRead, 'address' | 'from'>): Promise<Result<Place>> {
  const log = (number: number): Result<Place> => checkPlace(stream, address, { phase: 'log', number, ordinal: 0 })
  if (from === 'now') return log(stream.head)
  if (from === 'start') {
    const newest = await newestSnapshot(db, stream)
    return newest === undefined ? log(stream.oldest - 1) : ok({ phase: 'initial', number: newest.number, ordinal: 0 })
  }
  if ('position' in from) return checkPlace(stream, address, seal.parse(stream.id, from.position))
  if ('time' in from) {
    const number = await segmentBefore(db, stream, from.time)
    // What came before it is no longer known, so it may have been later.
    return number === 0 && stream.oldest > 1 ? fail(messages['position-too-old']({ address: printAddress(address) })) : log(number)
  }
  const segment = await newestSnapshot(db, stream, from.snapshot)
  return segment === undefined ? fail(messages['position-too-old']({ address: printAddress(address) })) : log(segment.number)
}

interface Step { readonly entries: readonly StreamEntry[]; readonly place: Place; readonly rights?: string }
interface Looking { readonly stream: Stream; readonly place: Place; readonly read: StreamRead; readonly limit: number }

/** The next entries of one segment; undefined at the end of the log. */
async function next(options: ReadingOptions, looking: Looking): Promise<Result<Step | undefined>> {
  const { stream, place, read } = looking
  const tooOld = fail(messages['position-too-old']({ address: printAddress(read.address) }))
  if (place.phase === 'initial') {
    const segment = await readSegment(options.db, stream, place.number)
    if (segment?.toSnapshot === undefined) return tooOld
    const size = await options.snapshots.size(stream.productId, stream.dataSet, segment.toSnapshot)
    if (!size.ok) return size
    return size.value === undefined ? tooOld : rowsOf(options, looking, { segment, count: size.value, isInitial: true })
  }
  if (place.number >= stream.head) return ok(undefined)
  const segment = await readSegment(options.db, stream, place.number + 1)
  if (segment === undefined) return tooOld
  if (segment.kind === 'event') return ok(eventOf(options, stream, segment))
  // Where nothing was before there are its rows. One that follows a snapshot is a new beginning: who has rows would have both.
  if (segment.kind === 'base') return segment.fromSnapshot === undefined ? ok({ entries: [], place: { phase: 'initial', number: segment.number, ordinal: 0 } }) : tooOld
  return rowsOf(options, looking, { segment, count: segment.count })
}

function eventOf({ seal }: ReadingOptions, stream: Stream, segment: Segment): Step {
  const place: Place = { phase: 'log', number: segment.number, ordinal: 0 }
  const position = seal.print(stream.id, place)
  const { type = '', data = {} } = segment.event ?? {}
  return { place, entries: [{ kind: 'event', id: position, position, type, data, ...factsOf(segment) }] }
}

interface Part { readonly segment: Segment; readonly count: number; readonly isInitial?: true }

async function rowsOf({ governed, seal }: ReadingOptions, { stream, place, read, limit }: Looking, { segment, count, isInitial }: Part): Promise<Result<Step>> {
  const done: Place = { phase: 'log', number: segment.number, ordinal: 0 }
  const upTo = Math.min(count, place.ordinal + WINDOW)
  if (place.ordinal >= count) return ok({ entries: [], place: done })
  const snapshot = segment.toSnapshot ?? ''
  const found = await governed.rows({
    ...read, limit, after: place.ordinal, upTo,
    part: isInitial === true ? { kind: 'snapshot', snapshot } : { kind: 'segment', snapshot, file: segment.file ?? '' },
  })
  // What was rolled back is no version to anybody any more.
  if (!found.ok) return found.diagnostics.some(({ code }) => code === 'unknown-version') ? fail(messages['position-too-old']({ address: printAddress(read.address) })) : found
  const { rows, rights, isCut = false } = found.value
  const reached = rows.length === limit || isCut ? (rows.at(-1)?.ordinal ?? upTo) : upTo
  const at = (ordinal: number): Place => (isInitial !== true && ordinal === count ? done : { ...place, ordinal })
  const entries = rows.map((row) => changeOf(row, { segment, position: seal.print(stream.id, at(row.ordinal)), ...(isInitial && { isInitial }) }))
  return ok({ entries, place: reached >= count ? done : at(reached), rights })
}

function changeOf({ op, key, before, after }: GovernedRow, { segment, position, isInitial }: { readonly segment: Segment; readonly position: string; readonly isInitial?: true }): StreamEntry {
  return {
    kind: 'row', id: position, position, op, ...(isInitial && { isInitial }),
    ...(key !== undefined && { key }), ...(before !== undefined && { before }), ...(after !== undefined && { after }),
    ...factsOf(segment), snapshot: segment.toSnapshot ?? '',
  }
}

const factsOf = ({ toSnapshot, runId, contractVersion, at }: Segment) => ({
  ...(toSnapshot !== undefined && { snapshot: toSnapshot }), ...(runId !== undefined && { run: runId }), ...(contractVersion !== undefined && { schemaVersion: contractVersion }), time: new Date(at).toISOString(),
})

/** As it is written in addresses and on the command line: a word, `snapshot:…`, `time:…`, or a position. */
export function readFrom(text: string): Result<From> {
  if (text === 'start' || text === 'now') return ok(text)
  const [, kind, rest = ''] = /^(snapshot|time|position):(.{1,100})$/u.exec(text) ?? []
  if (kind === 'snapshot') return ok({ snapshot: rest })
  if (kind === 'time') return Number.isNaN(Date.parse(rest)) ? fail(messages['bad-stream-time']({ text: rest })) : ok({ time: Date.parse(rest) })
  return ok({ position: kind === 'position' ? rest : text })
}

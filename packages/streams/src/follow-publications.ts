// The outbox → segments: what is published becomes what changed since, and what happens to a product stands between. A segment's
// file is whole and on disk before the row that names it; the row, the place of the outbox behind it, so that nothing is lost and
// nothing is there twice.

import { join } from 'node:path'
import type { Clock, Diagnostic, Json, Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RelationFile } from '@tulle/engine'
import type { Schema } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import type { Following, OutboxEvent, Store } from '@tulle/store'
import { followOutbox } from '@tulle/store'
import type { WorkPlace } from './engine-work.ts'
import { withEngine } from './engine-work.ts'
import { appendSegment, findStream, holdStream, newestSnapshot } from './log.ts'
import type { NewSegment, Segment } from './types.ts'
import { writeChanges } from './write-changes.ts'

/** Port: the data sets that are streamed, and their snapshots. */
export interface PublicationSource {
  /** What an event is about that is streamed: data sets as they are stored. */
  streamed(of: { readonly productId?: string; readonly product?: string; readonly dataSet?: string }): Promise<readonly StreamedDataSet[]>
  /** What is published now. */
  current(of: StreamedDataSet): Promise<Result<string | undefined>>
  /** What is known of a snapshot; undefined where it is no longer kept. */
  snapshot(of: StreamedDataSet, snapshot: string): Promise<Result<PublishedSnapshot | undefined>>
  /** The files that only one of them has; undefined where `from` is no longer kept. */
  difference(of: StreamedDataSet, from: string, to: string): Promise<Result<SnapshotDifference | undefined>>
}
export interface StreamedDataSet { readonly productId: string; readonly dataSet: string }
export interface PublishedSnapshot { readonly rows: number; readonly runId?: string; readonly contractVersion?: string }
export interface SnapshotDifference {
  readonly schema: Schema
  /** Columns by which a row is the same row. */
  readonly key: readonly string[]
  readonly before: readonly RelationFile[]
  readonly after: readonly RelationFile[]
}

export interface FollowPublicationsOptions extends WorkPlace {
  readonly store: Store
  readonly objects: Objects
  readonly source: PublicationSource
  readonly clock: Clock
  readonly warn: (message: string, why: string) => void
}

const PUBLISHED = 'tulle.product.published'
/** What consumers are told between changes of rows. */
export const LIFE_CYCLE = [PUBLISHED, 'tulle.product.rolled-back', 'tulle.schema.changed', 'tulle.data-set.deprecated', 'tulle.incident.opened', 'tulle.incident.resolved', 'tulle.erasure.finished', 'tulle.resource.changed'] as const
/** A port that is new begins with what is there. */
const APPLIED = 'tulle.apply.finished'
/** Of one publication; then consumers begin anew. */
const TRIES = 4

export function followPublications(options: FollowPublicationsOptions): Following {
  const failures = new Map<string, number>()
  return followOutbox(options.store, {
    consumer: 'streams',
    types: [...LIFE_CYCLE, APPLIED],
    clock: options.clock,
    handle: async (event) => {
      for (const of of await options.source.streamed(event.type === APPLIED ? {} : aboutOf(event))) await take(options, { event, of, failures })
      failures.delete(event.id)
    },
    onFailure: (error, event) => options.warn('what was published could not be taken into the streams yet', `${event?.id ?? ''} ${error instanceof Error ? error.message : String(error)}`),
  })
}

function aboutOf({ subject = '', data }: OutboxEvent): { readonly productId?: string; readonly product?: string; readonly dataSet?: string } {
  const text = (name: string): string | undefined => (typeof data[name] === 'string' ? data[name] : undefined)
  const [, product, dataSet] = /^data-set:([a-z0-9_]+)\.([a-z0-9_]+)$/u.exec(subject) ?? []
  const found = { productId: text('productId'), product: text('product') ?? product ?? (/^[a-z][a-z0-9_]*$/u.test(subject) ? subject : undefined), dataSet: text('dataSet') ?? dataSet }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

interface Taking { readonly event: OutboxEvent; readonly of: StreamedDataSet; readonly failures: Map<string, number> }

async function take(options: FollowPublicationsOptions, taking: Taking): Promise<void> {
  const { event, of } = taking
  const { store } = options
  // A resource that changed is told of where it is the data set itself.
  if (event.type === 'tulle.resource.changed' && event.subject?.startsWith('data-set:') !== true) return
  const snapshots = event.type === PUBLISHED ? (event.data['snapshots'] as Readonly<Record<string, Json>> | undefined) : undefined
  if (event.type === APPLIED && (await findStream(store.db, of)) !== undefined) return
  const to = event.type === APPLIED ? valueOf(await options.source.current(of)) : snapshots?.[of.dataSet]
  const rows = typeof to === 'string' ? await changesTo(options, taking, to) : undefined
  const told: NewSegment = {
    kind: 'event', eventId: event.id, at: Date.parse(event.time), count: 1, event: { type: event.type, data: event.data },
    ...(rows?.toSnapshot !== undefined && { toSnapshot: rows.toSnapshot }), ...(rows?.runId !== undefined && { runId: rows.runId }), ...(rows?.contractVersion !== undefined && { contractVersion: rows.contractVersion }),
  }
  // What is published again as it was has nothing to say.
  if ((event.type === PUBLISHED || event.type === APPLIED) && rows === undefined) return
  await store.db.transaction().execute(async (tx) => {
    const stream = await holdStream(tx, of)
    if (rows !== undefined) await appendSegment(tx, stream, rows)
    if (event.type !== APPLIED) await appendSegment(tx, stream, told)
  })
}

/** The segment that leads to a snapshot, its file on disk; undefined where the stream is there already, or the snapshot is gone. */
async function changesTo(options: FollowPublicationsOptions, { event, of, failures }: Taking, to: string): Promise<NewSegment | undefined> {
  const { store, source } = options
  const stream = await findStream(store.db, of)
  const newest = stream === undefined ? undefined : await newestSnapshot(store.db, stream)
  if (newest?.toSnapshot === to) return undefined
  const published = valueOf(await source.snapshot(of, to))
  if (published === undefined) return undefined
  const { rows, ...facts } = published
  const common = { eventId: event.id, at: Date.parse(event.time), toSnapshot: to, ...facts }
  const anew = (from?: string): NewSegment => ({ ...common, kind: 'base', count: rows, ...(from !== undefined && { fromSnapshot: from }) })
  if (newest?.toSnapshot === undefined) return anew()
  const from = newest.toSnapshot
  const compared = await compare(options, of, { from, to, eventId: event.id })
  if (compared.ok) return compared.value === undefined ? anew(from) : { ...common, kind: 'changes', fromSnapshot: from, ...compared.value }
  const failed = (failures.get(event.id) ?? 0) + 1
  failures.set(event.id, failed)
  if (failed < TRIES) throw new Error(compared.diagnostics.map(({ message }) => message).join(' '))
  options.warn(`what changed in ${of.productId}/${of.dataSet} from ${from} to ${to} cannot be told: its consumers begin anew`, compared.diagnostics[0]?.message ?? '')
  return anew(from)
}

async function compare(options: FollowPublicationsOptions, of: StreamedDataSet, { from, to, eventId }: { readonly from: string; readonly to: string; readonly eventId: string }): Promise<Result<Pick<Segment, 'count' | 'file'> | undefined>> {
  const { source, objects } = options
  const difference = await source.difference(of, from, to)
  if (!difference.ok) return difference
  if (difference.value === undefined) return ok(undefined)
  const { schema, key, before, after } = difference.value
  if (before.length === 0 && after.length === 0) return ok({ count: 0 })
  return withEngine(options, async ({ process, place, folder }) => {
    const path = join(folder, 'changes.parquet')
    const count = await writeChanges({ process, schema, key, before: await place(before), after: await place(after), path })
    if (!count.ok) return count
    if (count.value === 0) return ok({ count: 0 })
    // The same event gives the same file, so one that is there is this one, from before a crash.
    const name = `${of.productId}/streams/${of.dataSet}/${to}-${eventId}.parquet`
    const kept = await objects.adopt(name, path)
    if (!kept.ok && kept.diagnostics[0]?.code !== 'object-exists') return kept
    return ok({ count: count.value, file: objects.address(name) })
  })
}

function valueOf<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw new Error(result.diagnostics.map((one: Diagnostic) => one.message).join(' '))
}

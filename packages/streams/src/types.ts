// The nouns of streams: what changed, where it stands, who reads it, and how far he came.

import type { Json, Result } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'

/** A data set as consumers call it: the schema of a product (`flights`, `flights@2`) and the data set's name in it. */
export interface StreamAddress { readonly product: string; readonly dataSet: string }

/** Who reads, as of now: asked again before each batch. The same as the gateway's `Who`, so that may be handed in. */
export type Reader = () => Promise<Result<StreamAsker>>
export interface StreamAsker {
  readonly subject: Subject
  readonly purpose: string | undefined
  readonly purposes: readonly string[]
  readonly token?: string
}

/**
 * Where to begin. `start`: the rows of the newest snapshot as inserts, then what changes, without gap or overlap. `now`: what
 * comes. A position: after it. A snapshot: what changed since that one was published. A time (milliseconds since 1970): what
 * was published after it.
 */
export type From = 'start' | 'now' | { readonly position: string } | { readonly snapshot: string } | { readonly time: number }

/** A row that changed, as its reader sees it: a row that leaves his filter is deleted for him, one that enters it inserted. */
export interface RowChange {
  readonly kind: 'row'
  /** The same whenever it is read again, by whomever. */
  readonly id: string
  /** Where to go on after it. */
  readonly position: string
  readonly op: 'insert' | 'update' | 'delete'
  /** A row of the snapshot that the reader began with. */
  readonly isInitial?: true
  /** The key as a JSON object; absent where there is none, or the reader does not see all of it as it is. */
  readonly key?: string
  /** The row as a JSON object in text, so that numbers keep every digit. `before` of updates and deletes, `after` of inserts and updates. */
  readonly before?: string
  readonly after?: string
  readonly snapshot: string
  readonly run?: string
  /** The version of the contract that the snapshot keeps. */
  readonly schemaVersion?: string
  /** When it was published, ISO 8601. */
  readonly time: string
}

/** Something that happened to the data set or its product. `data` holds references, never row values. */
export interface LifeCycleEvent {
  readonly kind: 'event'
  readonly id: string
  readonly position: string
  /** Type of the event in the outbox, such as `tulle.product.published`, `tulle.schema.changed`, `tulle.incident.opened`. */
  readonly type: string
  readonly data: Readonly<Record<string, Json | undefined>>
  readonly snapshot?: string
  readonly run?: string
  readonly schemaVersion?: string
  readonly time: string
}
export type StreamEntry = RowChange | LifeCycleEvent

/** A bounded batch. */
export interface StreamPage {
  readonly entries: readonly StreamEntry[]
  /** Where to go on; moves even where nothing of what was passed is the reader's to see. */
  readonly next: string
  /** Nothing more is there now. */
  readonly end: boolean
  /** Another text when the reader's rights are others: what he kept may hold rows or values that he would not see now. */
  readonly rights: string
}

export interface StreamRead {
  readonly reader: Reader
  readonly address: StreamAddress
  readonly from: From
  /** At most so many entries; at most 10,000. */
  readonly limit: number
  /** For the audit. */
  readonly port: StreamPort
  readonly signal: AbortSignal
}
/** The kind of output port that a stream is read by; it has to offer the data set. `stream` is HTTP: server-sent events and batches. */
export type StreamPort = 'stream' | 'webhook' | 'kafka'

/** A consumer's named position. */
export interface SavedPosition {
  readonly consumer: string
  readonly address: StreamAddress
  readonly position: string
  readonly savedAt: string
  /** How much has been appended since: entries, those that the reader does not see among them, and milliseconds since the oldest of them. */
  readonly lag: { readonly entries: number; readonly milliseconds: number }
}

export interface SavePosition {
  readonly reader: Reader
  readonly address: StreamAddress
  /** `[a-z0-9][a-z0-9_.-]{0,62}`, the reader's own name for one that reads. */
  readonly consumer: string
  readonly position: string
  /** Back is only gone on purpose. */
  readonly replay?: boolean
}

/** A consumer of a product's streams, for whoever keeps the product; the position itself is its reader's own. */
export interface Subscriber extends Pick<SavedPosition, 'consumer' | 'address' | 'savedAt' | 'lag'> { readonly accountId: string; readonly account: string }

export interface Positions {
  save(saved: SavePosition): Promise<Result<SavedPosition>>
  /** Undefined where nothing was saved. */
  read(reader: Reader, address: StreamAddress, consumer: string): Promise<Result<SavedPosition | undefined>>
  /** The reader's own. */
  list(reader: Reader): Promise<Result<readonly SavedPosition[]>>
  forget(reader: Reader, address: StreamAddress, consumer: string): Promise<Result<void>>
}

export interface Streams {
  /** One bounded batch, decided anew. Cheap when nothing is new. */
  read(read: StreamRead): Promise<Result<StreamPage>>
  /** What a batch would say of the reader's rights now, or why there are none. */
  rights(reader: Reader, address: StreamAddress, port: StreamPort): Promise<Result<string>>
  /** Resolves when something is appended to any stream after the call, or after so many milliseconds, or with the signal. Call it before the read that finds nothing. */
  appended(milliseconds: number, signal: AbortSignal): Promise<void>
  readonly positions: Positions
}

/** What the log keeps of one step of a stream. `base`: a snapshot to begin with; its rows are in the table, not here. */
export type SegmentKind = 'base' | 'changes' | 'event'

/** A stretch of the log. INVARIANT: it never changes, but that an erasure takes rows out of its file and leaves the others' numbers. */
export interface Segment {
  readonly streamId: string
  readonly number: number
  readonly kind: SegmentKind
  /** Of the event in the outbox that it was made for. */
  readonly eventId: string
  readonly fromSnapshot?: string
  readonly toSnapshot?: string
  readonly runId?: string
  readonly contractVersion?: string
  /** Milliseconds since 1970: when it became true. */
  readonly at: number
  /** Entries in it. */
  readonly count: number
  readonly file?: string
  readonly event?: { readonly type: string; readonly data: Readonly<Record<string, Json | undefined>> }
}
export type NewSegment = Omit<Segment, 'streamId' | 'number'>

export interface Stream {
  readonly id: string
  readonly productId: string
  /** As it is stored, which is what its versions share. */
  readonly dataSet: string
  /** Number of its newest segment; 0 where there is none. */
  readonly head: number
  /** Number of the oldest segment that is kept. */
  readonly oldest: number
}

/**
 * What stands in a stream. `initial`: the first `ordinal` rows of the snapshot of segment `number` are read. `log`: all segments up
 * to `number` are read, and the first `ordinal` entries of the next.
 */
export interface Place { readonly phase: 'initial' | 'log'; readonly number: number; readonly ordinal: number }

/** What the reader may read at an address. */
export interface StreamTarget { readonly productId: string; readonly stored: string; readonly subject: Subject; readonly rights: string }

/** Entries `after` < ordinal ≤ `upTo` of a segment's file, or rows of a snapshot, numbered from 1 through its files. */
export interface PartRead {
  readonly reader: Reader
  readonly address: StreamAddress
  readonly part: { readonly kind: 'segment'; readonly snapshot: string; readonly file: string } | { readonly kind: 'snapshot'; readonly snapshot: string }
  readonly after: number
  readonly upTo: number
  readonly limit: number
  readonly port: StreamPort
  readonly signal: AbortSignal
}

/** The first `limit` of them that the reader sees, in order; fewer where they are large, and then `isCut`. */
export interface GovernedPart { readonly rows: readonly GovernedRow[]; readonly rights: string; readonly isCut?: true }
export interface GovernedRow { readonly ordinal: number; readonly op: RowChange['op']; readonly key?: string; readonly before?: string; readonly after?: string }

/** Port: answers for the rights of readers. The gateway does, once for each kind of port. */
export interface GovernedChanges {
  /** What the reader may read at this address, or why not. */
  target(reader: Reader, address: StreamAddress, port: StreamPort): Promise<Result<StreamTarget>>
  rows(read: PartRead): Promise<Result<GovernedPart>>
}

/** Port: what is known of the snapshots of a data set. */
export interface StreamSnapshots {
  /** How many rows the files of a snapshot hold, deleted ones counted; undefined where it is no longer kept. */
  size(productId: string, stored: string, snapshot: string): Promise<Result<number | undefined>>
}


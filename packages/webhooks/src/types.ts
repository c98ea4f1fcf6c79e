// The nouns of webhooks: who wants which events where, what an event is, what became of a delivery. No behaviour.

import type { Clock, Json, Result } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { Network } from '@tulle/sources'
import type { Store } from '@tulle/store'
import type { StreamAddress } from '@tulle/streams'

/** What a consumer may want to hear of a product. The last three are changes of its rows. */
export const KINDS = ['published', 'schema-changed', 'quarantined', 'incident', 'deprecated', 'erased', 'insert', 'update', 'delete'] as const
export type Kind = (typeof KINDS)[number]

export interface Filter {
  /** Of rows: no other column is sent. */
  readonly columns?: readonly string[]
  /** In CEL, over `kind`, `data_set`, `row` and `before`, as the consumer may see them. */
  readonly condition?: string
}

/** A request carries at most so many events, and waits so long for more of them. */
export interface Batch { readonly size: number; readonly milliseconds: number }

/** A wish to be told. Its secret is nowhere: it follows from the mesh's own. */
export interface Webhook {
  readonly id: string
  readonly accountId: string
  readonly productId: string
  /** Absent: every data set that the account may read. */
  readonly dataSet?: string
  readonly url: string
  readonly purpose?: string
  readonly kinds: readonly Kind[]
  readonly filter: Filter
  readonly batch: Batch
  readonly note?: string
  readonly createdAt: Date
  readonly state: 'active' | 'paused'
  readonly paused?: { readonly by: string; readonly why: string }
  readonly salt: string
  readonly generation: number
  /** Until then the secret before signs too. */
  readonly previousUntil?: Date
  /** Everything up to there was taken by the target, or set aside as a dead letter. */
  readonly position: string
  /** Another after each replay: what was on its way before moves the position no more. */
  readonly epoch: number
  /** Tries in a row that failed. */
  readonly failures: number
  readonly failingSince?: Date
  readonly nextAt?: Date
  readonly trouble?: string
  readonly delivered: string
  readonly lastDeliveredAt?: Date
}

/** An event for a consumer, before it is put into an envelope. `id` is the same on every delivery. */
export interface FeedEvent {
  readonly id: string
  readonly kind: Kind
  readonly type: string
  readonly subject?: string
  readonly time: string
  readonly dataSet?: string
  readonly data: Readonly<Record<string, Json | undefined>>
  /** The same as JSON, where it holds rows: as they are written, so that numbers keep every digit. */
  readonly dataText?: string
  /** Of changes of rows, as JSON: what the condition is asked about. */
  readonly row?: string
  readonly before?: string
  /** The place after it. */
  readonly position: string
}

export interface Reading {
  readonly events: readonly FeedEvent[]
  /** The place up to which was read: there may be nothing for this consumer before it. */
  readonly position: string
  /** There is more behind it. */
  readonly more: boolean
}

/** What a subscriber may see of a product at this moment. */
export interface Seen {
  readonly subject: Subject
  readonly purpose: string | undefined
  readonly product: string
  /** By stored name; `whole` where no column is hidden; `address` is what ports call it, where that is not `product` and this name. */
  readonly dataSets: ReadonlyMap<string, { readonly columns: ReadonlySet<string>; readonly whole: boolean; readonly address?: StreamAddress }>
}

/** Port: where events come from. */
export interface Feed {
  /** The place after which a new subscription begins, or a replay. */
  placeOf(webhook: { readonly productId: string; readonly dataSet?: string; readonly kinds: readonly Kind[] }, from: From, seen: Seen | undefined): Promise<Result<string>>
  /** At most `limit` events after a place, oldest first, each as this consumer may see it. */
  read(webhook: Webhook, seen: Seen, options: { readonly after: string; readonly limit: number; readonly signal: AbortSignal }): Promise<Result<Reading>>
  /** How far behind a place is; zero where nothing is waiting. */
  lag(webhook: Webhook, seen: Seen | undefined): Promise<Lag>
  /** Calls when there may be something new, of one product or of any. */
  listen(hear: (productId: string | undefined) => void): () => void
}

export type From = { readonly at: 'start' | 'now' } | { readonly at: 'time'; readonly time: Date } | { readonly at: 'position'; readonly position: string }

/** `milliseconds`: how long the oldest waiting event waits. */
export interface Lag { readonly events: number; readonly milliseconds: number }

/** What became of one request. Nothing of its rows, and nothing of the reply but the status. */
export interface Delivery {
  readonly kind: 'events' | 'test' | 'dead-letter'
  readonly at: Date
  readonly message: string
  readonly events: number
  readonly firstEvent?: string
  readonly lastEvent?: string
  readonly bytes: number
  readonly status?: number
  readonly milliseconds: number
  readonly outcome: 'delivered' | 'failed' | 'refused'
  readonly trouble?: string
}

/** An event that its target never took, by its place. */
export interface DeadLetter {
  readonly id: string
  readonly event: string
  readonly type: string
  readonly reason: string
  readonly at: Date
  readonly state: 'dead' | 'asked again' | 'delivered'
}

/** `refused`: the target does not want exactly this. `gone`: it wants nothing more. */
export type Sent =
  | { readonly outcome: 'delivered'; readonly status: number }
  | { readonly outcome: 'failed' | 'refused' | 'gone'; readonly status?: number; readonly trouble: string; readonly waitMilliseconds?: number }

export interface Limits {
  /** Of one event in its envelope. */
  readonly eventBytes: number
  readonly batchBytes: number
  readonly tryMilliseconds: number
  /** Requests at a time: to one host, to all that answer soon, to all that do not. */
  readonly perHost: number
  readonly atOnce: number
  readonly slowAtOnce: number
  /** After so long without one success a webhook is paused. */
  readonly failingMilliseconds: number
  /** An event that is refused so often by itself becomes a dead letter. */
  readonly refusals: number
}

export interface WebhookOptions {
  readonly store: Store
  readonly clock: Clock
  readonly feed: Feed
  /** What the subscriber sees now; undefined where that is nothing. Asked before every request. */
  readonly see: (webhook: Webhook) => Promise<Seen | undefined>
  /** Which inner hosts the operator lists. */
  readonly network: Network
  /** Of the mesh; secrets of webhooks follow from it. */
  readonly meshSecret: string
  /** Where people find the mesh: CloudEvents name their source by it. */
  readonly publicUrl: string
  /** Told when a webhook was paused because its target fails. */
  readonly onPaused?: (webhook: Webhook, why: string) => Promise<void>
  readonly warn?: (message: string) => void
  /** Between 0 and 1, for jitter. */
  readonly random?: () => number
  readonly limits?: Partial<Limits>
}

// The nouns of the export watch: what has left, what is usual, what is too much.

import type { Result } from '@tulle/kernel'
import type { Asker, VisibleTable } from '../types.ts'

/** How much left in some time: rows and bytes that were handed out, statements that were begun. */
export interface Amount { readonly rows: number; readonly bytes: number; readonly statements: number }

/**
 * What one subject may take of one product within an hour. Beyond `most` it is suspicious whoever it is; beyond `usual` where it
 * is also `factor` times as much as the subject's own fullest hour before, once there were `hours` of them.
 */
export interface ExportBudget { readonly most: Amount; readonly usual: Amount; readonly factor: number; readonly hours: number }

/** The subject's own past with a product: the fullest of its hours, and how many there were. */
export interface Baseline { readonly fullest: Amount; readonly hours: number }

export type Verdict =
  | { readonly kind: 'fine' }
  | { readonly kind: 'suspicious'; readonly what: keyof Amount; readonly amount: number; readonly allowed: number; readonly rule: 'budget' | 'baseline' }

/** A subject's way to a product that was closed, until somebody who may opens it. */
export interface Freeze {
  readonly id: string
  readonly subjectId: string
  readonly subject: string
  readonly productId: string
  readonly product: string
  readonly at: number
  readonly what: keyof Amount
  readonly amount: number
  readonly allowed: number
  readonly rule: 'budget' | 'baseline'
  readonly thawedAt?: number
  readonly thawedBy?: string
}

export interface Slot extends Amount { readonly start: number }

/** What is known of a subject and a product when its watch begins. */
export interface Past { readonly recent: readonly Slot[]; readonly baseline: Baseline; readonly frozen?: Freeze; readonly thawedAt?: number }

export interface PairOf { readonly subjectId: string; readonly productId: string }

/** Port: keeps what left, across restarts and for all processes. */
export interface ExportLedger {
  past(pair: PairOf, now: number): Promise<Past>
  /** Adds to what is kept. */
  add(pair: PairOf, slot: Slot): Promise<void>
  /** Closes the way, tells it in the outbox, and answers the freeze that is in force: this one, or one that was there. */
  freeze(freeze: Freeze): Promise<Freeze>
  /** Undefined where there is none such in force. */
  thaw(id: string, by: string, at: number): Promise<Freeze | undefined>
  /** Newest first. */
  freezes(): Promise<readonly Freeze[]>
}

/** Port: asked before a statement, and before each batch leaves. */
export interface ExportWatch {
  begin(asker: Asker, tables: readonly VisibleTable[]): Promise<Result<WatchedExport>>
}

/** One statement under watch. */
export interface WatchedExport {
  /** How many rows may be fetched next, of so many that are wanted; at least one, so that it is seen whether there are more. */
  allowance(wanted: number): number
  /** Of what is about to leave. INVARIANT: where it fails, nothing of it leaves, and nothing after it. */
  take(rows: number, bytes: number): Promise<Result<void>>
  /** Says that no more will be taken. */
  end(): Promise<void>
}

/** Watches nothing, for rooms that give nothing to anybody. */
export const unwatched: ExportWatch = {
  begin: async () => ({ ok: true, value: { allowance: (wanted) => wanted, take: async () => ({ ok: true, value: undefined, diagnostics: [] }), end: async () => undefined }, diagnostics: [] }),
}

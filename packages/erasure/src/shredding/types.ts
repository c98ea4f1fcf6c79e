// The nouns of crypto-shredding: which columns, whose keys.

import type { Clock, Result } from '@tulle/kernel'
import type { Engine } from '@tulle/engine'
import type { FileCipher, TableName } from '@tulle/lake'
import type { Store } from '@tulle/store'

/** What a contract asks for: columns by name, and the one of them by whose values persons are told apart. */
export interface ShreddingRule {
  readonly key: string
  readonly columns: readonly string[]
  /** What text columns show of a person who was shredded; without it null, and `[shredded]` where there must be a value. */
  readonly word?: string | undefined
}

export interface ShreddingOptions {
  readonly store: Store
  readonly engine: Engine
  readonly clock: Clock
  /** What the contract of a table asks for now; undefined: nothing. */
  readonly ruleOf: (table: TableName) => Promise<ShreddingRule | undefined>
  /** Plain copies of files, and folders of engine processes; emptied when it opens. Nobody else may list it. */
  readonly workFolder: string
  /** The key that keys of persons are kept under, 64 hexadecimal digits. Whoever loses it loses what they protect. */
  readonly secret: string
  /** Bytes of plain copies that are kept. */
  readonly mostBytes?: number
}

export interface Shredding extends FileCipher {
  /**
   * Destroys keys of a table, all or none, for an erasure; how many of them this erasure has destroyed by now. From then on nobody opens
   * what they sealed, in any process.
   */
  destroy(table: string, keys: readonly string[], erasure: string): Promise<number>
  /** Which keys of a table an erasure has destroyed. */
  destroyedBy(table: string, erasure: string): Promise<readonly string[]>
  /** Removes every plain copy of this process. */
  forget(): Promise<void>
  close(): Promise<void>
}

/** `id` is what seals call it. Without bytes it was destroyed. */
export interface PersonKey { readonly id: string; readonly bytes: Uint8Array | undefined }

export interface KeyRing {
  /** The keys of a table's persons by their value, made where there was none. */
  of(table: string, persons: readonly string[]): Promise<Result<ReadonlyMap<string, PersonKey>>>
  /** Keys that are nobody's, for rows that do not say whose they are. */
  fresh(table: string, count: number): Promise<readonly PersonKey[]>
  /** Those of these ids that there are, destroyed ones too. */
  find(table: string, ids: readonly string[]): Promise<Result<ReadonlyMap<string, PersonKey>>>
  destroy(table: string, ids: readonly string[], erasure: string): Promise<number>
  destroyedBy(table: string, erasure: string): Promise<readonly string[]>
  /** Another number after each destruction of keys of the table, by whatever process. */
  epoch(table: string): Promise<number>
}

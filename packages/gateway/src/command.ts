// The noun of what is no query: a command that is answered by the session itself, or that leads a query in.

import type { CopyForm } from '@tulle/engine'

export type Command =
  | { readonly kind: 'begin'; readonly tag: 'BEGIN' | 'START TRANSACTION' }
  | { readonly kind: 'commit' }
  | { readonly kind: 'rollback' }
  | { readonly kind: 'savepoint'; readonly name: string }
  | { readonly kind: 'release'; readonly name: string }
  | { readonly kind: 'rollback-to'; readonly name: string }
  /** `value` undefined is the default again. */
  | { readonly kind: 'set'; readonly name: string; readonly value: string | undefined; readonly local: boolean }
  /** A SET of what has no effect here, such as the isolation of transactions that only read. */
  | { readonly kind: 'accepted'; readonly tag: string }
  | { readonly kind: 'show'; readonly name: string }
  | { readonly kind: 'show-all' }
  | { readonly kind: 'reset'; readonly name: string }
  | { readonly kind: 'reset-all' }
  | { readonly kind: 'discard'; readonly what: string }
  | { readonly kind: 'deallocate'; readonly name: string | undefined }
  | { readonly kind: 'declare'; readonly name: string; readonly hold: boolean; readonly binary: boolean; readonly query: InnerQuery }
  | { readonly kind: 'fetch'; readonly name: string; readonly count: number; readonly move: boolean }
  | { readonly kind: 'close-cursor'; readonly name: string | undefined }
  | { readonly kind: 'copy'; readonly query: InnerQuery; readonly options: CopyOptions }
  /** `types` are names of PostgreSQL's types. */
  | { readonly kind: 'prepare'; readonly name: string; readonly types: readonly string[]; readonly query: InnerQuery }
  /** `values` are expressions between commas; empty where there are none. */
  | { readonly kind: 'execute'; readonly name: string; readonly values: string }
  | { readonly kind: 'explain'; readonly format: 'text' | 'json'; readonly query: InnerQuery }

/** A query within a statement. `start` is where it stands there; absent where it was made from something shorter. */
export interface InnerQuery { readonly text: string; readonly start?: number }

/** `forceQuote` names columns of the result. */
export type CopyOptions =
  | { readonly format: 'binary' }
  | (Extract<CopyForm, { format: 'text' }> & { readonly header: boolean })
  | (Omit<Extract<CopyForm, { format: 'csv' }>, 'forceQuote'> & { readonly header: boolean; readonly forceQuote: 'all' | readonly string[] })

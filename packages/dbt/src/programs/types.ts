// The nouns of models that are programs.

import type { Json, Place } from '@tulle/kernel'

/** What a program calls `name`: a data set, or an input port of its product. */
export interface ProgramRead {
  readonly name: string
  readonly ref?: { readonly product?: string; readonly name: string }
  readonly source?: string
  readonly place: Place
}

/** A column of what a program reads, by the name that the program has for it. */
export interface ProgramSource { readonly input: string; readonly column: string }

/** A request to a program that runs elsewhere. Secrets are named, as `{secret: NAME}`. */
export interface ProgramCall {
  readonly url: string
  readonly format: 'arrow' | 'ndjson'
  readonly headers: Readonly<Record<string, Json>>
  readonly timeoutMilliseconds: number
  readonly mostBytes: number
}

/** A model that is no SQL: what it reads, and what may be said of where its columns come from. */
export interface Program {
  readonly kind: 'typescript' | 'http'
  readonly reads: readonly ProgramRead[]
  /** By column, where its author says so. */
  readonly lineage?: Readonly<Record<string, readonly ProgramSource[]>>
  /** Of a call. */
  readonly call?: ProgramCall
  /** Of its code as it means. */
  readonly fingerprint: string
}

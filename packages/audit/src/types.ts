// The nouns of the audit: what a line says, what an entry of the chain is, and what holds the chain from outside.

import type { Json, Result } from '@tulle/kernel'

/** One line of the audit: who asked, what for, which columns, how many rows. No literal of a statement but under `values`. */
export interface AuditLine {
  readonly time: string
  readonly port: 'sql' | 'rest' | 'files' | 'mcp' | 'stream' | 'webhook' | 'kafka' | 'catalogue' | 'iceberg' | 'trino' | 'sign-in' | 'api' | 'event'
  readonly subject: string
  /** The subject's own id, where there is such an account; it never changes. */
  readonly subjectId?: string
  /** The API token that it came by, by its id; absent where it came otherwise. */
  readonly token?: string
  readonly purpose: string | null
  readonly decision: 'allow' | 'deny'
  readonly reads: readonly AuditRead[]
  readonly rows: number
  readonly bytes?: number
  readonly milliseconds: number
  /** `ok`, or the code of the diagnostic that ended it. */
  readonly outcome: string
  readonly reasons: readonly string[]
  /** The names of the rules that decided. */
  readonly rules?: readonly string[]
  /** The statement's text, its literals replaced by `?:int`, `?:text` and the like. */
  readonly statement?: string
  /** What was replaced, in its order. INVARIANT: never kept but enciphered, under a key of this entry alone. */
  readonly values?: readonly Json[]
  /** Of a deed that is no statement: what was done, by references. */
  readonly deed?: Readonly<Record<string, Json>>
}

/** `snapshot` is the one that was read, where it came to that. */
export interface AuditRead {
  readonly product: string
  readonly productId: string
  readonly dataSet: string
  /** The major version, where there are several of it. */
  readonly major?: number
  readonly snapshot?: string
  readonly columns: readonly string[]
  /** How its row filter was applied: by a mask over all rows, or by a slice that holds no others; absent where it has none. */
  readonly form?: 'mask' | 'slice'
}

/** Port: takes audit lines in order. INVARIANT: a line that was taken is not lost while the process lives, nor once it was acknowledged. */
export interface Audit {
  /** Succeeds when the line is on disk. A failure says that it is not there yet: whoever waits for it gives nothing out. */
  record(line: AuditLine): Promise<Result<void>>
  /** Whether lines can be written at this moment; where they cannot, nothing may be read. */
  ready(): Result<void>
}

/** What an entry is: `line` tells of the mesh, the others tell of the chain itself. */
export type EntryKind = 'open' | 'line' | 'anchor' | 'forget' | 'cut' | 'close'

/** What is to become an entry. */
export interface Draft { readonly kind: EntryKind; readonly time: string; readonly body: Json; readonly values?: readonly Json[]; readonly subject?: string }

/** One link of the chain, one line of a segment. `hash` is over the canonical JSON of everything else in it. */
export interface Entry {
  readonly seq: number
  readonly chain: string
  readonly time: string
  readonly kind: EntryKind
  readonly body: Json
  /** Values under AES-256-GCM: nonce, ciphertext and tag. */
  readonly sealed?: string
  /** The hash of the entry before; of the first one, zeros. */
  readonly prev: string
  readonly hash: string
}

/** Where a chain has come to. */
export interface Head { readonly chain: string; readonly seq: number; readonly hash: string }

/** A head that is kept outside of the folder. Anchors are numbered from 1 in their chain, and are a chain too. */
export interface Anchor extends Head { readonly number: number; readonly at: string; readonly prev: string; readonly digest: string }

/** A chain, and the folder on which machine it was last written in. */
export interface ChainPlace { readonly chain: string; readonly place: string }

/**
 * What an entry of the kind `cut` says: which entries were removed because they were old enough, all of them since the chain began.
 * Files go one after the other; where that was interrupted, the chain begins with one of `segments`.
 */
export interface CutBody {
  /** The last entry that goes, and its hash. */
  readonly through: number
  readonly throughHash: string
  /** The very first entry of the chain. */
  readonly first: { readonly hash: string; readonly time: string }
  readonly lastTime: string
  /** The hash before `segments`: of the last entry that an earlier cut removed, or zeros. */
  readonly before: string
  /** `hash` is that of its last entry, `sha256` that of the file. */
  readonly segments: readonly { readonly file: string; readonly first: number; readonly last: number; readonly hash: string; readonly sha256: string }[]
  readonly rule: string
  /** Where copies were put. */
  readonly archive?: string
}

/** A cut as it is kept outside of the folder: which entry says it, and the oldest anchor that stays. */
export interface Cut { readonly chain: string; readonly seq: number; readonly hash: string; readonly through: number; readonly anchor?: { readonly number: number; readonly digest: string } }

/** Port: keeps anchors where who can change the folder cannot. */
export interface Anchors {
  /** The right to write at a place, until it is given back; undefined where somebody else has it. */
  claim(place: string): Promise<(() => Promise<void>) | undefined>
  /** Tells that a chain is written here now. */
  settle(place: ChainPlace): Promise<void>
  places(): Promise<readonly ChainPlace[]>
  add(anchor: Anchor): Promise<void>
  last(chain: string): Promise<Anchor | undefined>
  /** All of all chains, in the order of their numbers. */
  list(): Promise<readonly Anchor[]>
  addCut(cut: Cut): Promise<void>
  cuts(): Promise<readonly Cut[]>
  /** Removes the anchors that a cut leaves without entries, but for the last few. */
  drop(chain: string, before: number): Promise<void>
}

export interface EntryKey { readonly chain: string; readonly seq: number; readonly subject?: string; readonly key: Uint8Array }

/** What keys are destroyed: that of one entry, or those of all entries of a subject, by its id. */
export type Forgotten = { readonly chain: string; readonly seq: number } | { readonly subject: string }

/** Port: keeps the key of each entry that has sealed values, until it is destroyed. */
export interface Keys {
  keep(keys: readonly EntryKey[]): Promise<void>
  find(chain: string, seq: number): Promise<Uint8Array | undefined>
  /** How many there were. */
  destroy(what: Forgotten): Promise<number>
  /** Those of all entries up to one. */
  destroyThrough(chain: string, seq: number): Promise<void>
}

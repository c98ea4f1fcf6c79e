// The nouns of consumers' programs.

export interface MeshClientOptions {
  /** Where the server is, such as `http://127.0.0.1:8740`. */
  readonly url: string
  /** An API token, such as that of the service identity of a process domain. */
  readonly token?: string
  /** Or an account and its password. */
  readonly user?: string
  readonly password?: string
  /** What the data is read for, where several purposes are open. */
  readonly purpose?: string
  readonly fetch?: typeof fetch
}

export interface Address { readonly product: string; readonly dataSet: string }

/** A row as JSON has it; whole numbers beyond 2^53 are bigint. */
export type Row = Readonly<Record<string, unknown>>

export interface Change {
  readonly kind: 'row'
  /** The same whenever the change is read again. */
  readonly id: string
  readonly position: string
  readonly op: 'insert' | 'update' | 'delete'
  readonly isInitial?: true
  readonly key?: Row
  readonly before?: Row
  readonly after?: Row
  readonly snapshot: string
  readonly run?: string
  readonly schemaVersion?: string
  readonly time: string
}
export interface Happening {
  readonly kind: 'event'
  readonly id: string
  readonly position: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly snapshot?: string
  readonly run?: string
  readonly schemaVersion?: string
  readonly time: string
}
export type Entry = Change | Happening

export interface Page { readonly entries: readonly Entry[]; readonly next: string; readonly end: boolean; readonly rights: string }

/** `start`, `now`, `snapshot:…`, `time:…`, or a position. */
export type From = string

export interface SavedPosition { readonly consumer: string; readonly address: Address; readonly position: string; readonly savedAt: string; readonly lag: { readonly entries: number; readonly milliseconds: number } }

export interface ReadOptions { readonly from?: From; readonly limit?: number; /** Seconds to wait where nothing is new; 30 at most. */ readonly wait?: number; readonly signal?: AbortSignal }

export interface MeshClient {
  /** Rows of a data set, as the REST port gives them: `query({ product: 'flights', dataSet: 'flights' }, { limit: '10' })`. */
  query(address: Address, parameters?: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<readonly Row[]>
  /** One batch of a change stream. */
  read(address: Address, options?: ReadOptions): Promise<Page>
  /** Entries as they are published, one after the other, across lost connections. Ends with the signal, or throws `Refused`. */
  subscribe(address: Address, options?: { readonly from?: From; readonly signal?: AbortSignal }): AsyncGenerator<Entry>
  /** Says how far a consumer has come; `replay` to go back. */
  acknowledge(address: Address, consumer: string, position: string, options?: { readonly replay?: boolean }): Promise<SavedPosition>
  /** Undefined where the consumer has acknowledged nothing. */
  position(address: Address, consumer: string): Promise<SavedPosition | undefined>
  positions(): Promise<readonly SavedPosition[]>
}

/** Where a copy and the position that it stands at are kept. INVARIANT: both are written by one transaction, or neither. */
export interface CopyStore {
  /** Undefined where there is no copy yet. */
  state(): Promise<CopyState | undefined> | CopyState | undefined
  /** `anew` empties the copy first. */
  apply(batch: { readonly changes: readonly Change[]; readonly state: CopyState; readonly anew: boolean }): Promise<void> | void
}
export interface CopyState { readonly position: string; readonly rights: string }

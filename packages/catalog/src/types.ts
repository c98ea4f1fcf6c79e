// The nouns of the catalogue protocol: who asks, what is asked, what is answered.

import type { Result } from '@tulle/kernel'
import type { Catalog, JsonReader, Lake, TableMetadata, TableName } from '@tulle/lake'

/** Whether something is allowed, and if not, why, in a sentence that may name another way. */
export type Verdict = { readonly allowed: true } | { readonly allowed: false; readonly reason: string }

/** A table that somebody else declares: clients may read it and commit data to it, and nothing more. */
export interface GovernedTable {
  readonly name: string
  readonly read: Verdict
  readonly write: Verdict
  /** Where it may be read in part only: a table that is made of that part. */
  readonly part?: () => Promise<Result<LoadedPart>>
}

/** A table that nobody keeps: its files are made for whoever asks, and are opened by what `config` says. */
export interface LoadedPart {
  readonly metadataLocation: string
  readonly metadata: TableMetadata
  /** Credentials among it; it is answered, and stands nowhere else. */
  readonly config: Readonly<Record<string, string>>
}

export interface GovernedNamespace {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly tables: readonly GovernedTable[]
}

/**
 * Port: what one caller may do, decided at the moment of the request. INVARIANT: what is not answered here does not exist
 * for the caller.
 */
export interface Authority {
  /** Everything that is not governed: whether the caller may see, make, change and drop it. */
  readonly free: Verdict
  /** The governed namespaces of which the caller may see something. */
  governed(): Promise<readonly GovernedNamespace[]>
  /** True for every governed namespace, also where the caller may not see it. */
  isGoverned(namespace: string): Promise<boolean>
  /** Takes what was asked and how it ended. It must not lose what it has taken. */
  /** A deed that cannot be written down is not answered. */
  record(deed: Deed): Promise<Result<void>>
}

/** One line for the audit. `outcome` is `ok`, or the code of the diagnostic that ended it. */
export interface Deed {
  readonly operation: Operation
  readonly tables: readonly TableName[]
  readonly outcome: string
  readonly reasons: readonly string[]
}

/** Levels joined by dots; no level holds one. */
export interface FreeNamespace { readonly name: string; readonly properties: Readonly<Record<string, string>> }

/** Port: the namespaces that belong to nobody but those who manage the catalogue. */
export interface Namespaces {
  list(): Promise<readonly FreeNamespace[]>
  find(name: string): Promise<FreeNamespace | undefined>
  /** False where there is one of that name. */
  create(namespace: FreeNamespace): Promise<boolean>
  /** Answers the properties as they are afterwards; undefined where there is no such namespace. */
  change(name: string, change: (properties: FreeNamespace['properties']) => FreeNamespace['properties']): Promise<FreeNamespace | undefined>
  drop(name: string): Promise<boolean>
}

/** What the protocol is served from. */
export interface CatalogRoom {
  readonly lake: Lake
  /** Pointers of views, kept apart from those of tables. */
  readonly views: Catalog
  readonly namespaces: Namespaces
  /** Waits a while for whoever copies objects. False where they are still copied: then none is removed. */
  readonly mayRemove?: () => Promise<boolean>
  /** The one name under which clients may ask for this catalogue. */
  readonly warehouse: string
}

/** Signs an account in, as `POST /v1/oauth/tokens` asks. */
export type SignIn = (client: string, secret: string) => Promise<Result<{ readonly token: string; readonly expiresAt?: Date }>>

export interface CatalogRequest {
  readonly method: string
  /** Below the catalogue's own address, as it came: not decoded. */
  readonly path: string
  readonly query: URLSearchParams
  readonly ifNoneMatch?: string | undefined
  readonly body: string
}

export interface CatalogAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON text; absent where the answer has no body. */
  readonly body?: string
}

/** A request whose route was found, with what a handler needs. */
export interface Call {
  readonly room: CatalogRoom
  readonly authority: Authority
  /** Decoded and checked. A namespace's levels are joined by dots. */
  readonly names: { readonly namespace: string; readonly table: string; readonly view: string }
  readonly query: URLSearchParams
  readonly ifNoneMatch?: string | undefined
  readonly body: JsonReader
}

/** What a handler says; `touched` are the tables that the audit names beside the one in the path. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly touched?: readonly TableName[]
}

export type Handler = (call: Call) => Promise<Result<Reply>>

export const OPERATIONS = [
  'getConfig', 'listNamespaces', 'createNamespace', 'loadNamespaceMetadata', 'namespaceExists', 'dropNamespace', 'updateProperties',
  'listTables', 'createTable', 'loadTable', 'tableExists', 'updateTable', 'dropTable', 'registerTable', 'renameTable', 'reportMetrics',
  'commitTransaction', 'listViews', 'createView', 'loadView', 'viewExists', 'replaceView', 'dropView', 'renameView',
] as const
export type Operation = (typeof OPERATIONS)[number]

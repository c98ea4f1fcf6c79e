// The nouns of state: where a database is, what an event is. No behaviour.

import type { Json } from '@tulle/kernel'

/** How to reach a PostgreSQL. `host` is a folder where its socket lies, or a host name. */
export interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** A PostgreSQL that this process keeps alive. */
export interface RunningPostgres {
  readonly connection: Connection
  /** Holds the password: for libraries that take nothing else; never for a log. */
  readonly connectionString: string
  /** The postmaster's process id; another after each restart. */
  readonly pid: number
  /** False while the server is being restarted. */
  readonly up: boolean
  /** Ends it orderly within 3 s, else at once. Later calls wait for the first. */
  stop(): Promise<void>
}

export interface PostgresOptions {
  /** Everything of this server is in here: data, password, lock, log. Created if missing. */
  readonly folder: string
  /** Where PostgreSQL writes its own log; `<folder>/server.log` unless told. */
  readonly log?: string
  /** Also listens on this TCP port of 127.0.0.1. Without it there is only the socket. */
  readonly port?: number
  /** The database to create; `tulle` unless told. */
  readonly database?: string
  /** Server settings over the house's own, by name. */
  readonly settings?: Readonly<Record<string, string>>
  /** As root: the user of this machine that runs the server. Otherwise it is chosen. */
  readonly user?: string
  /** Told when the server died by itself and when it is back. */
  readonly onChange?: (state: 'died' | 'back', detail: string) => void
}

/** What an author of an event says; the journal adds id, time and place. Never holds row values. */
export interface NewEvent {
  readonly type: string
  readonly source: string
  readonly subject?: string
  readonly data: Readonly<Record<string, Json | undefined>>
}

/** A CloudEvent 1.0 with its place in the journal. */
export interface OutboxEvent {
  readonly specversion: '1.0'
  readonly id: string
  readonly type: string
  readonly source: string
  readonly subject?: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Readonly<Record<string, Json | undefined>>
  /** Its place: rises in the order in which transactions committed. Kept as text, since it is a 64-bit number. */
  readonly seq: string
}

/** A follower at work. */
export interface Following {
  /** Resolves when the handler in progress, if any, has finished. */
  stop(): Promise<void>
  /** Resolves once everything that was in the journal at the call is handled. For tests and for orderly ends. */
  caughtUp(): Promise<void>
}


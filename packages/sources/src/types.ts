// The nouns of drawing: what is asked of a system of others, and what comes of it.

import type { Clock, Json, Result } from '@tulle/kernel'
import type { Network } from './network.ts'

/** Answers the secret of a name, at this moment; undefined where nobody holds it. Where it is kept is not ours to know. */
export type Secrets = (name: string) => string | undefined

/** What every system is reached with. All of it is the operator's to say; a specification only names it. */
export interface SourceRoom {
  readonly network: Network
  readonly secrets: Secrets
  readonly clock: Clock
  readonly limits: SourceLimits
  /** What reads messages by their schemas; without it none are read so. */
  readonly messages?: MessageReading
}

/** A schema of messages, with what it refers to, each after those that it needs. */
export interface MessageSchema { readonly type: 'AVRO' | 'JSON' | 'PROTOBUF'; readonly text: string; readonly references: readonly { readonly name: string; readonly text: string }[] }

export interface MessageReading {
  /** A schema of the platform's own registry, by its id. */
  own(id: number): Promise<MessageSchema | undefined>
  /** Reads messages as Confluent's clients write them; the answer is the text of a JSON object. Throws what says nothing of values. */
  decoder(schema: MessageSchema): Result<(message: Buffer) => string>
}

/** Of one draw. */
export interface SourceLimits {
  readonly bytes: number
  readonly files: number
  /** Of a REST API. */
  readonly pages: number
}

export type Settings = Readonly<Record<string, Json>>

export interface DrawRequest {
  /** Immutable id of the product whose port it is. */
  readonly owner: string
  /** `shop.orders`, for people. */
  readonly port: string
  readonly settings: Settings
  /** Where the last published draw stopped; absent: everything is drawn. */
  readonly before?: Json
  /** Only what the cursor has from here up to, and not at, there; `before` stays. */
  readonly range?: { readonly from: string; readonly to: string }
  /** Columns by which the target finds a row again; none where it cannot. */
  readonly keys: readonly string[]
  /** Where files are put, and what their names begin with. */
  readonly folder: string
  readonly name: string
  readonly signal: AbortSignal
}

/** What a look is about; nothing is drawn by it. */
export type LookRequest = Pick<DrawRequest, 'port' | 'settings' | 'signal'>

/** A file in the folder. `shown` is what people call it. */
export interface DrawnFile { readonly name: string; readonly shown: string; readonly sha256: string; readonly bytes: number }

/** `type` is Iceberg's name of it. Rows have `binary` as hexadecimal digits. */
export interface DrawnColumn { readonly name: string; readonly type: string }

/**
 * How rows come to what is there: instead of it, beside it, by key, or as changes by key (`_tulle_op`, `_tulle_seq`, `_tulle_kept`).
 * `reload`: they are all that there is within the range. `same`: they are what they were at `before`, and were not sent again.
 */
export type DrawMode = 'replace' | 'append' | 'upsert' | 'changes' | 'reload' | 'same'

export interface Drawn {
  readonly files: readonly DrawnFile[]
  /** Of rows that were drawn; files of others have their own. */
  readonly columns?: readonly DrawnColumn[]
  readonly mode: DrawMode
  /** Where it stopped; kept with what is published. Equal where nothing was new. */
  readonly state?: Json
  /** In words, for the run's log. */
  readonly told: string
}

export type Draw = (room: SourceRoom, request: DrawRequest) => Promise<Result<Drawn>>

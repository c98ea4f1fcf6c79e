// The nouns of a workflow as a document: the CNCF Serverless Workflow DSL 1.0, in the words of its reference. A document of
// these types has passed `parseWorkflow`.

import type { Json, Place } from '@tulle/kernel'

export type JsonObject = { readonly [key: string]: Json | undefined }

export interface WorkflowDocument {
  readonly document: {
    readonly dsl: string
    readonly namespace: string
    readonly name: string
    readonly version: string
    readonly title?: string
    readonly summary?: string
    readonly tags?: JsonObject
    readonly metadata?: JsonObject
  }
  readonly input?: Transformation
  readonly use?: Components
  readonly do: TaskList
  readonly timeout?: string | TimeoutDefinition
  readonly output?: Transformation
  readonly schedule?: Schedule
}

export interface Components {
  readonly authentications?: Readonly<Record<string, Authentication>>
  readonly errors?: Readonly<Record<string, ErrorDefinition>>
  readonly extensions?: readonly Readonly<Record<string, Extension>>[]
  readonly functions?: Readonly<Record<string, Task>>
  readonly retries?: Readonly<Record<string, RetryDefinition>>
  readonly secrets?: readonly string[]
  readonly timeouts?: Readonly<Record<string, TimeoutDefinition>>
  readonly catalogs?: Readonly<Record<string, { readonly endpoint: Endpoint }>>
}

/** Each item has one member: a task by its name. */
export type TaskList = readonly Readonly<Record<string, Task>>[]

/** `input` has `from`, `output` and `export` have `as`; all may have a schema. */
export interface Transformation {
  readonly schema?: SchemaDefinition
  readonly from?: string | JsonObject
  readonly as?: string | JsonObject
}
export interface SchemaDefinition { readonly format?: string; readonly document?: Json; readonly resource?: ExternalResource }
export interface ExternalResource { readonly name?: string; readonly endpoint: Endpoint }
export type Endpoint = string | { readonly uri: string; readonly authentication?: Authentication }

export type TaskKind = 'call' | 'do' | 'emit' | 'for' | 'fork' | 'listen' | 'raise' | 'run' | 'set' | 'switch' | 'try' | 'wait'

/** One of the kinds; the member that is the kind's name says which. */
export interface Task {
  readonly if?: string
  readonly input?: Transformation
  readonly output?: Transformation
  readonly export?: Transformation
  readonly timeout?: string | TimeoutDefinition
  readonly then?: string
  readonly metadata?: JsonObject
  readonly call?: string
  readonly with?: JsonObject
  readonly do?: TaskList
  readonly emit?: { readonly event: { readonly with: JsonObject } }
  readonly for?: { readonly each?: string; readonly in: string; readonly at?: string }
  readonly while?: string
  readonly fork?: { readonly branches: TaskList; readonly compete?: boolean }
  readonly listen?: { readonly to: EventStrategy; readonly read?: 'data' | 'envelope' | 'raw' }
  readonly foreach?: EventIterator
  readonly raise?: { readonly error: string | ErrorDefinition }
  readonly run?: ProcessDefinition
  readonly set?: string | JsonObject
  readonly switch?: readonly Readonly<Record<string, { readonly when?: string; readonly then: string }>>[]
  readonly try?: TaskList
  readonly catch?: CatchDefinition
  readonly wait?: DurationDefinition
}

export type DurationDefinition = string | { readonly days?: number; readonly hours?: number; readonly minutes?: number; readonly seconds?: number; readonly milliseconds?: number }
export interface TimeoutDefinition { readonly after: DurationDefinition }

export interface ErrorDefinition {
  readonly type: string
  readonly status: number
  readonly instance?: string
  readonly title?: string
  readonly detail?: string
}

export interface CatchDefinition {
  readonly errors?: { readonly with?: JsonObject }
  readonly as?: string
  readonly when?: string
  readonly exceptWhen?: string
  readonly retry?: string | RetryDefinition
  readonly do?: TaskList
}

export interface RetryDefinition {
  readonly when?: string
  readonly exceptWhen?: string
  readonly delay?: DurationDefinition
  readonly backoff?: { readonly constant?: JsonObject; readonly exponential?: JsonObject; readonly linear?: JsonObject }
  readonly limit?: { readonly attempt?: { readonly count?: number; readonly duration?: DurationDefinition }; readonly duration?: DurationDefinition }
  readonly jitter?: { readonly from: DurationDefinition; readonly to: DurationDefinition }
}

export interface EventStrategy {
  readonly one?: EventFilter
  readonly any?: readonly EventFilter[]
  readonly all?: readonly EventFilter[]
  readonly until?: string | EventStrategy
}
export interface EventFilter {
  readonly with: JsonObject
  readonly correlate?: Readonly<Record<string, { readonly from: string; readonly expect?: string }>>
}
export interface EventIterator {
  readonly item?: string
  readonly at?: string
  readonly do?: TaskList
  readonly output?: Transformation
  readonly export?: Transformation
}

export interface ProcessDefinition {
  readonly await?: boolean
  readonly return?: 'stdout' | 'stderr' | 'code' | 'all' | 'none'
  readonly container?: JsonObject
  readonly script?: { readonly language: string; readonly code?: string; readonly source?: ExternalResource } & ProcessInput
  readonly shell?: { readonly command: string } & ProcessInput
  readonly workflow?: { readonly namespace: string; readonly name: string; readonly version: string; readonly input?: Json }
}
export interface ProcessInput { readonly stdin?: string; readonly arguments?: readonly string[]; readonly environment?: JsonObject }

export interface Extension {
  readonly extend: string
  readonly when?: string
  readonly before?: TaskList
  readonly after?: TaskList
}

export interface Schedule {
  readonly every?: DurationDefinition
  readonly cron?: string
  readonly after?: DurationDefinition
  readonly on?: EventStrategy
}

/** One scheme: `{basic: …}`, `{bearer: …}`, `{digest: …}`, `{oauth2: …}`, `{oidc: …}`, or `{use: name}`. */
export interface Authentication {
  readonly use?: string
  readonly basic?: Credentials
  readonly bearer?: { readonly token?: string; readonly use?: string }
  readonly digest?: Credentials
  readonly oauth2?: OAuth2
  readonly oidc?: OAuth2
}
export interface Credentials { readonly username?: string; readonly password?: string; readonly use?: string }
export interface OAuth2 {
  readonly use?: string
  readonly authority?: string
  readonly grant?: string
  readonly client?: { readonly id?: string; readonly secret?: string; readonly assertion?: string; readonly authentication?: string }
  readonly request?: { readonly encoding?: string }
  readonly issuers?: readonly string[]
  readonly scopes?: readonly string[]
  readonly audiences?: readonly string[]
  readonly username?: string
  readonly password?: string
  readonly subject?: { readonly token: string; readonly type: string }
  readonly actor?: { readonly token: string; readonly type: string }
  readonly endpoints?: { readonly token?: string; readonly revocation?: string; readonly introspection?: string }
}

/** Keys and indices that lead from a document's root to a value. */
export type DocumentPath = readonly (string | number)[]

/** A document that may be run, and where its values stand in its text. */
export interface ParsedWorkflow {
  readonly definition: WorkflowDocument
  place(path: DocumentPath, part?: 'key' | 'value'): Place
}

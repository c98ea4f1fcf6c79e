// The nouns of the registry, in the words of Confluent's API.

import type { Result } from '@tulle/kernel'

export const SCHEMA_TYPES = ['AVRO', 'JSON', 'PROTOBUF'] as const
export type SchemaType = (typeof SCHEMA_TYPES)[number]

export const COMPATIBILITIES = ['NONE', 'BACKWARD', 'BACKWARD_TRANSITIVE', 'FORWARD', 'FORWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'] as const
/** Backward: readers by the new schema follow what was written by the old one. Transitive: all old ones, not the newest alone. */
export type CompatibilityLevel = (typeof COMPATIBILITIES)[number]

export const MODES = ['READWRITE', 'READONLY', 'READONLY_OVERRIDE', 'IMPORT'] as const
/** What may be done to a subject. `IMPORT`: schemas come with the numbers that they have elsewhere. */
export type Mode = (typeof MODES)[number]

/** Another schema that this one names: by the name it uses for it, and where it is. */
export interface Reference { readonly name: string; readonly subject: string; readonly version: number }

/** A schema as somebody sends it. */
export interface Draft { readonly type: SchemaType; readonly text: string; readonly references: readonly Reference[] }

/** A schema as it is kept. `id` is unique in the registry and never given twice; equal schemas have one id under all subjects. */
export interface Kept extends Draft { readonly id: number }

/** A schema under a subject. `deleted`: hidden, and there again for whoever asks for hidden ones. */
export interface Version { readonly subject: string; readonly version: number; readonly schema: Kept; readonly deleted: boolean }

/** What is set for one subject; what is not, is as for all. */
export interface SubjectSettings { readonly compatibility?: CompatibilityLevel; readonly mode?: Mode }

/** A schema that was read: it can be compared with others of its type. */
export interface Understood {
  readonly type: SchemaType
  /** Equal for texts that differ in blanks alone. */
  readonly canonical: string
  /** Equal for texts that mean the same. */
  readonly normalized: string
  /** Why a reader by this schema cannot follow what was written by the other; empty where it can. */
  follows(writer: Understood): readonly string[]
}

/** Reads a schema; what it refers to is given with it, each after those that it needs. */
export type Understand = (text: string, references: readonly { readonly name: string; readonly text: string }[]) => Result<Understood>

/** What one caller may do. */
export interface Authority {
  /** Whether there is such a subject for the caller. */
  mayRead(subject: string): Promise<boolean>
  /** Undefined where the caller may register in the subject and set its rules; else why not. */
  whyNotWrite(subject: string): Promise<string | undefined>
  /** The same of what holds for all subjects. */
  whyNotGovern(): Promise<string | undefined>
}

export interface RegistryRequest { readonly method: string; /** Below the registry's address, undecoded. */ readonly path: string; readonly query: URLSearchParams; readonly body: string }
export interface RegistryAnswer { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

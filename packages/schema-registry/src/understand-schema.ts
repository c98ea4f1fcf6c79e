// A schema of any type, with what it refers to, read once.

import type { Result } from '@tulle/kernel'
import { fail } from '@tulle/kernel'
import { understandAvro } from './avro/understand-avro.ts'
import { understandJson } from './json/understand-json.ts'
import { messages } from './messages.ts'
import { understandProtobuf } from './protobuf/understand-protobuf.ts'
import type { SchemaType, Understand, Understood } from './types.ts'

const LONGEST = 1_000_000
const UNDERSTAND: Readonly<Record<SchemaType, Understand>> = { AVRO: understandAvro, JSON: understandJson, PROTOBUF: understandProtobuf }

/** `references` in an order in which each comes after those that it needs. */
export function understandSchema(type: SchemaType, text: string, references: readonly { readonly name: string; readonly text: string }[] = []): Result<Understood> {
  if (text.length > LONGEST) return fail(messages['schema-invalid']({ type, why: 'it is longer than 1 MB' }))
  return UNDERSTAND[type](text, references)
}

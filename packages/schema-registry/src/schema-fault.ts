// What reading a schema has to say when it cannot be one. Thrown inside of the readers, a diagnostic at their door.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { SchemaType } from './types.ts'

export class SchemaFault extends Error {}

export type JsonObject = { readonly [member: string]: Json }
export const isJsonObject = (value: Json | undefined): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)

const DEEPEST = 200

/** JSON of a depth that recursion can follow. */
export function readJson(text: string): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    throw new SchemaFault(`it is no JSON (${(error as Error).message.slice(0, 200)})`)
  }
  let level: readonly Json[] = [value]
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > DEEPEST) throw new SchemaFault(`it is nested deeper than ${DEEPEST}`)
    level = level.flatMap((one) => (one !== null && typeof one === 'object' ? (Object.values(one) as readonly Json[]) : []))
  }
  return value
}

/** The value, or the fault as a diagnostic. */
export function reading<T>(type: SchemaType, read: () => T): Result<T> {
  try {
    return ok(read())
  } catch (error) {
    if (error instanceof SchemaFault) return fail(messages['schema-invalid']({ type, why: error.message }))
    throw error
  }
}

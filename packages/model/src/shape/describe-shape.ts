// What a zod description says about a place in a value, in the words of a sentence: which keys belong there, what is expected.

import { z } from 'zod'
import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text', number: 'a number', int: 'a whole number', boolean: 'true or false', object: 'an object', array: 'a list', record: 'an object', null: 'empty',
}

/** A zod type name in plain words. */
export const wordFor = (type: string): string => WORDS[type] ?? type

/** The keys that an object at `path` may have. */
export function keysAt(schema: z.ZodType, path: Path, value: Json): readonly string[] {
  return [...new Set(schemasAt(schema, path, value).flatMap((found) => (found instanceof z.ZodObject ? Object.keys(found.shape) : [])))]
}

/** What belongs at `path`, for "Add name: …". */
export function describeExpected(schema: z.ZodType, path: Path, value: Json): string {
  const [found] = schemasAt(schema, path, value)
  if (found === undefined) return 'a value'
  const { description } = found
  if (description !== undefined) return description.replace(/\.$/u, '')
  if (found instanceof z.ZodEnum) return found.options.join(' | ')
  if (found instanceof z.ZodLiteral) return [...found.values].join(' | ')
  return wordFor(found.def.type)
}

function schemasAt(schema: z.ZodType, path: Path, value: Json): readonly z.ZodType[] {
  let schemas = unfold(schema)
  let at: unknown = value
  for (const step of path) {
    schemas = schemas.flatMap((each) => {
      if (each instanceof z.ZodObject) {
        const inner = (each.shape as Record<string, z.ZodType>)[step] ?? (each.def.catchall as z.ZodType | undefined)
        return inner === undefined ? [] : unfold(inner)
      }
      if (each instanceof z.ZodArray) return unfold(each.element as z.ZodType)
      if (each instanceof z.ZodRecord) return unfold(each.valueType as z.ZodType)
      return []
    })
    at = at !== null && typeof at === 'object' ? (at as Record<string | number, unknown>)[step] : undefined
  }
  return schemas
}

/** The schemas behind wrappers and unions. */
export function unfold(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    const inner = unfold(schema.unwrap() as z.ZodType)
    const [only] = inner
    return inner.length === 1 && only !== undefined && schema.description !== undefined && only.description === undefined ? [only.describe(schema.description)] : inner
  }
  if (schema instanceof z.ZodLazy) return unfold(schema.unwrap() as z.ZodType)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => unfold(option as z.ZodType))
  return [schema]
}

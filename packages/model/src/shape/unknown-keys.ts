// Finds the keys that a description of a foreign standard does not know, at any depth. Kept apart from the check of
// shapes, because a foreign document with an extension is right, and the rest of it must still be checked.

import { z } from 'zod'
import type { Json } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'
import { unfold } from './describe-shape.ts'

export interface UnknownKey { readonly path: Path; readonly known: readonly string[] }

/** Prepares a finder for one description; it remembers the description's shape, not the documents. */
export function unknownKeyFinder(schema: z.ZodType): (value: Json) => readonly UnknownKey[] {
  const unfolded = new Map<z.ZodType, readonly z.ZodType[]>()
  const variants = (each: z.ZodType): readonly z.ZodType[] => {
    const known = unfolded.get(each) ?? unfold(each)
    unfolded.set(each, known)
    return known
  }
  return (value) => {
    const found: UnknownKey[] = []
    const walk = (at: z.ZodType, node: Json, path: Path): void => {
      if (node === null || typeof node !== 'object') return
      if (Array.isArray(node)) {
        const list = variants(at).find((each) => each instanceof z.ZodArray)
        if (list !== undefined) for (const [i, member] of (node as readonly Json[]).entries()) walk(list.element as z.ZodType, member, [...path, i])
        return
      }
      const object = variants(at).find((each) => each instanceof z.ZodObject)
      if (object === undefined) return
      const shape = object.shape as Readonly<Record<string, z.ZodType>>
      for (const [key, member] of Object.entries(node as Readonly<Record<string, Json>>)) {
        const inner = Object.hasOwn(shape, key) ? shape[key] : undefined
        if (inner === undefined) found.push({ path: [...path, key], known: Object.keys(shape) })
        else walk(inner, member, [...path, key])
      }
    }
    walk(schema, value, [])
    return found
  }
}

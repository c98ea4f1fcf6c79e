// Makes a check of a JSON Schema that a platform team wrote. The schema is a stranger's text: it may be no schema, run in
// a circle, or carry a pattern that never ends.

import { Ajv2020 } from 'ajv/dist/2020.js'
import * as formats from 'ajv-formats'
import type { Json } from '@tulle/kernel'
import { canonicalJson } from '@tulle/kernel'
import type { Path } from '../yaml/locate.ts'

/** What in a value does not fit, as the end of a sentence about the place; empty where all of it fits. */
export type SchemaCheck = (value: Json) => readonly { readonly path: Path; readonly reason: string }[]

/** A check, or the reason why the schema gives none. */
export type CompiledSchema = { readonly check: SchemaCheck } | { readonly reason: string }

const MOST_REMEMBERED = 1_000

/** Compiles a schema once for each text that `compiled` remembers. */
export function compileSchema(schema: Json, compiled: Map<string, CompiledSchema> = new Map()): CompiledSchema {
  const text = canonicalJson(schema)
  const known = compiled.get(text) ?? compile(schema)
  if (compiled.size >= MOST_REMEMBERED) compiled.clear()
  compiled.set(text, known)
  return known
}

/** Of what is a schema. It is compiled itself, which costs ten times what a schema does: once for all of them. */
let judge: Ajv2020 | undefined

// Strict mode would refuse keywords that it does not know; a schema that others published keeps working.
const newAjv = (validateSchema: boolean): Ajv2020 =>
  formats.default.default(new Ajv2020({ strict: false, allErrors: true, logger: false, validateSchema }), { mode: 'fast' }) as Ajv2020

function compile(schema: Json): CompiledSchema {
  const endless = endlessPattern(schema)
  if (endless !== undefined) return { reason: `the pattern ${JSON.stringify(endless.slice(0, 80))} repeats a group that repeats, which can take forever` }
  try {
    if (typeof schema === 'object' && schema !== null) (judge ??= newAjv(true)).validateSchema(schema, true)
    // A fresh one each: schemas may have equal names.
    const ajv = newAjv(false)
    const validate = ajv.compile(schema as object)
    return {
      check: (value) => {
        try {
          if (validate(value)) return []
          return (validate.errors ?? []).map((error) => ({ path: pathOfPointer(error.instancePath), reason: error.message ?? 'does not fit' }))
        } catch {
          // A reference to itself that eats nothing overflows the stack.
          return [{ path: [], reason: 'cannot be checked, because the schema refers to itself without end' }]
        }
      },
    }
  } catch (error) {
    return { reason: (error as Error).message.replace(/[\u0000-\u001f]/gu, ' ').slice(0, 200) }
  }
}

/** A pattern in which a repeated group holds a repetition or a choice: the shape that backtracks exponentially. */
function endlessPattern(schema: Json): string | undefined {
  if (schema === null || typeof schema !== 'object') return undefined
  for (const [key, value] of Object.entries(schema as Readonly<Record<string, Json>>)) {
    const patterns = key === 'pattern' && typeof value === 'string' ? [value] : key === 'patternProperties' && value !== null && typeof value === 'object' ? Object.keys(value) : []
    const found = patterns.find((pattern) => /\((?:[^()\\]|\\.)*[*+{|](?:[^()\\]|\\.)*\)[*+{]/u.test(pattern) || pattern.length > 500) ?? endlessPattern(value)
    if (found !== undefined) return found
  }
  return undefined
}

const pathOfPointer = (pointer: string): Path =>
  pointer.split('/').slice(1).map((step) => {
    const plain = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return /^\d+$/u.test(plain) ? Number(plain) : plain
  })

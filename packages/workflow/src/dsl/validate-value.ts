// Judges a value by a JSON Schema that a workflow brought.

import { Ajv } from 'ajv'
import { Ajv2019 } from 'ajv/dist/2019.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ValidateFunction } from 'ajv'
import type { Json } from '@tulle/kernel'
import { canonicalJson } from '@tulle/kernel'
import type { SchemaDefinition } from './types.ts'

const OPTIONS = { allErrors: false, strict: false, validateFormats: false } as const
const kept = new Map<string, ValidateFunction | string>()
const MOST_KEPT = 500

/** Why the schema cannot be used, or undefined. */
export function schemaFault({ format = 'json', document }: SchemaDefinition): string | undefined {
  if (!/^json(:|$)/u.test(format)) return `its format is "${format}", and only json is understood`
  const compiled = compile(document ?? {})
  return typeof compiled === 'string' ? compiled : undefined
}

/** Why the value does not fit, or undefined. */
export function valueFault(definition: SchemaDefinition, value: Json): string | undefined {
  const fault = schemaFault(definition)
  if (fault !== undefined) return fault
  const validate = compile(definition.document ?? {}) as ValidateFunction
  if (validate(value)) return undefined
  const [error] = validate.errors ?? []
  return `${error?.instancePath === '' || error === undefined ? 'the value' : error.instancePath} ${error?.message ?? 'does not fit'}`
}

function compile(document: Json): ValidateFunction | string {
  const key = canonicalJson(document)
  const known = kept.get(key)
  if (known !== undefined) return known
  if (kept.size >= MOST_KEPT) kept.clear()
  let made: ValidateFunction | string
  try {
    made = newValidator(document)
  } catch (error) {
    made = (error instanceof Error ? error.message : String(error)).slice(0, 300).replace(/\.$/u, '')
  }
  kept.set(key, made)
  return made
}

interface Draft { readonly make: (validateSchema: boolean) => Ajv; judge?: Ajv }
const DRAFTS: Readonly<Record<'2019' | '7' | '2020', Draft>> = {
  2019: { make: (validateSchema) => new Ajv2019({ ...OPTIONS, validateSchema }) },
  7: { make: (validateSchema) => new Ajv({ ...OPTIONS, validateSchema }) },
  2020: { make: (validateSchema) => new Ajv2020({ ...OPTIONS, validateSchema }) },
}

/** By the draft that the schema names; the newest where it names none. */
function draftOf(document: Json): Draft {
  const draft = typeof document === 'object' && document !== null && !Array.isArray(document) ? String((document as { $schema?: Json }).$schema ?? '') : ''
  if (draft.includes('2019-09')) return DRAFTS[2019]
  return /draft-0[67]/u.test(draft) ? DRAFTS[7] : DRAFTS[2020]
}

function newValidator(document: Json): ValidateFunction {
  const draft = draftOf(document)
  // What is a schema of this draft is said by one that costs ten times what a schema does: it is compiled once.
  if (typeof document === 'object' && document !== null) (draft.judge ??= draft.make(true)).validateSchema(document, true)
  // A fresh one each: schemas may have equal names.
  return draft.make(false).compile(document as object)
}

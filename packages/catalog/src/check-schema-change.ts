// Whether the next schema can read the files that the schemas before it have written. Fields are compared by id.

import { mayBecome, printType, walkFields } from '@tulle/lake'
import type { FieldType, Schema, TableMetadata } from '@tulle/lake'

/** What the format forbids about a schema of a table, or undefined. */
export function forbiddenChange(metadata: TableMetadata, next: Schema): string | undefined {
  const current = metadata.schemas.find((s) => s.schemaId === metadata.currentSchemaId)
  const [before, after] = [fieldsOf(current), fieldsOf(next)]
  // An id that any schema has given names that column for ever, also where it was dropped since.
  const ever = new Map(metadata.schemas.filter((schema) => schema !== next).flatMap((schema) => [...fieldsOf(schema)]))
  for (const [id, field] of after) {
    const was = before.get(id)
    const given = ever.get(id)
    if (given !== undefined && !isWidening(given.type, field.type)) return `the column "${field.path}" is ${printType(given.type)} and cannot become ${printType(field.type)}`
    if (was !== undefined && !was.required && field.required) return `the column "${field.path}" is optional and cannot become required`
    const holdsRows = metadata.snapshots.length > 0 && !field.path.includes('.')
    if (current !== undefined && was === undefined && field.required && holdsRows && !hasDefault(next, id)) return `the column "${field.path}" is new and required, but rows already written have no value for it`
  }
  return (next.identifierFieldIds ?? []).map((id) => after.get(id)).filter((field) => field !== undefined)
    .filter((field) => !field.required || field.repeated || typeof field.type !== 'string' || field.type === 'float' || field.type === 'double')
    .map((field) => `the column "${field.path}" cannot identify rows: it must be required, of a simple type and not a floating-point number`)[0]
}

const fieldsOf = (schema: Schema | undefined): ReadonlyMap<number, ReturnType<typeof walkFields> extends Generator<infer F> ? F : never> =>
  new Map(schema === undefined ? [] : [...walkFields(schema)].map((field) => [field.id, field]))

/** Nested fields are compared where they stand, by their own ids. */
function isWidening(from: FieldType, to: FieldType): boolean {
  if (typeof from === 'string' && typeof to === 'string') return mayBecome(from, to)
  return typeof from !== 'string' && typeof to !== 'string' && from.type === to.type
}

/** Format 3: rows already written read the default. */
const hasDefault = (schema: Schema, id: number): boolean => schema.fields.some((field) => field.id === id && field.carried?.['initial-default'] !== undefined)

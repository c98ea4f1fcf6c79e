// A schema to the nested names and ids that a Parquet writer stamps into its file.

import type { Field, FieldType, Schema } from './types.ts'

/** `{ a: 1, s: { __duckdb_field_id: 2, x: 3 }, l: { __duckdb_field_id: 4, element: 5 } }`: DuckDB's FIELD_IDS as a value. */
export interface FieldIds { readonly [name: string]: number | FieldIds }

export const fieldIdsOf = (schema: Pick<Schema, 'fields'>): FieldIds => idsOf(schema.fields)

// fromEntries defines members, so that a column called "__proto__" is a member too.
const idsOf = (fields: readonly Field[]): FieldIds => Object.fromEntries(fields.map((field) => [field.name, withId(field.id, field.type)]))

function withId(id: number, type: FieldType): number | FieldIds {
  if (typeof type === 'string') return id
  switch (type.type) {
    case 'struct':
      return { __duckdb_field_id: id, ...idsOf(type.fields) }
    case 'list':
      return { __duckdb_field_id: id, element: withId(type.elementId, type.element) }
    case 'map':
      return { __duckdb_field_id: id, key: withId(type.keyId, type.key), value: withId(type.valueId, type.value) }
  }
}

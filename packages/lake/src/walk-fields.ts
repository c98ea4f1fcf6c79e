// Every field of a schema, nested ones included, by its id and its dotted path.

import type { FieldType, Schema, StructType } from './types.ts'

/** `repeated`: below a list or a map, where a row has any number of values. */
export interface WalkedField { readonly id: number; readonly path: string; readonly type: FieldType; readonly required: boolean; readonly repeated: boolean }

/** All fields, parents before children, in schema order. */
export function* walkFields(schema: Schema | StructType): Generator<WalkedField> {
  yield* walkStruct(schema.fields, '', false)
}

function* walkStruct(fields: StructType['fields'], prefix: string, repeated: boolean): Generator<WalkedField> {
  for (const field of fields) {
    yield* walkType({ id: field.id, path: `${prefix}${field.name}`, type: field.type, required: field.required, repeated })
  }
}

function* walkType(field: WalkedField): Generator<WalkedField> {
  yield field
  const { type, path } = field
  if (typeof type === 'string') return
  switch (type.type) {
    case 'struct':
      yield* walkStruct(type.fields, `${path}.`, field.repeated)
      return
    case 'list':
      yield* walkType({ id: type.elementId, path: `${path}.element`, type: type.element, required: type.elementRequired, repeated: true })
      return
    case 'map':
      yield* walkType({ id: type.keyId, path: `${path}.key`, type: type.key, required: true, repeated: true })
      yield* walkType({ id: type.valueId, path: `${path}.value`, type: type.value, required: type.valueRequired, repeated: true })
  }
}

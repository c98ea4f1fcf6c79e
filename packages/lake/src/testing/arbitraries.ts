// Random schemas and metadata for property tests.

import fc from 'fast-check'
import type { Column, FieldType } from '../types.ts'
import { PRIMITIVE_TYPES } from '../type-text.ts'

const decimalType = fc.integer({ min: 1, max: 38 }).chain((p) => fc.integer({ min: 0, max: p }).map((s) => `decimal(${p}, ${s})`))
const primitive = fc.oneof(fc.constantFrom(...PRIMITIVE_TYPES), decimalType, fc.integer({ min: 1, max: 64 }).map((n) => `fixed[${n}]`))

/** Names that a person, a spreadsheet or an attacker could give a column. */
export const fieldName = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/u),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((s) => !/[\u0000-\u001f\u007f-\u009f]/u.test(s)),
  fc.constantFrom('"', 'a: b', '__proto__', 'not null', ',', '>', 'constructor', 'ŁÓDŹ', '𝕏'),
)

const distinct = { selector: (c: { name: string }) => c.name.toLowerCase() }

/** Types as text gives them: every id is 0. */
export const fieldType: fc.Arbitrary<FieldType> = fc.letrec<{ type: FieldType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    primitive,
    fc.record({ type: fc.constant('list' as const), elementId: fc.constant(0), element: tie('type'), elementRequired: fc.boolean() }),
    fc.record({ type: fc.constant('map' as const), keyId: fc.constant(0), key: tie('type'), valueId: fc.constant(0), value: tie('type'), valueRequired: fc.boolean() }),
    fc.record({
      type: fc.constant('struct' as const),
      fields: fc.uniqueArray(fc.record({ id: fc.constant(0), name: fieldName, required: fc.boolean(), type: tie('type') }), { ...distinct, maxLength: 4 }),
    }),
  ),
})).type

export const columns: fc.Arbitrary<readonly Column[]> = fc.uniqueArray(
  fc.record({ name: fieldName, type: fieldType, required: fc.boolean() }), { ...distinct, minLength: 1, maxLength: 6 },
)

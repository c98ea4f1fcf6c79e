// What a logical type of the standard may be narrowed by: its `logicalTypeOptions`.

import { z } from 'zod'

const INTEGER_FORMATS = ['i8', 'i16', 'i32', 'i64', 'i128', 'u8', 'u16', 'u32', 'u64', 'u128'] as const

/** The formats that the standard knows for whole numbers. */
export const isIntegerFormat = (format: unknown): boolean => (INTEGER_FORMATS as readonly unknown[]).includes(format)

const text = z.string().optional()
const flag = z.boolean().optional()
const count = z.int().min(0, 'may not be negative').optional()
const bounds = <T extends z.ZodType>(bound: T) => ({ minimum: bound, maximum: bound, exclusiveMinimum: bound, exclusiveMaximum: bound })
const number = z.number().optional()
const numeric = { ...bounds(number), multipleOf: z.number().gt(0, 'must be above zero').optional() }
const moment = { ...bounds(text), format: text, timezone: flag, defaultTimezone: text }

const OPTIONS_31: Readonly<Record<string, z.ZodType>> = {
  string: z.looseObject({ minLength: count, maxLength: count, pattern: text, format: text }),
  date: z.looseObject({ ...bounds(text), format: text }),
  timestamp: z.looseObject(moment),
  time: z.looseObject(moment),
  integer: z.looseObject({ ...numeric, format: z.enum(INTEGER_FORMATS).optional() }),
  number: z.looseObject({ ...numeric, format: z.enum(['f32', 'f64']).optional() }),
  object: z.looseObject({
    minProperties: count,
    maxProperties: count,
    required: z.array(z.string()).min(1, 'needs a name').refine((names) => new Set(names).size === names.length, 'may not name one twice').optional(),
  }),
  array: z.looseObject({ minItems: count, maxItems: count, uniqueItems: flag }),
}

// 3.0 had exclusive bounds as flags, as old JSON Schema had them.
const OPTIONS_30: Readonly<Record<string, z.ZodType>> = {
  ...OPTIONS_31,
  date: z.looseObject({ format: text, minimum: text, maximum: text, exclusiveMinimum: flag, exclusiveMaximum: flag }),
  integer: z.looseObject({ ...numeric, exclusiveMinimum: flag, exclusiveMaximum: flag, format: z.enum(INTEGER_FORMATS).optional() }),
  number: z.looseObject({ ...numeric, exclusiveMinimum: flag, exclusiveMaximum: flag, format: z.enum(['f32', 'f64']).optional() }),
}

/** The description of the options of a logical type; undefined where nothing is said of it. */
export const logicalTypeOptions = (logicalType: string | undefined, is31: boolean): z.ZodType | undefined => (is31 ? OPTIONS_31 : OPTIONS_30)[logicalType ?? '']

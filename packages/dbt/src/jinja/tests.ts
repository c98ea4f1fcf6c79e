// Jinja's tests: `value is name(…)`.

import { raise } from './errors.ts'
import { compared } from './operators.ts'
import { Float, Func, isList, itemsOf, numberOf, print, PyObject } from './values.ts'
import type { Keywords, Value } from './values.ts'

export type Test = (value: Value, args: readonly Value[], keywords: Keywords) => boolean

const whole = (value: Value): number => numberOf(value) ?? raise('a number is needed')
const by = (operator: string): Test => (value, [other]) => compared(operator, value, other)

export const TESTS: Readonly<Record<string, Test>> = {
  defined: (value) => value !== undefined,
  undefined: (value) => value === undefined,
  none: (value) => value === null,
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  integer: (value) => typeof value === 'number',
  float: (value) => value instanceof Float,
  number: (value) => numberOf(value) !== undefined,
  string: (value) => typeof value === 'string',
  mapping: (value) => value instanceof Map || (value instanceof PyObject && value.mapping),
  sequence: (value) => typeof value === 'string' || isList(value) || value instanceof Map,
  iterable: (value) => typeof value === 'string' || (value !== undefined && value !== null && itemsOf(value) !== undefined),
  callable: (value) => value instanceof Func || (value instanceof PyObject && value.call !== undefined),
  odd: (value) => Math.abs(whole(value)) % 2 === 1,
  even: (value) => whole(value) % 2 === 0,
  divisibleby: (value, [by_]) => whole(value) % whole(by_) === 0,
  lower: (value) => print(value) === print(value).toLowerCase(),
  upper: (value) => print(value) === print(value).toUpperCase(),
  in: by('in'),
  eq: by('=='), equalto: by('=='), '==': by('=='), sameas: (value, [other]) => value === other,
  ne: by('!='), '!=': by('!='),
  lt: by('<'), lessthan: by('<'), '<': by('<'),
  le: by('<='), '<=': by('<='),
  gt: by('>'), greaterthan: by('>'), '>': by('>'),
  ge: by('>='), '>=': by('>='),
  escaped: () => false,
}

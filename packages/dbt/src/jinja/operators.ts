// The operators of expressions, with Python's meaning.

import { raise } from './errors.ts'
import { checkLength, checkMembers } from './limits.ts'
import { compare, contains, equal, Float, isList, numberOf, print, PyObject, Tuple, truthy, tupleOf, typeName } from './values.ts'
import type { PyMap, Value } from './values.ts'

export function binary(operator: string, a: Value, b: Value): Value {
  switch (operator) {
    case '~': return joined(print(a), print(b))
    case '+': return add(a, b)
    case '*': return multiply(a, b)
    case '%': return typeof a === 'string' ? format(a, b) : arithmetic(operator, a, b)
    default: return arithmetic(operator, a, b)
  }
}

function joined(a: string, b: string): string {
  checkLength(a.length + b.length)
  return a + b
}

function add(a: Value, b: Value): Value {
  if (typeof a === 'string' && typeof b === 'string') return joined(a, b)
  if (isList(a) && isList(b)) {
    checkMembers(a.length + b.length)
    return a instanceof Tuple ? tupleOf([...a, ...b]) : [...a, ...b]
  }
  return arithmetic('+', a, b)
}

function multiply(a: Value, b: Value): Value {
  const [sequence, count] = typeof a === 'number' ? [b, a] : [a, b]
  if (typeof count === 'number' && typeof sequence === 'string') {
    checkLength(sequence.length * count)
    return sequence.repeat(Math.max(0, count))
  }
  if (typeof count === 'number' && isList(sequence)) {
    checkMembers(sequence.length * count)
    return Array.from({ length: Math.max(0, count) }, () => sequence).flat()
  }
  return arithmetic('*', a, b)
}

function arithmetic(operator: string, a: Value, b: Value): Value {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x === undefined || y === undefined) return (a instanceof PyObject ? a.operate?.(operator, b, false) : undefined) ?? (b instanceof PyObject ? b.operate?.(operator, a, true) : undefined) ?? unsupported(operator, a, b)
  const fraction = a instanceof Float || b instanceof Float
  const made = (value: number): Value => (fraction ? new Float(value) : value)
  switch (operator) {
    case '+': return made(x + y)
    case '-': return made(x - y)
    case '*': return made(x * y)
    case '**': return y < 0 ? new Float(x ** y) : made(x ** y)
    case '/': return y === 0 ? raise('division by zero') : new Float(x / y)
    case '//': return y === 0 ? raise('division by zero') : made(Math.floor(x / y))
    case '%': return y === 0 ? raise('division by zero') : made(x - y * Math.floor(x / y))
    default: return unsupported(operator, a, b)
  }
}

const unsupported = (operator: string, a: Value, b: Value): never => raise(`"${operator}" does not join ${typeName(a)} and ${typeName(b)}`)

export function compared(operator: string, a: Value, b: Value): boolean {
  switch (operator) {
    case '==': return equal(a, b)
    case '!=': return !equal(a, b)
    case 'in': return contains(b, a) ?? raise(`"in" does not look into ${typeName(b)}`)
    case 'not in': return !(contains(b, a) ?? raise(`"in" does not look into ${typeName(b)}`))
    default: {
      const order = compare(a, b) ?? raise(`"${operator}" does not compare ${typeName(a)} and ${typeName(b)}`)
      return operator === '<' ? order < 0 : operator === '<=' ? order <= 0 : operator === '>' ? order > 0 : order >= 0
    }
  }
}

export function unary(operator: 'not' | '-' | '+', value: Value): Value {
  if (operator === 'not') return !truthy(value)
  const number = numberOf(value) ?? raise(`"${operator}" needs a number, not ${typeName(value)}`)
  const signed = operator === '-' ? -number : number
  return value instanceof Float ? new Float(signed) : signed
}

/** `'%s and %s' % (a, b)`. */
export function format(text: string, values: Value): string {
  const list = values instanceof Tuple ? [...values] : [values]
  let next = 0
  const made = text.replace(/%(?:\((\w+)\))?([-+0 ]*)(\d*)(?:\.(\d+))?([sdifr%])/gu, (_whole, key: string | undefined, flags: string, width: string, digits: string | undefined, kind: string) => {
    if (kind === '%') return '%'
    const value = key === undefined ? list[next++] : values instanceof Map ? (values as PyMap).get(key) : undefined
    let shown = kind === 'f' ? (numberOf(value) ?? 0).toFixed(Number(digits ?? 6)) : kind === 'd' || kind === 'i' ? String(Math.trunc(numberOf(value) ?? 0)) : print(value)
    const wide = Math.min(Number(width || 0), 10_000)
    if (flags.includes('-')) shown = shown.padEnd(wide)
    else shown = shown.padStart(wide, flags.includes('0') ? '0' : ' ')
    return shown
  })
  checkLength(made.length)
  return made
}

export function sliced(value: Value, from: Value, to: Value, step: Value): Value {
  if (typeof value !== 'string' && !isList(value)) return raise(`${typeName(value)} cannot be sliced`)
  const stride = step === undefined || step === null ? 1 : (numberOf(step) ?? 1)
  if (stride === 0) return raise('a slice cannot have the step 0')
  const source = typeof value === 'string' ? [...value] : value
  const size = source.length
  const bound = (given: Value, fallback: number): number => {
    const number = given === undefined || given === null ? fallback : (numberOf(given) ?? raise('a slice needs whole numbers'))
    const moved = number < 0 && given !== undefined && given !== null ? number + size : number
    return stride > 0 ? Math.min(Math.max(moved, 0), size) : Math.min(Math.max(moved, -1), size - 1)
  }
  const [start, end] = [bound(from, stride > 0 ? 0 : size - 1), bound(to, stride > 0 ? size : -1)]
  const taken: Value[] = []
  for (let i = start; stride > 0 ? i < end : i > end; i += stride) taken.push(source[i])
  if (typeof value === 'string') return taken.join('')
  return value instanceof Tuple ? tupleOf(taken) : taken
}

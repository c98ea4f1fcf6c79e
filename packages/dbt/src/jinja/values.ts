// The values of templates, as Python has them, and what may be asked of them. No value leads to JavaScript's own objects:
// members are found by `get-member` alone, which knows each kind.

import { checkLength } from './limits.ts'

/** `undefined` is Jinja's undefined, `null` is None. Whole numbers are JavaScript's; fractions are `Float`. */
export type Value = undefined | null | boolean | number | string | Float | Tuple | PyObject | readonly Value[] | PyMap
export type PyMap = Map<Value, Value>
export type Keywords = ReadonlyMap<string, Value>

export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

/** Prints in round brackets; a list in all else. */
export class Tuple extends Array<Value> {}

export function tupleOf(items: readonly Value[]): Tuple {
  const made = new Tuple()
  for (const item of items) made.push(item)
  return made
}

/** Where a call stands, for who is called: the template's file and text, and the offset. */
export interface CallSite { readonly file: string; readonly text: string; readonly at: number }

/** Something with members of its own: relations, columns, functions, times. */
export abstract class PyObject {
  /** A member by name; undefined where there is none. */
  member(_name: string): Value {
    return undefined
  }
  /** An item by key; members by default. */
  item(key: Value): Value {
    return typeof key === 'string' ? this.member(key) : undefined
  }
  call?(args: readonly Value[], keywords: Keywords, site: CallSite): Value
  assign?(name: string, value: Value): void
  /** True where `is mapping` says so. */
  readonly mapping: boolean = false
  items?(): readonly Value[]
  /** `this operator other`, or with `turned` the other way round; undefined where it means nothing. */
  operate?(operator: string, other: Value, turned: boolean): Value
  /** Below zero where it comes before the other. */
  order?(other: Value): number | undefined
  truth(): boolean {
    return true
  }
  equals(other: Value): boolean {
    return this === other
  }
  abstract print(): string
}

/** A function of the context. */
export class Func extends PyObject {
  readonly name: string
  override readonly call: (args: readonly Value[], keywords: Keywords, site: CallSite) => Value
  readonly members: Readonly<Record<string, Value>>
  constructor(name: string, call: (args: readonly Value[], keywords: Keywords, site: CallSite) => Value, members: Readonly<Record<string, Value>> = {}) {
    super()
    this.name = name
    this.call = call
    this.members = members
  }
  override member(name: string): Value {
    return Object.hasOwn(this.members, name) ? this.members[name] : undefined
  }
  override print(): string {
    return `<function ${this.name}>`
  }
}

/** Members by name, some of them made when first asked for. */
export class Space extends PyObject {
  readonly name: string
  readonly #find: (name: string) => Value
  constructor(name: string, find: Readonly<Record<string, Value>> | ((name: string) => Value)) {
    super()
    this.name = name
    this.#find = typeof find === 'function' ? find : (member) => (Object.hasOwn(find, member) ? find[member] : undefined)
  }
  override member(name: string): Value {
    return this.#find(name)
  }
  override print(): string {
    return `<${this.name}>`
  }
}

export class Namespace extends PyObject {
  readonly values = new Map<string, Value>()
  override member(name: string): Value {
    return this.values.get(name)
  }
  override assign(name: string, value: Value): void {
    this.values.set(name, value)
  }
  override print(): string {
    return '<Namespace>'
  }
}

export class PySet extends PyObject {
  readonly values: Value[] = []
  constructor(values: readonly Value[]) {
    super()
    for (const value of values) this.add(value)
  }
  add(value: Value): void {
    if (!this.values.some((one) => equal(one, value))) this.values.push(value)
  }
  override items(): readonly Value[] {
    return this.values
  }
  override truth(): boolean {
    return this.values.length > 0
  }
  override equals(other: Value): boolean {
    return other instanceof PySet && other.values.length === this.values.length && other.values.every((value) => contains(this, value) === true)
  }
  override print(): string {
    return this.values.length === 0 ? 'set()' : `{${this.values.map(repr).join(', ')}}`
  }
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

export function truthy(value: Value): boolean {
  if (value === undefined || value === null) return false
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  if (typeof value === 'string') return value !== ''
  if (value instanceof Float) return value.value !== 0
  if (isList(value)) return value.length > 0
  return value instanceof Map ? value.size > 0 : (value as PyObject).truth()
}

/** What `{{ value }}` prints. */
export function print(value: Value): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  return repr(value)
}

/** Python's own spelling of a value. */
export function repr(value: Value, depth = 0): string {
  if (value === undefined) return 'Undefined'
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return quoted(value)
  if (value instanceof Float) return printFloat(value.value)
  if (depth > 50) return '...'
  const inner = (one: Value): string => repr(one, depth + 1)
  let text: string
  if (value instanceof Tuple) text = value.length === 1 ? `(${inner(value[0])},)` : `(${[...value].map(inner).join(', ')})`
  else if (isList(value)) text = `[${value.map(inner).join(', ')}]`
  else if (value instanceof Map) text = `{${[...value].map(([key, item]) => `${inner(key)}: ${inner(item)}`).join(', ')}}`
  else text = (value as PyObject).print()
  checkLength(text.length)
  return text
}

function quoted(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
  return `${mark}${mark === "'" ? escaped.replaceAll("'", "\\'") : escaped}${mark}`
}

function printFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`
  return String(value).replace(/e([+-])(\d)$/u, 'e$10$2')
}

/** The number of a value, where it is one; a truth value is one too, as in Python. */
export function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (value instanceof Float) return value.value
  return typeof value === 'boolean' ? Number(value) : undefined
}

export function equal(a: Value, b: Value): boolean {
  if (a === b) return true
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined || y !== undefined) return x === y
  if (isList(a)) return isList(b) && a instanceof Tuple === b instanceof Tuple && a.length === b.length && a.every((item, i) => equal(item, b[i]))
  if (a instanceof Map) return b instanceof Map && a.size === b.size && [...a].every(([key, item]) => b.has(key) && equal(item, b.get(key)))
  if (a instanceof PyObject) return a.equals(b)
  return b instanceof PyObject ? b.equals(a) : false
}

/** Below zero where `a` comes first; undefined where the two cannot be compared. */
export function compare(a: Value, b: Value): number | undefined {
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x !== undefined && y !== undefined) return x - y
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : Number(a > b)
  if (isList(a) && isList(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
      const one = compare(a[i], b[i])
      if (one !== 0) return one
    }
    return a.length - b.length
  }
  return a instanceof PyObject ? a.order?.(b) : undefined
}

/** What a loop runs over; undefined where the value has no members. */
export function itemsOf(value: Value): readonly Value[] | undefined {
  if (value === undefined) return []
  if (isList(value)) return value
  if (typeof value === 'string') return [...value]
  if (value instanceof Map) return [...value.keys()]
  return value instanceof PyObject ? value.items?.() : undefined
}

export function contains(holder: Value, value: Value): boolean | undefined {
  if (typeof holder === 'string') return typeof value === 'string' ? holder.includes(value) : undefined
  if (holder instanceof Map) return holder.has(value)
  return itemsOf(holder)?.some((one) => equal(one, value))
}

export function typeName(value: Value): string {
  if (value === undefined) return 'Undefined'
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'int'
  if (typeof value === 'string') return 'str'
  if (value instanceof Float) return 'float'
  if (value instanceof Tuple) return 'tuple'
  if (isList(value)) return 'list'
  if (value instanceof Map) return 'dict'
  return value instanceof PySet ? 'set' : value.constructor.name
}

/** JSON and YAML values. */
export function fromJson(json: unknown): Value {
  if (json === null || json === undefined) return null
  if (typeof json === 'number') return Number.isInteger(json) ? json : new Float(json)
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (json instanceof Date) return json.toISOString().slice(0, 10)
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json === 'object') return new Map(Object.entries(json).map(([key, item]) => [key, fromJson(item)]))
  return String(json)
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

export function toJson(value: Value, depth = 0): JsonValue {
  if (value === undefined || value === null || depth > 50) return null
  if (typeof value === 'boolean' || typeof value === 'number' || typeof value === 'string') return value
  if (value instanceof Float) return value.value
  if (isList(value)) return [...value].map((item) => toJson(item, depth + 1))
  if (value instanceof Map) {
    const made: Record<string, JsonValue> = {}
    // A key such as __proto__ is a key like any other.
    for (const [key, item] of value) Object.defineProperty(made, print(key), { value: toJson(item, depth + 1), enumerable: true, configurable: true, writable: true })
    return made
  }
  if (value instanceof PySet) return value.values.map((item) => toJson(item, depth + 1))
  return value.print()
}

// What a template computes with: plain values, lists, maps and the few functions that it is given. A map is a Map, so
// that no name reaches a JavaScript prototype.

import type { TemplateNode } from './parse-template.ts'

export type Value = undefined | null | boolean | number | string | readonly Value[] | ReadonlyMap<string, Value> | Callable

/** A function of the template. `node` is the call, for its place. */
export class Callable {
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>, node: TemplateNode) => Value
  constructor(call: Callable['call']) {
    this.call = call
  }
}

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

export const isMap = (value: Value): value is ReadonlyMap<string, Value> => value instanceof Map

/** Jinja's truth: nothing, zero and what is empty are false. */
export function isTrue(value: Value): boolean {
  if (isList(value)) return value.length > 0
  if (isMap(value)) return value.size > 0
  return Boolean(value)
}

/** As `{{ value }}` prints it, the way Python would. */
export function printed(value: Value): string {
  if (value === undefined) return ''
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (isList(value)) return `[${value.map(represented).join(', ')}]`
  if (isMap(value)) return `{${[...value].map(([key, item]) => `${represented(key)}: ${represented(item)}`).join(', ')}}`
  if (value instanceof Callable) return ''
  return String(value)
}

const represented = (value: Value): string => (typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : printed(value))

/** Equal as Jinja's `==` has it. */
export function isEqual(a: Value, b: Value): boolean {
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  if (isMap(a) && isMap(b)) return a.size === b.size && [...a].every(([key, item]) => b.has(key) && isEqual(item, b.get(key)))
  return a === b
}

type TextMethod = (self: string, ...args: readonly Value[]) => Value
type MapMethod = (self: ReadonlyMap<string, Value>, ...args: readonly Value[]) => Value

const text = (value: Value): string => printed(value)

/** Filters: `value | name(args)`. */
export const FILTERS: ReadonlyMap<string, (value: Value, ...args: readonly Value[]) => Value> = new Map<string, (value: Value, ...args: readonly Value[]) => Value>([
  ['upper', (value: Value) => text(value).toUpperCase()],
  ['lower', (value: Value) => text(value).toLowerCase()],
  ['trim', (value: Value) => text(value).trim()],
  ['string', (value: Value) => text(value)],
  ['int', (value: Value) => Math.trunc(Number(value)) || 0],
  ['float', (value: Value) => Number(value) || 0],
  ['length', (value: Value) => lengthOf(value)],
  ['count', (value: Value) => lengthOf(value)],
  ['first', (value: Value) => (isList(value) ? value[0] : text(value)[0])],
  ['last', (value: Value) => (isList(value) ? value.at(-1) : text(value).at(-1))],
  ['list', (value: Value) => (isMap(value) ? [...value.keys()] : isList(value) ? value : [...text(value)])],
  ['reverse', (value: Value) => (isList(value) ? value.toReversed() : [...text(value)].toReversed().join(''))],
  ['sort', (value: Value) => (isList(value) ? value.toSorted((a, b) => (typeof a === 'number' && typeof b === 'number' ? a - b : text(a) < text(b) ? -1 : 1)) : value)],
  ['unique', (value: Value) => (isList(value) ? value.filter((item, i) => value.findIndex((other) => isEqual(other, item)) === i) : value)],
  ['join', (value: Value, glue: Value) => (isList(value) ? value.map(printed).join(glue === undefined ? '' : text(glue)) : text(value))],
  ['replace', (value: Value, from: Value, to: Value) => text(value).replaceAll(text(from), () => text(to))],
  ['default', (value: Value, other: Value) => (value === undefined ? other : value)],
  ['d', (value: Value, other: Value) => (value === undefined ? other : value)],
])

const lengthOf = (value: Value): number => (isList(value) ? value.length : isMap(value) ? value.size : text(value).length)

const TEXT_METHODS: ReadonlyMap<string, TextMethod> = new Map<string, TextMethod>([
  ['upper', (self) => self.toUpperCase()],
  ['lower', (self) => self.toLowerCase()],
  ['strip', (self) => self.trim()],
  ['startswith', (self, head: Value) => self.startsWith(text(head))],
  ['endswith', (self, tail: Value) => self.endsWith(text(tail))],
  ['replace', (self, from: Value, to: Value) => self.replaceAll(text(from), () => text(to))],
  ['split', (self, by: Value) => self.split(by === undefined ? /\s+/u : text(by))],
  ['join', (self, items: Value) => (isList(items) ? items.map(printed).join(self) : '')],
])

const MAP_METHODS: ReadonlyMap<string, MapMethod> = new Map<string, MapMethod>([
  ['items', (self) => [...self]],
  ['keys', (self) => [...self.keys()]],
  ['values', (self) => [...self.values()]],
  ['get', (self, key: Value, other: Value) => self.get(text(key)) ?? other],
])

/** `value.name` or `value[name]`; undefined where there is none. Never reaches JavaScript's own members. */
export function memberOf(value: Value, name: Value): Value {
  if (isMap(value) && typeof name === 'string' && value.has(name)) return value.get(name)
  if (typeof name === 'number') return isList(value) ? value.at(Math.trunc(name)) : typeof value === 'string' ? value.at(Math.trunc(name)) : undefined
  if (typeof name !== 'string') return undefined
  const ofText = typeof value === 'string' ? TEXT_METHODS.get(name) : undefined
  if (ofText !== undefined) return new Callable((args) => ofText(value as string, ...args))
  const ofMap = isMap(value) ? MAP_METHODS.get(name) : undefined
  return ofMap === undefined ? undefined : new Callable((args) => ofMap(value as ReadonlyMap<string, Value>, ...args))
}

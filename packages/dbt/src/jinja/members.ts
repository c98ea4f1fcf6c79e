// What `a.b`, `a[b]` and `a.b()` mean for each kind of value: an allowlist of Python's own methods, and nothing else.

import { raise } from './errors.ts'
import { checkLength, checkMembers } from './limits.ts'
import { compare, contains, equal, Func, isList, itemsOf, numberOf, print, PyObject, PySet, tupleOf, typeName } from './values.ts'
import type { Keywords, PyMap, Value } from './values.ts'

/** `of.name`: a member, a method, or a map's item. */
export function attributeOf(of: Value, name: string): Value {
  if (of instanceof PySet) return methodOf(SET_METHODS, of, name)
  if (of instanceof PyObject) return of.member(name)
  if (of instanceof Map) return methodOf(MAP_METHODS, of, name) ?? of.get(name)
  if (typeof of === 'string') return methodOf(TEXT_METHODS, of, name)
  if (isList(of)) return methodOf(LIST_METHODS, of as Value[], name)
  if (of === undefined) return raise(`something undefined has no "${name}"`)
  return undefined
}

/** `of[key]`. */
export function itemOf(of: Value, key: Value): Value {
  if (of instanceof Map) return of.has(key) ? of.get(key) : typeof key === 'string' ? methodOf(MAP_METHODS, of, key) : undefined
  if (isList(of) || typeof of === 'string') {
    const index = typeof key === 'number' ? key : undefined
    if (index === undefined) return typeof key === 'string' ? attributeOf(of, key) : undefined
    return of.at(index)
  }
  if (of instanceof PySet) return undefined
  if (of instanceof PyObject) return of.item(key)
  if (of === undefined) return raise(`something undefined has no "${print(key)}"`)
  return undefined
}

type Method<T> = (of: T, args: readonly Value[], keywords: Keywords) => Value

function methodOf<T extends Value>(methods: Readonly<Record<string, Method<T>>>, of: T, name: string): Value {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  return method === undefined ? undefined : new Func(name, (args, keywords) => method(of, args, keywords))
}

const text = (value: Value): string => (typeof value === 'string' ? value : raise(`a text is needed, not ${typeName(value)}`))
const whole = (value: Value, fallback: number): number => (value === undefined || value === null ? fallback : (numberOf(value) ?? raise(`a number is needed, not ${typeName(value)}`)))
const long = (made: string): string => {
  checkLength(made.length)
  return made
}
const charactersOf = (value: Value): ReadonlySet<string> | undefined => (typeof value === 'string' ? new Set(value) : undefined)

export function stripped(of: string, characters: Value, start: boolean, end: boolean): string {
  const set = charactersOf(characters)
  if (set === undefined) return start && end ? of.trim() : start ? of.trimStart() : of.trimEnd()
  let [from, to] = [0, of.length]
  if (start) while (from < to && set.has(of[from] as string)) from += 1
  if (end) while (to > from && set.has(of[to - 1] as string)) to -= 1
  return of.slice(from, to)
}

function split(of: string, separator: Value, most: number): Value {
  if (separator === undefined || separator === null) return of.trim() === '' ? [] : of.trim().split(/\s+/u)
  const by = text(separator)
  if (by === '') return raise('an empty text cannot split another')
  const parts = of.split(by)
  checkMembers(parts.length)
  return most < 0 || parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(by)]
}

/** Python's `str.format` with places `{}`, `{0}`, `{name}`. */
function formatted(of: string, args: readonly Value[], keywords: Keywords): string {
  let next = 0
  return long(of.replace(/\{\{|\}\}|\{([^{}:!]*)(?:![rs])?(?::([^{}]*))?\}/gu, (found, key: string | undefined, spec: string | undefined) => {
    if (found === '{{' || found === '}}') return found[0] as string
    const [head = '', ...rest] = (key ?? '').split(/[.[\]]+/u).filter((part, i) => i === 0 || part !== '')
    let value = head === '' ? args[next++] : /^\d+$/u.test(head) ? args[Number(head)] : keywords.get(head)
    for (const part of rest) value = itemOf(value, /^\d+$/u.test(part) ? Number(part) : part)
    const digits = /\.(\d+)f$/u.exec(spec ?? '')
    if (digits !== null) return (numberOf(value) ?? 0).toFixed(Number(digits[1]))
    const padded = /^0?(\d+)d?$/u.exec(spec ?? '')
    return padded === null ? print(value) : print(value).padStart(Math.min(Number(padded[1]), 1000), (spec ?? '').startsWith('0') ? '0' : ' ')
  }))
}

const replaced = (of: string, from: string, to: string, most: number): string => {
  if (most < 0) return long(of.replaceAll(from, () => to))
  let made = of
  for (let i = 0, at = 0; i < most; i += 1) {
    const found = made.indexOf(from, at)
    if (found === -1) break
    made = made.slice(0, found) + to + made.slice(found + from.length)
    at = found + to.length
  }
  return long(made)
}
const some = (value: Value, test: (one: string) => boolean): boolean => (isList(value) ? value.some((one) => test(text(one))) : test(text(value)))
const title = (of: string): string => of.toLowerCase().replace(/[\p{L}]+/gu, (word) => (word[0] as string).toUpperCase() + word.slice(1))
const keyed = (args: readonly Value[], keywords: Keywords, at: number, name: string): Value => args[at] ?? keywords.get(name)

const TEXT_METHODS: Readonly<Record<string, Method<string>>> = {
  upper: (of) => of.toUpperCase(),
  lower: (of) => of.toLowerCase(),
  casefold: (of) => of.toLowerCase(),
  title: (of) => title(of),
  capitalize: (of) => (of === '' ? of : (of[0] as string).toUpperCase() + of.slice(1).toLowerCase()),
  swapcase: (of) => [...of].map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase())).join(''),
  strip: (of, [characters]) => stripped(of, characters, true, true),
  lstrip: (of, [characters]) => stripped(of, characters, true, false),
  rstrip: (of, [characters]) => stripped(of, characters, false, true),
  removeprefix: (of, [prefix]) => (of.startsWith(text(prefix)) ? of.slice(text(prefix).length) : of),
  removesuffix: (of, [suffix]) => (text(suffix) !== '' && of.endsWith(text(suffix)) ? of.slice(0, -text(suffix).length) : of),
  split: (of, args, keywords) => split(of, keyed(args, keywords, 0, 'sep'), whole(keyed(args, keywords, 1, 'maxsplit'), -1)),
  rsplit: (of, args, keywords) => {
    const most = whole(keyed(args, keywords, 1, 'maxsplit'), -1)
    const parts = split(of, args[0], -1) as readonly string[]
    const by = typeof args[0] === 'string' ? args[0] : ' '
    return most < 0 || parts.length <= most + 1 ? parts : [parts.slice(0, parts.length - most).join(by), ...parts.slice(parts.length - most)]
  },
  splitlines: (of) => of.replace(/\r?\n$/u, '').split(/\r?\n/u),
  join: (of, [items]) => long((itemsOf(items) ?? raise(`${typeName(items)} cannot be joined`)).map(text).join(of)),
  replace: (of, [from, to, most]) => replaced(of, text(from), text(to), whole(most, -1)),
  startswith: (of, [start]) => some(start, (one) => of.startsWith(one)),
  endswith: (of, [end]) => some(end, (one) => of.endsWith(one)),
  find: (of, [part]) => of.indexOf(text(part)),
  rfind: (of, [part]) => of.lastIndexOf(text(part)),
  index: (of, [part]) => (of.includes(text(part)) ? of.indexOf(text(part)) : raise('the text is not in it')),
  count: (of, [part]) => of.split(text(part)).length - 1,
  format: formatted,
  isdigit: (of) => /^\d+$/u.test(of),
  isnumeric: (of) => /^\d+$/u.test(of),
  isdecimal: (of) => /^\d+$/u.test(of),
  isalpha: (of) => /^\p{L}+$/u.test(of),
  isalnum: (of) => /^[\p{L}\d]+$/u.test(of),
  isspace: (of) => /^\s+$/u.test(of),
  isupper: (of) => of !== of.toLowerCase() && of === of.toUpperCase(),
  islower: (of) => of !== of.toUpperCase() && of === of.toLowerCase(),
  isidentifier: (of) => /^[A-Za-z_]\w*$/u.test(of),
  zfill: (of, [width]) => of.padStart(Math.min(whole(width, 0), 10_000), '0'),
  ljust: (of, [width, fill]) => of.padEnd(Math.min(whole(width, 0), 10_000), typeof fill === 'string' ? fill : ' '),
  rjust: (of, [width, fill]) => of.padStart(Math.min(whole(width, 0), 10_000), typeof fill === 'string' ? fill : ' '),
  partition: (of, [by]) => {
    const at = of.indexOf(text(by))
    return tupleOf(at === -1 ? [of, '', ''] : [of.slice(0, at), text(by), of.slice(at + text(by).length)])
  },
  encode: (of) => of,
}

const added = (of: Value[], values: readonly Value[]): null => {
  checkMembers(of.length + values.length)
  for (const value of values) of.push(value)
  return null
}
const indexOf = (of: readonly Value[], value: Value): number => {
  const at = of.findIndex((one) => equal(one, value))
  return at === -1 ? raise('the value is not in the list') : at
}

export function sortValues(values: readonly Value[], key: (value: Value) => Value = (value) => value, reverse = false): Value[] {
  const keys = new Map(values.map((value) => [value, key(value)]))
  const order = (a: Value, b: Value): number => compare(keys.get(a), keys.get(b)) ?? raise(`${typeName(keys.get(a))} and ${typeName(keys.get(b))} have no order`)
  return values.toSorted((a, b) => (reverse ? order(b, a) : order(a, b)))
}

const LIST_METHODS: Readonly<Record<string, Method<Value[]>>> = {
  append: (of, [value]) => added(of, [value]),
  extend: (of, [values]) => added(of, [...(itemsOf(values) ?? raise(`${typeName(values)} has no members`))]),
  insert: (of, [at, value]) => {
    checkMembers(of.length + 1)
    of.splice(whole(at, 0), 0, value)
    return null
  },
  pop: (of, [at]) => (of.length === 0 ? raise('pop from an empty list') : of.splice(whole(at, of.length - 1), 1)[0]),
  remove: (of, [value]) => {
    of.splice(indexOf(of, value), 1)
    return null
  },
  index: (of, [value]) => indexOf(of, value),
  count: (of, [value]) => of.filter((one) => equal(one, value)).length,
  clear: (of) => {
    of.length = 0
    return null
  },
  copy: (of) => [...of],
  reverse: (of) => {
    of.reverse()
    return null
  },
  sort: (of, _args, keywords) => {
    of.splice(0, of.length, ...sortValues(of, undefined, keywords.get('reverse') === true))
    return null
  },
}

const pairsOf = (value: Value): readonly (readonly [Value, Value])[] => {
  if (value === undefined || value === null) return []
  if (value instanceof Map) return [...value]
  return (itemsOf(value) ?? raise(`${typeName(value)} is no map`)).map((pair) => [itemOf(pair, 0), itemOf(pair, 1)] as const)
}

export const mapOf = (value: Value, keywords: Keywords): PyMap => new Map<Value, Value>([...pairsOf(value), ...keywords])

const MAP_METHODS: Readonly<Record<string, Method<PyMap>>> = {
  items: (of) => [...of].map((pair) => tupleOf(pair)),
  keys: (of) => [...of.keys()],
  values: (of) => [...of.values()],
  get: (of, args, keywords) => (of.has(args[0]) ? of.get(args[0]) : (keyed(args, keywords, 1, 'default') ?? null)),
  pop: (of, args) => {
    if (!of.has(args[0])) return args.length > 1 ? args[1] : raise(`there is no key ${print(args[0])}`)
    const value = of.get(args[0])
    of.delete(args[0])
    return value
  },
  update: (of, [values], keywords) => {
    for (const [key, value] of [...pairsOf(values), ...keywords]) of.set(key, value)
    checkMembers(of.size)
    return null
  },
  setdefault: (of, [key, value]) => {
    if (!of.has(key)) of.set(key, value ?? null)
    checkMembers(of.size)
    return of.get(key)
  },
  copy: (of) => new Map(of),
  clear: (of) => {
    of.clear()
    return null
  },
}

const SET_METHODS: Readonly<Record<string, Method<PySet>>> = {
  add: (of, [value]) => {
    of.add(value)
    checkMembers(of.values.length)
    return null
  },
  update: (of, [values]) => {
    for (const value of itemsOf(values) ?? []) of.add(value)
    return null
  },
  union: (of, [other]) => new PySet([...of.values, ...(itemsOf(other) ?? [])]),
  intersection: (of, [other]) => new PySet(of.values.filter((one) => contains(other, one) === true)),
  difference: (of, [other]) => new PySet(of.values.filter((one) => contains(other, one) !== true)),
  issubset: (of, [other]) => of.values.every((one) => contains(other, one) === true),
  issuperset: (of, [other]) => (itemsOf(other) ?? []).every((one) => contains(of, one) === true),
}

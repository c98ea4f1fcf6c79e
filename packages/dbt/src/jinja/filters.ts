// Jinja's filters, and dbt's own (as_text, as_bool, as_number, as_native).

import { raise } from './errors.ts'
import { checkLength, checkMembers } from './limits.ts'
import { attributeOf, itemOf, sortValues, stripped } from './members.ts'
import { format } from './operators.ts'
import { equal, Float, itemsOf, numberOf, print, toJson, truthy, tupleOf, typeName } from './values.ts'
import type { JsonValue, Keywords, Value } from './values.ts'
import { TESTS } from './tests.ts'

export type Filter = (value: Value, args: readonly Value[], keywords: Keywords, call: Caller) => Value
/** How filters use filters, and call what a template names. */
export interface Caller { readonly filter: (name: string, value: Value, args: readonly Value[], keywords: Keywords) => Value }

const membersOf = (value: Value): readonly Value[] => itemsOf(value) ?? raise(`${typeName(value)} has no members`)
// These look at nothing where there is nothing.
const someOf = (value: Value): readonly Value[] => (truthy(value) ? membersOf(value) : [])
const number = (value: Value, fallback = 0): number => numberOf(value) ?? fallback
const given = (args: readonly Value[], keywords: Keywords, at: number, name: string): Value => args[at] ?? keywords.get(name)

function path(value: Value, attribute: Value): Value {
  let found = value
  for (const part of typeof attribute === 'string' ? attribute.split('.') : [attribute]) {
    const key = typeof part === 'string' && /^\d+$/u.test(part) ? Number(part) : part
    found = typeof key === 'string' && !(found instanceof Map) ? attributeOf(found, key) : itemOf(found, key)
  }
  return found
}

function chosen(keep: boolean, byAttribute: boolean): Filter {
  return (value, args, keywords) => {
    const [attribute, rest] = byAttribute ? [args[0], args.slice(1)] : [undefined, args]
    const name = rest[0]
    const test = name === undefined ? undefined : (typeof name === 'string' && Object.hasOwn(TESTS, name) ? TESTS[name] : raise(`there is no test "${print(name)}"`))
    return someOf(value).filter((member) => {
      const looked = byAttribute ? path(member, attribute) : member
      return (test === undefined ? truthy(looked) : test(looked, rest.slice(1), keywords)) === keep
    })
  }
}

const words = (text: string): string => text.toLowerCase().replace(/(^|[-\s({[<])(\p{L})/gu, (_all, before: string, letter: string) => before + letter.toUpperCase())
const caseless = (keywords: Keywords, args: readonly Value[], at: number) => (value: Value): Value => (typeof value === 'string' && given(args, keywords, at, 'case_sensitive') !== true ? value.toLowerCase() : value)

function unique(value: Value, attribute: Value, fold: (value: Value) => Value): Value {
  const seen: Value[] = []
  const plain = new Set<Value>()
  return membersOf(value).filter((member) => {
    const key = fold(attribute === undefined ? member : path(member, attribute))
    if (typeof key === 'string' || typeof key === 'number') return plain.has(key) ? false : (plain.add(key), true)
    if (seen.some((one) => equal(one, key))) return false
    seen.push(key)
    return true
  })
}

function rounded(value: Value, digits: number, method: Value): Value {
  const scale = 10 ** digits
  const scaled = number(value) * scale
  return new Float((method === 'ceil' ? Math.ceil(scaled) : method === 'floor' ? Math.floor(scaled) : Math.round(scaled)) / scale)
}

function indented(value: string, width: Value, first: boolean, blank: boolean): string {
  const by = typeof width === 'string' ? width : ' '.repeat(Math.min(number(width, 4), 1000))
  const made = value.split('\n').map((line, i) => ((i === 0 && !first) || (line === '' && !blank) ? line : by + line)).join('\n')
  checkLength(made.length)
  return made
}

/** Text to what it spells: the number, truth or list that stands in it. */
export function native(value: Value): Value {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (/^[-+]?\d+$/u.test(text)) return Number(text)
  if (/^[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$/u.test(text)) return new Float(Number(text))
  if (/^true$/iu.test(text)) return true
  if (/^false$/iu.test(text)) return false
  if (text === 'None') return null
  return value
}

export const FILTERS: Readonly<Record<string, Filter>> = {
  upper: (value) => print(value).toUpperCase(),
  lower: (value) => print(value).toLowerCase(),
  title: (value) => words(print(value)),
  capitalize: (value) => ((text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase())(print(value)),
  trim: (value, args) => stripped(print(value), args[0], true, true),
  string: (value) => print(value),
  length: (value) => (typeof value === 'string' ? value.length : membersOf(value).length),
  join: (value, args, keywords) => {
    const attribute = given(args, keywords, 1, 'attribute')
    const made = membersOf(value).map((member) => print(attribute === undefined ? member : path(member, attribute))).join(print(given(args, keywords, 0, 'd') ?? ''))
    checkLength(made.length)
    return made
  },
  default: (value, args, keywords) => (value === undefined || (given(args, keywords, 1, 'boolean') === true && !truthy(value)) ? (given(args, keywords, 0, 'default_value') === undefined ? '' : given(args, keywords, 0, 'default_value')) : value),
  replace: (value, [from, to, most]) => {
    const text = print(value)
    if (most === undefined || most === null) return text.replaceAll(print(from), () => print(to))
    return text.split(print(from)).reduce((made, part, i) => (i === 0 ? part : made + (i <= number(most) ? print(to) : print(from)) + part), '')
  },
  list: (value) => [...membersOf(value)],
  first: (value) => membersOf(value)[0],
  last: (value) => membersOf(value).at(-1),
  reverse: (value) => (typeof value === 'string' ? [...value].toReversed().join('') : [...membersOf(value)].toReversed()),
  sort: (value, args, keywords) => {
    const attribute = given(args, keywords, 2, 'attribute')
    const fold = caseless(keywords, args, 1)
    return sortValues([...membersOf(value)], (member) => fold(attribute === undefined ? member : path(member, attribute)), given(args, keywords, 0, 'reverse') === true)
  },
  unique: (value, args, keywords) => unique(value, given(args, keywords, 1, 'attribute'), caseless(keywords, args, 0)),
  map: (value, args, keywords, call) => {
    const attribute = keywords.get('attribute')
    if (attribute !== undefined) {
      const fallback = keywords.get('default')
      return someOf(value).map((member) => path(member, attribute) ?? fallback)
    }
    return someOf(value).map((member) => call.filter(print(args[0]), member, args.slice(1), keywords))
  },
  select: chosen(true, false),
  reject: chosen(false, false),
  selectattr: chosen(true, true),
  rejectattr: chosen(false, true),
  items: (value) => (value instanceof Map ? [...value].map((pair) => tupleOf(pair)) : value === undefined ? [] : raise('a map is needed')),
  dictsort: (value, args, keywords) => {
    const by = given(args, keywords, 1, 'by') === 'value' ? 1 : 0
    const pairs = value instanceof Map ? [...value].map((pair) => tupleOf(pair)) : raise('a map is needed')
    const fold = caseless(keywords, args, 0)
    return sortValues(pairs, (pair) => fold((pair as readonly Value[])[by]), given(args, keywords, 2, 'reverse') === true)
  },
  groupby: (value, args, keywords) => {
    const attribute = given(args, keywords, 0, 'attribute')
    const groups = new Map<Value, Value[]>()
    for (const member of membersOf(value)) groups.set(path(member, attribute), [...(groups.get(path(member, attribute)) ?? []), member])
    return sortValues([...groups.keys()]).map((key) => tupleOf([key, groups.get(key)]))
  },
  batch: (value, [size, fill]) => {
    const members = membersOf(value)
    const rows: Value[][] = []
    for (let i = 0; i < members.length; i += Math.max(1, number(size, 1))) rows.push(members.slice(i, i + Math.max(1, number(size, 1))))
    const last = rows.at(-1)
    if (fill !== undefined && fill !== null && last !== undefined) while (last.length < number(size, 1)) last.push(fill)
    return rows
  },
  slice: (value, [count, fill]) => {
    const members = membersOf(value)
    const parts = Math.max(1, number(count, 1))
    checkMembers(parts)
    const [each, more] = [Math.floor(members.length / parts), members.length % parts]
    return Array.from({ length: parts }, (_, i) => {
      const start = i * each + Math.min(i, more)
      const part = members.slice(start, start + each + (i < more ? 1 : 0))
      if (fill !== undefined && fill !== null && i >= more && more > 0) part.push(fill)
      return part
    })
  },
  sum: (value, args, keywords) => {
    const attribute = given(args, keywords, 0, 'attribute')
    const members = membersOf(value).map((member) => (attribute === undefined ? member : path(member, attribute)))
    const total = members.reduce((sum: number, member) => sum + number(member), number(given(args, keywords, 1, 'start')))
    return members.some((member) => member instanceof Float) ? new Float(total) : total
  },
  min: (value) => sortValues([...membersOf(value)])[0],
  max: (value) => sortValues([...membersOf(value)]).at(-1),
  int: (value, args, keywords) => {
    const made = typeof value === 'string' ? (/^\s*[-+]?\d+(?:\.\d*)?\s*$/u.test(value) ? Math.trunc(Number(value)) : undefined) : numberOf(value)
    return made === undefined ? (given(args, keywords, 0, 'default') ?? 0) : Math.trunc(made)
  },
  float: (value, args, keywords) => {
    const made = typeof value === 'string' ? (value.trim() === '' ? Number.NaN : Number(value)) : (numberOf(value) ?? Number.NaN)
    return Number.isNaN(made) ? (given(args, keywords, 0, 'default') ?? new Float(0)) : new Float(made)
  },
  abs: (value) => (value instanceof Float ? new Float(Math.abs(value.value)) : Math.abs(number(value))),
  round: (value, args, keywords) => rounded(value, number(given(args, keywords, 0, 'precision')), given(args, keywords, 1, 'method')),
  attr: (value, [name]) => attributeOf(value, print(name)),
  tojson: (value, args, keywords) => {
    const indent = given(args, keywords, 0, 'indent')
    const made = indent === undefined || indent === null ? pythonJson(toJson(value)) : JSON.stringify(toJson(value), null, number(indent))
    checkLength(made.length)
    return made
  },
  indent: (value, args, keywords) => indented(print(value), given(args, keywords, 0, 'width'), given(args, keywords, 1, 'first') === true, given(args, keywords, 2, 'blank') === true),
  truncate: (value, args, keywords) => {
    const [most, end] = [number(given(args, keywords, 0, 'length'), 255), print(given(args, keywords, 2, 'end') ?? '...')]
    const text = print(value)
    if (text.length <= most + 5) return text
    const cut = text.slice(0, Math.max(0, most - end.length))
    return (given(args, keywords, 1, 'killwords') === true ? cut : cut.slice(0, Math.max(0, cut.lastIndexOf(' ')))) + end
  },
  wordcount: (value) => print(value).split(/\w+/u).length - 1,
  center: (value, args) => ((text, width) => text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width))(print(value), Math.min(number(args[0], 80), 10_000)),
  format: (value, args, keywords) => format(print(value), keywords.size > 0 ? new Map(keywords) : tupleOf(args)),
  escape: (value) => print(value).replace(/[&<>"']/gu, (c) => `&#${c.charCodeAt(0)};`),
  safe: (value) => value,
  striptags: (value) => print(value).replace(/<[^>]*>/gu, '').replace(/\s+/gu, ' ').trim(),
  urlencode: (value) => encodeURIComponent(print(value)),
  pprint: (value) => print(value),
  as_text: (value) => print(value),
  as_bool: (value) => ((made) => (typeof made === 'boolean' ? made : raise(`${print(value)} is no truth value`)))(native(value)),
  as_number: (value) => ((made) => (numberOf(made) === undefined ? raise(`${print(value)} is no number`) : made))(native(value)),
  as_native: native,
  count: (value) => membersOf(value).length,
  d: (value, args, keywords, call) => call.filter('default', value, args, keywords),
  e: (value, args, keywords, call) => call.filter('escape', value, args, keywords),
}

/** JSON with the spaces that Python's writer sets. */
export function pythonJson(json: JsonValue, sort = false): string {
  if (isArray(json)) return `[${json.map((item) => pythonJson(item, sort)).join(', ')}]`
  if (typeof json === 'object' && json !== null) {
    const keys = sort ? Object.keys(json).toSorted() : Object.keys(json)
    return `{${keys.map((key) => `${JSON.stringify(key)}: ${pythonJson(json[key] as JsonValue, sort)}`).join(', ')}}`
  }
  return JSON.stringify(json)
}
const isArray = (json: JsonValue): json is readonly JsonValue[] => Array.isArray(json)

// Calls → Trino's, one by one. A function that is not here cannot be said: of those that both have under one name, many differ.

import type { Expression, Sort } from './types.ts'
import { printPattern } from './print-pattern.ts'
import { isExact, isNumber, isTime, isWhole, joined } from './sorts.ts'
import { cannot } from './types.ts'

export interface Printed { readonly sql: string; readonly sort: Sort }
type Print = (expression: Expression) => Printed
type Call = (args: readonly Expression[], print: Print, name: string) => Printed

const TRUNCATES = new Set(['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'])
const PARTS = new Set(['year', 'quarter', 'month', 'day'])

export function printCall(name: string, args: readonly Expression[], print: Print): Printed {
  const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined
  return call === undefined ? cannot(`the function ${name.slice(0, 60)}`) : call(args, print, name)
}

const textOf = (argument: Expression | undefined, print: Print): string => {
  const { sql, sort } = argument === undefined ? cannot('a call without its arguments') : print(argument)
  return sort === 'string' || sort === 'null' ? sql : cannot(`a text function on ${sort}`)
}
const many = (args: readonly Expression[], least: number, most: number): void => void (args.length >= least && args.length <= most ? undefined : cannot(`a call with ${args.length} arguments`))

const textToText = (trino: string): Call => (args, print) => {
  many(args, 1, 1)
  return { sql: `${trino}(${textOf(args[0], print)})`, sort: 'string' }
}

/** A count that is written out, above zero. */
const countOf = (argument: Expression | undefined): number => {
  const negative = argument?.kind === 'minus' ? argument.of : undefined
  const literal = negative ?? argument
  const count = literal?.kind === 'number' && /^\d{1,4}$/u.test(literal.text) ? Number(literal.text) : 0
  return count === 0 ? cannot('a position that is not written out') : negative === undefined ? count : -count
}

// From the end, both agree only as far as the text is long.
const fromEnd = (text: string, count: number): string => `substr(${text}, -least(${count}, length(${text})))`

const substring: Call = (args, print) => {
  many(args, 2, 3)
  const [text, start] = [textOf(args[0], print), countOf(args[1])]
  if (start < 0) return args.length === 2 ? { sql: fromEnd(text, -start), sort: 'string' } : cannot('a part from the end')
  const length = args.length === 3 ? countOf(args[2]) : undefined
  return length !== undefined && length < 0 ? cannot('a negative length') : { sql: `substr(${text}, ${start}${length === undefined ? '' : `, ${length}`})`, sort: 'string' }
}

const matches: Call = (args, print) => {
  many(args, 2, 2)
  const pattern = args[1]?.kind === 'string' ? printPattern(args[1].value) : cannot('a pattern that is not written out')
  return { sql: `regexp_like(${textOf(args[0], print)}, ${quote(pattern)})`, sort: 'boolean' }
}

const replaces: Call = (args, print) => {
  const [text, pattern, instead, options] = args
  if (args.length !== 4 || pattern?.kind !== 'string' || instead?.kind !== 'string' || options?.kind !== 'string' || options.value !== 'g') return cannot('regexp_replace without "g"')
  if (instead.value.includes('\\')) cannot('a part of what was matched')
  // To Trino a dollar begins the number of a group.
  return { sql: `regexp_replace(${textOf(text, print)}, ${quote(printPattern(pattern.value))}, ${quote(instead.value.replaceAll('$', '\\$'))})`, sort: 'string' }
}

const truncates: Call = (args, print) => {
  const [unit, time] = args
  if (args.length !== 2 || unit?.kind !== 'string' || !TRUNCATES.has(unit.value) || time === undefined) return cannot('such a truncation')
  const { sql, sort } = print(time)
  if (!isTime(sort) && sort !== 'timestamptz') cannot(`truncating ${sort}`)
  return sort === 'date' && ['hour', 'minute', 'second'].includes(unit.value) ? cannot('hours of a date') : { sql: `date_trunc('${unit.value}', ${sql})`, sort }
}

export const partOf = (unit: string, of: Expression, print: Print): Printed => {
  const { sql, sort } = print(of)
  return PARTS.has(unit) && isTime(sort) ? { sql: `${unit}(${sql})`, sort: 'long' } : cannot(`the part ${unit.slice(0, 30)} of ${sort}`)
}
const part: Call = (args, print, name) => {
  many(args, 1, 1)
  return partOf(name, args[0] ?? cannot('nothing'), print)
}

const first: Call = (args, print, name) => {
  many(args, name === 'nullif' ? 2 : 1, name === 'nullif' ? 2 : 20)
  const printed = args.map(print)
  const sort = printed.map((one) => one.sort).reduce(joined)
  if (sort === 'float' || sort === 'double' || sort === 'other' || sort === 'list') cannot(`${name} on ${sort}`)
  return { sql: args.length === 1 ? (printed[0]?.sql ?? '') : `${name}(${printed.map((one) => one.sql).join(', ')})`, sort }
}

const contains: Call = (args, print) => {
  many(args, 2, 2)
  const [list, item] = args.map(print)
  if (list === undefined || item === undefined || list.sort !== 'list') return cannot('list_contains on no list')
  const sort = args[0]?.kind === 'list' ? args[0].items.map((one) => print(one).sort).reduce(joined, 'null') : 'other'
  joined(sort, item.sort)
  if (!isExact(item.sort) && item.sort !== 'string' && item.sort !== 'boolean') cannot(`list_contains on ${item.sort}`)
  return { sql: sort === 'null' ? '(false AND true)' : `contains(${list.sql}, ${item.sql})`, sort: 'boolean' }
}

const CALLS: Readonly<Record<string, Call>> = {
  lower: textToText('lower'), lcase: textToText('lower'), upper: textToText('upper'), ucase: textToText('upper'), reverse: textToText('reverse'),
  length: (args, print) => {
    many(args, 1, 1)
    return { sql: `length(${textOf(args[0], print)})`, sort: 'long' }
  },
  substr: substring, substring,
  left: (args, print) => {
    many(args, 2, 2)
    const count = countOf(args[1])
    return count < 0 ? cannot('left with a negative count') : { sql: `substr(${textOf(args[0], print)}, 1, ${count})`, sort: 'string' }
  },
  right: (args, print) => {
    many(args, 2, 2)
    const count = countOf(args[1])
    return count < 0 ? cannot('right with a negative count') : { sql: fromEnd(textOf(args[0], print), count), sort: 'string' }
  },
  starts_with: (args, print) => {
    many(args, 2, 2)
    return { sql: `starts_with(${textOf(args[0], print)}, ${textOf(args[1], print)})`, sort: 'boolean' }
  },
  regexp_matches: matches, regexp_replace: replaces, date_trunc: truncates,
  year: part, quarter: part, month: part, day: part,
  coalesce: first, nullif: first,
  list_contains: contains, array_contains: contains, list_has: contains, array_has: contains,
  abs: (args, print) => {
    many(args, 1, 1)
    const { sql, sort } = print(args[0] ?? cannot('nothing'))
    return isExact(sort) ? { sql: `abs(${sql})`, sort } : cannot(`abs of ${sort}`)
  },
  round: (args, print) => {
    many(args, 1, 1)
    const { sql, sort } = print(args[0] ?? cannot('nothing'))
    return isNumber(sort) ? { sql: isWhole(sort) ? sql : `round(${sql})`, sort } : cannot(`round of ${sort}`)
  },
  // A column cannot fail; what was computed can.
  try: (args, print) => {
    many(args, 1, 1)
    const [of] = args
    const { sql, sort } = print(of ?? cannot('nothing'))
    return { sql: of?.kind === 'column' ? sql : `TRY(${sql})`, sort }
  },
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

// A tree → Trino's SQL that is true, false or null on the same rows. Where the two disagree, what is printed says the engine's
// meaning out in full; where that is not possible, nothing is printed.

import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import { partOf, printCall } from './print-call.ts'
import type { Printed } from './print-call.ts'
import type { RowColumn } from './sorts.ts'
import { isExact, isFloating, isNumber, isWhole, joined, sortOf, typedLiteral } from './sorts.ts'
import type { Expression, Sort } from './types.ts'
import { cannot } from './types.ts'

const CASTS: Readonly<Record<string, readonly [trino: string, sort: Sort]>> = {
  varchar: ['VARCHAR', 'string'], text: ['VARCHAR', 'string'], string: ['VARCHAR', 'string'], boolean: ['BOOLEAN', 'boolean'], bool: ['BOOLEAN', 'boolean'],
  integer: ['INTEGER', 'int'], int: ['INTEGER', 'int'], bigint: ['BIGINT', 'long'], double: ['DOUBLE', 'double'], float: ['REAL', 'float'], real: ['REAL', 'float'],
  date: ['DATE', 'date'], timestamp: ['TIMESTAMP(6)', 'timestamp'], timestamptz: ['TIMESTAMP(6) WITH TIME ZONE', 'timestamptz'], uuid: ['UUID', 'uuid'],
}
/** What reads the same as a text in both. */
const AS_TEXT: ReadonlySet<Sort> = new Set(['string', 'int', 'long', 'decimal', 'boolean', 'date', 'uuid', 'null'])
const ORDERS = new Set(['=', '<>', '!=', '<', '<=', '>', '>='])
const FLIPPED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** `onColumn` hears of every column that is asked for. */
export function expressionPrinter(columns: readonly RowColumn[], onColumn: (name: string) => void): (expression: Expression) => Printed {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]))
  const print = (expression: Expression): Printed => {
    switch (expression.kind) {
      case 'column': {
        const column = byName.get(expression.name.toLowerCase()) ?? cannot('a column that is not there')
        onColumn(column.name)
        return { sql: quoteIdentifier(column.name), sort: sortOf(column.type) }
      }
      case 'string': return { sql: text(expression.value), sort: 'string' }
      case 'number': return { sql: expression.text, sort: /[eE]/u.test(expression.text) ? 'double' : expression.text.includes('.') ? 'decimal' : expression.text.length < 10 ? 'int' : expression.text.length < 19 ? 'long' : 'decimal' }
      case 'word': return { sql: expression.word === 'null' ? 'NULL' : expression.word, sort: expression.word === 'null' ? 'null' : 'boolean' }
      case 'typed': return { sql: typedLiteral(expression, expression.type)?.sql ?? cannot(`the ${expression.type} ${expression.value.slice(0, 30)}`), sort: expression.type }
      case 'list': return { sql: `ARRAY[${expression.items.map((item) => print(item).sql).join(', ')}]`, sort: 'list' }
      case 'not': return { sql: `(NOT ${truth(expression.of)})`, sort: 'boolean' }
      case 'minus': {
        const { sql, sort } = print(expression.of)
        return isNumber(sort) ? { sql: `(-${sql})`, sort } : cannot(`a minus before ${sort}`)
      }
      case 'is-null': return { sql: `(${print(expression.of).sql} IS ${expression.negated ? 'NOT ' : ''}NULL)`, sort: 'boolean' }
      case 'distinct': {
        const [left, right, sort] = pair(expression.left, expression.right)
        return isFloating(sort) ? cannot('IS DISTINCT FROM on floating numbers') : { sql: `(${left} IS ${expression.negated ? 'NOT ' : ''}DISTINCT FROM ${right})`, sort: 'boolean' }
      }
      case 'between': {
        const both: Expression = { kind: 'binary', operator: 'and', left: { kind: 'binary', operator: '>=', left: expression.of, right: expression.low }, right: { kind: 'binary', operator: '<=', left: expression.of, right: expression.high } }
        return print(expression.negated ? { kind: 'not', of: both } : both)
      }
      case 'in': {
        const items = expression.items.map((item) => pair(expression.of, item))
        if (items.some(([, , sort]) => isFloating(sort))) cannot('IN on floating numbers')
        const [first] = items
        return first === undefined ? cannot('an empty IN') : { sql: `(${first[0]} ${expression.negated ? 'NOT ' : ''}IN (${items.map(([, item]) => item).join(', ')}))`, sort: 'boolean' }
      }
      case 'like': return like(expression)
      case 'case': return cases(expression)
      case 'cast': return cast(expression)
      case 'extract': return partOf(expression.unit, expression.of, print)
      case 'call': return printCall(expression.name, expression.args, print)
      case 'binary': return binary(expression)
    }
  }

  const truth = (expression: Expression): string => {
    const { sql, sort } = print(expression)
    return sort === 'boolean' || sort === 'null' ? sql : cannot(`${sort} where true or false was looked for`)
  }

  /** Two sides that can be compared, and what they are. */
  const pair = (a: Expression, b: Expression): readonly [string, string, Sort] => {
    const [left, right] = [print(a), print(b)]
    if (left.sort === 'string' && right.sort === 'string') return [left.sql, right.sql, 'string']
    const [typedLeft, typedRight] = [typedLiteral(a, right.sort), typedLiteral(b, left.sort)]
    if (typedLeft !== undefined) return [typedLeft.sql, right.sql, right.sort]
    if (typedRight !== undefined) return [left.sql, typedRight.sql, left.sort]
    const sort = joined(left.sort, right.sort)
    // What a point in time is depends on the session's zone as soon as something else stands beside it.
    return sort === 'other' || sort === 'list' ? cannot(`comparing ${sort}`) : [left.sql, right.sql, sort]
  }

  const binary = ({ operator, left: a, right: b }: Expression & { kind: 'binary' }): Printed => {
    if (operator === 'and' || operator === 'or') return { sql: `(${truth(a)} ${operator.toUpperCase()} ${truth(b)})`, sort: 'boolean' }
    if (operator === '||') return { sql: `(${textual(a)} || ${textual(b)})`, sort: 'string' }
    if (ORDERS.has(operator)) return compare(operator === '!=' ? '<>' : operator, a, b)
    const [left, right] = [print(a), print(b)]
    if (!isNumber(left.sort) || !isNumber(right.sort)) return cannot(`${operator} on ${left.sort} and ${right.sort}`)
    // Of whole numbers Trino makes a whole number; floating ones both divide by zero alike.
    if (operator === '/') return { sql: `(CAST(${left.sql} AS DOUBLE) / CAST(${right.sql} AS DOUBLE))`, sort: 'double' }
    if (operator === '%') return isExact(left.sort) && isExact(right.sort) ? { sql: `(${left.sql} % NULLIF(${right.sql}, 0))`, sort: joined(left.sort, right.sort) } : cannot('% on floating numbers')
    return { sql: `(${left.sql} ${operator} ${right.sql})`, sort: joined(left.sort, right.sort) }
  }

  const textual = (expression: Expression): string => {
    const { sql, sort } = print(expression)
    return sort === 'string' || sort === 'null' ? sql : cannot(`|| on ${sort}`)
  }

  const compare = (operator: string, a: Expression, b: Expression): Printed => {
    const [left, right, sort] = pair(a, b)
    if (!isFloating(sort)) return { sql: `(${left} ${operator} ${right})`, sort: 'boolean' }
    // NaN is above everything to the engine, and compares with nothing to Trino.
    if (isLiteral(a)) return isLiteral(b) ? cannot('comparing two numbers') : compare(FLIPPED[operator] ?? operator, b, a)
    if (!isLiteral(b)) return cannot('comparing two floating numbers')
    const plain = `${left} ${operator} ${right}`
    return { sql: operator.startsWith('>') ? `((${plain}) OR is_nan(CAST(${left} AS DOUBLE)))` : `(${plain})`, sort: 'boolean' }
  }

  const like = ({ of, pattern, escape, ignoresCase, negated }: Expression & { kind: 'like' }): Printed => {
    const [value, wanted] = [textual(of), textual(pattern)].map((sql) => (ignoresCase ? `lower(${sql})` : sql))
    if (escape !== undefined && (escape.kind !== 'string' || [...escape.value].length !== 1 || ignoresCase)) return cannot('such an escape')
    return { sql: `(${value} ${negated ? 'NOT ' : ''}LIKE ${wanted}${escape?.kind === 'string' ? ` ESCAPE ${text(escape.value)}` : ''})`, sort: 'boolean' }
  }

  const cases = ({ of, branches, otherwise }: Expression & { kind: 'case' }): Printed => {
    const results = [...branches.map(([, then]) => print(then)), ...(otherwise === undefined ? [] : [print(otherwise)])]
    const sort = results.map((result) => result.sort).reduce(joined)
    const parts = branches.map(([when], i) => `WHEN ${of === undefined ? truth(when) : compare('=', of, when).sql} THEN ${results[i]?.sql}`)
    return { sql: `CASE ${parts.join(' ')}${otherwise === undefined ? '' : ` ELSE ${results.at(-1)?.sql}`} END`, sort }
  }

  const cast = ({ of, type, tries }: Expression & { kind: 'cast' }): Printed => {
    const decimal = /^(?:decimal|numeric)\((\d{1,2}), (\d{1,2})\)$/u.exec(type)
    const [trino, sort] = decimal === null ? (Object.hasOwn(CASTS, type) ? (CASTS[type] ?? cannot('')) : cannot(`the type ${type.slice(0, 40)}`)) : ([`DECIMAL(${decimal[1]}, ${decimal[2]})`, 'decimal'] as const)
    if (of.kind === 'string' && sort !== 'string') {
      const typed = typedLiteral(of, sort)
      return typed === undefined ? cannot(`the text ${JSON.stringify(of.value.slice(0, 30))} as ${sort}`) : { sql: typed.sql, sort }
    }
    const from = print(of)
    if (!isFaithful(from.sort, sort, tries && isRounded(of))) cannot(`a cast of ${from.sort} to ${sort}`)
    return { sql: `${tries ? 'TRY_CAST' : 'CAST'}(${from.sql} AS ${trino})`, sort }
  }

  return print
}

/** Both cast it to the same. Texts are taken for other things differently, and halves are rounded differently, but where nothing is left to round. */
function isFaithful(from: Sort, to: Sort, isRoundedBefore: boolean): boolean {
  if (from === to || from === 'null') return true
  if (to === 'string') return AS_TEXT.has(from)
  if (!isNumber(from) || !isNumber(to)) return false
  return to === 'double' || (isWhole(from) && isExact(to)) || isRoundedBefore
}

/** `round(…) * 10`: what a mask makes. */
const isRounded = (of: Expression): boolean => of.kind === 'binary' && of.operator === '*' && of.left.kind === 'call' && of.left.name === 'round' && isLiteral(of.right)

const isLiteral = (expression: Expression): boolean => expression.kind === 'number' || (expression.kind === 'minus' && expression.of.kind === 'number')
const text = (value: string): string => (value.includes('\0') ? cannot('the character U+0000') : quoteLiteral(value))

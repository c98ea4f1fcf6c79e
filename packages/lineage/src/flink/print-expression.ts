// An expression of the engine's tree → Flink's SQL of the same value. Whatever is not here is refused: of what both have under
// one name, much differs (a quotient of whole numbers, an average, how NaN compares, upper case).

import type { TreeNode, TreeValue } from '@tulle/sql'
import { constantOf, nodeOf, nodesOf, textOf, textsOf } from '../statement/node.ts'
import type { Sort } from './sorts.ts'
import { cannot, decimal, digitsOf, HUGE, isExact, isFloating, isSafeCast, isSame, isWhole, joined, typeOf } from './sorts.ts'
import { bucketed, dayOf, microsOf, spanOf, truncated } from './times.ts'

export interface Printed { readonly sql: string; readonly sort: Sort }
type Column = (names: readonly string[]) => Printed

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`

const COMPARES: Readonly<Record<string, string>> = { COMPARE_EQUAL: '=', COMPARE_NOTEQUAL: '<>', COMPARE_LESSTHAN: '<', COMPARE_GREATERTHAN: '>', COMPARE_LESSTHANOREQUALTO: '<=', COMPARE_GREATERTHANOREQUALTO: '>=', COMPARE_DISTINCT_FROM: 'IS DISTINCT FROM', COMPARE_NOT_DISTINCT_FROM: 'IS NOT DISTINCT FROM' }
const AGGREGATES = new Set(['count_star', 'count', 'sum', 'min', 'max', 'avg', 'mean'])
const BOOLEAN: Sort = { kind: 'boolean' }

export const castTo = ({ sql, sort }: Printed, to: Sort): string => (isSame(sort, to) ? sql : `CAST(${sql} AS ${typeOf(to)})`)

/** Whether there is an aggregate in it. */
export function aggregates(value: TreeValue | undefined): boolean {
  if (Array.isArray(value)) return (value as readonly TreeValue[]).some(aggregates)
  const node = nodeOf(value)
  return node !== undefined && ((node['class'] === 'FUNCTION' && AGGREGATES.has(textOf(node['function_name']))) || Object.values(node).some(aggregates))
}

export function expressionPrinter(column: Column): (node: TreeNode) => Printed {
  const print = (node: TreeNode): Printed => {
    switch (textOf(node['class'])) {
      case 'COLUMN_REF': return column(textsOf(node['column_names']))
      case 'CONSTANT': return constant(node)
      case 'COMPARISON': return compare(COMPARES[textOf(node['type'])] ?? cannot('such a comparison'), part(node['left']), part(node['right']))
      case 'CONJUNCTION': return { sql: `(${nodesOf(node['children']).map(truth).join(node['type'] === 'CONJUNCTION_OR' ? ' OR ' : ' AND ')})`, sort: BOOLEAN }
      case 'BETWEEN': return { sql: `(${compare('>=', part(node['input']), part(node['lower'])).sql} AND ${compare('<=', part(node['input']), part(node['upper'])).sql})`, sort: BOOLEAN }
      case 'CASE': return cases(node)
      case 'CAST': return cast(node)
      case 'OPERATOR': return operator(node)
      case 'FUNCTION': return call(node)
      case 'SUBQUERY': return cannot('a query within an expression', 'join it')
      case 'WINDOW': return cannot('a window function')
      default: return cannot(`${textOf(node['class']).toLowerCase() || 'nothing'} in an expression`)
    }
  }
  const part = (value: TreeValue | undefined): TreeNode => nodeOf(value) ?? cannot('an expression that is not there')
  const truth = (node: TreeNode): string => {
    const { sql, sort } = print(node)
    return sort.kind === 'boolean' ? sql : cannot(`${sort.kind} as a condition`, 'compare it with something')
  }

  /** A text that is written out beside a date or a time is one. */
  const beside = (node: TreeNode, other: Sort): Printed => {
    const printed = print(node)
    const text = printed.sort.kind === 'string' ? constantOf(node) : undefined
    if (text === undefined) return printed
    return other.kind === 'timestamp' ? timeAt(text) : other.kind === 'date' ? { sql: `DATE ${quoteText(dayOf(text))}`, sort: other } : printed
  }
  const compare = (operator: string, left: TreeNode, right: TreeNode): Printed => {
    const a = beside(left, print(right).sort)
    const b = beside(right, print(left).sort)
    if (a.sort.kind === 'null' || b.sort.kind === 'null') cannot('a comparison with NULL', 'write IS NULL')
    if (isFloating(a.sort) || isFloating(b.sort)) cannot('a comparison of floating numbers', 'cast them to a decimal in a data set that this one reads: how NaN compares differs')
    if (!(isExact(a.sort) && isExact(b.sort))) joined(a.sort, b.sort)
    return { sql: `(${a.sql} ${operator} ${b.sql})`, sort: BOOLEAN }
  }
  const together = (nodes: readonly TreeNode[]): { readonly sorts: Sort; readonly sql: readonly string[] } => {
    const printed = nodes.map(print)
    const sort = printed.map((one) => one.sort).reduce(joined)
    return { sorts: sort, sql: printed.map((one) => castTo(one, sort)) }
  }
  const cases = (node: TreeNode): Printed => {
    const checks = nodesOf(node['case_checks'])
    const { sorts, sql } = together([...checks.map((one) => part(one['then_expr'])), part(node['else_expr'])])
    return { sql: `CASE ${checks.map((one, i) => `WHEN ${truth(part(one['when_expr']))} THEN ${sql[i]}`).join(' ')} ELSE ${sql.at(-1)} END`, sort: sorts }
  }
  const cast = (node: TreeNode): Printed => {
    const to = castType(nodeOf(node['cast_type']) ?? {})
    const child = part(node['child'])
    const text = constantOf(child)
    if (to === undefined) return cannot(`a cast to ${textOf(nodeOf(node['cast_type'])?.['id'])}`)
    if (text !== undefined && to.kind === 'timestamp') return timeAt(text)
    if (text !== undefined && to.kind === 'date') return { sql: `DATE ${quoteText(dayOf(text))}`, sort: to }
    if (to.kind === 'boolean' && (text === 't' || text === 'f')) return { sql: text === 't' ? 'TRUE' : 'FALSE', sort: to }
    const from = print(child)
    if (isSafeCast(from.sort, to)) return { sql: castTo(from, to), sort: to }
    return cannot(`a cast of ${from.sort.kind} to ${to.kind}`, 'cast it in a data set that this one reads: what does not fit fails there, and is cut off or wraps in Flink')
  }
  const operator = (node: TreeNode): Printed => {
    const children = nodesOf(node['children'])
    const [first] = children
    if (first === undefined) return cannot('an operator without operands')
    switch (textOf(node['type'])) {
      case 'OPERATOR_NOT': return { sql: `(NOT ${truth(first)})`, sort: BOOLEAN }
      case 'OPERATOR_IS_NULL': return { sql: `(${print(first).sql} IS NULL)`, sort: BOOLEAN }
      case 'OPERATOR_IS_NOT_NULL': return { sql: `(${print(first).sql} IS NOT NULL)`, sort: BOOLEAN }
      case 'COMPARE_IN': return { sql: `(${children.slice(1).map((one) => compare('=', first, one).sql).join(' OR ')})`, sort: BOOLEAN }
      case 'COMPARE_NOT_IN': return { sql: `(${children.slice(1).map((one) => compare('<>', first, one).sql).join(' AND ')})`, sort: BOOLEAN }
      case 'OPERATOR_COALESCE': {
        const { sorts, sql } = together(children)
        return { sql: `COALESCE(${sql.join(', ')})`, sort: sorts }
      }
      default: return cannot(`the operator ${textOf(node['type'])}`)
    }
  }

  const call = (node: TreeNode): Printed => {
    const name = textOf(node['function_name'])
    const args = nodesOf(node['children'])
    if (nodesOf(nodeOf(node['order_bys'])?.['orders']).length > 0) return cannot(`${name} with ORDER BY`)
    if (AGGREGATES.has(name)) return aggregate(name, node, args)
    if (node['distinct'] === true || nodeOf(node['filter']) !== undefined || textOf(node['schema']) !== '' || textOf(node['catalog']) !== '') return cannot(`such a call of ${name.slice(0, 60)}`)
    const [first, second] = args
    if (first === undefined) return cannot(`the function ${name.slice(0, 60)}`)
    if (args.length === 1) {
      const one = print(first)
      if ((name === '-' || name === 'abs') && isExact(one.sort)) return { sql: name === '-' ? `(-${one.sql})` : `ABS(${one.sql})`, sort: one.sort }
      if (name === 'length' && one.sort.kind === 'string') return { sql: `CAST(CHAR_LENGTH(${one.sql}) AS BIGINT)`, sort: { kind: 'long' } }
    }
    if (args.length === 2 && second !== undefined) {
      switch (name) {
        case '+': case '-': case '*': return arithmetic(name, first, second)
        case '%': case 'mod': return remainder(print(first), second)
        case '/': return quotient(print(first), second)
        case '||': return concatenated(print(first), print(second))
        case '~~': return like(print(first), constantOf(second))
        case '!~~': return { sql: `(NOT ${like(print(first), constantOf(second)).sql})`, sort: BOOLEAN }
        case 'date_trunc': case 'datetrunc': return ofTime(print(second), (sql) => truncated(sql, constantOf(first) ?? cannot('date_trunc to what is not written out', 'write the unit out')))
        case 'time_bucket': return ofTime(print(second), (sql) => bucketed(sql, intervalOf(first) ?? cannot('time_bucket of a width that is not written out', "write interval '15 minutes'")))
      }
    }
    return cannot(`the function ${name.slice(0, 60)}`)
  }
  const arithmetic = (sign: string, first: TreeNode, second: TreeNode): Printed => {
    const span = intervalOf(second)
    if (span !== undefined && sign !== '*') return ofTime(print(first), (sql) => `(${sql} ${sign} CAST(${spanOf(span)} AS BIGINT))`)
    const [left, right] = [print(first), print(second)]
    const sql = `(${left.sql} ${sign} ${right.sql})`
    if (isWhole(left.sort) && isWhole(right.sort)) return { sql, sort: joined(left.sort, right.sort) }
    if (left.sort.kind === 'double' && right.sort.kind === 'double') return { sql, sort: left.sort }
    if (!isExact(left.sort) || !isExact(right.sort)) return cannot(`${left.sort.kind} ${sign} ${right.sort.kind}`)
    const [a, b] = [digitsOf(left.sort), digitsOf(right.sort)]
    const scale = sign === '*' ? a.scale + b.scale : Math.max(a.scale, b.scale)
    const sort = sign === '*' ? decimal(a.precision + b.precision + 1, scale) : decimal(Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1, scale)
    return { sql: `CAST((${castTo(left, { kind: 'decimal', ...a })} ${sign} ${castTo(right, { kind: 'decimal', ...b })}) AS ${typeOf(sort)})`, sort }
  }
  /** A divisor that is written out, since what a division by zero gives differs. */
  const divisor = (node: TreeNode, what: string): Printed => {
    const printed = print(node)
    return isWhole(printed.sort) && /[1-9]/u.test(constantOf(node) ?? '') ? printed : cannot(`${what} by what is not a whole number that is written out`)
  }
  const remainder = (left: Printed, second: TreeNode): Printed => {
    const right = divisor(second, 'a remainder')
    if (!isWhole(left.sort)) return cannot(`a remainder of ${left.sort.kind}`)
    const sort = joined(left.sort, right.sort)
    return { sql: `MOD(${castTo(left, sort)}, ${castTo(right, sort)})`, sort }
  }
  const quotient = (left: Printed, second: TreeNode): Printed => {
    const right = divisor(second, 'a division')
    const sort: Sort = { kind: 'double' }
    return isWhole(left.sort) || left.sort.kind === 'double' ? { sql: `(${castTo(left, sort)} / ${castTo(right, sort)})`, sort } : cannot(`a division of ${left.sort.kind}`)
  }
  const concatenated = (left: Printed, right: Printed): Printed =>
    (left.sort.kind === 'string' && right.sort.kind === 'string' ? { sql: `(${left.sql} || ${right.sql})`, sort: left.sort } : cannot('|| on what is no text', 'cast it to a text'))
  // A backslash and an underscore mean other things to the two.
  const like = ({ sql, sort }: Printed, pattern: string | undefined): Printed =>
    (sort.kind === 'string' && pattern !== undefined && !/[\\_]/u.test(pattern) ? { sql: `(${sql} LIKE ${quoteText(pattern)})`, sort: BOOLEAN } : cannot('LIKE with _ or \\, or a pattern that is not written out'))
  const ofTime = ({ sql, sort }: Printed, of: (sql: string) => string): Printed =>
    (sort.kind === 'timestamp' ? { sql: of(sql), sort } : cannot(`a time that is ${sort.kind}`, 'take a column of the type timestamp'))

  const aggregate = (name: string, node: TreeNode, args: readonly TreeNode[]): Printed => {
    const filter = nodeOf(node['filter'])
    const only = filter === undefined ? '' : ` FILTER (WHERE ${truth(filter)})`
    const each = node['distinct'] === true ? 'DISTINCT ' : ''
    if (name === 'count_star') return { sql: `COUNT(*)${only}`, sort: { kind: 'long' } }
    const [first, more] = args
    if (first === undefined || more !== undefined) return cannot(`such a call of ${name}`)
    if (aggregates(first)) return cannot('an aggregate within another', 'group in a WITH query')
    const { sql, sort } = print(first)
    if (name === 'count' && !(each !== '' && isFloating(sort))) return { sql: `COUNT(${each}${sql})${only}`, sort: { kind: 'long' } }
    if (isFloating(sort)) return cannot(`${name} of floating numbers`, 'cast them to a decimal in a data set that this one reads: what Flink adds and takes away again is not exact')
    const huge = `SUM(${each}CAST(${sql} AS DECIMAL(38, 0)))${only}`
    switch (name) {
      case 'sum':
        if (sort.kind === 'decimal') return { sql: `SUM(${each}${sql})${only}`, sort: { ...HUGE, scale: sort.scale } as Sort }
        return isWhole(sort) ? { sql: huge, sort: HUGE } : cannot(`sum of ${sort.kind}`)
      case 'min': case 'max':
        return isExact(sort) || ['string', 'date', 'timestamp'].includes(sort.kind) ? { sql: `${name.toUpperCase()}(${sql})${only}`, sort } : cannot(`${name} of ${sort.kind}`)
      default:
        return isWhole(sort) ? { sql: `(CAST(${huge} AS DOUBLE) / CAST(COUNT(${each}${sql})${only} AS DOUBLE))`, sort: { kind: 'double' } } : cannot(`${name} of ${sort.kind}`, 'give the sum and the count')
    }
  }
  return print
}

const timeAt = (text: string): Printed => ({ sql: `CAST(${microsOf(text)} AS BIGINT)`, sort: { kind: 'timestamp' } })

function intervalOf(node: TreeNode): string | undefined {
  return node['class'] === 'CAST' && nodeOf(node['cast_type'])?.['id'] === 'INTERVAL' && node['try_cast'] !== true ? constantOf(nodeOf(node['child'])) : undefined
}

const CASTS: Readonly<Record<string, Sort['kind']>> = { INTEGER: 'int', BIGINT: 'long', DOUBLE: 'double', VARCHAR: 'string', BOOLEAN: 'boolean', DATE: 'date', TIMESTAMP: 'timestamp' }

function castType({ id, type_info: info }: TreeNode): Sort | undefined {
  const { width, scale } = nodeOf(info) ?? {}
  if (id === 'DECIMAL') return width === undefined ? undefined : { kind: 'decimal', precision: Number(width), scale: Number(scale ?? 0) }
  const kind = CASTS[textOf(id)]
  return kind === undefined ? undefined : ({ kind } as Sort)
}

function constant(node: TreeNode): Printed {
  const value = nodeOf(node['value']) ?? {}
  const type = nodeOf(value['type']) ?? {}
  const text = constantOf(node)
  if (text === undefined) return { sql: 'NULL', sort: { kind: 'null' } }
  switch (textOf(type['id'])) {
    case 'INTEGER': return { sql: text, sort: { kind: 'int' } }
    case 'BIGINT': return { sql: `CAST(${text} AS BIGINT)`, sort: { kind: 'long' } }
    // Flink pads texts of a fixed length.
    case 'VARCHAR': return { sql: `CAST(${quoteText(text)} AS STRING)`, sort: { kind: 'string' } }
    case 'BOOLEAN': return { sql: text.toUpperCase(), sort: BOOLEAN }
    case 'DECIMAL': {
      const sort = castType(type)
      if (sort?.kind !== 'decimal') return cannot('such a number')
      const { precision, scale } = sort
      const digits = text.replace('-', '').padStart(scale + 1, '0')
      const written = `${text.startsWith('-') ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
      return { sql: `CAST(${written} AS DECIMAL(${precision}, ${scale}))`, sort }
    }
    default: return cannot(`a constant of the type ${textOf(type['id'])}`)
  }
}

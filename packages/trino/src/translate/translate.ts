// An expression of the engine's SQL → Trino's. Never looser: what cannot be said with the same meaning is not said.

import type { Printed } from './print-call.ts'
import { expressionPrinter } from './print-expression.ts'
import { parseExpression } from './parse-expression.ts'
import type { RowColumn } from './sorts.ts'
import { sortOf, typedLiteral } from './sorts.ts'
import type { Expression } from './types.ts'
import { Untranslatable } from './types.ts'

/** `columns` are those that it asks for, as the row calls them. */
export type Translated = { readonly sql: string; readonly columns: readonly string[] } | { readonly cannot: string }

const TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN', int: 'INTEGER', long: 'BIGINT', float: 'REAL', double: 'DOUBLE', string: 'VARCHAR', date: 'DATE', timestamp: 'TIMESTAMP(6)', timestamptz: 'TIMESTAMP(6) WITH TIME ZONE', uuid: 'UUID',
}

/** A condition over the row. */
export function translateCondition(sql: string, columns: readonly RowColumn[]): Translated {
  return translating(columns, (print) => {
    const printed = print(parseExpression(sql))
    if (printed.sort !== 'boolean' && printed.sort !== 'null') throw new Untranslatable(`${printed.sort} where true or false was looked for`)
    return printed.sql
  })
}

/** What stands in for a column, of the column's own type. */
export function translateMask(sql: string, column: RowColumn, columns: readonly RowColumn[]): Translated {
  return translating(columns, (print) => {
    const expression = parseExpression(sql)
    const wanted = sortOf(column.type)
    const constant = typedLiteral(expression, wanted)
    if (constant !== undefined) return constant.sql
    const printed = print(expression)
    if (printed.sort === wanted && printed.sort !== 'decimal' || printed.sort === 'null') return printed.sql
    const decimal = /^decimal\((\d{1,2}), ?(\d{1,2})\)$/u.exec(column.type ?? '')
    const type = decimal === null ? TYPES[column.type ?? ''] : `DECIMAL(${decimal[1]}, ${decimal[2]})`
    if (type === undefined) throw new Untranslatable(`${printed.sort} in the place of ${column.type ?? 'a nested value'}`)
    return `TRY_CAST(${printed.sql} AS ${type})`
  })
}

function translating(columns: readonly RowColumn[], translate: (print: (expression: Expression) => Printed) => string): Translated {
  const asked = new Set<string>()
  try {
    return { sql: translate(expressionPrinter(columns, (column) => void asked.add(column))), columns: [...asked] }
  } catch (error) {
    if (error instanceof Untranslatable) return { cannot: error.message }
    throw error
  }
}

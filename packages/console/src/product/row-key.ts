// A row by its key, as the condition that provenance asks for.

import type { DataSet, Sample } from '@tulle/api'

export interface RowKey {
  /** SQL: `"airport_iata" = 'ABE' and "day" = '2001-01-02'`. */
  readonly where: string
  /** For a person: `airport_iata ABE, day 2001-01-02`. */
  readonly label: string
}

/** The longest condition that the API takes. */
const LONGEST = 2_000

/**
 * Tells how a row of a data set is named. Undefined where the data set has no key, where a column of it is not shown, and where a value
 * cannot be written in a condition: null, a list or a structure, a number that this page could not hold.
 */
export function rowKeys({ columns: known }: Pick<DataSet, 'columns'>, columns: Sample['columns']): ((row: Sample['rows'][number]) => RowKey | undefined) | undefined {
  const key = known.filter(({ primaryKey }) => primaryKey !== undefined).toSorted((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0)).map(({ name }) => ({ name, position: columns.findIndex((one) => one.name === name) }))
  if (key.length === 0 || key.some(({ position }) => position < 0)) return undefined
  return (row) => {
    const parts = key.map(({ name, position }) => ({ name, value: row[position], literal: literalOf(row[position]) }))
    if (parts.some(({ literal }) => literal === undefined)) return undefined
    const where = parts.map(({ name, literal }) => `"${name.replaceAll('"', '""')}" = ${literal}`).join(' and ')
    return where.length > LONGEST ? undefined : { where, label: parts.map(({ name, value }) => `${name} ${String(value)}`).join(', ') }
  }
}

function literalOf(value: unknown): string | undefined {
  // The engine reads a text as whatever the column is: a day, a time, a large number.
  if (typeof value === 'string') return value.includes('\u0000') ? undefined : `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'number' && (!Number.isInteger(value) || Number.isSafeInteger(value))) return String(value)
  return undefined
}

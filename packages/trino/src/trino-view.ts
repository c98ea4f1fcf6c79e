// What somebody sees of a table → the same in Trino's SQL. What cannot be said there is not there: a column whose mask cannot
// be said is hidden, a table whose rows cannot be filtered is closed. Nothing becomes looser on the way.

import type { SeenTable } from './types.ts'
import { translateCondition, translateMask } from './translate/translate.ts'
import type { RowColumn } from './translate/sorts.ts'

/** An expression, and in whose name Trino is to look at it: where it asks for columns that the asker does not see. */
export interface ViewExpression { readonly expression: string; readonly identity?: string }

/** By column, in lower case. */
export interface TrinoView {
  readonly filter?: ViewExpression
  readonly columns: ReadonlyMap<string, { readonly mask?: ViewExpression }>
  /** Columns that the policy shows and Trino cannot, with why. */
  readonly hidden: ReadonlyMap<string, string>
}

/**
 * In this name expressions of ours are looked at, and nothing else: no account can be called so, and whoever signs in to Trino
 * by it runs no query and sees no row.
 */
export const POLICY_IDENTITY = '=tulle'

export const NOTHING: ViewExpression = { expression: 'false' }
export const NO_VALUE: ViewExpression = { expression: 'NULL' }

const views = new WeakMap<SeenTable, TrinoView | { readonly closed: string }>()

/** Remembered for as long as the same answer of the policy is. */
export function trinoView(table: SeenTable): TrinoView | { readonly closed: string } {
  let view = views.get(table)
  if (view === undefined) views.set(table, (view = translate(table)))
  return view
}

function translate({ row, columns, rowFilter, limits }: SeenTable): TrinoView | { readonly closed: string } {
  const closed = (reason: string) => ({ closed: reason })
  if (limits !== undefined) return closed('Trino counts no rows or statements, and a policy limits them')
  if (new Set(row.map(({ name }) => name.toLowerCase())).size < row.length) return closed('columns differ in case alone')
  if ((rowFilter?.reads.length ?? 0) > 0) return closed('which rows are there depends on another table')
  const plain: readonly RowColumn[] = row.map(({ name, type }) => ({ name, type: typeof type === 'string' ? type : undefined }))
  const raw = new Set(columns.filter(({ mask }) => mask === undefined).map(({ name }) => name))
  // Trino looks whether the identity may select each column that an expression asks for.
  const view = (sql: string, asks: readonly string[]): ViewExpression => ({ expression: sql, ...(asks.some((name) => !raw.has(name)) && { identity: POLICY_IDENTITY }) })

  const filter = rowFilter === undefined ? undefined : translateCondition(rowFilter.condition, plain)
  if (filter !== undefined && 'cannot' in filter) return closed(`its condition on rows cannot be said in Trino's SQL (${filter.cannot})`)
  const shown = new Map<string, { readonly mask?: ViewExpression }>()
  const hidden = new Map<string, string>()
  for (const { name, mask } of columns) {
    const column = plain.find((one) => one.name === name)
    const translated = mask === undefined || column === undefined ? undefined : translateMask(mask, column, plain)
    if (column === undefined) hidden.set(name.toLowerCase(), 'it is no column of the row')
    else if (translated === undefined) shown.set(name.toLowerCase(), {})
    else if ('cannot' in translated) hidden.set(name.toLowerCase(), `its mask cannot be said in Trino's SQL (${translated.cannot})`)
    else shown.set(name.toLowerCase(), { mask: view(translated.sql, translated.columns) })
  }
  if (shown.size === 0) return closed(`no column is left: ${[...hidden].map(([name, why]) => `${name}, as ${why}`).join('; ')}`)
  return { ...(filter !== undefined && { filter: view(filter.sql, filter.columns) }), columns: shown, hidden }
}

// Several rights at once → one expression per column. A cell is there where a right that gives its column has its row, and
// unmasked where a right that unmasks the column has it.

import { quoteIdentifier } from '@tulle/sql'

/** One right: which columns it gives and unmasks, and of which rows; without a condition of all. */
export interface Source {
  readonly gives: (column: string) => boolean
  readonly shows: (column: string) => boolean
  /** SQL in brackets. */
  readonly condition?: string
}

/** The rows that any of the rights has; undefined: all. */
export function rowsOf(sources: readonly Source[]): string | undefined {
  const conditions = conditionsOf(sources)
  return conditions === undefined ? undefined : anyOf(conditions)
}

/** The expressions of the columns that are not simply there. `masks` are those of the rules. */
export function cells(columns: readonly { readonly name: string }[], sources: readonly Source[], masks: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const rows = conditionsOf(sources)
  const expressions = columns.flatMap(({ name }) => {
    const raw = quoteIdentifier(name)
    const giving = sources.filter((source) => source.gives(name))
    const [given, shown] = [conditionsOf(giving), conditionsOf(giving.filter((source) => source.shows(name)))]
    const mask = masks.get(name)
    const value = mask === undefined ? raw : shownAs(raw, mask, given, shown)
    const cell = given === undefined || isSame(given, rows) ? value : `CASE WHEN ${anyOf(given)} THEN ${value} END`
    return cell === raw ? [] : [[name, cell] as const]
  })
  // A column may be called __proto__.
  return Object.assign(Object.create(null) as Record<string, string>, Object.fromEntries(expressions))
}

function shownAs(raw: string, mask: string, given: readonly string[] | undefined, shown: readonly string[] | undefined): string {
  if (shown === undefined) return raw
  if (shown.length === 0) return mask
  return given !== undefined && given.every((condition) => shown.includes(condition)) ? raw : `CASE WHEN ${anyOf(shown)} THEN ${raw} ELSE ${mask} END`
}

/** Each once, sorted; undefined: one of the sources has all rows. */
function conditionsOf(sources: readonly Source[]): readonly string[] | undefined {
  if (sources.some(({ condition }) => condition === undefined)) return undefined
  return [...new Set(sources.map(({ condition }) => condition ?? ''))].toSorted()
}

const isSame = (a: readonly string[], b: readonly string[] | undefined): boolean => b !== undefined && a.length === b.length && a.every((condition, i) => condition === b[i])

const anyOf = (conditions: readonly string[]): string => (conditions.length === 1 ? (conditions[0] ?? '') : `(${conditions.join(' OR ')})`)

// Two snapshots of a table → which files can differ, and the SQL that says which rows do. A file that both have, with the
// same deletes, shows the same rows in both: it is never opened.

import { quoteIdentifier } from '@tulle/sql'
import type { Scan, ScanFile } from '@tulle/lake'

/** The files that only one of two scans has. */
export interface DifferingFiles {
  readonly before: Scan
  readonly after: Scan
  /** What both have, which need not be read. */
  readonly same: { readonly files: number; readonly bytes: number }
}

/** Leaves out of two scans of one table what both see alike. */
export function differingFiles(before: Scan, after: Scan): DifferingFiles {
  const [was, is] = [countOf(before.files), countOf(after.files)]
  const both = (file: ScanFile): boolean => was.get(keyOf(file)) === is.get(keyOf(file))
  const same = after.files.filter(both)
  const only = (scan: Scan): Scan => ({ ...scan, files: scan.files.filter((file) => !both(file)) })
  return { before: only(before), after: only(after), same: { files: same.length, bytes: same.reduce((sum, { file }) => sum + file.bytes, 0) } }
}

const keyOf = ({ file, deletes }: ScanFile): string => JSON.stringify([file.path, ...deletes.map(({ path }) => path).toSorted()])

// A hostile manifest may name a file twice; then it has its rows twice.
function countOf(files: readonly ScanFile[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const file of files) counts.set(keyOf(file), (counts.get(keyOf(file)) ?? 0) + 1)
  return counts
}

export interface RowsToCompare {
  readonly before: TableText
  readonly after: TableText
  /** Columns of both, at least one. */
  readonly columns: readonly string[]
  /** Those by which a row is the same row; without any, a changed row is one removed and one added. */
  readonly key?: readonly string[]
}
interface TableText { readonly schema: string; readonly name: string }

export const CHANGES = ['added', 'removed', 'changed'] as const

/**
 * A SELECT with the columns `change` (one of `CHANGES`), `before` and `after` (the row as a struct, or null). Rows are
 * counted, so that one of two equal rows is found missing; null equals null.
 */
export function differenceSql({ before, after, columns, key = [] }: RowsToCompare): string {
  const names = columns.map((_, i) => `c${i}`)
  const from = ({ schema, name }: TableText, side: 1 | -1): string =>
    `SELECT ${columns.map((column, i) => `${quoteIdentifier(column)} AS c${i}`).join(', ')}, ${side} AS side FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`
  const struct = `struct_pack(${columns.map((column, i) => `${quoteIdentifier(column)} := c${i}`).join(', ')})`
  const keys = key.map((column) => names[columns.indexOf(column)]).filter((name) => name !== undefined)
  const counted = [
    'WITH counted AS (',
    `SELECT ${names.join(', ')}, CAST(sum(side) AS BIGINT) AS n FROM (${from(after, 1)} UNION ALL ${from(before, -1)}) GROUP BY ${names.join(', ')} HAVING sum(side) <> 0)`,
    `, rows AS (SELECT n > 0 AS is_after, ${keys.map((name) => `${name}, `).join('')}${struct} AS row, unnest(range(abs(n))) FROM counted)`,
  ]
  if (keys.length === 0) {
    return [...counted, "SELECT CASE WHEN is_after THEN 'added' ELSE 'removed' END AS change, CASE WHEN NOT is_after THEN row END AS before, CASE WHEN is_after THEN row END AS after FROM rows"].join('\n')
  }
  // Where a key is there twice, its rows are paired in turn.
  const list = keys.join(', ')
  const on = [...keys.map((name) => `a.${name} IS NOT DISTINCT FROM b.${name}`), 'a.turn = b.turn'].join(' AND ')
  return [
    ...counted,
    `, paired AS (SELECT is_after, ${list}, row, row_number() OVER (PARTITION BY is_after, ${list}) AS turn FROM rows)`,
    "SELECT CASE WHEN b.turn IS NULL THEN 'added' WHEN a.turn IS NULL THEN 'removed' ELSE 'changed' END AS change, b.row AS before, a.row AS after",
    `FROM (FROM paired WHERE is_after) AS a FULL JOIN (FROM paired WHERE NOT is_after) AS b ON ${on}`,
  ].join('\n')
}

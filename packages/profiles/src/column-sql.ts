// The questions that profiles ask, as SQL. Nothing in it was written by anybody else: names are quoted.

import { quoteIdentifier } from '@tulle/sql'
import { kindOf, numberSql } from './column-kind.ts'
import { POINTS } from './distribution.ts'
import { RANK_BITS, REGISTER_BITS } from './registers.ts'
import type { ProfiledColumn, ProfiledRelation } from './types.ts'

/** So many values of a column are counted one by one. */
export const MOST_COUNTED = 1_000
/** Characters of a value that are kept. */
export const VALUE_LENGTH = 200
const SHAPE_LENGTH = 60
const MOST_SHAPES = 20

const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const SMALL = CAPITALS.toLowerCase()
const DIGITS = '0123456789'

export const tableOf = ({ schema, name }: Pick<ProfiledRelation, 'schema' | 'name'>): string => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`

/** One row: `rows`, the engine's `hash` of a fixed text, and the facts of each column that need no memory, by its place in the list. */
export const countsSql = (from: string, columns: readonly ProfiledColumn[]): string =>
  `SELECT ${['count(*) AS rows', `hash('tulle')::VARCHAR AS hash`, ...columns.flatMap(countsOf)].join(', ')} FROM ${from}`

function countsOf({ name, type }: ProfiledColumn, i: number): readonly string[] {
  const column = quoteIdentifier(name)
  const kind = kindOf(type)
  const filled = `count(${column}) AS f${i}`
  if (kind === 'other') return [filled]
  const ends = [`left(min(${column})::VARCHAR, ${VALUE_LENGTH}) AS a${i}`, `left(max(${column})::VARCHAR, ${VALUE_LENGTH}) AS b${i}`]
  if (kind === 'number') return [filled, ...ends, `avg(${numberSql(type, column)})::VARCHAR AS m${i}`]
  if (type === 'string') return [filled, ...ends, `min(length(${column})) AS s${i}`, `max(length(${column})) AS l${i}`, `avg(length(${column})) AS m${i}`]
  return [filled, ...ends]
}

/** The relation, or a share of its rows by chance. */
export const columnOf = (from: string, { name }: ProfiledColumn, share: number): string =>
  `SELECT ${quoteIdentifier(name)} AS v FROM ${from} WHERE ${quoteIdentifier(name)} IS NOT NULL${share < 1 ? ` AND random() < ${share.toFixed(9)}` : ''}`

/** One row: how many values (`n`), how many distinct ones (`d`), the most common ones, how they are spread, what shapes they have. */
export function valuesSql(from: string, column: ProfiledColumn, share: number): string {
  const { type } = column
  const kind = kindOf(type)
  const spread = kind === 'number' || kind === 'time'
  return `WITH g AS MATERIALIZED (SELECT v, count(*) AS n FROM (${columnOf(from, column, share)}) GROUP BY v)`
    + ' SELECT (SELECT count(*) FROM g) AS d, (SELECT coalesce(sum(n), 0)::BIGINT FROM g) AS n'
    + `, (SELECT list([t, n::VARCHAR]) FROM (SELECT left(v::VARCHAR, ${VALUE_LENGTH}) AS t, n FROM g ORDER BY n DESC, t LIMIT ${MOST_COUNTED + 1})) AS top`
    + (spread ? `, (SELECT list([x, c] ORDER BY x) FROM (SELECT max(x) AS x, max(c) AS c FROM (SELECT x, c, CASE WHEN c = n THEN -1 ELSE ((c - 1) * ${POINTS}) // (sum(n) OVER ()) END AS part FROM (${risingSql(type)})) GROUP BY part)) AS spread` : '')
    + (type === 'string' ? `, (SELECT list([t, n::VARCHAR]) FROM (SELECT translate(left(v, ${SHAPE_LENGTH}), '${CAPITALS}${SMALL}${DIGITS}', '${'A'.repeat(26)}${'a'.repeat(26)}${'9'.repeat(10)}') AS t, sum(n)::BIGINT AS n FROM g GROUP BY t ORDER BY n DESC, t LIMIT ${MOST_SHAPES})) AS shapes` : '')
}

const risingSql = (type: ProfiledColumn['type']): string =>
  `SELECT x, n, sum(n) OVER (ORDER BY x)::BIGINT AS c FROM (SELECT ${numberSql(type, 'v')} AS x, sum(n)::BIGINT AS n FROM g GROUP BY x) WHERE x IS NOT NULL`

/** One row: registers of all values, as `registers.ts` reads them. */
export const registersSql = (from: string, column: ProfiledColumn): string =>
  `SELECT string_agg(chr(48 + coalesce(r, 0)), '' ORDER BY range) AS registers FROM range(${2 ** REGISTER_BITS}) LEFT JOIN (`
    + `SELECT (h >> ${RANK_BITS})::BIGINT AS b, CASE WHEN min(h & ${2 ** RANK_BITS - 1}) = 0 THEN ${RANK_BITS + 1} ELSE ${RANK_BITS} - floor(log2(min(h & ${2 ** RANK_BITS - 1})))::INTEGER END AS r`
    + ` FROM (SELECT hash(v) AS h FROM (${columnOf(from, column, 1)})) GROUP BY b) ON b = range`

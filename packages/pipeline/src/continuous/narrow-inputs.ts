// Of a large input only the rows near to what changed: one scan of the version that is, by bounds of columns that the engine compares
// before it reads anything else of a row. The version that was is made from it, without what has come and with what is gone.

import type { Result } from '@tulle/kernel'
import { Bug, ok } from '@tulle/kernel'
import { duckdbTypeOf, printStatement, readRows } from '@tulle/engine'
import type { ColumnBounds, Relation } from '@tulle/engine'
import type { Narrowing, TableName, Version } from '@tulle/lineage'
import { changedName, listOf, PLACE, writeRelation } from './changed-inputs.ts'
import type { Keeping } from './types.ts'

export const narrowedName = (version: Version, number: number): string => `near_${version}_${number}`

/** So many ranges of a column are named; of more it is not likely that they leave much out. */
const MOST_RANGES = 200

interface Narrowed { readonly narrowings: readonly Narrowing[]; readonly relations: readonly Relation[]; readonly numberOf: (table: TableName) => number }

/** Defines all relations, the narrowed ones among them. The process remembers the list that it was given, so each time it is another one. */
export async function narrowInputs(keeping: Keeping, { narrowings, relations, numberOf }: Narrowed): Promise<Result<void>> {
  const { process } = keeping.session
  const all = [...relations]
  const called = (name: string): Relation => {
    const found = all.find((one) => one.name === name)
    if (found === undefined) throw new Bug(`${name} is no relation of what changed.`)
    return found
  }
  for (const narrowing of narrowings) {
    const input = numberOf(narrowing.table)
    const [was, is] = [called(changedName('was', input)), called(changedName('is', input))]
    const defined = await process.define([...all])
    if (!defined.ok) return defined
    const typeOf = (table: TableName, name: string): unknown => called(changedName('is', numberOf(table))).columns.find((column) => column.name === name)?.type
    const bounds = await boundsOf(keeping, narrowing, is, typeOf)
    if (!bounds.ok) return bounds
    const near: Relation = { ...is, name: `within_${narrowing.number}`, within: bounds.value }
    if (bounds.value.length === 0 || !(await process.define([...all, near])).ok) {
      all.push({ ...was, name: narrowedName('was', narrowing.number) }, { ...is, name: narrowedName('is', narrowing.number) })
      continue
    }
    const list = listOf(is)
    const write = (version: 'was' | 'is', query: string): Promise<Result<Relation>> => writeRelation(process, keeping, narrowedName(version, narrowing.number), { columns: is.columns, query })
    const isNear = await write('is', `SELECT ${list} FROM ${PLACE}.${near.name}`)
    if (!isNear.ok) return isNear
    all.push(isNear.value)
    const placed = await process.define([...all])
    if (!placed.ok) return placed
    const wasNear = await write('was', `(SELECT ${list} FROM ${PLACE}.${isNear.value.name} EXCEPT ALL SELECT ${list} FROM ${PLACE}.${changedName('come', input)}) UNION ALL SELECT ${list} FROM ${PLACE}.${changedName('gone', input)}`)
    if (!wasNear.ok) return wasNear
    all.push(wasNear.value)
  }
  return process.define([...all])
}

const ENDS = ['least', 'most'] as const

/** Of the columns whose ranges are few and can be told as text; none where nothing can be left out. */
async function boundsOf({ session: { process }, signal }: Keeping, { columns, ranges }: Narrowing, { columns: of }: Relation, typeOf: (table: TableName, name: string) => unknown): Promise<Result<readonly ColumnBounds[]>> {
  const text = await printStatement(process, ranges)
  if (!text.ok) return text
  const bounds: ColumnBounds[] = []
  for (const [i, { name, like }] of columns.entries()) {
    const type = of.find((column) => column.name === name)?.type
    if (typeof type !== 'string' || !BOUNDED.test(type) || (like !== undefined && typeOf(like.table, like.name) !== type)) continue
    const [least, most] = ENDS.map((end) => `CAST(CAST("${end}${i}" AS ${duckdbTypeOf(type)}) AS VARCHAR)`)
    const rows = await readRows<readonly [string | null, string | null]>(process, `SELECT DISTINCT ${least}, ${most} FROM (${text.value}\n) AS ranges LIMIT ${MOST_RANGES + 1}`, { signal })
    // A value that does not become one of the column's says nothing of it.
    if (!rows.ok || rows.value.length > MOST_RANGES || rows.value.some(([from, to]) => (from === null) !== (to === null))) continue
    const known = rows.value.filter((row): row is readonly [string, string] => row[0] !== null && row[1] !== null)
    bounds.push({ name, ranges: known, orNull: known.length < rows.value.length })
  }
  return ok(bounds)
}

/** Types whose values are compared as they are told. A time with a zone is rounded by the session's, and a number with a point by its own rules. */
const BOUNDED = /^(?:boolean|int|long|date|timestamp|string|uuid|decimal\(.*)$/u

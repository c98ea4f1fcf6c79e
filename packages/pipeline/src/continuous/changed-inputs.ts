// What changed of each input: rows that one of two versions alone has, counted, in a file for each version.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { readRows } from '@tulle/engine'
import type { EngineProcess, Relation } from '@tulle/engine'
import type { Version } from '@tulle/lineage'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'
import type { DeletedSince, InputVersions } from './input-versions.ts'
import type { Keeping } from './types.ts'

/** The schema of what is read for this alone. */
export const PLACE = 'changes'

export type NumberedVersions = InputVersions & { readonly number: number }
export interface Changed { readonly relations: readonly Relation[]; readonly read: number; /** Numbers of inputs with rows that changed. */ readonly changed: ReadonlySet<number> }

export const changedName = (version: Version, input: number): string => `${version}_${input}`

/** So many row numbers are named one by one, so that the file is read there alone. */
const MOST_NUMBERS = 2000

/** What each input had and has, and what only one of both has, as relations of the process. */
export async function changedInputs(process: EngineProcess, inputs: readonly NumberedVersions[], keeping: Keeping): Promise<Result<Changed>> {
  const named = <R extends Pick<Relation, 'columns' | 'files'>>(relation: R, name: string): R & Relation => ({ ...relation, schema: PLACE, name })
  const defined = await process.define(inputs.flatMap(({ number, before, deleted, after }) => [
    named(before, `before_${number}`),
    named(after, `after_${number}`),
    ...deleted.flatMap((one, i) => [named(one.rows, `rows_${number}_${i}`), named(one.places, `places_${number}_${i}`), named(one.before, `places_before_${number}_${i}`)]),
  ]))
  if (!defined.ok) return defined
  const relations: Relation[] = inputs.flatMap(({ number, was, is }) => [named(was, changedName('was', number)), named(is, changedName('is', number))])
  const changed = new Set<number>()
  let read = 0
  for (const { number, is, before, deleted, after } of inputs) {
    const list = listOf(is)
    const isSame = before.files.length + deleted.length + after.files.length === 0
    const gone: string[] = []
    for (const [i, one] of deleted.entries()) {
      const numbers = await numbersOf(process, `${number}_${i}`, one, keeping.signal)
      if (!numbers.ok) return numbers
      gone.push(`SELECT ${list} FROM ${PLACE}.rows_${number}_${i} WHERE ${quoteIdentifier(one.rows.rowNumber)} IN (${numbers.value})`)
    }
    const sides = { before: [`SELECT ${list} FROM ${PLACE}.before_${number}`, ...gone].join(' UNION ALL '), after: `SELECT ${list} FROM ${PLACE}.after_${number}` }
    for (const [version, from, without] of [['gone', 'before', 'after'], ['come', 'after', 'before']] as const) {
      const name = changedName(version, number)
      const written = isSame ? ok({ ...is, schema: PLACE, name, files: [] }) : await writeRelation(process, keeping, name, { columns: is.columns, query: `(${sides[from]}) EXCEPT ALL (${sides[without]})` })
      if (!written.ok) return written
      const rows = written.value.files.reduce((sum, file) => sum + (file.rows ?? 0), 0)
      read += rows
      if (rows > 0) changed.add(number)
      relations.push(written.value)
    }
  }
  return ok({ relations, read, changed })
}

export const listOf = ({ columns }: Pick<Relation, 'columns'>): string => columns.map(({ name }) => quoteIdentifier(name)).join(', ')

/** The rows of a query as a relation of their own. */
export async function writeRelation(process: EngineProcess, { session, target, signal }: Keeping, name: string, { columns, query }: { readonly columns: Relation['columns']; readonly query: string }): Promise<Result<Relation>> {
  const path = join(session.outFolder, `${target.dataSet.name}.${name}.parquet`)
  await rm(path, { force: true })
  const numbered = columns.map((column, i) => ({ name: column.name, type: column.type, fieldId: i + 1 }))
  const written = await process.write(query, { path, fieldIds: Object.fromEntries(numbered.map((column) => [column.name, column.fieldId])), signal })
  if (!written.ok) return written
  const { rows } = written.value
  return ok({ schema: PLACE, name, columns: numbered, files: rows === 0 ? [] : [{ path, rows }] })
}

/** The numbers of rows that a file lost, as a list, or as a query where they are many. */
async function numbersOf(process: EngineProcess, name: string, { addresses }: DeletedSince, signal: AbortSignal): Promise<Result<string>> {
  const of = (relation: string): string => `SELECT pos FROM ${PLACE}.${relation}_${name} WHERE file_path IN (${addresses.map(quoteLiteral).join(', ')})`
  const query = `${of('places')} EXCEPT ${of('places_before')}`
  const rows = await readRows<readonly [number | string]>(process, `SELECT pos FROM (${query}) LIMIT ${MOST_NUMBERS + 1}`, { signal })
  if (!rows.ok) return rows
  return ok(rows.value.length > MOST_NUMBERS ? query : rows.value.length === 0 ? 'NULL' : rows.value.map(([pos]) => String(pos)).join(', '))
}

// An engine process with small tables of a test's own.

import { mkdtemp, rm } from 'node:fs/promises'
import type { Json, Result } from '@tulle/kernel'
import type { EngineProcess, Relation } from '@tulle/engine'
import { duckdbEngine, duckdbTypeOf } from '@tulle/engine'
import { quoteIdentifier, quoteLiteral } from '@tulle/sql'

export interface EngineRig extends AsyncDisposable {
  readonly process: EngineProcess
  /** A table of these columns (Iceberg's types), one list of values each; null is an empty cell. */
  table(schema: string, name: string, columns: Readonly<Record<string, { readonly type: string; readonly values: readonly Json[] }>>): Promise<Relation>
  /** A table that a query makes. */
  make(schema: string, name: string, sql: string, types: Readonly<Record<string, string>>): Promise<Relation>
  define(...relations: readonly Relation[]): Promise<void>
}

export const valueOf = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
  return result.value
}

export async function engineRig({ memoryMegabytes = 256, threads = 1 } = {}): Promise<EngineRig> {
  const folder = await mkdtemp('/tmp/tulle-quality-')
  const engine = duckdbEngine({ folder: `${folder}/engines` })
  const data = `${folder}/data`
  const process = valueOf(await engine.start({ readPaths: [data], writePaths: [data], memoryMegabytes, threads }))
  let files = 0
  const rig: EngineRig = {
    process,
    make: async (schema, name, sql, types) => {
      const path = `${data}/${files++}.parquet`
      const names = Object.keys(types)
      valueOf(await process.write(sql, { path, fieldIds: Object.fromEntries(names.map((column, i) => [column, i + 1])) }))
      return { schema, name, files: [{ path }], columns: names.map((column, i) => ({ name: column, type: types[column] ?? 'string', fieldId: i + 1 })) }
    },
    table: (schema, name, columns) => {
      const names = Object.keys(columns)
      const rows = Math.max(0, ...names.map((column) => columns[column]?.values.length ?? 0))
      const cell = (value: Json | undefined): string => (value === null || value === undefined ? 'NULL' : quoteLiteral(typeof value === 'string' ? value : JSON.stringify(value)))
      const lines = Array.from({ length: rows }, (_row, i) => `(${names.map((column) => cell(columns[column]?.values[i])).join(', ')})`)
      const cast = names.map((column) => `CAST(${quoteIdentifier(column)} AS ${duckdbTypeOf(columns[column]?.type ?? 'string')}) AS ${quoteIdentifier(column)}`).join(', ')
      const sql = `SELECT ${cast} FROM (VALUES ${lines.length === 0 ? `(${names.map(() => 'NULL').join(', ')})` : lines.join(', ')}) AS t(${names.map(quoteIdentifier).join(', ')})${lines.length === 0 ? ' WHERE false' : ''}`
      return rig.make(schema, name, sql, Object.fromEntries(names.map((column) => [column, columns[column]?.type ?? 'string'])))
    },
    define: async (...relations) => { valueOf(await process.define(relations)) },
    async [Symbol.asyncDispose]() {
      await engine.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return rig
}

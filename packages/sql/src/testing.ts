// The rig of this room's tests: the real parser, as an engine process asks it.

import duckdb from '@duckdb/node-bindings'
import type { Connection } from '@duckdb/node-bindings'
import attacks from './cases/attacks.json' with { type: 'json' }
import type { Result } from '@tulle/kernel'
import { parseTree } from './parse-tree.ts'
import type { Tree } from './types.ts'

export interface DuckdbParser {
  parse(sql: string): Promise<Result<Tree>>
  /** Values of the first column. */
  texts(sql: string): Promise<readonly string[]>
}

export async function duckdbParser(): Promise<DuckdbParser> {
  const connection = await duckdb.connect(await duckdb.open(':memory:'))
  return {
    parse: async (sql) => parseTree((await firstColumn(connection, 'SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', sql))[0] as string, sql),
    texts: (sql) => firstColumn(connection, sql),
  }
}

async function firstColumn(connection: Connection, sql: string, parameter?: string): Promise<readonly string[]> {
  const statement = await duckdb.prepare(connection, sql)
  if (parameter !== undefined) duckdb.bind_varchar(statement, 1, parameter)
  const result = await duckdb.execute_prepared(statement)
  const texts: string[] = []
  // Of what changes something the engine gives a count, which is no text.
  if (duckdb.column_type(result, 0) !== duckdb.Type.VARCHAR) return texts
  for (;;) {
    const chunk = await duckdb.fetch_chunk(result)
    const size = chunk === null ? 0 : duckdb.data_chunk_get_size(chunk)
    if (chunk === null || size === 0) return texts
    const data = duckdb.vector_get_data(duckdb.data_chunk_get_vector(chunk, 0), size * 16)
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
    for (let row = 0; row < size; row += 1) {
      const length = view.getUint32(row * 16, true)
      const bytes = length <= 12 ? data.subarray(row * 16 + 4, row * 16 + 4 + length) : duckdb.get_data_from_pointer(data.buffer as ArrayBuffer, data.byteOffset + row * 16 + 8, length)
      texts.push(Buffer.from(bytes).toString('utf8'))
    }
  }
}

/** Statements that the gate must refuse, and what each of them does. */
export const attackStatements = (): readonly { readonly note: string; readonly sql: string }[] => attacks

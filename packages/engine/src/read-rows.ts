// Answers of Tulle's own questions, which are small: all rows of a query at once, and a statement's text from its tree.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { printTree } from '@tulle/sql'
import type { TreeNode } from '@tulle/sql'
import type { EngineProcess } from './types.ts'

const AT_ONCE = 10_000

type Asked = Pick<EngineProcess, 'open'>
interface ReadOptions { readonly parameters?: readonly string[]; readonly signal?: AbortSignal | undefined }

/** The rows of a query as JSON has their values: whole numbers beyond what JSON holds exactly are texts. */
export async function readRows<Row extends readonly unknown[]>(process: Asked, query: string, { parameters, signal }: ReadOptions = {}): Promise<Result<readonly Row[]>> {
  const cursor = await process.open(query, { encoding: { kind: 'rows' }, ...(parameters !== undefined && { parameters }), ...(signal !== undefined && { signal }) })
  if (!cursor.ok) return cursor
  const rows: Row[] = []
  try {
    for (let done = false; !done;) {
      const batch = await cursor.value.fetch(AT_ONCE)
      if (!batch.ok) return batch
      if (batch.value.rows > 0) for (const row of JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as readonly Row[]) rows.push(row)
      done = batch.value.rows === 0 || batch.value.done
    }
    return ok(rows)
  } finally {
    await cursor.value.close()
  }
}

/** A statement as the engine prints it from its tree. */
export async function printStatement(process: Asked, statement: TreeNode): Promise<Result<string>> {
  const rows = await readRows<readonly [string]>(process, 'SELECT json_deserialize_sql(CAST($1 AS JSON)) AS text', { parameters: [printTree(statement)] })
  return rows.ok ? ok(rows.value[0]?.[0] ?? '') : rows
}

// Two relations, before and after → the file of a segment: what changed, row by row, in the order of keys. Rows are counted, so
// that one of two equal rows is found missing; null equals null. The same relations give the same file.

import type { EngineProcess, Relation, RelationFile } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Schema } from '@tulle/lake'
import { fieldIdsOf } from '@tulle/lake'
import { quoteIdentifier } from '@tulle/sql'
import { changeColumns, ORDINAL_ID, SIDE_ID } from './change-columns.ts'

export interface ChangesToWrite {
  readonly process: EngineProcess
  readonly schema: Schema
  /** Columns by which a row is the same row; without any, a changed row is one deleted and one inserted. */
  readonly key: readonly string[]
  /** At places where the process reads. */
  readonly before: readonly RelationFile[]
  readonly after: readonly RelationFile[]
  /** Below a write path of the process. */
  readonly path: string
  readonly signal?: AbortSignal
}

const SCHEMA = 'feed'

/** How many entries the file has; an update is one. */
export async function writeChanges({ process, schema, key, before, after, path, signal }: ChangesToWrite): Promise<Result<number>> {
  const columns = schema.fields.map(({ id, name, type }): Relation['columns'][number] => ({ name, type, fieldId: id }))
  const defined = await process.define([{ schema: SCHEMA, name: 'before', columns, files: before }, { schema: SCHEMA, name: 'after', columns, files: after }])
  if (!defined.ok) return defined
  const names = columns.map(({ name }) => name)
  const { ordinal, side } = changeColumns(names)
  const fieldIds = { ...fieldIdsOf(schema), [ordinal]: ORDINAL_ID, [side]: SIDE_ID }
  const written = await process.write(changesSql({ names, key, ordinal, side }), { path, fieldIds, ...(signal !== undefined && { signal }) })
  if (!written.ok) return written
  return ok(written.value.rows === 0 ? 0 : Number(written.value.columns.find(({ fieldId }) => fieldId === ORDINAL_ID)?.max ?? written.value.rows))
}

interface Named { readonly names: readonly string[]; readonly key: readonly string[]; readonly ordinal: string; readonly side: string }

function changesSql({ names, key, ordinal, side }: Named): string {
  const cells = names.map((_, i) => `c${i}`)
  const list = cells.join(', ')
  const from = (table: string, sign: 1 | -1): string => `SELECT ${names.map((name, i) => `${quoteIdentifier(name)} AS c${i}`).join(', ')}, ${sign} AS sign FROM ${SCHEMA}.${table}`
  const keys = key.map((name) => cells[names.indexOf(name)]).filter((cell) => cell !== undefined)
  // A key that is there several times has its rows paired in their order. Without a key no row is another's successor.
  const entry = keys.length > 0 ? `${keys.join(', ')}, turn` : `is_after, ${list}, turn`
  const within = keys.length > 0 ? `is_after, ${keys.join(', ')}` : `is_after, ${list}`
  return [
    'WITH counted AS (',
    `SELECT ${list}, CAST(sum(sign) AS BIGINT) AS n FROM (${from('after', 1)} UNION ALL ${from('before', -1)}) GROUP BY ${list} HAVING sum(sign) <> 0)`,
    `, each AS (SELECT ${list}, n > 0 AS is_after, unnest(range(abs(n))) AS copy FROM counted)`,
    `, turned AS (SELECT ${list}, is_after, row_number() OVER (PARTITION BY ${within} ORDER BY ${list}, copy) AS turn FROM each)`,
    `SELECT dense_rank() OVER (ORDER BY ${entry}) AS ${quoteIdentifier(ordinal)}, is_after AS ${quoteIdentifier(side)}, ${names.map((name, i) => `c${i} AS ${quoteIdentifier(name)}`).join(', ')}`,
    `FROM turned ORDER BY 1, 2`,
  ].join('\n')
}

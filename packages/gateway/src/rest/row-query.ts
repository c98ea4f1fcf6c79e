// One row by its key: `…/rows/<key>`, the address of a row for as long as there is one. The key's columns in their order are
// conditions of a data query, so the row is found, masked and withheld as any.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { VisibleTable } from '../types.ts'
import { DataStopped } from './bodies.ts'
import type { DataQueryOptions } from './data-query.ts'
import { dataQuery } from './data-query.ts'
import type { DataAnswer, DataRequest } from './types.ts'

/** `key` is its values as the path has them, decoded. A row is an answer in the format asked for; as JSON it is the object alone. */
export async function rowQuery(request: DataRequest, key: readonly string[], options: DataQueryOptions): Promise<Result<DataAnswer>> {
  const who = await request.who()
  if (!who.ok) return who
  const tables = await options.authorizer.authorize(who.value, [{ schema: request.product, name: request.dataSet }])
  if (!tables.ok) return tables
  const { dataSet, columns } = tables.value[0] as VisibleTable
  const table = `${request.product}.${request.dataSet}`
  const names = dataSet.columns.filter(({ primaryKey }) => primaryKey === true).map(({ name }) => name)
  if (names.length === 0) return fail(messages['no-row-key']({ table }))
  const hidden = names.filter((name) => !columns.some((column) => column.name === name))
  if (hidden.length > 0) return fail(messages['row-key-hidden']({ table, columns: hidden }))
  if (key.length !== names.length || key.some((value) => value.includes('\0'))) return fail(messages['bad-row-key']({ table, columns: names }))
  const asked = request.query.filter(([name]) => !['order', 'limit', 'cursor'].includes(name))
  const query: DataRequest['query'] = [...asked, ...names.map((name, i) => [name, `eq.${key[i] as string}`] as const), ['limit', '2']]
  const answer = await dataQuery({ ...request, query }, options)
  if (!answer.ok) return answer
  const { next: _, ...row } = answer.value
  if (row.isUnchanged === true || row.format !== 'json') return ok(row)
  const found = await textOf(row.body)
  if (!found.ok) return found
  const { rows } = JSON.parse(found.value) as { readonly rows: readonly unknown[] }
  if (rows.length > 1) return fail(messages['row-not-alone']({ table, columns: names }))
  return rows.length === 0 ? fail(messages['unknown-row']({ table, key: key.join(', ').slice(0, 200) })) : ok({ ...row, body: once(found.value.slice(found.value.indexOf('[') + 1, found.value.lastIndexOf(']'))) })
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<Result<string>> {
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of body) pieces.push(Buffer.from(piece))
  } catch (error) {
    if (error instanceof DataStopped) return { ok: false, diagnostics: error.diagnostics }
    throw error
  }
  return ok(Buffer.concat(pieces).toString('utf8'))
}

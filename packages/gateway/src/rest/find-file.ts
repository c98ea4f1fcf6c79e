// A file of a collection, by its path: found by asking the collection's rows, under the reader's rights, like any question.
// A file whose row the reader may not see is not there.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { selectStatement } from '@tulle/sql'
import type { VisibleTable } from '../types.ts'
import type { DataQueryOptions } from './data-query.ts'
import type { DataRequest } from './types.ts'
import { messages } from '../messages.ts'
import { versionOf } from './read-query.ts'

export interface FoundFile {
  /** Under which its bytes are kept. */
  readonly sha256: string
  readonly productId: string
  /** As its row says; undefined where the reader may not see that. */
  readonly mediaType?: string
}

export async function findFile(request: Omit<DataRequest, 'accepts'>, path: string, { governor, authorizer }: DataQueryOptions): Promise<Result<FoundFile>> {
  const asked = await request.who()
  if (!asked.ok) return asked
  const tables = await authorizer.authorize(asked.value, [{ schema: request.product, name: request.dataSet }])
  if (!tables.ok) return tables
  const { product, dataSet, columns } = tables.value[0] as VisibleTable
  const missing = fail(messages['unknown-file']({ table: `${request.product}.${request.dataSet}`, path: path.slice(0, 300) }))
  if (dataSet.isCollection !== true) return missing
  const at = versionOf(request)
  if (!at.ok) return at
  const { text, parameters } = selectStatement({
    schema: request.product, table: request.dataSet, ...(at.value !== undefined && { at: at.value }), columns: ['sha256', ...(columns.some(({ name }) => name === 'media_type') ? ['media_type'] : [])], filters: [{ column: 'path', operator: 'eq', value: path }], limit: 1,
  })
  const statement = await governor.prepare(request.who, text, 'rest')
  if (!statement.ok) return statement
  const rows = await statement.value.open({ parameters, encoding: { kind: 'ndjson' }, signal: request.signal })
  if (!rows.ok) return rows
  try {
    const batch = await rows.value.fetch(1, request.signal)
    if (!batch.ok) return batch
    if (batch.value.rows === 0) return missing
    const { sha256, media_type: mediaType } = JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as { readonly sha256: unknown; readonly media_type?: unknown }
    // A mask gives something else, and leads to no file.
    if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/u.test(sha256)) return missing
    const isMediaType = typeof mediaType === 'string' && /^[a-z]{1,20}\/[a-z0-9.+-]{1,100}$/u.test(mediaType)
    return ok({ sha256, productId: product.id, ...(isMediaType && { mediaType }) })
  } finally {
    await rows.value.close()
  }
}

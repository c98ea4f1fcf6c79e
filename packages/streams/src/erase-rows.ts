// Takes rows out of what a stream keeps: each segment that holds such a row gets another file without it, under which the
// other entries keep their numbers, and the old file goes.

import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { RelationFile } from '@tulle/engine'
import type { Schema } from '@tulle/lake'
import { fieldIdsOf } from '@tulle/lake'
import type { Objects } from '@tulle/objects'
import { quoteIdentifier } from '@tulle/sql'
import type { Store } from '@tulle/store'
import { randomUUID } from 'node:crypto'
import { changeColumns, ORDINAL_ID, SIDE_ID } from './change-columns.ts'
import type { WorkPlace } from './engine-work.ts'
import { withEngine } from './engine-work.ts'
import { findStream } from './log.ts'
import type { StreamKey } from './log.ts'

export interface RowsToErase extends WorkPlace {
  readonly store: Store
  readonly objects: Objects
  readonly of: StreamKey
  /** The table's schema: columns are found by field id, so it may be today's. */
  readonly schema: Schema
  /** SQL over the columns of a row, trusted: which rows go. */
  readonly condition: string
}

export interface RowsErased { readonly segments: number; readonly rows: number; readonly removed: readonly string[] }

/** Looks through every segment that is kept. May be called again after a crash: what is done is done. */
export async function eraseStreamRows({ store, objects, of, schema, condition, ...place }: RowsToErase): Promise<Result<RowsErased>> {
  const stream = await findStream(store.db, of)
  const segments = stream === undefined ? [] : await store.db.selectFrom('stream_segment').select(['number', 'file']).where('stream_id', '=', stream.id).where('file', 'is not', null).orderBy('number').execute()
  const removed: string[] = []
  let rows = 0
  for (const { number, file } of segments) {
    if (file === null || stream === undefined) continue
    const local = await objects.localFile(file)
    if (!local.ok) return local
    const written = await withEngine(place, async (work) => {
      const [placed] = await work.place([{ path: local.value }])
      return writeWithout(work.process, { schema, condition, file: placed as RelationFile, path: join(work.folder, 'kept.parquet') }, async (path) => objects.adopt(`${of.productId}/streams/${of.dataSet}/${number}-${randomUUID()}.parquet`, path))
    })
    if (!written.ok) return written
    if (written.value === undefined) continue
    rows += written.value.rows
    await store.db.updateTable('stream_segment').set({ file: written.value.address }).where('stream_id', '=', stream.id).where('number', '=', number).execute()
    const gone = await objects.remove(file)
    if (!gone.ok) return gone
    removed.push(file)
  }
  return ok({ segments: removed.length, rows, removed })
}

interface Rewriting { readonly schema: Schema; readonly condition: string; readonly file: RelationFile; readonly path: string }

/** Undefined where nothing is to go. */
async function writeWithout(process: Parameters<Parameters<typeof withEngine>[1]>[0]['process'], { schema, condition, file, path }: Rewriting, keep: (path: string) => Promise<Result<string>>): Promise<Result<{ readonly rows: number; readonly address: string } | undefined>> {
  const names = schema.fields.map(({ name }) => name)
  const { ordinal, side } = changeColumns(names)
  const extra = [{ name: ordinal, type: 'long', fieldId: ORDINAL_ID }, { name: side, type: 'boolean', fieldId: SIDE_ID }]
  const defined = await process.define([{ schema: 'feed', name: 'entries', columns: [...schema.fields.map(({ id, name, type }) => ({ name, type, fieldId: id })), ...extra], files: [file] }])
  if (!defined.ok) return defined
  const all = await process.open(`SELECT count(*) FROM feed.entries WHERE (${condition}\n)`, { encoding: { kind: 'rows' } })
  if (!all.ok) return all
  const batch = await all.value.fetch(1)
  await all.value.close()
  if (!batch.ok) return batch
  const rows = Number((JSON.parse(Buffer.from(batch.value.bytes).toString('utf8')) as [[number | string]])[0][0])
  if (rows === 0) return ok(undefined)
  const written = await process.write(`SELECT * FROM feed.entries WHERE (${condition}\n) IS NOT TRUE ORDER BY ${quoteIdentifier(ordinal)}, ${quoteIdentifier(side)}`, { path, fieldIds: { ...fieldIdsOf(schema), [ordinal]: ORDINAL_ID, [side]: SIDE_ID } })
  if (!written.ok) return written
  const kept = await keep(path)
  return kept.ok ? ok({ rows, address: kept.value }) : kept
}

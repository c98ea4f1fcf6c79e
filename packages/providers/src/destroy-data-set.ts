// A data set is destroyed: pointer, files, row, in this order. The row goes last and says meanwhile that its files are
// going, so a destruction that was interrupted is seen by every later look and is finished, never forgotten.

import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { OBJECT_REMOVAL, outwaitAdvisoryLock } from '@tulle/store'
import { findRow, inTransaction, lockRow, removeRow } from './rows.ts'
import type { Effect, ProviderContext, ResourceRow } from './types.ts'

export async function destroyDataSet(context: ProviderContext, ref: string): Promise<Result<Effect>> {
  const marked = await inTransaction(context, async (tx) => {
    const row = await lockRow(tx, ref)
    if (row?.made === undefined) return row && { row, endsArchive: false }
    const spec = JSON.stringify({ ...row.spec, made: { ...row.made, destroying: true } })
    const now = new Date(context.clock.now())
    await tx.updateTable('resource').set({ spec, archived_at: now, updated_at: now }).where('id', '=', row.id).execute()
    await tx.deleteFrom('table_pointer').where('uuid', '=', String(row.made['uuid'])).execute()
    const { numUpdatedRows } = await tx.updateTable('cold_table').set({ ended_at: now }).where('table_uuid', '=', String(row.made['uuid'])).executeTakeFirst()
    return { row, endsArchive: numUpdatedRows > 0n }
  })
  if (marked === undefined) return ok({ changed: false })
  // Whoever begins to copy from now on finds no pointer to these files any more.
  if (!(await outwaitAdvisoryLock(context.db, OBJECT_REMOVAL, { clock: context.clock, milliseconds: LONGEST_WAIT }))) {
    return ok({ changed: true, note: `The files of ${ref} are being copied by a backup and stay until the next apply.` })
  }
  const product = await findRow(context.db, `data-product:${marked.row.product ?? ''}`)
  const removed = await removeFiles(context, marked.row, product?.id)
  if (!removed.ok) return removed
  const aside = await destroySideTable(context, marked.row, product?.id)
  if (!aside.ok) return aside
  // What lies in the cold store is removed by maintenance, which can reach it; until then it is listed as going.
  const notes = [...(removed.value === undefined ? [] : [removed.value]), ...(marked.endsArchive ? [`What was archived of ${ref} goes from the cold store with the next maintenance.`] : [])]
  return ok(await inTransaction(context, async (tx) => {
    const row = await lockRow(tx, ref)
    // They show values of rows.
    for (const table of ['profile', 'profile_part'] as const) await tx.deleteFrom(table).where('product_id', '=', product?.id ?? '').where('data_set', '=', String(marked.row.spec['name'])).execute()
    return { ...(row === undefined ? { changed: true } : await removeRow(tx, row)), ...(notes.length > 0 && { note: notes.join(' ') }) }
  }))
}

/** Rows that were set aside go with the data set that they were of. The pointer goes last: what was interrupted is found again. */
async function destroySideTable({ db, objects }: ProviderContext, { product, spec }: ResourceRow, productId: string | undefined): Promise<Result<void>> {
  const dataSet = String(spec['name'])
  const pointer = await db.selectFrom('table_pointer').select('uuid').where('namespace', '=', product ?? '').where('name', '=', `${dataSet}@quarantine`).executeTakeFirst()
  if (pointer === undefined || productId === undefined) return ok(undefined)
  const addresses: string[] = []
  for await (const address of objects.list(`${productId}/${dataSet}_quarantine-${pointer.uuid.slice(0, 8)}`)) addresses.push(address)
  for (const address of addresses) {
    const removed = await objects.remove(address)
    if (!removed.ok) return removed
  }
  await db.deleteFrom('table_pointer').where('uuid', '=', pointer.uuid).execute()
  return ok(undefined)
}

/** For a backup that copies files; what takes longer goes on without us. */
const LONGEST_WAIT = 30_000

/** Removes a table's files; the value is a note where they are left. */
async function removeFiles({ objects }: ProviderContext, { ref, made }: ResourceRow, productId: string | undefined): Promise<Result<string | undefined>> {
  if (made === undefined) return ok(undefined)
  const folder = objects.pathOf(String(made['location']))
  // A location comes from a metadata file. Only a folder of this very product is ever emptied, whatever that file says.
  if (!folder.ok || productId === undefined || !folder.value.startsWith(`${productId}/`)) {
    return ok(`The files of ${ref} lie outside its product's folder and were left there.`)
  }
  const addresses: string[] = []
  for await (const address of objects.list(folder.value)) addresses.push(address)
  for (const address of addresses) {
    const removed = await objects.remove(address)
    if (!removed.ok) return removed
  }
  return ok(undefined)
}

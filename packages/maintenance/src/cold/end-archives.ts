// Archives of data sets that were destroyed: their files go from the cold store, and then what is known of them. Whoever dies in
// between has left the mark that they are to go, and the next one goes on.

import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { appendEvent, OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import type { Store } from '@tulle/store'
import { messages } from '../messages.ts'
import type { Removal } from '../types.ts'
import { coldPath } from './beside-objects.ts'
import { coldTables, listArchives } from './list-archives.ts'
import type { ColdStore, WarmTable } from './types.ts'

interface Ending { readonly store: Store; readonly cold: ColdStore; readonly product?: string | undefined }

const ended = async ({ store, product }: Ending): Promise<readonly WarmTable[]> =>
  (await coldTables(store.db)).filter(({ isEnded, name }) => isEnded && (product === undefined || name.namespace === product))

/** What `endArchives` would remove; why not, where the store cannot be used. */
export async function findEnded(ending: Ending): Promise<Result<readonly Removal[]>> {
  const removals: Removal[] = []
  for (const table of await ended(ending)) {
    const files = await filesOf(ending, table)
    if (!files.ok) return files
    removals.push(removalOf(table, files.value.length))
  }
  return ok(removals)
}

/** Does nothing where somebody else removes or copies objects at the moment. */
export async function endArchives(ending: Ending): Promise<Result<readonly Removal[]>> {
  const { store } = ending
  const going = await ended(ending)
  if (going.length === 0) return ok([])
  const locked = await tryAdvisoryLock(store, OBJECT_REMOVAL, async (lost) => {
    const removed: Removal[] = []
    for (const table of going) {
      if (lost.aborted) break
      const files = await endOne(ending, table)
      if (!files.ok) return fail(...files.diagnostics)
      removed.push(removalOf(table, files.value))
    }
    return ok(removed)
  })
  return locked.got ? locked.value : ok([])
}

/** Every folder of the table, those too that a process which died has begun. */
async function filesOf({ cold }: Ending, table: WarmTable): Promise<Result<readonly string[]>> {
  const found = await cold.lakeOf(table)
  if (!found.ok) return found
  const { objects } = found.value.lake
  const addresses: string[] = []
  for await (const address of objects.list(coldPath(''))) {
    const path = objects.pathOf(address)
    if (path.ok && path.value.startsWith(coldPath(`${table.uuid}-`))) addresses.push(address)
  }
  return ok(addresses)
}

async function endOne(ending: Ending, table: WarmTable): Promise<Result<number>> {
  const { store, cold } = ending
  const files = await filesOf(ending, table)
  const found = files.ok ? await cold.lakeOf(table) : files
  if (!files.ok) return files
  if (!found.ok) return found
  const { objects } = found.value.lake
  for (const address of files.value) {
    const gone = await objects.remove(address)
    if (!gone.ok) return gone
  }
  // Of files that somebody else took away only the digests are left.
  const folder = objects.address(coldPath(`${table.uuid}-`))
  await store.db.transaction().execute(async (tx) => {
    await tx.deleteFrom('cold_object').where((where) => where.fn<boolean>('starts_with', ['address', where.val(folder)])).execute()
    await tx.deleteFrom('cold_table').where('table_uuid', '=', table.uuid).where('ended_at', 'is not', null).execute()
    await tx.deleteFrom('row_move').where('table_uuid', '=', table.uuid).execute()
    await appendEvent(tx, { type: 'tulle.archive.destroyed', source: '/tulle/maintenance', subject: table.name.namespace, data: { product: table.name.namespace, dataSet: table.name.name, files: files.value.length } })
  })
  return ok(files.value.length)
}

const removalOf = ({ name }: WarmTable, files: number): Removal =>
  ({ job: 'dropped', what: 'archive', name: `${name.namespace}.${name.name}, ${files} files`, rule: 'destroyed', reason: 'Its data set was destroyed, and what was archived of it goes as well.' })

/** What goes from the cold store where these data sets are destroyed, for whoever decides. */
export async function tellDestroyed({ store, cold, now }: Ending & { readonly now: number }, refs: readonly string[]): Promise<readonly Diagnostic[]> {
  if (refs.length === 0 || (await store.db.selectFrom('cold_table').select('uuid').limit(1).executeTakeFirst()) === undefined) return []
  const { archives, diagnostics } = await listArchives({ db: store.db, cold, now })
  const [away] = diagnostics
  return archives.filter(({ product, dataSet, endedAt }) => endedAt === undefined && refs.includes(`data-set:${product}.${dataSet}`))
    .map(({ product, dataSet, rows, bytes, isRead }) => messages['archive-goes']({ dataSet: `${product}.${dataSet}`, ...(isRead ? { rows, bytes } : { problem: away?.message ?? 'it cannot be read' }) }))
}

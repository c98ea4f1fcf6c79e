// Folders of tables that no catalogue names any more: dropped without their files, given up while they were made, or
// destroyed by somebody who died over it. Only folders of products that are known here are looked at, and one goes whole
// or not at all.

import { sql } from 'kysely'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake } from '@tulle/lake'
import { productTables } from '@tulle/providers'
import type { Store } from '@tulle/store'
import { OBJECT_REMOVAL, tryAdvisoryLock } from '@tulle/store'
import type { Removal } from './types.ts'
import { printSpan } from './print-time.ts'

export interface Dropped {
  readonly store: Store
  readonly lake: Lake
  /** Milliseconds that every file of such a folder has to be older than. */
  readonly orphanAge: number
}

/** What `removeDropped` would remove. Nothing where a table cannot be loaded: nobody could say where its files lie. */
export async function findDropped({ store, lake, orphanAge }: Dropped): Promise<Result<readonly Removal[]>> {
  const products = await store.db.selectFrom('resource').select(['id', 'product']).where('kind', '=', 'data-product').execute()
  const found: Removal[] = []
  for (const { id } of products) {
    // Listed before it is asked what is in use, so that a table that is made meanwhile is not taken for a dropped one.
    const folders = await tableFolders(lake, id)
    if (folders.size === 0) continue
    const used = await usedPlaces(store, lake)
    if (!used.ok) return used
    for (const [folder, addresses] of folders) {
      if (used.value.some((place) => place === folder || place.startsWith(`${folder}/`) || folder.startsWith(`${place}/`))) continue
      const old = await oldFiles(lake, addresses, lake.clock.now() - orphanAge)
      if (old === undefined || !(await mayGo(lake, addresses))) continue
      found.push(...old.map(({ address, bytes }): Removal => ({ job: 'dropped', what: 'file', name: address, bytes, rule: 'orphan-age', reason: `Its table is in no catalogue any more, and every file of it is older than ${printSpan(orphanAge)}.` })))
    }
  }
  return ok(found)
}

/** Does nothing where somebody else removes or copies objects at the moment. */
export async function removeDropped(dropped: Dropped): Promise<Result<readonly Removal[]>> {
  const locked = await tryAdvisoryLock(dropped.store, OBJECT_REMOVAL, async (lost) => {
    const found = await findDropped(dropped)
    if (!found.ok) return found
    const removed: Removal[] = []
    for (const one of found.value) {
      if (lost.aborted) break
      if ((await dropped.lake.objects.remove(one.name)).ok) removed.push(one)
    }
    return ok(removed)
  })
  return locked.got ? locked.value : ok([])
}

/** Folders of a product that look like a table's, with the addresses of all files in them. */
async function tableFolders({ objects }: Lake, productId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const folders = new Map<string, string[]>()
  for await (const address of objects.list(productId)) {
    const path = objects.pathOf(address)
    const folder = path.ok ? /^(?<folder>[^/]+\/[^/]+)\/(?:data|metadata)\//u.exec(path.value)?.groups?.['folder'] : undefined
    if (folder !== undefined) folders.set(folder, [...(folders.get(folder) ?? []), address])
  }
  return folders
}

/** Where tables and views lie, archived ones too, and where those lay that are to be found again by what their resources say. */
async function usedPlaces(store: Store, lake: Lake): Promise<Result<readonly string[]>> {
  const places: string[] = []
  const pointers = await store.db.selectFrom('table_pointer').select(['namespace', 'metadata_location']).execute()
  for (const pointer of pointers) places.push(folderOf(pointer.metadata_location))
  for (const namespace of new Set(pointers.map((pointer) => pointer.namespace))) {
    const tables = await productTables({ db: store.db, lake }, namespace)
    if (!tables.ok) return tables
    places.push(...tables.value.map(({ location }) => location))
  }
  const { rows } = await sql<{ location: string }>`select spec->'made'->>'location' as location from resource where spec->'made'->>'location' is not null and spec->'made'->>'destroying' is distinct from 'true'`.execute(store.db)
  places.push(...rows.map(({ location }) => location))
  const paths: string[] = []
  for (const place of places) {
    const path = lake.objects.pathOf(place)
    if (path.ok) paths.push(path.value)
  }
  return ok(paths)
}

const folderOf = (address: string): string => address.slice(0, Math.max(0, address.lastIndexOf('/')))

/** Undefined where one of them is younger, or gone: then somebody is at work there. */
async function oldFiles({ objects }: Lake, addresses: readonly string[], before: number): Promise<readonly { readonly address: string; readonly bytes: number }[] | undefined> {
  const old: { readonly address: string; readonly bytes: number }[] = []
  for (const address of addresses) {
    const facts = await objects.facts(address)
    if (!facts.ok || facts.value.since >= before) return undefined
    old.push({ address, bytes: facts.value.bytes })
  }
  return old
}

/** A table may say of itself that its files are others' as well. What cannot be read is left alone. */
async function mayGo({ objects }: Lake, addresses: readonly string[]): Promise<boolean> {
  const newest = addresses.filter((address) => address.endsWith('.metadata.json')).toSorted().at(-1)
  if (newest === undefined) return !addresses.some((address) => address.includes('.metadata.json'))
  const bytes = await objects.read(newest)
  if (!bytes.ok) return false
  const said = propertiesIn(bytes.value)
  return said.ok && said.value['gc.enabled'] !== 'false'
}

function propertiesIn(bytes: Uint8Array): Result<Readonly<Record<string, unknown>>> {
  try {
    const metadata = JSON.parse(Buffer.from(bytes).toString('utf8')) as { readonly properties?: Readonly<Record<string, unknown>> } | null
    return ok(metadata?.properties ?? {})
  } catch {
    return fail()
  }
}

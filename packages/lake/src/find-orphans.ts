// Files in a table's folder that nothing leads to: of commits that lost, of writers that died, of metadata that the log
// forgot. Only age tells them from files of a commit that is on its way.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Objects, Unfinished } from '@tulle/objects'
import type { Lake, Table, TableName } from './types.ts'
import type { Orphan, Orphans, OrphansRemoved } from './cleaning-types.ts'
import { checkAlone } from './check-alone.ts'
import { filesReachable } from './reachable-files.ts'
import { loadTable } from './load-table.ts'
import { removeObjects } from './remove-objects.ts'

/**
 * Looks for orphans older than `age` milliseconds: longer than any writer takes from its first file to its commit. The
 * folder is listed before the table is loaded, so that what is committed meanwhile is seen to be in use.
 */
export async function findOrphans(lake: Lake, name: TableName, age: number): Promise<Result<Orphans>> {
  const before = await loadTable(lake, name)
  if (!before.ok) return before
  const allowed = await checkAlone(lake, before.value)
  if (!allowed.ok) return allowed
  const folder = lake.objects.pathOf(before.value.location)
  if (!folder.ok) return folder
  const listed: string[] = []
  for await (const address of lake.objects.list(folder.value)) listed.push(address)
  const table = await loadTable(lake, name)
  if (!table.ok) return table
  const used = await usedPaths(lake, table.value, listed)
  if (!used.ok) return used
  const oldest = lake.clock.now() - age
  const files: Orphan[] = []
  for (const address of listed) {
    const path = lake.objects.pathOf(address)
    if (!path.ok || used.value.has(path.value) || HINT.test(path.value)) continue
    const facts = await lake.objects.facts(address)
    // Gone by now: somebody else cleans up.
    if (facts.ok && facts.value.since < oldest) files.push({ address, ...facts.value })
  }
  const unfinished = await unfinishedBefore(lake.objects, folder.value, oldest)
  return ok({ table: table.value, files, unfinished })
}

/** Removes what was found, except what a commit has begun to use since. */
export async function removeOrphans(lake: Lake, { table, files, unfinished }: Orphans, signal?: AbortSignal): Promise<Result<OrphansRemoved>> {
  const now = await loadTable(lake, table.name)
  if (!now.ok) return now
  const used = await usedPaths(lake, now.value, files.map((file) => file.address))
  if (!used.ok) return used
  const free = files.filter(({ address }) => {
    const path = lake.objects.pathOf(address)
    return path.ok && !used.value.has(path.value)
  })
  const orphans = await removeObjects(lake, free, (file) => file.address, signal)
  const [removed, left]: [Unfinished[], Unfinished[]] = [[], []]
  for (const one of unfinished) {
    const isRemoved = signal?.aborted !== true && (await one.discard()).ok
    ;(isRemoved ? removed : left).push(one)
  }
  return ok({ removed: [...orphans.removed, ...removed], left: [...orphans.left, ...left] })
}

/** Tells readers without a catalogue which metadata file is current; nothing leads to it. */
const HINT = /\/metadata\/version-hint\.text$/u

/**
 * What the table leads to, and what newer metadata files in its folder lead to. There are such files where the pointer is
 * older than the folder: after the catalogue was restored from a backup they are all that is left of later commits.
 */
async function usedPaths(lake: Lake, table: Table, listed: readonly string[]): Promise<Result<ReadonlySet<string>>> {
  const reached = await filesReachable(lake, table)
  if (!reached.ok) return reached
  const used = new Set(reached.value.keys())
  const current = numberOf(table.metadataLocation)
  for (const address of listed) {
    const path = lake.objects.pathOf(address)
    if (!path.ok || used.has(path.value) || numberOf(address) <= current) continue
    used.add(path.value)
    const newer = await loadTable({ ...lake, catalog: { ...lake.catalog, find: async () => ({ uuid: table.uuid, metadataLocation: address }) } }, table.name)
    const led = newer.ok ? await filesReachable(lake, newer.value) : newer
    if (led.ok) for (const [one] of led.value) used.add(one)
  }
  return ok(used)
}

const numberOf = (address: string): number => Number(/\/v?(\d{1,9})[^/]*\.metadata\.json(?:\.gz)?$/u.exec(address)?.[1] ?? -1)

async function unfinishedBefore(objects: Objects, folder: string, oldest: number): Promise<readonly Unfinished[]> {
  const found: Unfinished[] = []
  for await (const one of objects.unfinished(folder)) if (one.since < oldest) found.push(one)
  return found
}

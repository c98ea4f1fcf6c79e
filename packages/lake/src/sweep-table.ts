// Everything in a table's folder that the table does not lead to goes, at once: what was there before a moment after which
// nobody's commit that began earlier can still land. Whoever calls this knows that there is no such writer.

import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Lake, TableName } from './types.ts'
import { checkAlone } from './check-alone.ts'
import { filesReachable } from './reachable-files.ts'
import { loadTable } from './load-table.ts'
import { removeObjects } from './remove-objects.ts'

/** Addresses of what was removed, and of what could not be. `before` is in milliseconds since 1970. */
export async function sweepTable(lake: Lake, name: TableName, before: number): Promise<Result<{ readonly removed: readonly string[]; readonly left: readonly string[] }>> {
  const first = await loadTable(lake, name)
  if (!first.ok) return first
  const allowed = await checkAlone(lake, first.value)
  if (!allowed.ok) return allowed
  const folder = lake.objects.pathOf(first.value.location)
  if (!folder.ok) return folder
  const listed: string[] = []
  for await (const address of lake.objects.list(folder.value)) listed.push(address)
  // Loaded after the folder was listed: what is committed meanwhile is seen to be in use.
  const table = await loadTable(lake, name)
  if (!table.ok) return table
  const used = await filesReachable(lake, table.value)
  if (!used.ok) return used
  const free: string[] = []
  for (const address of listed) {
    const path = lake.objects.pathOf(address)
    if (!path.ok || used.value.has(path.value)) continue
    const facts = await lake.objects.facts(address)
    if (facts.ok && facts.value.since < before) free.push(address)
  }
  const done = await removeObjects(lake, free, (address) => address)
  for await (const one of lake.objects.unfinished(folder.value)) if (one.since < before) await one.discard()
  return ok(done)
}

// May files below a table's location be removed in its name?

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Table } from './types.ts'
import { loadTable } from './load-table.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'

/**
 * Refuses tables that forbid it (`gc.enabled`), and those whose folder another table of the catalogue shares: a table that
 * was registered a second time, or lies in the other's folder, needs files that this one does not lead to.
 */
export async function checkAlone(lake: Lake, table: Table): Promise<Result<void>> {
  const named = printTableName(table.name)
  if (table.properties['gc.enabled'] === 'false') return fail(messages['cleaning-forbidden']({ table: named }))
  const [own, home] = [lake.objects.pathOf(table.location), lake.objects.pathOf(table.metadataLocation)]
  if (!own.ok) return own
  if (!home.ok) return home
  for (const name of await lake.catalog.list()) {
    if (printTableName(name) === named) continue
    const pointer = await lake.catalog.find(name)
    const metadata = pointer === undefined ? undefined : lake.objects.pathOf(pointer.metadataLocation)
    if (metadata?.ok !== true) continue
    const other = printTableName(name)
    if (isBelow(metadata.value, own.value)) return fail(messages['folder-shared']({ table: named, other, folder: table.location }))
    // A folder that holds both can only begin with what their paths have in common.
    if (metadata.value.split('/')[0] !== own.value.split('/')[0]) continue
    const loaded = await loadTable(lake, name)
    const location = loaded.ok ? lake.objects.pathOf(loaded.value.location) : loaded
    if (location.ok && isBelow(own.value, location.value)) return fail(messages['folder-shared']({ table: named, other, folder: table.location }))
  }
  return ok(undefined)
}

const isBelow = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`)

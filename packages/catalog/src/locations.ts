// Where free tables and views may lie: in one part of the warehouse, apart from every product's folder and from each other.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { loadTable } from '@tulle/lake'
import type { TableName } from '@tulle/lake'
import type { Call } from './types.ts'
import { messages } from './messages.ts'

/** Holds nothing that a product owns: a table that lies here can show nobody's governed files. */
const FREE_FOLDER = 'free'

/** A new place for a table or a view; ids make it its own. */
export function newLocation({ room: { lake } }: Call, name: TableName, uuid: string): string {
  return lake.objects.address(`${FREE_FOLDER}/${name.namespace}/${name.name}-${uuid.slice(0, 8)}`)
}

/** Refuses a location that a client chose and that is not free for it alone. */
export async function checkLocation(call: Call, location: string): Promise<Result<void>> {
  const { lake } = call.room
  const refused = (problem: string): Result<void> => fail(messages['location-refused']({ location, problem }))
  const path = lake.objects.pathOf(location)
  if (!path.ok) return refused('it is not in the warehouse')
  if (!path.value.startsWith(`${FREE_FOLDER}/`) || path.value.split('/').length < 3) return refused(`it is not a folder of its own below ${lake.objects.address(FREE_FOLDER)}/<namespace>`)
  for (const name of await lake.catalog.list()) {
    if (await call.authority.isGoverned(name.namespace)) continue
    const table = await loadTable(lake, name)
    const other = table.ok ? lake.objects.pathOf(table.value.location) : table
    if (other.ok && (`${path.value}/`.startsWith(`${other.value}/`) || `${other.value}/`.startsWith(`${path.value}/`))) return refused('another table lies there')
  }
  return ok(undefined)
}

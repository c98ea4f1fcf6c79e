// A table's name is given up. Its files stay: they are somebody's only copy until maintenance says otherwise.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, TableName } from './types.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'

/** Takes a table out of the catalogue. */
export async function dropTable(lake: Lake, name: TableName): Promise<Result<void>> {
  const expected = await lake.catalog.find(name)
  if (expected === undefined) {
    const known = (await lake.catalog.list(name.namespace)).map(printTableName)
    return fail(messages['table-missing']({ table: printTableName(name), known }))
  }
  const outcome = await lake.catalog.swap([{ name, expected, next: undefined }])
  return outcome === 'swapped' ? ok(undefined) : fail(messages['commit-conflict']({ tables: printTableName(name) }))
}

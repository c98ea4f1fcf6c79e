// A new table, at once.

import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Lake, Table } from './types.ts'
import type { NewTable } from './stage-create.ts'
import { commit } from './commit.ts'
import { messages } from './messages.ts'
import { printTableName } from './table.ts'
import { stageCreate } from './stage-create.ts'

/** Creates a table; a name that is taken is `table-exists`. */
export async function createTable(lake: Lake, table: NewTable): Promise<Result<Table>> {
  if ((await lake.catalog.find(table.name)) !== undefined) return fail(messages['table-exists']({ table: printTableName(table.name) }))
  const staged = await stageCreate(lake, table)
  if (!staged.ok) return staged
  const tables = await commit(lake, [staged.value])
  return tables.ok ? ok({ ...staged.value.table, base: staged.value.swap.next }) : tables
}

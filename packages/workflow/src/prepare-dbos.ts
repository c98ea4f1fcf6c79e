// Makes the tables of the durable runtime as a given version of it had them, in a database that has none: rows that were
// kept by that version can then be put back. The runtime's next launch brings them up to date.

import { allMigrations } from '@dbos-inc/dbos-sdk/internal/sysdb_migrations/internal/migrations'
import { runSysMigrationsPg } from '@dbos-inc/dbos-sdk/internal/sysdb_migrations/migration_runner'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { messages } from './messages.ts'

/** Where the runtime keeps its state. */
export const DBOS_SCHEMA = 'dbos'

/** Whether the runtime's launches wait for notices of the database; its migrations ask. */
export const USES_NOTICES = false

export async function prepareDbos({ pool }: Pick<Store, 'pool'>, version: number): Promise<Result<void>> {
  const migrations = allMigrations(DBOS_SCHEMA, { useListenNotify: USES_NOTICES })
  if (version > migrations.length) return fail(messages['runtime-newer']({ found: version, known: migrations.length }))
  const client = await pool.connect()
  try {
    await runSysMigrationsPg(client, migrations.slice(0, version), DBOS_SCHEMA, { onWarn: () => undefined })
    return ok(undefined)
  } finally {
    client.release()
  }
}

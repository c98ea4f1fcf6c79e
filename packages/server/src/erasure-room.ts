// What erasures need of the house: runs that make products anew, ports that forget what they read, the values of the audit.

import { join } from 'node:path'
import { holdingEntries, postgresKeys } from '@tulle/audit'
import type { OpenAudit } from '@tulle/audit'
import { followErasures, FORGOTTEN_WITHIN, openErasures } from '@tulle/erasure'
import type { ColdRows, Erasures, Shredding } from '@tulle/erasure'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { coldTables } from '@tulle/maintenance'
import type { ColdStore } from '@tulle/maintenance'
import { clearBackups } from './clear-backups.ts'
import type { House } from './house.ts'
import { forgetStreams } from './forget-streams.ts'
import { messages } from './messages.ts'
import { readOrMakeMeshSecret } from './mesh-secret.ts'

type Needs = Pick<House, 'settings' | 'store' | 'lake' | 'engine' | 'clock' | 'pipeline' | 'lineage' | 'log' | 'access'> & {
  readonly audit: OpenAudit
  readonly shredding: Shredding
  readonly cold: ColdStore
  /** Ports that keep something of what was read. */
  readonly ports: readonly { forget(): Promise<void> }[]
}

/** Digests of persons have a secret of their own: who learns that of masks learns nobody. */
export const erasureSecret = (home: string): string => readOrMakeMeshSecret(join(home, 'secrets/.erasure'))

export async function erasureRoom({ settings, store, lake, cold, engine, clock, pipeline, lineage, log, access, ports, shredding, audit }: Needs): Promise<Erasures> {
  const folder = join(settings.home, 'audit')
  const forget = async (): Promise<void> => {
    await access.caughtUp()
    await Promise.all(ports.map((port) => port.forget()))
  }
  const following = followErasures(store, { forget, clock })
  const erasures = await openErasures({
    store, lake, engine, clock, shredding,
    workFolder: join(settings.home, 'erasures'),
    secretsFolder: join(settings.home, 'secrets'),
    secret: erasureSecret(settings.home),
    graph: () => lineage.graph(),
    coldRows: () => coldRowsIn(store, cold),
    async rebuild(product, by) {
      const started = await pipeline.run(product, { requestedBy: by, force: true, fullRefresh: true })
      if (!started.ok) return started
      const { runId } = started.value
      await pipeline.wait(runId)
      const run = await store.db.selectFrom('run').select('status').where('id', '=', runId).executeTakeFirst()
      return run?.status === 'succeeded' ? ok(runId) : fail(messages['erasure-rebuild-failed']({ product, run: runId, status: run?.status ?? 'gone' }))
    },
    async forgetReads() {
      await forget()
      // A database of its own serves one process.
      if (settings.databaseUrl !== undefined) await clock.sleep(FORGOTTEN_WITHIN)
    },
    forgetStreams: (tables, derived) => forgetStreams({ store, lake, engine, workFolder: join(settings.home, 'streams') }, tables, derived),
    async forgetAudit(texts, by) {
      await audit.anchor()
      const entries = await holdingEntries(folder, postgresKeys(store), texts)
      for (const entry of entries) {
        const forgotten = await audit.forget(entry, by)
        if (!forgotten.ok) return forgotten
      }
      return ok(entries.length)
    },
    ownsDatabase: settings.databaseUrl === undefined,
    clearBackups: (before, signal) => clearBackups({ settings, store, lake, clock }, before, signal),
    left: async () => ['Copies that somebody made of backups elsewhere: Tulle does not know of them.'],
    warn: (message) => log.warn(message),
  })
  return { ...erasures, close: async () => void (await Promise.all([following.stop(), erasures.close()])) }
}

/** Archives of data sets that are gone, too. */
async function coldRowsIn({ db }: House['store'], cold: ColdStore): Promise<Result<readonly ColdRows[]>> {
  const rows: ColdRows[] = []
  for (const table of await coldTables(db)) {
    const found = await cold.lakeOf(table)
    if (!found.ok) return found
    rows.push({ of: table.name, name: found.value.archive, lake: found.value.lake })
  }
  return ok(rows)
}

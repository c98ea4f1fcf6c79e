// The audit of a home where no server runs, compared with the anchors in its database: the operator's, or its own, which is started
// for as long as this takes.

import { join } from 'node:path'
import type { Verification } from '@tulle/audit'
import { postgresAnchors, verifyChain } from '@tulle/audit'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { openStore, startPostgres } from '@tulle/store'
import type { Connection } from '@tulle/store'
import { auditPlace } from './audit-place.ts'
import { openHome } from './home.ts'

export async function verifyAudit(home: string, databaseUrl: string | undefined): Promise<Result<Verification>> {
  if (databaseUrl !== undefined) return verifyWith(home, databaseUrl)
  const held = openHome(home)
  if (!held.ok) return held
  const postgres = await startPostgres({ folder: join(home, 'pg') })
  try {
    return postgres.ok ? await verifyWith(home, postgres.value.connection) : postgres
  } finally {
    if (postgres.ok) await postgres.value.stop()
    held.value.leave()
  }
}

async function verifyWith(home: string, connection: Connection | string): Promise<Result<Verification>> {
  const store = await openStore({ connection })
  if (!store.ok) return store
  const anchors = postgresAnchors(store.value)
  const folder = join(home, 'audit')
  try {
    const verified = await verifyChain(folder, { anchors: await anchors.list(), whole: true, cuts: await anchors.cuts(), places: await anchors.places(), place: auditPlace(folder) })
    return ok(verified)
  } finally {
    await store.value.close()
  }
}

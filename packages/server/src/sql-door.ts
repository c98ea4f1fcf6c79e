// The SQL port with its people and its introspection.

import { findAccount } from '@tulle/access'
import { openSqlPort } from '@tulle/gateway'
import type { Audit } from '@tulle/gateway'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Home } from './home.ts'
import type { House } from './house.ts'

export async function openSqlDoor(house: House, _home: Home, audit: Audit): Promise<Result<() => Promise<void>>> {
  const { settings, tls } = house
  const port = await openSqlPort({
    host: settings.host,
    port: settings.sqlPort,
    tls: { certificate: tls.certificate, key: tls.key },
    database: 'tulle',
    accounts: { find: (name) => findAccount(house.store, name) },
    rights: house.access,
    governor: house.sql,
    audit,
    onBug: (error) => house.log.error('the SQL port broke', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  })
  return port.ok ? ok(() => port.value.close()) : port
}

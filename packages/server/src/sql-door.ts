// The SQL port with its people, and the introspection behind it.

import { findAccount, findAccountByToken, tokenVerifiers } from '@tulle/access'
import type { Account } from '@tulle/access'
import { createIntrospection, openSqlPort } from '@tulle/gateway'
import type { Audit } from '@tulle/audit'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { House } from './house.ts'
import { messages } from './messages.ts'
import { DATABASE } from './settings.ts'
import { grantedPurposesOf } from './who.ts'

const NOBODY: Pick<Account, 'subject'> = { subject: { id: 'nobody', name: 'nobody', kind: 'user', role: 'consumer', teams: [] } }

interface SqlDoorOptions {
  readonly audit: Audit
  /** Where the cluster that answers introspection is, once somebody asked. */
  readonly catalogFolder: string
}

/** Opens the port; the answer closes it. */
export async function openSqlDoor(house: House, { audit, catalogFolder }: SqlDoorOptions): Promise<Result<() => Promise<void>>> {
  const { settings, tls, clock, log } = house
  const onBug = (error: unknown): void => log.error('the SQL port broke', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  const external = settings.catalogDatabaseUrl === undefined ? undefined : connectionOf(settings.catalogDatabaseUrl)
  if (external?.ok === false) return external
  const introspection = createIntrospection({
    authorizer: house.sql.authorizer, audit, clock, folder: catalogFolder, database: DATABASE, onBug,
    ...(external?.ok === true && { external: external.value }),
  })
  const port = await openSqlPort({
    host: settings.host,
    port: settings.sqlPort,
    tls: { certificate: tls.certificate, key: tls.key },
    // Passwords and rows of others must not cross a network in the open.
    requireTls: !/^(?:127\.|localhost$|::1$)/u.test(settings.host),
    database: DATABASE,
    accounts: {
      find: async (name) => {
        const account = await findAccount(house.store, name, clock)
        // Whoever is not there is looked for as thoroughly: the time of a refusal must not tell names.
        const { subject } = account ?? NOBODY
        const [grantedPurposes, tokens] = await Promise.all([grantedPurposesOf(house, account ?? NOBODY), tokenVerifiers(house.store, subject.id, clock)])
        return account && { ...account, grantedPurposes, tokens }
      },
      findByToken: async (token) => {
        const account = await findAccountByToken(house.store, token, clock)
        return account && { ...account, grantedPurposes: await grantedPurposesOf(house, account) }
      },
      attempts: house.attempts,
    },
    rights: house.access,
    governor: house.sql.governor,
    introspection,
    audit,
    onBug,
  })
  if (port.ok) return ok(async () => {
    await port.value.close()
    await introspection.close()
  })
  await introspection.close()
  return port
}

interface Connection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

function connectionOf(address: string): Result<Connection> {
  try {
    const { protocol, hostname, port, username, password, pathname } = new URL(address)
    if (!/^postgres(ql)?:$/u.test(protocol)) throw new TypeError(protocol)
    return ok({ host: hostname, port: Number(port === '' ? 5432 : port), user: decodeURIComponent(username), password: decodeURIComponent(password), database: decodeURIComponent(pathname.slice(1)) })
  } catch {
    // The address holds a password, so no message quotes it.
    return fail(messages['bad-setting']({ name: 'CATALOG_DATABASE_URL', value: '…', want: 'an address such as postgresql://user@host:5432/database' }))
  }
}

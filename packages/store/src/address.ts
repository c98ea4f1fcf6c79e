// Between an address as people write it (DATABASE_URL) and a Connection. Only `addressOf` ever prints a password.

import type { ClientConfig } from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { Connection } from './types.ts'

/** The address with its password: for libraries that take nothing else; never for a log. */
export function addressOf({ host, port, user, password, database }: Connection): string {
  const part = encodeURIComponent
  return host.startsWith('/')
    ? `postgresql://${part(user)}:${part(password)}@localhost:${port}/${part(database)}?host=${part(host)}`
    : `postgresql://${part(user)}:${part(password)}@${host.includes(':') ? `[${host}]` : host}:${port}/${part(database)}`
}

/** What a client of `pg` needs, and what of it may be shown. */
export interface Target {
  readonly config: ClientConfig
  /** `host:port`, or the socket's folder. */
  readonly where: string
  readonly user: string
  readonly database: string
}

/** Reads a Connection or an address. TLS options of an address (`sslmode`, …) are pg's own. */
export function targetOf(connection: Connection | string): Result<Target> {
  if (typeof connection !== 'string') {
    const { host, port, user, password, database } = connection
    const where = host.startsWith('/') ? host : `${host}:${port}`
    return ok({ config: { host, port, user, password, database }, where, user, database })
  }
  // libpq allows a user without a host, which lies in `?host=` then; URLs do not.
  const url = URL.parse(connection.replace(/^([^/]*\/\/[^/]*@)\//u, '$1localhost/'))
  // A scheme that is not a web one leaves host and path as they are written; decoding them may fail.
  try {
    if (url === null || !/^postgres(?:ql)?:$/u.test(url.protocol)) return fail(messages['database-address-invalid']({}))
    const user = url.searchParams.get('user') || decodeURIComponent(url.username) || (process.env['PGUSER'] ?? 'postgres')
    const database = decodeURIComponent(url.pathname.slice(1)) || url.searchParams.get('db') || user
    const host = url.searchParams.get('host') || decodeURIComponent(url.hostname) || 'localhost'
    const where = host.startsWith('/') ? host : `${host}:${url.port || '5432'}`
    return ok({ config: { connectionString: connection }, where, user, database })
  } catch {
    return fail(messages['database-address-invalid']({}))
  }
}

// A connection to a PostgreSQL of others: to a listed host, at the address that was looked up and judged, and to nothing else.

import pg from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Settings, SourceRoom } from '../types.ts'
import { AddressRefused } from '../network.ts'
import { oneLine, secretOf, withoutSecrets } from '../secret-of.ts'
import { messages } from '../messages.ts'

export interface PostgresPlace { readonly port: string; readonly settings: Settings }

const CONNECT_MILLISECONDS = 15_000
const USUAL_PORT = 5432

/** Text as PostgreSQL sends it, whatever its type: the numbers of JavaScript would round it. */
const AS_TEXT = { getTypeParser: () => (text: string | Buffer): string => String(text) } as unknown as pg.CustomTypesConfig

export async function connectPostgres({ network, secrets }: SourceRoom, { port, settings }: PostgresPlace, isReplication = false): Promise<Result<pg.Client>> {
  const host = String(settings['host'])
  const number = Number(settings['port'] ?? USUAL_PORT)
  const refusal = network.refusal(host, number)
  if (refusal !== undefined) return fail(messages['source-host-refused']({ port, host: `${host}:${number}`, why: refusal }))
  const password = secretOf(secrets, port, settings['password'])
  if (!password.ok) return password
  const tls = settings['tls'] ?? 'verify'
  try {
    const address = await network.addressOf(host)
    const client = new pg.Client({
      host: address, port: number, database: String(settings['database']), user: String(settings['user']),
      // Without one, nothing of the server's own environment or files is tried in its place.
      password: password.value ?? (() => ''),
      ssl: tls === 'off' ? false : { rejectUnauthorized: tls === 'verify', servername: host },
      connectionTimeoutMillis: CONNECT_MILLISECONDS, application_name: 'tulle', types: AS_TEXT, keepAlive: true,
      ...(isReplication && { replication: 'database' }),
    } as pg.ClientConfig)
    client.on('error', () => undefined)
    await client.connect()
    return ok(client)
  } catch (error) {
    return fail(postgresFault({ port, settings }, error, password.value))
  }
}

/** What a PostgreSQL or the way to it says, without secrets; details and hints may hold values of rows and are left out. */
export function postgresFault({ port, settings }: PostgresPlace, error: unknown, password?: string): ReturnType<(typeof messages)['source-unreachable']> {
  const host = String(settings['host'])
  if (error instanceof AddressRefused) return messages['source-host-refused']({ port, host, why: error.message })
  const { message, code = '' } = error as { readonly message: string; readonly code?: string }
  const why = VALUE_CODES.has(code) ? `it says ${code}` : oneLine(withoutSecrets(message || code, [password]))
  const what = `${String(settings['database'])} at ${host}`
  // Classes of SQLSTATE that asking again does not mend.
  return /^(?:28|3D|42|22|0A|55|25)/u.test(code) ? messages['source-refused']({ port, what, why }) : messages['source-unreachable']({ port, what, why })
}

/** Data exceptions quote the datum. */
const VALUE_CODES: ReadonlySet<string> = new Set(['22P02', '22007', '22008', '22003', '22P03', '23505', '23502', '23503', '23514'])

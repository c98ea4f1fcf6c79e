// A connection to a MySQL or MariaDB of others: to a listed host, at the address that was looked up and judged, and to nothing else.

import { connect } from 'node:net'
import type { Connection, QueryError } from 'mysql2'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Settings, SourceRoom } from '../types.ts'
import { AddressRefused } from '../network.ts'
import { oneLine, secretOf, withoutSecrets } from '../secret-of.ts'
import { messages } from '../messages.ts'

export interface MysqlPlace { readonly port: string; readonly settings: Settings }

const CONNECT_MILLISECONDS = 15_000
const USUAL_PORT = 3306

export async function connectMysql({ network, secrets }: SourceRoom, { port, settings }: MysqlPlace): Promise<Result<Connection>> {
  const host = String(settings['host'])
  const number = Number(settings['port'] ?? USUAL_PORT)
  const refusal = network.refusal(host, number)
  if (refusal !== undefined) return fail(messages['source-host-refused']({ port, host: `${host}:${number}`, why: refusal }))
  const password = secretOf(secrets, port, settings['password'])
  if (!password.ok) return password
  const tls = settings['tls'] ?? 'verify'
  try {
    const address = await network.addressOf(host)
    // Loaded where the first one is connected to: most meshes have none.
    const { createConnection } = await import('mysql2')
    const connection = createConnection({
      // The certificate is held against the name, the bytes go to the address.
      host, stream: () => connect(number, address), database: String(settings['database']), user: String(settings['user']),
      ...(password.value !== undefined && { password: password.value }),
      ...(tls !== 'off' && { ssl: { rejectUnauthorized: tls === 'verify', verifyIdentity: tls === 'verify', minVersion: 'TLSv1.2' } }),
      connectTimeout: CONNECT_MILLISECONDS, charset: 'utf8mb4', multipleStatements: false,
      // The server may not ask for files of ours, and names of its columns become no code.
      flags: ['-LOCAL_FILES'], disableEval: true,
    })
    connection.on('error', () => undefined)
    await new Promise<void>((resolve, reject) => connection.connect((error) => (error === null ? resolve() : reject(error))))
    return ok(connection)
  } catch (error) {
    return fail(mysqlFault({ port, settings }, error, password.value))
  }
}

/** What a database or the way to it says, without secrets; data exceptions quote the datum, so of them only the code is told. */
export function mysqlFault({ port, settings }: MysqlPlace, error: unknown, password?: string): ReturnType<(typeof messages)['source-unreachable']> {
  const host = String(settings['host'])
  if (error instanceof AddressRefused) return messages['source-host-refused']({ port, host, why: error.message })
  const { message, code = '', sqlState = '' } = error as Partial<QueryError> & { readonly sqlState?: string }
  const why = /^2[123]/u.test(sqlState) ? `it says ${code}` : oneLine(withoutSecrets(message || code, [password]))
  const what = `${String(settings['database'])} at ${host}`
  // Classes of SQLSTATE that asking again does not mend, and certificates that are not good.
  const isFinal = /^(?:28|3D|42|2[1235]|0A)/u.test(sqlState) || /CERT|TLS|SSL|NOT_SUPPORTED_AUTH/u.test(code)
  return isFinal ? messages['source-refused']({ port, what, why }) : messages['source-unreachable']({ port, what, why })
}

// Systems of others for tests: a PostgreSQL of their own, and how it may be reached.

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { openNetwork } from '@tulle/sources'
import { testPostgres, withClient } from '@tulle/store/testing'
import type { PipelineOptions } from '../types.ts'

export const LIMITS: NonNullable<PipelineOptions['sources']>['limits'] = { bytes: 64 * 1024 ** 2, files: 1_000, pages: 200 }

/** These hosts and secrets. */
export const allowing = (hosts: readonly string[], secrets: Readonly<Record<string, string>> = {}): NonNullable<PipelineOptions['sources']> =>
  ({ network: openNetwork(hosts), secrets: (name) => secrets[name], limits: LIMITS })

/** Nobody listens on it now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => void server.close(() => resolve()))
  return port
}

export type SourceClient = Parameters<Parameters<typeof withClient>[1]>[0]

export interface PostgresSource extends AsyncDisposable {
  /** The settings of a port that reads it. */
  readonly place: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly host: string
  use<T>(act: (client: SourceClient) => Promise<T>): Promise<T>
  /** Statements, one after the other. */
  sql(...statements: readonly string[]): Promise<void>
}

export async function postgresSource(settings: Readonly<Record<string, string>> = {}): Promise<PostgresSource> {
  const rig = await testPostgres({ settings, port: await freePort() })
  const connection = { ...rig.postgres.connection, host: '127.0.0.1' }
  const use = <T>(act: (client: SourceClient) => Promise<T>): Promise<T> => withClient(connection, act)
  return {
    place: { host: connection.host, port: connection.port, database: connection.database, user: connection.user, password: { secret: 'SHOP_DB' }, tls: 'off' },
    secrets: { SHOP_DB: connection.password },
    host: `${connection.host}:${connection.port}`,
    use,
    sql: (...statements) => use(async (client) => {
      for (const statement of statements) await client.query(statement)
    }),
    [Symbol.asyncDispose]: () => rig.close(),
  }
}

// A MariaDB of others for tests: in a folder of its own, by a user who may do nothing else, with a certificate that nobody vouches for.

import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './source-rig.ts'

const run = promisify(execFile)
const SERVER = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/opt/homebrew/bin/mariadbd'].find((path) => existsSync(path))
const INSTALL = ['/usr/bin/mariadb-install-db', '/usr/local/bin/mariadb-install-db', '/opt/homebrew/bin/mariadb-install-db'].find((path) => existsSync(path))
export const hasMariadb = SERVER !== undefined && INSTALL !== undefined

export interface MariadbSource extends AsyncDisposable {
  /** The settings of a port that reads it. */
  readonly place: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, string>>
  readonly host: string
  sql(...statements: readonly string[]): Promise<void>
}

export async function mariadbSource(): Promise<MariadbSource> {
  const folder = await mkdtemp(join(tmpdir(), 'tulle-mariadb-'))
  // The server refuses to be root's; nobody is not.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined
  const [data, socket] = [join(folder, 'data'), join(folder, 's')]
  const certificate = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') }
  await writeFile(join(folder, 'init.sql'), "CREATE DATABASE shop CHARACTER SET utf8mb4;\nCREATE USER 'tulle'@'127.0.0.1' IDENTIFIED BY 'planted-mysql-password';\nGRANT ALL ON *.* TO 'tulle'@'127.0.0.1';\n")
  await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', certificate.key, '-out', certificate.cert, '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'])
  if (nobody !== undefined) for (const name of ['', ...await readdir(folder)]) await chown(join(folder, name), nobody.uid, nobody.gid)
  await run(INSTALL ?? '', ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal', '--skip-test-db', `--tmpdir=${folder}`], { ...nobody, cwd: folder })
  const port = await freePort()
  const server = spawn(SERVER ?? '', [
    '--no-defaults', `--datadir=${data}`, `--socket=${socket}`, `--port=${port}`, '--bind-address=127.0.0.1', `--pid-file=${join(folder, 'pid')}`, `--tmpdir=${folder}`,
    `--init-file=${join(folder, 'init.sql')}`, `--ssl-cert=${certificate.cert}`, `--ssl-key=${certificate.key}`, '--innodb-buffer-pool-size=16M', '--innodb-log-file-size=4M', '--skip-log-bin', '--innodb-flush-log-at-trx-commit=0',
  ], { ...nobody, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  await untilReady(server)
  const query = await client(port)
  return {
    place: { host: '127.0.0.1', port, database: 'shop', user: 'tulle', password: { secret: 'SHOP_DB' }, tls: 'require' },
    secrets: { SHOP_DB: 'planted-mysql-password' },
    host: `127.0.0.1:${port}`,
    async sql(...statements) {
      for (const statement of statements) await query.ask(statement)
    },
    async [Symbol.asyncDispose]() {
      query.end()
      server.kill('SIGKILL')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Ends where the server says that it is ready for connections, or ends. */
async function untilReady(server: ChildProcess): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    server.stderr?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-20_000)
      if (/ready for connections[\s\S]*port: [1-9]/u.test(said)) resolve()
    })
    server.once('exit', () => reject(new Error(`The MariaDB of the test ended: ${said}`)))
  })
}

/** As far as it is used here; the client is the sources' own. */
interface Mysql {
  createConnection(place: Readonly<Record<string, unknown>>): { query(sql: string, done: (error: Error | null) => void): void; destroy(): void }
}
interface Asking { readonly ask: (statement: string) => Promise<void>; readonly end: () => void }

async function client(port: number): Promise<Asking> {
  const { createConnection } = createRequire(createRequire(import.meta.url).resolve('@tulle/sources'))('mysql2') as Mysql
  const connection = createConnection({ host: '127.0.0.1', port, user: 'tulle', password: 'planted-mysql-password', database: 'shop', ssl: { rejectUnauthorized: false } })
  const ask = (statement: string): Promise<void> => new Promise((resolve, reject) => void connection.query(statement, (error) => (error === null ? resolve() : reject(error))))
  return { ask, end: () => connection.destroy() }
}

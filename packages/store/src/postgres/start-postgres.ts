// Keeps a PostgreSQL of our own alive on a folder: lock → place → cluster → server, and again when it dies. As long as this process lives, so does the server, and not longer.

import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, readFile, realpath, rename, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import type { Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import { addressOf } from '../address.ts'
import { explainDatabaseError } from '../database-error.ts'
import type { Connection, PostgresOptions, RunningPostgres } from '../types.ts'
import { findBinaries } from './find-binaries.ts'
import { ensureCluster, OWNER } from './ensure-cluster.ts'
import { lockHome } from './lock-home.ts'
import { clearOrphans } from './clear-orphans.ts'
import type { Place } from './find-place.ts'
import { findPlace, folderTrouble } from './find-place.ts'
import type { Postmaster, ServeOptions } from './serve-postgres.ts'
import { servePostgres } from './serve-postgres.ts'

/** The number in the socket's name. Nothing listens on it, unless a TCP port is asked for. */
const SOCKET_PORT = 5432
/** A server that lived this long had started well. */
const SETTLED = 10_000

/**
 * Starts PostgreSQL on `folder`, making a cluster on first use, and restarts it when it dies. A folder serves one
 * process at a time. What an earlier life left behind, living or dead, is cleared first.
 */
export async function startPostgres(options: PostgresOptions): Promise<Result<RunningPostgres>> {
  const binaries = await findBinaries()
  if (!binaries.ok) return binaries
  let folder = resolve(options.folder)
  try {
    await mkdir(folder, { recursive: true })
    folder = await realpath(folder)
    await access(folder, constants.W_OK)
    if (options.log !== undefined) await mkdir(dirname(options.log), { recursive: true })
  } catch (error) {
    return fail(folderTrouble(folder, error))
  }
  const lock = await lockHome(folder)
  if (!lock.ok) return lock
  const started = await startLocked(folder, binaries.value, options, lock.value.release).catch((error: unknown) => fail(folderTrouble(folder, error)))
  if (!started.ok) lock.value.release()
  return started
}

async function startLocked(folder: string, binaries: Place['binaries'], options: PostgresOptions, release: () => void): Promise<Result<RunningPostgres>> {
  const place = await findPlace(folder, { binaries, user: options.user })
  if (!place.ok) return place
  // A copy of a home whose cluster lies elsewhere leads to the same cluster.
  const cluster = dirname(place.value.folder) === folder ? undefined : await lockHome(place.value.folder)
  if (cluster?.ok === false) return cluster
  const releaseBoth = (): void => {
    cluster?.value.release()
    release()
  }
  const started = await startAt(place.value, folder, options, releaseBoth)
  if (!started.ok) releaseBoth()
  return started
}

async function startAt(place: Place, folder: string, options: PostgresOptions, release: () => void): Promise<Result<RunningPostgres>> {
  const password = await readOrMakePassword(join(folder, 'password'))
  await clearOrphans(place)
  const serve: ServeOptions = {
    log: options.log ?? join(folder, 'server.log'),
    port: options.port ?? SOCKET_PORT,
    tcp: options.port !== undefined,
    settings: options.settings ?? {},
  }
  const cluster = await ensureCluster(place, { password, log: serve.log, quick: options.settings?.['fsync'] === 'off' })
  if (!cluster.ok) return cluster
  const first = await servePostgres(place, serve)
  if (!first.ok) return first
  const connection: Connection = { host: place.socket, port: serve.port, user: OWNER, password, database: options.database ?? 'tulle' }
  const created = await ensureDatabase(connection)
  if (!created.ok) {
    await first.value.stop()
    return created
  }
  return ok(supervise(first.value, { place, serve, connection, release, onChange: options.onChange }))
}

interface Supervision {
  readonly place: Place
  readonly serve: ServeOptions
  readonly connection: Connection
  readonly release: () => void
  readonly onChange: PostgresOptions['onChange']
}

function supervise(first: Postmaster, { place, serve, connection, release, onChange }: Supervision): RunningPostgres {
  let current = first
  let up = true
  let stopping: Promise<void> | undefined
  const stopped = new AbortController()

  const keepAlive = async (): Promise<void> => {
    let failures = 0
    while (!stopped.signal.aborted) {
      const since = systemClock.now()
      const detail = await current.ended
      if (stopped.signal.aborted) return
      up = false
      onChange?.('died', detail)
      // One that dies soon after each start is not started ever faster.
      failures = systemClock.now() - since < SETTLED ? failures + 1 : 0
      for (; !up && !stopped.signal.aborted; failures += 1) {
        if (failures > 1) await systemClock.sleep(Math.min(100 * 2 ** failures, 5000), stopped.signal).catch(() => undefined)
        if (stopped.signal.aborted) return
        const next = await clearOrphans(place).then(() => servePostgres(place, serve, stopped.signal), (error: unknown) => fail(folderTrouble(place.folder, error)))
        if (next.ok) {
          current = next.value
          up = !stopped.signal.aborted
        } else if (!stopped.signal.aborted) onChange?.('died', next.diagnostics.map((d) => d.message).join(' '))
      }
      if (up) onChange?.('back', `process ${current.pid}`)
    }
  }
  const keeping = keepAlive()

  return {
    connection,
    connectionString: addressOf(connection),
    get pid() {
      return current.pid
    },
    get up() {
      return up
    },
    stop: () => {
      stopping ??= (async () => {
        stopped.abort(new Error('stopped'))
        up = false
        await current.stop()
        await keeping
        await current.stop()
        // A short path outside the home is ours alone, and empty now.
        if (dirname(place.socket) !== place.folder) await rmdir(place.socket).catch(() => undefined)
        release()
      })()
      return stopping
    },
  }
}

async function readOrMakePassword(file: string): Promise<string> {
  const existing = (await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })).trim()
  if (existing !== '') return existing
  const password = randomBytes(24).toString('base64url')
  await writeFile(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true })
  await rename(`${file}.new`, file)
  return password
}

async function ensureDatabase(connection: Connection): Promise<Result<'made' | 'found'>> {
  const client = new pg.Client({ ...connection, database: 'postgres' })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('select from pg_database where datname = $1', [connection.database])
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(connection.database)}`)
    return ok(rowCount === 0 ? 'made' : 'found')
  } catch (error) {
    return fail(explainDatabaseError(error, connection))
  } finally {
    await client.end().catch(() => undefined)
  }
}

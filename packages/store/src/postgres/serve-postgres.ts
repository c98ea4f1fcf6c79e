// One life of the postmaster: starts it on a made cluster, waits until it answers, and ends it. Restarting is the supervisor's.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok, systemClock } from '@tulle/kernel'
import { messages } from '../messages.ts'
import { explainWords } from './ensure-cluster.ts'
import { endBackends } from './clear-orphans.ts'
import type { Place } from './find-place.ts'

export interface Postmaster {
  readonly pid: number
  /** Resolves when the process has ended, for whatever reason. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

export interface ServeOptions {
  readonly log: string
  readonly port: number
  readonly tcp: boolean
  readonly settings: Readonly<Record<string, string>>
}

const READY_WITHIN = 60_000

// Small and safe: every commit is on disk when it is acknowledged, and an idle server fits beside Node in 300 MB.
const SETTINGS: Readonly<Record<string, string>> = {
  shared_buffers: '32MB',
  max_connections: '60',
  work_mem: '8MB',
  maintenance_work_mem: '32MB',
  effective_cache_size: '256MB',
  jit: 'off',
  // PostgreSQL 18 would keep three I/O workers.
  io_method: 'sync',
  max_worker_processes: '4',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  max_wal_senders: '0',
  wal_level: 'minimal',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  autovacuum_max_workers: '1',
  autovacuum_worker_slots: '2',
  autovacuum_naptime: '60s',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Statements and details of errors can hold values of rows.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_statement: 'none',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
  restart_after_crash: 'on',
}

/** Starts the postmaster and resolves once it takes connections. Assumes a data folder without other processes. Given up, it stops what it started. */
export async function servePostgres(place: Place, options: ServeOptions, givenUp?: AbortSignal): Promise<Result<Postmaster>> {
  rotate(options.log)
  const from = sizeOf(options.log)
  const settings = {
    ...SETTINGS,
    ...options.settings,
    cluster_name: place.mark,
    listen_addresses: options.tcp ? '127.0.0.1' : '',
    port: String(options.port),
    // A list, in which commas and spaces need quotes.
    unix_socket_directories: `"${place.socket.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  }
  const log = openSync(options.log, 'a', 0o600)
  // Its own session, so that Ctrl-C in the terminal reaches Tulle alone, which then stops the server in order.
  const child = spawn(place.binaries.postgres, ['-D', place.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], {
    cwd: place.data, env: {}, uid: place.user.uid, gid: place.user.gid, detached: true, stdio: ['ignore', log, log],
  })
  closeSync(log)
  let over: string | undefined
  const ended = new Promise<string>((resolve) => {
    const end = (why: string): void => {
      over ??= why
      resolve(over)
    }
    child.on('error', (error) => end(error.message))
    child.on('exit', (code, signal) => end(signal === null ? `ended with ${code}` : `ended by ${signal}`))
  })
  child.unref()
  const { pid } = child
  if (pid === undefined) return fail(messages['postgres-did-not-start']({ reason: await ended, log: options.log }))
  const watchdog = startWatchdog(place, pid)
  void ended.then(() => watchdog.stdin?.end('over\n'))
  for (const deadline = systemClock.now() + READY_WITHIN; !isReady(place.data, pid); await systemClock.sleep(10)) {
    if (over !== undefined) return fail(explainWords(readFrom(options.log, from), place.folder, options.log, over))
    if (systemClock.now() > deadline || givenUp?.aborted === true) {
      await stopPostmaster(child, ended, place)
      return fail(messages['postgres-did-not-start']({ reason: givenUp?.aborted === true ? 'it was stopped' : `it was not ready within ${READY_WITHIN / 1000} s`, log: options.log }))
    }
  }
  return ok({ pid, ended, stop: () => stopPostmaster(child, ended, place) })
}

// Line 1 of postmaster.pid is the process, line 8 its state, as pg_ctl reads them.
function isReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

async function stopPostmaster(child: ChildProcess, ended: Promise<string>, place: Place): Promise<void> {
  for (const [signal, patience] of [['SIGINT', 3000], ['SIGQUIT', 1000], ['SIGKILL', 1000]] as const) {
    if (child.exitCode !== null || child.signalCode !== null) break
    child.kill(signal)
    const timer = new AbortController()
    await Promise.race([ended, systemClock.sleep(patience, timer.signal).catch(() => undefined)])
    timer.abort(new Error('over'))
  }
  await endBackends(place)
}

// Waits at a pipe from this process. A line means that the server has ended; the end of the pipe means that this
// process has, perhaps by kill -9, and the server is to stop. The pid is compared with the pid file, since the number
// may have gone to another process.
const WATCHDOG = `
if read -r line; then exit 0; fi
serves() { read -r pid 2>/dev/null < "$2" && [ "$pid" = "$1" ]; }
serves "$1" "$2" && kill -INT "$1"
for i in 1 2 3 4 5; do sleep 1; serves "$1" "$2" || exit 0; done
kill -QUIT "$1"
`

function startWatchdog(place: Place, pid: number): ChildProcess {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'tulle-watchdog', String(pid), join(place.data, 'postmaster.pid')], {
    cwd: '/', env: { PATH: '/usr/bin:/bin' }, uid: place.user.uid, gid: place.user.gid, detached: true, stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.on('error', () => undefined)
  watchdog.stdin.on('error', () => undefined)
  watchdog.unref()
  const pipe = watchdog.stdin as typeof watchdog.stdin & { unref?: () => void }
  pipe.unref?.()
  return watchdog
}

const LONGEST_LOG = 10 * 1024 * 1024

function rotate(log: string): void {
  if (sizeOf(log) > LONGEST_LOG) renameSync(log, `${log}.1`)
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function readFrom(file: string, from: number): string {
  try {
    return readFileSync(file).subarray(from).toString('utf8').slice(-8000)
  } catch {
    return ''
  }
}

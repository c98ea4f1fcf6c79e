// The rig for whole-Tulle tests: a real server on a home, a mesh and ports of its own.

import type { ChildProcess } from 'node:child_process'
import { execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { bundledProgram } from '@tulle/kernel/testing'
import { prepareHome } from '@tulle/store/testing'

export { generatedGraph } from './testing-graph.ts'
export { memoryOf, processesBelow, processesNaming } from './testing-processes.ts'
export type { ProcessBelow } from './testing-processes.ts'

const CHECKOUT = resolve(import.meta.dirname, '../../..')

export interface TestTulle extends AsyncDisposable {
  /** A folder that looks like a checkout: `examples/skyline`, `.tulle`, `node_modules`. */
  readonly checkout: string
  readonly home: string
  readonly url: string
  readonly sqlPort: number
  readonly environment: NodeJS.ProcessEnv
  readonly server: ChildProcess
  /** What the server printed so far. */
  output(): string
  /** Runs a command line in the checkout, as its user would. */
  sh(command: string): { readonly status: number; readonly stdout: string; readonly stderr: string }
  /** The same, while peers within this process go on answering. */
  shell(command: string): Promise<ReturnType<TestTulle['sh']>>
  secret(user: string): string
  /** kill -9, and a new server on the same home. */
  killAndRestart(): Promise<void>
  /** A new server, where the old one is gone; on the same home, unless its environment changes. */
  restart(environment?: NodeJS.ProcessEnv): Promise<void>
  stop(): Promise<void>
}

export interface TestTulleOptions {
  /** A mesh folder to copy; the sample mesh unless told. */
  readonly mesh?: string
  readonly environment?: NodeJS.ProcessEnv
  readonly timeoutMilliseconds?: number
  /** As its user has it: PostgreSQL's cluster and tables are made by this start, programs run from their sources, and `npx` is npm's own. All are spared otherwise. */
  readonly fromNothing?: boolean
}

/** Starts a whole Tulle and waits until it is ready. */
export async function startTulle(options: TestTulleOptions = {}): Promise<TestTulle> {
  const checkout = mkdtempSync('/tmp/tulle-e2e-')
  // PostgreSQL and the engines run as other users and must be able to walk in.
  chmodSync(checkout, 0o755)
  cpSync(options.mesh ?? join(CHECKOUT, 'examples/skyline'), join(checkout, 'examples/skyline'), { recursive: true, filter: (path) => !path.includes('node_modules') })
  symlinkSync(join(CHECKOUT, 'node_modules'), join(checkout, 'node_modules'))
  const [httpPort, sqlPort] = [await freePort(), await freePort()]
  const home = join(checkout, '.tulle')
  const programs = join(CHECKOUT, 'node_modules/.bin')
  let main = join(CHECKOUT, 'packages/server/src/main.ts')
  if (options.fromNothing !== true) {
    mkdirSync(home, { mode: 0o711 })
    await prepareHome(join(home, 'pg'), { migrated: true })
    main = await bundledProgram('packages/server/src/main.ts')
    writeFileSync(join(checkout, 'tulle'), `#!/bin/sh\nexec "${programs}/node" "${await bundledProgram('packages/cli/src/tulle.ts')}" "$@"\n`, { mode: 0o755 })
    writeFileSync(join(checkout, 'npx'), '#!/bin/sh\ncase $1 in -*) shift ;; esac\nexec "$@"\n', { mode: 0o755 })
  }
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${options.fromNothing === true ? '' : `${checkout}:`}${programs}:${process.env['PATH']}`,
    TULLE_HOME: home, TULLE_HTTP_PORT: String(httpPort), TULLE_SQL_PORT: String(sqlPort), TULLE_CONFIG: join(checkout, '.config'),
    ...options.environment,
  }
  delete environment['DATABASE_URL']
  let printed = ''
  const launch = async (): Promise<ChildProcess> => {
    const child = spawn(join(CHECKOUT, 'node_modules/.bin/node'), [main, join(checkout, 'examples/skyline')], { cwd: checkout, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.on('data', (bytes: Buffer) => { printed += bytes.toString() })
    child.stderr.on('data', (bytes: Buffer) => { printed += bytes.toString() })
    const deadline = Date.now() + (options.timeoutMilliseconds ?? 120_000)
    while (!(await isReady(`http://127.0.0.1:${httpPort}`))) {
      if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Tulle did not become ready:\n${printed}`)
      await new Promise((wake) => setTimeout(wake, 100))
    }
    return child
  }
  let server = await launch()
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const exited = new Promise((wake) => server.once('exit', wake))
    server.kill(signal)
    await exited
  }
  const stop = async (): Promise<void> => {
    await end('SIGTERM')
    rmSync(checkout, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  return {
    checkout, home, sqlPort, environment,
    url: `http://127.0.0.1:${httpPort}`,
    get server() { return server },
    output: () => printed,
    sh: (command) => {
      const { status, stdout, stderr } = spawnSync('bash', ['-c', command], { cwd: checkout, env: environment, encoding: 'utf8', timeout: 120_000 })
      return { status: status ?? -1, stdout, stderr }
    },
    shell: (command) => new Promise((resolve) => execFile('bash', ['-c', command], { cwd: checkout, env: environment, timeout: 120_000 }, (error, stdout, stderr) => resolve({ status: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr }))),
    secret: (user) => readFileSync(join(home, 'secrets', user), 'utf8').trim(),
    killAndRestart: async () => {
      await end('SIGKILL')
      server = await launch()
    },
    restart: async (changed = {}) => {
      await end('SIGTERM')
      Object.assign(environment, changed)
      server = await launch()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/status`)
    return response.ok && ((await response.json()) as { ready: boolean }).ready
  } catch {
    return false
  }
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((wake) => probe.listen(0, '127.0.0.1', wake))
  const { port } = probe.address() as AddressInfo
  await new Promise((wake) => probe.close(wake))
  return port
}

/** Whether a program is on this machine. */
export const hasProgram = (name: string): boolean => (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, name)))

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path))

/** Where Debian's Chromium is, or undefined after saying loudly what is skipped for want of it. */
export function findChromium(whatIsSkipped: string): string | undefined {
  if (CHROMIUM === undefined) console.warn(`SKIPPED: ${whatIsSkipped}: there is no Chromium on this machine (apt-get install chromium).`)
  return CHROMIUM
}

/** What Chromium needs to run without a screen, also as root, and to call nobody. */
export const CHROMIUM_FLAGS: readonly string[] = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

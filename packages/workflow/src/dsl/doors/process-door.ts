// Runs a shell command or a script of a workflow: in a folder of its own, with an environment of its own, as nobody and
// without a network where this process may arrange that, within limits of time, memory, files and output.

import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fault } from '../errors.ts'
import type { ProcessOutcome, ProcessRequest } from '../host.ts'
import { LIMITS } from '../limits.ts'

const NOBODY = 65_534
// What a command finds without a path of its own: the system's, and this Node.
const PATH = `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`

let arranged: { readonly asNobody: boolean; readonly withoutNetwork: boolean; readonly limits: boolean } | undefined

/** What of the sandbox this machine has; found out once. */
export function sandboxOf(): NonNullable<typeof arranged> {
  const works = (command: string, ...rest: readonly string[]): boolean => spawnSync(command, rest, { stdio: 'ignore', timeout: 5_000 }).status === 0
  arranged ??= { asNobody: process.getuid?.() === 0, withoutNetwork: works('unshare', '--net', 'true'), limits: works('prlimit', '--core=0', 'true') }
  return arranged
}

export async function runProcess({ command, stdin, environment, files, signal }: ProcessRequest): Promise<ProcessOutcome> {
  const sandbox = sandboxOf()
  const folder = mkdtempSync(join(tmpdir(), 'tulle-process-'))
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o644 })
    if (sandbox.asNobody) chownSync(folder, NOBODY, NOBODY)
    return await run(confine(command, sandbox), { folder, stdin, environment, signal, asNobody: sandbox.asNobody && !sandbox.withoutNetwork })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A network of its own needs root, so being nobody comes after it. */
function confine(command: readonly string[], { asNobody, withoutNetwork, limits }: NonNullable<typeof arranged>): readonly string[] {
  // Node reserves far more addresses than it uses, so its memory is limited by itself.
  const isNode = command[0] === 'node'
  const memory = LIMITS.processMemoryMegabytes
  const own = isNode ? ['node', `--max-old-space-size=${memory}`, '--no-warnings', ...command.slice(1)] : command
  const limited = limits ? ['prlimit', '--core=0', '--nofile=64', `--fsize=${LIMITS.processOutputBytes * 10}`, `--cpu=${Math.ceil(LIMITS.processMilliseconds / 1_000)}`, ...(isNode ? [] : [`--as=${memory * 1_048_576}`]), ...own] : own
  if (!withoutNetwork) return limited
  const dropped = asNobody ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs', ...limited] : limited
  return ['unshare', '--net', '--ipc', ...dropped]
}

interface Place { readonly folder: string; readonly stdin: string; readonly environment: Readonly<Record<string, string>>; readonly signal: AbortSignal; readonly asNobody: boolean }

function run([command = 'false', ...rest]: readonly string[], { folder, stdin, environment, signal, asNobody }: Place): Promise<ProcessOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: folder, detached: true, stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', ...environment },
      ...(asNobody && { uid: NOBODY, gid: NOBODY }),
    })
    let over: Error | undefined
    const end = (why: Error): void => {
      over ??= why
      // The whole group: what a command starts ends with it.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        child.kill('SIGKILL')
      }
    }
    const late = setTimeout(() => end(fault('timeout', `The process ran longer than ${LIMITS.processMilliseconds} ms (limit "processMilliseconds").`)), LIMITS.processMilliseconds)
    const stop = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('stopped'))
    signal.addEventListener('abort', stop, { once: true })
    const texts = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (part: string) => {
        texts[name] += part
        if (texts[name].length > LIMITS.processOutputBytes) end(fault('runtime', `The process prints more than ${LIMITS.processOutputBytes} characters (limit "processOutputBytes").`))
      })
    }
    child.stdin.on('error', () => undefined)
    child.stdin.end(stdin)
    const done = (): void => {
      clearTimeout(late)
      signal.removeEventListener('abort', stop)
    }
    child.on('error', (error) => {
      done()
      reject(fault('configuration', `The process cannot be started: ${error.message}.`))
    })
    child.on('close', (code, killedBy) => {
      done()
      end(new Error('over'))
      if (over !== undefined && over.message !== 'over') reject(over)
      else resolve({ code: code ?? (killedBy === null ? 1 : 128), ...texts })
    })
  })
}

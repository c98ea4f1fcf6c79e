// Starts a worker: an emptied environment, a folder of its own, no standard streams, one pipe, and the kernel's limits
// where the machine has `prlimit`.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { chmod, readdir, symlink } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { NICE } from './give-way.ts'
import { openMailbox } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import type { OsUser } from './isolation.ts'

export const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface WorkerOptions {
  readonly scratch: string
  /** Compiled code, written by `warmCode` and read by workers. */
  readonly code: string
  readonly memoryMegabytes: number
  readonly user?: OsUser
}

/** A heap for JavaScript: batches pass through it, rows do not stay. */
const FLAGS = ['--no-warnings', '--max-old-space-size=256', '--max-semi-space-size=4', '--disable-proto=delete']
const PRLIMIT = '/usr/bin/prlimit'

/** Beside the engine's own memory: Node.js, its heap and the stacks of threads. */
const OVERHEAD_MEGABYTES = 1024

/** Open cursors that work at the same time each take a thread of this pool. */
const POOL = '8'

/** A started worker, and what it shares with us. */
export interface Worker { readonly child: ChildProcess; readonly mailbox: Mailbox }

export function spawnWorker({ scratch, code, memoryMegabytes, user }: WorkerOptions): Worker {
  const limits = existsSync(PRLIMIT) ? [PRLIMIT, '--core=0', '--nofile=4096', `--data=${(memoryMegabytes + OVERHEAD_MEGABYTES) * 1024 * 1024}`, ...(user === undefined ? [] : ['--nproc=128']), '--'] : []
  const [command, ...rest] = [...limits, process.execPath, ...FLAGS, WORKER]
  const mailbox = openMailbox(scratch)
  const child = spawn(command as string, rest, {
    cwd: scratch,
    env: { NODE_COMPILE_CACHE: code, UV_THREADPOOL_SIZE: POOL },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', mailbox.fd],
    ...user,
  })
  if (child.pid !== undefined) preferAsVictim(child.pid)
  return { child, mailbox }
}

/**
 * Compiles the worker's code once, as ourselves: workers may read the result but not write it, or one of them could
 * change what the next one runs. It also spares each worker the memory of the compiler.
 */
export async function warmCode(scratch: string, code: string): Promise<void> {
  const { child, mailbox } = spawnWorker({ scratch, code, memoryMegabytes: 256 })
  mailbox.close()
  const pipe = child.stdio[3] as Duplex
  pipe.once('error', () => undefined)
  // A worker ends when its pipe does.
  pipe.end()
  await new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('exit', () => resolve())
  })
  // Node.js keeps its cache to itself.
  for (const entry of await readdir(code, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
}

/** Node.js names its cache after the user; others' names point to the one that we compiled. */
export async function shareCode(code: string, { uid }: OsUser): Promise<void> {
  const own = `-${process.getuid?.() ?? 0}`
  const compiled = (await readdir(code)).find((name) => name.endsWith(own))
  if (compiled === undefined) return
  await symlink(compiled, join(code, `${compiled.slice(0, -own.length)}-${uid}`)).catch(() => undefined)
}

// When memory runs out, the kernel should end a worker, not the server; when all of the processors are busy, whoever only
// decides, encodes and records goes first.
function preferAsVictim(pid: number): void {
  try {
    setPriority(pid, NICE)
    writeFileSync(`/proc/${pid}/oom_score_adj`, '800')
  } catch {
    // Not Linux, or already gone: nothing depends on it.
  }
}

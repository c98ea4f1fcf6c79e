// Starts a worker: an emptied environment, a folder of its own, no standard streams, one pipe, and the kernel's limits
// where the machine has `prlimit`.

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { chmod, mkdir, readdir, rename, rm, stat, symlink } from 'node:fs/promises'
import { setPriority } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { NICE } from './give-way.ts'
import { openMailbox } from './mailbox.ts'
import type { Mailbox } from './mailbox.ts'
import type { OsUser } from './isolation.ts'

export const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export interface WorkerOptions {
  readonly scratch: string
  /** Compiled code, written by `compiledCode` and read by workers. */
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

/** Beside the packages, as other code that Node.js compiled: the sources change seldom, and homes come and go. */
const COMPILED = fileURLToPath(new URL('../../../../node_modules/.cache/tulle/engine', import.meta.url))
const DAY = 86_400_000

/**
 * The folder of the worker's compiled code, made once for these sources, as ourselves: workers of other users may read it but
 * not write it, or one of them could change what the next one runs. It also spares each worker the memory of the compiler.
 * Where nothing can be written beside the packages, it is made in `home`.
 */
export async function compiledCode(home: string): Promise<string> {
  const name = await nameOfCode()
  for (const place of [COMPILED, join(home, 'compiled')]) {
    const code = join(place, name)
    if (existsSync(code)) return code
    const half = `${code}.${randomBytes(4).toString('hex')}`
    try {
      await mkdir(half, { recursive: true, mode: 0o755 })
      await compileInto(half, home)
      // Whoever comes second has the first one's.
      await rename(half, code).catch(() => rm(half, { recursive: true, force: true }))
      await forgetOlder(place, code)
      return code
    } catch {
      await rm(half, { recursive: true, force: true }).catch(() => undefined)
    }
  }
  return join(home, 'compiled', name)
}

async function compileInto(code: string, scratch: string): Promise<void> {
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
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
}

/** Of who compiled, with what, and of when each source was last changed. What it misses is compiled by each worker, which only takes longer. */
async function nameOfCode(): Promise<string> {
  const hash = createHash('sha256').update(`${process.version} ${process.getuid?.() ?? 0}\n`)
  const sources = dirname(dirname(WORKER))
  for (const path of (await readdir(sources, { recursive: true })).toSorted()) {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue
    const { mtimeMs, size } = await stat(join(sources, path))
    hash.update(`${path} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

/** Of sources that are no more; whoever still runs them has read it long ago. */
async function forgetOlder(place: string, kept: string): Promise<void> {
  for (const name of await readdir(place)) {
    const folder = join(place, name)
    if (folder === kept) continue
    const { mtimeMs } = await stat(folder)
    if (mtimeMs < Date.now() - DAY) await rm(folder, { recursive: true, force: true })
  }
}

/** Node.js names its cache after the user: in `code`, which is the engine's own, others' names lead to what we compiled. */
export async function shareCode(compiled: string, code: string, { uid }: OsUser): Promise<void> {
  const own = `-${process.getuid?.() ?? 0}`
  const name = (await readdir(compiled).catch((): string[] => [])).find((entry) => entry.endsWith(own))
  if (name === undefined) return
  await symlink(join(compiled, name), join(code, `${name.slice(0, -own.length)}-${uid}`)).catch(() => undefined)
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

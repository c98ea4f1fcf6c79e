// Watches a process by strace: which files it reaches for and whom it calls.

import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { hasProgram } from '@tulle/server/testing'

export interface Watched {
  /** Ends the watch; every call that was not allowed, once. */
  stop(): Promise<{ readonly calls: number; readonly violations: readonly string[] }>
}

/** Why nothing can be watched here, or undefined. Debian has strace as a package of that name. */
export function whyUnwatched(): string | undefined {
  if (!hasProgram('strace')) return 'there is no strace on this machine (apt-get install strace)'
  try {
    if (process.getuid?.() !== 0 && readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim() !== '0') return 'only root may trace processes on this machine'
  } catch {
    // No Yama: whoever owns a process may trace it.
  }
  return undefined
}

/** What a process may touch. Its working folder is its own. */
export interface Allowed {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  /** Also what the process only asked for and did not get, or only looked at from outside, is a violation. */
  readonly attempts: boolean
}

/** Threads that the process makes are watched too. The lines of strace are kept in `file`. */
export async function watchCalls(pid: number, file: string, allowed: Allowed): Promise<Watched> {
  const strace = spawn('strace', ['-f', '-e', 'trace=%file,%network,execve,execveat,fork,vfork,io_uring_setup,ptrace', '-e', 'signal=none', '-s', '400', '-o', file, '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = new Promise<void>((resolve) => strace.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    let said = ''
    const timer = setTimeout(() => reject(new Error(`strace did not attach: ${said}`)), 10_000)
    strace.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (!/attached/u.test(said)) return
      clearTimeout(timer)
      resolve()
    })
    strace.once('exit', () => {
      clearTimeout(timer)
      reject(new Error(`strace ended: ${said}`))
    })
  })
  return {
    async stop() {
      strace.kill('SIGINT')
      await exited
      const lines = readFileSync(file, 'utf8').split('\n').filter((line) => /^\d+\s+\w+\(/u.test(line))
      return { calls: lines.length, violations: [...new Set(lines.flatMap((line) => judgeCall(line, allowed) ?? []))] }
    },
  }
}

const HARMLESS = new Set(['shutdown', 'getsockname', 'getpeername', 'getsockopt', 'setsockopt', 'getcwd'])

/** What of a line of strace is not allowed; undefined where it is. */
export function judgeCall(line: string, { reads, writes, attempts }: Allowed): string | undefined {
  const call = /^\d+\s+(?<name>\w+)\((?<rest>.*)$/u.exec(line)?.groups
  if (call === undefined || HARMLESS.has(call['name'] as string)) return undefined
  const { name = '', rest = '' } = call
  const said = `${name}(${rest}`.slice(0, 300)
  // Its one channel to the server is a socket that was open from the beginning.
  if (/^(?:send|recv)/u.test(name) && rest.startsWith('3, ')) return undefined
  const paths = [...rest.matchAll(/"(?<path>(?:[^"\\]|\\.)*)"/gu)].map((match) => match.groups?.['path'] ?? '')
  if (!/^(?:open|openat|openat2|stat|lstat|fstatat64|newfstatat|statx|access|faccessat|faccessat2|readlink|readlinkat|statfs|creat|mkdir|mkdirat|unlink|unlinkat|rmdir|truncate|utimensat|getxattr|lgetxattr)$/u.test(name)) return said
  if (!attempts && (/= -1 /u.test(rest) || !/^(?:open|creat|mkdir|unlink|rmdir|truncate)/u.test(name))) return undefined
  const isChange = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|^(?:creat|mkdir|unlink|rmdir|truncate|utimens)/u.test(`${rest}`) || /^(?:creat|mkdir|unlink|rmdir|truncate|utimens)/u.test(name)
  const open = isChange ? writes : [...reads, ...writes]
  // Finding out where a folder really lies asks each of the folders above it.
  if (/^readlink$/u.test(name) && paths.every((path) => path !== '' && [...reads, ...writes].some((folder) => isBelow(folder, [path])))) return undefined
  // Relative to a descriptor that it already has: an empty path is the descriptor itself.
  return paths.every((path) => path === '' || isBelow(path, open) || (rest.startsWith('AT_FDCWD, ') && isOwn(path))) ? undefined : said
}

const isOwn = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')

function isBelow(path: string, folders: readonly string[]): boolean {
  if (!path.startsWith('/') || path.split('/').includes('..')) return false
  return folders.some((folder) => path === folder || path.startsWith(`${folder.replace(/\/$/u, '')}/`))
}

// As whom engine processes run. Started by root, each gets an OS user of its own, so that it can neither read what is
// Tulle's nor touch another process. Otherwise they are only processes, and the reason is said.

import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'

export interface OsUser { readonly uid: number; readonly gid: number }

export type Isolation =
  /** `userOf` gives a user per slot; slots are numbered by the caller. */
  | { readonly kind: 'user'; readonly userOf: (slot: number) => OsUser }
  | { readonly kind: 'process'; readonly reason: string }

/**
 * The range that systemd sets aside for users without a name. It lies below 65,536, which is all that some containers
 * map.
 */
const FIRST_UID = 61_184
const UIDS = 4_336

/** `paths` are what the other users must be able to reach: code, binaries, and the folder of scratch folders. */
export function isolationFor(paths: readonly string[]): Isolation {
  if (process.platform !== 'linux') return { kind: 'process', reason: 'other OS users are used on Linux only' }
  if (process.getuid?.() !== 0) return { kind: 'process', reason: 'Tulle was not started by root' }
  if (!isMapped(FIRST_UID + UIDS - 1)) return { kind: 'process', reason: 'this container has no other OS users' }
  const barred = paths.map(barredFolder).find((folder) => folder !== undefined)
  if (barred !== undefined) return { kind: 'process', reason: `other OS users cannot enter ${barred}` }
  // Two Tulles on one machine begin at different users.
  const start = process.pid * 61
  return {
    kind: 'user',
    userOf: (slot) => {
      const id = FIRST_UID + ((start + slot) % UIDS)
      return { uid: id, gid: id }
    },
  }
}

/** What a worker needs to be able to read. */
export function codePaths(worker: string): readonly string[] {
  const require = createRequire(import.meta.url)
  return [process.execPath, worker, require.resolve('@duckdb/node-bindings')]
}

/** The first folder on the way to `path` that users without rights of their own cannot enter. */
export function barredFolder(path: string): string | undefined {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    const status = statSync(folder, { throwIfNoEntry: false })
    if (status !== undefined && (status.mode & 0o001) === 0) return folder
    if (folder === dirname(folder)) return undefined
  }
}

// Lines of "first id inside, first id outside, how many".
function isMapped(uid: number): boolean {
  try {
    return readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n').some((line) => {
      const [first, , count] = line.trim().split(/\s+/u).map(Number)
      return uid >= (first as number) && uid < (first as number) + (count as number)
    })
  } catch {
    return false
  }
}

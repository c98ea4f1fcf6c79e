// The folder that holds all state: makes it, keeps a second Tulle out of it, and tells clients where the doors are.

import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Doors } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'

export interface Home {
  readonly folder: string
  path(...parts: string[]): string
  /** Tells clients where the doors are; called when they are open. */
  announce(doors: Doors): void
  /** Takes the announcement back and lets the next Tulle in. */
  leave(): void
}

// 0711 lets PostgreSQL and the engines, which run as users of their own, pass through to their folders and list nothing.
const FOLDERS: readonly (readonly [name: string, mode: number])[] = [
  ['warehouse', 0o711], ['engines', 0o711], ['secrets', 0o700], ['tls', 0o711], ['logs', 0o700], ['cache', 0o700],
]

/** Makes the folders and takes the lock. A lock whose process is gone is no obstacle. */
export function openHome(folder: string): Result<Home> {
  const path = (...parts: string[]): string => join(folder, ...parts)
  try {
    makeFolder(folder)
    for (const [name, mode] of FOLDERS) {
      makeFolder(path(name))
      chmodSync(path(name), mode)
    }
    const holder = takeLock(path('lock'))
    if (holder !== undefined) return fail(messages['home-in-use']({ home: folder, pid: holder }))
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException
    if (code === 'ENOSPC' || code === 'EDQUOT') return fail(messages['disk-full']({ home: folder }))
    return fail(messages['home-not-writable']({ home: folder, reason: REASONS[code] ?? code }))
  }
  return ok({
    folder,
    path,
    announce: (doors) => {
      writeFileSync(path('server.json.new'), `${JSON.stringify(doors, null, 2)}\n`)
      renameSync(path('server.json.new'), path('server.json'))
    },
    leave: () => {
      rmSync(path('server.json'), { force: true })
      rmSync(path('lock'), { force: true })
    },
  })
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not', EPERM: 'this user may not', EROFS: 'the file system is read-only', ENOTDIR: 'a part of its path is a file', EEXIST: 'it is a file', ENOENT: 'it cannot be made there', ENAMETOOLONG: 'its name is too long',
}

// Not by `recursive`: Node then never returns where a file system refuses by ENOENT (/proc), and says ENOENT for a read-only one.
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o711 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return
    if (code !== 'ENOENT' || existsSync(dirname(folder))) throw error
    makeFolder(dirname(folder))
    mkdirSync(folder, { mode: 0o711 })
  }
}

/** Undefined when the lock is ours, else the living process that holds it. */
function takeLock(file: string): number | undefined {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const descriptor = openSync(file, 'wx', 0o644)
      writeSync(descriptor, `${process.pid} ${startOf(process.pid)}\n`)
      closeSync(descriptor)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const [pid = '', start = ''] = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ') : []
      if (Number(pid) !== process.pid && isAlive(Number(pid)) && startOf(Number(pid)) === start) return Number(pid)
      rmSync(file, { force: true })
    }
  }
  return 0
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// Process ids are used again, so a lock also carries when its process started (field 22 of /proc/<pid>/stat on Linux).
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '-'
  } catch {
    return '-'
  }
}

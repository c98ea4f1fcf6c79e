// Which user of this machine runs the server, and what that user can reach. PostgreSQL refuses to run as root.

import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'

export interface OsUser {
  readonly uid: number
  readonly gid: number
  /** True where the server runs as another user than this process. */
  readonly other: boolean
}

interface PasswdEntry { readonly name: string; readonly uid: number; readonly gid: number }

/**
 * The user for the server: this process's own, or, as root, the named one, the owner of the data that exists, or the
 * first of postgres, daemon, bin and nobody. nobody comes last because engine workers run as it, and a broken-out
 * worker should not share an identity with the database.
 */
export async function chooseUser(options: { name?: string | undefined; owner?: number | undefined }): Promise<Result<OsUser>> {
  const uid = process.getuid?.() ?? 0
  if (uid !== 0) return ok({ uid, gid: process.getgid?.() ?? 0, other: false })
  const entries = await readPasswd()
  const wanted = options.owner === undefined || options.owner === 0
    ? [options.name, 'postgres', '_postgres', 'daemon', 'bin', 'nobody'].flatMap((name) => entries.filter((e) => e.name === name))
    : entries.filter((e) => e.uid === options.owner)
  // macOS gives nobody the number -2, which no process can be switched to by Node.
  const found = wanted.find((e) => e.uid > 0 && e.gid > 0) ?? (options.owner === undefined ? entries.find((e) => e.uid > 0 && e.gid > 0) : undefined)
  return found === undefined ? fail(messages['postgres-user-missing']({})) : ok({ uid: found.uid, gid: found.gid, other: true })
}

async function readPasswd(): Promise<readonly PasswdEntry[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    return name === undefined || uid === undefined || gid === undefined || line.startsWith('#') ? [] : [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}

/** True if the user can walk down to `path` and enter it. A path that does not exist is judged by its nearest ancestor. */
export async function canEnter(path: string, user: OsUser): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at).catch(() => undefined)
    if (found?.isDirectory() === true) {
      const bit = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001
      if ((found.mode & bit) === 0) return false
    }
    if (dirname(at) === at) return true
  }
}

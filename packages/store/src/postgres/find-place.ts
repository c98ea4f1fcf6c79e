// Decides where the server's files lie, so that the user who runs it reaches them, without loosening anybody's folders. A place, once chosen, is kept by a link in the folder.

import { randomBytes } from 'node:crypto'
import { chmod, chown, cp, lstat, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Binaries } from './find-binaries.ts'
import { binariesIn } from './find-binaries.ts'
import type { OsUser } from './choose-user.ts'
import { canEnter, chooseUser } from './choose-user.ts'

export interface Place {
  readonly user: OsUser
  readonly binaries: Binaries
  /** Owned by the server's user, closed to everyone else. Holds `data`, and work in progress. */
  readonly folder: string
  /** The cluster; missing before the first start. */
  readonly data: string
  /** Where the socket lies; its path is short. */
  readonly socket: string
  /** In the title of every process of the server, and of no other on this machine, containers included. */
  readonly mark: string
}

// Outside a home that the server's user cannot enter (a checkout below /root, say).
const SHARED = ['/var/lib/tulle', '/var/tmp/tulle']
// struct sockaddr_un holds 108 bytes on Linux and 104 on macOS, with the closing NUL.
const LONGEST_SOCKET = 103

/** Finds or makes the place of the server whose home is `folder`. */
export async function findPlace(folder: string, options: { binaries: Binaries; user?: string | undefined }): Promise<Result<Place>> {
  const link = join(folder, 'cluster')
  try {
    const existing = await lstat(link).catch(() => undefined)
    const target = existing?.isSymbolicLink() === true ? await readlink(link) : link
    const owner = (await stat(target).catch(() => undefined))?.uid
    if (owner === undefined && target !== link) return fail(messages['cluster-gone']({ link, place: target }))
    const user = await chooseUser({ name: options.user, owner })
    if (!user.ok) return user
    if (owner !== undefined && owner !== user.value.uid) return fail(messages['home-of-another-user']({ folder, uid: owner }))
    const place = owner === undefined ? await makePlace(link, user.value) : target
    const binaries = await reachableBinaries(options.binaries, user.value)
    const socket = await socketFolder(place, user.value)
    if (!socket.ok) return socket
    const { dev, ino } = await stat(place)
    const mark = `tulle_${sha256(`${place} ${dev} ${ino}`).slice(0, 16)}`
    return ok({ user: user.value, binaries, folder: place, data: join(place, 'data'), socket: socket.value, mark })
  } catch (error) {
    return fail(folderTrouble(folder, error))
  }
}

/** The sentence for a file operation that failed. */
export function folderTrouble(folder: string, error: unknown): Diagnostic {
  const { code, message, path } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return messages['disk-full']({ where: folder })
  return messages['folder-not-writable']({ folder: path ?? folder, reason: code ?? message })
}

async function makePlace(link: string, user: OsUser): Promise<string> {
  if (await canEnter(dirname(link), user)) {
    await mkdir(link, { recursive: true, mode: 0o700 })
    await ownBy(link, user)
    return link
  }
  const place = join(await sharedFolder(user), `cluster-${randomBytes(8).toString('hex')}`)
  await mkdir(place, { mode: 0o700 })
  await ownBy(place, user)
  await symlink(place, link)
  return place
}

async function sharedFolder(user: OsUser): Promise<string> {
  let trouble: unknown
  for (const folder of SHARED) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o711 })
      const { uid, mode } = await stat(folder)
      // /var/tmp is everybody's: a folder that someone else put there first is not ours to trust.
      if (uid === process.getuid?.() && (mode & 0o022) === 0 && await canEnter(folder, user)) return folder
    } catch (error) {
      trouble = error
    }
  }
  throw trouble ?? Object.assign(new Error('no folder for the server'), { code: 'EACCES', path: SHARED[0] })
}

async function reachableBinaries(binaries: Binaries, user: OsUser): Promise<Binaries> {
  if (!user.other || await canEnter(join(binaries.folder, 'bin'), user)) return binaries
  const shared = await sharedFolder(user)
  const copy = join(shared, `postgres-${binaries.version}`)
  if (await stat(copy).catch(() => undefined) === undefined) {
    const half = `${copy}.${randomBytes(4).toString('hex')}`
    await cp(binaries.folder, half, { recursive: true, verbatimSymlinks: true })
    await chmod(half, 0o755)
    // Two Tulles may copy at once: the second rename finds a full folder, and either copy will do.
    await rename(half, copy).catch(() => rm(half, { recursive: true, force: true }))
  }
  return binariesIn(copy, binaries.version)
}

async function socketFolder(place: string, user: OsUser): Promise<Result<string>> {
  const short = `tulle-${sha256(place).slice(0, 12)}`
  const candidates = [join(place, 'run'), ...(user.other ? [`/run/${short}`] : []), `/tmp/${short}-${user.uid}`]
  for (const folder of candidates) {
    if (Buffer.byteLength(join(folder, '.s.PGSQL.65535')) > LONGEST_SOCKET) continue
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await ownBy(folder, user)
      const { uid, mode } = await lstat(folder)
      if (uid === user.uid && (mode & 0o777) === 0o700) return ok(folder)
    } catch {
      // The next candidate may be writable.
    }
  }
  return fail(messages['socket-path-too-long']({ path: candidates[0] ?? place }))
}

async function ownBy(folder: string, user: OsUser): Promise<void> {
  const found = await lstat(folder)
  if (!found.isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path: folder })
  if (found.uid !== user.uid && found.uid === process.getuid?.()) await chown(folder, user.uid, user.gid)
}

// Makes the cluster on first start, whole or not at all, and reads back which PostgreSQL made it.

import { randomBytes } from 'node:crypto'
import { spawn } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Place } from './find-place.ts'

// Less than one segment of the write-ahead log, without which no server starts.
const NEXT_TO_NOTHING = 16 * 1024 * 1024

/** The name of the role that owns the cluster. */
export const OWNER = 'tulle'

/** Makes sure that there is a cluster which these binaries can serve. A half-made one of an interrupted start is swept away. */
export async function ensureCluster(place: Place, options: { password: string; log: string; quick: boolean }): Promise<Result<'made' | 'found'>> {
  for (const name of await readdir(place.folder)) {
    if (name.startsWith('making-')) await rm(join(place.folder, name), { recursive: true, force: true })
  }
  const found = (await readFile(join(place.data, 'PG_VERSION'), 'utf8').catch(() => undefined))?.trim()
  const wanted = place.binaries.version.split('.')[0] ?? ''
  if (found !== undefined) {
    return found === wanted ? ok('found') : fail(messages['postgres-version-differs']({ folder: place.data, found, wanted }))
  }
  const making = join(place.folder, `making-${randomBytes(6).toString('hex')}`)
  const passwordFile = `${making}-password`
  try {
    await mkdir(making, { mode: 0o700 })
    await chown(making, place.user.uid, place.user.gid)
    await writeFile(passwordFile, options.password, { mode: 0o600 })
    await chown(passwordFile, place.user.uid, place.user.gid)
    const { code, words } = await initdb(place, making, passwordFile, options.quick)
    if (code !== 0) {
      await writeFile(options.log, words, { flag: 'a', mode: 0o600 })
      return fail(explainWords(words, place.folder, options.log, `initdb ended with ${code}`))
    }
    await rename(making, place.data)
    return ok('made')
  } finally {
    await rm(passwordFile, { force: true })
    await rm(making, { recursive: true, force: true })
  }
}

/** The diagnostic behind the server's own words. */
export function explainWords(words: string, where: string, log: string, otherwise: string) {
  // A server that meets a full disk in the middle of a transaction may end with other words.
  if (words.includes('No space left on device') || isDiskFull(where)) return messages['disk-full']({ where })
  const libraryMissing = /error while loading shared libraries: ([^:]+):/u.exec(words)
  if (libraryMissing !== null) {
    return messages['postgres-missing']({ platform: `${process.platform}-${process.arch}`, detail: `the library ${libraryMissing[1]} is missing` })
  }
  const fatal = words.split('\n').filter((line) => /FATAL|PANIC|error:/u.test(line)).at(-1)
  const reason = fatal?.replace(/^.*?(?:FATAL|PANIC|error):\s*/u, '').replace(/\.$/u, '') ?? otherwise
  return messages['postgres-did-not-start']({ reason, log })
}

/** Whether next to nothing can be written there: a database that meets this may just end, with other words or none. */
export function isDiskFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize < NEXT_TO_NOTHING
  } catch {
    return false
  }
}

function initdb(place: Place, data: string, passwordFile: string, quick: boolean): Promise<{ code: number; words: string }> {
  return new Promise((resolve) => {
    const child = spawn(place.binaries.initdb, [
      '--pgdata', data, '--username', OWNER, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8',
      // ICU and libc collations change with the machine's libraries and corrupt indexes; the built-in one never does.
      '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C', '--data-checksums',
      // What a full disk leaves is looked at, then swept away here.
      '--no-clean',
      ...(quick ? ['--no-sync'] : []),
    ], { cwd: '/', env: {}, uid: place.user.uid, gid: place.user.gid, stdio: ['ignore', 'pipe', 'pipe'] })
    let words = ''
    const hear = (chunk: Buffer): void => {
      words = (words + chunk.toString()).slice(-8000)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', (error) => resolve({ code: -1, words: `error: ${error.message}` }))
    child.on('close', (code) => resolve({ code: code ?? -1, words }))
  })
}

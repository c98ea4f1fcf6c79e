// The state folder as the command line sees it: where it is, who runs on it, and which secrets of demo users it holds.

import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Doors } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import type { World } from './types.ts'

/** `TULLE_HOME`, or `.tulle` in the checkout that this code runs from. */
export function homeOf(world: World): string {
  const given = world.environment['TULLE_HOME']
  if (given === undefined || given === '') return resolve(import.meta.dirname, '../../../.tulle')
  return resolve(world.folder, given === '~' || given.startsWith('~/') ? join(homedir(), given.slice(1)) : given)
}

/** What the server that runs on the home announced; undefined where none runs, also when a killed one left its word. */
export function readServerFile(home: string): Doors | undefined {
  let file: Doors
  try {
    file = JSON.parse(readFileSync(join(home, 'server.json'), 'utf8')) as Doors
  } catch {
    return undefined
  }
  return typeof file.url === 'string' && isRunning(home, file.pid) ? file : undefined
}

/** The process that holds the home; undefined where none does. */
export function readHolder(home: string): number | undefined {
  const pid = Number(readText(join(home, 'lock'))?.split(' ')[0])
  return isRunning(home, pid) ? pid : undefined
}

export const secretFileOf = (home: string, user: string): string => join(home, 'secrets', user)

/** The password of a demo user, as the server generated it. */
export function readSecret(home: string, user: string): Result<string> {
  const file = secretFileOf(home, user)
  // A name that cannot lead out of the folder.
  if (!/^[a-z][a-z0-9._-]*$/.test(user)) return fail(messages['no-secret']({ user, file: join(home, 'secrets'), reason: 'it is no user name' }))
  try {
    return ok(readFileSync(file, 'utf8').trim())
  } catch (cause) {
    return fail(messages['no-secret']({ user, file, reason: reasonOf(cause) }))
  }
}

/** The system's word for why a file would not open, such as `ENOENT`. */
export const reasonOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause)

/** True where a process of this id lives, also another user's. */
export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return reasonOf(cause) === 'EPERM'
  }
}

// The lock names the process and when it started, because process ids are used again.
function isRunning(home: string, pid: number): boolean {
  if (!isAlive(pid)) return false
  const [holder, start] = readText(join(home, 'lock'))?.trim().split(' ') ?? []
  if (Number(holder) !== pid) return false
  const stat = readText(`/proc/${pid}/stat`)
  return stat === undefined || start === '-' || stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] === start
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

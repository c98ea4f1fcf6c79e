// Who is signed in where: one file of tokens per person, readable by nobody else.

import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { reasonOf } from './home.ts'
import { messages } from './messages.ts'
import type { World } from './types.ts'

const session = z.object({ user: z.string(), token: z.string(), expiresAt: z.string() })
export type Session = z.infer<typeof session>

const sessions = z.record(z.string(), session)

/** The session at a server's URL that has not run out. An unreadable file is the same as no session. */
export function readSession(world: World, url: string): Session | undefined {
  const found = readAll(fileOf(world))[url]
  return found !== undefined && Date.parse(found.expiresAt) > Date.now() ? found : undefined
}

/** Keeps a session, or with undefined forgets it. */
export function keepSession(world: World, url: string, kept: Session | undefined): Result<void> {
  const file = fileOf(world)
  const { [url]: _, ...others } = readAll(file)
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const next = `${file}.${process.pid}`
    writeFileSync(next, `${JSON.stringify(kept === undefined ? others : { ...others, [url]: kept }, null, 2)}\n`, { mode: 0o600 })
    chmodSync(next, 0o600)
    renameSync(next, file)
    return ok(undefined)
  } catch (cause) {
    return fail(messages['file-unwritable']({ file, reason: reasonOf(cause) }))
  }
}

function readAll(file: string): Readonly<Record<string, Session>> {
  try {
    return sessions.catch({}).parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}

function fileOf(world: World): string {
  const { TULLE_CONFIG: own, XDG_CONFIG_HOME: config } = world.environment
  const folder = own !== undefined && own !== '' ? resolve(world.folder, own) : join(config !== undefined && config !== '' ? config : join(homedir(), '.config'), 'tulle')
  return join(folder, 'sessions.json')
}

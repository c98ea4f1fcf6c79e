// The DuckDB adapter: starts a locked worker per request, as another OS user where it can.

import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, chown, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fail, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Engine, EngineLimits, EngineProcess } from '../types.ts'
import { openChannel } from './channel.ts'
import type { Channel } from './channel.ts'
import { engineProcess } from './process.ts'
import { lockOf } from './settings.ts'

export interface DuckdbEngineOptions {
  /** Where each process gets a scratch folder of its own. */
  readonly folder: string
  readonly user?: { readonly uid: number; readonly gid: number }
}

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

export function duckdbEngine({ folder, user }: DuckdbEngineOptions): Engine {
  const channels = new Set<Channel>()
  const owner = user !== undefined && process.getuid !== undefined && process.getgid !== undefined ? { uid: process.getuid(), gid: process.getgid() } : undefined
  return {
    isolation: user === undefined ? 'process' : 'user',
    start: async (limits) => {
      await mkdir(folder, { recursive: true })
      const scratch = await mkdtemp(join(folder, 'engine-'))
      for (const path of limits.writePaths) await mkdir(path, { recursive: true })
      if (user !== undefined) for (const path of [scratch, ...limits.writePaths]) await chown(path, user.uid, user.gid)
      const child = spawn(process.execPath, [...FLAGS, WORKER], {
        cwd: scratch,
        env: { NODE_COMPILE_CACHE: join(folder, 'code') },
        stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
        ...(user !== undefined && user),
      })
      const channel = openChannel(child)
      channels.add(channel)
      void channel.ended.then(async () => {
        channels.delete(channel)
        await rm(scratch, { recursive: true, force: true })
      })
      return begin(channel, limits, scratch, owner)
    },
    close: async () => {
      const ends = [...channels].map((channel) => {
        channel.kill()
        return channel.ended
      })
      await Promise.all(ends)
    },
  }
}

const FLAGS = ['--no-warnings', '--max-old-space-size=256', '--max-semi-space-size=2']

async function begin(channel: Channel, limits: EngineLimits, scratch: string, owner: { uid: number; gid: number } | undefined): Promise<Result<EngineProcess>> {
  const { statements, expected } = lockOf(limits, scratch)
  const reply = await channel.ask({ verb: 'start', settings: statements, readBack: Object.keys(expected) }).reply
  if (reply.kind !== 'done') {
    channel.kill()
    return fail(messages['engine-start-failed']({ why: reply.kind === 'died' ? 'it ended at once' : 'it did not take its settings' }))
  }
  const actual = reply.value as Readonly<Record<string, string>>
  const wrong = Object.entries(expected).find(([name, value]) => actual[name] !== value)
  if (wrong !== undefined) {
    channel.kill()
    return fail(messages['engine-unsafe']({ setting: wrong[0], wanted: wrong[1], actual: String(actual[wrong[0]]) }))
  }
  return ok(engineProcess(channel, owner))
}

// The DuckDB adapter: starts locked workers, each in a process, a folder and, where it can, an OS user of its own.

import { chmodSync, mkdirSync } from 'node:fs'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fail, ok } from '@tulle/kernel'
import type { Json, Result } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { Engine, EngineLimits, EngineProcess } from '../types.ts'
import { openChannel } from './channel.ts'
import type { Channel } from './channel.ts'
import { barredFolder, codePaths, isolationFor } from './isolation.ts'
import { engineProcess } from './process.ts'
import { emptyFileIn, lockOf, looseSetting } from './settings.ts'
import { compiledCode, shareCode, spawnWorker, WORKER } from './spawn-worker.ts'

export interface DuckdbEngineOptions {
  /** Where processes get their scratch folders. Made if missing; others must be able to enter it. */
  readonly folder: string
  /** Runs workers as the same user even where another could be had. */
  readonly isolation?: 'process'
}

/** How long a worker may take until it answers for the first time. */
const START_LIMIT = 30_000

export function duckdbEngine({ folder, isolation: wanted }: DuckdbEngineOptions): Engine {
  const home = resolve(folder)
  mkdirSync(home, { recursive: true })
  // Others may pass through to their own folders, and see none of the rest.
  chmodSync(home, 0o711)
  const isolation = wanted === 'process' ? { kind: 'process' as const, reason: 'it was asked for' } : isolationFor([...codePaths(WORKER), join(home, 'scratch')])
  const code = join(home, 'code')
  const channels = new Set<Channel>()
  const slots = new Set<number>()
  let compiled: Promise<string> | undefined
  let closed = false

  return {
    isolation: isolation.kind,
    ...(isolation.kind === 'process' && { isolationReason: isolation.reason }),
    start: async (limits) => {
      if (closed) return fail(messages['engine-start-failed']({ why: 'the engine is closed' }))
      const slot = freeSlot(slots)
      slots.add(slot)
      const user = isolation.kind === 'user' ? isolation.userOf(slot) : undefined
      try {
        const barred = user === undefined ? undefined : [...limits.readPaths, ...limits.writePaths].map((path) => barredFolder(join(path, 'file'))).find((found) => found !== undefined)
        if (barred !== undefined) {
          slots.delete(slot)
          return fail(messages['engine-start-failed']({ why: `its OS user cannot enter ${barred}` }))
        }
        await mkdir(code, { recursive: true, mode: 0o755 })
        compiled ??= compiledCode(home)
        // Whoever runs as ourselves could change the sources too.
        const ours = await compiled
        if (user !== undefined) await shareCode(ours, code, user)
        const scratch = await mkdtemp(join(home, 'engine-'))
        for (const path of limits.writePaths) await mkdir(path, { recursive: true })
        if (user !== undefined) for (const path of [scratch, ...limits.writePaths]) await chown(path, user.uid, user.gid)
        const channel = openChannel(spawnWorker({ scratch, code: user === undefined ? ours : code, memoryMegabytes: limits.memoryMegabytes, ...(user !== undefined && { user }) }))
        channels.add(channel)
        void channel.ended.then(() => {
          channels.delete(channel)
          slots.delete(slot)
          return rm(scratch, { recursive: true, force: true }).catch(() => undefined)
        })
        return await begin(channel, limits, scratch, user !== undefined)
      } catch (error) {
        slots.delete(slot)
        return fail(messages['engine-start-failed']({ why: (error as Error).message }))
      }
    },
    close: async () => {
      closed = true
      const ends = [...channels].map((channel) => {
        channel.kill()
        return channel.ended
      })
      await Promise.all(ends)
    },
  }
}

function freeSlot(taken: ReadonlySet<number>): number {
  let slot = 0
  while (taken.has(slot)) slot += 1
  return slot
}

// No statement reaches an engine before its lock has been read back.
async function begin(channel: Channel, limits: EngineLimits, scratch: string, otherUser: boolean): Promise<Result<EngineProcess>> {
  const lock = lockOf(limits, scratch)
  const timer = setTimeout(channel.kill, START_LIMIT)
  const reply = await channel.ask({ verb: 'start', settings: lock.statements, readBack: Object.keys(lock.expected) }).reply
  clearTimeout(timer)
  if (reply.kind !== 'done') {
    channel.kill()
    return fail(messages['engine-start-failed']({ why: reply.kind === 'died' ? 'it ended at once' : 'it did not take its settings' }))
  }
  const loose = looseSetting(lock, reply.value as Readonly<Record<string, Json>>)
  if (loose !== undefined) {
    channel.kill()
    return fail(messages['engine-unsafe'](loose))
  }
  return ok(engineProcess(channel, { takesFilesBack: otherUser, emptyFile: emptyFileIn(scratch) }))
}

// Kills everything, again and again, at random moments, and looks whether anything that was acknowledged is lost. A test runs a few cycles, a campaign thousands.

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { bundledProgram } from '@tulle/kernel/testing'
import { followOutbox } from '../follow-outbox.ts'
import { readEvents } from '../outbox.ts'
import { startPostgres } from '../postgres/start-postgres.ts'
import type { Store } from '../open-store.ts'
import { openStore } from '../open-store.ts'
import type { Connection } from '../types.ts'
import { valueOf } from './value-of.ts'

export interface KillCyclesOptions {
  readonly folder: string
  readonly cycles: number
  /** 0 to 1, exclusive. Give a seeded one to repeat a campaign. */
  readonly random?: () => number
}

export interface KillReport {
  readonly cycles: number
  readonly acknowledged: number
  /** Acknowledged events that the journal does not have: must be empty. */
  readonly lost: readonly string[]
  /** Events that a follower which is killed too never handled: must be empty. */
  readonly unhandled: readonly string[]
  /** Milliseconds from the start to `ready`, one per cycle. */
  readonly readyAfter: readonly number[]
}

/** Each cycle: start on what the last one left, write, and kill -9 server, PostgreSQL, or both at once. */
export async function killCycles({ folder, cycles, random = Math.random }: KillCyclesOptions): Promise<KillReport> {
  const acknowledged: string[] = []
  const readyAfter: number[] = []
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const start = performance.now()
    const keeper = await startKeeper(folder, 'write')
    keeper.hear((line) => {
      if (line.acknowledged !== undefined) acknowledged.push(line.acknowledged)
    })
    readyAfter.push(performance.now() - start)
    await pause(100 + random() * 400)
    const victim = random()
    if (victim > 0.3) process.kill(keeper.postmaster, 'SIGKILL')
    if (victim < 0.3) await pause(random() * 300)
    keeper.child.kill('SIGKILL')
    await keeper.ended
  }
  const postgres = valueOf(await startPostgres({ folder }))
  const store = valueOf(await openStore({ connection: postgres.connection }))
  try {
    const there = new Set(await allIds(store))
    const handled = new Set<string>()
    const following = followOutbox(store, { consumer: 'kill-cycles', handle: async (event) => void handled.add(event.id) })
    await following.caughtUp()
    await following.stop()
    return {
      cycles,
      acknowledged: acknowledged.length,
      lost: acknowledged.filter((id) => !there.has(id)),
      unhandled: [...there].filter((id) => !handled.has(id)),
      readyAfter,
    }
  } finally {
    await store.close()
    await postgres.stop()
  }
}

interface KeeperLine {
  readonly ready?: true
  readonly pid?: number
  readonly connection?: Connection
  readonly acknowledged?: string
  readonly state?: string
  readonly failed?: readonly { readonly code: string; readonly message: string }[]
}

export interface Keeper {
  readonly child: ChildProcess
  readonly postmaster: number
  readonly connection: Connection
  readonly ended: Promise<void>
  hear(listen: (line: KeeperLine) => void): void
}

/** Starts the keeper program, as another user if told, and waits until it is ready. Rejects with what it says otherwise. */
export async function startKeeper(folder: string, mode = '', user: { uid?: number; gid?: number } = {}): Promise<Keeper> {
  const child = spawn(process.execPath, [await bundledProgram('packages/store/src/testing/keeper.ts'), folder, mode], {
    ...user, cwd: '/', env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  let listen: (line: KeeperLine) => void = () => undefined
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (text) => {
      let line: KeeperLine
      try {
        line = JSON.parse(text) as KeeperLine
      } catch {
        // The last line of a killed program may be cut short: it was not said.
        return
      }
      listen(line)
      if (line.ready === true) {
        resolve({
          child, ended, postmaster: line.pid as number, connection: line.connection as Connection,
          hear: (hear) => {
            listen = hear
          },
        })
      }
      if (line.failed !== undefined) reject(new Error(line.failed.map((d) => `${d.code}: ${d.message}`).join('\n')))
    })
    child.once('exit', (code) => reject(new Error(`the keeper ended with ${code}`)))
  })
}

async function allIds(store: Store): Promise<readonly string[]> {
  const ids: string[] = []
  for (let after = '0'; ;) {
    const events = await readEvents(store.db, { after, limit: 1000 })
    const last = events.at(-1)
    if (last === undefined) return ids
    ids.push(...events.map((event) => event.id))
    after = last.seq
  }
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

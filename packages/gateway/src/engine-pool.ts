// Lends engine processes: one for each subject and purpose, shared by its sessions, ended when nobody used it for a
// while. A process never serves two subjects, nor one subject for two purposes.

import type { Result } from '@tulle/kernel'
import type { Engine, EngineProcess, Relation } from '@tulle/engine'
import { pathsOf, placeRelation } from '@tulle/engine'
import { fail, ok } from '@tulle/kernel'
import type { PrivateFolder } from './private-folder.ts'
import { messages } from './messages.ts'
import { makePrivateFolder } from './private-folder.ts'
import { READS } from './table-reads.ts'

export interface EnginePoolOptions {
  readonly engine: Engine
  /** Where the private folders are. */
  readonly folder: string
  readonly limit: number
  readonly idleMilliseconds: number
  /** How long a statement waits for an engine where all are in use. */
  readonly waitMilliseconds: number
  readonly memoryMegabytes: number
  readonly threads: number
}

export interface EnginePool {
  /** Lends the process of this key, starting it where it does not run. */
  acquire(key: string): Promise<Result<Lease>>
  /** Ends every process, whoever uses it: what they read from is gone. The next statement starts another. */
  forget(): Promise<void>
  close(): Promise<void>
}

/**
 * A relation under its name, with the files that it is read from still at their place in the warehouse. `of` is the table
 * as the policy is asked about it, `seen` what the asker saw of it when this was made. Where there is `complete`,
 * it gives the relation with its files, and is only asked when no relation of this shape is known yet.
 */
export interface GovernedRelation { readonly relation: Relation; readonly shape: string; readonly of: Named; readonly seen: string; readonly complete?: () => Promise<Result<Relation>> }

interface Named { readonly schema: string; readonly name: string }

export interface Lease {
  readonly process: EngineProcess
  readonly scratch: string
  /** The relations that the process knows. */
  defined(): readonly GovernedRelation[]
  /**
   * Makes relations known as they are now, and drops those that are no longer allowed. Costs nothing where nothing
   * changed. Until this lease ends, nobody else's definitions take a relation of a single read away.
   */
  define(relations: readonly GovernedRelation[], dropped: readonly GovernedRelation[]): Promise<Result<void>>
  /** Gives the process back. */
  release(): void
  /** Gives it back dead: nobody gets it again. */
  discard(): Promise<void>
}

interface Entry {
  readonly key: string
  readonly process: EngineProcess
  readonly folder: PrivateFolder
  users: number
  idle: NodeJS.Timeout | undefined
  idleSince: number
  relations: ReadonlyMap<string, GovernedRelation>
  /** How many leases hold a relation of a single read. */
  readonly held: Map<string, number>
  /** One definition at a time. */
  defining: Promise<unknown>
  ended: boolean
}

export function createEnginePool(options: EnginePoolOptions): EnginePool {
  const { engine, limit } = options
  const entries = new Map<string, Promise<Result<Entry>>>()
  const idle = new Map<string, Entry>()
  let waiters: (() => void)[] = []
  let closed = false

  const end = async (entry: Entry): Promise<void> => {
    if (entry.ended) return
    entry.ended = true
    clearTimeout(entry.idle)
    idle.delete(entry.key)
    entries.delete(entry.key)
    await entry.process.kill()
    await entry.folder.remove()
    wakeOne()
  }
  const wakeOne = (): void => waiters.shift()?.()
  // A folder that could not be removed now is removed at the next start.
  const endQuietly = (entry: Entry): Promise<void> => end(entry).catch(() => {})
  const start = async (key: string): Promise<Result<Entry>> => {
    const folder = await makePrivateFolder(options.folder)
    const started = await engine.start({ readPaths: [folder.path], writePaths: [folder.scratch], memoryMegabytes: options.memoryMegabytes, threads: options.threads })
    if (!started.ok) {
      await folder.remove()
      return started
    }
    return ok({ key, process: started.value, folder, users: 0, idle: undefined, idleSince: Date.now(), relations: new Map(), held: new Map(), defining: Promise.resolve(), ended: false })
  }
  // Room for one more: ends the process that was idle for longest, or waits until one becomes so.
  const makeRoom = async (): Promise<boolean> => {
    const deadline = Date.now() + options.waitMilliseconds
    while (entries.size >= limit) {
      const oldest = idle.values().next().value
      if (oldest !== undefined) await end(oldest)
      else {
        const left = deadline - Date.now()
        if (left <= 0) return false
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left)
          waiters.push(() => {
            clearTimeout(timer)
            resolve()
          })
        })
      }
    }
    return true
  }
  const find = async (key: string): Promise<Result<Entry>> => {
    for (;;) {
      // Others may take the room, or start the same process, while this one waits for it.
      while (!entries.has(key) && entries.size >= limit) if (!(await makeRoom())) return fail(messages['engines-busy']({ limit }))
      let entry = entries.get(key)
      if (entry === undefined) {
        entry = start(key)
        entries.set(key, entry)
      }
      const found = await entry
      if (!found.ok && entries.get(key) === entry) entries.delete(key)
      if (!found.ok) return found
      const rested = found.value.users === 0 && Date.now() - found.value.idleSince > RESTED
      // One that lay idle may have been killed meanwhile, and nobody was told.
      if (rested && !found.value.ended && !(await found.value.process.parse('select 1')).ok) await end(found.value)
      if (!found.value.ended) return found
    }
  }

  return {
    async acquire(key) {
      if (closed) return fail(messages['server-stopping']({}))
      const found = await find(key)
      if (!found.ok) return found
      const entry = found.value
      entry.users += 1
      clearTimeout(entry.idle)
      idle.delete(key)
      let held = true
      const holding: string[] = []
      const letGo = (): void => {
        if (!held) return
        held = false
        entry.users -= 1
        for (const name of holding) entry.held.set(name, (entry.held.get(name) ?? 1) - 1)
        if (entry.users > 0) return
        idle.set(key, entry)
        entry.idleSince = Date.now()
        entry.idle = setTimeout(() => void endQuietly(entry), options.idleMilliseconds)
        entry.idle.unref()
        wakeOne()
      }
      return ok({
        process: entry.process,
        scratch: entry.folder.scratch,
        defined: () => [...entry.relations.values()],
        define: (relations, dropped) => {
          for (const name of relations.map(keyOf)) {
            holding.push(name)
            entry.held.set(name, (entry.held.get(name) ?? 0) + 1)
          }
          return defineNext(entry, relations, dropped)
        },
        release: letGo,
        discard: async () => {
          held = false
          entry.users -= 1
          await end(entry)
        },
      })
    },
    async forget() {
      const running = [...entries.values()]
      for (const entry of running) {
        const found = await entry
        if (found.ok) await end(found.value)
      }
    },
    async close() {
      closed = true
      const running = [...entries.values()]
      await Promise.all(running.map(async (entry) => {
        const found = await entry
        if (found.ok) await end(found.value)
      }))
      for (const wake of waiters) wake()
      waiters = []
    },
  }
}

const RESTED = 1000

/** Relations of single reads that a process keeps for the next time, beyond those in use. */
const KEPT = 64

const keyOf = ({ relation: { schema, name } }: GovernedRelation): string => `${schema}\0${name}`

function defineNext(entry: Entry, relations: readonly GovernedRelation[], dropped: readonly GovernedRelation[]): Promise<Result<void>> {
  const next = entry.defining.then(() => define(entry, relations, dropped))
  entry.defining = next.catch(() => undefined)
  return next
}

async function define(entry: Entry, relations: readonly GovernedRelation[], dropped: readonly GovernedRelation[]): Promise<Result<void>> {
  const changed = relations.filter((governed) => entry.relations.get(keyOf(governed))?.shape !== governed.shape)
  const gone = dropped.filter((governed) => entry.relations.get(keyOf(governed)) === governed)
  if (changed.length === 0 && gone.length === 0) return ok(undefined)
  const next = new Map(entry.relations)
  for (const governed of gone) next.delete(keyOf(governed))
  // Those that are used again move to the end.
  for (const governed of relations) {
    const known = next.get(keyOf(governed))
    next.delete(keyOf(governed))
    const made = known?.shape === governed.shape ? ok(known) : await completed(governed)
    if (!made.ok) return made
    next.set(keyOf(governed), made.value)
  }
  const idle = [...next].filter(([key, { relation }]) => relation.schema === READS && (entry.held.get(key) ?? 0) <= 0)
  for (const [key] of idle.slice(0, Math.max(0, idle.length - KEPT))) next.delete(key)
  const admitted: Relation[] = []
  for (const { relation, of } of next.values()) {
    try {
      admitted.push(await placeRelation(relation, (path) => entry.folder.admit(path)))
    } catch {
      return fail(messages['files-missing']({ table: `${of.schema}.${of.name}` }))
    }
  }
  const defined = await entry.process.define(admitted)
  if (!defined.ok) return defined
  entry.relations = next
  for (const [key, count] of entry.held) if (count <= 0) entry.held.delete(key)
  // Another's open cursor may still read the files of an older snapshot.
  if (entry.users <= 1) await entry.folder.keepOnly(new Set([...next.values()].flatMap(({ relation }) => pathsOf(relation))))
  return defined
}

async function completed({ complete, ...governed }: GovernedRelation): Promise<Result<GovernedRelation>> {
  const found = await complete?.()
  if (found?.ok === false) return found
  return ok(found === undefined ? governed : { ...governed, relation: found.value })
}

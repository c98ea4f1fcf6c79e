// The rows that a profile may see of a snapshot, masked as it sees them, as files of their own: a statement over a slice
// runs as over a table that has nothing to hide, in a process that cannot reach the rest. A slice is made by an engine of
// its own when the first statement needs it, and is shared by all who see the same.
//
// INVARIANT: a slice is byte for byte what it would be if the hidden rows had never been there. How many rows an engine is
// handed at a time decides which conditions it tries first, where a LIMIT stops and when an error comes, so a statement over
// anything that is cut by rows which are not seen could count them.

import type { Engine, EngineProcess, Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { placeRelation } from '@tulle/engine'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok } from '@tulle/kernel'
import { quoteIdentifier } from '@tulle/sql'
import type { SlicesState } from './types.ts'
import { messages } from './messages.ts'
import { FOLDER_PREFIX, makePrivateFolder } from './private-folder.ts'

export interface SlicesOptions {
  readonly engine: Engine
  readonly folder: string
  /**
   * Of all slices together; the one that was not used for longest goes first. 0: none are made, and rows are hidden by a mask,
   * under which a statement that fails may tell how many there are.
   */
  readonly sliceMegabytes: number
  /** A slice goes that nobody used for so long. */
  readonly sliceIdleMilliseconds: number
  readonly memoryMegabytes: number
  readonly threads: number
}

export interface WantedSlice {
  /** Equal for equal rows: the snapshot, the profile, the snapshots that the filter reads. */
  readonly identity: string
  /** What messages call the table. */
  readonly table: string
  /** The table in the form that hides by masks. */
  readonly relation: () => Promise<Result<Relation>>
}

/** A Parquet file with the columns of the relation that it was made from, under their field ids. */
export interface Slice { readonly path: string; readonly rows: number; readonly bytes: number }

export interface Slices {
  /** False where the operator wants none. */
  readonly areMade: boolean
  /** The slice, made first where it is not there. Who stops waiting does not stop its making. */
  use(wanted: WantedSlice, signal?: AbortSignal): Promise<Result<Slice>>
  /** The slice where it is there, which is no use of it. */
  find(identity: string): Slice | undefined
  state(): SlicesState
  /** Gives up every slice, also those that are being made: what they were made from is gone. */
  forget(): Promise<void>
  close(): Promise<void>
}

interface Kept extends Slice { used: number }
interface Failure { readonly result: Result<never>; readonly until: number }

/** How many profiles are remembered that have no slice. */
const REMEMBERED = 10_000
/** At the same time, so that a small table does not wait for a large one. */
const BUILDERS = 2
/** What could not be made is not tried again for so long; what is too large never is. */
const PATIENCE = 30_000
/** At most so long a file outlives its slice: a statement that was just given it has no link of its own yet. */
const LINGERING = 5_000

export function createSlices({ engine, folder, sliceMegabytes, sliceIdleMilliseconds, memoryMegabytes, threads }: SlicesOptions): Slices {
  const limit = sliceMegabytes * 1024 * 1024
  const home = join(folder, `${FOLDER_PREFIX}slices-${randomUUID()}`)
  const kept = new Map<string, Kept>()
  const failures = new Map<string, Failure>()
  const making = new Map<string, Promise<Result<Kept>>>()
  const waiting: (() => void)[] = []
  const building = new Set<EngineProcess>()
  const counted = { made: 0, failed: 0, used: 0, milliseconds: 0 }
  let [bytes, builders, closed] = [0, 0, false]

  const remove = (identity: string, { path, bytes: own }: Kept): void => {
    kept.delete(identity)
    bytes -= own
    setTimeout(() => void rm(path, { force: true }).catch(() => undefined), Math.min(LINGERING, sliceIdleMilliseconds)).unref()
  }
  const sweep = setInterval(() => {
    const oldest = Date.now() - sliceIdleMilliseconds
    for (const [identity, slice] of kept) if (slice.used < oldest) remove(identity, slice)
  }, Math.max(1000, sliceIdleMilliseconds / 10))
  sweep.unref()

  const build = async ({ identity, table, relation }: WantedSlice): Promise<Result<Kept>> => {
    const failed = fail(messages['slice-failed']({ table }))
    const tooLarge = fail(messages['slice-too-large']({ table, megabytes: sliceMegabytes }))
    const complete = await relation()
    if (!complete.ok) return complete
    const own = await makePrivateFolder(folder)
    let process: EngineProcess | undefined
    let watch: NodeJS.Timeout | undefined
    try {
      const started = await engine.start({ readPaths: [own.path], writePaths: [own.scratch], memoryMegabytes, threads })
      if (!started.ok) return started
      process = started.value
      building.add(process)
      if (closed) return failed
      const name = { schema: 'entitled', name: 'rows' }
      const defined = await process.define([{ ...(await placeRelation(complete.value, (path) => own.admit(path))), ...name }])
      if (!defined.ok) return failed
      const [fieldIds, draft] = [Object.fromEntries(complete.value.columns.map((column) => [column.name, column.fieldId])), join(own.scratch, 'slice.parquet')]
      let isTooLarge = false
      watch = setInterval(() => void stat(draft).then(({ size }) => {
        isTooLarge ||= size > limit
        return isTooLarge ? process?.kill() : undefined
      }).catch(() => undefined), 200)
      const written = await process.write(`SELECT * FROM ${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}`, { path: draft, fieldIds })
      if (isTooLarge || (written.ok && written.value.bytes > limit)) return tooLarge
      if (!written.ok || closed) return failed
      await mkdir(home, { recursive: true, mode: 0o700 })
      const path = join(home, `${createHash('sha256').update(identity).digest('hex').slice(0, 32)}-${randomUUID().slice(0, 8)}.parquet`)
      await rename(written.value.path, path)
      return ok({ path, rows: written.value.rows, bytes: written.value.bytes, used: Date.now() })
    } finally {
      clearInterval(watch)
      await process?.kill()
      if (process !== undefined) building.delete(process)
      await own.remove()
    }
  }
  const make = async (wanted: WantedSlice): Promise<Result<Kept>> => {
    if (builders >= BUILDERS) await new Promise<void>((resolve) => waiting.push(resolve))
    else builders += 1
    const begun = performance.now()
    try {
      const made = closed ? fail(messages['slice-failed']({ table: wanted.table })) : await build(wanted).catch(() => fail(messages['slice-failed']({ table: wanted.table })))
      if (!made.ok) {
        counted.failed += 1
        const forGood = made.diagnostics.some(({ code }) => code === 'slice-too-large')
        failures.set(wanted.identity, { result: made, until: forGood ? Number.POSITIVE_INFINITY : Date.now() + PATIENCE })
        forget(failures)
        return made
      }
      counted.made += 1
      counted.milliseconds += performance.now() - begun
      kept.set(wanted.identity, made.value)
      bytes += made.value.bytes
      for (const [identity, slice] of kept) {
        if (bytes <= limit) break
        remove(identity, slice)
      }
      return made
    } finally {
      making.delete(wanted.identity)
      const next = waiting.shift()
      if (next === undefined) builders -= 1
      else next()
    }
  }

  return {
    areMade: limit > 0,
    find: (identity) => kept.get(identity),
    async use(wanted, signal) {
      const { identity } = wanted
      const found = kept.get(identity)
      if (found !== undefined) {
        kept.delete(identity)
        kept.set(identity, found)
        found.used = Date.now()
        counted.used += 1
        return ok(found)
      }
      const failure = failures.get(identity)
      if (failure !== undefined && failure.until > Date.now()) return failure.result
      let made = making.get(identity)
      if (made === undefined) making.set(identity, (made = make(wanted)))
      return sooner(made, signal)
    },
    state: () => ({ count: kept.size, bytes, making: making.size, ...counted }),
    async forget() {
      await Promise.all([...building].map((process) => process.kill()))
      await Promise.all(making.values())
      for (const [identity, { path, bytes: own }] of kept) {
        kept.delete(identity)
        bytes -= own
        await rm(path, { force: true })
      }
      failures.clear()
      // Those that linger for a statement that was just given them.
      await rm(home, { recursive: true, force: true })
    },
    async close() {
      closed = true
      clearInterval(sweep)
      await Promise.all([...building].map((process) => process.kill()))
      await Promise.all(making.values())
      kept.clear()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** What is made, or that whoever waits for it stopped waiting. */
async function sooner(made: Promise<Result<Slice>>, signal: AbortSignal | undefined): Promise<Result<Slice>> {
  if (signal === undefined) return made
  const stopped = fail(messages['statement-cancelled']({}))
  if (signal.aborted) return stopped
  return new Promise((resolve) => {
    const stop = (): void => resolve(stopped)
    signal.addEventListener('abort', stop, { once: true })
    void made.then((result) => {
      signal.removeEventListener('abort', stop)
      resolve(result)
    })
  })
}

function forget(known: Map<string, unknown>): void {
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break
    known.delete(oldest)
  }
}

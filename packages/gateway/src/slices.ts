// The rows that a profile may see of a snapshot, masked as it sees them, as files of their own: a statement over a slice
// runs as over a table that has nothing to hide, in a process that cannot reach the rest. A slice is made by an engine of
// its own beside the statements, which are answered by the mask meanwhile, and is shared by all who see the same.

import type { Engine, EngineProcess, Relation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import { pathsOf, placeRelation } from '@tulle/engine'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { quoteIdentifier } from '@tulle/sql'
import type { SlicesState } from './types.ts'
import { FOLDER_PREFIX, makePrivateFolder } from './private-folder.ts'

export interface SlicesOptions {
  readonly engine: Engine
  readonly folder: string
  /** Of all slices together; the one that was not used for longest goes first. */
  readonly sliceMegabytes: number
  /** A slice goes that nobody used for so long. */
  readonly sliceIdleMilliseconds: number
  readonly memoryMegabytes: number
  readonly threads: number
}

export interface WantedSlice {
  /** Equal for equal rows: the snapshot, the profile, the snapshots that the filter reads. */
  readonly identity: string
  /** The filter reads other tables. */
  readonly joins: boolean
  /** The table in the form that hides by masks. */
  readonly relation: () => Promise<Result<Relation>>
}

/** A Parquet file with the columns of the relation that it was made from, under their field ids. */
export interface Slice { readonly path: string; readonly rows: number; readonly bytes: number }

export interface Slices {
  /**
   * The slice, where it is there. Otherwise it is made where it pays: from the second use on, and at once where the filter
   * reads other tables, since under such a filter every statement reads everything.
   */
  use(wanted: WantedSlice): Slice | undefined
  /** The slice where it is there, which is no use of it. */
  find(identity: string): Slice | undefined
  state(): SlicesState
  close(): Promise<void>
}

interface Kept extends Slice { used: number }

/** How many profiles are remembered that have no slice. */
const REMEMBERED = 10_000

export function createSlices({ engine, folder, sliceMegabytes, sliceIdleMilliseconds, memoryMegabytes, threads }: SlicesOptions): Slices {
  const limit = sliceMegabytes * 1024 * 1024
  const home = join(folder, `${FOLDER_PREFIX}slices-${randomUUID()}`)
  const kept = new Map<string, Kept>()
  const uses = new Map<string, number>()
  const wanted = new Map<string, WantedSlice>()
  const failed = new Set<string>()
  const counted = { made: 0, failed: 0, used: 0, milliseconds: 0 }
  let bytes = 0
  let working: Promise<void> | undefined
  let building: EngineProcess | undefined
  let closed = false

  const remove = async (identity: string): Promise<void> => {
    const slice = kept.get(identity)
    if (slice === undefined) return
    kept.delete(identity)
    bytes -= slice.bytes
    // Whoever still reads it has a link of its own.
    await rm(slice.path, { force: true }).catch(() => undefined)
  }
  const sweep = setInterval(() => {
    const oldest = Date.now() - sliceIdleMilliseconds
    for (const [identity, slice] of kept) if (slice.used < oldest) void remove(identity)
  }, Math.max(1000, sliceIdleMilliseconds / 10))
  sweep.unref()

  const make = async ({ identity, relation }: WantedSlice): Promise<Kept | undefined> => {
    const complete = await relation()
    if (!complete.ok || (await sizeOf(pathsOf(complete.value))) > limit) return undefined
    const own = await makePrivateFolder(folder)
    try {
      const started = await engine.start({ readPaths: [own.path], writePaths: [own.scratch], memoryMegabytes, threads })
      if (!started.ok) return undefined
      building = started.value
      const name = { schema: 'entitled', name: 'rows' }
      const defined = await building.define([{ ...(await placeRelation(complete.value, (path) => own.admit(path))), ...name }])
      if (!defined.ok) return undefined
      const fieldIds = Object.fromEntries(complete.value.columns.map((column) => [column.name, column.fieldId]))
      const written = await building.write(`SELECT * FROM ${quoteIdentifier(name.schema)}.${quoteIdentifier(name.name)}`, { path: join(own.scratch, 'slice.parquet'), fieldIds })
      if (!written.ok || written.value.bytes > limit || closed) return undefined
      await mkdir(home, { recursive: true, mode: 0o700 })
      const path = join(home, `${createHash('sha256').update(identity).digest('hex').slice(0, 32)}-${randomUUID().slice(0, 8)}.parquet`)
      await rename(written.value.path, path)
      return { path, rows: written.value.rows, bytes: written.value.bytes, used: Date.now() }
    } finally {
      await building?.kill()
      building = undefined
      await own.remove()
    }
  }
  const work = async (): Promise<void> => {
    for (const [identity, slice] of wanted) {
      if (closed) return
      const begun = performance.now()
      const made = await make(slice).catch(() => undefined)
      wanted.delete(identity)
      if (made === undefined) {
        counted.failed += 1
        failed.add(identity)
        forget(failed)
        continue
      }
      counted.made += 1
      counted.milliseconds += performance.now() - begun
      kept.set(identity, made)
      bytes += made.bytes
      for (const [oldest] of kept) {
        if (bytes <= limit) break
        await remove(oldest)
      }
    }
  }
  const begin = (): void => {
    working ??= work().finally(() => {
      working = undefined
      if (wanted.size > 0 && !closed) begin()
    })
  }

  return {
    find: (identity) => kept.get(identity),
    use(slice) {
      const { identity, joins } = slice
      const found = kept.get(identity)
      if (found !== undefined) {
        kept.delete(identity)
        kept.set(identity, found)
        found.used = Date.now()
        counted.used += 1
        return found
      }
      if (closed || limit <= 0 || failed.has(identity) || wanted.has(identity)) return undefined
      const times = (uses.get(identity) ?? 0) + 1
      uses.delete(identity)
      if (joins || times > 1) {
        wanted.set(identity, slice)
        begin()
      } else {
        uses.set(identity, times)
        forget(uses)
      }
      return undefined
    },
    state: () => ({ count: kept.size, bytes, making: wanted.size, ...counted }),
    async close() {
      closed = true
      clearInterval(sweep)
      wanted.clear()
      await building?.kill()
      await working?.catch(() => undefined)
      kept.clear()
      await rm(home, { recursive: true, force: true })
    },
  }
}

function forget(known: Map<string, unknown> | Set<string>): void {
  for (const oldest of known.keys()) {
    if (known.size <= REMEMBERED) break
    known.delete(oldest)
  }
}

async function sizeOf(paths: readonly string[]): Promise<number> {
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

// Local copies of objects, for engines that read files only. A copy is whole or not there: it is loaded beside, checked,
// and renamed to a name that says what it holds. Bounded: the copies that were asked for longest ago go first.
//
// INVARIANT: a copy is not removed while somebody who was just handed its path may be about to link it.

import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok, sha256 } from '@tulle/kernel'
import { fileReason } from '../file-reason.ts'
import { messages } from '../messages.ts'

export interface ReadCacheOptions {
  /** A folder of the cache's own. It may be deleted while nobody uses it. */
  readonly folder: string
  readonly limitBytes: number
  readonly clock: Clock
}

/** Feeds the bytes of an object to `into`: from the first again after a `restart`, and no more once a write answers false. */
export type Load = (into: Sink) => Promise<Result<void>>
export interface Sink {
  restart(): Promise<void>
  /** False where the local disk takes no more. */
  write(chunk: Uint8Array): Promise<boolean>
}

/** How long a path holds that was handed out. */
const HELD_MILLISECONDS = 10 * 60_000

interface Entry {
  readonly file: string
  readonly bytes: number
  readonly content: string
  /** True where this process has loaded or checked it; its time of change then tells whether somebody was at it. */
  checked: number | undefined
  lastUse: number
}

export class ReadCache {
  readonly #options: ReadCacheOptions
  /** By the hash of the address, the one that was used longest ago first. */
  readonly #entries: Map<string, Entry>
  readonly #loading = new Map<string, Promise<Result<string>>>()

  private constructor(options: ReadCacheOptions, entries: Map<string, Entry>) {
    this.#options = options
    this.#entries = entries
  }

  /** Takes up what an earlier process has left, and clears away what it had not finished. */
  static async open(options: ReadCacheOptions): Promise<ReadCache> {
    const { folder } = options
    await mkdir(folder, { recursive: true })
    const found: [key: string, Entry][] = []
    for (const name of await readdir(folder)) {
      const file = join(folder, name)
      const { key, content } = COPY_NAME.exec(name)?.groups ?? {}
      if (key === undefined || content === undefined) await rm(file, { force: true, recursive: true })
      else {
        const { size, mtimeMs } = await stat(file)
        found.push([key, { file, bytes: size, content, checked: undefined, lastUse: mtimeMs }])
      }
    }
    const cache = new ReadCache(options, new Map(found.toSorted(([, a], [, b]) => a.lastUse - b.lastUse)))
    await cache.#evict()
    return cache
  }

  /** A file with the object's bytes, loaded once however many ask at the same time. */
  file(address: string, load: Load): Promise<Result<string>> {
    const key = sha256(address)
    let loading = this.#loading.get(key)
    if (loading === undefined) {
      loading = this.#fileOf(key, address, load).finally(() => this.#loading.delete(key))
      this.#loading.set(key, loading)
    }
    return loading
  }

  async forget(address: string): Promise<void> {
    const entry = this.#entries.get(sha256(address))
    if (entry !== undefined) await this.#remove(sha256(address), entry)
  }

  async #fileOf(key: string, address: string, load: Load): Promise<Result<string>> {
    const found = this.#entries.get(key)
    if (found !== undefined) {
      if (await isWhole(found)) return ok(this.#use(key, found).file)
      await this.#remove(key, found)
    }
    const loaded = await this.#load(key, address, load)
    if (!loaded.ok) return loaded
    this.#use(key, loaded.value)
    await this.#evict()
    return ok(loaded.value.file)
  }

  async #load(key: string, address: string, load: Load): Promise<Result<Entry>> {
    const { folder, clock } = this.#options
    const unfinished = join(folder, `unfinished-${randomUUID()}`)
    try {
      await using handle = await open(unfinished, 'wx', 0o644)
      const into = new HashedFile(handle)
      const loaded = await load(into)
      if (into.failure !== undefined) throw into.failure
      if (!loaded.ok) {
        await rm(unfinished, { force: true })
        return loaded
      }
      const content = into.contentHash()
      const file = join(folder, `${key}-${content}`)
      await rename(unfinished, file)
      return ok({ file, bytes: into.bytes, content, checked: (await handle.stat()).mtimeMs, lastUse: clock.now() })
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined)
      return fail(messages['object-unreadable']({ address, reason: `no local copy can be made: ${fileReason(error)}` }))
    }
  }

  #use(key: string, entry: Entry): Entry {
    entry.lastUse = this.#options.clock.now()
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry
  }

  async #remove(key: string, entry: Entry): Promise<void> {
    this.#entries.delete(key)
    await rm(entry.file, { force: true })
  }

  async #evict(): Promise<void> {
    const { limitBytes, clock } = this.#options
    let bytes = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0)
    for (const [key, entry] of this.#entries) {
      if (bytes <= limitBytes || entry.lastUse > clock.now() - HELD_MILLISECONDS) return
      bytes -= entry.bytes
      await this.#remove(key, entry)
    }
  }
}

class HashedFile implements Sink {
  readonly #handle: FileHandle
  #hash = createHash('sha256')
  bytes = 0
  failure: unknown

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0)
    this.#hash = createHash('sha256')
    this.bytes = 0
  }

  async write(chunk: Uint8Array): Promise<boolean> {
    try {
      for (let done = 0; done < chunk.length;) done += (await this.#handle.write(chunk, done, chunk.length - done, this.bytes + done)).bytesWritten
      this.#hash.update(chunk)
      this.bytes += chunk.length
    } catch (error) {
      this.failure = error
    }
    return this.failure === undefined
  }

  contentHash(): string {
    return this.#hash.digest('hex')
  }
}

const COPY_NAME = /^(?<key>[\da-f]{64})-(?<content>[\da-f]{64})$/u

/** Whether a copy is what was loaded. Read whole at its first use by this process, then judged by size and time of change. */
async function isWhole(entry: Entry): Promise<boolean> {
  const found = await stat(entry.file).catch(() => undefined)
  if (found?.size !== entry.bytes) return false
  if (entry.checked === found.mtimeMs) return true
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(entry.file)) hash.update(chunk as Buffer)
  if (hash.digest('hex') !== entry.content) return false
  entry.checked = found.mtimeMs
  return true
}

// Objects in a local folder. An object appears under its name whole and synced, or not at all.
//
// Order of a write, each step before the next: bytes to an unfinished file · fsync of it · link to its name, which fails
// where the name is taken · unlink of the unfinished name · fsync of the folder (and, for new folders, of those above).
// Only then is the write acknowledged; so what a synced pointer names is on disk.

import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, link, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { ObjectFacts, Objects, Unfinished } from './types.ts'
import { checkObjectPath, isUnfinished } from './object-path.ts'
import { fileReason } from './file-reason.ts'
import { messages } from './messages.ts'

/** Metadata and manifests are read whole; data files never are. */
const MAX_READ = 512 * 1024 * 1024
const COPY = { highWaterMark: 1024 * 1024 }

/** Objects below `root`, which need not exist yet. Links that lead out of it are not followed. */
export function localObjects(root: string): Objects {
  return new LocalObjects(resolve(root))
}

class LocalObjects implements Objects {
  readonly #root: string
  #realRoot: string | undefined
  /** Folders whose entries this process has synced. */
  readonly #durable = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  // Addresses are not percent-encoded: Iceberg compares and opens them as they stand.
  address(path: string): string {
    return `file://${this.#root}/${path}`
  }

  pathOf(address: string): Result<string> {
    const file = /^file:\/\/(?=\/)/u.test(address) ? address.slice(7) : /^file:(?=\/(?!\/))/u.test(address) ? address.slice(5) : address
    const path = file.startsWith(`${this.#root}/`) ? file.slice(this.#root.length + 1) : undefined
    if (path === undefined) return fail(messages['outside-root']({ address, root: this.#root }))
    const bad = checkObjectPath(path)
    return bad === undefined ? ok(path) : fail(bad)
  }

  async read(address: string): Promise<Result<Uint8Array>> {
    const file = await this.localFile(address)
    if (!file.ok) return file
    try {
      await using handle = await open(file.value, 'r')
      const { size } = await handle.stat()
      if (size > MAX_READ) return fail(messages['object-too-large']({ address, bytes: size, limit: MAX_READ }))
      return ok(await handle.readFile())
    } catch (error) {
      return fail(this.#unreadable(address, error))
    }
  }

  async localFile(address: string): Promise<Result<string>> {
    const path = this.pathOf(address)
    if (!path.ok) return path
    try {
      const file = await realpath(join(this.#root, path.value))
      if (!(await this.#isInside(file))) return fail(messages['outside-root']({ address, root: this.#root }))
      if (!(await stat(file)).isFile()) return fail(messages['object-missing']({ address }))
      return ok(file)
    } catch (error) {
      return fail(this.#unreadable(address, error))
    }
  }

  create(path: string, bytes: Uint8Array): Promise<Result<string>> {
    return this.#place(path, async (unfinished) => {
      await using handle = await open(unfinished, 'wx', 0o644)
      await handle.writeFile(bytes)
      await handle.sync()
    })
  }

  adopt(path: string, localFile: string): Promise<Result<string>> {
    return this.#place(path, async (unfinished) => {
      const { uid } = await stat(localFile)
      // A file of another user is copied into one of ours: its owner could go on writing through a shared inode, and
      // copyFile would hand the copy to that owner too.
      if (uid !== process.getuid?.() || !(await linked(localFile, unfinished))) {
        await pipeline(createReadStream(localFile, COPY), createWriteStream(unfinished, { ...COPY, flags: 'wx', mode: 0o600 }))
      }
      await chmod(unfinished, 0o644)
      await using handle = await open(unfinished, 'r')
      await handle.sync()
    })
  }

  async *list(prefix: string): AsyncIterable<string> {
    for await (const path of this.#files(prefix)) if (!isUnfinished(basename(path))) yield this.address(path)
  }

  async *unfinished(prefix: string): AsyncIterable<Unfinished> {
    for await (const path of this.#files(prefix)) {
      if (!isUnfinished(basename(path))) continue
      const file = join(this.#root, path)
      // Gone by now where its writer has finished it.
      const found = await stat(file).catch(() => undefined)
      if (found !== undefined) yield { name: this.address(path), ...factsOf(found), discard: () => this.#discard(file) }
    }
  }

  async facts(address: string): Promise<Result<ObjectFacts>> {
    const file = await this.localFile(address)
    if (!file.ok) return file
    return stat(file.value).then((found) => ok(factsOf(found)), (error: unknown) => fail(this.#unreadable(address, error)))
  }

  async remove(address: string): Promise<Result<void>> {
    const file = await this.localFile(address)
    if (!file.ok) return file.diagnostics[0]?.code === 'object-missing' ? ok(undefined) : file
    return this.#discard(file.value)
  }

  async #discard(file: string): Promise<Result<void>> {
    try {
      await rm(file, { force: true })
      await syncFolder(dirname(file))
      return ok(undefined)
    } catch (error) {
      return fail(messages['object-unwritable']({ address: `file://${file}`, reason: fileReason(error) }))
    }
  }

  /** Files below a folder, unfinished ones too. Links are no files of ours. */
  async *#files(prefix: string): AsyncIterable<string> {
    if (prefix !== '' && checkObjectPath(prefix) !== undefined) return
    const folder = prefix === '' ? this.#root : join(this.#root, prefix)
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`
      if (entry.isDirectory()) yield* this.#files(path)
      else if (entry.isFile()) yield path
    }
  }

  async #place(path: string, write: (unfinished: string) => Promise<void>): Promise<Result<string>> {
    const bad = checkObjectPath(path)
    if (bad !== undefined) return fail(bad)
    const address = this.address(path)
    const folder = dirname(join(this.#root, path))
    const unfinished = join(folder, `.tulle-${randomUUID()}`)
    try {
      if (!(await this.#makeFolder(folder))) return fail(messages['outside-root']({ address, root: this.#root }))
      await write(unfinished)
      await link(unfinished, join(folder, basename(path)))
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => undefined)
      if (isCode(error, 'EEXIST')) return fail(messages['object-exists']({ address }))
      return fail(messages['object-unwritable']({ address, reason: fileReason(error) }))
    }
    try {
      await rm(unfinished)
      await syncFolder(folder)
      return ok(address)
    } catch (error) {
      return fail(messages['object-unwritable']({ address, reason: fileReason(error) }))
    }
  }

  /**
   * Makes a folder and syncs its entry, also where another process has just made it and may not have synced it yet. False
   * where the folder, or one that it lies in, is a link out of the root.
   */
  async #makeFolder(folder: string): Promise<boolean> {
    const real = await realpath(folder).catch(() => undefined)
    if (real !== undefined && this.#durable.has(folder)) return this.#isInside(real)
    if (folder === this.#root) {
      const first = await mkdir(folder, { recursive: true })
      for (let made = folder; ; made = dirname(made)) {
        await syncFolder(dirname(made))
        if (first === undefined || made === first) break
      }
    } else {
      if (!(await this.#makeFolder(dirname(folder)))) return false
      if (real === undefined) await mkdir(folder).catch(ignore('EEXIST'))
      if (!(await this.#isInside(await realpath(folder)))) return false
      await syncFolder(dirname(folder))
    }
    this.#durable.add(folder)
    return true
  }

  async #isInside(real: string): Promise<boolean> {
    this.#realRoot ??= await realpath(this.#root)
    return real === this.#realRoot || real.startsWith(this.#realRoot + sep)
  }

  #unreadable(address: string, error: unknown): ReturnType<(typeof messages)['object-missing']> {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return messages['object-missing']({ address })
    return messages['object-unreadable']({ address, reason: fileReason(error) })
  }
}

/** A file that was linked in keeps the time of its last write, however long ago; its inode changes when it is linked. */
const factsOf = ({ size, mtimeMs, ctimeMs }: Stats): ObjectFacts => ({ bytes: size, since: Math.max(mtimeMs, ctimeMs) })

/** False where a link cannot be made, as across devices. */
const linked = (from: string, to: string): Promise<boolean> => link(from, to).then(() => true, () => false)

async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders; there the file system itself orders them.
  if (process.platform === 'win32') return
  await using handle = await open(folder, 'r')
  await handle.sync()
}

const isCode = (error: unknown, code: string): boolean => (error as NodeJS.ErrnoException).code === code

const ignore = (code: string) => (error: unknown): void => {
  if (!isCode(error, code)) throw error
}

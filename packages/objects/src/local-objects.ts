// Objects in a local folder. An object appears under its name whole and synced, or not at all.
//
// Order of a write, each step before the next: bytes to an unfinished file · fsync of it · link to its name, which fails
// where the name is taken · unlink of the unfinished name · fsync of the folder (and, for new folders, of those above).
// Only then is the write acknowledged; so what a synced pointer names is on disk.

import { randomUUID } from 'node:crypto'
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Files, FoundFile } from './files.ts'
import type { ObjectFacts, Objects, Unfinished } from './types.ts'
import { checkObjectPath, isUnfinished } from './object-path.ts'
import { FolderSyncs } from './folder-syncs.ts'
import { fileReason } from './file-reason.ts'
import { messages } from './messages.ts'
import { systemFiles } from './files.ts'

/** Metadata and manifests are read whole; data files never are. */
const MAX_READ = 512 * 1024 * 1024

/** Objects below `root`, which need not exist yet. Links that lead out of it are not followed. */
export function localObjects(root: string, files: Files = systemFiles): Objects {
  return new LocalObjects(resolve(root), files)
}

class LocalObjects implements Objects {
  readonly #root: string
  readonly #files: Files
  readonly #syncs: FolderSyncs
  #realRoot: string | undefined
  /** Folders whose entries this process has synced. */
  readonly #durable = new Set<string>()

  constructor(root: string, files: Files) {
    this.#root = root
    this.#files = files
    this.#syncs = new FolderSyncs((folder) => files.syncFolder(folder))
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
    const found = await this.#find(address)
    if (!found.ok) return found
    const { file, bytes } = found.value
    if (bytes > MAX_READ) return fail(messages['object-too-large']({ address, bytes, limit: MAX_READ }))
    return this.#files.read(file).then(ok, (error: unknown) => fail(unreadable(address, error)))
  }

  async localFile(address: string): Promise<Result<string>> {
    const found = await this.#find(address)
    return found.ok ? ok(found.value.file) : found
  }

  create(path: string, bytes: Uint8Array): Promise<Result<string>> {
    return this.#place(path, (unfinished) => this.#files.writeSynced(unfinished, bytes))
  }

  adopt(path: string, localFile: string): Promise<Result<string>> {
    return this.#place(path, async (unfinished) => {
      const { uid } = await this.#files.find(localFile)
      // A file of another user is copied into one of ours: its owner could go on writing through a shared inode, and
      // the system's own copying would hand the copy to that owner too.
      const isOwn = uid === process.getuid?.()
      if (!isOwn || !(await this.#linked(localFile, unfinished))) await this.#files.copy(localFile, unfinished)
      await this.#files.publish(unfinished)
      await this.#files.syncFile(unfinished)
    })
  }

  async *list(prefix: string): AsyncIterable<string> {
    for await (const path of this.#below(prefix)) if (!isUnfinished(basename(path))) yield this.address(path)
  }

  async *unfinished(prefix: string): AsyncIterable<Unfinished> {
    for await (const path of this.#below(prefix)) {
      if (!isUnfinished(basename(path))) continue
      const file = join(this.#root, path)
      // Gone by now where its writer has finished it.
      const found = await this.#files.find(file).catch(() => undefined)
      if (found !== undefined) yield { name: this.address(path), ...factsOf(found), discard: () => this.#discard(file) }
    }
  }

  async facts(address: string): Promise<Result<ObjectFacts>> {
    const found = await this.#find(address)
    return found.ok ? ok(factsOf(found.value)) : found
  }

  async remove(address: string): Promise<Result<void>> {
    const found = await this.#find(address)
    if (!found.ok) return found.diagnostics[0]?.code === 'object-missing' ? ok(undefined) : found
    return this.#discard(found.value.file)
  }

  async #discard(file: string): Promise<Result<void>> {
    try {
      await this.#files.unlink(file).catch(ignore('ENOENT'))
      await this.#syncs.sync(dirname(file))
      return ok(undefined)
    } catch (error) {
      return fail(messages['object-unwritable']({ address: `file://${file}`, reason: fileReason(error) }))
    }
  }

  async #find(address: string): Promise<Result<FoundFile & { readonly file: string }>> {
    const path = this.pathOf(address)
    if (!path.ok) return path
    try {
      const file = await this.#files.realPath(join(this.#root, path.value))
      if (!(await this.#isInside(file))) return fail(messages['outside-root']({ address, root: this.#root }))
      const found = await this.#files.find(file)
      return found.isFile ? ok({ ...found, file }) : fail(messages['object-missing']({ address }))
    } catch (error) {
      return fail(unreadable(address, error))
    }
  }

  /** Files below a folder, unfinished ones too. Links are no files of ours. Throws where a folder cannot be read. */
  async *#below(prefix: string): AsyncIterable<string> {
    if (prefix !== '' && checkObjectPath(prefix) !== undefined) return
    const folder = prefix === '' ? this.#root : join(this.#root, prefix)
    for (const { name, kind } of await this.#files.entries(folder).catch(nothing('ENOENT', 'ENOTDIR'))) {
      const path = prefix === '' ? name : `${prefix}/${name}`
      if (kind === 'folder') yield* this.#below(path)
      else if (kind === 'file') yield path
    }
  }

  async #place(path: string, writeSynced: (unfinished: string) => Promise<void>): Promise<Result<string>> {
    const bad = checkObjectPath(path)
    if (bad !== undefined) return fail(bad)
    const address = this.address(path)
    const file = join(this.#root, path)
    const folder = dirname(file)
    const unfinished = join(folder, `.tulle-${randomUUID()}`)
    try {
      if (!(await this.#makeFolder(folder))) return fail(messages['outside-root']({ address, root: this.#root }))
      await writeSynced(unfinished)
      await this.#files.link(unfinished, file)
    } catch (error) {
      await this.#files.unlink(unfinished).catch(() => undefined)
      if (isCode(error, 'EEXIST')) return fail(messages['object-exists']({ address }))
      return fail(messages['object-unwritable']({ address, reason: fileReason(error) }))
    }
    try {
      await this.#files.unlink(unfinished)
      await this.#syncs.sync(folder)
      return ok(address)
    } catch (error) {
      return fail(messages['object-outcome-unknown']({ address, reason: fileReason(error) }))
    }
  }

  /**
   * Makes a folder and syncs its entry, also where another process has just made it and may not have synced it yet; so for
   * each folder above it, once in a process. False where the folder, or one that it lies in, is a link out of the root.
   */
  async #makeFolder(folder: string): Promise<boolean> {
    const above = dirname(folder)
    if (above === folder) return true
    const isBelow = folder.startsWith(this.#root + sep)
    const real = await this.#files.realPath(folder).catch(() => undefined)
    if (real !== undefined && this.#durable.has(folder)) return !isBelow || this.#isInside(real)
    if (!(await this.#makeFolder(above))) return false
    if (real === undefined) await this.#files.makeFolder(folder).catch(ignore('EEXIST'))
    if (isBelow && !(await this.#isInside(await this.#files.realPath(folder)))) return false
    // Above the root there may be folders that this user cannot open, and so has not made.
    await this.#syncs.sync(above).catch(isBelow ? rethrow : ignore('EACCES', 'EPERM'))
    this.#durable.add(folder)
    return true
  }

  async #isInside(real: string): Promise<boolean> {
    this.#realRoot ??= await this.#files.realPath(this.#root)
    return real === this.#realRoot || real.startsWith(this.#realRoot + sep)
  }

  /** False where a link cannot be made, as across devices. */
  #linked(from: string, to: string): Promise<boolean> {
    return this.#files.link(from, to).then(() => true, () => false)
  }
}

/** A file that was linked in keeps the time of its last write, however long ago; its inode changes when it is linked. */
const factsOf = ({ bytes, changed }: FoundFile): ObjectFacts => ({ bytes, since: changed })

const isCode = (error: unknown, ...codes: readonly string[]): boolean => codes.includes((error as NodeJS.ErrnoException).code ?? '')

const rethrow = (error: unknown): never => {
  throw error
}

const ignore = (...codes: readonly string[]) => (error: unknown): void => {
  if (!isCode(error, ...codes)) throw error
}

const nothing = (...codes: readonly string[]) => (error: unknown): readonly never[] => {
  if (!isCode(error, ...codes)) throw error
  return []
}

function unreadable(address: string, error: unknown): Diagnostic {
  return isCode(error, 'ENOENT', 'ENOTDIR') ? messages['object-missing']({ address }) : messages['object-unreadable']({ address, reason: fileReason(error) })
}

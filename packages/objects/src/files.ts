// The operations of a file system on which local objects rest, and no others: so that a test can stand in a file system
// that loses its power.

import { createReadStream, createWriteStream } from 'node:fs'
import { chmod, link, mkdir, open, readdir, readFile, realpath, stat, unlink } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

export interface FoundFile {
  readonly isFile: boolean
  readonly bytes: number
  readonly uid: number
  /** When its bytes, its rights or its names last changed, in milliseconds since 1970. */
  readonly changed: number
}

export interface FolderEntry { readonly name: string; readonly kind: 'file' | 'folder' | 'other' }

/** Each fails with the `code` of the system. Nothing is durable before it is synced: neither a file's bytes nor its name. */
export interface Files {
  /** The path without links. */
  realPath(path: string): Promise<string>
  find(path: string): Promise<FoundFile>
  read(path: string): Promise<Uint8Array>
  entries(folder: string): Promise<readonly FolderEntry[]>
  /** Into a new file, and syncs it. */
  writeSynced(path: string, bytes: Uint8Array): Promise<void>
  /** Into a new file of our own, whoever owns the other. */
  copy(from: string, to: string): Promise<void>
  /** A second name, on the same device, that nothing has yet. */
  link(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Readable by all, writable by its owner. */
  publish(path: string): Promise<void>
  makeFolder(path: string): Promise<void>
  /** Makes the bytes of a file durable. */
  syncFile(path: string): Promise<void>
  /** Makes the entries of a folder durable; its own name is an entry of the folder above. */
  syncFolder(path: string): Promise<void>
}

const COPY = { highWaterMark: 1024 * 1024 }

export const systemFiles: Files = {
  realPath: (path) => realpath(path),
  find: async (path) => {
    const found = await stat(path)
    return { isFile: found.isFile(), bytes: found.size, uid: found.uid, changed: Math.max(found.mtimeMs, found.ctimeMs) }
  },
  read: (path) => readFile(path),
  entries: async (folder) => (await readdir(folder, { withFileTypes: true })).map((entry) => ({ name: entry.name, kind: entry.isFile() ? 'file' : entry.isDirectory() ? 'folder' : 'other' })),
  writeSynced: async (path, bytes) => {
    await using handle = await open(path, 'wx', 0o644)
    await handle.writeFile(bytes)
    await handle.sync()
  },
  copy: (from, to) => pipeline(createReadStream(from, COPY), createWriteStream(to, { ...COPY, flags: 'wx', mode: 0o600 })),
  link: (from, to) => link(from, to),
  unlink: (path) => unlink(path),
  publish: (path) => chmod(path, 0o644),
  makeFolder: (path) => mkdir(path),
  syncFile: sync,
  // Windows opens no folders; there the file system itself orders them.
  syncFolder: (path) => (process.platform === 'win32' ? Promise.resolve() : sync(path)),
}

async function sync(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

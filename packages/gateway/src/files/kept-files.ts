// Files that were made for a decision, kept for those who are decided alike: by what they are, once each, within a number of
// bytes. One goes when nobody asked for it for a while, or when others need the room; none outlives the process.

import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { MadeFile } from './types.ts'

export interface KeptFilesOptions {
  /** Emptied at the start: what is in it belongs to nobody any more. */
  readonly folder: string
  readonly megabytes: number
  readonly idleMilliseconds: number
  readonly clock: Clock
}

/** Writes the file to `path`, and gives up where it becomes larger than `most` bytes. */
export type MakeFile = (path: string, most: number) => Promise<Result<{ readonly rows: number }>>

export interface KeptFiles {
  /** The file of this identity, made where there is none. It stays as long as `release` was not called. */
  use(identity: string, make: MakeFile): Promise<Result<{ readonly file: MadeFile; release(): void }>>
  state(): { readonly count: number; readonly bytes: number }
  /** Removes every file, also those that are being made: what they were made from is gone. */
  forget(): Promise<void>
  /** Removes what nobody asked for lately. */
  sweep(): Promise<void>
  close(): Promise<void>
}

interface Kept extends MadeFile { users: number; usedAt: number; isGone: boolean }

export async function keepFiles({ folder, megabytes, idleMilliseconds, clock }: KeptFilesOptions): Promise<KeptFiles> {
  const most = megabytes * 1024 * 1024
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const kept = new Map<string, Kept>()
  const making = new Map<string, Promise<Result<Kept>>>()
  const sum = (): number => [...kept.values()].reduce((bytes, file) => bytes + file.bytes, 0)

  const remove = async (identity: string, file: Kept): Promise<void> => {
    if (kept.get(identity) === file) kept.delete(identity)
    file.isGone = true
    // Whoever reads it has it open: the name goes, the bytes when they are done.
    await rm(file.path, { force: true })
  }
  const makeRoom = async (): Promise<void> => {
    for (const [identity, file] of kept) {
      if (sum() <= most) return
      if (file.users === 0) await remove(identity, file)
    }
  }
  const made = async (identity: string, make: MakeFile): Promise<Result<Kept>> => {
    const path = join(folder, `${createHash('sha256').update(identity).digest('hex').slice(0, 32)}-${randomUUID().slice(0, 8)}`)
    const draft = `${path}.draft`
    try {
      const done = await make(draft, most)
      if (!done.ok) return done
      const { size } = await stat(draft)
      if (size > most) return fail(messages['file-too-large']({ megabytes }))
      const digest = await digestOf(draft)
      await rename(draft, path)
      const file: Kept = { path, rows: done.value.rows, bytes: size, digest, users: 1, usedAt: clock.now(), isGone: false }
      kept.set(identity, file)
      await makeRoom()
      file.users -= 1
      return ok(file)
    } finally {
      await rm(draft, { force: true })
      making.delete(identity)
    }
  }

  return {
    async use(identity, make) {
      // Another may have been making it under rights that ended meanwhile: then it is made anew, under these.
      for (let attempt = 0; ; attempt += 1) {
        const found = kept.get(identity)
        const waited = found === undefined ? making.get(identity) : undefined
        let file: Result<Kept> = found === undefined ? fail(messages['file-too-large']({ megabytes })) : ok(found)
        if (found === undefined) {
          const work = waited ?? made(identity, make)
          if (waited === undefined) making.set(identity, work)
          file = await work
        }
        if (file.ok && !file.value.isGone) {
          const { value } = file
          value.users += 1
          value.usedAt = clock.now()
          kept.delete(identity)
          kept.set(identity, value)
          let isHeld = true
          return ok({ file: value, release: () => {
            if (isHeld) value.users -= 1
            isHeld = false
          } })
        }
        if (!file.ok && (waited === undefined || attempt > 2)) return file
      }
    },
    state: () => ({ count: kept.size, bytes: sum() }),
    async forget() {
      await Promise.allSettled(making.values())
      for (const [identity, file] of kept) await remove(identity, file)
    },
    async sweep() {
      for (const [identity, file] of kept) if (file.users === 0 && file.usedAt <= clock.now() - idleMilliseconds) await remove(identity, file)
    },
    async close() {
      await Promise.allSettled(making.values())
      kept.clear()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Uint8Array>) hash.update(piece)
  return hash.digest('hex')
}

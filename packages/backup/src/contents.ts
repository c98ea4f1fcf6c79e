// Bytes of a place under their own hash: kept once, and checked whenever they are taken out.

import { randomUUID } from 'node:crypto'
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from './messages.ts'
import { reasonOf } from './open-place.ts'
import type { Content, Place } from './types.ts'

export const contentPath = (sha256: string): string => `objects/${sha256.slice(0, 2)}/${sha256}`

/** The hashes that a place holds bytes of. */
export async function presentContents({ objects }: Place): Promise<Set<string>> {
  const present = new Set<string>()
  for await (const address of objects.list('objects')) present.add(address.slice(address.lastIndexOf('/') + 1))
  return present
}

export async function hashFile(file: string): Promise<Content> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer)
    bytes += (chunk as Buffer).length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Keeps the bytes of a local file, unless they are there. `present` learns of them. */
export async function keepFile(place: Place, file: string, { present, scratch }: { readonly present: Set<string>; readonly scratch: string }): Promise<Result<Content & { readonly isNew: boolean }>> {
  const content = await hashFile(file)
  if (present.has(content.sha256)) return ok({ ...content, isNew: false })
  // A folder takes files in by a second name, and a copy must not share its bytes with what it is a copy of.
  const own = place.folder === undefined ? file : join(scratch, randomUUID())
  if (own !== file) await copyFile(file, own, constants.COPYFILE_FICLONE)
  const kept = await place.objects.adopt(contentPath(content.sha256), own)
  if (own !== file) await rm(own, { force: true })
  if (!kept.ok && kept.diagnostics[0]?.code !== 'object-exists') return kept
  present.add(content.sha256)
  return ok({ ...content, isNew: kept.ok })
}

/** A local file with exactly the bytes that were kept; `what` is for the message where they are not. */
export async function takeFile({ objects }: Place, { sha256, bytes }: Content, what: string): Promise<Result<string>> {
  const address = objects.address(contentPath(sha256))
  const damaged = (problem: string): Result<string> => fail(messages['backup-object-damaged']({ file: address, what, problem }))
  const file = await objects.localFile(address)
  if (!file.ok) return file.diagnostics[0]?.code === 'object-missing' ? damaged('it is gone') : file
  try {
    const found = await hashFile(file.value)
    if (found.bytes !== bytes) return damaged(`it has ${found.bytes} bytes instead of ${bytes}`)
    return found.sha256 === sha256 ? file : damaged('its bytes have changed')
  } catch (error) {
    return damaged(reasonOf(error))
  }
}

/** Names of private folders of a place begin so; they are no objects, and are never listed. */
export const SCRATCH = '.tulle-scratch-'
const STALE_MILLISECONDS = 24 * 60 * 60 * 1000

/** Runs `work` with a private folder on the place's own disk, where it has one. What killed processes left is swept away a day later. */
export async function withScratch<T>(place: Place, now: number, work: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = place.folder === undefined ? await mkdtemp(join(tmpdir(), 'tulle-backup-')) : join(place.folder, `${SCRATCH}${randomUUID()}`)
  if (place.folder !== undefined) {
    for (const name of await readdir(place.folder)) {
      if (!name.startsWith(SCRATCH)) continue
      const left = join(place.folder, name)
      if (now - (await stat(left)).mtimeMs > STALE_MILLISECONDS) await rm(left, { recursive: true, force: true })
    }
    await mkdir(scratch, { mode: 0o700 })
  }
  try {
    return await work(scratch)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

// One Tulle per folder. The lock is the kernel's own (a file lock that SQLite takes), so it ends with its process, however that ends: there is no stale one.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'

export interface HomeLock { release(): void }

/** Takes the folder for this process, or says who has it. */
export async function lockHome(folder: string): Promise<Result<HomeLock>> {
  const holderFile = join(folder, 'holder')
  let file: DatabaseSync | undefined
  try {
    // Nothing else may open this file: closing any descriptor of it would drop the process's lock (POSIX).
    file = new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
    file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  } catch (error) {
    file?.close()
    const { errcode } = error as { errcode?: number }
    if (errcode !== 5) return fail(messages['folder-not-writable']({ folder, reason: (error as Error).message }))
    const holder = (await readFile(holderFile, 'utf8').catch(() => '')).trim()
    return fail(messages['home-in-use']({ folder, holder: /^\d{1,10}$/u.test(holder) ? ` (process ${holder})` : '' }))
  }
  await writeFile(holderFile, `${process.pid}\n`).catch(() => undefined)
  const held = file
  let released = false
  return ok({
    release: () => {
      if (!released) held.close()
      released = true
    },
  })
}

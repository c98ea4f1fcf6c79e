// Removes a server's files, wherever they lie. Never touches those of one that runs.

import { existsSync } from 'node:fs'
import { readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { lockHome } from './lock-home.ts'
import { folderTrouble } from './find-place.ts'

/** Deletes the folder of a stopped server with all its data, also where the cluster lies outside it. Gone already is fine. */
export async function removePostgres(folder: string): Promise<Result<undefined>> {
  if (!existsSync(folder)) return ok(undefined)
  const lock = await lockHome(folder)
  if (!lock.ok) return lock
  try {
    const place = await readlink(join(folder, 'cluster')).catch(() => undefined)
    if (place !== undefined) await rm(place, { recursive: true, force: true })
    await rm(folder, { recursive: true, force: true })
    return ok(undefined)
  } catch (error) {
    return fail(folderTrouble(folder, error))
  } finally {
    lock.value.release()
  }
}

// A folder for one engine process: hard links to exactly the data files that it may read, and a place for its own.
// So that even a hole in the gate reaches nothing that was not granted.

import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { linkOrCopy } from '@tulle/engine'

export interface PrivateFolder {
  readonly path: string
  /** Where the process may write. */
  readonly scratch: string
  /** Makes a file readable for the process; answers its path there. Fails where the file is gone. */
  admit(file: string): Promise<string>
  /** Takes away every file that is not among these. */
  keepOnly(files: ReadonlySet<string>): Promise<void>
  remove(): Promise<void>
}

/** Of everything that is removed when it was left behind. */
export const FOLDER_PREFIX = 'gateway-'

export async function makePrivateFolder(root: string): Promise<PrivateFolder> {
  const path = join(root, `${FOLDER_PREFIX}${randomUUID()}`)
  const scratch = join(path, 'scratch')
  await mkdir(join(path, 'files'), { recursive: true, mode: 0o755 })
  const admitted = new Map<string, Promise<string>>()
  return {
    path,
    scratch,
    admit(file) {
      let admitting = admitted.get(file)
      if (admitting === undefined) {
        // Two snapshots may name their files alike, so the name says the whole path.
        const target = join(path, 'files', `${createHash('sha256').update(file).digest('hex').slice(0, 24)}.parquet`)
        admitting = linkOrCopy(file, target).then(() => target)
        admitted.set(file, admitting)
        admitting.catch(() => admitted.delete(file))
      }
      return admitting
    },
    async keepOnly(files) {
      for (const [file, target] of admitted) {
        if (files.has(file)) continue
        admitted.delete(file)
        await rm(await target, { force: true })
      }
    },
    remove: () => rm(path, { recursive: true, force: true }),
  }
}

/** Removes what engines of a gateway that was killed have left. */
export async function removeStaleFolders(root: string): Promise<void> {
  const names = await readdir(root).catch(() => [])
  for (const name of names) if (name.startsWith(FOLDER_PREFIX)) await rm(join(root, name), { recursive: true, force: true })
}

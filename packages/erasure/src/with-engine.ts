// An engine process that works for one erasure alone; nothing of what it read is left when it is done.

import { randomUUID } from 'node:crypto'
import { chmod, constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import type { PersonWork } from './find-person.ts'
import type { ErasureOptions } from './types.ts'

const LIMITS = { memoryMegabytes: 512, threads: 1 } as const

/** Nobody who does not know the folder's name finds what lies in it, as engine processes of others run as other users. */
export async function withEngine<T>({ lake, engine, workFolder, store }: Pick<ErasureOptions, 'lake' | 'engine' | 'workFolder' | 'store'>, signal: AbortSignal, work: (at: PersonWork) => Promise<Result<T>>): Promise<Result<T>> {
  const folder = join(workFolder, randomUUID())
  const [inFolder, outFolder] = [join(folder, 'in'), join(folder, 'out')]
  await mkdir(inFolder, { recursive: true })
  await mkdir(outFolder)
  for (const one of [workFolder, folder]) await chmod(one, 0o711)
  await chmod(inFolder, 0o755)
  const placed = new Map<string, string>()
  const place = async (file: string): Promise<string> => {
    const known = placed.get(file)
    if (known !== undefined) return known
    const path = join(inFolder, `${placed.size}.parquet`)
    await copyFile(file, path, constants.COPYFILE_FICLONE)
    await chmod(path, 0o644)
    placed.set(file, path)
    return path
  }
  try {
    const started = await engine.start({ ...LIMITS, readPaths: [inFolder], writePaths: [outFolder] })
    if (!started.ok) return started
    try {
      return await work({ db: store.db, lake, process: started.value, place, folder: outFolder, signal })
    } finally {
      await started.value.kill()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

// An engine process of maintenance's own, with little memory and one thread, so that everybody else goes on.

import { chmod, constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import type { Result } from '@tulle/kernel'
import type { RowWork } from '@tulle/tables'
import type { JobContext } from './types.ts'

const LIMITS = { memoryMegabytes: 512, threads: 1 } as const

/** Nobody who does not know the folder's name finds what lies in it, as engine processes of others run as other users. */
export async function withEngine<T>({ lake, engine, workFolder, signal }: Pick<JobContext, 'lake' | 'engine' | 'workFolder' | 'signal'>, work: (at: RowWork) => Promise<Result<T>>): Promise<Result<T>> {
  const folder = join(workFolder, randomUUID())
  const [inFolder, outFolder] = [join(folder, 'in'), join(folder, 'out')]
  await mkdir(inFolder, { recursive: true })
  await mkdir(outFolder)
  for (const one of [workFolder, folder]) await chmod(one, 0o711)
  await chmod(inFolder, 0o755)
  let placed = 0
  const place = async (file: string): Promise<string> => {
    const path = join(inFolder, `${placed++}.parquet`)
    await copyFile(file, path, constants.COPYFILE_FICLONE)
    await chmod(path, 0o644)
    return path
  }
  try {
    const started = await engine.start({ ...LIMITS, readPaths: [inFolder], writePaths: [outFolder] })
    if (!started.ok) return started
    try {
      return await work({ lake, process: started.value, place, folder: outFolder, signal })
    } finally {
      await started.value.kill()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

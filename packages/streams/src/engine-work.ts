// An engine process that works for a stream alone: a folder that nobody else finds, with the files that it may read.

import { randomUUID } from 'node:crypto'
import { chmod, constants, copyFile, link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Engine, EngineLimits, EngineProcess, RelationFile } from '@tulle/engine'
import { placeRelation } from '@tulle/engine'
import type { Result } from '@tulle/kernel'

export interface EngineWork {
  readonly process: EngineProcess
  /** Files at places where the process reads them. */
  place(files: readonly RelationFile[]): Promise<readonly RelationFile[]>
  /** The process writes here. */
  readonly folder: string
}

export interface WorkPlace { readonly engine: Engine; readonly workFolder: string }

const LIMITS: Pick<EngineLimits, 'memoryMegabytes' | 'threads'> = { memoryMegabytes: 1024, threads: 2 }

export async function withEngine<T>({ engine, workFolder }: WorkPlace, work: (at: EngineWork) => Promise<Result<T>>): Promise<Result<T>> {
  const folder = join(workFolder, randomUUID())
  const [inFolder, outFolder] = [join(folder, 'in'), join(folder, 'out')]
  await mkdir(inFolder, { recursive: true })
  await mkdir(outFolder)
  // Engine processes run as other users, who walk in by the name that they know, and list nothing.
  for (const one of [workFolder, folder]) await chmod(one, 0o711)
  await chmod(inFolder, 0o755)
  let placed = 0
  const placeOne = async (file: string): Promise<string> => {
    const path = join(inFolder, `${placed++}.parquet`)
    // Another device, or a file system without hard links.
    await link(file, path).catch(() => copyFile(file, path, constants.COPYFILE_FICLONE).then(() => chmod(path, 0o644)))
    return path
  }
  try {
    const started = await engine.start({ ...LIMITS, readPaths: [inFolder], writePaths: [outFolder] })
    if (!started.ok) return started
    try {
      return await work({
        process: started.value, folder: outFolder,
        place: async (files) => (await placeRelation({ schema: '', name: '', columns: [], files }, placeOne)).files,
      })
    } finally {
      await started.value.kill()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

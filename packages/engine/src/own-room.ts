// A process that works for one piece of work alone, and the folder by which it and we hand files to each other. Processes run
// as other users, who walk in by the name that they know and list nothing: nobody else finds what lies in it.

import { randomUUID } from 'node:crypto'
import { chmod, constants, copyFile, link, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import type { Engine, EngineLimits, EngineProcess } from './types.ts'

export interface EngineRoom {
  readonly process: EngineProcess
  /** A file at a place where the process reads it, each once. */
  place(file: string): Promise<string>
  /** The process writes here. */
  readonly folder: string
}

export interface RoomOptions extends Pick<EngineLimits, 'memoryMegabytes' | 'threads'> {
  readonly engine: Engine
  /** Rooms are in it. */
  readonly workFolder: string
}

/** Nothing of the room is left when the work is done. */
export async function withRoom<T>({ engine, workFolder, memoryMegabytes, threads }: RoomOptions, work: (room: EngineRoom) => Promise<Result<T>>): Promise<Result<T>> {
  const room = join(workFolder, randomUUID())
  const [inFolder, folder] = [join(room, 'in'), join(room, 'out')]
  await mkdir(inFolder, { recursive: true })
  await mkdir(folder)
  for (const one of [workFolder, room]) await chmod(one, 0o711)
  await chmod(inFolder, 0o755)
  const placed = new Map<string, Promise<string>>()
  const place = (file: string): Promise<string> => {
    const path = join(inFolder, `${placed.size}.parquet`)
    const placing = placed.get(file) ?? linkOrCopy(file, path).then(() => path)
    placed.set(file, placing)
    return placing
  }
  try {
    const started = await engine.start({ memoryMegabytes, threads, readPaths: [inFolder], writePaths: [folder] })
    if (!started.ok) return started
    try {
      return await work({ process: started.value, place, folder })
    } finally {
      await started.value.kill()
    }
  } finally {
    await rm(room, { recursive: true, force: true })
  }
}

/** Another name of a file, for whoever may enter where it lies; a copy where there cannot be one. What stands under that name already stays. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    // Another device, a file system without hard links, or more of them than it allows.
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EMLINK') throw error
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await chmod(to, 0o644)
  }
}

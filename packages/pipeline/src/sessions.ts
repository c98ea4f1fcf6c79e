// A run's engine process and private folder. The folder holds copies or links of exactly the files that the run reads, and
// what it has written; it outlives a crash, the process does not.

import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, link, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Engine } from '@tulle/engine'
import type { RunFolders, RunLimits, Session, Sessions } from './types.ts'

export interface SessionsOptions {
  readonly engine: Engine
  readonly workFolder: string
  readonly limits: RunLimits
  /** True where nothing of the run is needed any more. */
  readonly isOver: (runId: string) => Promise<boolean>
}

/** Removes what ended runs left behind, then opens sessions on demand. */
export async function openSessions({ engine, workFolder, limits, isOver }: SessionsOptions): Promise<Sessions> {
  const open = new Map<string, Promise<Result<Session>>>()
  /** In megabytes, of runs that have their own. */
  const memory = new Map<string, number>()
  await mkdir(workFolder, { recursive: true })
  // The engine's user must be able to walk in, not to list.
  await chmod(workFolder, 0o711)
  for (const runId of await readdir(workFolder)) {
    if (await isOver(runId)) await rm(join(workFolder, runId), { recursive: true, force: true })
  }

  // Other engine processes run as other users, but files in here are readable by all of them: so what leads to the files
  // cannot be listed, and its name cannot be guessed.
  const foldersOf = async (runId: string): Promise<RunFolders> => {
    const folder = join(workFolder, runId)
    await mkdir(folder, { recursive: true })
    await chmod(folder, 0o711)
    const [secret = randomBytes(16).toString('hex')] = await readdir(folder)
    const part = (name: string): string => join(folder, secret, name)
    return { inFolder: part('in'), outFolder: part('out'), factsFolder: part('facts') }
  }

  const start = async (runId: string): Promise<Result<Session>> => {
    const folders = await foldersOf(runId)
    const { inFolder, outFolder, factsFolder } = folders
    for (const shared of [inFolder, outFolder]) await mkdir(shared, { recursive: true })
    await mkdir(factsFolder, { recursive: true, mode: 0o700 })
    for (const shared of [dirname(inFolder), inFolder]) await chmod(shared, 0o755)
    const process = await engine.start({
      readPaths: [inFolder],
      writePaths: [outFolder],
      memoryMegabytes: memory.get(runId) ?? limits.memoryMegabytes,
      threads: limits.threads,
    })
    return process.ok ? ok({ ...folders, process: process.value }) : process
  }

  const end = async (runId: string): Promise<void> => {
    const session = await open.get(runId)
    open.delete(runId)
    if (session?.ok === true) await session.value.process.kill()
  }

  return {
    async of(runId) {
      const session = open.get(runId) ?? start(runId)
      open.set(runId, session)
      const started = await session
      // The next try starts anew.
      if (!started.ok) open.delete(runId)
      return started
    },
    async limit(runId, megabytes) {
      if ((memory.get(runId) ?? limits.memoryMegabytes) === megabytes) return
      await end(runId)
      memory.set(runId, megabytes)
    },
    megabytesOf: (runId) => memory.get(runId) ?? limits.memoryMegabytes,
    foldersOf,
    drop: end,
    async release(runId) {
      await end(runId)
      memory.delete(runId)
      if (await isOver(runId)) await rm(join(workFolder, runId), { recursive: true, force: true })
    },
    async close() {
      await Promise.all([...open.keys()].map(end))
    },
  }
}

/** Puts a file of ours that never changes into a session's folder, without copying its bytes where the disk allows. */
export async function linkInto(folder: string, name: string, file: string): Promise<string> {
  const target = join(folder, name)
  try {
    await link(file, target)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'EEXIST') return target
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw error
    await copyFile(file, target, constants.COPYFILE_FICLONE)
    await chmod(target, 0o644)
  }
  return target
}

/** Copies somebody else's file into a session's folder, so that it stays as it was read. */
export async function copyInto(folder: string, name: string, file: string): Promise<string> {
  const target = join(folder, name)
  await copyFile(file, target, constants.COPYFILE_FICLONE)
  await chmod(target, 0o644)
  return target
}

// Small data files, which make every read of a table slower. An engine process of its own reads and writes the rows, with
// little memory and one thread, so that everybody else goes on.

import { chmod, constants, copyFile, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import type { ScanFile } from '@tulle/lake'
import { compact, foreseeCompaction } from '@tulle/tables'
import type { RowWork } from '@tulle/tables'
import type { Job, JobContext, Removal } from './types.ts'

const LIMITS = { memoryMegabytes: 512, threads: 1 } as const

export const compactJob: Job = {
  name: 'compact',
  foresee: async ({ lake, table, policy }) => {
    const files = await foreseeCompaction({ lake }, table, { targetBytes: policy.compactTo })
    return files.ok ? ok(files.value.map(removalOf)) : files
  },
  carryOut: async (context) => {
    const options = { targetBytes: context.policy.compactTo }
    const foreseen = await foreseeCompaction(context, context.table, options)
    if (!foreseen.ok) return foreseen
    // Most tables need no engine.
    if (foreseen.value.length === 0) return ok([])
    return withEngine(context, async (work) => {
      const done = await compact(work, context.table, options)
      return done.ok ? ok(done.value.files.map(removalOf)) : done
    })
  },
}

const removalOf = ({ file, deletes }: ScanFile): Removal => ({
  job: 'compact', what: 'data', name: file.path, bytes: file.bytes, rule: 'compact-to',
  reason: `${deletes.length > 0 ? 'Rows of it are deleted' : 'It is small'}, and it is written anew with others. The file goes with the versions that name it.`,
})

/** Nobody who does not know the folder's name finds what lies in it, as engine processes of others run as other users. */
async function withEngine<T>({ lake, engine, workFolder, signal }: JobContext, work: (at: RowWork) => Promise<Result<T>>): Promise<Result<T>> {
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

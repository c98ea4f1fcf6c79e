// Lets many processes ask for a folder that only one of them needs to make.

import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'

/** Of a lock whose process is gone but whose number another one has by now, in milliseconds. */
const LONGEST = 60_000

/**
 * Fills `folder` by `make`, unless it is there. Whoever comes second waits for the first one's; where the first one died, the
 * next one takes its place at once. `make` gets a name of its own, and the folder appears when it is whole.
 */
export async function makeOnce(folder: string, make: (half: string) => Promise<void>): Promise<void> {
  const lock = `${folder}.making`
  for (let waited = 0; !existsSync(folder); waited += 100) {
    const mine = await open(lock, 'wx').catch(() => undefined)
    if (mine !== undefined || waited > LONGEST) {
      await mine?.writeFile(String(process.pid))
      await mine?.close()
      const half = `${folder}.${randomBytes(4).toString('hex')}`
      try {
        await make(half)
        await rename(half, folder).catch((error: unknown) => { if (!existsSync(folder)) throw error })
      } finally {
        await rm(half, { recursive: true, force: true })
        await rm(lock, { force: true })
      }
      return
    }
    // Two that take it from the dead at once make two; the second one's is left.
    if (await isOfTheDead(lock)) await rm(lock, { force: true })
    else await new Promise((wake) => setTimeout(wake, 100))
  }
}

/** An empty one is of somebody who is about to write into it. */
async function isOfTheDead(lock: string): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''))
  if (pid === 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

// Which user of this machine runs the engines: one that owns nothing, where root can hand them over to it.

import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { CHECKOUT } from './settings.ts'

// No account has this id on a usual machine; it must only not be anybody else's.
const ENGINE_USER = { uid: 64_740, gid: 64_740 }

/** The user, or undefined where this process is not root or that user could not reach Node, the code or its folder. */
export function engineUser(folder: string): typeof ENGINE_USER | undefined {
  if (process.getuid?.() !== 0) return undefined
  const needed = [process.execPath, CHECKOUT, folder]
  return needed.every(isOpenToOthers) ? ENGINE_USER : undefined
}

/** True where everybody may pass through every folder on the way. */
function isOpenToOthers(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    for (let at = dirname(path); ; at = dirname(at)) {
      if ((statSync(at).mode & 0o001) === 0) return false
      if (at === dirname(at)) return true
    }
  } catch {
    return false
  }
}

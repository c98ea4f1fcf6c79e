// The secret that hashes get their salts from: made once, kept where secrets are, printed nowhere.

import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'

/** Reads it, or makes it. Who loses it gets other hashes from then on, and none that can be joined with the old ones. */
export function readOrMakeMeshSecret(file: string): string {
  if (!existsSync(file)) {
    // Whole or not at all: half a secret would be another one after a restart.
    writeFileSync(`${file}.new`, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  }
  return readFileSync(file, 'utf8').trim()
}

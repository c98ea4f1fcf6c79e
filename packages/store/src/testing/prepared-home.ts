// Spares each test the second that making a cluster takes: the first one on this machine makes it, the others copy it.

import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { sha256 } from '@tulle/kernel'
import { makeOnce } from '@tulle/kernel/testing'
import { MIGRATIONS } from '../migrations/migrations.ts'
import { openStore } from '../open-store.ts'
import { findBinaries } from '../postgres/find-binaries.ts'
import { startPostgres } from '../postgres/start-postgres.ts'
import { valueOf } from './value-of.ts'

/**
 * No fsync, which a test that kills only processes cannot notice; and shared memory in the folder, where it goes with
 * it: a killed server leaves the other kind behind until its next start, which in a test never comes.
 */
export const TEST_SETTINGS = { fsync: 'off', dynamic_shared_memory_type: 'mmap' } as const

const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache')
const ROOM = 1024 ** 3

/** A temporary folder that the server's user can walk into; in memory where there is plenty. */
export async function temporaryFolder(name: string): Promise<string> {
  const shm = await statfs('/dev/shm').catch(() => undefined)
  const folder = await mkdtemp(join(shm !== undefined && shm.bavail * shm.bsize > ROOM ? '/dev/shm' : '/tmp', `tulle-${name}-`))
  await chmod(folder, 0o711)
  return folder
}

/**
 * Fills `home`, which must not exist, with the files of a server that was stopped before anything was written to it, but for
 * the tables of the newest migration where that is asked.
 */
export async function prepareHome(home: string, { migrated = false }: { readonly migrated?: boolean } = {}): Promise<void> {
  const { version } = valueOf(await findBinaries())
  // A change in how clusters and tables are made must not be tested on those that were made before.
  const recipe = sha256(`${await readFile(join(import.meta.dirname, '../postgres/ensure-cluster.ts'), 'utf8')}${migrated ? JSON.stringify(MIGRATIONS) : ''}`).slice(0, 12)
  const prepared = join(CACHE, `tulle-test-home-${version}-${recipe}-${process.getuid?.()}`)
  await makeOnce(prepared, async (half) => {
    const made = await temporaryFolder('prepare')
    const postgres = valueOf(await startPostgres({ folder: join(made, 'pg'), settings: TEST_SETTINGS }))
    if (migrated) await valueOf(await openStore({ connection: postgres.connection, poolSize: 1 })).close()
    await postgres.stop()
    await copy(join(made, 'pg'), half)
    await rm(made, { recursive: true, force: true })
  })
  await copy(prepared, home)
}

// Node's own copy keeps no owners and takes three times as long.
async function copy(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true })
  await promisify(execFile)('cp', ['-a', from, to])
}

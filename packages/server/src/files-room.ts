// The files port of the house: its own data door, an engine pool that makes files and counts nothing, the folder that they are
// kept in, and the key that signs links.

import type { Audit } from '@tulle/audit'
import type { Engine } from '@tulle/engine'
import { createGovernor, filesPort, keepFiles } from '@tulle/gateway'
import type { Authorizer, FilesPort, Governor } from '@tulle/gateway'
import type { Clock } from '@tulle/kernel'
import type { HouseExports } from './export-watch.ts'
import { readOrMakeMeshSecret } from './mesh-secret.ts'

export interface FilesRoomOptions {
  readonly authorizer: Authorizer
  /** What the Iceberg catalogue may show to whom. */
  readonly catalogue: Authorizer
  readonly engine: Engine
  readonly audit: Audit
  readonly exports: HouseExports
  readonly clock: Clock
  readonly enginesFolder: string
  /** Files are kept here, and are gone with the next start. */
  readonly folder: string
  /** Made at the first start, for its owner alone. */
  readonly keyFile: string
  readonly megabytes: number
  readonly sliceMegabytes: number
  readonly warn: (message: string) => void
}

export interface FilesRoom extends FilesPort {
  /** The same files for tables of the Iceberg catalogue, which are other data sets and another port to the audit. */
  readonly tables: FilesPort
  /** Nothing that was made so far is kept. */
  forget(): Promise<void>
  close(): Promise<void>
}

const IDLE_MILLISECONDS = 15 * 60_000
const SWEEP_MILLISECONDS = 60_000

export async function openFiles({ authorizer, catalogue, engine, audit, exports, clock, enginesFolder, folder, keyFile, megabytes, sliceMegabytes, warn }: FilesRoomOptions): Promise<FilesRoom> {
  const files = await keepFiles({ folder, megabytes, idleMilliseconds: IDLE_MILLISECONDS, clock })
  // That a file was made is no reading of it; that somebody might not is told.
  const refusals: Audit = { ready: () => audit.ready(), record: async (line) => (line.outcome === 'ok' ? audit.ready() : audit.record(line)) }
  const key = readOrMakeMeshSecret(keyFile)
  const makerFor = (of: Authorizer): Governor => createGovernor({ authorizer: of, engine, audit: refusals, clock, folder: enginesFolder, limits: { sliceMegabytes, limit: 2 } })
  const [maker, tableMaker] = [makerFor(authorizer), makerFor(catalogue)]
  const port = filesPort({ authorizer, maker, files, watch: exports.watch, audit, clock, key })
  // A key of its own, so that what opens the one is no link to the other.
  const tables = filesPort({ authorizer: catalogue, maker: tableMaker, files, watch: exports.watch, audit, clock, key: `iceberg ${key}`, port: 'iceberg' })
  const sweeping = setInterval(() => void files.sweep().catch((error: unknown) => warn(`files that nobody asks for could not be removed: ${String(error)}`)), SWEEP_MILLISECONDS)
  sweeping.unref()
  return {
    ...port,
    tables,
    async forget() {
      await Promise.all([maker.forget(), tableMaker.forget()])
      await files.forget()
    },
    async close() {
      clearInterval(sweeping)
      await Promise.all([maker.close(), tableMaker.close()])
      await files.close()
    },
  }
}

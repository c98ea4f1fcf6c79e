// An engine process that works for a stream alone.

import type { Engine, EngineProcess, RelationFile } from '@tulle/engine'
import { placeRelation, withRoom } from '@tulle/engine'
import type { Result } from '@tulle/kernel'

export interface EngineWork {
  readonly process: EngineProcess
  /** Files at places where the process reads them. */
  place(files: readonly RelationFile[]): Promise<readonly RelationFile[]>
  /** The process writes here. */
  readonly folder: string
}

export interface WorkPlace { readonly engine: Engine; readonly workFolder: string }

export const withEngine = <T>({ engine, workFolder }: WorkPlace, work: (at: EngineWork) => Promise<Result<T>>): Promise<Result<T>> =>
  withRoom({ engine, workFolder, memoryMegabytes: 1024, threads: 2 }, ({ process, place, folder }) =>
    work({ process, folder, place: async (files) => (await placeRelation({ schema: '', name: '', columns: [], files }, place)).files }))

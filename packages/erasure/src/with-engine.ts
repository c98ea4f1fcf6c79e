// An engine process that works for one erasure alone.

import { withRoom } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import type { PersonWork } from './find-person.ts'
import type { ErasureOptions } from './types.ts'

export const withEngine = <T>({ lake, engine, workFolder, store }: Pick<ErasureOptions, 'lake' | 'engine' | 'workFolder' | 'store'>, signal: AbortSignal, work: (at: PersonWork) => Promise<Result<T>>): Promise<Result<T>> =>
  withRoom({ engine, workFolder, memoryMegabytes: 512, threads: 1 }, (room) => work({ db: store.db, lake, ...room, signal }))

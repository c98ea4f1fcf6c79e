// An engine process of maintenance's own, with little memory and one thread, so that everybody else goes on.

import { withRoom } from '@tulle/engine'
import type { Result } from '@tulle/kernel'
import type { RowWork } from '@tulle/tables'
import type { JobContext } from './types.ts'

export const withEngine = <T>({ lake, engine, workFolder, signal }: Pick<JobContext, 'lake' | 'engine' | 'workFolder' | 'signal'>, work: (at: RowWork) => Promise<Result<T>>): Promise<Result<T>> =>
  withRoom({ engine, workFolder, memoryMegabytes: 512, threads: 1 }, (room) => work({ lake, ...room, signal }))

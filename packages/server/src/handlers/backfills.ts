// Backfills over ranges of partitions: started, shown, gone on with, cancelled.

import type { Backfill, Handlers } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import type { Pipeline } from '@tulle/pipeline'
import type { Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { findProduct, findProductFor } from './products.ts'

type BackfillHandlers = Pick<Handlers<Caller>, 'startBackfill' | 'listBackfills' | 'getBackfill' | 'resumeBackfill' | 'cancelBackfill'>
type Kept = Awaited<ReturnType<Pipeline['backfills']['list']>>[number]

export function backfillHandlers(house: House): BackfillHandlers {
  const change = async (id: string, subject: Subject, work: () => Promise<Result<Kept>>): Promise<Result<Backfill>> => {
    const found = await house.pipeline.backfills.find(id)
    if (!found.ok) return found
    const allowed = await findProductFor(house, subject, 'run', found.value.product)
    return allowed.ok ? shown(await work()) : allowed
  }
  return {
    startBackfill: async ({ product, from, to, by, parameters, force, priority }, { subject }) => {
      const allowed = await findProductFor(house, subject, 'run', product)
      return allowed.ok ? shown(await house.pipeline.backfills.start(product, { from, to, by, parameters, force, priority, requestedBy: subject.name })) : allowed
    },
    listBackfills: async ({ product }) => {
      const found = await findProduct(house, product)
      return found.ok ? ok({ backfills: (await house.pipeline.backfills.list(product)).map(toView) }) : found
    },
    getBackfill: async ({ backfill }) => shown(await house.pipeline.backfills.find(backfill)),
    resumeBackfill: ({ backfill }, { subject }) => change(backfill, subject, () => house.pipeline.backfills.resume(backfill, subject.name)),
    cancelBackfill: ({ backfill }, { subject }) => change(backfill, subject, () => house.pipeline.backfills.cancel(backfill)),
  }
}

const shown = (result: Result<Kept>): Result<Backfill> => (result.ok ? ok(toView(result.value)) : result)

const toView = ({ requestedAt, parts, parameters, force: _force, ...backfill }: Kept): Backfill => ({ ...backfill, parameters: [...parameters], requestedAt: requestedAt.toISOString(), parts: parts.map((part) => ({ ...part })) })

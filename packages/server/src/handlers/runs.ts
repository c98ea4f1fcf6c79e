// Runs: started, listed, shown, watched, cancelled.

import type { Handlers, Run } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission, require } from './permissions.ts'
import { findProduct, governed } from './products.ts'
import { readRun, readRuns } from './run-views.ts'

type RunHandlers = Pick<Handlers<Caller>, 'startRun' | 'listRuns' | 'getRun' | 'cancelRun' | 'getDbtArtifacts' | 'watchRun'>

const WATCH_MILLISECONDS = 250

export function runHandlers(house: House): RunHandlers {
  return {
    startRun: async ({ product, force, fullRefresh, backfill, with: parameters }, { subject }) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const allowed = require(house, subject, 'run', governed(found.value))
      if (!allowed.ok) return allowed
      return house.pipeline.run(product, { trigger: { kind: 'manual' }, requestedBy: subject.name, force, fullRefresh, ...(backfill !== undefined && { backfill }), ...(parameters !== undefined && { parameters }) })
    },
    listRuns: async (filter) => ok({ runs: [...(await readRuns(house.db, filter))] }),
    getRun: ({ run }, { subject }) => showRun(house, run, subject),
    cancelRun: async ({ run }, { subject }) => {
      const shown = await showRun(house, run, subject)
      if (!shown.ok) return shown
      const product = await findProduct(house, shown.value.product)
      const allowed = require(house, subject, 'run', product.ok ? governed(product.value) : undefined)
      if (!allowed.ok) return allowed
      const cancelled = await house.pipeline.cancel(run)
      return cancelled.ok ? showRun(house, run, subject) : cancelled
    },
    getDbtArtifacts: async ({ run }, { subject }) => {
      const shown = await showRun(house, run, subject)
      if (!shown.ok) return shown
      const product = await findProduct(house, shown.value.product)
      const allowed = require(house, subject, 'run', product.ok ? governed(product.value) : undefined)
      return allowed.ok ? house.pipeline.dbtArtifacts(run) : allowed
    },
    watchRun: async ({ run }, { subject }, signal) => {
      const shown = await showRun(house, run, subject)
      return shown.ok ? ok(changesOf(house, shown.value, subject, signal)) : shown
    },
  }
}

async function showRun(house: House, id: string, subject: Subject): Promise<Result<Run>> {
  const run = await readRun(house.db, id)
  if (run === undefined) return fail(messages['unknown-run']({ run: id }))
  const product = await findProduct(house, run.product)
  return ok({ ...run, can: { cancel: permission(house, subject, 'run', product.ok ? governed(product.value) : undefined) } })
}

async function* changesOf(house: House, first: Run, subject: Subject, signal: AbortSignal): AsyncGenerator<Run> {
  let sent = ''
  for (let run = first; ; ) {
    const text = canonicalJson(run as unknown as Json)
    if (text !== sent) yield run
    sent = text
    if (run.finishedAt !== undefined || signal.aborted) return
    try {
      await house.clock.sleep(WATCH_MILLISECONDS, signal)
    } catch {
      return
    }
    const next = await showRun(house, first.id, subject)
    if (!next.ok) return
    run = next.value
  }
}

// Runs: started, listed, shown, watched, cancelled.

import type { Handlers, Run, TriggerState } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { canonicalJson, fail, ok } from '@tulle/kernel'
import type { Json } from '@tulle/kernel'
import type { Subject } from '@tulle/policy'
import type { StartedRun } from '@tulle/workflow'
import type { Caller } from '../http/callers.ts'
import type { House } from '../house.ts'
import { messages } from '../messages.ts'
import { permission, require } from './permissions.ts'
import { findProduct, findProductFor, governed } from './products.ts'
import { readRun, readRuns } from './run-views.ts'

type RunHandlers = Pick<Handlers<Caller>, 'startRun' | 'listRuns' | 'getRun' | 'cancelRun' | 'pauseRun' | 'resumeRun' | 'rerunRun' | 'pauseTriggers' | 'resumeTriggers' | 'getTriggers' | 'getDbtArtifacts' | 'watchRun'>

const WATCH_MILLISECONDS = 250

export function runHandlers(house: House): RunHandlers {
  return {
    startRun: async ({ product, force, fullRefresh, backfill, with: parameters, priority }, { subject }) => {
      const found = await findProductFor(house, subject, 'run', product)
      if (!found.ok) return found
      return house.pipeline.run(product, { trigger: { kind: 'manual' }, requestedBy: subject.name, force, fullRefresh, ...(backfill !== undefined && { backfill }), ...(parameters !== undefined && { parameters }), ...(priority !== undefined && { priority }) })
    },
    listRuns: async (filter) => ok({ runs: [...(await readRuns(house.db, filter))] }),
    getRun: ({ run }, { subject }) => showRun(house, run, subject),
    cancelRun: ({ run }, { subject }) => changeRun(house, run, subject, () => house.pipeline.cancel(run)),
    pauseRun: ({ run }, { subject }) => changeRun(house, run, subject, () => house.pipeline.pauseRun(run, subject.name)),
    resumeRun: ({ run }, { subject }) => changeRun(house, run, subject, () => house.pipeline.resumeRun(run)),
    rerunRun: async ({ run, from }, { subject }) => {
      const allowed = await requireRun(house, run, subject)
      return allowed.ok ? house.pipeline.rerun(run, { requestedBy: subject.name, from }) : allowed
    },
    pauseTriggers: ({ product }, { subject }) => changeTriggers(house, product, subject, async () => ok(await house.pipeline.pauseTriggers(product, subject.name))),
    resumeTriggers: ({ product }, { subject }) => changeTriggers(house, product, subject, () => house.pipeline.resumeTriggers(product, subject.name)),
    getTriggers: ({ product }, { subject }) => showTriggers(house, product, subject),
    getDbtArtifacts: async ({ run }, { subject }) => {
      const allowed = await requireRun(house, run, subject)
      return allowed.ok ? house.pipeline.dbtArtifacts(run) : allowed
    },
    watchRun: async ({ run }, { subject }, signal) => {
      const shown = await showRun(house, run, subject)
      return shown.ok ? ok(changesOf(house, shown.value, subject, signal)) : shown
    },
  }
}

/** The run is there, and its product may be run by the subject. */
async function requireRun(house: House, run: string, subject: Subject) {
  const shown = await showRun(house, run, subject)
  if (!shown.ok) return shown
  const product = await findProduct(house, shown.value.product)
  return require(house, subject, 'run', product.ok ? governed(product.value) : undefined)
}

async function changeRun(house: House, run: string, subject: Subject, change: () => Promise<Result<void>>): Promise<Result<Run>> {
  const allowed = await requireRun(house, run, subject)
  if (!allowed.ok) return allowed
  const changed = await change()
  return changed.ok ? showRun(house, run, subject) : changed
}

async function changeTriggers(house: House, product: string, subject: Subject, change: () => Promise<Result<StartedRun | void>>): Promise<Result<TriggerState>> {
  const found = await findProductFor(house, subject, 'run', product)
  if (!found.ok) return found
  const changed = await change()
  return changed.ok ? showTriggers(house, product, subject, changed.value?.runId) : changed
}

async function showTriggers(house: House, product: string, subject: Subject, runId?: string): Promise<Result<TriggerState>> {
  const found = await findProduct(house, product)
  if (!found.ok) return found
  const pause = await house.pipeline.triggerPause(product)
  return ok({
    product,
    ...(pause !== undefined && { paused: { by: pause.by, at: pause.at.toISOString(), missed: pause.missed } }),
    ...(runId !== undefined && { runId }),
    can: { pause: permission(house, subject, 'run', governed(found.value)) },
  })
}

async function showRun(house: House, id: string, subject: Subject): Promise<Result<Run>> {
  const run = await readRun(house.db, id)
  if (run === undefined) return fail(messages['unknown-run']({ run: id }))
  const product = await findProduct(house, run.product)
  const may = permission(house, subject, 'run', product.ok ? governed(product.value) : undefined)
  return ok({ ...run, can: { cancel: may, pause: may, rerun: may } })
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

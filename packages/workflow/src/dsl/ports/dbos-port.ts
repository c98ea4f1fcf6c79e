// The port over DBOS. Inside of a workflow of DBOS only; each branch of a fork is a child of it, with steps of its own, so
// that ways which go at once are kept each in their order.

import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk'
import type { WorkflowHandle } from '@dbos-inc/dbos-sdk'
import type { Clock, Json } from '@tulle/kernel'
import type { BranchOutcome, BranchTicket, DurablePort, Effect, Outcome } from '../durable-port.ts'
import type { WorkflowError } from '../errors.ts'
import { asFault, Fault } from '../errors.ts'
import { LeftRun } from '../interpret/left-run.ts'

export interface DbosPortOptions {
  readonly runId: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** True where the signal means that this process goes down: what is in flight is then never kept. */
  readonly isLeaving: () => boolean
  readonly startBranch: (runId: string, ticket: BranchTicket) => Promise<WorkflowHandle<Outcome>>
  readonly cancelBranches: (runIds: readonly string[]) => Promise<void>
  /** Called within a step that is really done, before its work: the run is beyond what was kept. */
  readonly onLive?: () => Promise<void>
  /** Called after a step whose answer was kept already. */
  readonly onReplayed?: () => void
}

/** What one step keeps: `a` its answer or `f` its fault, and the moment. */
interface Kept { readonly a?: Json; readonly f?: { readonly error: WorkflowError; readonly timed?: string }; readonly t: number }

const POLL_MILLISECONDS = 100

/** `begin` is the first step, whose answer comes along. */
export async function dbosPort(options: DbosPortOptions, begin: () => Promise<Json>): Promise<{ readonly port: DurablePort; readonly began: Json }> {
  const { runId, clock, signal, isLeaving } = options
  let moment = 0
  let forks = 0
  let wasLive = false

  const never = <T>(): Promise<T> => new Promise(() => undefined)
  const keep = async (name: string, work: () => Promise<Json>): Promise<Json> => {
    if (signal.aborted) return isLeaving() ? never() : Promise.reject(new LeftRun())
    let isLive = false
    const kept = await DBOS.runStep(async (): Promise<Kept> => {
      isLive = true
      try {
        await options.onLive?.()
        const a = await work()
        return isLeaving() ? await never() : { a, t: clock.now() }
      } catch (thrown) {
        if (isLeaving()) return never()
        if (thrown instanceof LeftRun || signal.aborted) throw thrown
        const { error, timed } = asFault(thrown, name)
        return { f: { error, ...(timed !== undefined && { timed }) }, t: clock.now() }
      }
    }, { name }).catch((error: unknown): never => {
      // Another process has taken the run over: nothing in the document may catch that.
      throw error instanceof DBOSWorkflowConflictError ? new LeftRun() : error
    })
    if (!isLive) options.onReplayed?.()
    wasLive = isLive
    moment = Math.max(moment, kept.t)
    if (kept.f !== undefined) throw new Fault(kept.f.error, kept.f.timed)
    return kept.a ?? null
  }

  const began = await keep('start', begin)
  const port: DurablePort = {
    runId,
    now: () => moment,
    step: (name, key, work) => {
      const effect: Effect = { idempotencyKey: key, signal }
      return keep(name, () => work(effect))
    },
    async sleep(_name, milliseconds) {
      if (wasLive) await options.onLive?.()
      await DBOS.sleepms(milliseconds)
      moment += milliseconds
    },
    async fork(_name, branches, isRace) {
      forks += 1
      const ids = branches.map((_, i) => `${runId}/${forks}.${i}`)
      const handles: WorkflowHandle<Outcome>[] = []
      for (const [i, ticket] of branches.entries()) handles.push(await options.startBranch(ids[i] as string, ticket))
      const outcomes = isRace ? await race(handles, (won) => options.cancelBranches(ids.filter((id) => id !== won))) : await all(handles)
      moment = Math.max(moment, await DBOS.now())
      return outcomes
    },
  }
  return { port, began }
}

async function all(handles: readonly WorkflowHandle<Outcome>[]): Promise<readonly BranchOutcome[]> {
  const outcomes: BranchOutcome[] = []
  for (const handle of handles) outcomes.push(await handle.getResult({ pollingIntervalMs: POLL_MILLISECONDS }))
  return outcomes
}

async function race(handles: readonly WorkflowHandle<Outcome>[], end: (won: string) => Promise<void>): Promise<readonly BranchOutcome[]> {
  const outcomes: BranchOutcome[] = handles.map(() => undefined)
  let going = [...handles]
  while (going.length > 0) {
    const first = await DBOS.waitFirst(going, { pollingIntervalMs: POLL_MILLISECONDS })
    const outcome = await first.getResult({ pollingIntervalMs: POLL_MILLISECONDS }) as Outcome
    outcomes[handles.findIndex((handle) => handle.workflowID === first.workflowID)] = outcome
    if (outcome.ok) {
      await end(first.workflowID)
      return outcomes
    }
    going = going.filter((handle) => handle.workflowID !== first.workflowID)
  }
  return outcomes
}

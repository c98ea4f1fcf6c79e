// The runtime over DBOS on our own PostgreSQL. DBOS is one per process, so this is too. It opens no port, tells nobody
// outside, and writes to no console.

import { DBOS, DBOSWorkflowConflictError } from '@dbos-inc/dbos-sdk'
import type { DBOSConfig } from '@dbos-inc/dbos-sdk'
import { DBOSExecutor } from '@dbos-inc/dbos-sdk/internal/dbos-executor'
import type { Clock } from '@tulle/kernel'
import { Bug } from '@tulle/kernel'
import type { Store } from '@tulle/store'
import { tryAdvisoryLock } from '@tulle/store'
import { carryFlow, hostOf } from './carry-flow.ts'
import type { BranchTicket, Outcome } from './dsl/durable-port.ts'
import { LeftRun } from './dsl/interpret/left-run.ts'
import { runBranchTicket } from './dsl/interpret/run-workflow.ts'
import { dbosPort } from './dsl/ports/dbos-port.ts'
import type { DbosPortOptions } from './dsl/ports/dbos-port.ts'
import type { StepTeller } from './tell-steps.ts'
import { tellSteps } from './tell-steps.ts'
import type { Dispatcher, FindQueueRules, RunRecorder, Ticket, WorkflowDefinition, WorkflowRuntime } from './types.ts'
import { messages } from './messages.ts'
import { DBOS_SCHEMA, USES_NOTICES } from './prepare-dbos.ts'
import type { Checkpoint } from './run-steps.ts'
import { runSteps } from './run-steps.ts'
import type { Carriers, WorkerTimes } from './workers.ts'
import { enrolWorker } from './workers.ts'
import { newBell, withBell, workflowRuntime } from './workflow-runtime.ts'

export interface DbosRuntimeOptions {
  readonly workflows: readonly WorkflowDefinition[]
  readonly recorder: RunRecorder
  readonly clock: Clock
  readonly newRunId: () => string
  readonly store: Store
  /** Begins the name of this process among those that carry runs. */
  readonly executorId: string
  readonly workerTimes?: Partial<WorkerTimes>
  /** False: leaves runs of processes that died to others. */
  readonly takesOver?: boolean
  /** Runs at once, over all processes, where no rules say so; 2 by default. */
  readonly concurrency?: number
  readonly queueRules?: FindQueueRules
  /** What DBOS warns of. */
  readonly warn?: (message: string) => void
}

const QUEUE = 'tulle-runs'
// Runs survive an upgrade of Tulle, so the version that DBOS resumes by is the format of our ticket, not of our code.
const TICKET_FORMAT = 'tulle-ticket-1'
// A run that takes the process down with it is given up after so many restarts.
const MAX_RECOVERIES = 1000
const MOST_AT_ONCE = 1000

let launched = false

/** Migrates once, launches, and takes over what dead processes left. A second one in the same process is a bug. */
export async function dbosRuntime(options: DbosRuntimeOptions): Promise<WorkflowRuntime> {
  if (launched) throw new Bug('two DBOS runtimes in one process.')
  launched = true
  const bell = newBell()
  const dispatcher = await dbosDispatcher({ ...options, recorder: withBell(options.recorder, bell.ring) })
  return workflowRuntime({ ...options, dispatcher, bell })
}

async function dbosDispatcher(options: DbosRuntimeOptions): Promise<Dispatcher> {
  const { recorder, clock, store } = options
  const workflows = new Map(options.workflows.map((workflow) => [workflow.name, workflow]))
  const running = new Map<string, AbortController>()
  const branches = new Map<string, AbortController>()
  const tellers = new Map<string, StepTeller>()

  const carry = async (ticket: Ticket): Promise<void> => {
    const workflow = workflows.get(ticket.workflow)
    if (workflow === undefined) throw new Bug(`run ${ticket.runId} belongs to no workflow.`)
    const stop = new AbortController()
    running.set(ticket.runId, stop)
    try {
      if (workflow.flow === undefined) await runSteps({ ...ticket, workflow, recorder, clock, signal: stop.signal, checkpoint: checkpointOf(stop.signal) })
      else {
        const teller = tellSteps(ticket.runId, recorder)
        tellers.set(ticket.runId, teller)
        const port = portOf(ticket, ticket.runId, stop.signal)
        await carryFlow({ ticket, workflow, flow: workflow.flow, recorder, clock, teller, openPort: (begin) => dbosPort({ ...port, onLive: () => teller.flush(), onReplayed: () => teller.forget() }, begin) })
      }
    } catch (error) {
      // Ended here or nowhere: the recorder is asked first, so a run that was cancelled stays cancelled. One that another
      // process took over, because this one was taken for dead, is that one's to end.
      if (!stop.signal.aborted && !(error instanceof LeftRun) && !(error instanceof DBOSWorkflowConflictError)) await recorder.endRun(ticket.runId, 'failed', [messages['run-lost']({ runId: ticket.runId })])
      throw error
    } finally {
      running.delete(ticket.runId)
      tellers.delete(ticket.runId)
      await workflow.release?.(ticket.runId)
    }
  }

  const portOf = (ticket: Ticket, runId: string, signal: AbortSignal): DbosPortOptions => ({
    runId, clock, signal,
    isLeaving: () => signal.reason instanceof Leaving,
    startBranch: (id, branch) => DBOS.startWorkflow(startBranch, { workflowID: id })({ ticket, id, branch }),
    async cancelBranches(ids) {
      for (const [id, stop] of branches) if (ids.some((lost) => id === lost || id.startsWith(`${lost}/`))) stop.abort(new Error('Another branch was faster.'))
      await DBOS.cancelWorkflows([...ids], { cancelChildren: true })
    },
  })

  const carryBranch = async ({ ticket, id, branch }: CarriedBranch): Promise<Outcome> => {
    const workflow = workflows.get(ticket.workflow)
    if (workflow?.flow === undefined) throw new Bug(`branch ${id} belongs to no flow.`)
    const stop = new AbortController()
    branches.set(id, stop)
    try {
      // What was heard of the fork itself is written when a way of it is really gone.
      const onLive = async (): Promise<void> => tellers.get(ticket.runId)?.flush()
      const { port } = await dbosPort({ ...portOf(ticket, id, stop.signal), onLive }, async () => null)
      return await runBranchTicket(branch, port, hostOf({ ticket, workflow, flow: workflow.flow, recorder, clock }))
    } finally {
      branches.delete(id)
    }
  }

  const worker = await enrolWorker({ store, clock, name: options.executorId, warn: options.warn ?? (() => undefined), times: options.workerTimes })
  DBOS.setConfig(configOf({ ...options, executorId: worker.id }))
  const startBranch = DBOS.registerWorkflow(carryBranch, { name: 'carry-branch', maxRecoveryAttempts: MAX_RECOVERIES })
  const start = DBOS.registerWorkflow(carry, { name: 'carry-run', maxRecoveryAttempts: MAX_RECOVERIES })
  await launchAlone(store, clock)
  await DBOS.registerQueue(QUEUE, {
    // Who has a place was decided before; this keeps a mistake there from taking the machine.
    globalConcurrency: MOST_AT_ONCE,
    partitionConcurrency: 1,
    minPollingIntervalMs: 200,
    onConflict: 'always_update',
  })
  await worker.watch(options.takesOver === false ? NOBODY : carriersIn(store))

  return {
    async enqueue({ runId, workflow, subject, input }) {
      const ticket: Ticket = { runId, workflow, subject, input }
      const handle = await DBOS.startWorkflow(start, {
        workflowID: runId,
        queueName: QUEUE,
        enqueueOptions: { queuePartitionKey: subject },
      })(ticket)
      const status = (await handle.getStatus())?.status
      return status === undefined || HELD.has(status) ? 'held' : 'lost'
    },
    async cancel(runId) {
      await DBOS.cancelWorkflow(runId, { cancelChildren: true })
      const cancelled = new Error('The run was cancelled.')
      running.get(runId)?.abort(cancelled)
      for (const [id, stop] of branches) if (id.startsWith(`${runId}/`)) stop.abort(cancelled)
    },
    async close() {
      for (const stop of [...running.values(), ...branches.values()]) stop.abort(new Leaving())
      await DBOS.shutdown({ deregister: true })
      await worker.leave()
      launched = false
    },
  }
}

const NOBODY: Carriers = { of: async () => [], giveBack: async () => 0 }

/** Executors of DBOS are processes. It gives back what nobody has claimed meanwhile, and each run goes to who takes it from the queue. */
const carriersIn = ({ pool }: Pick<Store, 'pool'>): Carriers => ({
  async of() {
    const { rows } = await pool.query<{ executor_id: string }>(`select distinct executor_id from "${DBOS_SCHEMA}".workflow_status where status = 'PENDING' and application_version = $1`, [TICKET_FORMAT])
    return rows.map((row) => row.executor_id)
  },
  giveBack: async (workers) => (await DBOSExecutor.globalInstance?.recoverPendingWorkflows([...workers]))?.length ?? 0,
})

const LAUNCH_POLL_MILLISECONDS = 100

/**
 * Launching migrates, and two first migrations at once deadlock. A statement that waits for the lock would too: the migration
 * builds indexes beside others' work and waits for every statement that goes on. So whoever comes later asks again and again.
 */
async function launchAlone(store: Store, clock: Clock): Promise<void> {
  while (!(await tryAdvisoryLock(store, 'dbos-launch', () => DBOS.launch())).got) await clock.sleep(LAUNCH_POLL_MILLISECONDS)
}

interface CarriedBranch { readonly ticket: Ticket; readonly id: string; readonly branch: BranchTicket }

/** DBOS's words for a run that it still carries, or has carried to an end of its own that the recorder knows. */
const HELD: ReadonlySet<string> = new Set(['ENQUEUED', 'DELAYED', 'PENDING', 'SUCCESS'])

class Leaving extends Error {
  override message = 'This process goes down.'
}

const checkpointOf = (signal: AbortSignal): Checkpoint => (name, work) =>
  DBOS.runStep(async () => {
    try {
      return await work()
    } catch (error) {
      // What a step says because we are leaving must not be kept: the next process runs it again. So it never ends here.
      if (signal.reason instanceof Leaving) return new Promise(() => undefined)
      throw error
    }
  }, { name })

function configOf({ store, executorId, warn = () => undefined }: DbosRuntimeOptions): DBOSConfig {
  const tell = (entry: unknown): void => warn(entry instanceof Error ? entry.message : String(entry))
  const quiet = (): void => undefined
  return {
    name: 'tulle',
    systemDatabasePool: store.pool,
    systemDatabaseSchemaName: DBOS_SCHEMA,
    // Half of a pool may wait; the other half is the rest of the house's.
    systemDatabasePollingConcurrency: 2,
    maxConcurrentQueueDispatches: 1,
    useListenNotify: USES_NOTICES,
    executorID: executorId,
    applicationVersion: TICKET_FORMAT,
    enableOTLP: false,
    logger: { debug: quiet, info: quiet, warn: tell, error: tell },
  }
}

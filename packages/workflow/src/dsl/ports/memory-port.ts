// A port that keeps its answers in a journal: as durable as that object. It is the measure for others, the recorder of
// histories, and the judge of whether a history fits a document.

import type { Clock, Json } from '@tulle/kernel'
import type { BranchOutcome, BranchTicket, DurablePort, Effect, Outcome } from '../durable-port.ts'
import { Fault } from '../errors.ts'
import type { WorkflowError } from '../errors.ts'
import type { WorkflowHost } from '../host.ts'
import { LeftRun } from '../interpret/left-run.ts'
import { runBranchTicket } from '../interpret/run-workflow.ts'

/** What a run was answered, in order. A branch's answers are in the journal of its own run id. */
export interface Journal { readonly runs: Map<string, JournalEntry[]> }
export interface JournalEntry { readonly name: string; readonly at: number; readonly answer?: Json; readonly fault?: { readonly error: WorkflowError; readonly timed?: string } }

export const emptyJournal = (): Journal => ({ runs: new Map() })

/** A history that does not fit the document that it is replayed with. */
export class Diverged extends LeftRun {
  constructor(runId: string, at: number, kept: string, asked: string) {
    super()
    this.message = `Run ${runId} was answered ${JSON.stringify(kept)} as number ${at}, and is asked for ${JSON.stringify(asked)} now.`
  }
}

export interface MemoryPortOptions {
  readonly runId: string
  readonly journal: Journal
  readonly clock: Clock
  readonly host: WorkflowHost
  readonly signal: AbortSignal
  /** Called before and after each answer is kept: where a test lets the process die. */
  readonly boundary?: (runId: string, name: string) => void
}

export function memoryPort(options: MemoryPortOptions): DurablePort {
  const { runId, journal, clock, signal, boundary = () => undefined } = options
  const entries = journal.runs.get(runId) ?? []
  journal.runs.set(runId, entries)
  let asked = 0
  let forks = 0
  let moment = 0

  const next = (name: string): JournalEntry | undefined => {
    if (signal.aborted) throw new LeftRun()
    const kept = entries[asked]
    asked += 1
    if (kept !== undefined && kept.name !== name) throw new Diverged(runId, asked, kept.name, name)
    if (kept !== undefined) moment = kept.at
    return kept
  }
  const keep = (entry: Omit<JournalEntry, 'at'>): void => {
    boundary(runId, entry.name)
    if (signal.aborted) throw new LeftRun()
    moment = Math.max(moment, clock.now())
    entries.push({ ...entry, at: moment })
    boundary(runId, entry.name)
  }
  if (next('start') === undefined) keep({ name: 'start' })

  return {
    runId,
    now: () => moment,
    async step(name, key, work) {
      const kept = next(name)
      if (kept?.fault !== undefined) throw new Fault(kept.fault.error, kept.fault.timed)
      if (kept !== undefined) return kept.answer ?? null
      const effect: Effect = { idempotencyKey: key, signal }
      try {
        const answer = structuredClone(await work(effect))
        keep({ name, answer })
        return answer
      } catch (thrown) {
        if (thrown instanceof LeftRun || signal.aborted) throw thrown instanceof LeftRun ? thrown : new LeftRun()
        const { error, timed } = thrown instanceof Fault ? thrown : new Fault({ type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime', status: 500, title: 'Runtime Error', detail: thrown instanceof Error ? thrown.message : String(thrown) })
        keep({ name, fault: { error, ...(timed !== undefined && { timed }) } })
        throw new Fault(error, timed)
      }
    },
    async sleep(name, milliseconds) {
      const kept = next(name)
      const until = kept === undefined ? clock.now() + milliseconds : Number(kept.answer)
      if (kept === undefined) keep({ name, answer: until })
      if (until > clock.now()) await clock.sleep(until - clock.now(), signal).catch(() => { throw new LeftRun() })
      moment = Math.max(moment, until)
    },
    async fork(name, branches, isRace) {
      forks += 1
      const own = `${runId}/${forks}`
      const kept = next(name)
      if (kept !== undefined) return kept.answer as unknown as readonly BranchOutcome[]
      const outcomes = await (isRace ? race : all)(options, own, branches)
      keep({ name, answer: outcomes.map((one) => one ?? null) as unknown as Json })
      return outcomes
    },
  }
}

async function all(options: MemoryPortOptions, own: string, branches: readonly BranchTicket[]): Promise<readonly BranchOutcome[]> {
  const ended = await Promise.allSettled(branches.map((ticket, i) => runBranchTicket(ticket, memoryPort({ ...options, runId: `${own}.${i}` }), options.host)))
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

async function race(options: MemoryPortOptions, own: string, branches: readonly BranchTicket[]): Promise<readonly BranchOutcome[]> {
  const over = new AbortController()
  const outcomes: BranchOutcome[] = branches.map(() => undefined)
  const won = Promise.withResolvers<void>()
  const going = branches.map(async (ticket, i) => {
    const signal = AbortSignal.any([options.signal, over.signal])
    const outcome: Outcome = await runBranchTicket(ticket, memoryPort({ ...options, signal, runId: `${own}.${i}` }), options.host)
    if (over.signal.aborted) return
    outcomes[i] = outcome
    if (outcome.ok) {
      over.abort(new Error('another way was faster'))
      won.resolve()
    }
  })
  const ended = Promise.allSettled(going)
  await Promise.race([won.promise, ended])
  const left = over.signal.aborted ? undefined : (await ended).find((one) => one.status === 'rejected')
  if (left?.status === 'rejected') throw left.reason
  return outcomes
}

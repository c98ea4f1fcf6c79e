import type { Json } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import type { Fault, WorkflowError } from '../errors.ts'
import { asFault, fault, typeKey } from '../errors.ts'
import { durationOf } from '../interpret/durations.ts'
import { LeftRun } from '../interpret/left-run.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluate, evaluateInside, isTrue } from '../interpret/run.ts'
import { LIMITS } from '../limits.ts'
import type { JsonObject, RetryDefinition } from '../types.ts'

/** Tries, and where an error is caught tries again by the policy, then does what is to be done about it. */
export async function tryTask(context: TaskContext): Promise<TaskOutcome> {
  const { run, task, input, variables, reference, runList } = context
  const { catch: caught = {} } = task
  const retry = typeof caught.retry === 'string' ? run.document.use?.retries?.[caught.retry] : caught.retry
  const startedAt = run.port.now()
  for (let attempt = 1; ; attempt += 1) {
    // The next try has the keys of this one: what was done is not done again.
    const turns = new Map(run.state.turns)
    try {
      const { output, flow } = await runList(task.try ?? [], '/try', input, await attemptTime(retry))
      return { output, ...(flow === 'end' && { flow }) }
    } catch (thrown) {
      if (thrown instanceof LeftRun) throw thrown
      const error = asFault(thrown, reference)
      const own = { [caught.as ?? 'error']: error.error as Json }
      if (!(await isCaught(error, own))) throw error
      const wait = retry === undefined ? undefined : await nextDelay(context, retry, { attempt, startedAt, own })
      if (wait !== undefined) {
        run.host.observe?.({ reference, status: 'retried', why: `try ${attempt} failed: ${error.error.title ?? error.error.type}${error.error.detail === undefined ? '' : `: ${error.error.detail}`}; the next one is in ${wait} ms` })
        await run.port.sleep(`${reference}/retry`, wait)
        run.state.turns = turns
        continue
      }
      if (caught.do === undefined) {
        if (retry !== undefined) throw error
        return { output: input }
      }
      const { output, flow } = await runList(caught.do, '/catch/do', input, { variables: own })
      return { output, ...(flow === 'end' && { flow }) }
    }
  }

  async function attemptTime(policy: RetryDefinition | undefined): Promise<{ readonly deadlines?: TaskContext['scope']['deadlines'] }> {
    const most = policy?.limit?.attempt?.duration
    if (most === undefined) return {}
    return { deadlines: [...context.scope.deadlines, { at: run.port.now() + await durationOf(run, most, input, variables), reference: `${reference}/try` }] }
  }

  async function isCaught({ error, timed }: Fault, own: JsonObject): Promise<boolean> {
    // The time of a task around this one is over: nothing in here goes on.
    if (timed !== undefined && !timed.startsWith(`${reference}/try`)) return false
    const seen = { ...variables, ...own }
    const filter = await evaluateInside(run, (caught.errors?.with ?? {}) as Json, input, seen) as JsonObject
    if (!fits(error, filter)) return false
    if (caught.when !== undefined && !isTrue(await evaluate(run, caught.when, input, seen))) return false
    return caught.exceptWhen === undefined || !isTrue(await evaluate(run, caught.exceptWhen, input, seen))
  }
}

function fits(error: WorkflowError, filter: JsonObject): boolean {
  return Object.entries(filter).every(([member, wanted]) => {
    const given = member === 'details' ? error.detail : error[member]
    return member === 'type' ? typeKey(String(given)) === typeKey(String(wanted)) : given === wanted
  })
}

interface Attempted { readonly attempt: number; readonly startedAt: number; readonly own: JsonObject }

/** How long to wait before the next try, in milliseconds; undefined where there is none. */
async function nextDelay({ run, input, variables, key }: TaskContext, retry: RetryDefinition, { attempt, startedAt, own }: Attempted): Promise<number | undefined> {
  const seen = { ...variables, ...own }
  if (retry.when !== undefined && !isTrue(await evaluate(run, retry.when, input, seen))) return undefined
  if (retry.exceptWhen !== undefined && isTrue(await evaluate(run, retry.exceptWhen, input, seen))) return undefined
  const { count } = retry.limit?.attempt ?? {}
  if (count !== undefined ? attempt > count : false) return undefined
  if (attempt > LIMITS.retries) throw fault('runtime', `It was tried ${attempt} times (limit "retries": ${LIMITS.retries}).`)
  const base = retry.delay === undefined ? 0 : await durationOf(run, retry.delay, input, seen)
  const grown = retry.backoff?.exponential !== undefined ? base * 2 ** (attempt - 1) : retry.backoff?.linear !== undefined ? base * attempt : base
  const from = retry.jitter === undefined ? 0 : await durationOf(run, retry.jitter.from, input, seen)
  const to = retry.jitter === undefined ? 0 : await durationOf(run, retry.jitter.to, input, seen)
  const wait = Math.min(grown + from + Math.round(Math.max(0, to - from) * chanceOf(`${key}/${attempt}`)), 86_400_000)
  const most = retry.limit?.duration === undefined ? Infinity : await durationOf(run, retry.limit.duration, input, seen)
  return run.port.now() - startedAt + wait > most ? undefined : wait
}

/** Between 0 and 1, the same for the same text: chance that a run which starts again meets again. */
const chanceOf = (text: string): number => Number.parseInt(sha256(text).slice(0, 12), 16) / 2 ** 48

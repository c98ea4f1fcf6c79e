import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import { matchEvents } from '../interpret/match-events.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { checkValue, evaluateWhole, limitedStep } from '../interpret/run.ts'
import { LIMITS } from '../limits.ts'
import type { EventStrategy, JsonObject } from '../types.ts'

interface Heard { readonly position: number; readonly event: JsonObject }
/** What one step of listening hands on. */
interface Listened { readonly from: number; readonly heard: readonly Heard[]; readonly passed: readonly number[]; readonly isDone: boolean }

/** A list of what was heard since the run began, each event once per run. With `foreach`, each is worked on before the next is waited for. */
export async function listenTask(context: TaskContext): Promise<TaskOutcome> {
  const { run, task, scope, variables, runList } = context
  const strategy = task.listen?.to as EventStrategy
  const read = (event: JsonObject): Json => (task.listen?.read === 'envelope' || task.listen?.read === 'raw' ? event : (event['data'] ?? null))
  if (task.foreach === undefined) {
    const { heard } = await hear(context, strategy, [], Infinity)
    return { output: heard.map(({ event }) => read(event)) }
  }
  const { item = 'item', at = 'index' } = task.foreach
  const outputs: Json[] = []
  const heard: Heard[] = []
  for (let isDone = false; !isDone;) {
    const next = await hear(context, strategy, heard, 1)
    isDone = next.isDone
    for (const one of next.heard) {
      const own = { [item]: read(one.event), [at]: heard.length }
      heard.push(one)
      const turn = await runList(task.foreach.do ?? [], '/foreach/do', read(one.event), { variables: own })
      const seen = { ...variables, ...own }
      const output = task.foreach.output?.as === undefined ? turn.output : await evaluateWhole(run, task.foreach.output.as, turn.output, seen)
      checkValue(task.foreach.output?.schema, output, 'What it makes of an event does not fit its schema')
      outputs.push(output)
      if (task.foreach.export?.as !== undefined) run.state.context = await evaluateWhole(run, task.foreach.export.as, output, { ...seen, output, context: run.state.context })
      if (turn.flow === 'end') return { output: outputs, flow: 'end' }
      if (turn.flow === 'exit') isDone = true
    }
    if (outputs.length >= LIMITS.eventsInListen) throw fault('runtime', `It heard more than ${LIMITS.eventsInListen} events (limit "eventsInListen").`)
    if (scope.deadlines.length === 0 && next.heard.length === 0 && !isDone) throw fault('runtime', 'It heard nothing and is not done.')
  }
  return { output: outputs }
}

/** Waits for at most `most` events beyond those heard, or for the end of the strategy. */
async function hear(context: TaskContext, strategy: EventStrategy, before: readonly Heard[], most: number): Promise<Listened> {
  const { run, input, variables } = context
  const { state, host } = run
  const answer = await limitedStep(context, async ({ signal }) => {
    const from = state.eventsFrom ?? await startOf(context)
    const matcher = matchEvents(run, strategy, input, variables)
    for (const { event } of before) await matcher.offer(event)
    const heard: Heard[] = []
    const passed: number[] = []
    let position = Math.max(from, ...before.map((one) => one.position))
    while (!matcher.isDone() && heard.length < most) {
      signal.throwIfAborted()
      const page = await host.events.read(position)
      for (const { position: at, event } of page) {
        position = at
        if (state.consumed.has(at) || matcher.isDone() || heard.length >= most) continue
        const taken = await matcher.offer(event)
        if (taken === 'heard') heard.push({ position: at, event })
        if (taken === 'ends') passed.push(at)
      }
      if (heard.length > LIMITS.eventsInListen) throw fault('runtime', `It heard more than ${LIMITS.eventsInListen} events (limit "eventsInListen").`)
      if (page.length === 0) await host.events.beyond(position, signal)
    }
    return { from, heard, passed, isDone: matcher.isDone() } satisfies Listened as unknown as Json
  })
  const listened = answer as unknown as Listened
  state.eventsFrom = listened.from
  for (const { position } of listened.heard) state.consumed.add(position)
  for (const position of listened.passed) state.consumed.add(position)
  return listened
}

/** Events count from the run's start, also those that came before its first `listen`. */
const startOf = ({ run }: TaskContext): Promise<number> => run.host.events.positionAt(run.startedAt)

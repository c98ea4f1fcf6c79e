// The nouns of the interpreter at work, and how expressions see them.

import type { Json } from '@tulle/kernel'
import type { Deadline, DurablePort, Effect, Outcome } from '../durable-port.ts'
import { fault, timeoutFault } from '../errors.ts'
import { bare, unwrap } from '../expression-text.ts'
import type { WorkflowHost } from '../host.ts'
import { readSimple } from '../jq/simple-expression.ts'
import { LIMITS } from '../limits.ts'
import type { JsonObject, SchemaDefinition, Task, TaskList, WorkflowDocument } from '../types.ts'
import { valueFault } from '../validate-value.ts'

/** One workflow on its way; a branch has one of its own. */
export interface Run {
  readonly port: DurablePort
  readonly host: WorkflowHost
  readonly document: WorkflowDocument
  /** That it may run, as they were when the run began. */
  readonly documents: readonly WorkflowDocument[]
  /** The same in all branches, and in workflows that this one runs. */
  readonly id: string
  /** As it was given. */
  readonly input: Json
  readonly startedAt: number
  readonly nested: number
  /** What changes on the way. All of it follows from the document and the port's answers. */
  readonly state: RunState
}

export interface RunState {
  context: Json
  tasksLeft: number
  /** How often each task was begun, by its reference: a part of keys. */
  turns: Map<string, number>
  /** Where events were when the run began, and those that it has consumed. */
  eventsFrom: number | undefined
  consumed: Set<number>
  /** A function said that there is nothing more to do: the workflow ends well, and the one that runs it. */
  isRestLeftOut: boolean
}

/** What a task sees besides its input. */
export interface Scope {
  readonly variables: JsonObject
  readonly deadlines: readonly Deadline[]
}

export type Flow = 'continue' | 'exit' | 'end'
export interface ListOutcome { readonly output: Json; readonly flow: Flow }

/** What the kinds of tasks work with. */
export interface TaskContext {
  readonly run: Run
  readonly scope: Scope
  readonly task: Task
  readonly name: string
  readonly reference: string
  readonly input: Json
  /** Unique to this turn of this task in this run. */
  readonly key: string
  /** Runs a list of tasks below this one; `at` is what its reference adds. */
  readonly runList: (list: TaskList, at: string, input: Json, more?: { readonly variables?: JsonObject; readonly deadlines?: readonly Deadline[] }) => Promise<ListOutcome>
  /** Runs one task in place of this one. */
  readonly runTask: (task: Task, reference: string, input: Json) => Promise<ListOutcome>
  /** Runs another workflow as a part of this one. */
  readonly runWorkflow: (document: Json, input: Json, reference: string) => Promise<Outcome>
  readonly variables: JsonObject
}

export interface TaskOutcome { readonly output: Json; readonly then?: string; readonly flow?: Flow }

export const isTrue = (value: Json): boolean => value !== null && value !== false

/** The value of an expression, wrapped or not. */
export async function evaluate(run: Run, text: string, input: Json, variables: JsonObject): Promise<Json> {
  const outcome = await run.host.jq.evaluate({ expression: bare(text), input, variables, now: run.port.now() })
  if (!outcome.ok) throw fault('expression', `${bare(text).trim().slice(0, 300)}: ${outcome.why}`)
  return outcome.value
}

/** A text that is an expression as a whole; other members by their `${ … }`. */
export const evaluateWhole = (run: Run, value: string | JsonObject, input: Json, variables: JsonObject): Promise<Json> =>
  typeof value === 'string' ? evaluate(run, value, input, variables) : evaluateInside(run, value, input, variables)

/** The value with every `${ … }` in it replaced. */
export async function evaluateInside(run: Run, value: Json, input: Json, variables: JsonObject): Promise<Json> {
  if (hardIn(value) > 1) return evaluate(run, composed(value), input, variables)
  return replaced(value)

  async function replaced(one: Json): Promise<Json> {
    if (typeof one === 'string') return unwrap(one) === undefined ? one : evaluate(run, one, input, variables)
    if (Array.isArray(one)) return Promise.all(one.map((item) => replaced(item as Json)))
    if (typeof one !== 'object' || one === null) return one
    const members = await Promise.all(Object.entries(one).map(async ([key, member]) => [key, await replaced(member ?? null)] as const))
    return Object.fromEntries(members)
  }
}

/** How many expressions only jq can answer: each alone costs it milliseconds, all together cost the same. */
function hardIn(value: Json): number {
  if (typeof value === 'string') {
    const expression = unwrap(value)
    return expression === undefined || readSimple(expression) !== undefined ? 0 : 1
  }
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, member) => sum + hardIn((member ?? null) as Json), 0)
}

function composed(value: Json): string {
  if (typeof value === 'string') {
    const expression = unwrap(value)
    return expression === undefined ? JSON.stringify(value) : `([${expression}\n] | if length == 0 then null elif length == 1 then .[0] else . end)`
  }
  if (Array.isArray(value)) return `[${value.map((item) => composed(item as Json)).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${composed(member ?? null)}`).join(', ')}}`
}

export function checkValue(schema: SchemaDefinition | undefined, value: Json, what: string): void {
  if (schema?.document === undefined) return
  const why = valueFault(schema, value)
  if (why !== undefined) throw fault('validation', `${what}: ${why}.`)
}

/** Throws where the time of a task, or of the workflow, is over. */
export function checkTime(run: Run, deadlines: readonly Deadline[]): void {
  const over = first(deadlines)
  if (over !== undefined && run.port.now() >= over.at) throw timeoutFault(over.reference)
}

export const first = (deadlines: readonly Deadline[]): Deadline | undefined => deadlines.toSorted((a, b) => a.at - b.at)[0]

/** A step that ends when a deadline passes: it then faults, however long its work would go on. */
export async function limitedStep({ run, scope, reference, key }: Pick<TaskContext, 'run' | 'scope' | 'reference' | 'key'>, work: (effect: Effect) => Promise<Json>, name = reference): Promise<Json> {
  const deadline = first(scope.deadlines)
  const answer = await run.port.step(name, key, async (effect) => {
    if (deadline === undefined) return work(effect)
    const over = new AbortController()
    const done = new AbortController()
    const late = run.host.clock.sleep(Math.max(0, deadline.at - run.host.clock.now()), done.signal).then((): never => {
      over.abort(new Error('out of time'))
      throw timeoutFault(deadline.reference)
    })
    late.catch(() => undefined)
    try {
      return await Promise.race([work({ ...effect, signal: AbortSignal.any([effect.signal, over.signal]) }), late])
    } finally {
      done.abort(new Error('done'))
    }
  })
  if (JSON.stringify(answer).length > LIMITS.outputBytes) throw fault('runtime', `It hands on more than ${LIMITS.outputBytes} bytes (limit "outputBytes").`)
  return answer
}

export const instantOf = (milliseconds: number): Json => ({ iso8601: new Date(milliseconds).toISOString(), epoch: { seconds: Math.floor(milliseconds / 1_000), milliseconds } })

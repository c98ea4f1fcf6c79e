/* oxlint-disable unicorn/no-thenable -- "then" is a word of the language */
// One task from its raw input to where the flow goes on: condition, input, extensions, the task itself, output, export.

import type { Json } from '@tulle/kernel'
import type { Deadline, Outcome } from '../durable-port.ts'
import { asFault, fault } from '../errors.ts'
import type { Extension, JsonObject, Task, TaskKind, TaskList, WorkflowDocument } from '../types.ts'
import { isObject, kindOf, namedTask } from '../walk-tasks.ts'
import { LIMITS } from '../limits.ts'
import { callTask } from '../tasks/call.ts'
import { doTask } from '../tasks/do.ts'
import { emitTask } from '../tasks/emit.ts'
import { forTask } from '../tasks/for.ts'
import { forkTask } from '../tasks/fork.ts'
import { listenTask } from '../tasks/listen.ts'
import { raiseTask } from '../tasks/raise.ts'
import { runProcessTask } from '../tasks/run.ts'
import { setTask } from '../tasks/set.ts'
import { switchTask } from '../tasks/switch.ts'
import { tryTask } from '../tasks/try.ts'
import { waitTask } from '../tasks/wait.ts'
import { durationOf } from './durations.ts'
import { LeftRun } from './left-run.ts'
import type { ListOutcome, Run, Scope, TaskContext, TaskOutcome } from './run.ts'
import { checkTime, checkValue, evaluate, evaluateWhole, instantOf, isTrue } from './run.ts'
import { secretsOf } from './secrets.ts'

const WORK: Readonly<Record<TaskKind, (context: TaskContext) => Promise<TaskOutcome>>> = {
  call: callTask, do: doTask, emit: emitTask, for: forTask, fork: forkTask, listen: listenTask, raise: raiseTask, run: runProcessTask, set: setTask, switch: switchTask, try: tryTask, wait: waitTask,
}
/** Of these alone may the definition see secrets: what they are given is not kept. */
const KEEPS_NO_INPUT: ReadonlySet<TaskKind> = new Set(['call', 'run'])

/** Runs the tasks of a list as their flow goes, from the first one on, or from a later one. */
export async function runList(run: Run, list: TaskList, reference: string, input: Json, scope: Scope, from = 0): Promise<ListOutcome> {
  const tasks = list.map((item) => namedTask(item) as readonly [string, Task])
  let output = input
  for (let at = from; at < tasks.length;) {
    const [name, task] = tasks[at] as readonly [string, Task]
    const ended = await runTask(run, { name, task, reference: `${reference}/${at}/${pointer(name)}` }, output, scope)
    output = ended.output
    if (ended.flow === 'end' || ended.then === 'end') return { output, flow: 'end' }
    if (ended.then === 'exit') return { output, flow: 'exit' }
    if (ended.then === undefined || ended.then === 'continue') at += 1
    else {
      at = tasks.findIndex(([other]) => other === ended.then)
      if (at === -1) throw fault('configuration', `There is no task "${ended.then}" in this list.`, { instance: `${reference}` })
    }
  }
  return { output, flow: 'continue' }
}

interface Named { readonly name: string; readonly task: Task; readonly reference: string }

async function runTask(run: Run, named: Named, raw: Json, scope: Scope, isExtended = true): Promise<TaskOutcome> {
  const { reference } = named
  try {
    return await attempt(run, named, raw, scope, isExtended)
  } catch (thrown) {
    if (thrown instanceof LeftRun) throw thrown
    const found = asFault(thrown, reference)
    run.host.observe?.({ reference, status: 'faulted', why: `${found.error.title ?? found.error.type}: ${found.error.detail ?? 'no detail was given'}` })
    throw found
  }
}

async function attempt(run: Run, { name, task, reference }: Named, raw: Json, outer: Scope, isExtended: boolean): Promise<TaskOutcome> {
  const { port, host, state } = run
  checkTime(run, outer.deadlines)
  state.tasksLeft -= 1
  if (state.tasksLeft < 0) throw fault('runtime', `The run performs more than ${LIMITS.tasksInRun} tasks (limit "tasksInRun").`)
  const turn = (state.turns.get(reference) ?? 0) + 1
  state.turns.set(reference, turn)
  const kind = kindOf(task) as TaskKind
  const descriptor = { ...task, name, reference, definition: task as unknown as Json, input: raw, startedAt: instantOf(port.now()) } as unknown as JsonObject
  const secrets = secretsOf(run)
  const before: JsonObject = { ...outer.variables, context: state.context, task: descriptor, ...languageOf(run) }

  if (task.if !== undefined && !isTrue(await evaluate(run, task.if, raw, before))) {
    host.observe?.({ reference, status: 'skipped', why: `its condition is not true: ${task.if}` })
    return { output: raw }
  }
  checkValue(task.input?.schema, raw, 'Its input does not fit its schema')
  const input = task.input?.from === undefined ? raw : await evaluateWhole(run, task.input.from, raw, { ...before, secrets })
  const during: JsonObject = { ...before, input, ...(KEEPS_NO_INPUT.has(kind) && { secrets }) }
  host.observe?.({ reference, status: 'started', why: turn === 1 ? 'its turn came' : `its turn came for the ${turn}. time`, began: { input: raw, context: state.context } })

  const deadlines = task.timeout === undefined ? outer.deadlines : [...outer.deadlines, { at: port.now() + await timeoutOf(run, task.timeout, input, during), reference }]
  const scope: Scope = { variables: outer.variables, deadlines }
  const worked = await extended(run, { name, task, reference }, { kind, input, variables: during, scope, isExtended }, async (given) => {
    const context: TaskContext = {
      run, scope, task, name, reference, input: given, variables: { ...during, input: given }, key: `${port.runId}:${reference}#${turn}`,
      runList: (list, at, from, more = {}) => runList(run, list, `${reference}${at}`, from, { variables: { ...scope.variables, ...more.variables }, deadlines: more.deadlines ?? scope.deadlines }),
      runTask: async (other, at, from) => {
        const done = await runTask(run, { name, task: other, reference: at }, from, { variables: {}, deadlines: scope.deadlines }, false)
        return { output: done.output, flow: done.flow ?? 'continue' }
      },
      runWorkflow: async (document, from, at) => {
        const nested = nestedIn(run, document as unknown as WorkflowDocument, from)
        const outcome = await performWorkflow(nested, at, deadlines)
        // What it has done counts for the one that runs it.
        const { tasksLeft, isRestLeftOut } = nested.state
        Object.assign(state, { tasksLeft, isRestLeftOut })
        return outcome
      },
    }
    return WORK[kind](context)
  })
  checkTime(run, deadlines)

  const rawOutput = worked.output
  const after: JsonObject = { ...before, input, task: { ...descriptor, output: rawOutput } }
  const output = task.output?.as === undefined ? rawOutput : await evaluateWhole(run, task.output.as, rawOutput, after)
  checkValue(task.output?.schema, output, 'Its output does not fit its schema')
  if (task.export?.as !== undefined) {
    const exported = await evaluateWhole(run, task.export.as, output, { ...after, output, context: state.context })
    checkValue(task.export.schema, exported, 'The context does not fit its schema')
    state.context = exported
  } else checkValue(task.export?.schema, state.context, 'The context does not fit its schema')
  const then = worked.then ?? task.then
  host.observe?.({ reference, status: 'completed', why: worked.flow === 'end' || then === 'end' ? 'it ends the workflow' : 'it did what it had to' })
  return { output, ...(then !== undefined && { then }), ...(worked.flow !== undefined && { flow: worked.flow }) }
}

const languageOf = ({ document, id, input, startedAt, host }: Run): JsonObject => ({
  workflow: { id, definition: document as unknown as Json, input, startedAt: instantOf(startedAt) },
  runtime: { ...host.runtime, metadata: {} },
})

async function timeoutOf(run: Run, timeout: NonNullable<Task['timeout']>, input: Json, variables: JsonObject): Promise<number> {
  const definition = typeof timeout === 'string' ? run.document.use?.timeouts?.[timeout] : timeout
  if (definition === undefined) throw fault('configuration', `There is no timeout "${String(timeout)}".`)
  return durationOf(run, definition.after, input, variables)
}

interface Extended { readonly kind: TaskKind; readonly input: Json; readonly variables: JsonObject; readonly scope: Scope; readonly isExtended: boolean }

/** The task with what the document's extensions do before and after it; before it, `exit` puts their output in its place. */
async function extended(run: Run, { task, reference }: Named, { kind, input, variables, scope, isExtended }: Extended, work: (input: Json) => Promise<TaskOutcome>): Promise<TaskOutcome> {
  const extensions = isExtended ? (run.document.use?.extensions ?? []).flatMap((item, i) => Object.entries(item).map(([name, extension]) => ({ extension, at: `/use/extensions/${i}/${pointer(name)}` }))) : []
  const meant: typeof extensions[number][] = []
  for (const one of extensions) if (reaches(one.extension, kind) && !reference.startsWith('/use/extensions/') && await applies(one.extension)) meant.push(one)
  for (const { extension, at } of meant) {
    if (extension.before === undefined) continue
    const early = await runList(run, extension.before, `${at}/before`, input, { ...scope, variables: { ...scope.variables, task: variables['task'] } })
    if (early.flow === 'exit') return { output: early.output }
    if (early.flow === 'end') return { output: early.output, flow: 'end' }
  }
  let worked = await work(input)
  for (const { extension, at } of meant) {
    if (extension.after === undefined) continue
    const late = await runList(run, extension.after, `${at}/after`, worked.output, scope)
    if (late.flow === 'end') worked = { output: worked.output, flow: 'end' }
  }
  return worked

  async function applies({ when }: Extension): Promise<boolean> {
    return when === undefined || isTrue(await evaluate(run, when, input, variables))
  }

  function reaches({ extend }: Extension, what: TaskKind): boolean {
    return extend === 'all' || extend === what || (extend === 'composite' && (what === 'do' || what === 'fork' || isObject(task.do)))
  }
}

/** A name as a part of a JSON pointer. */
const pointer = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** A task of the first level, and what it is given in place of what the ones before would have handed on. */
export interface Beginning { readonly task: string; readonly input: Json; readonly context: Json }

/** A workflow from its input to its outcome. Never throws for what it did. `reference` leads to it; `outer` is the time that it has. */
export function performWorkflow(run: Run, reference = '', outer: readonly Deadline[] = [], begins?: Beginning): Promise<Outcome> {
  const { document, input, port, state } = run
  return outcomeOf(async () => {
    const language = languageOf(run)
    checkValue(document.input?.schema, input, 'The input of the workflow does not fit its schema')
    const from = document.input?.from === undefined ? input : await evaluateWhole(run, document.input.from, input, { ...language, secrets: secretsOf(run) })
    const deadlines = document.timeout === undefined ? outer : [...outer, { at: port.now() + await timeoutOf(run, document.timeout, from, language), reference }]
    const at = begins === undefined ? 0 : document.do.findIndex((item) => Object.hasOwn(item, begins.task))
    if (at === -1) throw fault('configuration', `There is no task "${begins?.task ?? ''}" to begin at.`)
    if (begins !== undefined) state.context = begins.context
    const { output } = await runList(run, document.do, `${reference}/do`, begins?.input ?? from, { variables: {}, deadlines }, at)
    const as = document.output?.as === undefined ? output : await evaluateWhole(run, document.output.as, output, { ...language, context: state.context })
    checkValue(document.output?.schema, as, 'The output of the workflow does not fit its schema')
    return as
  })
}

/** Where `port` throws to leave the run, so does this. */
export async function outcomeOf(work: () => Promise<Json>): Promise<Outcome> {
  try {
    const output = await work()
    if (JSON.stringify(output).length > LIMITS.outputBytes) throw fault('runtime', `It hands on more than ${LIMITS.outputBytes} bytes (limit "outputBytes").`)
    return { ok: true, output }
  } catch (thrown) {
    if (thrown instanceof LeftRun) throw thrown
    const { error, timed } = asFault(thrown, '/')
    return { ok: false, error, ...(timed !== undefined && { timed }) }
  }
}

const nestedIn = (run: Run, document: WorkflowDocument, input: Json): Run =>
  ({ ...run, document, input, startedAt: run.port.now(), nested: run.nested + 1, state: { ...run.state, context: null } })

/** Runs one branch of a fork. */
export async function runBranch(run: Run, named: Named, input: Json, scope: Scope): Promise<Json> {
  return (await runTask(run, named, input, scope)).output
}


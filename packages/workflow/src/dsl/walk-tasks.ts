// Visits every task of a document, in the order of its text, with the path that leads to it and the variables that it sees.

import type { DocumentPath, Extension, Task, TaskKind, TaskList, WorkflowDocument } from './types.ts'

export const KINDS: readonly TaskKind[] = ['call', 'emit', 'for', 'fork', 'listen', 'raise', 'run', 'set', 'switch', 'try', 'wait', 'do']

/** What a task is; `for` has a `do` too, so that is asked last. Undefined where it is nothing, or several things. */
export function kindOf(task: Task): TaskKind | undefined {
  const found = kindsOf(task)
  return found.length === 1 ? found[0] : undefined
}

export function kindsOf(task: object): readonly TaskKind[] {
  const found = KINDS.filter((kind) => Object.hasOwn(task, kind))
  return found.length === 2 && found[0] === 'for' && found[1] === 'do' ? ['for'] : found
}

export interface VisitedTask {
  readonly name: string
  readonly task: Task
  readonly path: DocumentPath
  /** Names of variables besides those of the language. */
  readonly variables: readonly string[]
  readonly depth: number
}

export interface VisitedList {
  readonly list: TaskList
  readonly path: DocumentPath
  /** Tasks side by side (branches) do not go to each other. */
  readonly isSequence: boolean
}

export interface Visitor {
  readonly task: (visited: VisitedTask) => void
  readonly list?: (visited: VisitedList) => void
}

/** Items that are no tasks (the document may be wrong) are passed over. */
export function walkTasks(document: WorkflowDocument, visitor: Visitor): void {
  walkList(document.do, ['do'], [], 1, visitor)
  for (const [name, task] of entriesOf(document.use?.functions)) walkTask(name, task as Task, ['use', 'functions', name], [], 1, visitor)
  for (const [i, item] of (Array.isArray(document.use?.extensions) ? document.use.extensions : []).entries()) {
    for (const [name, extension] of entriesOf(item) as [string, Extension][]) {
      for (const when of ['before', 'after'] as const) walkList(extension[when], ['use', 'extensions', i, name, when], [], 1, visitor)
    }
  }
}

/** The one task of an item of a list, or undefined where it is none. */
export function namedTask(item: unknown): readonly [string, Task] | undefined {
  const entries = entriesOf(item)
  const [first] = entries
  return entries.length === 1 && first !== undefined && isObject(first[1]) ? [first[0], first[1] as Task] : undefined
}

function walkList(list: TaskList | undefined, path: DocumentPath, variables: readonly string[], depth: number, visitor: Visitor, isSequence = true): void {
  if (!Array.isArray(list)) return
  visitor.list?.({ list, path, isSequence })
  for (const [i, item] of list.entries()) {
    const named = namedTask(item)
    if (named !== undefined) walkTask(named[0], named[1], [...path, i, named[0]], variables, depth, visitor)
  }
}

function walkTask(name: string, task: Task, path: DocumentPath, variables: readonly string[], depth: number, visitor: Visitor): void {
  if (!isObject(task as unknown)) return
  const inside = task.for === undefined ? variables : [...variables, task.for?.each ?? 'item', task.for?.at ?? 'index']
  visitor.task({ name, task, path, variables: inside, depth })
  const deeper = (list: TaskList | undefined, at: DocumentPath, more: readonly string[] = [], isSequence = true): void =>
    walkList(list, [...path, ...at], [...inside, ...more], depth + 1, visitor, isSequence)
  deeper(task.do, ['do'])
  deeper(task.fork?.branches, ['fork', 'branches'], [], false)
  deeper(task.try, ['try'])
  deeper(task.catch?.do, ['catch', 'do'], [task.catch?.as ?? 'error'])
  deeper(task.foreach?.do, ['foreach', 'do'], [task.foreach?.item ?? 'item', task.foreach?.at ?? 'index'])
  const subscription = (task.with as { subscription?: { foreach?: Task['foreach'] } } | undefined)?.subscription?.foreach
  if (task.call === 'asyncapi') deeper(subscription?.do, ['with', 'subscription', 'foreach', 'do'], [subscription?.item ?? 'item', subscription?.at ?? 'index'])
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)

const entriesOf = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : [])

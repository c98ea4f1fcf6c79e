// Where expressions stand in a document: members that are expressions by themselves, and texts that are `${ … }`.

import type { DocumentPath, Task, WorkflowDocument } from './types.ts'
import type { Visitor } from './walk-tasks.ts'
import { isObject, walkTasks } from './walk-tasks.ts'

const WRAPPED = /^\s*\$\{([\s\S]*)\}\s*$/u

/** The expression inside of `${ … }`, or undefined where the text is a plain one. */
export function unwrap(text: string): string | undefined {
  return WRAPPED.exec(text)?.[1]
}

/** Of members that are expressions with or without the wrapping. */
export const bare = (text: string): string => unwrap(text) ?? text

export interface FoundExpression {
  readonly expression: string
  readonly path: DocumentPath
  readonly variables: readonly string[]
}

/** Every expression of a document. `where` says which variables are there besides the language's. */
export function expressionsIn(document: WorkflowDocument): readonly FoundExpression[] {
  const found: FoundExpression[] = []
  const whole = (text: unknown, path: DocumentPath, variables: readonly string[]): void => {
    if (typeof text === 'string') found.push({ expression: bare(text), path, variables })
  }
  const wrapped = (value: unknown, path: DocumentPath, variables: readonly string[]): void => {
    if (typeof value === 'string') {
      const expression = unwrap(value)
      if (expression !== undefined) found.push({ expression, path, variables })
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) wrapped(item, [...path, i], variables)
    } else if (isObject(value)) {
      for (const [key, member] of Object.entries(value)) wrapped(member, [...path, key], variables)
    }
  }
  const transformation = (at: { readonly from?: unknown; readonly as?: unknown } | undefined, path: DocumentPath, variables: readonly string[]): void => {
    for (const member of ['from', 'as'] as const) {
      const value = at?.[member]
      if (typeof value === 'string') whole(value, [...path, member], variables)
      else wrapped(value, [...path, member], variables)
    }
  }
  const events = (strategy: unknown, path: DocumentPath, variables: readonly string[]): void => {
    if (!isObject(strategy)) return
    if (typeof strategy['until'] === 'string') whole(strategy['until'], [...path, 'until'], variables)
    else events(strategy['until'], [...path, 'until'], variables)
    for (const kind of ['one', 'any', 'all']) {
      const filters = kind === 'one' ? [[[kind], strategy[kind]] as const] : (Array.isArray(strategy[kind]) ? strategy[kind] : []).map((filter, i) => [[kind, i], filter] as const)
      for (const [at, filter] of filters) {
        if (!isObject(filter)) continue
        wrapped(filter['with'], [...path, ...at, 'with'], variables)
        for (const [name, correlation] of Object.entries(isObject(filter['correlate']) ? filter['correlate'] : {})) {
          if (!isObject(correlation)) continue
          whole(correlation['from'], [...path, ...at, 'correlate', name, 'from'], variables)
          wrapped(correlation['expect'], [...path, ...at, 'correlate', name, 'expect'], variables)
        }
      }
    }
  }
  const ofTask: Visitor['task'] = ({ task, path, variables }) => {
    for (const member of ['if', 'while'] as const) whole(task[member], [...path, member], variables)
    for (const member of ['input', 'output', 'export'] as const) transformation(task[member], [...path, member], variables)
    whole(task.for?.in, [...path, 'for', 'in'], variables)
    for (const [i, item] of (Array.isArray(task.switch) ? task.switch : []).entries()) {
      for (const [name, one] of Object.entries(isObject(item) ? item : {})) whole((one as { when?: unknown } | null)?.when, [...path, 'switch', i, name, 'when'], variables)
    }
    const caught = [...variables, task.catch?.as ?? 'error']
    for (const member of ['when', 'exceptWhen'] as const) {
      whole(task.catch?.[member], [...path, 'catch', member], caught)
      const { retry } = task.catch ?? {}
      if (isObject(retry)) whole((retry as Record<string, unknown>)[member], [...path, 'catch', 'retry', member], caught)
    }
    events(task.listen?.to, [...path, 'listen', 'to'], variables)
    for (const member of ['with', 'emit', 'raise', 'set', 'wait', 'timeout'] as const) wrapped(withoutTasks(task, member), [...path, member], variables)
    for (const member of ['output', 'export'] as const) transformation(task.foreach?.[member], [...path, 'foreach', member], [...variables, task.foreach?.item ?? 'item', task.foreach?.at ?? 'index'])
    wrapped(task.run, [...path, 'run'], variables)
  }
  transformation(document.input, ['input'], [])
  transformation(document.output, ['output'], [])
  events(document.schedule?.on, ['schedule', 'on'], [])
  for (const name of Object.keys(document.use?.errors ?? {})) wrapped(document.use?.errors?.[name], ['use', 'errors', name], [])
  for (const name of Object.keys(document.use?.authentications ?? {})) wrapped(document.use?.authentications?.[name], ['use', 'authentications', name], [])
  for (const name of Object.keys(document.use?.retries ?? {})) {
    for (const member of ['when', 'exceptWhen'] as const) whole(document.use?.retries?.[name]?.[member], ['use', 'retries', name, member], ['error'])
  }
  walkTasks(document, { task: ofTask })
  return found
}

/** A subscription's loop holds tasks of its own, which are visited themselves. */
function withoutTasks(task: Task, member: 'with' | 'emit' | 'raise' | 'set' | 'wait' | 'timeout'): unknown {
  const value: unknown = task[member]
  if (member !== 'with' || task.call !== 'asyncapi' || !isObject(value)) return value
  const { subscription, ...rest } = value
  const { foreach: _, ...subscribed } = isObject(subscription) ? subscription : {}
  return { ...rest, subscription: subscribed }
}

// What a document names must be there: tasks to go to, functions, errors, retries, timeouts, authentications, secrets.

import type { Diagnostic } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import type { DocumentPath, Task, TaskList, WorkflowDocument } from './types.ts'
import { CALLS } from './schema.ts'
import { dslMessages } from './messages.ts'
import { isObject, namedTask, walkTasks } from './walk-tasks.ts'

const DIRECTIVES: ReadonlySet<string> = new Set(['continue', 'exit', 'end'])
const CATALOGUED = /^[^:@\s]+:[^@\s]+@([^\s@]+)$/u
const ADDRESSED = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//u

/** `functions` are those that are there without being declared. */
export function checkReferences(document: WorkflowDocument, yaml: YamlDocument, functions: readonly string[]): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const use = document.use ?? {}
  const expect = (kind: string, name: unknown, known: readonly string[], path: DocumentPath): void => {
    if (typeof name === 'string' && !known.includes(name)) findings.push(dslMessages['workflow-unknown-reference']({ kind, name, known }, { place: yaml.place(path) }))
  }
  const names = {
    errors: Object.keys(use.errors ?? {}),
    retries: Object.keys(use.retries ?? {}),
    timeouts: Object.keys(use.timeouts ?? {}),
    authentications: Object.keys(use.authentications ?? {}),
    functions: [...Object.keys(use.functions ?? {}), ...functions],
    catalogs: [...Object.keys(use.catalogs ?? {}), 'default'],
  }
  expect('timeout', document.timeout, names.timeouts, ['timeout'])
  for (const { path, value } of authenticationsIn(document, [])) {
    if (typeof value['use'] === 'string') expect('authentication', value['use'], names.authentications, [...path, 'use'])
    for (const scheme of ['basic', 'bearer', 'digest', 'oauth2', 'oidc']) {
      const secret = isObject(value[scheme]) ? value[scheme]['use'] : undefined
      expect('secret', secret, use.secrets ?? [], [...path, scheme, 'use'])
    }
  }
  walkTasks(document, {
    list: ({ list, path, isSequence }) => findings.push(...checkList(list, path, isSequence, yaml)),
    task: ({ task, path }) => {
      expect('timeout', task.timeout, names.timeouts, [...path, 'timeout'])
      expect('error', task.raise?.error, names.errors, [...path, 'raise', 'error'])
      expect('retry policy', task.catch?.retry, names.retries, [...path, 'catch', 'retry'])
      if (task.call !== undefined) checkCall(task.call, path)
    },
  })
  return findings

  function checkCall(name: string, path: DocumentPath): void {
    if (Object.hasOwn(CALLS, name) || ADDRESSED.test(name)) return
    const catalog = CATALOGUED.exec(name)?.[1]
    if (catalog === undefined) expect('function', name, names.functions, [...path, 'call'])
    else if (catalog === 'default') expect('function', name.split(':', 1)[0], functions, [...path, 'call'])
    else expect('catalogue', catalog, names.catalogs, [...path, 'call'])
  }
}

function checkList(list: TaskList, path: DocumentPath, isSequence: boolean, yaml: YamlDocument): readonly Diagnostic[] {
  const findings: Diagnostic[] = []
  const tasks = list.map(namedTask)
  const names = tasks.map((named) => named?.[0] ?? '')
  for (const [i, named] of tasks.entries()) {
    if (named === undefined) continue
    const [name, task] = named
    if (names.indexOf(name) < i) findings.push(dslMessages['workflow-task-twice']({ task: name }, { place: yaml.place([...path, i, name], 'key') }))
    for (const { target, at } of targetsOf(task)) {
      if (DIRECTIVES.has(target) || (isSequence && names.includes(target))) continue
      findings.push(dslMessages['workflow-no-such-task']({ name: target, known: isSequence ? names.filter((other) => other !== name) : [] }, { place: yaml.place([...path, i, name, ...at]) }))
    }
  }
  const round = isSequence && new Set(names).size === names.length ? roundOf(tasks) : undefined
  if (round !== undefined) findings.push(dslMessages['workflow-endless']({ tasks: [...round, round[0] as string] }, { place: yaml.place([...path, names.indexOf(round[0] as string), round[0] as string], 'key') }))
  return findings
}

function targetsOf(task: Task): readonly { readonly target: string; readonly at: DocumentPath }[] {
  const own = typeof task.then === 'string' ? [{ target: task.then, at: ['then'] }] : []
  const cases = (task.switch ?? []).flatMap((item, i) => Object.entries(item).map(([name, one]) => ({ target: one.then, at: ['switch', i, name, 'then'] })))
  return [...own, ...cases]
}

/** Tasks that lead to each other for certain: nothing between them decides, waits for something, or can fail. */
function roundOf(tasks: readonly (readonly [string, Task] | undefined)[]): readonly string[] | undefined {
  const next = new Map<string, string>()
  for (const [i, named] of tasks.entries()) {
    if (named === undefined) continue
    const [name, task] = named
    if (task.if !== undefined || task.switch !== undefined || task.raise !== undefined || canLeave(task)) continue
    const then = task.then ?? 'continue'
    const target = then === 'continue' ? tasks[i + 1]?.[0] : then
    if (target !== undefined && !DIRECTIVES.has(target)) next.set(name, target)
  }
  for (const start of next.keys()) {
    const seen: string[] = []
    for (let at: string | undefined = start; at !== undefined && next.has(at); at = next.get(at)) {
      if (at === start && seen.length > 0) return seen
      if (seen.includes(at)) break
      seen.push(at)
    }
  }
  return undefined
}

/** True where something inside of it may end the whole workflow. */
function canLeave(task: Task): boolean {
  const inside = [task.do, task.try, task.catch?.do, task.foreach?.do].flatMap((list) => list ?? [])
  return task.call !== undefined || task.run !== undefined || task.fork !== undefined || inside.some((item) => {
    const named = namedTask(item)
    return named !== undefined && (named[1].then === 'end' || named[1].switch !== undefined || named[1].raise !== undefined || canLeave(named[1]))
  })
}

function* authenticationsIn(value: unknown, path: DocumentPath): Generator<{ readonly path: DocumentPath; readonly value: Readonly<Record<string, unknown>> }> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* authenticationsIn(item, [...path, i])
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (key === 'authentication' && isObject(member)) yield { path: [...path, key], value: member }
      else if (path.at(-1) === 'authentications' && isObject(member)) yield { path: [...path, key], value: member }
      yield* authenticationsIn(member, [...path, key])
    }
  }
}

// Whether a run that was begun with one document may be gone on with by another: every task that may have been performed
// must still be there, in the same place and of the same kind. What tasks are given, how long they may take and how often they
// are tried may differ; tasks may be added after the last of the first level.

import type { Task, TaskList, WorkflowDocument } from './types.ts'
import { kindOf, namedTask } from './walk-tasks.ts'

/** A task: its name, its kind (a call with its function), and what is in it. */
interface Structure { readonly name: string; readonly kind: string; readonly inside: readonly (readonly [string, readonly Structure[]])[] }

/** Why runs of `before` cannot go on with `after`; undefined where they can. */
export function incompatibility(before: WorkflowDocument, after: WorkflowDocument): string | undefined {
  const added = structuresOf(after.do).slice(0, before.do.length)
  return differenceIn(structuresOf(before.do), added, '/do') ?? functionsDiffer(before, after)
}

function structuresOf(list: TaskList | undefined): readonly Structure[] {
  return (list ?? []).map((item) => {
    const [name, task] = namedTask(item) as readonly [string, Task]
    const kind = kindOf(task) ?? 'nothing'
    const inside = ([['do', task.do], ['branches', task.fork?.branches], ['try', task.try], ['catch', task.catch?.do], ['foreach', task.foreach?.do]] as const)
      .filter(([, tasks]) => tasks !== undefined).map(([at, tasks]) => [at, structuresOf(tasks)] as const)
    return { name, kind: kind === 'call' ? `call ${task.call ?? ''}` : kind === 'run' ? `run ${Object.keys(task.run ?? {}).find((key) => key !== 'await' && key !== 'return') ?? ''}` : kind, inside }
  })
}

function differenceIn(before: readonly Structure[], after: readonly Structure[], at: string): string | undefined {
  for (const [i, one] of before.entries()) {
    const other = after[i]
    const where = `${at}/${i}`
    if (other === undefined) return `the task "${one.name}" at ${where} is gone`
    if (one.name !== other.name) return `"${one.name}" at ${where} is now "${other.name}"`
    if (one.kind !== other.kind) return `the task "${one.name}" at ${where} was "${one.kind}" and is now "${other.kind}"`
    for (const [part, tasks] of one.inside) {
      const inner = new Map(other.inside).get(part)
      const found = inner === undefined ? `the task "${one.name}" at ${where} has no "${part}" any more` : inner.length > tasks.length ? `the task "${one.name}" at ${where} has more tasks in "${part}"` : differenceIn(tasks, inner, `${where}/${one.name}/${part}`)
      if (found !== undefined) return found
    }
    const more = other.inside.find(([part]) => !one.inside.some(([same]) => same === part))
    if (more !== undefined) return `the task "${one.name}" at ${where} now has "${more[0]}"`
  }
  return undefined
}

function functionsDiffer(before: WorkflowDocument, after: WorkflowDocument): string | undefined {
  for (const [name, task] of Object.entries(before.use?.functions ?? {})) {
    const now = after.use?.functions?.[name]
    if (now === undefined) return `the function "${name}" is gone`
    const found = differenceIn(structuresOf([{ [name]: task }]), structuresOf([{ [name]: now }]), '/use/functions')
    if (found !== undefined) return found
  }
  return undefined
}

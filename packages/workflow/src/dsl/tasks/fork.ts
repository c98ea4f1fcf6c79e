import type { Json } from '@tulle/kernel'
import type { BranchTicket } from '../durable-port.ts'
import { Fault, fault } from '../errors.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { LIMITS } from '../limits.ts'
import type { Task } from '../types.ts'
import { namedTask } from '../walk-tasks.ts'

/** All ways at once: their outputs in order, or in a race the one of the first that succeeds. Contexts stay each way's own. */
export async function forkTask({ run, scope, task, input, reference }: TaskContext): Promise<TaskOutcome> {
  const branches = (task.fork?.branches ?? []).map((item) => namedTask(item) as readonly [string, Task])
  const isRace = task.fork?.compete === true
  if (branches.length === 0) return { output: isRace ? null : [] }
  if (branches.length > LIMITS.branches) throw fault('runtime', `It has more than ${LIMITS.branches} branches (limit "branches").`)
  const tickets = branches.map(([name, branch], i): BranchTicket => ({
    document: run.document, workflowId: run.id, workflowInput: run.input, startedAt: run.startedAt, nested: run.nested, ...(run.documents.length > 0 && { documents: run.documents }),
    name, task: branch, reference: `${reference}/fork/branches/${i}/${name}`,
    input, context: run.state.context, variables: scope.variables, deadlines: scope.deadlines,
    tasksLeft: Math.floor(run.state.tasksLeft / branches.length),
  }))
  const outcomes = await run.port.fork(reference, tickets, isRace)
  const failed = outcomes.find((outcome) => outcome !== undefined && !outcome.ok)
  const won = outcomes.find((outcome) => outcome?.ok === true)
  if (failed !== undefined && !failed.ok && (!isRace || won === undefined)) throw new Fault(failed.error, failed.timed)
  if (isRace) return { output: won?.ok === true ? won.output : null }
  return { output: outcomes.map((outcome): Json => (outcome?.ok === true ? outcome.output : null)) }
}

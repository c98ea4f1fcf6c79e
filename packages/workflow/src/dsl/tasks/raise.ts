import type { Json } from '@tulle/kernel'
import type { WorkflowError } from '../errors.ts'
import { Fault, fault } from '../errors.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside } from '../interpret/run.ts'

export async function raiseTask({ run, task, input, variables, reference }: TaskContext): Promise<TaskOutcome> {
  const named = task.raise?.error
  const error = typeof named === 'string' ? run.document.use?.errors?.[named] : named
  if (error === undefined) throw fault('configuration', `There is no error "${String(named)}".`)
  const raised = await evaluateInside(run, error as unknown as Json, input, variables) as WorkflowError
  throw new Fault({ ...raised, instance: raised.instance ?? reference })
}

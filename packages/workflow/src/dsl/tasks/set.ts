import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside } from '../interpret/run.ts'

export async function setTask({ run, task, input, variables }: TaskContext): Promise<TaskOutcome> {
  return { output: await evaluateInside(run, task.set ?? null, input, variables) }
}

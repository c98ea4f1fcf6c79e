import { timeoutFault } from '../errors.ts'
import { durationOf } from '../interpret/durations.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { first } from '../interpret/run.ts'

export async function waitTask({ run, scope, task, input, variables, reference }: TaskContext): Promise<TaskOutcome> {
  const milliseconds = await durationOf(run, task.wait ?? 'PT0S', input, variables)
  const deadline = first(scope.deadlines)
  const left = deadline === undefined ? Infinity : deadline.at - run.port.now()
  await run.port.sleep(reference, Math.max(0, Math.min(milliseconds, left)))
  if (deadline !== undefined && left <= milliseconds) throw timeoutFault(deadline.reference)
  return { output: input }
}

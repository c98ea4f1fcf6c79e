/* oxlint-disable unicorn/no-thenable -- "then" is a word of the language */
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluate, isTrue } from '../interpret/run.ts'

/** The first case that holds, or the one without a condition; none of them leaves the flow as it is. */
export async function switchTask({ run, task, input, variables }: TaskContext): Promise<TaskOutcome> {
  const cases = (task.switch ?? []).flatMap((item) => Object.values(item))
  for (const { when, then } of cases) {
    if (when !== undefined && isTrue(await evaluate(run, when, input, variables))) return { output: input, then }
  }
  const otherwise = cases.find(({ when }) => when === undefined)
  return { output: input, ...(otherwise !== undefined && { then: otherwise.then }) }
}

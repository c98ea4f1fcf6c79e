import type { TaskContext, TaskOutcome } from '../interpret/run.ts'

export async function doTask({ task, input, runList }: TaskContext): Promise<TaskOutcome> {
  const { output, flow } = await runList(task.do ?? [], '/do', input)
  return { output, ...(flow === 'end' && { flow }) }
}

import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluate, isTrue } from '../interpret/run.ts'

/** Each turn's input is the output of the turn before. */
export async function forTask({ run, task, input, variables, runList }: TaskContext): Promise<TaskOutcome> {
  const { each = 'item', at = 'index', in: collection = '.' } = task.for ?? {}
  const items = await evaluate(run, collection, input, variables)
  if (!Array.isArray(items)) throw fault('expression', `${collection} is no list to go through.`)
  let output = input
  for (const [i, item] of (items as readonly Json[]).entries()) {
    const own = { [each]: item, [at]: i }
    if (task.while !== undefined && !isTrue(await evaluate(run, task.while, output, { ...variables, ...own }))) break
    const turn = await runList(task.do ?? [], '/do', output, { variables: own })
    output = turn.output
    if (turn.flow === 'end') return { output, flow: 'end' }
    if (turn.flow === 'exit') break
  }
  return { output }
}

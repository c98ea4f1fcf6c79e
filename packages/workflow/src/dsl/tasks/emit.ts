import type { Json } from '@tulle/kernel'
import { sha256 } from '@tulle/kernel'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside, limitedStep } from '../interpret/run.ts'
import type { JsonObject } from '../types.ts'

/** The event is named by its key, so however often it is sent it is kept once. */
export async function emitTask(context: TaskContext): Promise<TaskOutcome> {
  const { run, task, input, variables, key } = context
  const given = await evaluateInside(run, (task.emit?.event.with ?? {}) as Json, input, variables) as JsonObject
  const event: JsonObject = {
    specversion: '1.0',
    id: uuidOf(key),
    time: new Date(run.port.now()).toISOString(),
    ...(given['data'] !== undefined && { datacontenttype: 'application/json' }),
    ...given,
  }
  await limitedStep(context, async ({ idempotencyKey }) => {
    await run.host.events.append(idempotencyKey, event)
    return null
  })
  return { output: event }
}

/** A UUID of version 8, made of a text. */
function uuidOf(text: string): string {
  const hex = sha256(text)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

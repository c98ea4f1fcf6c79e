import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import { loadFunction } from '../calls/load-function.ts'
import { callHttp } from '../calls/http.ts'
import { callOpenApi } from '../calls/openapi.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside, limitedStep } from '../interpret/run.ts'
import type { JsonObject } from '../types.ts'

const NOT_SPOKEN: Readonly<Record<string, string>> = {
  grpc: 'gRPC', asyncapi: 'AsyncAPI', a2a: 'A2A', mcp: 'MCP',
}

/** A protocol, a function of the document, of a catalogue, at an address, or of the house. */
export async function callTask(context: TaskContext): Promise<TaskOutcome> {
  const { run, task, input, variables, reference, runTask } = context
  const name = task.call ?? ''
  // Arguments are made inside of the step: what they hold of secrets is nowhere kept.
  if (name === 'http') return { output: await limitedStep(context, (effect) => callHttp(context, effect)) }
  if (name === 'openapi') return { output: await limitedStep(context, (effect) => callOpenApi(context, effect)) }
  if (Object.hasOwn(NOT_SPOKEN, name)) throw fault('configuration', `${NOT_SPOKEN[name] ?? name} is not spoken here: call the service by http or openapi.`)

  const own = run.document.use?.functions?.[name]
  const ofHouse = run.host.functions[name.replace(/:[^:@]*@default$/u, '')]
  if (own === undefined && ofHouse !== undefined) {
    return { output: await limitedStep(context, async (effect) => {
      const given = await evaluateInside(run, (task.with ?? {}) as Json, input, variables) as JsonObject
      return ofHouse(given, { ...effect, runId: run.port.runId, log: (message) => run.host.observe?.({ reference, status: 'started', why: message }) })
    }) }
  }
  const definition = own ?? await loadFunction(context, name)
  const given = task.with === undefined ? input : await evaluateInside(run, task.with as Json, input, withoutSecrets(variables))
  const { output, flow } = await runTask(definition, `${reference}/function`, given)
  return { output, ...(flow === 'end' && { flow }) }
}

/** The input of a function's task is kept, so secrets stay out of it. */
const withoutSecrets = (variables: JsonObject): JsonObject => Object.fromEntries(Object.entries(variables).filter(([name]) => name !== 'secrets'))

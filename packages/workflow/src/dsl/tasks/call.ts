import type { Json } from '@tulle/kernel'
import { fault } from '../errors.ts'
import { loadFunction } from '../calls/load-function.ts'
import { callAsyncApi } from '../calls/asyncapi.ts'
import { callHttp } from '../calls/http.ts'
import { callOpenApi } from '../calls/openapi.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside, limitedStep } from '../interpret/run.ts'
import type { HostFunction } from '../host.ts'
import type { JsonObject } from '../types.ts'

const NOT_SPOKEN: Readonly<Record<string, string>> = {
  grpc: 'gRPC', a2a: 'A2A', mcp: 'MCP',
}

/** A protocol, a function of the document, of a catalogue, at an address, or of the house. */
export async function callTask(context: TaskContext): Promise<TaskOutcome> {
  const { run, task, input, variables, reference, runTask } = context
  const name = task.call ?? ''
  // Arguments are made inside of the step: what they hold of secrets is nowhere kept.
  if (name === 'http') return { output: await limitedStep(context, (effect) => callHttp(context, effect)) }
  if (name === 'openapi') return { output: await limitedStep(context, (effect) => callOpenApi(context, effect)) }
  if (name === 'asyncapi') return { output: await limitedStep(context, (effect) => callAsyncApi(context, effect)) }
  if (Object.hasOwn(NOT_SPOKEN, name)) throw fault('configuration', `${NOT_SPOKEN[name] ?? name} is not spoken here: call the service by http, openapi or asyncapi.`)

  const own = run.document.use?.functions?.[name]
  const ofHouse = run.host.functions[name.replace(/:[^:@]*@default$/u, '')]
  if (own === undefined && ofHouse !== undefined) {
    return callHouse(context, ofHouse)
  }
  const definition = own ?? await loadFunction(context, name)
  const given = task.with === undefined ? input : await evaluateInside(run, task.with as Json, input, withoutSecrets(variables))
  const { output, flow } = await runTask(definition, `${reference}/function`, given)
  return { output, ...(flow === 'end' && { flow }) }
}

interface Kept { readonly output: Json; readonly findings?: readonly Json[]; readonly rest?: string }

async function callHouse(context: TaskContext, ofHouse: HostFunction): Promise<TaskOutcome> {
  const { run, task, input, variables, reference } = context
  const kept = await limitedStep(context, async (effect) => {
    const given = await evaluateInside(run, (task.with ?? {}) as Json, input, variables) as JsonObject
    const findings: Json[] = []
    let rest: string | undefined
    const output = await ofHouse(given, {
      ...effect, runId: run.id, reference, input: run.input,
      log: (message) => run.host.observe?.({ reference, status: 'started', why: message }),
      leaveOutRest: (why) => void (rest = why),
      note: (more) => void findings.push(...more),
    })
    return { output, ...(findings.length > 0 && { findings }), ...(rest !== undefined && { rest }) } satisfies Kept as unknown as Json
  })
  const { output, findings, rest } = kept as unknown as Kept
  if (findings !== undefined || rest !== undefined) run.host.noted?.({ ...(findings !== undefined && { findings }), ...(rest !== undefined && { rest }) })
  if (rest !== undefined) run.state.isRestLeftOut = true
  return { output, ...(rest !== undefined && { flow: 'end' as const }) }
}

/** The input of a function's task is kept, so secrets stay out of it. */
const withoutSecrets = (variables: JsonObject): JsonObject => Object.fromEntries(Object.entries(variables).filter(([name]) => name !== 'secrets'))

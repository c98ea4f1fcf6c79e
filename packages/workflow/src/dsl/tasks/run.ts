import type { Json } from '@tulle/kernel'
import { newestFitting, usualParameters } from '@tulle/model'
import { readResource } from '../calls/openapi.ts'
import type { Effect } from '../durable-port.ts'
import { Fault, fault } from '../errors.ts'
import type { ProcessOutcome, ProcessRequest } from '../host.ts'
import type { TaskContext, TaskOutcome } from '../interpret/run.ts'
import { evaluateInside, limitedStep } from '../interpret/run.ts'
import { LIMITS } from '../limits.ts'
import type { JsonObject, ProcessDefinition, ProcessInput, WorkflowDocument } from '../types.ts'
import { isObject } from '../walk-tasks.ts'

const LANGUAGES: Readonly<Record<string, { readonly file: string; readonly command: readonly string[] }>> = {
  javascript: { file: 'script.mjs', command: ['node', 'script.mjs'] },
  js: { file: 'script.mjs', command: ['node', 'script.mjs'] },
  python: { file: 'script.py', command: ['python3', 'script.py'] },
}

export async function runProcessTask(context: TaskContext): Promise<TaskOutcome> {
  const { run: how = {} } = context.task
  if (how.workflow !== undefined) return runNested(context, how)
  if (how.container !== undefined) throw fault('configuration', 'Containers are not run here: no container engine is lent to workflows. Use a script, a shell command or a call.')
  return { output: await limitedStep(context, async (effect) => shown(await process(context, how, effect), how.return ?? 'stdout')) }
}

async function process(context: TaskContext, { shell, script }: ProcessDefinition, effect: Effect): Promise<ProcessOutcome> {
  const { run, input, variables } = context
  if (run.host.process === undefined) throw fault('authorization', `This mesh does not allow ${shell === undefined ? 'scripts' : 'shell commands'} in workflows.`)
  const given = await evaluateInside(run, ((shell ?? script) as ProcessInput | undefined ?? {}) as unknown as Json, input, variables) as JsonObject & ProcessInput
  const environment = Object.fromEntries(Object.entries(isObject(given.environment) ? given.environment : {}).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]))
  const words = (given.arguments ?? []).map(String)
  const stdin = given.stdin === undefined || given.stdin === null ? '' : typeof given.stdin === 'string' ? given.stdin : JSON.stringify(given.stdin)
  const common = { stdin, environment, signal: effect.signal }
  if (shell !== undefined) {
    const request: ProcessRequest = { ...common, command: ['/bin/sh', '-c', String(given['command']), 'sh', ...words], files: {} }
    return run.host.process(request)
  }
  const language = LANGUAGES[(script?.language ?? '').toLowerCase()]
  if (language === undefined) throw fault('configuration', `Scripts are in javascript or python, not in "${script?.language ?? ''}".`)
  const code = script?.source === undefined ? String(given['code'] ?? '') : (await readResource(context, effect, script.source)).text
  return run.host.process({ ...common, command: [...language.command, ...words], files: { [language.file]: code } })
}

function shown({ code, stdout, stderr }: ProcessOutcome, what: NonNullable<ProcessDefinition['return']>): Json {
  if (code !== 0 && what !== 'code' && what !== 'all') throw fault('runtime', `The process ended with code ${code}: ${stderr.trim().slice(0, 500)}`)
  switch (what) {
    case 'stdout': return stdout
    case 'stderr': return stderr
    case 'code': return code
    case 'none': return null
    case 'all': return { code, stdout, stderr }
  }
}

async function runNested(context: TaskContext, { workflow, await: isAwaited = true }: ProcessDefinition): Promise<TaskOutcome> {
  const { run, input, variables, reference, runWorkflow } = context
  const { namespace = '', name = '', version = 'latest', input: given } = workflow ?? {}
  if (run.nested >= LIMITS.nestedWorkflows) throw fault('runtime', `Workflows run workflows more than ${LIMITS.nestedWorkflows} deep (limit "nestedWorkflows").`)
  // What was found stays with the run: a later version of it does not change a run on its way.
  const kept = newestFitting(run.documents.filter(({ document: one }) => one.namespace === namespace && one.name === name).map((one) => ({ version: one.document.version, one })), version)?.one
  const document = kept !== undefined ? kept as unknown as Json : await limitedStep(context, async () => (await run.host.workflow(namespace, name, version) ?? null) as unknown as Json, `${reference}/find`)
  if (document === null) throw fault('configuration', `There is no workflow ${namespace}/${name} of version ${version}.`)
  const { secrets: _, ...open } = variables
  const from = given === undefined ? input : await evaluateInside(run, given, input, open)
  const outcome = await runWorkflow(document, withUsual(document, from), `${reference}/workflow`)
  if (!isAwaited) return { output: input }
  if (!outcome.ok) throw new Fault(outcome.error, outcome.timed)
  return { output: outcome.output, ...(run.state.isRestLeftOut && { flow: 'end' as const }) }
}

/** What its schema has for whoever gives nothing, as for a workflow that is run by itself. */
function withUsual(document: Json, given: Json): Json {
  return isObject(given) ? { ...usualParameters((document as unknown as WorkflowDocument).input?.schema?.document), ...given as JsonObject } as Json : given
}

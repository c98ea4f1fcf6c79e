// `tulle workflow validate|run`: everything that is wrong with workflow documents, at once; and one of them run here, in memory.
// Neither needs a server.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Diagnostic, Json, Result } from '@tulle/kernel'
import { counted, fail, ok, systemClock } from '@tulle/kernel'
import type { WorkflowDocument } from '@tulle/workflow'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { reasonOf } from '../home.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { OutputFormat, World } from '../types.ts'

export function registerWorkflow(program: Command, world: World): void {
  const family = program.command('workflow').description('workflows as documents of the CNCF Serverless Workflow DSL')
  withOutput(family.command('validate'))
    .description('say everything that is wrong with workflow documents; needs no server')
    .argument('<files...>', 'documents in YAML or JSON')
    .action(act(world, (options: { output?: OutputFormat }, files: readonly string[]) => validate(world, options, files)))
  withOutput(family.command('run'))
    .description('run a workflow document once, here and in memory: nothing of it is kept')
    .argument('<file>', 'a document in YAML or JSON')
    .argument('[others...]', 'documents that it runs as a part of itself')
    .option('--input <json>', 'what it is given', '{}')
    .option('--allow-host <host...>', 'hosts that it may call: host, host:port, *.example.com, or *')
    .option('--allow-private-host <host...>', 'hosts that it may call though they lead to a private address')
    .option('--allow-processes', 'let it run shell commands and scripts')
    .option('--secret <name...>', 'secrets that it may use, each from the environment variable TULLE_SECRET_<NAME>')
    .action(act(world, (options: TrialOptions, file: string, others: readonly string[]) => run(world, options, file, others)))
}

interface TrialOptions {
  readonly output?: OutputFormat
  readonly input: string
  readonly allowHost?: readonly string[]
  readonly allowPrivateHost?: readonly string[]
  readonly allowProcesses?: boolean
  readonly secret?: readonly string[]
}

async function run(world: World, options: TrialOptions, file: string, others: readonly string[]): Promise<Result<Answer>> {
  let input: Json
  try {
    input = JSON.parse(options.input) as Json
  } catch {
    return fail(messages['bad-argument']({ argument: '--input', value: options.input.slice(0, 80), want: 'a value in JSON.' }))
  }
  const texts = readAll(world, [file, ...others])
  if (!texts.ok) return texts
  const { openJq, parseWorkflow, tryWorkflow } = await import('@tulle/workflow')
  const jq = openJq()
  try {
    const documents: WorkflowDocument[] = []
    for (const { file: name, text } of texts.value) {
      const parsed = await parseWorkflow(text, name, { jq })
      if (!parsed.ok) return parsed
      documents.push(parsed.value.definition)
    }
    const [document, ...rest] = documents
    const steps: { reference: string; status: string; why: string }[] = []
    const outcome = await tryWorkflow({
      document: document as WorkflowDocument, input, jq, clock: systemClock, signal: world.signal, others: rest,
      hosts: options.allowHost ?? [], privateHosts: options.allowPrivateHost ?? [], allowsProcesses: options.allowProcesses === true,
      secret: (name) => (options.secret?.includes(name) === true ? world.environment[`TULLE_SECRET_${name.toUpperCase().replaceAll(/[^A-Z0-9]/gu, '_')}`] : undefined),
      observe: (event) => {
        steps.push(event)
        if (options.output !== 'json') world.terminal.say(printable(`${event.status.padEnd(9)} ${event.reference}: ${event.why}`))
      },
    })
    return ok({
      json: { ...outcome, steps },
      text: () => (outcome.ok ? JSON.stringify(outcome.output, null, 2) : printable(`failed: ${outcome.error.title ?? outcome.error.type} (${outcome.error.status}) at ${outcome.error.instance ?? '/'}${outcome.error.detail === undefined ? '' : `: ${outcome.error.detail}`}`)),
      exit: outcome.ok ? 0 : 1,
    })
  } finally {
    await jq.close()
  }
}

function readAll(world: World, files: readonly string[]): Result<readonly { readonly file: string; readonly text: string }[]> {
  const texts: { file: string; text: string }[] = []
  for (const file of files) {
    try {
      texts.push({ file, text: readFileSync(resolve(world.folder, file), 'utf8') })
    } catch (cause) {
      return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
    }
  }
  return ok(texts)
}

async function validate(world: World, options: { readonly output?: OutputFormat }, files: readonly string[]): Promise<Result<Answer>> {
  const texts = readAll(world, files)
  if (!texts.ok) return texts
  const { openJq, parseWorkflow } = await import('@tulle/workflow')
  const jq = openJq()
  const judged: { file: string; ok: boolean; name?: string; diagnostics: readonly Diagnostic[] }[] = []
  for (const { file, text } of texts.value) {
    const parsed = await parseWorkflow(text, file, { jq })
    judged.push({ file, ok: parsed.ok, ...(parsed.ok && { name: parsed.value.definition.document.name }), diagnostics: parsed.diagnostics })
  }
  await jq.close()
  if (options.output !== 'json') report(world.terminal, judged.flatMap((one) => one.diagnostics))
  const wrong = judged.filter((one) => !one.ok)
  return ok({
    json: { ok: wrong.length === 0, files: judged },
    text: () => judged.map((one) => `${printable(one.file)}: ${one.ok ? `${printable(one.name ?? '')}, no errors` : counted(one.diagnostics.length, 'error')}`).join('\n'),
    exit: wrong.length === 0 ? 0 : 1,
  })
}

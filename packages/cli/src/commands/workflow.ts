// `tulle workflow validate`: everything that is wrong with workflow documents, at once, without a server.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Diagnostic, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, report, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { counted } from '../format.ts'
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
}

async function validate(world: World, options: { readonly output?: OutputFormat }, files: readonly string[]): Promise<Result<Answer>> {
  const texts: { file: string; text: string }[] = []
  for (const file of files) {
    try {
      texts.push({ file, text: readFileSync(resolve(world.folder, file), 'utf8') })
    } catch (cause) {
      return fail(messages['file-unreadable']({ file, reason: reasonOf(cause) }))
    }
  }
  const { openJq, parseWorkflow } = await import('@tulle/workflow')
  const jq = openJq()
  const judged: { file: string; ok: boolean; name?: string; diagnostics: readonly Diagnostic[] }[] = []
  for (const { file, text } of texts) {
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

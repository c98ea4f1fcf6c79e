// `tulle checks suggest PRODUCT[.dataset]`: quality rules that profiles bear out, accepted one by one into the contract's file.

import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { SuggestedChecks } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { productOf } from '../arguments.ts'
import { addRule } from '../add-rule.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { meshFolderOf } from '../mesh-folder.ts'
import { renderTable } from '../table.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface SuggestOptions extends RemoteOptions { readonly accept?: string; readonly mesh?: string }

export function registerChecks(program: Command, world: World): void {
  const family = program.command('checks').description('quality rules of contracts')
  withServer(family.command('suggest').argument('<data set>', 'a product or a data set, such as flights.flights'))
    .description('rules that the newest profile bears out and the contract does not have yet')
    .option('--accept <number>', 'write this one into the contract file')
    .option('--mesh <folder>', 'the mesh folder with the contract; the one around here, or the server\'s')
    .action(act(world, (options: SuggestOptions, data: string) => suggest(world, options, data)))
}

type Suggestion = SuggestedChecks['suggestions'][number]

async function suggest(world: World, options: SuggestOptions, data: string): Promise<Result<Answer>> {
  const ref = productOf(data)
  if (!ref.ok) return ref
  return withClient<Answer>(world, options, async (client) => {
    const { product } = ref.value
    const shown = ref.value.dataSet === undefined ? await client.getProduct({ product }) : undefined
    if (shown?.ok === false) return shown
    const dataSet = ref.value.dataSet ?? (shown?.value.dataSets.length === 1 ? shown.value.dataSets[0]?.name : undefined) ?? product
    const found = await client.suggestChecks({ product, dataSet }, { signal: world.signal })
    if (!found.ok) return found
    if (options.accept === undefined) return ok({ json: found.value, text: () => render(`${product}.${dataSet}`, found.value) })
    const chosen = found.value.suggestions.find(({ number }) => String(number) === options.accept)
    if (chosen === undefined) return fail(messages['bad-argument']({ argument: '--accept', value: options.accept, want: `the number of a suggestion, 1 to ${found.value.suggestions.length}` }))
    return accept(world, options, { product, dataSet, chosen })
  })
}

async function accept(world: World, { mesh }: SuggestOptions, { product, dataSet, chosen }: { readonly product: string; readonly dataSet: string; readonly chosen: Suggestion }): Promise<Result<Answer>> {
  const folder = meshFolderOf(world, mesh)
  if (!folder.ok) return folder
  const { loadMesh, readMeshFolder } = await import('@tulle/model')
  const { readProductProject } = await import('@tulle/dbt')
  const files = await readMeshFolder(folder.value)
  if (!files.ok) return files
  const model = loadMesh(files.value, { modelReads: readProductProject })
  if (!model.ok) return model
  const contract = model.value.products.get(product)?.dataSets.find(({ name }) => name === dataSet)?.contract
  if (contract === undefined) return fail(messages['rule-not-written']({ dataSet: `${product}.${dataSet}`, why: `the mesh in ${folder.value} has no contract of it` }))
  const { file } = contract.place
  const path = join(folder.value, file)
  const text = await readFile(path, 'utf8')
  const edited = addRule(text, { ...(chosen.column !== undefined && { column: chosen.column }), rule: chosen.rule })
  if (edited === undefined) return fail(messages['rule-not-written']({ dataSet: `${product}.${dataSet}`, why: `${file} is not written so that a rule can be added to it without changing anything else` }))
  // Whole or not at all.
  await writeFile(`${path}.new`, edited)
  await rename(`${path}.new`, path)
  return ok({ json: { file, ...chosen }, text: () => `${file} has the rule ${ruleText(chosen)} now. "tulle plan" shows what follows from it.` })
}

const ruleText = ({ rule, column }: Suggestion): string => `${JSON.stringify(rule)}${column === undefined ? '' : ` of ${column}`}`

function render(name: string, { suggestions, closed, snapshot }: SuggestedChecks): string {
  if (closed !== undefined) return `${name}: ${closed}`
  if (snapshot === undefined) return `${name} has no profile yet. The next run that publishes makes one.`
  if (suggestions.length === 0) return `The profile of ${name} bears out nothing that its contract does not say already.`
  return renderTable(
    [{ title: '', right: true }, { title: 'column' }, { title: 'rule' }, { title: 'because' }],
    suggestions.map(({ number, column, rule, evidence }) => [String(number), column ?? '', printable(JSON.stringify(rule)), printable(evidence)]),
  )
}

// `tulle provenance`: the input rows that made an output row, as far as you may see them.

import type { Command } from 'commander'
import type { Influence, Provenance } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, productOf, snapshotOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { messages } from '../messages.ts'
import { renderTable, valueCell } from '../table.ts'
import type { World } from '../types.ts'

export function registerProvenance(program: Command, world: World): void {
  withServer(program.command('provenance').argument('<data set>', 'punctuality.punctuality'))
    .description('name the input rows that made an output row, at the versions that were read, as far as you may see them')
    .requiredOption('--where <condition>', "which row: a condition on its key, such as airport_iata = 'ABE'")
    .option('--downstream', 'the other way: the rows of published data sets that the row had a part in')
    .option('--snapshot <id>', 'of this version; without it, of what is published')
    .option('-n, --limit <count>', 'how many rows of each', '20')
    .action(act(world, (options: ProvenanceOptions, dataSet: string) => provenance(world, options, dataSet)))
}

interface ProvenanceOptions extends RemoteOptions { readonly where: string; readonly downstream?: boolean; readonly snapshot?: string; readonly limit: string }

const provenance = (world: World, options: ProvenanceOptions, name: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const ref = productOf(name)
  if (!ref.ok) return ref
  const { product, dataSet } = ref.value
  if (dataSet === undefined) return fail(messages['bad-argument']({ argument: 'data set', value: name, want: 'a data set, such as punctuality.punctuality' }))
  const limit = countOf('--limit', options.limit, 1000)
  if (!limit.ok) return limit
  const snapshot = options.snapshot === undefined ? ok(undefined) : snapshotOf('--snapshot', options.snapshot)
  if (!snapshot.ok) return snapshot
  if (options.downstream === true) {
    const reached = await client.getInfluence({ product, dataSet, where: options.where, limit: limit.value }, { signal: world.signal })
    return reached.ok ? ok({ json: reached.value, text: () => renderInfluence(name, reached.value) }) : reached
  }
  const found = await client.getProvenance({ product, dataSet, where: options.where, limit: limit.value, ...(snapshot.value !== undefined && { snapshot: snapshot.value }) }, { signal: world.signal })
  return found.ok ? ok({ json: found.value, text: () => render(name, found.value) }) : found
})

type Rows = Pick<Provenance, 'columns' | 'rows' | 'cut'>

function render(name: string, { inputs, why, code, ...own }: Provenance): string {
  return [
    `${name}:`, rows(own),
    ...(why === undefined ? [] : [`Its input rows cannot be named: ${why}${code === undefined ? '' : ` (${code})`}.`]),
    ...inputs.flatMap((input) => {
      const title = `${input.product}${input.kind === 'port' ? ':' : '.'}${input.name}${input.snapshot === undefined ? '' : ` @${input.snapshot}`}`
      if (input.hidden !== undefined) return ['', `${title}: hidden (${input.hidden})`]
      return ['', `${title}${input.columns === undefined ? '' : input.atMost === true ? ', these or fewer:' : ':'}`, ...(input.columns === undefined ? [] : [rows({ columns: input.columns, rows: input.rows ?? [], cut: input.cut ?? false })])]
    }),
  ].join('\n')
}

function renderInfluence(name: string, { outputs, ...own }: Influence): string {
  return [
    `${name}:`, rows(own),
    ...outputs.flatMap((output) => {
      const title = `${output.product}.${output.name}${output.snapshot === undefined ? '' : ` @${output.snapshot}`}`
      if (output.hidden !== undefined) return ['', `${title}: hidden (${output.hidden})`]
      if (output.columns === undefined) return ['', `${title}: its rows cannot be named: ${output.why ?? ''}.`]
      return ['', `${title}${output.atMost === true ? ', these or fewer:' : ':'}`, rows({ columns: output.columns, rows: output.rows ?? [], cut: output.cut ?? false })]
    }),
  ].join('\n')
}

const rows = ({ columns, rows: all, cut }: Rows): string =>
  `${renderTable(columns.map(({ name }) => ({ title: name })), all.map((row) => row.map(valueCell)))}${cut ? '\nThere are more.' : ''}`

// `tulle maintain`: removes what has had its time, or says what would go and why.

import type { Command } from 'commander'
import type { Maintenance, Removal } from '@tulle/api'
import { counted, ok } from '@tulle/kernel'
import type { Result } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatBytes } from '../format.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

interface MaintainOptions extends RemoteOptions { readonly dryRun?: boolean }

export function registerMaintain(program: Command, world: World): void {
  withServer(program.command('maintain').argument('[product]', 'only the tables of a product'))
    .description('remove versions, files and runs that no rule keeps; the server does so by itself once a day')
    .option('--dry-run', 'say what would go and why, and change nothing')
    .action(act(world, (options: MaintainOptions, product: string | undefined) => maintain(world, options, product)))
}

const maintain = (world: World, options: MaintainOptions, product: string | undefined): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const done = await client.maintain({ dryRun: options.dryRun === true, ...(product !== undefined && { product }) }, { signal: world.signal })
  if (!done.ok) return done
  return ok({ json: done.value, text: () => render(done.value) }, [...done.value.tables.flatMap(({ diagnostics }) => diagnostics), ...done.value.diagnostics])
})

function render({ dryRun, tables, journal }: Maintenance): string {
  const rows = [...tables.flatMap(({ product, dataSet, removals }) => removals.map((one) => rowOf(`${product}.${dataSet}`, one))), ...journal.map((one) => rowOf('', one))]
  const all = [...tables.flatMap(({ removals }) => removals), ...journal]
  const bytes = all.reduce((sum, one) => sum + (one.bytes ?? 0), 0)
  const sum = `${counted(tables.length, 'table')} looked at: ${counted(all.filter(({ what }) => what === 'snapshot').length, 'version')} and ${counted(all.filter(({ what }) => what === 'file').length, 'file')} (${formatBytes(bytes)}) ${dryRun ? 'would go' : 'went'}.`
  if (rows.length === 0) return sum
  return `${renderTable([{ title: 'table' }, { title: 'what' }, { title: 'name' }, { title: 'size', right: true }, { title: 'rule' }, { title: 'why' }], rows)}\n\n${sum}`
}

const rowOf = (table: string, { what, name, bytes, rule, reason }: Removal): readonly string[] => [table, what, name, bytes === undefined ? '–' : formatBytes(bytes), rule, reason]

// `tulle runs failing`: the rows that a run wrote which break the contract.

import type { Command } from 'commander'
import type { FailingRows } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { countOf, dataSetOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount } from '../format.ts'
import { renderTable, valueCell } from '../table.ts'
import type { World } from '../types.ts'

interface FailingOptions extends RemoteOptions { readonly check?: string; readonly limit: string }

/** Adds the command to the family `runs`. */
export function registerFailingRows(family: Command, world: World): void {
  withServer(family.command('failing').argument('<run>').argument('<data set>', 'flights.flights'))
    .description('the rows it wrote, published or not, that break the contract, as far as you may see them')
    .option('--check <name>', 'those that break this check')
    .option('-n, --limit <count>', 'how many', '100')
    .action(act(world, async (options: FailingOptions, run: string, name: string): Promise<Result<Answer>> => {
      const [ref, limit] = [dataSetOf(name), countOf('--limit', options.limit, 1000)]
      if (!ref.ok) return ref
      if (!limit.ok) return limit
      return withClient<Answer>(world, options, async (client) => {
        const shown = await client.listFailingRows({ run, dataSet: ref.value.dataSet, limit: limit.value, ...(options.check !== undefined && { check: options.check }) }, { signal: world.signal })
        return shown.ok ? ok({ json: shown.value, text: () => render(shown.value) }) : shown
      })
    }))
}

function render({ total, columns, rows }: FailingRows): string {
  if (rows.length === 0) return 'No row of it breaks the contract.'
  const table = renderTable([{ title: 'check' }, ...columns.map((title) => ({ title }))], rows.map(({ checks, values }) => [checks.join(', '), ...values.map(valueCell)]))
  return total > rows.length ? `${table}\n… and ${formatCount(total - rows.length)} more` : table
}

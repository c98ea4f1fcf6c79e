// `tulle lineage` and `tulle impact`: where columns come from, where they go, and whom a change would hit.

import type { Command } from 'commander'
import type { Impact, Lineage, LineageColumn } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { columnOf, countOf, snapshotOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount } from '../format.ts'
import { renderTable } from '../table.ts'
import type { World } from '../types.ts'

export function registerLineage(program: Command, world: World): void {
  withServer(program.command('lineage').argument('[column]', 'a product, a data set of it, or one column: flights.flights.delay'))
    .description('say where columns come from and where they go, through every product; what flows and what only decides')
    .option('--upstream', 'only where they come from')
    .option('--downstream', 'only where they go')
    .option('--depth <steps>', 'how many steps to follow', '20')
    .option('--snapshot <id>', 'as of this version of any data set of the product: where its columns came from then')
    .option('--run <id>', 'a run as events of OpenLineage, one a line')
    .action(act(world, (options: LineageOptions, place: string | undefined) => (options.run === undefined ? lineage(world, options, place ?? '') : runLineage(world, options, options.run))))
  withServer(program.command('impact').argument('<column>', 'a product, a data set of it, or one column: flights.flights.delay'))
    .description('say whom a change would hit: columns, products and grants downstream')
    .action(act(world, (options: RemoteOptions, place: string) => impact(world, options, place)))
}

interface LineageOptions extends RemoteOptions { readonly upstream?: boolean; readonly downstream?: boolean; readonly depth: string; readonly snapshot?: string; readonly run?: string }

const lineage = (world: World, options: LineageOptions, place: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const asked = columnOf('column', place)
  if (!asked.ok) return asked
  const depth = countOf('--depth', options.depth, 100)
  if (!depth.ok) return depth
  const snapshot = options.snapshot === undefined ? ok(undefined) : snapshotOf('--snapshot', options.snapshot)
  if (!snapshot.ok) return snapshot
  const direction = options.upstream === true && options.downstream !== true ? 'upstream' : options.downstream === true && options.upstream !== true ? 'downstream' : 'both'
  const found = await client.getLineage({ ...asked.value, direction, depth: depth.value, ...(snapshot.value !== undefined && { snapshot: snapshot.value }) }, { signal: world.signal })
  return found.ok ? ok({ json: found.value, text: () => renderLineage(found.value) }) : found
})

const runLineage = (world: World, options: LineageOptions, run: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const told = await client.getRunLineage({ run }, { signal: world.signal })
  return told.ok ? ok({ json: told.value.events, text: () => told.value.events.map((event) => JSON.stringify(event)).join('\n') }) : told
})

const impact = (world: World, options: RemoteOptions, place: string): Promise<Result<Answer>> => withClient<Answer>(world, options, async (client) => {
  const asked = columnOf('column', place)
  if (!asked.ok) return asked
  const found = await client.getImpact({ ...asked.value, limit: 5_000 }, { signal: world.signal })
  return found.ok ? ok({ json: found.value, text: () => renderImpact(found.value) }) : found
})

const printed = ({ product, kind, name, column, snapshot }: LineageColumn): string => kind === 'foreign' ? `${product}/${name} ${column} (elsewhere)` : `${product}${kind === 'port' ? ':' : '.'}${name}.${column}${snapshot === undefined ? '' : ` @${snapshot}`}`

function renderLineage({ edges, cut, guesses }: Lineage): string {
  if (edges.length === 0) return 'Nothing flows in, and nothing flows on.'
  const table = renderTable(
    [{ title: 'column' }, { title: 'comes from' }, { title: 'flows' }, { title: 'decides' }],
    edges.map(({ from, to, how, by }) => [printed(to), printed(from), how ?? '', by.join(', ')]).toSorted((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1)),
  )
  return [table, ...(cut ? ['There is more than is shown here.'] : []), ...guesses.map((guess) => `Guessed: ${guess}`)].join('\n')
}

function renderImpact({ total, products, cut }: Impact): string {
  const table = renderTable(
    [{ title: 'product' }, { title: 'team' }, { title: 'data sets' }, { title: 'grants', right: true }],
    products.map(({ product, team, dataSets, grants }) => [product, team, dataSets.join(', '), formatCount(grants)]),
  )
  return `${table}\n${counted(total, 'column')} downstream${cut ? ', and more' : ''}.`
}

// `tulle profile PRODUCT[.dataset[.column]]`: what the columns of a published snapshot hold, and how that changed.

import type { Command } from 'commander'
import type { Client, ColumnDrift, ColumnProfile, DataSetProfile } from '@tulle/api'
import type { Result } from '@tulle/kernel'
import { counted, didYouMean, fail, ok } from '@tulle/kernel'
import { act, withServer } from '../act.ts'
import type { Answer } from '../act.ts'
import { columnOf } from '../arguments.ts'
import { withClient } from '../connect.ts'
import type { RemoteOptions } from '../connect.ts'
import { formatCount, formatInstant } from '../format.ts'
import { renderFacts, renderTable } from '../table.ts'
import { messages } from '../messages.ts'
import { printable } from '../terminal.ts'
import type { World } from '../types.ts'

interface ProfileOptions extends RemoteOptions { readonly snapshot?: string; readonly against?: string }

export function registerProfile(program: Command, world: World): void {
  withServer(program.command('profile').argument('<data>', 'a product, a data set or a column, such as flights or flights.flights.delay'))
    .description('what the columns of a published snapshot hold, as far as you may read them, and how that changed')
    .option('--snapshot <id>', 'this one; the newest where none is named')
    .option('--against <id>', 'compare with this one; the one before it where none is named')
    .action(act(world, (options: ProfileOptions, data: string) => profile(world, options, data)))
}

async function profile(world: World, { snapshot, against, ...options }: ProfileOptions, data: string): Promise<Result<Answer>> {
  const asked = columnOf('data', data)
  if (!asked.ok) return asked
  const { product, dataSet, column } = asked.value
  return withClient<Answer>(world, options, async (client) => {
    const names = dataSet === undefined ? await dataSetsOf(client, product) : ok([dataSet])
    if (!names.ok) return names
    const shown: DataSetProfile[] = []
    for (const name of names.value) {
      const one = await client.getProfile({ product, dataSet: name, ...(snapshot !== undefined && { snapshot }), ...(against !== undefined && { against }) }, { signal: world.signal })
      if (!one.ok) return one
      shown.push(one.value)
    }
    if (column === undefined) return ok({ json: dataSet === undefined ? shown : shown[0] ?? null, text: () => shown.map(renderProfile).join('\n\n') })
    const [only] = shown
    const found = only?.profile?.columns.find(({ name }) => name === column)
    if (only?.closed !== undefined || only?.profile === undefined) return ok({ json: only ?? null, text: () => (only === undefined ? '' : renderProfile(only)) })
    if (found === undefined) return fail(messages['bad-argument']({ argument: 'data', value: data, want: `a column that you may read${didYouMean(column, only.profile.columns.map(({ name }) => name))}` }))
    const drift = only.drift?.columns.find(({ name }) => name === column)
    const { rows } = only.profile
    return ok({ json: { snapshot: only.profile.snapshot, rows, column: found, ...(drift !== undefined && { drift }) }, text: () => renderColumn(found, rows, drift) })
  })
}

async function dataSetsOf(client: Client, product: string): Promise<Result<readonly string[]>> {
  const found = await client.getProduct({ product })
  return found.ok ? ok(found.value.dataSets.map(({ name }) => name)) : found
}

function renderProfile({ product, dataSet, closed, profile: found, drift }: DataSetProfile): string {
  if (closed !== undefined) return `${product}.${dataSet}: ${closed}`
  if (found === undefined) return `${product}.${dataSet} has no profile yet. The next run that publishes makes one.`
  const changes = new Map(drift?.columns.map((one) => [one.name, one]))
  const removed = drift?.columns.filter(({ change }) => change === 'removed') ?? []
  return [
    `${product}.${dataSet}: ${counted(found.rows, 'row')}, snapshot ${found.snapshot}, profiled ${formatInstant(found.at)}${drift === undefined ? '' : `, against ${drift.against} of ${counted(drift.rows.before, 'row')}`}`,
    renderTable(
      [{ title: 'column' }, { title: 'type' }, { title: 'empty', right: true }, { title: 'distinct', right: true }, { title: 'min' }, { title: 'median' }, { title: 'max' }, { title: 'most common' }, ...(drift === undefined ? [] : [{ title: 'drift' }])],
      found.columns.map((column) => [
        column.name, column.type, percent(column.nulls, found.rows), column.distinct === undefined ? '' : `${column.isEstimate === true ? '~' : ''}${formatCount(column.distinct)}`,
        ...(column.masked === true ? ['masked', '', ''] : [short(column.min), short(quantile(column, 0.5)), short(column.max)]),
        column.trouble === undefined ? (column.top ?? []).slice(0, 3).map(({ value, count }) => `${short(value)} ${percent(count, found.rows)}`).join(', ') : `not read: ${column.trouble}`,
        ...(drift === undefined ? [] : [driftText(changes.get(column.name))]),
      ]),
    ),
    ...removed.map(({ name }) => `${name} is not there any more.`),
  ].join('\n')
}

const driftText = (drift: ColumnDrift | undefined): string => (drift === undefined || drift.level === 'none' ? '' : `${drift.level}: ${drift.why.join(' ')}`)
const percent = (count: number, of: number): string => (of === 0 ? '' : `${((count / of) * 100).toFixed(1)} %`)
const short = (text: string | undefined): string => (text === undefined ? '' : printable(text.length > 24 ? `${text.slice(0, 23)}…` : text))

function quantile({ quantiles, kind, type }: ColumnProfile, share: number): string | undefined {
  const value = quantiles?.[Math.round(share * (quantiles.length - 1))]
  if (value === undefined) return undefined
  return kind === 'time' ? timeText(value, type) : String(Number(value.toPrecision(8)))
}

/** As the engine prints values of the type; numbers that are no time stay numbers. */
function timeText(seconds: number, type: string): string {
  const date = new Date(seconds * 1_000)
  if (Number.isNaN(date.getTime())) return String(seconds)
  const text = date.toISOString().slice(0, 19).replace('T', ' ')
  return type === 'date' ? text.slice(0, 10) : type === 'time' ? text.slice(11) : text
}

function renderColumn(column: ColumnProfile, rows: number, drift: ColumnDrift | undefined): string {
  const { name, type, nulls, distinct, isEstimate, masked, min, max, mean, length, top = [], shapes = [] } = column
  return [
    renderFacts([
      ['column', `${name} (${type})`], ['rows', formatCount(rows)], ['empty', `${formatCount(nulls)}, ${percent(nulls, rows)}`],
      ['distinct', distinct === undefined ? undefined : `${isEstimate === true ? 'about ' : ''}${formatCount(distinct)}`],
      ['values', masked === true ? 'masked for you' : undefined],
      ['smallest', min === undefined ? undefined : printable(min)], ['largest', max === undefined ? undefined : printable(max)],
      ['mean', mean === undefined ? undefined : String(Number(mean.toPrecision(8)))],
      ['quantiles', column.quantiles === undefined ? undefined : [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99].map((share) => `${share * 100} %: ${quantile(column, share)}`).join(', ')],
      ['length', length === undefined ? undefined : `${length.min} to ${length.max}, ${length.mean.toFixed(1)} on average`],
      ['shapes', shapes.length === 0 ? undefined : shapes.map(({ value, count }) => `${printable(value)} ${percent(count, rows)}`).join(', ')],
      ['drift', drift === undefined ? undefined : drift.level === 'none' ? 'none' : driftText(drift)],
      ['PSI, KL', drift?.psi === undefined || drift.kl === undefined ? undefined : `${drift.psi.toFixed(4)}, ${drift.kl.toFixed(4)}`],
      ['new', drift?.appeared === undefined || drift.appeared.length === 0 ? undefined : drift.appeared.map(printable).join(', ')],
      ['gone', drift?.vanished === undefined || drift.vanished.length === 0 ? undefined : drift.vanished.map(printable).join(', ')],
    ]),
    ...(top.length === 0 ? [] : [renderTable([{ title: 'value' }, { title: 'rows', right: true }, { title: 'share', right: true }], top.map(({ value, count }) => [printable(value), formatCount(count), percent(count, rows)]))]),
  ].join('\n\n')
}
